"""What holds after each step of a session's life, read in the database: one function a promise.

Each takes the life that was played (`tests.fuzz.ground`) and what the database holds of it, read
once; and names its place in domain.md.
"""

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from django.test import Client

from certif.audit.models import AuditEvent
from exam.enums import Outcome, ProblemState, ResumeState, Right
from exam.models import Attempt, ResumeRequest
from exam.scoring import score
from finalisation.certificates import obtained
from finalisation.models import Certificate
from finalisation.results import VERDICTS
from finalisation.verification import verify_certificate
from sessions.models import Candidate, ExamSession, InvigilatorAccess
from tests.load.found import compare, facts_of


@dataclass
class Held:
    """What the database holds of a session."""

    pk: int
    since: int

    @cached_property
    def session(self):
        return ExamSession.objects.get(pk=self.pk)

    @cached_property
    def candidates(self):
        return list(Candidate.objects.filter(session=self.pk))

    @cached_property
    def tests(self):
        found = Attempt.objects.filter(candidate__session=self.pk)
        found = found.select_related("candidate", "certification", "jury")
        return list(found.prefetch_related("answers__question", "problems", "grants"))

    @cached_property
    def started(self):
        return [test for test in self.tests if test.started_at]

    @cached_property
    def results(self):
        return [test.certification for test in self.tests if hasattr(test, "certification")]

    @cached_property
    def lines(self):
        """How many of each kind, for each candidate."""
        lines = AuditEvent.objects.filter(session_id=self.pk, pk__gt=self.since)
        return Counter(lines.order_by().values_list("candidate_id", "kind"))


def what_was_acknowledged_is_there_once(life, held):
    """§ 4.4, § 5, § 6 and § 10: answers, ticks, minutes, reports, notes, and a line of audit each."""
    verdict = compare(life.facts(), [], facts_of([held.session], life.since))
    assert verdict.ok, "\n".join(verdict.faults())


def the_state_is_the_one_that_was_told(life, held):
    """§ 2."""
    assert held.session.state == life.state


def each_has_one_test_at_most(life, held):
    """§ 4.3: one test per candidate; a number to each that started, and to no other."""
    assert len({test.candidate_id for test in held.tests}) == len(held.tests)
    numbered = [test for test in held.tests if test.certification_number]
    assert numbered == held.started
    assert len({test.certification_number for test in numbered}) == len(numbered)


def a_right_is_used_once(life, held):
    """§ 4.3: one start a candidate, and no more returns than authorisations."""
    for place in life.places:
        assert held.lines[place.pk, "attempt.started"] == place.started
        returns = held.lines[place.pk, "attempt.resumed"]
        assert returns <= held.lines[place.pk, "resume.authorised"]


def a_right_waits_for_who_may_use_it(life, held):
    """§ 4.3 and § 5: to start, who is ticked and has not started; to resume, who is running."""
    for test in held.tests:
        assert test.right != Right.START or test.candidate.is_present
        assert test.right != Right.RESUME or test.is_running


def whoever_started_was_present(life, held):
    """§ 5: presence can change until the test starts."""
    for candidate in held.candidates:
        assert not candidate.has_started or (candidate.is_present and candidate.user_id)
    begun = {candidate.pk for candidate in held.candidates if candidate.has_started}
    assert begun == {test.candidate_id for test in held.started}


def the_session_counts_its_tests(life, held):
    """§ 2: running is a fact."""
    assert held.session.started_count == len(held.started)
    first = min((test.started_at for test in held.started), default=None)
    assert held.session.first_started_at == first


def only_a_running_test_waits_for_an_answer(life, held):
    """§ 4.4 and § 5: a problem and a return are asked by somebody who sits there."""
    running = {test.pk for test in held.tests if test.is_running}
    waiting = [ResumeState.PENDING, ResumeState.GRANTED]
    asked = ResumeRequest.objects.filter(attempt__in=held.tests, state__in=waiting)
    assert set(asked.values_list("attempt", flat=True)) <= running
    for test in held.tests:
        pending = [p for p in test.problems.all() if p.state == ProblemState.PENDING]
        assert len(pending) <= test.is_running


def nothing_runs_in_a_finalised_session(life, held):
    """§ 7: silent tests still open are closed « terminé à la finalisation »."""
    assert held.session.is_open or not [test for test in held.tests if test.is_running]


