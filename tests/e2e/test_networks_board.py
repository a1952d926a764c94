"""The tablet behind a network that loses, cuts and hangs: 312 moves, 312 effects, none shown before it is one.

With the answers of test_networks_candidate.py, more than 500 of them.
"""

from collections import Counter

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import TimeoutError as NotYet

from certif.audit.models import AuditEvent
from exam.models import Attempt, TimeGrant
from invigilation.models import IncidentReport
from sessions.actions import leave_invigilation
from sessions.models import Candidate, InvigilatorAccess
from sessions.queries import history
from tests import situations
from tests.e2e.conftest import TABLET
from tests.e2e.proxy import Fault, network_before
from tests.factories import PASSWORD, CandidateFactory, ExamSessionFactory

pytestmark = pytest.mark.django_db(transaction=True)

BAD = {Fault.LOST: 0.3, Fault.UNSENT: 0.05, Fault.CUT: 0.05, Fault.HUNG: 0.01}
MOST_TRIES = 400
WAITING, RUNNING, FINISHED = 10, 3, 3
# The box of a presence: that of an end screen has the same shape.
TICK = ".tick[id^=tick-]"


@pytest.fixture
def session(bank):
    session = ExamSessionFactory()
    for rank in range(WAITING):
        CandidateFactory(session=session, birth_name=f"Attend{rank:02}", joined=True)
    for rank in range(RUNNING):
        situations.started(session=session, birth_name=f"Court{rank}")
    for rank in range(FINISHED):
        situations.finished(session=session, birth_name=f"Finit{rank}")
    return session


@pytest.fixture
def network(live_server):
    with network_before(live_server.url) as network:
        # What acts and what follows; a menu that does not open is seen at once, and asked again.
        network.strikes = lambda method, path: method == "POST" or "/live" in path
        yield network


@pytest.fixture
def tablet(session, network, somebody):
    tablet = somebody(TABLET, through=network.url)
    tablet.is_logged_in(situations.invigilator_of(session))
    tablet.page.clock.install()
    tablet.go(f"/surveillance/{session.pk}/")
    tablet.page.locator("#freshness").get_by_text("À jour il y a").wait_for()
    return tablet


def impatient(tablet):
    """What hangs is given up after 3 s, and not 10."""
    tablet.page.evaluate("htmx.config.timeout = 3000")


def listed(session, beginning):
    return list(session.candidates.filter(birth_name__startswith=beginning).order_by("birth_name"))


def tick(tablet, candidate, *, pressed):
    state = str(pressed).lower()
    return tablet.page.locator(f"#tick-{candidate.pk}[aria-pressed={state}]")


def sees(tablet, *located):
    """The page's clock is moved on until all of it is there and nothing waits to be sent."""
    wanted = [*located, tablet.page.locator("#outbox[hidden]")]
    for _ in range(MOST_TRIES):
        try:
            for locator in wanted:
                locator.wait_for(state="attached", timeout=100)
            return
        except NotYet:
            tablet.page.clock.fast_forward(2000)
    pytest.fail(f"never came on {tablet.page.url}: {locator}")


def ticks_all(tablet, candidates, *, present):
    """All the boxes of the list, one after the other, faster than any finger."""
    before, after = (str(state).lower() for state in (not present, present))
    # Found and pressed at once: a poll in between would bring its rows anew.
    tablet.page.evaluate(
        "boxes => document.querySelectorAll(boxes).forEach((box) => box.click())",
        f"{TICK}[aria-pressed={before}]",
    )
    sees(tablet, tablet.page.locator(f"#rows:not(:has({TICK}[aria-pressed={before}]))"))
    assert tablet.page.locator(f"{TICK}[aria-pressed={after}]").count() == len(candidates)
    written = Candidate.objects.filter(pk__in=[candidate.pk for candidate in candidates])
    assert set(written.values_list("is_present", flat=True)) == {present}


def opens(tablet, candidate, name):
    """By his menu; `sends` has left the focus on its button."""
    tablet.page.locator(f"#menu-button-{candidate.pk}").press("Enter")
    tablet.page.locator(f"#{name}-{candidate.pk}").press("Enter")
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()
    return dialog


