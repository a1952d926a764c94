"""The bank as a workbook: what its columns hold, how each cell is read, and the file to send back."""

import re
from functools import partial
from pathlib import PurePath

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from certif.lib.forms import FORBIDDEN
from certif.lib.spreadsheets import Stamp
from certif.lib.spreadsheets.writing import Book, Format
from certif.lib.spreadsheets.writing import Column as Written
from certif.lib.text import ForbiddenCharacter, clean_text, fold
from exam.bank import CHOICE_KINDS, MOST_CHOICES
from exam.enums import Competence, QuestionKind
from sessions.imports.columns import Column, line, text_of

TEMPLATE, VERSION = "questions", 1
YES, NO = "oui", "non"
CHOICE_MAX_LENGTH = 1000
NUMBERS = re.compile(r"\d{1,3}(?:[\s;,]+\d{1,3})*")
NO_GAP = gettext_lazy("Les propositions se suivent, sans case vide entre elles.")
FIELDS = (
    "key",
    "competence",
    "kind",
    "statement",
    "choices",
    "answers",
    "image",
    "image_alt",
    "attachment",
    "link",
    "time_limit",
    "is_active",
)


def text(value, *, longest):
    try:
        value = clean_text(text_of(value))
    except ForbiddenCharacter as error:
        raise ValidationError(FORBIDDEN) from error
    if len(value) > longest:
        raise ValidationError(
            _("Ce texte est trop long : %(longest)s caractères au plus.") % {"longest": longest}
        )
    return value


def competence(value):
    """« 1.1 », or « 1.1 Mener une recherche… »."""
    code = (text_of(value).split() or [""])[0]
    if code not in Competence.values:
        raise ValidationError(_("Cette compétence n’existe pas : choisissez-la dans la liste."))
    return code


def kind(value):
    key = fold(text_of(value))
    for known in QuestionKind:
        if key in {fold(known.value), fold(str(known.label))}:
            return known.value
    raise ValidationError(_("Cette forme n’existe pas : choisissez-la dans la liste."))


def seconds(value):
    digits = "".join(text_of(value).split())
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 4):
        raise ValidationError(_("Indiquez un nombre de secondes, ou laissez vide."))
    if not 1 <= int(digits) <= 3600:
        raise ValidationError(_("Le temps limité va de 1 à 3600 secondes."))
    return int(digits)


def yes_or_no(value):
    key = fold(text_of(value))
    if key not in {"OUI", "NON"}:
        raise ValidationError(_("Écrivez oui ou non."))
    return key == "OUI"


# Titles are facts of a file format: they are not translated.
KEY = Column("key", "Référence", partial(line, longest=20), required=True, width=12)
COMPETENCE = Column("competence", "Compétence", competence, required=True, width=34)
KIND = Column("kind", "Forme", kind, required=True, width=16)
STATEMENT = Column(
    "statement", "Énoncé", partial(text, longest=2000), required=True, also=("Question",), width=60
)
CHOICES = tuple(
    Column(f"choice_{n}", f"Proposition {n}", partial(text, longest=CHOICE_MAX_LENGTH), width=28)
    for n in range(1, MOST_CHOICES + 1)
)
ANSWERS = Column(
    "answers",
    "Réponses justes",
    partial(text, longest=5000),
    required=True,
    also=("Réponse juste",),
    note="Choix : les numéros des bonnes propositions, 2 ou 1 ; 3. Réponse à écrire : une réponse "
    "acceptée par ligne de la cellule.",
    width=24,
)
IMAGE = Column(
    "image",
    "Image",
    partial(line, longest=200),
    also=("Nom du fichier image",),
    note="Le nom d’un fichier de la banque, ou envoyé avec le classeur dans une archive .zip.",
    width=24,
)
IMAGE_ALT = Column(
    "image_alt",
    "Texte de remplacement",
    partial(text, longest=5000),
    note="Obligatoire avec une image.",
    width=40,
)
ATTACHMENT = Column(
    "attachment",
    "Fichier",
    partial(line, longest=200),
    note="Le nom d’un fichier de la banque, ou envoyé avec le classeur dans une archive .zip.",
    width=24,
)
LINK = Column("link", "Lien", partial(line, longest=300), note="Un site de la banque.", width=36)
TIME_LIMIT = Column(
    "time_limit", "Temps limité (s)", seconds, empty=None, also=("Temps limité",), width=12
)
ACTIVE = Column(
    "is_active",
    "Utilisée",
    yes_or_no,
    empty=None,
    note="non : mise de côté, elle n’est plus tirée.",
    width=10,
)
COLUMNS = (
    KEY,
    COMPETENCE,
    KIND,
    STATEMENT,
    *CHOICES,
    ANSWERS,
    IMAGE,
    IMAGE_ALT,
    ATTACHMENT,
    LINK,
    TIME_LIMIT,
    ACTIVE,
)


def values_of(question):
    """The fields of a question, its files by the names they are stored under."""
    values = {name: getattr(question, name) for name in FIELDS}
    return values | {"image": question.image.name, "attachment": question.attachment.name}


def cells_of(values):
    """What each column shows of these values, in the order of the columns."""
    choices = [*map(_typed, values["choices"])]
    competence = Competence(values["competence"])
    return [
        values["key"],
        f"{competence.value} {competence.label}",
        str(QuestionKind(values["kind"]).label),
        _typed(values["statement"]),
        *choices,
        *[None] * (MOST_CHOICES - len(choices)),
        answers_cell(values),
        PurePath(values["image"]).name or None,
        _typed(values["image_alt"]) or None,
        PurePath(values["attachment"]).name or None,
        values["link"] or None,
        values["time_limit"],
        YES if values["is_active"] else NO,
    ]


def answers_cell(values):
    """Choices by their numbers, from 1 as the columns are; texts one a line, for they may hold « ; »."""
    if values["kind"] in CHOICE_KINDS:
        return " ; ".join(str(rank + 1) for rank in values["answers"])
    return "\n".join(map(_typed, values["answers"]))


def answers_of(cell, kind, choices):
    """What a person wrote of the right answers: ranks, or accepted texts. Raises ValidationError."""
    if kind not in CHOICE_KINDS:
        return [line.strip() for line in cell.splitlines() if line.strip()]
    if not NUMBERS.fullmatch(cell.strip()):
        raise ValidationError(_("Écrivez les numéros des bonnes propositions : 2, ou 1 ; 3."))
    numbers = [int(digits) for digits in re.findall(r"\d+", cell)]
    unknown = [n for n in numbers if not 1 <= n <= len(choices)]
    if unknown:
        raise ValidationError([_("Il n’y a pas de proposition %(n)s.") % {"n": n} for n in unknown])
    return [n - 1 for n in numbers]


def _typed(value):
    """As a cell gives it back: what was typed in a form may end its lines otherwise."""
    try:
        return clean_text(value)
    except ForbiddenCharacter:
        return value


def bank_workbook(questions):
    book = Book(stamp=Stamp(TEMPLATE, VERSION))
    rows = (cells_of(values_of(question)) for question in questions)
    book.sheet("Questions", list(map(_written, COLUMNS)), rows)
    return book.to_bytes()


def _written(column):
    choices = {
        COMPETENCE: tuple(f"{code.value} {code.label}" for code in Competence),
        KIND: tuple(str(known.label) for known in QuestionKind),
        ACTIVE: (YES, NO),
    }
    kept = Format.NUMBER if column is TIME_LIMIT else Format.TEXT
    return Written(column.title, kept, column.width, choices.get(column, ()), column.note)
