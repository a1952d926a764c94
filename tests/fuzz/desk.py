"""What the centre and the officers do: they finalise, review, publish and open again (§ 7 and § 8)."""

from datetime import date

from hypothesis import strategies as st
from hypothesis.stateful import rule

from certif.accounts.models import Role
from exam import actions as exam_actions
from exam.models import Answer, Attempt
from exam.scoring import Verdict
from finalisation import actions
from finalisation.models import AbandonReason, Certification, ClosingFile
from finalisation.piles import for_review, undecided
from invigilation.models import IncidentReport
from sessions import actions as session_actions
from sessions.enums import SessionState
from tests.fuzz.ground import (
    CENTRE,
    DESK,
    OPEN,
    PLACES,
    PUBLISHED,
    QUESTIONS,
    UNDER_REVIEW,
    Ground,
    mostly,
)
from tests.fuzz.room import WORDS

REASONS = st.sampled_from([*AbandonReason.values, *AbandonReason.values, "", "fatigue"])
VERDICTS = st.sampled_from([Verdict.CANCELLED, Verdict.REJECTED, "", Verdict.VALIDATED])
LEAST_SAID = "closing.saved"


class Desk(Ground):
    # --- The centre -------------------------------------------------------------------------------

    @rule(who=mostly(*CENTRE), year=st.sampled_from([2008, 2008, 2009]))
    def enrol(self, who, year):
        """The same person twice is refused."""
        session, name = self.at_centre(who), f"Hopper{year}"
        if session and self.does(
            session_actions.add_candidate,
            session,
            birth_name=name,
            first_name="Grace",
            birth_date=date(year, 12, 9),
            by=self.people[who],
            when=OPEN,
        ):
            assert session.candidates.filter(birth_name=name).count() == 1
            self.ledger.line("candidate.added", self.pk, self.answer.pk)

    @rule(who=mostly("manager"))
    def renew_the_password(self, who):
        if (session := self.at_centre(who, Role.MANAGER)) and self.does(
            session_actions.renew_password, session, by=self.people[who], when=OPEN
        ):
            self.watching.clear()
            self.line("session.password_renewed")

    @rule(who=mostly("manager"))
    def renew_the_access_code(self, who):
        if (session := self.at_centre(who, Role.MANAGER)) and self.does(
            session_actions.renew_access_code, session, by=self.people[who], when=OPEN
        ):
            self.line("session.access_code_renewed")

    @rule(place=PLACES, who=mostly("manager"))
    def reopen_the_test(self, place, who):
        place = self.places[place]
        if self.at_centre(who, Role.MANAGER) and self.does(
            exam_actions.reopen_test,
            self.candidate(place),
            reason="Erreur",
            by=self.people[who],
            when=OPEN,
        ):
            assert place.over == "ended"
            place.over, place.seat = "", "nobody's"
            self.line("attempt.reopened", place)

    @rule(place=PLACES, who=mostly(*CENTRE), reason=REASONS)
    def give_a_reason(self, place, who, reason="candidate"):
        place = self.places[place]
        session, attempt = self.at_centre(who), self.attempt(place)
        if (
            session
            and attempt
            and self.does(
                actions.save_closing_file,
                session,
                reasons={attempt.pk: reason},
                by=self.people[who],
                when=OPEN,
            )
            and place.started
            and place.reason != reason
        ):
            kept = reason if place.unfinished else ""
            if kept or place.reason:
                self.line("reason.given" if kept else "reason.withdrawn", place)
            place.reason = kept
            self.line(LEAST_SAID)

    @rule(who=mostly(*CENTRE), words=WORDS, incident=st.booleans())
    def comment(self, who, words, incident):
        if not (session := self.at_centre(who)):
            return
        comments = {"has_incident": incident, "global_comment": words}
        found = ClosingFile.objects.filter(session=session).values(*comments).first()
        kept = found or {"has_incident": False, "global_comment": ""}
        commented = self.does(
            actions.save_closing_file, session, comments=comments, by=self.people[who], when=OPEN
        )
        if commented and kept != comments:
            self.line(LEAST_SAID)

    @rule(who=mostly(*CENTRE))
    def finalise(self, who="manager"):
        if not (session := self.at_centre(who)):
            return
        if not self.does(actions.finalise, session, by=self.people[who], when=OPEN):
            return
        assert any(place.started for place in self.places)
        for place in self.places:
            assert not place.running or not self.heard_lately(place)
            assert not place.unfinished or place.reason
            self.closed_with_the_session(place)
        self.state = SessionState.FINALISED
        self.line("session.finalised")

    def closed_with_the_session(self, place):
        if place.running:
            self.closed(place, "closed")
        if not place.unfinished:
            place.reason = ""
            return
        held = self.attempt(place).question_ids
        for number in range(place.answered + 1, QUESTIONS + 1):
            self.filled.append(["answer", place.pk, number, held[number - 1], None])

    @rule(who=mostly(*CENTRE), words=WORDS)
    def declare_not_held(self, who, words):
        if (session := self.at_centre(who)) and self.does(
            actions.close_not_held, session, comment=words, by=self.people[who], when=OPEN
        ):
            assert not any(place.started for place in self.places)
            self.state = SessionState.FINALISED
            self.line("session.not_held")

    # --- The officers -----------------------------------------------------------------------------

    @rule(who=mostly(*DESK))
    def take_on(self, who):
        if (session := self.at_desk(who)) and self.does(
            actions.assign_officer, session, by=self.people[who], when=UNDER_REVIEW
        ):
            self.state = SessionState.IN_REVIEW
            self.line("review.assigned")

    @rule(who=mostly(*DESK), words=WORDS)
    def resolve_a_report(self, who, words):
        report = IncidentReport.objects.filter(candidate__session=self.pk).first()
        if (
            report
            and self.at_desk(who)
            and self.does(
                actions.resolve_report,
                report,
                sentence=words,
                by=self.people[who],
                when=UNDER_REVIEW | PUBLISHED,
            )
        ):
            self.ledger.line("report.resolved", self.pk, report.candidate_id)

    @rule(
        place=PLACES,
        who=mostly(*DESK),
        number=st.integers(0, QUESTIONS + 1),
        out=st.booleans(),
        words=WORDS,
    )
    def rule_on_a_question(self, place, who, number, out, words):
        place = self.places[place]
        if not (attempt := self.started(who, place)):
            return
        ruled = self.does(
            actions.rule_on_question,
            attempt,
            number=number,
            neutralised=out,
            why=words,
            by=self.people[who],
            when=UNDER_REVIEW,
        )
        if ruled:
            answer = Answer.objects.get(attempt=attempt, number=number)
            assert (answer.neutralised_at is not None) == out
            self.line("question.neutralised" if out else "question.restored", place)

    @rule(place=PLACES, who=mostly(*DESK), verdict=VERDICTS, words=WORDS)
    def decide_a_certification(self, place, who, verdict, words):
        place = self.places[place]
        if not (attempt := self.started(who, place)):
            return
        decided = self.does(
            actions.decide_certification,
            attempt,
            verdict=verdict,
            for_candidate=words,
            for_centre=words,
            by=self.people[who],
            when=UNDER_REVIEW,
        )
        if decided:
            said = verdict or ("restored" if place.jury else "commented")
            place.jury = verdict
            self.line(f"certification.{said}", place)
            certification = Certification.objects.get(attempt=attempt)
            assert not verdict or certification.verdict == verdict

    def started(self, who, place):
        started = Attempt.objects.started().select_related("candidate__session")
        return started.filter(candidate=place.pk).first() if self.at_desk(who) else None

    @rule(place=PLACES, who=mostly(*DESK), name=st.sampled_from(["Byron", "King"]))
    def correct_an_identity(self, place, who, name):
        place = self.places[place]
        identity = place.identity | {"birth_name": f"{name}{place.pk}"}
        if self.at_desk(who) and self.does(
            actions.correct_identity,
            self.candidate(place),
            why="Lettre du centre",
            by=self.people[who],
            when=UNDER_REVIEW,
            **identity,
        ):
            place.identity = identity
            self.line("identity.corrected", place)

    @rule(who=mostly(*DESK), despite=st.sampled_from([True, True, False]))
    def publish(self, who="officer", despite=True):
        if not (session := self.at_desk(who)):
            return
        left = undecided(for_review().get(pk=self.pk))
        accepted = left if despite else ""
        if (
            self.does(
                actions.publish,
                session,
                by=self.people[who],
                despite=accepted,
                when=UNDER_REVIEW | PUBLISHED,
            )
            and self.state != SessionState.PUBLISHED
        ):
            assert accepted == left
            self.state = SessionState.PUBLISHED
            self.line("session.published_despite" if left else "session.published")

    @rule(who=mostly(*DESK), words=WORDS)
    def unpublish(self, who, words):
        if (session := self.at_desk(who)) and self.does(
            actions.unpublish, session, why=words, by=self.people[who], when=PUBLISHED
        ):
            self.state = SessionState.IN_REVIEW
            self.line("session.unpublished")

    @rule(who=mostly(*DESK), words=WORDS)
    def reopen(self, who, words):
        """Closed tests stay closed; what the finalisation decided by itself is undone (§ 2)."""
        if (session := self.at_desk(who)) and self.does(
            actions.reopen, session, why=words, by=self.people[who], when=UNDER_REVIEW
        ):
            self.state = SessionState.CREATED
            self.filled.clear()
            self.line("session.reopened")
