"""Copying pupils of the register to the list of a session; forgetting the register."""

from datetime import date
from uuid import uuid4

import pytest

from certif.accounts.models import CentreKind
from certif.audit.models import AuditEvent, OperationReused
from certif.audit.operations import Operation
from certif.audit.sentences import SENTENCES
from sessions.actions import RegisterMoved, SessionClosed, delete_register, enrol_pupils
from sessions.actions.enrolment import Enrolment
from sessions.enums import ImportKind, ImportState
from sessions.models import Candidate, PreparedImport, Pupil
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
    PupilFactory,
    UserFactory,
)
from tests.sessions.workbooks import TITLES, one_sheet, send, someone
from tests.situations import finalised, finished, started

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return ExamSessionFactory()


@pytest.fixture
def member(session):
    return MembershipFactory(centre=session.centre).user


@pytest.fixture
def enrol(session, member):
    return lambda *pupils, **options: enrol_pupils(
        session, [pupil.pk for pupil in pupils], by=member, **options
    )


@pytest.fixture
def pupil(session):
    return lambda *name, **fields: PupilFactory(
        centre=session.centre, **dict(zip(["birth_name"], name, strict=False)), **fields
    )


def operation(content="a"):
    return Operation(uuid4(), content)


def names(session):
    return [row.birth_name for row in session.candidates.all()]


def events(session):
    return AuditEvent.objects.filter(kind="pupils.enrolled", session_id=session.pk)


def test_all_that_the_register_knows_is_copied(enrol, pupil, session):
    enrol(
        pupil(
            "Œuvrard",
            first_name="Zoé",
            sex="F",
            birth_city="Lyon 1er Arrondissement",
            birth_insee_code="69381",
            birth_postcode="69001",
            birth_country="FRANCE",
            external_id="123456789AB",
            school_class="3e B",
        )
    )

    row = session.candidates.get()
    assert (row.birth_name, row.first_name, row.sex) == ("Œuvrard", "Zoé", "F")
    assert row.birth_date == date(2012, 12, 10)
    assert (row.birth_city, row.birth_insee_code) == ("Lyon 1er Arrondissement", "69381")
    assert (row.birth_postcode, row.birth_country) == ("69001", "FRANCE")
    assert (row.external_id, row.school_class) == ("123456789AB", "3e B")
    assert row.identity_key == "OEUVRARD/ZOE/2012-12-10"
    assert not row.has_joined
    assert row.extra_time_percent == 0


def test_the_tablets_hear_of_the_new_rows(enrol, pupil, session):
    before = session.version

    enrol(pupil("A"), pupil("B"))

    session.refresh_from_db()
    assert session.version == before + 1
    assert {row.row_version for row in session.candidates.all()} == {session.version}


def test_one_line_tells_how_many(enrol, pupil, session, member):
    CandidateFactory(session=session, birth_name="C")

    enrol(pupil("A"), pupil("B"), pupil("C"))

    event = events(session).get()
    assert event.actor_id == member.pk
    assert event.data == {"count": 2, "skipped": 1}
    assert SENTENCES["pupils.enrolled"].format(actor="Claire", **event.data) == (
        "Claire a inscrit 2 élève(s) du registre."
    )


def test_who_is_enrolled_already_is_left_as_he_is(enrol, pupil, session):
    CandidateFactory(session=session, birth_name="Rosso", school_class="saisie")

    assert enrol(pupil("ROSSO"), pupil("Bleu")) == Enrolment(count=1, skipped=1)

    assert names(session) == ["Bleu", "Rosso"]
    assert session.candidates.get(birth_name="Rosso").school_class == "saisie"


def test_an_ine_finds_a_pupil_whose_name_was_corrected(enrol, pupil, session):
    CandidateFactory(session=session, birth_name="Roso", external_id="1A")

    assert enrol(pupil("Rosso", external_id="1A")) == Enrolment(count=0, skipped=1)


def test_an_identity_finds_a_pupil_who_has_no_ine_in_the_list(enrol, pupil, session):
    CandidateFactory(session=session, birth_name="Rosso", external_id="")

    assert enrol(pupil("Rosso", external_id="1A")) == Enrolment(count=0, skipped=1)


def test_two_without_an_ine_are_not_one_person(enrol, pupil, session):
    CandidateFactory(session=session, birth_name="Bleu", external_id="")

    assert enrol(pupil("Rosso", external_id="")).count == 1


