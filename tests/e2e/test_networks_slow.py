"""400 kbit/s and 400 ms: what a page weighs, and that the first thing done with it is done."""

from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile

from certif.audit.models import AuditEvent
from exam.enums import ResumeState
from exam.models import Question
from tests import situations
from tests.e2e import room_states
from tests.e2e.conftest import DESK, TABLET
from tests.e2e.proxy import network_before
from tests.exam.browsers import browser, holding
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

CANDIDATES = 25
IMAGE = Path(settings.BASE_DIR) / "exam/bank/files/recherche-piscine.svg"
LONG_MS = 60_000  # a slow line, on a machine that may be slow as well
SCRIPTS_RAN = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
# Bytes. At 400 kbit/s, 50,000 of them are a second.
LIGHT_FONT = "/static/vendor/inter/InterVariable-French.woff2"
BOARD_WEIGHS, QUESTION_WEIGHS = 70_000, 60_000


@pytest.fixture
def session(bank):
    session = ExamSessionFactory()
    CandidateFactory.create_batch(CANDIDATES, session=session, joined=True)
    return session


@pytest.fixture
def slow_line(live_server):
    with network_before(live_server.url) as network:
        network.keeps_open = network.compresses = True
        network.latency, network.bits_per_second = 0.4, 400_000
        yield network


def weight_of(client, path, soup):
    """The page as sent to a browser, and all that it loads, compressed as whitenoise serves it."""
    response = client.get(path, headers={"accept-encoding": "gzip, br"})
    page = soup(client.get(path))
    loaded = [tag["href"] for tag in page.select("link[rel=stylesheet], link[rel=icon]")]
    loaded += [tag["src"] for tag in page.select("script[src], img[src]")]
    return len(response.content) + sum(compressed(address) for address in loaded)


def compressed(address):
    path = finders.find(urlsplit(address).path.removeprefix(settings.STATIC_URL))
    with open(path, "rb") as file:
        return len(brotli.compress(file.read()))


def test_the_board_of_25_candidates_is_light(session, soup):
    invigilator = situations.invigilator_of(session)

    weight = weight_of(browser(invigilator), f"/surveillance/{session.pk}/", soup)

    assert weight < BOARD_WEIGHS


def test_the_page_of_a_question_is_light(bank, soup):
    attempt = situations.started()

    path = f"/certifications/{attempt.candidate_id}/test/"
    weight = weight_of(holding(attempt), path, soup)

    assert weight < QUESTION_WEIGHS


def presses(tablet, *controls):
    for control in controls:
        tablet.page.locator(control).press("Enter")


def test_a_tick_a_resume_and_a_report_are_done_on_a_slow_line(session, slow_line, somebody):
    candidate = session.candidates.order_by("birth_name").first()
    simon = room_states.asking(room_states.at_work(session, ("Durand", "Simon"), by=UserFactory()))
    tablet = somebody(TABLET, through=slow_line.url)
    tablet.is_logged_in(situations.invigilator_of(session))
    tablet.page.set_default_timeout(LONG_MS)
    tablet.go(f"/surveillance/{session.pk}/")

    tablet.page.locator(f"#tick-{candidate.pk}[aria-pressed=false]").press("Enter")

    tablet.page.locator(f"#tick-{candidate.pk}[aria-pressed=true]").wait_for()
    ticks = AuditEvent.objects.filter(kind="presence.present", candidate_id=candidate.pk)
    assert ticks.count() == 1

    presses(tablet, f"#ask-authorise-{simon.pk}", "#dialog #confirm")
    tablet.reads("La reprise du test de DURAND Simon est autorisée.")
    (request,) = simon.attempt.resume_requests.all()
    assert request.state == ResumeState.GRANTED

    presses(tablet, f"#menu-button-{simon.pk}", f"#report-{simon.pk}")
    dialog = tablet.page.get_by_role("dialog")
    dialog.locator(".quick-code", has_text="C3").locator("input").press("Space")
    dialog.locator("textarea").fill("Arrivé à 9 h 12.")
    presses(tablet, "#report-submit")
    tablet.reads("Le signalement C3 de DURAND Simon est enregistré.")
    assert simon.reports.get().description == "Arrivé à 9 h 12."
    tablet.look()


def shows_an_image(question_id):
    question = Question.objects.get(pk=question_id)
    question.image_alt = "Une page de résultats"
    question.image.save(IMAGE.name, ContentFile(IMAGE.read_bytes()))


def test_a_question_with_an_image_is_answered_on_a_slow_line(bank, slow_line, somebody):
    attempt = situations.started()
    shows_an_image(attempt.question_ids[0])
    candidate = somebody(DESK, through=slow_line.url).is_logged_in(attempt.candidate.user)
    name = f"seat-{attempt.candidate_id}"
    candidate.keeps(name, holding(attempt).cookies[name].value)
    candidate.page.set_default_timeout(LONG_MS)
    candidate.go(f"/certifications/{attempt.candidate_id}/test/")
    print("usable after", candidate.page.evaluate(SCRIPTS_RAN), "ms")

    candidate.page.wait_for_function(
        "() => document.querySelector('#question img').naturalWidth > 0", timeout=LONG_MS
    )
    candidate.page.locator("#answer [name=value]").first.press("Space")
    candidate.page.locator("#validate").press("Enter")

    candidate.page.locator(".where", has_text="Question 2 / 48").wait_for()
    assert attempt.answers.get().value == [0]
    loaded = candidate.page.evaluate(
        "performance.getEntriesByType('resource').map((each) => each.name)"
    )
    assert [name for name in loaded if "woff2" in name] == [f"{slow_line.url}{LIGHT_FONT}"]
    candidate.look()
