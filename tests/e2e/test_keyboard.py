"""The room with the keyboard alone: the focus never falls off the page."""

import pytest

from sessions.models import ExamSession
from tests import situations
from tests.e2e.conftest import TABLET
from tests.factories import PASSWORD, CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tablet(bank, somebody):
    session = ExamSessionFactory()
    for name in ("Bernier", "Clounet", "Delarue"):
        CandidateFactory(session=session, birth_name=name)
    situations.started(session=session, birth_name="Aubert")
    invigilator = UserFactory()
    tablet = somebody(TABLET).logs_in(invigilator.email, PASSWORD)
    tablet.page.get_by_label("Numéro de la session").fill(str(session.pk))
    tablet.page.get_by_label("Mot de passe de la session").fill(session.password)
    tablet.page.keyboard.press("Enter")
    tablet.reads("Cochez chaque candidat présent")
    return tablet


def test_a_tick_by_the_space_bar_keeps_the_focus_on_its_box(tablet):
    candidate = ExamSession.objects.get().candidates.get(birth_name="Bernier")
    box = tablet.page.locator(f"#tick-{candidate.pk}")
    box.focus()

    tablet.page.keyboard.press("Space")
    tablet.page.locator(f"#tick-{candidate.pk}[aria-pressed=true]").wait_for()

    tablet.page.locator(f"#tick-{candidate.pk}:focus").wait_for()


def test_escape_leaves_the_dialog_and_gives_the_focus_back(tablet):
    candidate = ExamSession.objects.get().candidates.get(birth_name="Aubert")
    tablet.page.locator(f"#menu-button-{candidate.pk}").focus()
    tablet.page.keyboard.press("Enter")
    tablet.page.keyboard.press("Tab")
    tablet.page.keyboard.press("Enter")
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()

    tablet.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")

    tablet.page.wait_for_function(
        "id => document.activeElement.id.endsWith(id)", arg=f"-{candidate.pk}"
    )


def test_a_report_to_correct_keeps_its_category_open_and_its_question_in_sight(tablet):
    candidate = ExamSession.objects.get().candidates.get(birth_name="Aubert")
    page = tablet.page
    page.locator(f"#menu-button-{candidate.pk}").click()
    page.locator(f"#report-{candidate.pk}").click()
    page.locator("summary", has_text="Problème sur une question").click()
    page.get_by_label("E2 Le simulateur").check()
    page.get_by_label("Numéro de la question").fill("99")

    page.get_by_role("button", name="Valider", exact=True).click()
    page.locator("#id_question_number:focus").wait_for()

    assert page.get_by_label("E2 Le simulateur").is_visible()
    assert page.get_by_label("Numéro de la question").input_value() == "99"
    page.get_by_label("E2 Le simulateur").focus()
    page.locator(".form-errors a").click()
    page.locator("#id_question_number:focus").wait_for()


BOTH = """(pk) => {
    const said = document.querySelector("#status:not(:empty)");
    const pressed = document.querySelector(`#tick-${pk}[aria-pressed=true]`);
    return said && pressed && [said, pressed].map((shown) => shown.getBoundingClientRect().toJSON());
}"""


def test_what_is_said_does_not_hide_what_was_pressed(tablet):
    candidate = ExamSession.objects.get().candidates.get(birth_name="Delarue")
    box = tablet.page.locator(f"#tick-{candidate.pk}")
    tablet.page.set_viewport_size({"width": 360, "height": 560})
    box.click()

    # Both at once: what is said leaves by itself.
    toast, pressed = tablet.page.wait_for_function(BOTH, arg=candidate.pk).json_value()

    assert toast["bottom"] < pressed["top"] or toast["top"] > pressed["top"] + 48