def sends(tablet, candidate, dialog, button):
    dialog.locator(button).press("Enter")
    dialog.wait_for(state="detached")
    tablet.page.locator(f"#menu-button-{candidate.pk}:focus").wait_for()


def grants(tablet, candidate, minutes):
    dialog = opens(tablet, candidate, "time")
    dialog.locator("[data-minutes]").fill(str(minutes))
    dialog.locator("[name=reason]").select_option("gap")
    sends(tablet, candidate, dialog, "#add-time-submit")


def reports(tablet, candidate, text):
    dialog = opens(tablet, candidate, "report")
    dialog.locator(".quick-code", has_text="C3").locator("input").check()
    dialog.locator("textarea").fill(text)
    sends(tablet, candidate, dialog, "#report-submit")


def notes_end_screen(tablet, candidate, *, seen):
    box = tablet.page.locator(f"#seen-{candidate.pk}")
    box.press("Space")
    sees(tablet, tablet.page.locator(f"#seen-{candidate.pk}[aria-pressed={str(seen).lower()}]"))


def written(session):
    """How many lines of each kind the session's history holds."""
    return Counter(history(session).order_by().values_list("kind", flat=True))


# --- As many effects as moves ---------------------------------------------------------------------


def ticks_and_unticks(tablet, candidates, *, times):
    for _ in range(times):
        ticks_all(tablet, candidates, present=True)
        ticks_all(tablet, candidates, present=False)


def test_every_tick_and_untick_is_written_once(tablet, session, network):
    before = written(session)
    network.faults = BAD
    impatient(tablet)

    ticks_and_unticks(tablet, listed(session, "Attend"), times=12)

    made = written(session) - before
    assert made == {"presence.present": 12 * WAITING, "presence.absent": 12 * WAITING}
    assert network.struck(Fault.LOST) > WAITING


def notes_all(tablet, session, *, times):
    running, finished = listed(session, "Court"), listed(session, "Finit")
    for rank in range(times):
        for candidate in running:
            grants(tablet, candidate, minutes=rank + 1)
            reports(tablet, candidate, text=f"Arrivé en retard ({rank})")
        for candidate in finished:
            notes_end_screen(tablet, candidate, seen=rank % 2 == 0)
    sees(tablet)


def test_every_grant_report_and_end_screen_is_written_once(tablet, session, network):
    before = written(session)
    network.faults = BAD
    impatient(tablet)

    notes_all(tablet, session, times=8)

    assert written(session) - before == {
        "time.granted": 8 * RUNNING,
        "report.written": 8 * RUNNING,
        "end_screen.seen": 4 * FINISHED,
        "end_screen.unseen": 4 * FINISHED,
    }
    assert TimeGrant.objects.count() == IncidentReport.objects.count() == 8 * RUNNING
    granted = Attempt.objects.filter(grants__isnull=False).values_list("granted_minutes", flat=True)
    assert set(granted) == {sum(range(1, 9))}
    assert network.struck(Fault.LOST) > RUNNING


def shown_ticked(tablet):
    ticked = tablet.page.locator(f"{TICK}[aria-pressed=true]").evaluate_all(
        "ticks => ticks.map((tick) => Number(tick.id.slice('tick-'.length)))"
    )
    return set(ticked)


def presses_and_checks(tablet, candidates):
    for candidate in candidates:
        tick(tablet, candidate, pressed=False).press("Enter")
        shown = shown_ticked(tablet)
        assert shown <= set(Candidate.objects.filter(is_present=True).values_list("pk", flat=True))


def test_no_box_is_shown_ticked_before_the_server_ticked_it(tablet, session, network):
    candidates = listed(session, "Attend")
    network.faults = {Fault.LOST: 0.5, Fault.UNSENT: 0.4}

    presses_and_checks(tablet, candidates)
    network.faults = {}

    sees(tablet, *[tick(tablet, candidate, pressed=True) for candidate in candidates])


