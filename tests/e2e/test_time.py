"""Time added from a tablet: the row, the other tablet and the candidate's own clock follow."""

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from django.utils.formats import date_format
from playwright.sync_api import expect

from exam.models import Attempt
from invigilation.actions import set_extra_time
from tests import situations
from tests.e2e.conftest import PHONE, TABLET
from tests.factories import PASSWORD, CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

BEAT_MS = 20_000


@pytest.fixture
def simon(db):
    call_command("load_bank", verbosity=0)
    candidate = CandidateFactory(
        session=ExamSessionFactory(), birth_name="Durand", first_name="Simon", joined=True
    )
    return situations.present(candidate)


def opens_the_room(tablet, session):
    user = situations.invigilator_of(session)
    tablet.logs_in(user.email, PASSWORD).go(f"/surveillance/{session.pk}/")
    tablet.reads("Salle 208")
    return tablet


def starts(person, candidate):
    person.logs_in(candidate.user.email, PASSWORD).go(f"/certifications/{candidate.pk}/code/")
    code = candidate.session.access_code
    person.page.get_by_label("Code d’accès communiqué par le surveillant").fill(code)
    person.press("Commencer mon test")
    person.reads("Question 1 / 48")
    return person


def left(person):
    return person.page.locator("#exam-top [data-deadline]").inner_text()


def test_minutes_added_on_one_tablet_reach_the_other_and_the_candidate(simon, somebody):
    first = opens_the_room(somebody(TABLET), simon.session)
    second = opens_the_room(somebody(TABLET), simon.session)
    candidate = starts(somebody(PHONE), simon)
    assert left(candidate) == "reste 1 h 45"

    row = first.page.locator(f"#candidate-{simon.pk}")
    row.get_by_text("En cours").wait_for()
    row.locator("summary").tap()
    row.get_by_role("link", name="Ajouter du temps").tap()
    dialog = first.page.get_by_role("dialog")
    dialog.get_by_label("10 min").check()
    dialog.get_by_label("Autre durée").fill("7")
    assert not dialog.get_by_label("10 min").is_checked()
    dialog.get_by_label("10 min").check()
    assert dialog.get_by_label("Autre durée").input_value() == ""
    dialog.get_by_text("→").wait_for()
    dialog.get_by_label("Raison").select_option("room")
    first.look()
    dialog.get_by_role("button", name="Ajouter", exact=True).tap()

    row.get_by_text("+ 10 min ajoutées").wait_for()
    first.reads("+ 10 min pour DURAND Simon")
    first.page.wait_for_function(
        "id => document.activeElement.id === id", arg=f"menu-button-{simon.pk}"
    )
    first.look()
    second.page.locator(f"#candidate-{simon.pk}").get_by_text("+ 10 min ajoutées").wait_for()

    candidate.page.get_by_role("status").get_by_text("10 minutes vous ont été ajoutées.").wait_for(
        timeout=BEAT_MS
    )
    assert left(candidate) == "reste 1 h 55"
    candidate.look()
    assert Attempt.objects.get().granted_minutes == 10

    first.page.locator("#status").get_by_text("+").wait_for(state="detached")
    row.locator("summary").tap()
    first.page.keyboard.press("Escape")
    first.page.locator(f"#menu-{simon.pk}:not([open])").wait_for()


def test_what_is_said_to_a_candidate_lies_on_none_of_his_buttons(simon, somebody):
    candidate = starts(somebody(PHONE), simon)
    candidate.page.locator("#statement").tap()

    situations.granted(Attempt.objects.get(), 5)

    said = candidate.page.get_by_role("status").get_by_text("5 minutes vous ont été ajoutées.")
    said.wait_for(timeout=BEAT_MS)
    box = said.bounding_box()
    assert box["y"] + box["height"] < candidate.page.viewport_size["height"] / 2


def test_before_several_get_minutes_each_end_is_told(simon, somebody):
    starts(somebody(PHONE), simon)
    tablet = opens_the_room(somebody(TABLET), simon.session)
    tablet.page.locator("#room-menu-button").tap()
    tablet.page.get_by_role("link", name="Ajouter du temps à plusieurs").tap()
    dialog = tablet.page.get_by_role("dialog")
    end = dialog.locator("[data-ends]")
    before = end.inner_text()

    dialog.get_by_text("5 min", exact=True).tap()
    expect(end).to_have_text(before)
    dialog.get_by_label("Toute la salle").check()

    expect(end).to_have_text(re.compile(f"^{before} → "))
    tablet.look()


def granted(person):
    return person.page.locator("#exam-top [data-granted]")


def test_the_sum_of_the_minutes_added_follows_without_a_reload(simon, somebody):
    candidate = starts(somebody(PHONE), simon)
    expect(granted(candidate)).to_be_hidden()

    situations.granted(Attempt.objects.get(), 1)

    expect(granted(candidate)).to_have_text("dont 1 min ajoutée", timeout=BEAT_MS)
    situations.granted(Attempt.objects.get(), 10)
    expect(granted(candidate)).to_have_text("dont 11 min ajoutées", timeout=BEAT_MS)
    assert left(candidate) == "reste 1 h 56"
    candidate.page.reload()
    expect(granted(candidate)).to_have_text("dont 11 min ajoutées")
    candidate.look()


