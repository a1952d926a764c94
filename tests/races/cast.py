"""Who plays the races over HTTP: two server processes on one database, people who logged in, their forms."""

from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cached_property

from django.urls import reverse
from django.utils import timezone

from exam.enums import GrantReason
from exam.models import Attempt, Beat, Question
from invigilation.models import IncidentCode
from tests.factories import (
    InvigilatorAccessFactory,
    MembershipFactory,
    QuestionFactory,
    UserFactory,
)
from tests.races import races
from tests.races.browsers import Browser, Form, form_of
from tests.races.seams import MeetingPoint
from tests.real_server import Server

ANSWERED = 7
SETTINGS = {"DJANGO_SETTINGS_MODULE": "tests.drills.settings"}


# --- The servers ----------------------------------------------------------------------------------


@contextmanager
def two_servers(application="certif.wsgi:application", **environment):
    with ExitStack() as stack:
        servers = [Server(application, **SETTINGS, **environment) for _ in range(2)]
        for server in servers:
            server.launch()
            stack.callback(server.stop)
        for server in servers:
            server.wait_until_it_answers()
        yield servers


@contextmanager
def two_unprotected_servers():
    """And the meeting point where each request waits for its turn to write."""
    with (
        MeetingPoint.open() as point,
        two_servers("tests.races.seamed:application", **point.environment) as servers,
    ):
        yield servers, point


# --- The people -----------------------------------------------------------------------------------


class Cast:
    """Two people of a centre, and a candidate with three browsers. Each of them logs in once.

    And two officers, where they are asked for.
    """

    def __init__(self, servers):
        self.servers = servers
        self.first, self.second = (Browser(UserFactory(), servers) for _ in range(2))
        pupil = UserFactory()
        self.seat, self.elsewhere, self.third = (Browser(pupil, servers) for _ in range(3))

    @cached_property
    def publisher(self):
        return Browser(UserFactory(officer=True), self.servers)

    @cached_property
    def opener(self):
        return Browser(UserFactory(officer=True), self.servers)

    def candidate(self):
        """Ticked, in a session that both invigilators have opened."""
        for browser in (self.seat, self.elsewhere, self.third):
            browser.forget("seat-")
        candidate = races.present(user=self.seat.user)
        for invigilator in (self.first, self.second):
            InvigilatorAccessFactory(session=candidate.session, user=invigilator.user)
        return candidate

    def sitting(self):
        """A running test, opened in the browser of the seat."""
        candidate = self.candidate()
        self.seat.send(start(self.seat, candidate), at=0)
        return Attempt.objects.select_related("candidate__session").get(candidate=candidate)

    def at_the_last_question(self):
        attempt = self.sitting()
        races.bring_to_the_last_question(attempt)
        return attempt.candidate

    def cut_off_and_allowed_to_resume(self):
        attempt = self.sitting()
        races.answer_by_hand(attempt, upto=ANSWERED)
        attempt.save()
        candidate = attempt.candidate
        Beat.objects.filter(attempt=attempt).update(
            last_seen_at=timezone.now() - timedelta(minutes=3)
        )
        self.elsewhere.is_refused(start(self.elsewhere, candidate))
        self.first.does(board(candidate, "resume_authorise"))
        return candidate

    def with_a_problem(self):
        attempt = self.sitting()
        held = Question.objects.get(pk=attempt.question_ids[0])
        QuestionFactory(competence=held.competence)
        path = reverse("exam:problem", args=[attempt.candidate_id])
        self.seat.does(path, text="L’image est grise")
        return attempt.candidate

    def to_finalise(self):
        return self._of_their_centre(races.finished())

    def to_finalise_at_the_last_question(self):
        return self._of_their_centre(self.at_the_last_question())

    def _of_their_centre(self, candidate):
        for member in (self.first, self.second):
            MembershipFactory(centre=candidate.session.centre, user=member.user)
        return candidate


# --- Their forms ----------------------------------------------------------------------------------


def board(candidate, name):
    return reverse(f"invigilation:{name}", args=[candidate.session_id, candidate.pk])


def start(browser, candidate):
    path = reverse("exam:start", args=[candidate.pk])
    return browser.form(path, "#enter", code=candidate.session.access_code)


def answer_last(browser, candidate):
    return browser.form(reverse("exam:test", args=[candidate.pk]), "#answer", value=1)


def withdraw(browser, candidate):
    path = reverse("exam:problem_withdraw", args=[candidate.pk])
    return browser.form(reverse("exam:test", args=[candidate.pk]), f"form[action='{path}']")


def end(browser, candidate):
    return browser.form(board(candidate, "end_test"))


def untick(browser, candidate):
    path = reverse("invigilation:board", args=[candidate.session_id])
    return browser.form(path, f"#candidate-{candidate.pk} form")


def grant(browser, candidate, minutes):
    path = board(candidate, "add_time")
    return browser.form(path, usual=minutes, reason=GrantReason.ROOM)


def accept(browser, candidate, **typed):
    code = IncidentCode.objects.get(code="E1")
    return browser.form(board(candidate, "problem_accept"), code=code.pk, **typed)


def reject(browser, candidate):
    return browser.form(board(candidate, "problem_reject"), word="Continuez")


def finalise(browser, candidate):
    """« Valider » on the page, then what its pop-up asks to confirm."""
    session = [candidate.session_id]
    page = browser.form(reverse("finalisation:closing_file", args=session), "#closing")
    path = reverse("finalisation:confirm", args=session)
    return form_of(browser.send(Form(path, page.fields), at=0), path, "form")


def publish(browser, candidate):
    return _step(browser, candidate, "publish")


def reopen(browser, candidate):
    return _step(browser, candidate, "reopen", why="Il manque une heure.")


def _step(browser, candidate, name, **typed):
    path = reverse(f"admin:exam_sessions_examsession_{name}", args=[candidate.session_id])
    return browser.form(path, "form.step", **typed)