def test_a_menu_whose_answer_does_not_come_says_so_and_opens_when_pressed_again(
    tablet, session, network
):
    (candidate, *_others) = listed(session, "Court")
    network.strikes = lambda method, path: path.endswith("/temps")
    network.next = [Fault.LOST]
    tablet.page.locator(f"#menu-button-{candidate.pk}").press("Enter")
    tablet.page.locator(f"#time-{candidate.pk}").press("Enter")
    tablet.page.locator("#alert").get_by_text("Connexion interrompue").wait_for()

    dialog = opens(tablet, candidate, "time")

    assert candidate.first_name in dialog.inner_text()


def test_a_report_being_written_outlives_the_late_answer_of_another_move(tablet, session, network):
    (candidate, *_others) = listed(session, "Court")
    network.next = [Fault.LOST] * 2
    grants(tablet, candidate, minutes=7)
    dialog = opens(tablet, candidate, "report")
    dialog.locator("textarea").fill("Parti avant la fin")

    sees(tablet, tablet.page.locator(f"#candidate-{candidate.pk}", has_text="+ 7 min"))

    assert dialog.locator("textarea").input_value() == "Parti avant la fin"
    assert dialog.locator("textarea:focus").count() == 1
    assert TimeGrant.objects.count() == 1


def test_a_move_that_is_lost_leaves_the_dialog_of_another_row_open(tablet, session, network):
    (ticked, *_others), (candidate, *_) = listed(session, "Attend"), listed(session, "Court")
    network.strikes = lambda method, path: method == "POST"
    network.next = [Fault.HUNG]
    tick(tablet, ticked, pressed=False).press("Enter")
    dialog = opens(tablet, candidate, "report")
    dialog.locator("textarea").fill("Parti avant la fin")

    network.hang_up()

    sees(tablet, tick(tablet, ticked, pressed=True))
    assert dialog.locator("textarea").input_value() == "Parti avant la fin"


# --- A login that expired -------------------------------------------------------------------------


