from datetime import date, time, timedelta
from uuid import uuid4

import pytest
import time_machine

from certif.audit.models import AuditEvent, OperationReused
from certif.audit.operations import Operation
from certif.lib.refusals import InvalidInput
from sessions import actions, codes
from sessions.actions import refusals
from sessions.actions.refusals import DeletionRefused, ImpossibleTime, SessionClosed
from sessions.actions.session import edit_version
from sessions.enums import SessionState
from sessions.models import ExamSession, InvigilatorAccess
from tests import situations
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db

FIELDS = {
    "site": "Collège Anne Frank",
    "room": "Salle 208",
    "invigilators": "Paul Éluard",
    "observations": "",
    "date": date(2026, 12, 14),
    "start_time": time(9, 0),
    "end_time": None,
}


def create(centre=None, *, by=None, operation=None, **fields):
    return actions.create_session(
        centre or CentreFactory(), by=by or UserFactory(), operation=operation, **FIELDS | fields
    )


def edit(session, *, by=None, version=None, operation=None, **fields):
    return actions.edit_session(
        session,
        by=by or UserFactory(),
        version=version or edit_version(session),
        operation=operation,
        **fields,
    )


@pytest.fixture
def finalised(bank):
    return situations.finalised()


# --- Creation -------------------------------------------------------------------------------------


def test_a_session_is_created_open_with_its_author_and_an_audit_line():
    user = UserFactory()

    session = create(by=user)

    assert (session.state, session.created_by) == (SessionState.CREATED, user)
    assert AuditEvent.objects.get(kind="session.created").session_id == session.pk


def test_the_clock_is_that_of_the_centre():
    session = create(CentreFactory(time_zone="Pacific/Noumea"))

    assert session.time_zone == "Pacific/Noumea"
    assert session.starts_at.isoformat() == "2026-12-13T22:00:00+00:00"


def test_without_an_end_the_session_lasts_one_hour_and_three_quarters():
    session = create()

    assert session.ends_at - session.starts_at == timedelta(minutes=105)


def test_a_typed_end_is_kept():
    assert create(end_time=time(12, 0)).ends_at.isoformat() == "2026-12-14T11:00:00+00:00"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"date": date(2027, 3, 28), "start_time": time(2, 30)}, "start_time"),
        ({"date": date(2026, 10, 25), "start_time": time(2, 30)}, "start_time"),
        ({"end_time": time(9, 0)}, "end_time"),
        ({"end_time": time(8, 0)}, "end_time"),
    ],
    ids=["missing hour", "hour shown twice", "ends as it starts", "ends before it starts"],
)
def test_an_impossible_time_is_refused_at_its_field(fields, field):
    with pytest.raises(ImpossibleTime) as refusal:
        create(**fields)

    assert refusal.value.field == field
    assert not ExamSession.objects.exists()


def test_the_same_form_sent_twice_creates_one_session():
    centre, user, operation = CentreFactory(), UserFactory(), Operation(uuid4(), "form")

    first = create(centre, by=user, operation=operation)
    second = create(centre, by=user, operation=operation)

    assert first == second
    assert ExamSession.objects.count() == 1


def test_the_same_operation_with_another_form_is_refused():
    centre, user, operation = CentreFactory(), UserFactory(), Operation(uuid4(), "form")
    create(centre, by=user, operation=operation)

    with pytest.raises(OperationReused):
        create(centre, by=user, operation=Operation(operation.id, "another form"))


# --- Secrets --------------------------------------------------------------------------------------


@pytest.mark.parametrize("_draw", range(50))
def test_a_password_is_five_characters_that_cannot_be_misread(_draw):
    prefix, _, secret = codes.draw_password().partition("-")

    assert prefix == "C"
    assert len(secret) == 5
    assert set(secret) <= set("2346789BCDFGHJKMPQRTVWXY")


