"""Who else has the list on screen now, as opposed to who joined one day."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from invigilation import actions
from invigilation.models import Watch
from invigilation.watching import WATCHES_FOR, WRITTEN_EVERY
from sessions import actions as session_actions
from tests.factories import InvigilatorAccessFactory, UserFactory
from tests.invigilation.pages import element, live, url, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def awa(session):
    """A colleague who joined an hour ago."""
    an_hour_ago = timezone.now() - timedelta(hours=1)
    user = UserFactory(first_name="Awa", last_name="Diallo")
    InvigilatorAccessFactory(session=session, user=user, granted_at=an_hour_ago)
    return user


def seen(session, user, ago):
    with time_machine.travel(timezone.now() - ago, tick=False):
        actions.note_seen(session.pk, user.pk)


def said(response):
    return words(element(response, "#watchers:not([hx-preserve])"))


def test_the_page_notes_that_the_list_is_on_screen(client, session, invigilator):
    client.get(url("board", session))

    assert timezone.now() - Watch.objects.get().last_seen_at < timedelta(minutes=1)


def test_a_colleague_who_looks_at_the_list_is_with_you(client, session, invigilator, awa):
    seen(session, awa, WATCHES_FOR - timedelta(seconds=20))

    assert said(client.get(url("board", session))) == "Avec vous : Awa DIALLO"


def test_a_colleague_who_looks_no_more_is_told_with_the_time_since(
    client, session, invigilator, awa
):
    seen(session, awa, timedelta(minutes=12))

    assert said(client.get(url("board", session))) == (
        "Avec vous : personne en ce moment · dernier passage : Awa DIALLO, il y a 12 min"
    )


def test_who_joined_and_never_opened_the_list_passed_then(client, session, invigilator, awa):
    assert "Awa DIALLO, il y a 1 h 00" in said(client.get(url("board", session)))


def test_who_passed_the_day_before_is_not_told(client, session, invigilator, awa):
    InvigilatorAccessFactory._meta.model.objects.update(
        granted_at=timezone.now() - timedelta(days=2)
    )
    seen(session, awa, timedelta(hours=13))

    assert said(client.get(url("board", session))) == "Avec vous : personne en ce moment"


def test_two_at_most_of_those_who_passed_are_told_the_last_first(client, session, invigilator):
    for rank, name in enumerate(["Un", "Deux", "Trois"], 1):
        past = timezone.now() - timedelta(minutes=10 * rank)
        InvigilatorAccessFactory(session=session, user__last_name=name, granted_at=past)

    told = said(client.get(url("board", session)))

    assert told.index("UN, il y a 10") < told.index("DEUX, il y a 20")
    assert "TROIS" not in told


def test_a_poll_that_says_that_the_list_is_on_screen_is_told_who_watches(
    client, session, invigilator, awa
):
    client.get(url("board", session))
    seen(session, awa, timedelta(minutes=12))

    response = live(client, session, 0, seen=1)
    session.refresh_from_db()
    unchanged = live(client, session, session.version, seen=1)

    assert "Awa DIALLO, il y a 12" in said(response)
    assert "Awa DIALLO, il y a 12" in said(unchanged)
    assert "board-head" not in unchanged.text


def test_it_is_written_at_most_once_a_minute(client, session, invigilator):
    seen(session, invigilator, WRITTEN_EVERY - timedelta(seconds=20))
    first = Watch.objects.get().last_seen_at

    live(client, session, session.version, seen=1)
    again = Watch.objects.get().last_seen_at
    with time_machine.travel(timezone.now() + timedelta(seconds=30)):
        live(client, session, session.version, seen=1)

    assert again == first
    assert Watch.objects.get().last_seen_at > first


def test_a_plain_poll_writes_nothing(client, session, invigilator):
    seen(session, invigilator, timedelta(minutes=12))
    before = Watch.objects.get().last_seen_at

    live(client, session, session.version)

    assert Watch.objects.get().last_seen_at == before


def test_who_comes_back_with_the_password_is_seen_again(client, session, invigilator):
    client.get(url("board", session))
    session_actions.leave_invigilation(session, by=invigilator)
    session_actions.join_as_invigilator(session.pk, session.password, by=invigilator)

    client.get(url("board", session))

    assert Watch.objects.count() == 2


def test_somebody_who_does_not_watch_leaves_no_trace(client, session):
    client.force_login(UserFactory())

    client.get(url("board", session))
    live(client, session, session.version, seen=1)

    assert not Watch.objects.exists()
