import unicodedata
from datetime import date
from uuid import uuid4

import pytest

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from sessions import actions
from sessions.actions.refusals import (
    AlreadyEnrolled,
    CandidateJoined,
    CandidateRemoved,
    CandidateStarted,
    SessionClosed,
)
from sessions.models import Candidate
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db

ADA = {"birth_name": "Lovelace", "first_name": "Ada", "birth_date": date(2012, 12, 10)}


def add(session=None, *, by=None, operation=None, **fields):
    return actions.add_candidate(
        session or ExamSessionFactory(), by=by or UserFactory(), operation=operation, **ADA | fields
    )


def edit(candidate, *, by=None, version=None, operation=None, **fields):
    return actions.edit_candidate(
        candidate,
        by=by or UserFactory(),
        version=candidate.row_version if version is None else version,
        operation=operation,
        **fields,
    )


def version_of(session):
    session.refresh_from_db()
    return session.version


# --- Adding ---------------------------------------------------------------------------------------


def test_an_added_candidate_is_on_the_board_at_once():
    session = ExamSessionFactory()

    candidate = add(session)

    assert candidate.row_version == version_of(session) == 2
    assert AuditEvent.objects.get(kind="candidate.added").candidate_id == candidate.pk


@pytest.mark.parametrize(
    "name",
    ["Lovelace", "LOVELACE", "  lovelace ", "Love-lace", "Lôvelacé", "Ｌｏｖｅｌａｃｅ"],
)
def test_the_same_person_is_not_enrolled_twice(name):
    session = ExamSessionFactory()
    add(session)

    with pytest.raises(AlreadyEnrolled) as refusal:
        add(session, birth_name=name)

    assert refusal.value.field == "birth_name"
    assert session.candidates.count() == 1


def test_a_decomposed_accent_is_the_same_person():
    session = ExamSessionFactory()
    add(session, first_name="Éloïse")

    with pytest.raises(AlreadyEnrolled):
        add(session, first_name=unicodedata.normalize("NFD", "Éloïse"))


def test_a_homonym_born_another_day_is_enrolled():
    session = ExamSessionFactory()
    add(session)

    add(session, birth_date=date(2008, 12, 11))

    assert session.candidates.count() == 2


def test_a_homonym_born_the_same_day_elsewhere_is_enrolled():
    session = ExamSessionFactory()
    add(session, birth_city="Lille")

    add(session, birth_city="Lyon")

    assert session.candidates.count() == 2


@pytest.mark.parametrize(("first", "second"), [("", "Lyon"), ("Lille", ""), ("Lille", "LILLE ")])
def test_a_homonym_whose_birth_place_does_not_tell_is_refused(first, second):
    session = ExamSessionFactory()
    add(session, birth_city=first)

    with pytest.raises(AlreadyEnrolled):
        add(session, birth_city=second)


def test_the_same_person_may_be_in_two_sessions():
    add()

    assert add().pk


def test_the_same_form_sent_twice_adds_one_candidate():
    session, user, operation = ExamSessionFactory(), UserFactory(), Operation(uuid4(), "form")

    first = add(session, by=user, operation=operation)
    second = add(session, by=user, operation=operation)

    assert first == second
    assert session.candidates.count() == 1


def test_the_form_of_a_candidate_removed_since_is_refused_with_what_to_do():
    session, user, operation = ExamSessionFactory(), UserFactory(), Operation(uuid4(), "form")
    actions.remove_candidate(add(session, by=user, operation=operation), by=user)

    with pytest.raises(CandidateRemoved, match="rouvrez"):
        add(session, by=user, operation=operation)


def test_a_candidate_may_come_late_while_others_sit_the_test(bank):
    session = situations.started().candidate.session

    assert add(session).session == session


def test_nobody_is_added_to_a_finalised_session(bank):
    with pytest.raises(SessionClosed):
        add(situations.finalised())


# --- Editing --------------------------------------------------------------------------------------


def test_a_correction_moves_the_identity_key():
    candidate = add()

    edited = edit(candidate, birth_name="Byron")

    assert edited.identity_key == "BYRON/ADA/2012-12-10"
    assert AuditEvent.objects.get(kind="candidate.edited").data == {"changes": "nom de naissance"}


def test_the_audit_of_a_correction_holds_no_name():
    edit(add(), birth_name="Byron")

    assert "yron" not in str(AuditEvent.objects.get(kind="candidate.edited").data)


def test_the_audit_of_a_correction_tells_nothing_of_a_disability():
    edit(add(), extra_time_percent=33, accessibility_need="Loupe", school_class="3B")

    told = AuditEvent.objects.get(kind="candidate.edited").data
    assert told == {"changes": "autres informations"}


def test_a_correction_without_change_writes_nothing():
    candidate = add()

    edit(candidate, **ADA)

    assert version_of(candidate.session) == candidate.row_version
    assert not AuditEvent.objects.filter(kind="candidate.edited").exists()


def test_a_correction_from_an_old_form_is_refused():
    candidate = add()
    edit(candidate, first_name="Augusta")

    with pytest.raises(actions.StaleForm):
        edit(candidate, first_name="Ada Augusta")


def test_a_late_retry_does_not_undo_a_newer_correction():
    candidate, user, operation = add(), UserFactory(), Operation(uuid4(), "form")
    edited = edit(candidate, by=user, first_name="Augusta", operation=operation)
    edit(edited, first_name="Ada Augusta")

    edit(candidate, by=user, first_name="Augusta", operation=operation)

    candidate.refresh_from_db()
    assert candidate.first_name == "Ada Augusta"


def test_a_correction_does_not_make_a_double():
    session = ExamSessionFactory()
    add(session)
    other = add(session, first_name="Augusta")

    with pytest.raises(AlreadyEnrolled):
        edit(other, first_name="ADA")


def test_a_candidate_who_joined_can_still_be_corrected():
    candidate = CandidateFactory(joined=True)

    assert edit(candidate, first_name="Augusta").first_name == "Augusta"


def test_a_candidate_whose_test_started_is_corrected_by_a_report(bank):
    candidate = situations.started().candidate
    candidate.refresh_from_db()

    with pytest.raises(CandidateStarted):
        edit(candidate, first_name="Augusta")


# --- Removing -------------------------------------------------------------------------------------


def test_a_candidate_is_removed():
    candidate = add()

    actions.remove_candidate(candidate, by=UserFactory())

    assert not Candidate.objects.exists()
    assert version_of(candidate.session) == 3


def test_removing_twice_changes_nothing():
    candidate = add()
    actions.remove_candidate(candidate, by=UserFactory())

    actions.remove_candidate(candidate, by=UserFactory())

    assert AuditEvent.objects.filter(kind="candidate.removed").count() == 1


def test_a_candidate_who_joined_is_not_removed():
    with pytest.raises(CandidateJoined):
        actions.remove_candidate(CandidateFactory(joined=True), by=UserFactory())


def test_nobody_is_removed_from_a_finalised_session(bank):
    session = ExamSessionFactory()
    absent = CandidateFactory(session=session)
    situations.finished(session=session)
    situations.finalised(session)

    with pytest.raises(SessionClosed):
        actions.remove_candidate(absent, by=UserFactory())