@pytest.mark.parametrize("_draw", range(50))
def test_an_access_code_is_four_letters_and_two_digits(_draw):
    code = codes.draw_access_code()

    assert len(code) == 6
    assert set(code[:4]) <= set("BCDFGHJKMPQRTVWXY")
    assert set(code[4:]) <= set("2346789")


@pytest.mark.parametrize("secret", ["C-12345", "C-12344", "C-4KXQ7", "C-C2346", "C-CCCCC"])
@pytest.mark.parametrize(
    "typed",
    ["{0}", "{1}", " {0} ", "c-{1}", "C {1}", "C{1}", "C – {1}", "Ｃ-{1}"],
    ids=["whole", "bare", "spaced", "lower", "space", "glued", "dash", "full width"],
)
def test_the_password_is_understood_however_it_is_typed(secret, typed):
    bare = secret.removeprefix("C-")

    assert codes.password_matches(typed.format(secret, bare).lower(), secret)
    assert codes.password_matches(typed.format(secret, bare), secret)


@pytest.mark.parametrize("typed", ["", "C-", "C", "C-12345 6", "12346", "D-12345", "C-1234"])
def test_another_password_is_wrong(typed):
    assert not codes.password_matches(typed, "C-12345")


@pytest.mark.parametrize("code", ["WB64K2", "VRRJ30", "BCDF23"])
@pytest.mark.parametrize("typed", ["{}", " {} ", "{0[0]} {0[1]}{0[2]} {0[3]}{0[4]}{0[5]}"])
def test_an_access_code_is_understood_however_it_is_typed(code, typed):
    assert codes.code_matches(typed.format(code), code)
    assert codes.code_matches(typed.format(code).lower(), code)


@pytest.mark.parametrize("typed", ["", "WB64K", "WB64K22", "WB64KZ", "W864K2"])
def test_another_code_is_wrong(typed):
    assert not codes.code_matches(typed, "WB64K2")


def test_no_two_open_sessions_of_a_centre_share_a_code(monkeypatch):
    draws = iter(["BCDF23", "BCDF23", "GHJK46"])
    monkeypatch.setattr("sessions.actions.session.draw_access_code", lambda: next(draws))
    centre = CentreFactory()

    assert create(centre).access_code == "BCDF23"
    assert create(centre).access_code == "GHJK46"


def test_another_centre_may_draw_the_same_code(monkeypatch):
    monkeypatch.setattr("sessions.actions.session.draw_access_code", lambda: "BCDF23")
    create()

    assert create().access_code == "BCDF23"


def test_a_code_renewed_is_none_of_those_in_use(monkeypatch):
    centre = CentreFactory()
    other, session = create(centre), create(centre)
    draws = iter([session.access_code, other.access_code, "BCDF23"])
    monkeypatch.setattr("sessions.actions.session.draw_access_code", lambda: next(draws))

    assert actions.renew_access_code(session, by=UserFactory()).access_code == "BCDF23"


def test_the_same_form_sent_twice_renews_the_code_once():
    session, user, operation = ExamSessionFactory(), UserFactory(), Operation(uuid4(), "form")

    first = actions.renew_access_code(session, by=user, operation=operation)
    second = actions.renew_access_code(session, by=user, operation=operation)

    assert first.access_code == second.access_code != session.access_code


def test_the_code_of_a_finalised_session_stays(finalised):
    with pytest.raises(SessionClosed):
        actions.renew_access_code(finalised, by=UserFactory())


def test_the_code_of_a_finalised_session_may_be_drawn_again(finalised, monkeypatch):
    monkeypatch.setattr("sessions.actions.session.draw_access_code", lambda: finalised.access_code)

    assert create(finalised.centre).access_code == finalised.access_code


# --- Edition --------------------------------------------------------------------------------------


def test_editing_moves_the_instants_with_the_clock():
    session = create()

    edited = edit(session, start_time=time(14, 0))

    assert edited.starts_at.isoformat() == "2026-12-14T13:00:00+00:00"
    assert edited.ends_at.isoformat() == "2026-12-14T14:45:00+00:00"


