"""The races of the room and of its file over HTTP: people who are logged in, and two server processes on one database.

The opposing requests leave at the same instant, each to a server of its own. What must hold is asked
of the database, and of what each person was told.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from django.urls import reverse

from exam.actions.refusals import ProblemDecided
from exam.enums import AttemptState, ResumeState, Right
from exam.models import Attempt
from finalisation import actions as finalisation_actions
from finalisation.models import Certification
from tests.factories import UserFactory
from tests.races import races
from tests.races.cast import (
    ANSWERED,
    Cast,
    accept,
    answer_last,
    end,
    finalise,
    grant,
    publish,
    reject,
    reopen,
    start,
    untick,
    withdraw,
)
from tests.races.harness import run_rounds
from tests.races.races import Race, events
from tests.races.seams import without

UNPROTECTED_ROUNDS = 10


# --- What must hold -------------------------------------------------------------------------------


def acknowledged(outcome, rank):
    return outcome.answers[rank] in outcome.done


def seated(outcome, rank):
    """The browser was given the key of the test. To be shown the end of it is no resume."""
    cookies = acknowledged(outcome, rank) and outcome.answers[rank].headers.get_all("Set-Cookie")
    return any(cookie.startswith("seat-") for cookie in cookies or [])


def an_acknowledged_answer_counts(cast, outcome):
    """The 48th was answered and the test finished, or refused and the test ended: so says the score."""
    answered = acknowledged(outcome, 1)
    attempt = Attempt.objects.get(candidate=outcome.scene)
    return (
        races.ended_with_what_was_acknowledged(outcome)
        and attempt.state == (AttemptState.FINISHED if answered else AttemptState.ENDED)
        and _right_answers_of(attempt) == (48 if answered else 47)
    )


def the_last_answer_counts_or_comes_too_late(cast, outcome):
    """Acknowledged, it stops the finalisation, which is then confirmed anew; refused, the session is
    finalised without it."""
    answered = acknowledged(outcome, 1)
    attempt = Attempt.objects.select_related("candidate__session").get(candidate=outcome.scene)
    return (
        len(outcome.done) == 1
        and attempt.candidate.session.is_open == answered
        and attempt.state == (AttemptState.FINISHED if answered else AttemptState.CLOSED)
        and _right_answers_of(attempt) == (48 if answered else 47)
    )


def _right_answers_of(attempt):
    session = attempt.candidate.session
    if session.is_open:
        finalisation_actions.finalise(session, by=UserFactory())
    return Certification.objects.get(attempt=attempt).right


def nothing_is_resumed_after_the_end(cast, outcome):
    attempt = Attempt.objects.get(candidate=outcome.scene)
    kinds = [event.kind for event in events(outcome.scene, "attempt.resumed", "attempt.ended")]
    return (
        kinds == ["attempt.resumed"] * seated(outcome, 1) + ["attempt.ended"]
        and (attempt.state, attempt.right) == (AttemptState.ENDED, Right.NONE)
        and not attempt.resume_requests.exclude(
            state__in=[ResumeState.USED, ResumeState.LAPSED]
        ).exists()
        and attempt.answers.count() == attempt.answered_count == ANSWERED
    )


def resumed_once_at_its_place(cast, outcome):
    """One authorisation, one browser: it holds the test, where it was; the other one asks again."""
    candidate = outcome.scene
    attempt = Attempt.objects.get(candidate=candidate)
    asked = attempt.resume_requests.order_by("id").values_list("state", flat=True)
    pages = [
        browser.get(reverse("exam:test", args=[candidate.pk]), at=1 - rank)
        for rank, browser in enumerate((cast.elsewhere, cast.third))
    ]
    return (
        len(outcome.done) == 1
        and events(candidate, "attempt.resumed").count() == 1
        and list(asked) == [ResumeState.USED, ResumeState.PENDING]
        and attempt.answers.count() == attempt.answered_count == ANSWERED
        and [page.status for page in pages]
        == [200 if seated(outcome, rank) else 409 for rank in range(2)]
        and any(f"Question {ANSWERED + 1} / 48" in page.text for page in pages)
    )


def one_is_counted_and_the_other_hears_of_it_first(cast, outcome):
    """Each window was opened before the other was sent: whoever comes second is asked once more."""
    attempt = Attempt.objects.select_related("candidate").get(candidate=outcome.scene)
    asked = [answer for answer in outcome.answers if answer not in outcome.done]
    beat = cast.seat.ask(
        "POST",
        reverse("exam:beat", args=[outcome.scene.pk]),
        headers=[("X-CSRFToken", cast.seat.cookies["csrftoken"].value)],
    )
    end = attempt.started_at + timedelta(minutes=105 + attempt.granted_minutes)
    return (
        len(outcome.done) == 1
        and attempt.granted_minutes == attempt.grants.get().minutes
        and "depuis que cette fenêtre est ouverte" in asked[0].text
        and events(outcome.scene, "time.granted").count() == 1
        and beat.headers["X-Test-Deadline"] == f"{int(end.timestamp())}000"
    )


def granted_once(cast, outcome):
    """One form sent twice, by its operation: done once, and both are told that it is done."""
    attempt = Attempt.objects.get(candidate=outcome.scene)
    return (
        len(outcome.done) == 2
        and attempt.grants.count() == 1
        and attempt.granted_minutes == 10
        and events(outcome.scene, "time.granted").count() == 1
    )


def one_answer_that_everybody_sees(cast, outcome):
    """Who came second reads what the first one answered; so do both boards, and the candidate."""
    candidate = outcome.scene
    problem = races.problem_of(candidate)
    boards = [
        browser.get(reverse("invigilation:board", args=[candidate.session_id]), at=1 - rank)
        for rank, browser in enumerate((cast.first, cast.second))
    ]
    page = cast.seat.get(reverse("exam:test", args=[candidate.pk]))
    told = "La question a été remplacée" if problem.replaced_by_id else problem.word
    return (
        races.one_answer_to_the_problem(outcome)
        and len(outcome.done) == 1
        and all(
            str(ProblemDecided.of(problem.state, problem.decided_by)) in refused.text
            for refused in outcome.answers
            if refused not in outcome.done
        )
        and not any("Demandent une réponse" in each.text for each in boards)
        and told in page.text
    )


def of_the_room(invariant):
    """Asked of the database alone."""
    return lambda cast, outcome: invariant(outcome)


# --- The races ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HttpRace:
    """`scene(cast)` makes a round; `forms(cast, scene)` gives who sends what. See races.Race."""

    scene: object
    forms: object
    invariant: object
    constraints: list = field(default_factory=list)

    def played_by(self, cast):
        def actors(scene):
            return [
                browser.sends(form, at=rank % 2)
                for rank, (browser, form) in enumerate(self.forms(cast, scene))
            ]

        return Race(
            partial(self.scene, cast), actors, partial(self.invariant, cast), self.constraints
        )


def each(browsers, forms):
    """The nth person sends the nth form."""

    def made(cast, candidate):
        people = [getattr(cast, name) for name in browsers]
        return [
            (person, form(person, candidate)) for person, form in zip(people, forms, strict=True)
        ]

    return made


def ten(browser, candidate):
    return grant(browser, candidate, 10)


def five(browser, candidate):
    return grant(browser, candidate, 5)


def accept_without_minutes(browser, candidate):
    """Minutes are refused to a test that is over: they would protect by themselves."""
    return accept(browser, candidate, minutes="")


def the_same_twice(cast, candidate):
    form = ten(cast.first, candidate)
    return [(cast.first, form), (cast.first, form)]


RACES = {
    "end against answer": HttpRace(
        Cast.at_the_last_question,
        each(["first", "seat"], [end, answer_last]),
        an_acknowledged_answer_counts,
        races.ANSWER_CONSTRAINTS,
    ),
    "end against resume": HttpRace(
        Cast.cut_off_and_allowed_to_resume,
        each(["first", "elsewhere"], [end, start]),
        nothing_is_resumed_after_the_end,
    ),
    "resume twice": HttpRace(
        Cast.cut_off_and_allowed_to_resume,
        each(["elsewhere", "third"], [start, start]),
        resumed_once_at_its_place,
    ),
    "two grants at once": HttpRace(
        lambda cast: cast.sitting().candidate,
        each(["first", "second"], [ten, five]),
        one_is_counted_and_the_other_hears_of_it_first,
    ),
    "accept against reject of one problem": HttpRace(
        Cast.with_a_problem,
        each(["first", "second"], [accept, reject]),
        one_answer_that_everybody_sees,
        races.PROBLEM_CONSTRAINTS,
    ),
    "untick against start": HttpRace(
        Cast.candidate,
        each(["first", "seat"], [untick, start]),
        of_the_room(races.never_running_and_absent),
        [("exam_sessions_candidate", "candidate_started_only_if_present")],
    ),
    "two finalisations": HttpRace(
        Cast.to_finalise,
        each(["first", "second"], [finalise, finalise]),
        of_the_room(races.finalised_once),
    ),
    "finalise against answer": HttpRace(
        Cast.to_finalise_at_the_last_question,
        each(["first", "seat"], [finalise, answer_last]),
        the_last_answer_counts_or_comes_too_late,
        races.ANSWER_CONSTRAINTS,
    ),
    "publish against reopen": HttpRace(
        lambda cast: races.finalised(),
        each(["publisher", "opener"], [publish, reopen]),
        of_the_room(races.published_or_opened_again),
    ),
}

# Run by the drill alone.
MORE_RACES = {
    "one test started in three browsers": HttpRace(
        Cast.candidate,
        each(["seat", "elsewhere", "third"], [start] * 3),
        of_the_room(races.one_test_opened),
        [("exam_beat", "exam_beat_pkey")],
    ),
    "one grant sent to both servers": HttpRace(
        lambda cast: cast.sitting().candidate,
        the_same_twice,
        granted_once,
        [("audit_auditevent", "audit_operation_once_per_actor")],
    ),
    "grant against end": HttpRace(
        Cast.at_the_last_question,
        each(["first", "second"], [ten, end]),
        of_the_room(races.granted_before_the_end_or_refused),
    ),
    "two accept one problem": HttpRace(
        Cast.with_a_problem,
        each(["first", "second"], [accept, accept]),
        one_answer_that_everybody_sees,
        races.PROBLEM_CONSTRAINTS,
    ),
    "accept against withdraw of one problem": HttpRace(
        Cast.with_a_problem,
        each(["first", "seat"], [accept, withdraw]),
        of_the_room(races.one_answer_to_the_problem),
        races.PROBLEM_CONSTRAINTS,
    ),
    "end against accept of a problem": HttpRace(
        Cast.with_a_problem,
        each(["second", "first"], [end, accept_without_minutes]),
        of_the_room(races.one_answer_to_the_problem),
        races.PROBLEM_CONSTRAINTS,
    ),
}


def broken_rounds(race, servers, rounds, *, meeting_point=None):
    """Without protection when there is a meeting point; the constraints are then lifted too."""
    played = race.played_by(Cast(servers))
    lifted = race.constraints if meeting_point else []
    with without(*lifted):
        return run_rounds(rounds, played.setup, played.actors, played.invariant, seam=meeting_point)
