"""One value as people type it, or as a spreadsheet gives it: cleaned, or refused with a sentence.

Shared by the forms and by the imports. Each raises django's ValidationError.
"""

import re
import unicodedata
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from certif.lib.forms import BARE_DAY, FORBIDDEN, NO_SUCH_DATE, NOT_AN_ADDRESS
from certif.lib.text import ForbiddenCharacter, clean_line, fold
from sessions.enums import Sex

YOUNGEST, OLDEST = 5, 110
LONGEST_NAME, LONGEST_EMAIL = 100, 254

_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TWO_DIGIT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")
_PERCENT = re.compile(r"(\d{1,3}(?:[.,]\d{1,6})?) ?(%?)")
_THIRD = {"13", "TIERSTEMPS", "UNTIERSTEMPS", "13TEMPS", "1TIERS", "UNTIERS", "13TIERSTEMPS"}
_ONE_ADDRESS = EmailValidator(allowlist=[])
# Addresses that it takes without being asked: it costs four times this.
_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_+-]{1,40}(?:\.[a-z0-9_+-]{1,40})?@(?:[a-z0-9]{1,60}(?:-[a-z0-9]{1,2})?\.){1,3}[a-z]{2,10}"
)
_SEXES = {
    **dict.fromkeys(("M", "H", "MASCULIN", "HOMME", "GARCON"), Sex.MALE.value),
    **dict.fromkeys(("F", "FEMININ", "FEMME", "FILLE", "MME"), Sex.FEMALE.value),
}


def clean_typed(value, *, longest=None):
    """One line (certif.lib.text.clean_line), with its refusals in French."""
    if not (value.isascii() and value.isalnum()):
        try:
            value = clean_line(value)
        except ForbiddenCharacter as error:
            raise ValidationError(FORBIDDEN, code="forbidden_character") from error
    if longest and len(value) > longest:
        raise ValidationError(
            _("Ce texte est trop long : %(longest)s caractères au plus.") % {"longest": longest}
        )
    return value


def clean_name(value):
    """A birth name or a first name: something that can be read, and compared."""
    value = clean_typed(value, longest=LONGEST_NAME)
    if not any(map(str.isalpha, value)) or not (value.isascii() or fold(value)):
        raise ValidationError(_("Un nom comporte au moins une lettre."))
    return value


def parse_day(value):
    """A day written jj/mm/aaaa, jjmmaaaa or aaaa-mm-jj; a two-digit year is nobody's."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = BARE_DAY.sub(r"\1/\2/\3", unicodedata.normalize("NFKC", value).strip())
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = found.groups()
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found.groups()
    elif _TWO_DIGIT_YEAR.fullmatch(text):
        raise ValidationError(_("Écrivez l’année en entier : jj/mm/aaaa."))
    else:
        raise ValidationError(
            _("Cette date n’est pas lisible. Écrivez-la sous la forme jj/mm/aaaa.")
        )
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise ValidationError(NO_SUCH_DATE) from error


def clean_birth_date_value(born, today):
    """The birth date of someone who can sit a test. `today`: where the person asking is."""
    if born > today:
        raise ValidationError(_("Vérifiez la date de naissance : elle est dans le futur."))
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if not YOUNGEST <= age <= OLDEST:
        raise ValidationError(_("Vérifiez la date de naissance : elle donne un âge impossible."))
    return born


def clean_birth_date(value, today):
    return clean_birth_date_value(parse_day(value), today)


def clean_sex(value):
    """« F », « M » or nothing."""
    if value in {"", "F", "M"}:
        return value
    key = fold(value)
    if key in _SEXES or not key:
        return _SEXES.get(key, "")
    raise ValidationError(_("Indiquez F ou M, ou laissez vide."))


def clean_email(value):
    """One address, whose domain has a dot; nothing when nothing is given."""
    if _PLAIN_ADDRESS.fullmatch(value):
        return value
    value = clean_typed(value, longest=LONGEST_EMAIL)
    if not value:
        return ""
    if value.count("@") > 1:
        raise ValidationError(_("Indiquez une seule adresse e-mail."))
    try:
        _ONE_ADDRESS(value)
    except ValidationError as error:
        raise ValidationError(NOT_AN_ADDRESS) from error
    if value.endswith("]"):
        raise ValidationError(NOT_AN_ADDRESS)
    return value


def clean_extra_time(value):
    """A percentage from 0 to 100: 33, « 33 % », a cell formatted in per cent (0.33), a third."""
    if value is None or value == "":
        return 0
    if isinstance(value, str):
        return _extra_time_of_text(value)
    if value == 1:
        raise ValidationError(
            _(
                "Cette cellule peut vouloir dire 1 % ou 100 % : écrivez-le en texte, avec le signe %."
            )
        )
    return _whole_percent(_as_percent(value))


def _extra_time_of_text(value):
    text = " ".join(unicodedata.normalize("NFKC", value).split())
    if not text:
        return 0
    if fold(text) in _THIRD and not text.isdigit():
        return 33
    found = _PERCENT.fullmatch(text)
    if not found:
        raise ValidationError(_not_a_percentage())
    number = float(found[1].replace(",", "."))
    return _whole_percent(number if found[2] else _as_percent(number))


def _as_percent(number):
    return number * 100 if 0 < number < 1 else number


def _whole_percent(number):
    if not 0 <= number <= 100:
        raise ValidationError(_not_a_percentage())
    return round(number)


def _not_a_percentage():
    return _("Indiquez un pourcentage entre 0 et 100, par exemple 33 pour un tiers-temps.")
