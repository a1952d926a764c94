"""Why a file is not read, each with the sentence that tells its sender what to do."""

from django.utils.translation import gettext_lazy as _

from certif.lib.refusals import InvalidInput, Refusal


class UnreadableFile(InvalidInput):
    """The file cannot be taken (422). `code` is the key of its sentence in `SENTENCES`."""

    def __init__(self, code, **details):
        super().__init__(SENTENCES[code] % details if details else SENTENCES[code], field="file")
        self.code = code


class TooBusy(Refusal):
    """Other files are being read, and the wait has been long enough (409)."""

    message = _(
        "D’autres fichiers sont en cours de lecture. Votre fichier n’a pas été lu\u00a0: "
        "envoyez-le de nouveau dans une minute."
    )


SENTENCES = {
    "empty": _("Ce fichier est vide. Vérifiez que vous avez choisi le bon fichier."),
    "heavy": _(
        "Ce fichier dépasse %(megabytes)s Mo. Retirez-en les images et les feuilles inutiles, "
        "ou envoyez la liste en plusieurs fichiers."
    ),
    "kind": _(
        "Ce fichier est %(kind)s, pas un tableau. Envoyez la liste au format .xlsx, .ods ou .csv."
    ),
    "disguised": _(
        "Ce fichier est %(kind)s, malgré son nom. Ouvrez-le dans votre tableur, enregistrez-le "
        "au format .xlsx ou .ods, puis envoyez ce nouveau fichier."
    ),
    "unknown": _(
        "Ce fichier n’est pas un tableau. Envoyez la liste au format .xlsx, .ods ou .csv."
    ),
    "old_excel": _(
        "Ce fichier est un ancien classeur Excel (.xls). Ouvrez-le dans votre tableur, "
        "enregistrez-le au format .xlsx, puis envoyez ce nouveau fichier."
    ),
    "binary_excel": _(
        "Ce fichier est un classeur Excel binaire (.xlsb). Ouvrez-le dans Excel, "
        "enregistrez-le au format .xlsx, puis envoyez ce nouveau fichier."
    ),
    "protected": _(
        "Ce classeur est protégé par un mot de passe. Retirez le mot de passe, enregistrez le "
        "classeur, puis envoyez-le de nouveau."
    ),
    "damaged": _(
        "Ce fichier est incomplet ou abîmé\u00a0: il ne peut pas être lu. Ouvrez-le dans votre tableur, "
        "enregistrez-le de nouveau au format .xlsx ou .ods, puis renvoyez-le."
    ),
    "bomb": _(
        "Ce classeur contient trop de données une fois ouvert. Copiez la liste seule dans un "
        "classeur neuf, puis envoyez ce nouveau fichier."
    ),
    "far": _(
        "Ce classeur s’étend trop loin\u00a0: une cellule est sans doute remplie tout en bas ou tout à "
        "droite. Copiez la liste seule dans un classeur neuf, puis envoyez ce nouveau fichier."
    ),
    "slow": _(
        "Ce classeur est trop long à lire. Copiez la liste seule dans un classeur neuf, "
        "puis envoyez ce nouveau fichier."
    ),
    "rows": _(
        "La feuille «\u00a0%(sheet)s\u00a0» compte %(found)s lignes\u00a0; %(most)s au plus sont acceptées. "
        "Supprimez les lignes inutiles ou envoyez la liste en plusieurs fichiers."
    ),
    "columns": _(
        "La feuille «\u00a0%(sheet)s\u00a0» compte %(found)s colonnes\u00a0; %(most)s au plus sont acceptées. "
        "Supprimez les colonnes inutiles, même vides en apparence."
    ),
    "long_text": _(
        "La cellule %(cell)s de la feuille «\u00a0%(sheet)s\u00a0» contient un texte beaucoup trop long. "
        "Corrigez-la, puis envoyez le fichier de nouveau."
    ),
    "forbidden": _(
        "Ce classeur contient des instructions interdites (DOCTYPE)\u00a0: il n’a pas été lu. Ouvrez-le "
        "dans votre tableur, enregistrez-le au format .xlsx, puis envoyez ce nouveau fichier."
    ),
    "no_sheet": _("Ce classeur ne contient aucune feuille de calcul. Vérifiez le fichier choisi."),
    "encoding": _(
        "Les lettres accentuées de ce fichier sont illisibles. Enregistrez-le au format "
        "«\u00a0CSV UTF-8\u00a0» ou .xlsx, puis envoyez ce nouveau fichier."
    ),
    "quotes": _(
        "La ligne %(row)s de ce fichier contient un guillemet mal placé. Corrigez-la, ou "
        "enregistrez la liste au format .xlsx."
    ),
    "csv_rows": _(
        "Ce fichier compte plus de %(most)s lignes. Supprimez les lignes inutiles ou envoyez la "
        "liste en plusieurs fichiers."
    ),
    "csv_columns": _(
        "La ligne %(row)s de ce fichier compte plus de %(most)s colonnes. Supprimez les colonnes "
        "inutiles."
    ),
    "csv_long_text": _(
        "La ligne %(row)s de ce fichier contient un texte beaucoup trop long. Corrigez-la, puis "
        "envoyez le fichier de nouveau."
    ),
}
