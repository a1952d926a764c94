"""One gesture of the demonstration's people each, by the ordinary actions."""

import random
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from unittest import mock

from django.utils import timezone

from certif.accounts.models import User
from exam import actions as exam_actions
from exam.enums import QuestionKind
from exam.models import Attempt, Question
from finalisation import actions as finalisation_actions
from finalisation.models import AbandonReason
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from sessions import actions as session_actions
from sessions.models import ExamSession

PASSWORD = "certif-demo"


@contextmanager
def clock(moment):
    """Django's clock starts again from `moment`, and runs."""
    shift = moment - timezone.now()

    class ShiftedDatetime(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + shift

    with mock.patch.object(timezone, "datetime", ShiftedDatetime):
        yield


class Gestures:
    """Needs `manager`, `invigilator` and `school`, set by who tells the story."""

    def __init__(self):
        self.now = timezone.now()
        self.random = random.Random(668)
        self.pupils = 0

    def _session(self, *, days, at, centre=None, site="Collège Anne Frank", **fields):
        return session_actions.create_session(
            centre or self.school,
            by=self.manager,
            date=timezone.localdate() + timedelta(days=days),
            start_time=at,
            end_time=None,
            site=site,
            observations="",
            **fields,
        )

    def _past_session(self, *, days_ago, at, **fields):
        with clock(self.now - timedelta(days=days_ago + 7)):
            session = self._session(days=7, at=at, **fields)
        self._invigilate(session, session.starts_at - timedelta(minutes=15))
        return session, session.starts_at

    def _invigilate(self, session, at):
        with clock(at):
            session_actions.join_as_invigilator(session.pk, session.password, by=self.invigilator)

    def _enrol(self, session, identity):
        birth_name, first_name, birth_date = identity
        return session_actions.add_candidate(
            session,
            by=self.manager,
            birth_name=birth_name,
            first_name=first_name,
            birth_date=birth_date,
            school_class="3e B",
        )

    def _tick(self, candidate):
        # A room told around midnight has its day confirmed, as whoever invigilates would.
        return invigilation_actions.set_presence(
            candidate, present=True, by=self.invigilator, other_day=True
        )

    def _start(self, candidate, account=None):
        """Join, be ticked, type the code."""
        if account is None:
            self.pupils += 1
            account = new_account(
                f"eleve{self.pupils}@exemple.test", candidate.first_name, candidate.birth_name
            )
        session_actions.link_candidate(
            candidate.session_id,
            birth_name=candidate.birth_name,
            first_name=candidate.first_name,
            birth_date=candidate.birth_date,
            by=account,
        )
        self._tick(candidate)
        return exam_actions.enter_test(candidate, candidate.session.access_code, by=account)

    def _sit(self, session, identity, start, *, minutes, reached=None, account=None):
        with clock(start - timedelta(days=2)):
            candidate = self._enrol(session, identity)
        candidate.session = fresh(session)
        with clock(start):
            attempt = self._start(candidate, account)
        return self._answer(attempt, reached or 48, start + timedelta(minutes=minutes))

    def _answer(self, attempt, upto, until):
        """Answer up to that question, spread from the start to `until`, mostly right."""
        pace = (until - attempt.started_at) / upto
        for number in range(1, upto + 1):
            with clock(attempt.started_at + pace * number):
                attempt = self._answer_next(attempt)
        return Attempt.objects.select_related("candidate__session").get(pk=attempt.pk)

    def _answer_next(self, attempt):
        number = attempt.current_number
        passed = self.random.random() < 0.06
        question = Question.objects.get(pk=attempt.question_ids[number - 1])
        exam_actions.begin_question(attempt, number=number, seat_key=attempt.seat_key)
        return exam_actions.answer_question(
            attempt,
            number=number,
            value=None if passed else self._value(question),
            passed=passed,
            by=attempt.candidate.user,
            seat_key=attempt.seat_key,
        )

    def _value(self, question):
        right = self.random.random() < 0.78
        if question.kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE}:
            wrong = [n for n in range(len(question.choices)) if n not in question.answers]
            return question.answers if right else wrong[:1]
        return question.answers[0] if right else "je ne sais pas"

    def _report(self, candidate, code, **fields):
        return invigilation_actions.write_report(
            candidate,
            code=IncidentCode.objects.active_on(candidate.session.date).get(code=code),
            by=self.invigilator,
            screen=Screen.BOARD,
            **fields,
        )

    def _finalise(self, session, start, comment=""):
        with clock(start + timedelta(hours=5)):
            attempts = Attempt.objects.filter(candidate__session=session, state="finished")
            finalisation_actions.save_closing_file(
                session,
                by=self.manager,
                end_screens={attempt.pk: True for attempt in attempts},
                reasons={
                    attempt.pk: AbandonReason.CANDIDATE
                    for attempt in Attempt.objects.filter(candidate__session=session, state="ended")
                },
                comments={"has_incident": bool(comment), "global_comment": comment},
            )
            finalisation_actions.finalise(session, by=self.manager)


def new_account(email, first_name, last_name, **fields):
    return User.objects.create_user(
        email, PASSWORD, first_name=first_name, last_name=last_name, **fields
    )


def number_with(attempt, asset):
    """The number of the first question of this test that has an image, a file…; else 1."""
    having = set(
        Question.objects.filter(pk__in=attempt.question_ids)
        .exclude(**{asset: ""})
        .values_list("pk", flat=True)
    )
    return next((n for n, pk in enumerate(attempt.question_ids, 1) if pk in having), 1)


def fresh(session):
    return ExamSession.objects.get(pk=session.pk)


def quarter(moment):
    local = timezone.localtime(moment)
    return time(local.hour, local.minute // 15 * 15)


def keep_seed_secrets(session, password, access_code):
    """Historic secrets may hold other characters than ours (domain.md § 2)."""
    session.password, session.access_code = password, access_code
    session.save(update_fields=["password", "access_code"])