def expires(user):
    """Every login of this account, at once."""
    held = [
        login
        for login in Session.objects.all()
        if login.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    Session.objects.filter(pk__in=[login.pk for login in held]).delete()


def expires_unnoticed(network, user):
    """Until `network.faults` is emptied: a poll would lead a page with nothing to send to the login."""
    network.strikes = lambda method, path: "/live" in path
    network.faults = {Fault.UNSENT: 1}
    expires(user)


@pytest.fixture
def invigilator(session):
    return InvigilatorAccess.objects.get(session=session).user


def logs_in_again(tablet, user, *, instead_of_another=False):
    with tablet.page.expect_popup() as opened:
        tablet.page.get_by_role("link", name="Me reconnecter").last.click()
    tab = opened.value
    if instead_of_another:
        tab.get_by_role("button", name="Ce n’est pas mon compte").click()
    tab.get_by_label("Adresse e-mail").fill(user.email)
    tab.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Je me connecte").click()
    tab.get_by_role("heading", name="Vous êtes de nouveau connecté").wait_for()
    tab.close()
    tablet.page.bring_to_front()


def waits_for(tablet, candidates):
    for candidate in candidates:
        tick(tablet, candidate, pressed=False).press("Enter")
        tablet.page.locator(f"#candidate-{candidate.pk}").get_by_text("à envoyer").wait_for()


def test_ticks_of_an_expired_login_wait_and_go_after_the_new_one(
    tablet, session, network, invigilator
):
    candidates = listed(session, "Attend")[:3]
    expires_unnoticed(network, invigilator)

    waits_for(tablet, candidates)
    network.faults = {}

    tablet.page.get_by_text("Votre connexion au service a expiré").wait_for()
    assert shown_ticked(tablet) == set()
    assert "presence.present" not in ticks_of(candidates)

    logs_in_again(tablet, invigilator)

    sees(tablet, *[tick(tablet, candidate, pressed=True) for candidate in candidates])
    tablet.page.locator("#login").wait_for(state="hidden")
    assert ticks_of(candidates) == ["presence.present"] * 3
    tablet.faults.clear()
    tablet.look()


def ticks_of(candidates):
    lines = AuditEvent.objects.filter(candidate_id__in=[candidate.pk for candidate in candidates])
    return list(lines.filter(kind__startswith="presence").values_list("kind", flat=True))


def test_nothing_that_waits_is_sent_in_the_name_of_another_account(
    tablet, session, network, invigilator
):
    candidates = listed(session, "Attend")[:2]
    colleague = situations.invigilator_of(session)
    expires_unnoticed(network, invigilator)
    waits_for(tablet, candidates)
    network.faults = {}

    logs_in_again(tablet, colleague)

    tablet.page.get_by_text("rien n’est envoyé en son nom").wait_for()
    waiting = tablet.page.locator("#outbox li")
    assert waiting.filter(has_text="ATTEND0").count() == 2
    assert ticks_of(candidates) == []

    logs_in_again(tablet, invigilator, instead_of_another=True)

    sees(tablet, *[tick(tablet, candidate, pressed=True) for candidate in candidates])
    assert ticks_of(candidates) == ["presence.present"] * 2


def test_a_login_renewed_in_another_tab_is_taken_without_a_word(
    tablet, session, network, invigilator
):
    (candidate, *_others) = listed(session, "Attend")
    expires_unnoticed(network, invigilator)
    tab = tablet.context.new_page()
    tab.goto("/connexion/")
    tab.get_by_label("Adresse e-mail").fill(invigilator.email)
    tab.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Je me connecte").click()
    tab.wait_for_url(lambda url: "/connexion/" not in url)
    network.faults = {}

    tick(tablet, candidate, pressed=False).press("Enter")

    sees(tablet, tick(tablet, candidate, pressed=True))
    assert ticks_of([candidate]) == ["presence.present"]


def test_a_half_written_report_outlives_an_expired_login(tablet, session, invigilator):
    (candidate, *_others) = listed(session, "Court")
    dialog = opens(tablet, candidate, "report")
    dialog.locator(".quick-code", has_text="C3").locator("input").check()
    dialog.locator("textarea").fill("Parti avant la fin")
    expires(invigilator)
    dialog.get_by_text("Votre connexion au service a expiré").wait_for()

    logs_in_again(tablet, invigilator)
    tablet.page.locator("#login").wait_for(state="hidden")
    sends(tablet, candidate, dialog, "#report-submit")

    tablet.page.locator("#status").get_by_text("est enregistré").wait_for()
    assert IncidentReport.objects.get().description == "Parti avant la fin"


def test_an_expired_login_with_nothing_to_send_leads_to_the_login_and_back(
    tablet, session, invigilator
):
    expires(invigilator)

    tablet.page.wait_for_url(lambda url: "/connexion/" in url)
    tablet.page.get_by_label("Adresse e-mail").fill(invigilator.email)
    tablet.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    tablet.press("Je me connecte")

    tablet.page.wait_for_url(f"**/surveillance/{session.pk}/")


def test_what_an_access_that_is_over_leaves_unwritten_is_named(
    tablet, session, network, invigilator
):
    candidates = listed(session, "Attend")[:2]
    network.down = True
    waits_for(tablet, candidates)
    leave_invigilation(session, by=invigilator)

    network.down = False

    tablet.page.locator("#outbox").get_by_text("2 actions n’ont pas été enregistrées").wait_for()
    unwritten = tablet.page.locator("#outbox li")
    assert unwritten.filter(has_text="non enregistré").count() == 2
    assert unwritten.filter(has_text="ATTEND00").count() == 1
    assert ticks_of(candidates) == []


def test_what_is_being_written_when_the_access_ends_may_still_be_read(tablet, session, invigilator):
    (candidate, *_others) = listed(session, "Court")
    dialog = opens(tablet, candidate, "report")
    dialog.locator("textarea").fill("Parti avant la fin")

    leave_invigilation(session, by=invigilator)

    dialog.get_by_text("Votre accès à la session est terminé").wait_for()
    assert dialog.locator("textarea").input_value() == "Parti avant la fin"

    dialog.get_by_text("Annuler").click()
    tablet.page.wait_for_url(f"**/surveillance/?session={session.pk}")


def test_an_access_that_is_over_with_nothing_being_written_is_left(tablet, session, invigilator):
    leave_invigilation(session, by=invigilator)

    tablet.page.wait_for_url(f"**/surveillance/?session={session.pk}")
