"""The room with the keyboard alone: the focus never falls off the page."""

import pytest

from sessions.models import ExamSession
from tests import situations
from tests.e2e.conftest import TABLET
from tests.factories import PASSWORD, CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

FOCUSED = "document.activeElement.id"


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

    assert tablet.page.evaluate(FOCUSED) == f"tick-{candidate.pk}"


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

    assert str(candidate.pk) in tablet.page.evaluate(FOCUSED)