def test_one_name_and_one_day_but_two_birth_places_are_two_people(enrol, pupil, session):
    CandidateFactory(session=session, birth_name="Martin", birth_city="Lille")

    assert enrol(pupil("Martin", birth_city="Brest")).count == 1


def test_nobody_is_enrolled_twice_by_one_selection(enrol, pupil):
    twice = [pupil("Rosso", external_id="1"), pupil("Rosso", external_id="2")]

    assert enrol(*twice) == Enrolment(count=1, skipped=1)


def test_an_id_given_twice_counts_once(session, member, pupil):
    row = pupil()

    assert enrol_pupils(session, [row.pk, row.pk], by=member) == Enrolment(count=1, skipped=0)


def test_when_all_are_enrolled_nothing_is_written(enrol, pupil, session):
    CandidateFactory(session=session, birth_name="Rosso")
    before = session.version

    enrol(pupil("Rosso"), operation=operation())

    session.refresh_from_db()
    assert session.version == before
    assert not events(session)


def test_a_pupil_of_another_school_is_refused_and_with_him_all_the_others(enrol, pupil, session):
    with pytest.raises(RegisterMoved):
        enrol(pupil("A"), PupilFactory(birth_name="Ailleurs"))

    assert names(session) == []
    assert not events(session)


def test_a_pupil_erased_meanwhile_refuses_the_selection(enrol, pupil, session):
    here, gone = pupil("A"), pupil("B")
    Pupil.objects.filter(pk=gone.pk).delete()

    with pytest.raises(RegisterMoved):
        enrol(here, gone)

    assert names(session) == []


def test_the_same_form_twice_answers_the_same_and_writes_once(enrol, pupil, session):
    CandidateFactory(session=session, birth_name="C")
    pupils, form = [pupil("A"), pupil("B"), pupil("C")], operation()

    first, second = enrol(*pupils, operation=form), enrol(*pupils, operation=form)

    assert first == second == Enrolment(count=2, skipped=1)
    assert names(session) == ["A", "B", "C"]
    assert events(session).count() == 1


def test_one_form_cannot_carry_two_selections(enrol, pupil, session):
    form = operation()
    enrol(pupil("A"), operation=form)

    with pytest.raises(OperationReused):
        enrol(pupil("B"), operation=Operation(form.id, "b"))

    assert names(session) == ["A"]


def test_pupils_are_added_while_others_take_their_test(bank, session, enrol, pupil):
    started(session=session, birth_name="Z")

    enrol(pupil("A"))

    assert names(session) == ["A", "Z"]


def test_a_finalised_session_takes_nobody(bank, session, enrol, pupil):
    finished(session=session, birth_name="Z")
    finalised(session)

    with pytest.raises(SessionClosed):
        enrol(pupil("A"))

    assert names(session) == ["Z"]


@pytest.mark.parametrize("count", [1, 25])
def test_statements_do_not_grow_with_the_class(
    session, member, pupil, count, django_assert_num_queries
):
    pupils = [pupil().pk for _ in range(count)]

    # lock, pupils, enrolled, version, rows, line; a savepoint and its release
    with django_assert_num_queries(8):
        enrol_pupils(session, pupils, by=member)


# --- Forgetting -----------------------------------------------------------------------------------


def test_the_register_of_this_school_alone_is_erased(session, pupil, member):
    pupil("A")
    elsewhere = PupilFactory()

    assert delete_register(session.centre, by=member) == 1

    assert list(Pupil.objects.all()) == [elsewhere]


def test_candidates_outlive_the_register(session, enrol, pupil, member):
    enrol(pupil("A"))

    delete_register(session.centre, by=member)

    assert names(session) == ["A"]


def test_a_register_that_waits_for_a_confirmation_is_erased_too():
    school = CentreFactory(kind=CentreKind.SCO)
    prepared = send(ImportKind.REGISTER, school, one_sheet(TITLES, someone("Rosso")))
    assert prepared.state == ImportState.READY

    delete_register(school, by=UserFactory())

    assert not PreparedImport.objects.exists()


def test_the_erasure_is_told_once(session, pupil, member):
    pupil("A")
    form = operation()

    answers = [delete_register(session.centre, by=member, operation=form) for _ in range(2)]

    event = AuditEvent.objects.get(kind="register.deleted")
    assert answers == [1, 1]
    assert (event.centre_id, event.data) == (session.centre_id, {"pupils": 1})


def test_an_empty_register_is_not_worth_a_line(session, member):
    assert delete_register(session.centre, by=member) == 0

    assert not AuditEvent.objects.exists()
    assert not Candidate.objects.exists()
