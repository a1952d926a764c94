"""What the spreadsheets of a centre are made of: each column, its title, and how a cell is read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from certif.lib.text import fold
from sessions import cleaning

# What a spreadsheet keeps of a number, and how it writes a longer one in a .csv file.
_EXACT = 10**15
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)
_HOUR = re.compile(r"(\d{1,2})[:h](\d{2})?(?::\d{2})?")


@dataclass(frozen=True, eq=False)
class Column:
    """`read` gives the value of a cell, or raises ValidationError. An empty cell reads as `empty`."""

    name: str
    title: str
    read: Callable
    required: bool = False
    empty: object = ""
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    note: str = ""
    width: int = 18
    is_date: bool = False

    @property
    def keys(self):
        return {fold(title) for title in (self.title, *self.also)}


def text_of(value):
    """The characters of a cell that holds a text or a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date | time):
        raise ValidationError(
            _("Le tableur a fait une date de cette cellule : mettez-la au format texte.")
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


def exact_text_of(value):
    """The same, of a cell whose every sign counts."""
    text = text_of(value)
    if _ROUNDED.fullmatch(text.strip()) or (not isinstance(value, str) and abs(value) >= _EXACT):
        raise ValidationError(
            _(
                "Le tableur a arrondi ce nombre\u00a0: mettez la cellule au format texte, puis "
                "retapez-le."
            )
        )
    return text


def name(value):
    return cleaning.clean_name(text_of(value))


def line(value, *, longest):
    return cleaning.clean_typed(exact_text_of(value), longest=longest)


def sex(value):
    return cleaning.clean_sex(text_of(value))


def email(value):
    return cleaning.clean_email(text_of(value))


def extra_time(value):
    return cleaning.clean_extra_time(value if isinstance(value, int | float) else text_of(value))


def day(value):
    if isinstance(value, str | date):
        return cleaning.parse_day(value)
    return cleaning.parse_day(text_of(value))


def hour(value):
    """An hour of the clock: a cell of that format, or 9:02, 9h02, 9 h."""
    if isinstance(value, datetime):
        return value.time().replace(second=0, microsecond=0)
    if isinstance(value, time):
        return value.replace(second=0, microsecond=0)
    found = _HOUR.fullmatch("".join(text_of(value).lower().split()))
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        raise ValidationError(_("Cette heure n’existe pas. Écrivez-la sous la forme 9 h 30."))
    return time(int(found[1]), int(found[2] or 0))


def number(value):
    text = "".join(text_of(value).split())
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ValidationError(_("Indiquez un numéro, ou laissez vide."))
    return int(text)


def session_code(value):
    """Imported or historic codes may be any six letters or digits (domain.md § 2)."""
    code = "".join(text_of(value).split()).upper()
    if not (len(code) == 6 and code.isascii() and code.isalnum()):
        raise ValidationError(_("Un code d’accès compte six lettres ou chiffres."))
    return code


# Titles are facts of a file format: they are not translated.
ENTRY_NUMBER = Column(
    "entry",
    "N° d’inscription",
    number,
    empty=None,
    note="Ne pas modifier. Vide pour inscrire quelqu’un.",
    width=16,
)
BIRTH_NAME = Column(
    "birth_name", "Nom de naissance", name, required=True, also=("Nom", "Nom de famille"), width=24
)
FIRST_NAME = Column(
    "first_name", "Prénom", name, required=True, also=("Premier prénom", "Prénom 1"), width=20
)
BIRTH_DATE = Column(
    "birth_date",
    "Date de naissance",
    day,
    required=True,
    also=("Date de naissance (jj/mm/aaaa)", "Né(e) le", "Date naissance"),
    note="jj/mm/aaaa",
    is_date=True,
)
SEX = Column(
    "sex", "Sexe", sex, also=("Sexe (M ou F)",), choices=("F", "M"), note="F, M ou vide", width=8
)
BIRTH_POSTCODE = Column(
    "birth_postcode",
    "Code postal de naissance",
    partial(line, longest=20),
    also=("Code postal de la commune de naissance",),
    note="Avec la commune. Vide pour une naissance à l’étranger.",
)
BIRTH_CITY = Column(
    "birth_city",
    "Commune de naissance",
    partial(line, longest=100),
    also=("Nom de la commune de naissance", "Ville de naissance"),
    width=24,
)
BIRTH_PLACE = Column(
    "birth_city",
    "Lieu de naissance",
    partial(line, longest=100),
    also=("Commune de naissance", "Ville de naissance"),
    note="En une seule cellule, gardée comme vous l’écrivez.",
    width=24,
)
BIRTH_INSEE_CODE = Column(
    "birth_insee_code",
    "Code INSEE de naissance",
    partial(line, longest=20),
    also=("Code INSEE de la commune de naissance", "Code INSEE naissance"),
    note="À la place du code postal et de la commune.",
)
BIRTH_COUNTRY = Column(
    "birth_country",
    "Pays de naissance",
    partial(line, longest=100),
    note="Vide pour la France.",
)
CONVOCATION_EMAIL = Column(
    "convocation_email",
    "E-mail de convocation",
    email,
    also=("Adresse électronique de convocation", "E-mail", "Adresse e-mail"),
    width=28,
)
RESULTS_EMAIL = Column(
    "results_email",
    "E-mail du destinataire des résultats",
    email,
    also=("E-mail du destinataire des résultats (formateur, enseignant…)",),
    width=28,
)
EXTERNAL_ID = Column(
    "external_id",
    "Identifiant externe",
    partial(line, longest=60),
    also=("Identifiant local", "INE", "Numéro INE", "N° INE", "Identifiant externe (INE)"),
)
INE = Column(
    "external_id",
    "INE",
    partial(line, longest=60),
    also=("Numéro INE", "N° INE", "Identifiant national élève", "Identifiant externe"),
)
SCHOOL_CLASS = Column(
    "school_class",
    "Classe",
    partial(line, longest=40),
    also=("Division", "Libellé division", "Code classe"),
    width=12,
)
EXTRA_TIME = Column(
    "extra_time_percent",
    "Temps majoré (%)",
    extra_time,
    empty=0,
    also=("Temps majoré", "Temps majoré ? (ex. 33%)", "Temps majoré, en %"),
    note="33 pour un tiers-temps",
    width=14,
)
ACCESSIBILITY = Column(
    "accessibility_need",
    "Besoin d’accessibilité",
    partial(line, longest=300),
    width=28,
)

SESSION_NUMBER = Column(
    "number",
    "N° de session",
    number,
    empty=None,
    also=("Numéro de session", "No de session", "Numéro de session préexistante"),
    note="Vide pour créer la session.",
    width=14,
)
SITE = Column(
    "site", "Site", partial(line, longest=150), required=True, also=("Nom du site",), width=24
)
ROOM = Column(
    "room", "Salle", partial(line, longest=100), required=True, also=("Nom de la salle",), width=14
)
DATE = Column(
    "date",
    "Date",
    day,
    required=True,
    also=("Date de début", "Date (jj/mm/aaaa)", "Date de début (JJ/MM/AAAA)", "Date de la session"),
    note="jj/mm/aaaa",
    is_date=True,
)
START_TIME = Column(
    "start_time",
    "Heure de début",
    hour,
    required=True,
    also=("Heure", "Heure de début (HH:MM)", "Heure de début (heure locale)"),
    note="Heure locale, 9:30",
    width=14,
)
END_TIME = Column("end_time", "Heure de fin", hour, empty=None, note="Facultative", width=14)
CENTRE_NAME = Column(
    "centre_name",
    "Établissement",
    partial(line, longest=150),
    also=("Nom de l’établissement", "Nom établissement"),
    width=26,
)
CENTRE_ADDRESS = Column("centre_address", "Adresse", partial(line, longest=200), width=26)
CENTRE_POSTCODE = Column("centre_postcode", "Code postal", partial(line, longest=10), width=12)
CENTRE_CITY = Column("centre_city", "Ville", partial(line, longest=100))
EXAMINER_NAME = Column(
    "examiner_name",
    "Nom de l’examinateur",
    partial(line, longest=200),
    required=True,
    also=("Surveillant(s)", "Nom du surveillant", "Nom de l’enseignant", "Nom examinateur"),
    width=22,
)
EXAMINER_FIRST_NAME = Column(
    "examiner_first_name",
    "Prénom de l’examinateur",
    partial(line, longest=100),
    also=("Prénom du surveillant", "Prénom de l’enseignant", "Prénom examinateur"),
    width=22,
)
ACCESS_CODE = Column("access_code", "Code d’accès", session_code, empty=None, width=14)
