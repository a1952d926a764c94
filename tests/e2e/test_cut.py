"""The tablet on a bad network: what was pressed is kept, said, sent once; what is read stays in hand."""

import pytest

from certif.audit.models import AuditEvent
from exam import actions as exam_actions
from exam.models import Attempt
from invigilation import actions
from invigilation.models import IncidentReport
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.e2e.conftest import TABLET
from tests.factories import PASSWORD, CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

WAITS = "à envoyer"
HALF = "Arrivé à neuf"


@pytest.fixture
def tablet(bank, somebody):
    session = ExamSessionFactory()
    for name in ("Bernier", "Clounet", "Delarue"):
        CandidateFactory(session=session, birth_name=name, joined=True)
    situations.started(session=session, birth_name="Aubert")
    invigilator = UserFactory()
    tablet = somebody(TABLET).logs_in(invigilator.email, PASSWORD)
    tablet.page.get_by_label("Numéro de la session").fill(str(session.pk))
    tablet.page.get_by_label("Mot de passe de la session").fill(session.password)
    tablet.page.keyboard.press("Enter")
    tablet.reads("Cochez chaque candidat présent")
    return tablet


def candidate(name):
    return ExamSession.objects.get().candidates.get(birth_name=name)


def row(tablet, name):
    return tablet.page.locator(f"#candidate-{candidate(name).pk}")


def box(tablet, name, *, pressed=None):
    state = "" if pressed is None else f"[aria-pressed={str(pressed).lower()}]"
    return tablet.page.locator(f"#tick-{candidate(name).pk}{state}")


def cut(tablet, *, off=True):
    tablet.context.set_offline(off)


def lose_the_answers(tablet, times):
    """The server does it; the tablet hears nothing."""
    left = [None] * times

    def lose(route):
        route.fetch()
        route.abort()

    def handle(route):
        lose(route) if left and not left.pop() else route.continue_()

    tablet.page.route("**/presence", handle)


def opens_the_report(tablet, candidate):
    tablet.page.locator(f"#menu-button-{candidate.pk}").click()
    tablet.page.locator(f"#report-{candidate.pk}").click()
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()
    return dialog


def ticks_of(name):
    found = AuditEvent.objects.filter(kind__startswith="presence.", candidate_id=candidate(name).pk)
    return list(found.order_by("id").values_list("kind", flat=True))


def hold_the_second_answer(tablet):
    """The first sending is lost; what the second one brings stays on the way until it is let go."""
    sent, held = [], []

    def handle(route):
        sent.append(route)
        held.append((route, route.fetch())) if sent[1:] else route.abort()

    tablet.page.route("**/presence", handle)
    return held


# --- Kept, said, sent -----------------------------------------------------------------------------


def test_a_tick_of_a_cut_tablet_waits_and_is_never_shown_as_done(tablet):
    cut(tablet)

    box(tablet, "Bernier").click()

    row(tablet, "Bernier").get_by_text(WAITS).wait_for()
    assert box(tablet, "Bernier", pressed=False).count() == 1
    assert "1 action en attente d’envoi" in tablet.page.locator("#outbox").inner_text()
    assert "BERNIER" in tablet.page.locator("#outbox li").text_content()
    assert ticks_of("Bernier") == []


def test_back_on_line_everything_that_waited_is_sent_once(tablet):
    cut(tablet)
    for name in ("Bernier", "Clounet", "Delarue"):
        box(tablet, name).click()
        row(tablet, name).get_by_text(WAITS).wait_for()
    assert "3 actions en attente d’envoi" in tablet.page.locator("#outbox").inner_text()

    cut(tablet, off=False)

    tablet.page.locator("#outbox").wait_for(state="hidden")
    for name in ("Bernier", "Clounet", "Delarue"):
        box(tablet, name, pressed=True).wait_for()
        assert ticks_of(name) == ["presence.present"]
    assert tablet.page.locator(".unsent").count() == 0
    tablet.faults.clear()
    tablet.look()


