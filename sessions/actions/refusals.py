from django.utils.translation import gettext_lazy as _

from certif.lib.refusals import InvalidInput, Refusal


class SessionClosed(Refusal):
    message = _("Cette session est finalisée\u00a0: plus rien ne peut y être modifié.")


class StaleForm(Refusal):
    message = _(
        "Quelqu’un d’autre a modifié cette page entre-temps. Voici les valeurs actuelles\u00a0; "
        "vos modifications n’ont pas été enregistrées."
    )


class TestsStarted(Refusal):
    message = _(
        "Un test a déjà commencé\u00a0: seuls la salle, le site, les surveillants et les observations "
        "peuvent encore changer."
    )


class DeletionRefused(Refusal):
    message = _(
        "Cette session ne peut plus être supprimée\u00a0: une présence ou un incident y a été noté, ou "
        "un test y a commencé."
    )


class CountedOtherwise(Refusal):
    message = _(
        "La liste des candidats a changé depuis cette confirmation. Rien n’a été supprimé\u00a0: "
        "vérifiez, puis confirmez de nouveau."
    )


class AlreadyEnrolled(InvalidInput):
    message = _(
        "Ce candidat est déjà dans la liste (même nom, même prénom, même date de naissance)."
    )


class CandidateStarted(Refusal):
    message = _(
        "Le test de ce candidat a commencé. Pour corriger son identité, faites un signalement C1."
    )


class CandidateErased(Refusal):
    message = _(
        "Les données de ce candidat ont été effacées\u00a0: son inscription ne peut plus être "
        "modifiée ni retirée."
    )


class CandidateRemoved(Refusal):
    message = _(
        "Ce candidat avait été inscrit par ce formulaire, puis retiré de la liste : rouvrez "
        "« Ajouter un candidat » pour l’inscrire à nouveau."
    )


class CandidateJoined(Refusal):
    message = _(
        "Ce candidat a déjà rejoint la session\u00a0: il ne peut plus être retiré de la liste."
    )


class ImpossibleTime(InvalidInput):
    pass


class WrongSessionOrPassword(InvalidInput):
    message = _("Le numéro de session et/ou le mot de passe saisis sont incorrects.")


class CandidateCannotInvigilate(Refusal):
    message = _("Vous êtes candidat de cette session\u00a0: vous ne pouvez pas la surveiller.")


class RoomOver(Refusal):
    message = _(
        "La surveillance de cette session est terminée\u00a0: son mot de passe n’ouvre plus "
        "l’espace surveillant."
    )


class InvigilatorCannotSit(Refusal):
    message = _("Ce compte a surveillé cette session\u00a0: il ne peut pas y passer le test.")


class NoSuchCandidate(InvalidInput):
    message = _(
        "Ces informations ne correspondent à aucune inscription. Vérifiez-les avec votre "
        "surveillant."
    )


class SeveralCandidates(InvalidInput):
    """Two rows with the same name and birth date: one more fact is asked."""

    message = _("Plusieurs candidats portent ce nom. Indiquez aussi votre commune de naissance.")


class SeatTaken(Refusal):
    message = _(
        "Cette inscription est déjà rattachée à un autre compte\u00a0: contactez votre surveillant."
    )


class AlreadyAnotherCandidate(Refusal):
    message = _("Votre compte est déjà rattaché à un autre candidat de cette session.")
