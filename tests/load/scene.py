"""The rooms of a morning: sessions of today, their candidates and invigilators with an account and a login."""

from datetime import timedelta
from itertools import count

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import get_random_string

from certif.accounts.hashers import Argon2idHasher
from certif.accounts.logins import BEGAN
from certif.accounts.models import Centre, User
from certif.accounts.sessions import SessionStore
from certif.audit.models import AuditEvent, record
from exam.models import Question
from invigilation.models import IncidentCode
from sessions.models import Candidate, ExamSession, identity_key
from tests.factories import PASSWORD, CandidateFactory, ExamSessionFactory, QuestionFactory
from tests.load.candidate import Role

TABLETS = 2
# Of twenty seats in a row; those that are not named here are ordinary.
ROLES = [Role.CUT, Role.STOPPED, Role.ABSENT, Role.CUT_UNHEARD, Role.LEAVES, Role.MISTYPES]
SEATS_IN_A_CYCLE = 20
_number = count(1)


class Morning:
    """What was made ready, and the last line of the audit before it begins."""

    def __init__(self, sessions, candidates_each):
        ensure_bank()
        self.sessions = make_sessions(sessions)
        self.rooms = self._rooms(candidates_each)
        self.codes = dict(
            IncidentCode.objects.active_on(timezone.localdate()).values_list("code", "pk")
        )
        last = AuditEvent.objects.order_by("-pk").first()
        self.since = last.pk if last else 0

    def _rooms(self, candidates_each):
        users = make_users(len(self.sessions) * (candidates_each + TABLETS))
        logins = dict(zip([user.pk for user in users], log_in(users), strict=True))
        people = iter(users)
        rooms = []
        for rank, session in enumerate(self.sessions):
            candidates = enrol(session, [next(people) for _ in range(candidates_each)])
            rooms.append(
                {
                    "session": session.pk,
                    "password": session.password,
                    "code": session.access_code,
                    "code_first": rank % 2 == 1,
                    "seats": [
                        {
                            "pk": candidate.pk,
                            "email": candidate.user.email,
                            "login": logins[candidate.user_id],
                            "role": role_of(rank * candidates_each + seat),
                        }
                        for seat, candidate in enumerate(candidates)
                    ],
                    "invigilators": [
                        {"user": user.pk, "login": logins[user.pk]}
                        for user in [next(people) for _ in range(TABLETS)]
                    ],
                }
            )
        return rooms


def ensure_bank():
    if not Question.objects.exists():
        QuestionFactory.create_bank()


def role_of(seat):
    place = seat % SEATS_IN_A_CYCLE
    return ROLES[place] if place < len(ROLES) else Role.ORDINARY


def make_sessions(number):
    (owner,) = make_users(1)
    centres = Centre.objects.bulk_create(Centre(name=f"Collège {n}") for n in range(number))
    sessions = ExamSession.objects.bulk_create(
        ExamSessionFactory.build(centre=centre, created_by=owner) for centre in centres
    )
    for session in sessions:
        # Midnight may come before the end.
        record("day.confirmed", by=owner, session=session, planned=session.date.isoformat())
    return sessions


def make_users(number):
    # One hash for all, by the hasher of the server.
    hasher = Argon2idHasher()
    password = hasher.encode(PASSWORD, hasher.salt())
    return User.objects.bulk_create(
        User(email=f"matin{next(_number)}@exemple.test", password=password) for _ in range(number)
    )


def log_in(users):
    """A cookie for each, as a login makes it, all in one statement."""
    store, now = SessionStore(), timezone.now()
    until = now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    logins = [
        Session(
            session_key=get_random_string(32, "abcdefghijklmnopqrstuvwxyz0123456789"),
            session_data=store.encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                    BEGAN: int(now.timestamp()),
                }
            ),
            expire_date=until,
        )
        for user in users
    ]
    Session.objects.bulk_create(logins)
    return [f"{settings.SESSION_COOKIE_NAME}={login.session_key}" for login in logins]


def enrol(session, users):
    candidates = [
        CandidateFactory.build(session=session, user=user, linked_at=timezone.now())
        for user in users
    ]
    for candidate in candidates:
        candidate.identity_key = identity_key(
            candidate.birth_name, candidate.first_name, candidate.birth_date
        )
    return Candidate.objects.bulk_create(candidates)
