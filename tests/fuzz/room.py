"""What invigilators do: they tick, authorise, grant, end and note (domain.md § 5 and § 6)."""

from datetime import timedelta

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import rule

from exam import actions as exam_actions
from exam.enums import GrantReason, ProblemState
from exam.models import QuestionProblem
from invigilation import actions
from invigilation.clock import code_given
from invigilation.models import IncidentCode, IncidentReport, Screen, SessionNote
from sessions import actions as session_actions
from tests.fuzz.ground import OPEN, PLACES, ROOM, Ground, mostly
from tests.fuzz.sitting import without_operation

CODES = st.sampled_from(["C3", "C5", "E1", "E2", "E7", "A2", "A1"])
WORDS = st.sampled_from(["Coupure de courant", "Coupure de courant", ""])
MINUTES = st.sampled_from([0, 1, 5, 120, 121])


class Room(Ground):
    # --- Who enters -------------------------------------------------------------------------------

    @rule(who=mostly(*ROOM), right=st.booleans())
    def open_the_room(self, who, right=True):
        password = self.session.password if right else "C-22222"
        join = without_operation(session_actions.join_as_invigilator)
        if self.does(join, self.pk, password, by=self.people[who], when=OPEN):
            assert right
            assert who not in {place.linked for place in self.places}
            if who not in self.watching:
                self.watching.add(who)
                self.line("invigilator.joined")

    @rule(who=mostly(*ROOM))
    def leave(self, who):
        if (session := self.in_room(who)) and self.does(
            session_actions.leave_invigilation, session, by=self.people[who]
        ):
            self.watching.discard(who)
            self.line("invigilator.left")

    # --- Presence ---------------------------------------------------------------------------------

    @rule(
        place=PLACES,
        who=mostly(*ROOM),
        present=st.sampled_from([True, True, False]),
        other_day=st.booleans(),
    )
    def tick(self, place, who, present=True, other_day=True):
        place = self.places[place]
        if not self.in_room(who):
            return
        ticked = self.does(
            actions.set_presence,
            self.candidate(place),
            present=present,
            by=self.people[who],
            other_day=other_day,
            when=OPEN,
        )
        if ticked and place.present != present:
            assert not place.started
            if present and not self.session.is_today:
                self.goes_on_another_day(other_day)
            place.present, place.right = present, "start" if present else ""
            self.ledger.tick(self.pk, place.pk, present)
            self.cut_what_was_drawn(place)

    def goes_on_another_day(self, says_yes):
        """Asked once, whoever says yes (§ 2)."""
        told = ["line", "day.confirmed", self.pk, None]
        if told not in self.ledger.acknowledged:
            assert says_yes
            self.ledger.acknowledge(told)

    @rule(place=PLACES, who=mostly(*ROOM))
    def unlink(self, place, who):
        place = self.places[place]
        if not self.in_room(who):
            return
        unlinked = self.does(
            actions.unlink_account, self.candidate(place), by=self.people[who], when=OPEN
        )
        if unlinked and place.linked:
            assert not place.started
            place.linked, place.present, place.right, place.keys = None, False, "", {}
            self.line("candidate.unlinked", place)

    # --- Coming back ------------------------------------------------------------------------------

    @rule(
        place=PLACES,
        who=mostly(*ROOM),
        move=st.sampled_from(
            [actions.authorise_resume] * 2 + [actions.refuse_resume, actions.cancel_resume]
        ),
    )
    def answer_a_resume(self, place, who, move):
        place = self.places[place]
        if not self.in_room(who) or not self.does(
            move, self.candidate(place), by=self.people[who], when=OPEN
        ):
            return
        assert place.running
        asked = place.pending + place.allowed
        place.drop_requests()
        if move == actions.authorise_resume:
            self.allow(place, asked)
        kind = {actions.refuse_resume: "refused", actions.cancel_resume: "cancelled"}
        self.line(f"resume.{kind.get(move, 'authorised')}", place)

    def allow(self, place, asked):
        place.right, place.right_at = "resume", timezone.now()
        place.pending, place.allowed = 0, asked

    @rule(place=PLACES, who=mostly(*ROOM), minutes=MINUTES)
    def authorise_adding(self, place, who, minutes):
        place = self.places[place]
        if self.in_room(who) and self.does(
            actions.authorise_resume_adding,
            self.candidate(place),
            minutes=minutes,
            by=self.people[who],
            when=OPEN,
        ):
            assert place.running
            self.granted(place, minutes, GrantReason.GAP, "", who)
            self.allow(place, place.pending + place.allowed)
            self.line("resume.authorised", place)

    # --- Time -------------------------------------------------------------------------------------

    @rule(chosen=st.sets(PLACES, max_size=3), who=mostly(*ROOM), minutes=MINUTES, detail=WORDS)
    def grant(self, chosen, who, minutes, detail):
        if not (session := self.in_room(who)):
            return
        granted = self.does(
            exam_actions.grant_minutes,
            session,
            [self.places[number].pk for number in chosen],
            minutes=minutes,
            reason=GrantReason.OTHER,
            detail=detail,
            by=self.people[who],
            when=OPEN,
        )
        for place in self.named(self.answer.attempts) if granted else ():
            assert place.running or place.present
            assert not place.over
            self.granted(place, minutes, GrantReason.OTHER, detail, who)

    def granted(self, place, minutes, reason, detail, who):
        self.ledger.grant(self.pk, place.pk, minutes, reason, detail, self.people[who].pk)

    def named(self, attempts):
        """The rows that an answer named."""
        named = {attempt.candidate_id for attempt in attempts}
        return [place for place in self.places if place.pk in named]

    @rule(who=mostly(*ROOM))
    def give_the_code(self, who):
        session = self.in_room(who)
        given = session and self.does(
            actions.note_code_given, session, by=self.people[who], when=OPEN
        )
        if given and not code_given(session, timezone.now()):
            self.line("code.given")

    # --- The end ----------------------------------------------------------------------------------

    @rule(place=PLACES, who=mostly(*ROOM))
    def end(self, place, who):
        place = self.places[place]
        if (
            self.in_room(who)
            and self.does(actions.end_test, self.candidate(place), by=self.people[who], when=OPEN)
            and not place.over
        ):
            self.ended(place)

    def ended(self, place):
        assert place.running
        self.closed(place, "ended")
        self.line("attempt.ended", place)

    def closed(self, place, state):
        place.close(state)
        if place.problem:
            place.problem = None
            self.line("problem.dropped", place)

    @rule(who=mostly(*ROOM))
    def end_who_is_overdue(self, who):
        if not (session := self.in_room(who)):
            return
        everybody = [place.pk for place in self.places]
        if self.does(actions.end_overdue_tests, session, everybody, by=self.people[who], when=OPEN):
            for place in self.named(self.answer.attempts):
                self.ended(place)

    @rule(place=PLACES, who=mostly(*ROOM), seen=st.booleans())
    def see_the_end_screen(self, place, who, seen):
        place = self.places[place]
        if self.in_room(who) and self.does(
            actions.note_end_screen,
            self.candidate(place),
            seen=seen,
            by=self.people[who],
            when=OPEN,
        ):
            assert place.over == "finished"
            if place.seen != seen:
                place.seen = seen
                self.line("end_screen.seen" if seen else "end_screen.unseen", place)

    # --- What is noted ----------------------------------------------------------------------------

    @rule(
        place=PLACES,
        who=mostly(*ROOM),
        code=CODES,
        number=st.integers(0, 5) | st.none(),
        words=WORDS,
    )
    def report(self, place, who, code, number, words):
        place = self.places[place]
        if self.in_room(who) and self.does(
            actions.write_report,
            self.candidate(place),
            code=IncidentCode.objects.get(code=code),
            question_number=number,
            description=words,
            screen=Screen.BOARD,
            by=self.people[who],
            when=OPEN,
        ):
            self.reported(place, self.people[who].pk)

    def reported(self, place, author):
        report = IncidentReport.objects.filter(candidate=place.pk).latest("pk")
        said = [report.code.code, report.question_number, report.description]
        self.ledger.acknowledge(["report", place.pk, *said, author])
        self.line("report.written", place)

    @rule(who=mostly(*ROOM), words=WORDS, again=st.booleans())
    def take_a_report_back(self, who, words, again):
        """Corrected or discarded: either way it is kept."""
        reports = IncidentReport.objects.filter(candidate__session=self.pk).order_by("pk")
        if not self.in_room(who) or (report := reports.last()) is None:
            return
        (place,) = (place for place in self.places if place.pk == report.candidate_id)
        stood, by = report.discarded_at is None, self.people[who]
        is_same = again and words == report.description
        if not again:
            done = self.does(actions.discard_report, report, why=words, by=by, when=OPEN)
        else:
            done = self.does(
                actions.correct_report,
                report,
                code=report.code,
                question_number=report.question_number,
                description=words,
                screen=Screen.BOARD,
                by=by,
                when=OPEN,
            )
        if done and stood and not is_same:
            self.line("report.discarded", place)
        if done and again and not is_same:
            self.reported(place, report.written_by_id)

    @rule(who=mostly(*ROOM), words=WORDS)
    def note(self, who, words):
        if (session := self.in_room(who)) and self.does(
            actions.write_note, session, text=words, by=self.people[who], when=OPEN
        ):
            self.ledger.acknowledge(["note", self.pk, words, self.people[who].pk])
            self.line("note.written")

    @rule(who=mostly(*ROOM), words=WORDS)
    def discard_a_note(self, who, words):
        note = SessionNote.objects.filter(session=self.pk).first()
        if (
            note
            and self.in_room(who)
            and self.does(actions.discard_note, note, why=words, by=self.people[who], when=OPEN)
        ):
            self.line("note.discarded")

    # --- A problem on a question ------------------------------------------------------------------

    @rule(place=PLACES, who=mostly(*ROOM), code=CODES, words=WORDS, minutes=MINUTES)
    def accept_a_problem(self, place, who, code, words, minutes):
        place = self.places[place]
        if not (problem := self.problem_for(who, place)):
            return
        accepted = self.does(
            actions.accept_problem,
            problem,
            code=IncidentCode.objects.get(code=code),
            description=words,
            minutes=minutes,
            by=self.people[who],
            when=OPEN,
        )
        if accepted:
            self.reported(place, self.people[who].pk)
            self.decided(place, problem, minutes, who, ProblemState.ACCEPTED)

    @rule(place=PLACES, who=mostly(*ROOM), words=WORDS, minutes=MINUTES)
    def reject_a_problem(self, place, who, words, minutes):
        place = self.places[place]
        if not (problem := self.problem_for(who, place)):
            return
        rejected = self.does(
            actions.reject_problem,
            problem,
            word=words,
            minutes=minutes,
            by=self.people[who],
            when=OPEN,
        )
        if rejected:
            self.decided(place, problem, minutes, who, ProblemState.REJECTED)

    def problem_for(self, who, place):
        found = QuestionProblem.objects.filter(attempt__candidate=place.pk)
        return found.first() if self.in_room(who) else None

    def decided(self, place, problem, minutes, who, state):
        """The first answer stands (§ 4)."""
        assert place.problem == problem.pk
        place.problem = None
        if minutes:
            detail = f"question {problem.number}"
            self.granted(place, minutes, GrantReason.PROBLEM, detail, who)
        self.line(f"problem.{state}", place)

    # --- Time passes ------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([0.2, 1, 1, 4, 6, 14, 16, 120, 24 * 60]))
    def time_passes(self, minutes):
        self.wait(timedelta(minutes=minutes))

    @rule()
    def the_list_is_polled(self):
        """What time alone decides becomes a fact: silences, authorisations that lapsed."""
        self.touched = True
        exam_actions.note_silences(self.session)
        for place in self.places:
            if self.state in OPEN and place.right == "resume" and not place.may_resume():
                place.right, place.allowed = "", 0
