from uuid import uuid4, uuid5

import pytest
from django.test import RequestFactory

from certif.audit.openings import NAMESPACE
from certif.audit.operations import operation_of

OPERATION = uuid4()


def posted(path="/surveillance/1/", **fields):
    return operation_of(RequestFactory().post(path, {"operation": OPERATION, **fields}))


def test_the_operation_id_is_read_from_the_form():
    assert posted().id == OPERATION


@pytest.mark.parametrize("typed", ["", "abc", "1" * 40, "\x00", "é"])
def test_a_form_without_a_valid_id_has_no_operation(typed):
    assert operation_of(RequestFactory().post("/", {"operation": typed})) is None


def test_an_id_made_of_a_name_is_no_form_s():
    made = uuid5(NAMESPACE, "candidate.opened/1/2/2026-11-21T17")

    assert operation_of(RequestFactory().post("/", {"operation": made})) is None


def test_a_form_without_the_field_has_no_operation():
    assert operation_of(RequestFactory().post("/", {"present": "1"})) is None


def test_the_same_form_sent_twice_has_the_same_fingerprint():
    assert posted(present="1", note="é") == posted(note="é", present="1")


def test_a_new_csrf_token_does_not_change_the_fingerprint():
    assert posted(present="1", csrfmiddlewaretoken="a") == posted(
        present="1", csrfmiddlewaretoken="b"
    )


def test_another_value_changes_the_fingerprint():
    assert posted(present="1").fingerprint != posted(present="0").fingerprint


def test_another_address_changes_the_fingerprint():
    assert posted("/a/").fingerprint != posted("/b/").fingerprint


def test_the_order_of_the_values_of_one_field_counts():
    assert posted(choice=["1", "2"]).fingerprint != posted(choice=["2", "1"]).fingerprint


def test_a_lone_surrogate_does_not_break_the_fingerprint():
    request = RequestFactory().post("/", {"operation": str(OPERATION)})
    request.POST = request.POST.copy()
    request.POST["note"] = "\ud800"

    assert len(operation_of(request).fingerprint) == 64
