"""The words in which each application says what is personal in its tables, and when it is forgotten.

`PERSONAL`: model → {field: Personal}. `OURS`: model → the other fields that hold text, a date or a
file. `RULES`: what is forgotten once its time is over. Gathered by certif.privacy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Case, DateField, JSONField, Q, Value, When
from django.db.models.fields import IntegerField

ERASED_NAME = "Personne effacée"
ERASED_WORDS = "(texte effacé)"
ERASED_DAY = date(1900, 1, 1)


class Category(StrEnum):
    IDENTITY = "identité"
    CONTACT = "adresse e-mail"
    SCHOOL = "scolarité"
    HEALTH = "aménagement"
    EXAM = "réponses"
    RESULT = "résultat"
    WORDS = "texte libre"
    FILE = "fichier"
    SECRET = "secret"
    CONNECTION = "connexion"
    TRACE = "historique"


class Personal(NamedTuple):
    category: Category
    kept: str  # a key of settings.RETENTION


def personal(category, kept, fields):
    return dict.fromkeys(fields.split(), Personal(category, kept))


@dataclass(frozen=True)
class Rule:
    """`due(limit)`: the rows whose time ended before `limit`, without those already forgotten.

    `session`: the lookup from a row to the number of its session, if it has one.
    """

    kept: str
    what: str
    due: Callable
    forget: Callable
    session: str | None = None


def rows_deleted(kept, what, due, session=None):
    def forget(rows):
        rows[0]._meta.default_manager.filter(pk__in=[row.pk for row in rows]).delete()

    return Rule(kept, what, due, forget, session)


def words_erased(model, what, tags, *, until, session):
    """The texts of a row, once the time of the instant `until` is over."""
    names = [name for name, tag in tags.items() if tag.category == Category.WORDS]
    written = reduce(or_, (~Q(**{f"{name}__in": ["", ERASED_WORDS]}) for name in names))

    def due(limit):
        return model.objects.filter(written, **{f"{until}__lt": limit})

    def forget(rows):
        erased = {name: erased_words(name) for name in names}
        model.objects.filter(pk__in=[row.pk for row in rows]).update(**erased)

    return Rule("texts", what, due, forget, session)


def erased_words(name):
    """An empty text stays empty: somebody had nothing to say."""
    return Case(When(**{name: ""}, then=Value("")), default=Value(ERASED_WORDS))


def erased_values(model, tags):
    """What an update writes over these fields. A result stays: it is nobody's without a name."""
    return {
        name: _erased(model._meta.get_field(name), tag.category)
        for name, tag in tags.items()
        if tag.category != Category.RESULT
    }


def _erased(field, category):
    if category == Category.WORDS:
        return erased_words(field.name)
    if isinstance(field, JSONField):
        return None
    if isinstance(field, DateField):
        return ERASED_DAY
    return 0 if isinstance(field, IntegerField) else ""


def delete_files(rows, name):
    """Before the rows are written: cut off in between, the next run finds the rows and goes on."""
    for row in rows:
        if file := getattr(row, name):
            file.storage.delete(file.name)