def test_editing_tells_what_changed():
    edit(create(), room="Salle 12", site="Annexe")

    line = AuditEvent.objects.get(kind="session.edited").data
    assert line == {"changes": "salle, nom du site"}


def test_the_invigilators_names_are_not_in_the_audit():
    edit(create(), invigilators="Simone Weil")

    assert "Weil" not in str(AuditEvent.objects.get(kind="session.edited").data)


def test_editing_without_change_writes_nothing():
    session = create()

    edit(session, **FIELDS)

    session.refresh_from_db()
    assert session.version == 1
    assert not AuditEvent.objects.filter(kind="session.edited").exists()


def test_a_form_older_than_the_last_edition_is_refused():
    session = create()
    stale = edit_version(session)
    edit(session, room="Salle 12")

    with pytest.raises(actions.StaleForm):
        edit(session, room="Salle 14", version=stale)


def test_a_tick_meanwhile_does_not_make_the_form_stale(bank):
    session = ExamSessionFactory()
    version = edit_version(session)
    situations.present(CandidateFactory(session=session))

    assert edit(session, room="Salle 12", version=version).room == "Salle 12"


def test_a_retried_edition_is_not_stale():
    session, user, operation = create(), UserFactory(), Operation(uuid4(), "form")
    version = edit_version(session)
    edit(session, by=user, room="Salle 12", version=version, operation=operation)

    edit(session, by=user, room="Salle 12", version=version, operation=operation)

    assert AuditEvent.objects.filter(kind="session.edited").count() == 1


def test_a_late_retry_does_not_undo_a_newer_edition():
    session, user, operation = create(), UserFactory(), Operation(uuid4(), "form")
    version = edit_version(session)
    session = edit(session, by=user, room="Salle 12", version=version, operation=operation)
    edit(session, room="Salle 14")

    edit(session, by=user, room="Salle 12", version=version, operation=operation)

    session.refresh_from_db()
    assert session.room == "Salle 14"


@pytest.mark.parametrize(
    "change", [{"date": date(2027, 1, 4)}, {"start_time": time(8)}, {"end_time": time(23)}]
)
def test_the_schedule_is_frozen_by_the_first_start(bank, change):
    session = situations.started().candidate.session

    with pytest.raises(refusals.TestsStarted):
        edit(session, **change)


@pytest.mark.parametrize("name", ["site", "room", "invigilators", "observations"])
def test_the_room_and_its_people_can_still_change_after_the_first_start(bank, name):
    session = situations.started().candidate.session
    session.refresh_from_db()

    assert getattr(edit(session, **{name: "autre"}), name) == "autre"


def test_a_new_zone_of_the_centre_does_not_move_a_started_session(bank):
    session = situations.started().candidate.session
    session.refresh_from_db()
    starts_at = session.starts_at
    session.centre.time_zone = "Pacific/Noumea"
    session.centre.save()

    edit(session, room="Salle 12")

    session.refresh_from_db()
    assert (session.starts_at, session.time_zone) == (starts_at, "Europe/Paris")


def test_a_finalised_session_is_not_edited(finalised):
    with pytest.raises(SessionClosed):
        edit(finalised, room="Salle 12")


# --- Deletion -------------------------------------------------------------------------------------


def test_a_session_where_nothing_happened_is_deleted_with_its_candidates():
    session = CandidateFactory().session

    actions.delete_session(session, by=UserFactory())

    assert not ExamSession.objects.exists()
    told = {"number": session.pk, "candidates": 1}
    assert AuditEvent.objects.get(kind="session.deleted").data == told


def test_a_session_with_a_presence_is_not_deleted(bank):
    candidate = situations.present(CandidateFactory())

    with pytest.raises(DeletionRefused):
        actions.delete_session(candidate.session, by=UserFactory())


def test_a_presence_taken_back_was_noted_all_the_same(bank):
    from invigilation.actions import set_presence

    candidate = situations.present(CandidateFactory())
    set_presence(candidate, present=False, by=UserFactory())

    with pytest.raises(DeletionRefused):
        actions.delete_session(candidate.session, by=UserFactory())