def test_back_on_line_what_has_just_been_sent_can_still_be_undone(tablet):
    cut(tablet)
    tablet.page.locator("#offline:not(:empty)").wait_for()
    # By a key: then « Annuler » stays for twenty seconds.
    box(tablet, "Bernier").press("Enter")
    row(tablet, "Bernier").get_by_text(WAITS).wait_for()

    cut(tablet, off=False)

    tablet.page.locator("#offline:empty").wait_for(state="attached")
    tablet.page.locator("#status").get_by_role("button", name="Annuler").wait_for()


def test_what_the_server_says_takes_the_place_of_what_the_page_was_about_to_say(tablet):
    tablet.page.evaluate(
        """() => {
            certif.say("status", "Connexion rétablie.");
            document.getElementById("status").innerHTML = "<button>Annuler</button>";
            certif.say("alert", "Ensuite.");
        }"""
    )
    # Said one after the other.
    tablet.page.locator("#alert", has_text="Ensuite.").wait_for()

    assert tablet.page.locator("#status").inner_text() == "Annuler"


def test_a_tick_whose_answers_are_lost_is_one_tick(tablet):
    lose_the_answers(tablet, times=3)

    box(tablet, "Bernier").click()

    box(tablet, "Bernier", pressed=True).wait_for()
    tablet.page.locator("#outbox").wait_for(state="hidden")
    assert ticks_of("Bernier") == ["presence.present"]


def test_a_box_pressed_again_while_it_waits_is_one_tick(tablet):
    cut(tablet)
    box(tablet, "Bernier").click()
    row(tablet, "Bernier").get_by_text(WAITS).wait_for()
    box(tablet, "Bernier").click()
    cut(tablet, off=False)

    box(tablet, "Bernier", pressed=True).wait_for()
    tablet.page.locator("#outbox").wait_for(state="hidden")
    assert ticks_of("Bernier") == ["presence.present"]


def test_a_confirmation_of_a_cut_tablet_closes_its_dialog_and_waits(tablet):
    aubert = candidate("Aubert")
    tablet.page.locator(f"#menu-button-{aubert.pk}").click()
    tablet.page.locator(f"#end-{aubert.pk}").click()
    tablet.page.get_by_role("dialog").wait_for()
    cut(tablet)

    tablet.page.get_by_role("dialog").get_by_role("button", name="Terminer le test").click()

    row(tablet, "Aubert").get_by_text(WAITS).wait_for()
    tablet.page.get_by_role("dialog").wait_for(state="detached")
    assert "AUBERT" in tablet.page.locator("#outbox li").text_content()
    assert Attempt.objects.get(candidate=aubert).is_running
    cut(tablet, off=False)
    row(tablet, "Aubert").get_by_text("Terminé par le surveillant").wait_for()
    tablet.page.locator("#outbox").wait_for(state="hidden")


def test_what_somebody_did_meanwhile_is_shown_and_said(tablet):
    bernier = candidate("Bernier")
    situations.present(bernier)
    box(tablet, "Bernier", pressed=True).wait_for()
    cut(tablet)
    box(tablet, "Bernier").click()
    row(tablet, "Bernier").get_by_text(WAITS).wait_for()
    exam_actions.enter_test(bernier, bernier.session.access_code, by=bernier.user)

    cut(tablet, off=False)

    row(tablet, "Bernier").get_by_text("En cours").wait_for()
    tablet.page.locator("#alert").get_by_text("Le test a déjà commencé").wait_for()
    tablet.page.locator("#outbox").wait_for(state="hidden")
    assert Candidate.objects.get(pk=bernier.pk).is_present


def test_leaving_with_something_to_send_warns(tablet):
    warned = []
    tablet.page.on("dialog", lambda dialog: (warned.append(dialog.type), dialog.dismiss()))
    cut(tablet)
    box(tablet, "Bernier").click()
    row(tablet, "Bernier").get_by_text(WAITS).wait_for()

    tablet.page.close(run_before_unload=True)
    tablet.page.locator("#outbox").wait_for()

    assert warned == ["beforeunload"]


