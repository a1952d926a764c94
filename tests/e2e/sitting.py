"""A candidate at his test: what he sits, how he comes in, and what is measured of each page."""

import pytest
from django.core.management import call_command
from playwright.sync_api import TimeoutError as NotYet

from exam.models import Attempt, Question
from tests import situations
from tests.factories import PASSWORD, CandidateFactory, ExamSessionFactory

PHONE_320 = {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"}
# 1280 × 1024 enlarged four times.
ENLARGED = {
    "viewport": {"width": 320, "height": 256},
    "forced_colors": "active",
    "reduced_motion": "reduce",
}
WIDE_DARK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}

SMALL = """() => [...document.querySelectorAll("a, button, label.answer, summary, textarea, input:not([type=hidden])")]
  .filter((control) => control.getClientRects().length && !control.matches(".skip, .answer input, p:not(.resources, .leave, .actions) > a"))
  .map((control) => [control.outerHTML.slice(0, 80), control.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([control, box]) => `${control} ${box.width} × ${box.height}`)"""
MOST_TRIES = 400
MOVES = "document.getAnimations().filter((each) => each.effect.getComputedTiming().duration > 50).length"


def candidate_of(*keys, **fields):
    """Ticked present, and about to sit these questions of the bank."""
    call_command("load_bank", verbosity=0)
    session = ExamSessionFactory(access_code="WB64K2")
    candidate = CandidateFactory(session=session, joined=True, **fields)
    situations.present(candidate)
    ids = dict(Question.objects.values_list("key", "pk"))
    Attempt.objects.filter(candidate=candidate).update(question_ids=[ids[key] for key in keys])
    return candidate


def comes_in(person, candidate):
    person.logs_in(candidate.user.email, PASSWORD).go(f"/certifications/{candidate.pk}/code/")
    return person


def gives_the_code(person, press="Commencer mon test"):
    person.page.get_by_label("Code d’accès communiqué par le surveillant").fill("wb64 k2")
    person.press(press)


def sits(person, candidate):
    comes_in(person, candidate)
    gives_the_code(person)
    is_at(person, 1)
    return person


def is_at(person, number):
    person.page.locator("#exam-top .where").get_by_text(f"Question {number} /").wait_for()
    person.page.locator(".htmx-settling, .htmx-request").first.wait_for(state="detached")


def looks_closely(person):
    person.look()
    assert person.page.evaluate(SMALL) == []


# --- Behind a bad network: the page's clock is a test's -------------------------------------------


def question(person, number):
    return person.page.locator("#exam-top .where", has_text=f"Question {number} / 48")


def arrives(person, locator):
    """The page's clock is moved on until it is there."""
    for _ in range(MOST_TRIES):
        try:
            locator.wait_for(timeout=100)
            return
        except NotYet:
            person.page.clock.fast_forward(2000)
    pytest.fail(f"never came: {locator}")