def test_a_presence_was_noted_even_of_who_is_off_the_list(bank):
    candidate = situations.present(CandidateFactory())
    actions.remove_candidate(candidate, by=UserFactory())

    with pytest.raises(DeletionRefused):
        actions.delete_session(candidate.session, by=UserFactory())


def test_a_session_with_a_started_test_is_not_deleted(bank):
    with pytest.raises(DeletionRefused):
        actions.delete_session(situations.started().candidate.session, by=UserFactory())


def test_a_finalised_session_is_not_deleted(finalised):
    with pytest.raises(SessionClosed):
        actions.delete_session(finalised, by=UserFactory())


# --- Password -------------------------------------------------------------------------------------


def test_a_new_password_ends_every_access():
    session = ExamSessionFactory()
    situations.invigilator_of(session)
    situations.invigilator_of(session)

    renewed = actions.renew_password(session, by=UserFactory())

    assert renewed.password != "C-4KXQ7"
    assert not InvigilatorAccess.objects.open().exists()


def test_a_new_password_leaves_the_accesses_of_other_sessions():
    other = situations.invigilator_of(ExamSessionFactory())

    actions.renew_password(ExamSessionFactory(), by=UserFactory())

    assert ExamSession.objects.for_invigilator(other).exists()


def test_the_same_form_sent_twice_renews_once():
    session, user, operation = ExamSessionFactory(), UserFactory(), Operation(uuid4(), "form")

    first = actions.renew_password(session, by=user, operation=operation)
    second = actions.renew_password(session, by=user, operation=operation)

    assert first.password == second.password


def test_the_password_of_a_finalised_session_stays(finalised):
    with pytest.raises(SessionClosed):
        actions.renew_password(finalised, by=UserFactory())


# --- Facts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Paul Éluard", ["Paul Éluard"]),
        ("Paul Éluard, Elsa Triolet", ["Paul Éluard", "Elsa Triolet"]),
        ("Paul Éluard; Elsa Triolet", ["Paul Éluard", "Elsa Triolet"]),
        ("Paul Éluard et Elsa Triolet", ["Paul Éluard", "Elsa Triolet"]),
        ("Paul Éluard\nElsa Triolet\n", ["Paul Éluard", "Elsa Triolet"]),
        ("Paul Éluard Et Elsa Triolet", ["Paul Éluard", "Elsa Triolet"]),
        ("Paul Éluard, et Elsa Triolet", ["Paul Éluard", "Elsa Triolet"]),
        ("Odette Petitjean", ["Odette Petitjean"]),
        (",", [","]),
    ],
)
def test_invigilators_are_counted_in_the_free_text(text, names):
    assert ExamSessionFactory.build(
        centre=CentreFactory(), invigilators=text
    ).invigilator_names == (names)


@pytest.mark.parametrize(("hours", "late"), [(47, False), (49, True)])
def test_a_session_is_late_48_hours_after_its_end(hours, late):
    session = create()

    with time_machine.travel(session.ends_at + timedelta(hours=hours), tick=False):
        assert session.is_late is late


@pytest.mark.parametrize(
    ("zone", "today"), [("Pacific/Noumea", True), ("Europe/Paris", False)], ids=["there", "here"]
)
def test_today_is_that_of_the_centre(zone, today):
    session = create(CentreFactory(time_zone=zone))

    with time_machine.travel("2026-12-13T20:00:00+00:00", tick=False):
        assert session.is_today is today


def test_every_other_move_of_the_state_is_refused():
    session = ExamSessionFactory()

    with pytest.raises(ValueError, match="created → published"):
        session.move_to(SessionState.PUBLISHED, by=UserFactory(), at=session.starts_at)


def test_refusals_of_what_was_typed_are_told_from_those_of_the_moment():
    assert issubclass(ImpossibleTime, InvalidInput)
    assert not issubclass(refusals.TestsStarted, InvalidInput)
