"""The words in which each application says what is personal in its tables, and when it is forgotten.

`PERSONAL`: model → {field: Personal}. `OURS`: model → the fields that say nothing of anybody.
`WITH_ROW`: model → those that say something of whom the row is about or names (an instant, a truth, a
number, a link), and of nobody once that is erased. `RULES`: what is forgotten once its time is over.
Gathered by certif.privacy.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Case, DateField, JSONField, Value, When
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

    `also`: the other models of which `forget` forgets what has the same time.
    """

    kept: str
    what: str
    due: Callable
    forget: Callable
    also: frozenset = frozenset()

    @property
    def model(self):
        return self.due(datetime.now(UTC)).model


def rows_deleted(kept, what, due):
    def forget(rows):
        rows[0]._meta.default_manager.filter(pk__in=[row.pk for row in rows]).delete()

    return Rule(kept, what, due, forget)


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
