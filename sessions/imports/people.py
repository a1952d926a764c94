"""One person on one row: cleaned as the form cleans, with every error of the row at once."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError

from sessions.birthplaces import BirthPlaceError, check_birth_place
from sessions.cleaning import clean_birth_date_value
from sessions.imports import columns
from sessions.models import identity_key

IDENTITY = [columns.BIRTH_NAME, columns.FIRST_NAME, columns.BIRTH_DATE]
PLACE = [
    columns.BIRTH_POSTCODE,
    columns.BIRTH_CITY,
    columns.BIRTH_INSEE_CODE,
    columns.BIRTH_COUNTRY,
]
PUPIL = [*IDENTITY, columns.SEX, columns.INE, columns.SCHOOL_CLASS, *PLACE]
CANDIDATE = [
    *IDENTITY,
    columns.SEX,
    *PLACE,
    columns.SCHOOL_CLASS,
    columns.EXTERNAL_ID,
    columns.CONVOCATION_EMAIL,
    columns.RESULTS_EMAIL,
    columns.EXTRA_TIME,
    columns.ACCESSIBILITY,
]
# The attendance sheet of 004: the birth place in one free cell.
EQUIPMENT = [
    *IDENTITY,
    columns.BIRTH_PLACE,
    columns.CONVOCATION_EMAIL,
    columns.INE,
    columns.EXTRA_TIME,
]


@dataclass
class PersonRow:
    """`fields`: what the file says, of the columns it has. `key`: the person's identity."""

    row: int
    fields: dict
    key: str
    entry: int | None = None

    @property
    def name(self):
        return f"{self.fields['birth_name'].upper()} {self.fields['first_name']}"


def read_person(table, number, cells, wanted, *, today, empty_says_nothing=False):
    """The person of a row, or None when something of it is to correct (noted in the table).

    `empty_says_nothing`: in a file that was not filled in from the list, an empty cell takes nothing
    away from whoever is on it.
    """
    before = len(table.errors)
    values = table.read(number, cells, wanted, empty_says_nothing=empty_says_nothing)
    if born := values.get("birth_date"):
        try:
            clean_birth_date_value(born, today)
        except ValidationError as error:
            table.fail_at(number, columns.BIRTH_DATE, " ".join(error.messages), born)
    if columns.BIRTH_INSEE_CODE in table.columns or columns.BIRTH_POSTCODE in table.columns:
        _check_place(table, number, values)
    if len(table.errors) > before:
        return None
    entry = values.pop("entry", None)
    key = identity_key(values["birth_name"], values["first_name"], values["birth_date"])
    return PersonRow(number, values, key, entry)


def _check_place(table, number, values):
    typed = {column.name: values.get(column.name, "") for column in PLACE}
    if not any(typed.values()):
        return
    try:
        place = check_birth_place(
            **{name.removeprefix("birth_"): value for name, value in typed.items()}
        )
    except BirthPlaceError as error:
        places = {column.name: column for column in PLACE}
        for name, sentence in error.errors.items():
            table.fail_at(number, places[name], sentence, typed[name] or None)
        return
    values.update((f"birth_{part}", value) for part, value in place._asdict().items())