def test_nothing_that_waits_is_written_on_the_tablet(tablet):
    cut(tablet)
    box(tablet, "Bernier").click()
    row(tablet, "Bernier").get_by_text(WAITS).wait_for()

    kept = tablet.page.evaluate("JSON.stringify([localStorage, sessionStorage]).toLowerCase()")
    assert "bernier" not in kept
    assert "operation" not in kept


def ten_minutes_pass(tablet, written):
    for _minute in range(10):
        tablet.page.clock.fast_forward(60_000)
        assert written.input_value() == HALF
        assert row(tablet, "Bernier").get_by_text(WAITS).count() == 1


def test_a_tick_and_half_a_report_outlive_a_cut_of_ten_minutes(tablet):
    tablet.page.clock.install()
    tablet.page.reload()
    aubert = candidate("Aubert")
    tablet.page.route("**/presence", lambda route: route.abort())
    box(tablet, "Bernier").click()
    row(tablet, "Bernier").get_by_text(WAITS).wait_for()
    dialog = opens_the_report(tablet, aubert)
    written = dialog.locator("textarea")
    dialog.locator(".quick-code", has_text="C3").locator("input").check()
    written.press_sequentially(HALF)
    cut(tablet)

    ten_minutes_pass(tablet, written)
    assert ticks_of("Bernier") == []
    tablet.page.unroute("**/presence")
    cut(tablet, off=False)

    tablet.page.locator("#outbox[hidden]").wait_for(state="attached")
    assert written.input_value() == HALF
    written.press_sequentially(" heures douze")
    dialog.get_by_role("button", name="Valider", exact=True).click()
    tablet.reads("Le signalement C3")
    box(tablet, "Bernier", pressed=True).wait_for()
    assert ticks_of("Bernier") == ["presence.present"]
    assert IncidentReport.objects.get().description == f"{HALF} heures douze"
    assert AuditEvent.objects.filter(kind="report.written").count() == 1
    tablet.faults.clear()
    tablet.look()


# --- How old what I see is ------------------------------------------------------------------------


def test_a_cut_tablet_says_so_and_counts_nobody_silent_longer(tablet):
    Attempt.objects.update(
        silent_since=Attempt.objects.get(candidate=candidate("Aubert")).started_at
    )
    situations.present(candidate("Bernier"))
    exam_actions.ask_to_resume(candidate("Aubert"), by=candidate("Aubert").user)
    tablet.page.clock.install()
    tablet.page.reload()
    silent = row(tablet, "Aubert")
    silent.wait_for()
    before = silent.locator(".silent-for").all_inner_texts()
    cut(tablet)

    tablet.page.clock.fast_forward(20_000)

    tablet.page.locator("#freshness.stale").wait_for()
    tablet.page.get_by_text("Cette tablette est coupée du réseau").wait_for()
    tablet.page.clock.fast_forward(300_000)
    assert silent.locator(".silent-for").all_inner_texts() == before


def test_a_list_that_nobody_answers_is_told_to_be_cut_after_fifteen_seconds(tablet):
    """The network is there, as the browser sees it: nothing comes back."""
    tablet.page.clock.install()
    tablet.page.reload()
    row(tablet, "Aubert").wait_for()
    tablet.page.clock.pause_at(tablet.page.evaluate("Date.now() / 1000 + 1"))
    tablet.page.route("**/*", lambda route: None)
    told = tablet.page.locator("#offline")

    tablet.page.clock.run_for(11_000)
    assert told.inner_text() == ""
    tablet.page.clock.run_for(5_000)

    told.get_by_text("Cette tablette est coupée du réseau").wait_for()


# --- What is renewed stays in hand ----------------------------------------------------------------


def comes_to_sit(name):
    """Somebody else ticks this candidate: his row is renewed here."""
    actions.set_presence(candidate(name), present=True, by=UserFactory())


