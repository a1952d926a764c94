from datetime import date, time

import pytest

from certif.audit.models import AuditEvent
from sessions.actions.zone import follow_zone
from tests import situations
from tests.factories import CentreFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db

DAY = date(2026, 12, 14)


def move(centre, *, by=None, to="Pacific/Noumea"):
    centre.time_zone = to
    centre.save()
    return follow_zone(centre, by=by or UserFactory())


def moments(session):
    session.refresh_from_db()
    return session.time_zone, session.start_time, session.starts_at.isoformat()


def test_an_open_session_keeps_its_hour_and_follows_the_zone_of_its_centre():
    session = ExamSessionFactory(date=DAY)

    move(session.centre)

    assert moments(session) == ("Pacific/Noumea", time(9), "2026-12-13T22:00:00+00:00")
    assert session.ends_at.isoformat() == "2026-12-13T23:45:00+00:00"


def test_who_moved_the_zone_is_in_the_history_of_the_session():
    officer, session = UserFactory(officer=True), ExamSessionFactory()

    move(session.centre, by=officer)

    event = AuditEvent.objects.get()
    assert (event.kind, event.session_id, event.actor_id) == (
        "session.edited",
        session.pk,
        officer.pk,
    )
    assert event.data == {"changes": "fuseau horaire"}


def test_a_session_that_follows_counts_one_more_version():
    session = ExamSessionFactory()

    move(session.centre)

    session.refresh_from_db()
    assert session.version == 2


def test_a_session_where_a_test_started_keeps_its_zone(bank):
    session = situations.started().candidate.session
    before = moments(session)

    assert move(session.centre) == []
    assert moments(session) == before


def test_a_finalised_session_keeps_its_zone(bank):
    session = situations.finalised()
    before = moments(session)

    assert move(session.centre) == []
    assert moments(session) == before


def test_the_sessions_of_other_centres_are_left_alone():
    other = ExamSessionFactory()

    assert move(CentreFactory()) == []
    other.refresh_from_db()
    assert other.version == 1


def test_how_many_follow_is_told():
    centre = CentreFactory()
    ExamSessionFactory(centre=centre)
    ExamSessionFactory(centre=centre)

    assert move(centre) == [
        "2 sessions ouvertes suivent le nouveau fuseau, à l’heure qui y est écrite."
    ]


def test_a_session_whose_hour_the_new_zone_does_not_have_stays_and_is_named():
    centre = CentreFactory(time_zone="Pacific/Noumea")
    session = ExamSessionFactory(centre=centre, date=date(2027, 3, 28), start_time=time(2, 30))
    before = moments(session)

    (sentence,) = move(centre, to="Europe/Paris")

    assert sentence.startswith(f"La session {session.pk} garde l’ancien fuseau")
    assert moments(session) == before