def nothing_is_decided_in_an_open_session(life, held):
    """§ 2: a reopening undoes what the finalisation decided by itself."""
    if not held.session.is_open:
        return
    answers = [answer for test in held.tests for answer in test.answers.all()]
    assert not [answer for answer in answers if answer.neutralised_at]
    assert not [answer for answer in answers if answer.outcome == Outcome.UNANSWERED]
    assert held.results == []


def each_answer_is_about_the_question_of_its_number(life, held):
    """§ 4.4; and § 7: in a finalised session there are as many as questions."""
    for test in held.tests:
        answers = list(test.answers.all())
        assert all(test.question_ids[one.number - 1] == one.question_id for one in answers)
        if test.started_at and not held.session.is_open:
            assert len(answers) == test.question_count


def a_number_holds_one_question(life, held):
    """§ 4.4: what replaces a question takes its number, and what was withdrawn is in no count."""
    for test in held.tests:
        assert len(set(test.question_ids)) == test.question_count
        withdrawn = {one.question_id for one in test.problems.all() if one.replaced_by_id}
        assert not withdrawn & set(test.question_ids)


def a_result_is_what_the_one_function_gives(life, held):
    """§ 4 and § 8: the score follows each decision; a jury stands over the verdict alone."""
    for result in held.results:
        test = result.attempt
        again = score(test.answers.all())
        found = (result.right, result.counted, result.neutralised)
        assert found == (again.right, again.counted, again.neutralised)
        assert {area: tuple(counts) for area, counts in result.areas.items()} == again.areas
        jury = getattr(test, "jury", None)
        assert result.verdict == ((jury and jury.verdict) or again.verdict)


def every_test_that_is_published_has_a_result(life, held):
    """§ 8: refused while a certification has no result."""
    assert not held.session.is_published or len(held.results) == len(held.started)


def no_result_is_seen_before_it_is_published(life, held):
    """§ 4.6 and § 8: neither on « Mes certifications », nor by its code, nor as a certificate."""
    seen = (held.session.version, len(held.results))
    if held.session.is_published or seen == life.looked_at or not held.results:
        return
    life.looked_at = seen
    assert not obtained().filter(candidate__session=held.pk).exists()
    codes = Certificate.objects.filter(attempt__in=held.tests).values_list("code", flat=True)
    assert [code for code in codes if verify_certificate(code, address=f"{seen}")] == []
    for who in {place.linked for place in life.places if place.started}:
        page = page_of(life.people[who])
        assert not [label for _kind, label in VERDICTS.values() if str(label) in page]


def page_of(person):
    client = Client()
    client.force_login(person)
    return client.get("/certifications/resultats/").content.decode()


def versions_only_grow(life, held):
    """architecture.md § 3: what a poll compares; no row is ahead of its session."""
    rows = {candidate.pk: candidate.row_version for candidate in held.candidates}
    assert max(rows.values()) <= held.session.version
    rows["session"] = held.session.version
    assert all(rows[key] >= seen for key, seen in life.versions.items())
    life.versions = rows


def minutes_are_the_sum_of_their_ledger(life, held):
    """§ 5: always added, never overwritten."""
    for test in held.tests:
        assert test.granted_minutes == sum(grant.minutes for grant in test.grants.all())


def a_candidate_never_watches_his_own_session(life, held):
    """§ 2 and § 5."""
    watching = InvigilatorAccess.objects.open().filter(session=held.pk)
    linked = {candidate.user_id for candidate in held.candidates} - {None}
    assert not linked & set(watching.values_list("user", flat=True))


PROMISES = [
    what_was_acknowledged_is_there_once,
    the_state_is_the_one_that_was_told,
    each_has_one_test_at_most,
    a_right_is_used_once,
    a_right_waits_for_who_may_use_it,
    whoever_started_was_present,
    the_session_counts_its_tests,
    only_a_running_test_waits_for_an_answer,
    nothing_runs_in_a_finalised_session,
    nothing_is_decided_in_an_open_session,
    each_answer_is_about_the_question_of_its_number,
    a_number_holds_one_question,
    a_result_is_what_the_one_function_gives,
    every_test_that_is_published_has_a_result,
    no_result_is_seen_before_it_is_published,
    versions_only_grow,
    minutes_are_the_sum_of_their_ledger,
    a_candidate_never_watches_his_own_session,
]