def test_a_half_typed_name_and_the_scroll_outlive_an_update(tablet):
    find = tablet.page.locator("#find")
    find.press_sequentially("cl")
    tablet.page.evaluate("window.scrollTo(0, 40)")
    before = tablet.page.evaluate("window.scrollY")

    comes_to_sit("Clounet")
    box(tablet, "Clounet", pressed=True).wait_for()

    assert find.input_value() == "cl"
    assert tablet.page.evaluate("document.activeElement.id") == "find"
    assert tablet.page.evaluate("document.activeElement.selectionStart") == 2
    assert tablet.page.evaluate("window.scrollY") == before


def test_an_open_menu_and_the_focus_in_it_outlive_an_update(tablet):
    bernier = candidate("Bernier")
    tablet.page.locator(f"#menu-button-{bernier.pk}").focus()
    tablet.page.keyboard.press("Enter")
    tablet.page.keyboard.press("Tab")
    focused = tablet.page.evaluate("document.activeElement.id")

    comes_to_sit("Bernier")
    box(tablet, "Bernier", pressed=True).wait_for()

    assert tablet.page.locator(f"#menu-{bernier.pk}").get_attribute("open") is not None
    assert tablet.page.evaluate("document.activeElement.id") == focused


def test_selected_words_outlive_the_update_of_their_row(tablet):
    name = row(tablet, "Bernier").locator(".name b")
    name.evaluate("element => getSelection().selectAllChildren(element)")

    comes_to_sit("Bernier")
    box(tablet, "Bernier", pressed=True).wait_for()

    assert tablet.page.evaluate("String(getSelection())") == "BERNIER"


def test_a_half_written_report_outlives_an_update(tablet):
    written = opens_the_report(tablet, candidate("Aubert")).locator("textarea")
    written.evaluate("element => { element.value = 'à moitié'; }")

    comes_to_sit("Bernier")
    box(tablet, "Bernier", pressed=True).wait_for()

    assert written.evaluate("element => element.value") == "à moitié"


def test_an_answer_that_comes_late_leaves_no_older_row_in_place(tablet):
    held = hold_the_second_answer(tablet)
    box(tablet, "Bernier").click()
    box(tablet, "Bernier", pressed=True).wait_for()
    actions.set_presence(candidate("Bernier"), present=False, by=UserFactory())
    box(tablet, "Bernier", pressed=False).wait_for()

    ((route, answer),) = held
    route.fulfill(response=answer)
    tablet.reads("La présence de BERNIER")

    box(tablet, "Bernier", pressed=False).wait_for()


def hold_the_next_poll(tablet):
    """It is asked of the server when it is let go; the one after it is lost."""
    asked = []

    def handle(route):
        asked.append(route)
        if len(asked) == 2:
            route.abort()
        elif len(asked) > 2:
            route.continue_()

    tablet.page.route("**/live?*", handle)
    return asked


def test_an_older_row_is_asked_for_again_though_a_poll_was_on_its_way(tablet):
    tablet.page.clock.install()
    tablet.page.reload()
    held = hold_the_second_answer(tablet)
    box(tablet, "Bernier").click()
    box(tablet, "Bernier", pressed=True).wait_for()
    actions.set_presence(candidate("Bernier"), present=False, by=UserFactory())
    box(tablet, "Bernier", pressed=False).wait_for()
    polls = hold_the_next_poll(tablet)
    tablet.page.wait_for_event("request", lambda request: "/live" in request.url)
    ((route, answer),) = held
    route.fulfill(response=answer)
    box(tablet, "Bernier", pressed=True).wait_for()
    comes_to_sit("Clounet")

    tablet.page.clock.fast_forward(21_000)
    polls[0].fulfill(response=polls[0].fetch())
    box(tablet, "Clounet", pressed=True).wait_for()

    box(tablet, "Bernier", pressed=False).wait_for()
