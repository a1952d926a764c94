"""Every field is said to be personal, to be so by its row alone, or not to be."""

from itertools import combinations
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models

from certif.lib.privacy import Category, personal
from certif.privacy.gathered import OURS, PERSONAL, RULES, WITH_ROW

REGISTER = Path(__file__).parents[2] / "docs/privacy.md"
OUR_APPLICATIONS = {
    "audit",
    "accounts",
    "certif",
    "exam_sessions",
    "exam",
    "invigilation",
    "finalisation",
}
MODELS = [model for model in apps.get_models() if model._meta.app_label in OUR_APPLICATIONS]
CLASSES = (PERSONAL, OURS, WITH_ROW)


def to_classify(model):
    """All but its own number."""
    return {field.name for field in model._meta.concrete_fields if not field.primary_key}


def classes_of(model):
    return [set(each.get(model, ())) for each in CLASSES]


def unclassified(model):
    return to_classify(model) - set().union(*classes_of(model))


def test_every_field_is_personal_or_said_not_to_be():
    assert {str(model): left for model in MODELS if (left := unclassified(model))} == {}


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("birth_name", models.CharField),
        ("is_present", models.BooleanField),
        ("linked_at", models.DateTimeField),
        ("extra_time_percent", models.IntegerField),
        ("user", models.ForeignKey),
    ],
)
def test_a_field_of_any_kind_would_be_missed(monkeypatch, field, kind):
    model = apps.get_model("exam_sessions", "Candidate")
    for each in CLASSES:
        monkeypatch.setitem(each, model, [name for name in each.get(model, ()) if name != field])

    assert isinstance(model._meta.get_field(field), kind)
    assert unclassified(model) == {field}


def test_no_field_is_of_two_classes():
    both = {
        str(model): doubled
        for model in MODELS
        for one, other in combinations(classes_of(model), 2)
        if (doubled := one & other)
    }

    assert both == {}


def test_what_is_classified_exists():
    gone = {
        (str(model), name)
        for model in MODELS
        for name in set().union(*classes_of(model))
        if name not in {field.name for field in model._meta.concrete_fields}
    }

    assert gone == set()
    assert PERSONAL.keys() | OURS.keys() | WITH_ROW.keys() <= set(MODELS)


def without_a_rule():
    """(model, duration) of the fields that no rule forgets of this model in this time."""
    tagged = {(model, tag.kept) for model, tags in PERSONAL.items() for tag in tags.values()}
    ended = {(model, rule.kept) for rule in RULES for model in {rule.model, *rule.also}}
    return tagged - ended


def test_what_is_personal_ends_by_a_rule_of_its_table():
    assert without_a_rule() == set()


def test_a_duration_that_only_another_table_has_would_be_seen(monkeypatch):
    model = apps.get_model("exam_sessions", "Pupil")
    monkeypatch.setitem(PERSONAL, model, personal(Category.IDENTITY, "records", "birth_name"))

    assert without_a_rule() == {(model, "records")}


def test_each_duration_is_of_a_rule():
    assert settings.RETENTION.keys() == {rule.kept for rule in RULES}


def test_a_need_of_a_person_is_health():
    tag = personal(Category.HEALTH, "extra_time", "extra_time_percent")
    candidate = apps.get_model("exam_sessions", "Candidate")

    assert tag.items() <= PERSONAL[candidate].items()


def test_the_register_of_processing_tells_each_duration():
    told = REGISTER.read_text()
    rows = {f"| `RETENTION_{kept.upper()}_DAYS` | {n} |" for kept, n in settings.RETENTION.items()}

    assert {row for row in rows if row not in told} == set()


def test_the_register_of_processing_tells_each_rule():
    told = REGISTER.read_text()

    assert {rule.what for rule in RULES if rule.what not in told} == set()