def test_an_extra_time_set_moves_the_end_and_leaves_the_minutes_added(simon, somebody):
    situations.granted(Attempt.objects.get(), 5)
    candidate = starts(somebody(PHONE), simon)

    set_extra_time(simon, percent=33, by=UserFactory())

    expect(candidate.page.locator("#exam-top [data-deadline]")).to_have_text(
        "reste 2 h 25", timeout=BEAT_MS
    )
    expect(granted(candidate)).to_have_text("dont 5 min ajoutées")


def test_the_code_given_is_one_tap_and_every_tablet_hears_of_it(simon, somebody):
    first = opens_the_room(somebody(TABLET), simon.session)
    second = opens_the_room(somebody(TABLET), simon.session)
    third = opens_the_room(somebody(TABLET), simon.session)

    for tablet in first, third:
        tablet.go(f"/surveillance/{simon.session_id}/code/")
    first.press("Code donné")

    first.reads("fin de salle à")
    first.look()
    second.page.locator("#board-head").get_by_text("Fin de salle").wait_for()
    third.page.locator("#room-given").get_by_text("fin de salle à").wait_for()
    assert not third.page.locator("#code-given").count()
    third.look()


def test_the_end_of_the_room_becomes_past_on_a_page_that_nothing_renews(simon, somebody):
    situations.started(simon)
    tablet = somebody(TABLET).is_logged_in(situations.invigilator_of(simon.session))
    tablet.page.clock.install()
    tablet.go(f"/surveillance/{simon.session_id}/")
    expect(tablet.page.locator("#room-end")).to_have_text("Fin de salle")

    tablet.page.clock.fast_forward("01:46:00")

    expect(tablet.page.locator("#room-end")).to_have_text("Fin de salle passée, à")


def test_clocks_wrong_by_a_day_change_nothing_of_what_is_shown(simon, somebody):
    tablet = somebody(TABLET).is_logged_in(situations.invigilator_of(simon.session))
    tablet.page.clock.install(time=timezone.now() - timedelta(days=1))
    phone = somebody(PHONE)
    phone.page.clock.install(time=timezone.now() + timedelta(days=1))

    starts(phone, simon)
    tablet.go(f"/surveillance/{simon.session_id}/")

    end = timezone.localtime(Attempt.objects.get().deadline, simon.session.zone)
    tablet.page.locator("#freshness").get_by_text("À jour il y a").wait_for()
    head = " ".join(tablet.page.locator("#board-head").inner_text().split())
    assert date_format(end, r"G \h i") in head
    assert "dépassé" not in tablet.page.locator(f"#candidate-{simon.pk}").inner_text()
    assert left(phone) == "reste 1 h 45"


def test_the_hour_of_what_waits_is_not_that_of_the_tablet(somebody):
    session = ExamSessionFactory(centre__time_zone="Indian/Reunion")
    candidate = CandidateFactory(session=session, joined=True)
    tablet = somebody(TABLET).is_logged_in(situations.invigilator_of(session))
    tablet.page.clock.install(time=timezone.now() - timedelta(days=1, minutes=30))
    tablet.go(f"/surveillance/{session.pk}/")
    tablet.page.locator("#freshness").get_by_text("À jour il y a").wait_for()
    tablet.context.set_offline(True)
    before = timezone.now()

    tablet.page.locator(f"#tick-{candidate.pk}").click()

    waiting = tablet.page.locator("#outbox li")
    waiting.wait_for(state="attached")
    # The page had its hour from the server a moment after the server told it.
    told = {
        date_format(at.astimezone(session.zone), "(G\u00a0\\h\u00a0i)")
        for at in (before - timedelta(seconds=10), timezone.now())
    }
    assert any(hour in waiting.text_content() for hour in told)


def nothing_moves(tablet):
    """From now on the server has nothing new to tell: the page counts by its own clock."""
    tablet.page.route("**/live?*", lambda route: route.fulfill(status=204))


def ends_in(attempt, minutes):
    moved = attempt.started_at + timedelta(minutes=minutes) - (attempt.deadline - timezone.now())
    Attempt.objects.filter(pk=attempt.pk).update(started_at=moved)


def test_the_last_minutes_are_said_once_and_the_tests_past_their_time_counted(simon, somebody):
    zoe = CandidateFactory(session=simon.session, birth_name="Aubert", joined=True)
    ends_in(situations.started(zoe), -15)
    ends_in(situations.started(simon), 7)
    tablet = somebody(TABLET).is_logged_in(situations.invigilator_of(simon.session))
    tablet.page.clock.install()
    tablet.go(f"/surveillance/{simon.session_id}/")
    tablet.reads("Terminer le test au temps dépassé")
    nothing_moves(tablet)
    script = tablet.page.locator(".script", has_text="DURAND Simon")
    assert script.is_hidden()

    tablet.page.clock.fast_forward("02:00")
    script.get_by_role("button", name="C’est dit").press("Enter")
    script.wait_for(state="hidden")
    tablet.page.locator("#chip-all:focus").wait_for()

    tablet.page.reload()
    tablet.page.clock.fast_forward("02:00")
    assert script.is_hidden()

    tablet.page.clock.fast_forward("06:00")
    tablet.reads("Terminer les 2 tests au temps dépassé")


def test_the_hour_of_the_code_has_the_focus_once_it_is_noted(somebody, transactional_db):
    session = ExamSessionFactory()
    tablet = opens_the_room(somebody(TABLET), session)
    tablet.go(f"/surveillance/{session.pk}/code")

    tablet.press("Code donné")

    tablet.page.locator("#given:focus", has_text="fin de salle à").wait_for()
    tablet.look()
