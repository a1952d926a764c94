"""A national start: candidates whose right was given by the tick, and the boards of their rooms.

In each room some come late: the first tablet ticks them meanwhile, the second one shows it.
"""

import time

from django.utils import timezone

from certif.lib.fast_path import LASTS
from exam.actions.entering import draw_questions
from exam.enums import Right
from exam.fast_path import PASS
from exam.models import Attempt
from sessions.models import Candidate, InvigilatorAccess
from tests.load.scene import TABLETS, enrol, ensure_bank, log_in, make_sessions, make_users

LATE = 2


class Rush:
    def __init__(self, sessions, candidates_each):
        ensure_bank()
        self.sessions = make_sessions(sessions)
        self.candidates = self._enrol(candidates_each)
        self._tick(self.candidates)
        self.late = self._enrol(LATE)
        self.seats = self._seats()
        self.rooms = self._rooms()

    def _enrol(self, candidates_each):
        people = iter(make_users(len(self.sessions) * candidates_each))
        return [
            candidate
            for session in self.sessions
            for candidate in enrol(session, [next(people) for _ in range(candidates_each)])
        ]

    def _tick(self, candidates):
        by, now = self.sessions[0].created_by, timezone.now()
        Candidate.objects.filter(pk__in=[each.pk for each in candidates]).update(
            is_present=True, presence_noted_at=now, presence_noted_by=by
        )
        right = {"right": Right.START, "right_granted_at": now, "right_granted_by": by}
        questions = draw_questions()
        Attempt.objects.bulk_create(
            Attempt(candidate=candidate, question_ids=questions, **right)
            for candidate in candidates
        )

    def _seats(self):
        """Each has the page of the code on screen already, and so its pass."""
        logins = log_in([candidate.user for candidate in self.candidates])
        until = int(time.time()) + LASTS
        return [
            {
                "pk": candidate.pk,
                "code": candidate.session.access_code,
                "login": login,
                "pass": [PASS.name, _pass_of(candidate, login, until)],
            }
            for candidate, login in zip(self.candidates, logins, strict=True)
        ]

    def _rooms(self):
        users = make_users(len(self.sessions) * TABLETS)
        watched = [session for session in self.sessions for _ in range(TABLETS)]
        InvigilatorAccess.objects.bulk_create(
            InvigilatorAccess(session=session, user=user)
            for session, user in zip(watched, users, strict=True)
        )
        logins = iter(log_in(users))
        return [
            {
                "session": session.pk,
                "logins": [next(logins) for _ in range(TABLETS)],
                "late": [each.pk for each in self.late if each.session_id == session.pk],
            }
            for session in self.sessions
        ]

    def started(self):
        """How many of them the database holds as started."""
        return Attempt.objects.started().filter(candidate__in=self.candidates).count()

    def ticked(self):
        """How many of the late ones the database holds as present."""
        return Candidate.objects.filter(
            pk__in=[each.pk for each in self.late], is_present=True
        ).count()


def _pass_of(candidate, login, until):
    _name, _, session_key = login.partition("=")
    return PASS.write(candidate.pk, candidate.user, session_key, until=until)
