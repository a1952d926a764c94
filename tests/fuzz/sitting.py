"""What candidates do: they join, start, answer, report, go away and come back (domain.md § 4)."""

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import rule

from exam import actions
from exam.models import QuestionProblem
from sessions import actions as session_actions
from sessions.actions.refusals import SeatTaken
from tests.fuzz.ground import OPEN, PLACES, PUPILS, QUESTIONS, ROOM, Ground

TYPO = st.sampled_from([False] * 4 + [True])
BROWSERS = st.sampled_from(["desk", "desk", "desk", "phone"])
SOMEBODY_ELSE = st.sampled_from([None] * 12 + PUPILS + ROOM)


class Sitting(Ground):
    @rule(place=PLACES, other=SOMEBODY_ELSE)
    def join(self, place, other=None):
        who, place = other or PUPILS[place], self.places[place]
        done = self.does(
            without_operation(session_actions.link_candidate),
            self.pk,
            **place.identity,
            by=self.people[who],
            when=OPEN,
        )
        if isinstance(self.refusal, SeatTaken):
            self.line("candidate.link_refused", place)
        if done and place.linked != who:
            assert place.linked is None
            assert who not in self.watching
            place.linked = who
            self.line("candidate.linked", place)

    @rule(place=PLACES, other=SOMEBODY_ELSE, browser=BROWSERS, typo=TYPO)
    def press_start(self, place, browser="desk", other=None, typo=False):
        place = self.places[place]
        who = other or place.linked
        if who is None or not (candidate := self.seat_of(who, place)):
            return
        entered = self.does(
            actions.enter_test,
            candidate,
            "BBBB22" if typo else self.session.access_code,
            by=self.people[who],
            seat_key=place.keys.get(browser, ""),
            when=OPEN,
        )
        if entered:
            assert not typo
            self.sits_down(place, browser, self.answer)
        elif isinstance(self.refusal, actions.NotAuthorisedToResume) and not place.pending:
            place.pending = 1
            self.line("attempt.resume_asked", place)

    def sits_down(self, place, browser, attempt):
        """A right is used once, by the press that opens the test (§ 4.3)."""
        if not place.started:
            assert place.present
            assert place.right == "start"
            place.started = True
            self.ledger.acknowledge(["start", place.pk, attempt.certification_number])
            self.line("attempt.started", place)
        elif not place.holds(browser):
            assert place.running
            assert place.may_resume()
            used = [["resume", place.pk]] * (place.pending + place.allowed)
            self.ledger.acknowledge(*used)
            self.line("attempt.resumed", place)
        else:
            return
        place.drop_requests()
        place.seat = place.keys[browser] = attempt.seat_key
        place.heard = timezone.now()

    @rule(
        place=PLACES,
        value=st.sampled_from([[0], [1], [1], None]),
        browser=BROWSERS,
        before=st.sampled_from([0, 0, 0, 0, 1, -1]),
    )
    def answer_or_pass(self, place, value, browser="desk", before=0):
        place = self.places[place]
        if not (attempt := self.attempt(place)):
            return
        number = place.answered + 1 - before
        answered = self.does(
            without_operation(actions.answer_question),
            attempt,
            number=number,
            value=value,
            passed=value is None,
            by=attempt.candidate.user,
            seat_key=place.keys.get(browser, ""),
            when=OPEN,
        )
        if answered and number > place.answered:
            assert number == place.answered + 1
            self.answered(place, browser, attempt.question_ids[number - 1], value)

    def answered(self, place, browser, question, value):
        assert place.running
        assert place.holds(browser)
        assert place.problem is None
        assert place.begun or question != self.timed or value is None
        place.answered, place.heard = place.answered + 1, timezone.now()
        place.begun = False
        self.ledger.acknowledge(["answer", place.pk, place.answered, question, value])
        if place.answered == QUESTIONS:
            place.close("finished")
            self.line("attempt.finished", place)

    def begin(self, place, browser):
        begun = self.does(
            without_operation(actions.begin_question),
            self.attempt(place),
            number=place.answered + 1,
            seat_key=place.keys.get(browser, ""),
            when=OPEN,
        )
        if begun:
            assert place.running
            assert place.holds(browser)
            assert place.problem is None
            place.begun = True

    @rule(place=PLACES, browser=BROWSERS)
    def answer_all_that_is_left(self, place, browser="desk"):
        for _ in range(self.places[place].answered, QUESTIONS):
            if self.attempt(self.places[place]):
                self.begin(self.places[place], browser)
            self.answer_or_pass(place, [1], browser)

    @rule(place=PLACES, browser=BROWSERS)
    def look_and_beat(self, place, browser):
        place = self.places[place]
        self.touched = True
        if attempt := self.attempt(place):
            key = place.keys.get(browser, "")
            without_refusal(actions.show_question, attempt, seat_key=key)
            self.begin(place, browser)
            if without_refusal(actions.beat, attempt, seat_key=key):
                assert place.running
                assert place.holds(browser)
                place.heard = timezone.now()

    @rule(place=PLACES, browser=BROWSERS, text=st.sampled_from(["L’image est grise", ""]))
    def raise_problem(self, place, browser, text):
        place = self.places[place]
        if not (attempt := self.attempt(place)):
            return
        raised = self.does(
            actions.raise_problem,
            attempt,
            number=place.answered + 1,
            text=text,
            seat_key=place.keys.get(browser, ""),
            by=attempt.candidate.user,
            when=OPEN,
        )
        if raised:
            assert place.running
            assert place.problem is None
            place.problem = attempt.problems.pending().get().pk
            self.line("problem.raised", place)

    @rule(place=PLACES, browser=BROWSERS)
    def withdraw_problem(self, place, browser):
        place = self.places[place]
        problem = QuestionProblem.objects.filter(attempt__candidate=place.pk).first()
        if problem is None:
            return
        withdrawn = self.does(
            actions.withdraw_problem,
            problem,
            seat_key=place.keys.get(browser, ""),
            by=self.people[place.linked],
            when=OPEN,
        )
        if withdrawn:
            assert place.problem == problem.pk
            place.problem = None
            self.line("problem.withdrawn", place)


def without_operation(act):
    """Such a one knows a repetition by what it says, if it does."""

    def asked(*args, operation, **facts):
        return act(*args, **facts)

    asked.has_no_operation = True
    return asked


def without_refusal(act, *args, **facts):
    """Whether it was done, of what writes no line."""
    try:
        act(*args, **facts)
    except (actions.TestIsOver, actions.TestIsElsewhere):
        return False
    return True
