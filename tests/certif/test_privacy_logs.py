"""No name, birth date, address nor code in what is logged, whatever is done and whatever breaks."""

import json
import logging
from datetime import date
from io import BytesIO, StringIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import DataError, IntegrityError, connection
from django.test import Client
from django.urls import reverse
from PIL import Image

from certif.accounts.models import Role, User
from certif.lib.logs import JsonFormatter
from exam.models import Answer, Attempt, Question
from finalisation.models import ClosingDocument, Mailing
from finalisation.piles import for_review, undecided
from invigilation.models import IncidentCode, IncidentReport
from sessions.models import Candidate, ExamSession, PreparedImport
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    MembershipFactory,
    QuestionFactory,
    UserFactory,
)
from tests.finalisation.mails import deliver
from tests.finalisation.pages import fields

NAME = "Zorglubnom"
FIRST = "Zorglubprénom"
BORN = "17/07/1997"
EMAIL = "zorglub@exemple.test"
PASSWORD = "zorglub-phrase-longue"
SESSION_PASSWORD = "C-XQ7XQ"
ACCESS_CODE = "XQVW77"
WRONG_CODE = "XQVW78"
TEXT = "Zorglub dit que l’image manque."
MARKS = ["zorglub", "17/07/1997", "1997-07-17", "1997, 7, 17", "xq7xq", "xqvw77", "xqvw78"]
PERSON = {"first_name": FIRST, "birth_name": NAME, "birth_date": BORN}

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(settings):
    """All that is said, down to DEBUG, as the site writes it."""
    config = {k: v for k, v in settings.LOGGING["formatters"]["json"].items() if k != "()"}
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter(**config))
    loggers = [logging.getLogger(name) for name in ("", "django", "certif", "certif.request")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(handler)
    yield stream
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@pytest.fixture
def session(db):
    QuestionFactory.create_bank()
    Question.objects.update(kind="text", choices=[], answers=["juste"])
    return ExamSessionFactory(password=SESSION_PASSWORD, access_code=ACCESS_CODE)


def told(log):
    """The lines, and those among them that say what they should not."""
    lines = log.getvalue().splitlines()
    return lines, [line for line in lines if any(mark in line.lower() for mark in MARKS)]


class Window:
    """A browser, that goes on when the server breaks."""

    def __init__(self, user=None):
        self.client = Client(raise_request_exception=False)
        if user:
            self.client.force_login(user)

    def send(self, name, *args, **sent):
        return self.client.post(reverse(name, args=args), {"operation": uuid4(), **sent})

    def open(self, name, *args):
        return self.client.get(reverse(name, args=args))


# --- A day ----------------------------------------------------------------------------------------


def test_a_whole_day_leaves_nobody_in_the_log(session, log):
    candidate = enrolled(session)
    tablet = in_the_room(session)
    desk = sat(session, candidate, tablet)
    closed(session, candidate, desk)
    officer = published(session, candidate, desk)
    forgotten(candidate, officer)

    lines, leaks = told(log)
    assert leaks == []
    assert len(lines) > 50
    assert Candidate.objects.get(pk=candidate.pk).is_erased
    assert ClosingDocument.objects.exists()
    assert PreparedImport.objects.exists()
    assert Candidate.objects.filter(first_name=f"{FIRST}bis").exists()


def enrolled(session):
    """By the centre, one by one and by a file that has faults."""
    member = UserFactory(first_name=FIRST, last_name=NAME, email=EMAIL)
    MembershipFactory(user=member, centre=session.centre, role=Role.MANAGER)
    desk = Window(member)
    twin = PERSON | {"first_name": f"{FIRST}bis"}
    desk.send("sessions:candidate_add", session.pk, **twin, birth_city=NAME, sex="F")
    file = SimpleUploadedFile(f"{NAME}.csv", f"{NAME};{FIRST};{BORN};{EMAIL}\n".encode() * 3)
    desk.send("sessions:candidate_import", session.pk, file=file)
    desk.client.get(reverse("sessions:session_list", args=[session.centre_id]), {"q": NAME})
    desk.open("sessions:candidate_list", session.pk)
    return CandidateFactory(
        session=session,
        first_name=FIRST,
        birth_name=NAME,
        birth_date=date(1997, 7, 17),
        results_email=EMAIL,
    )


def in_the_room(session):
    tablet = Window(UserFactory(first_name=FIRST, last_name=NAME))
    tablet.send("invigilation:join", number=session.pk, password="C-XQ7XX zorglub")
    assert tablet.send("invigilation:join", number=session.pk, password=SESSION_PASSWORD).url
    return tablet


def sat(session, candidate, tablet):
    """Signs up, is wrong at each step before being right, answers, reports."""
    window = Window()
    account = {"first_name": FIRST, "last_name": NAME, "email": f"x{EMAIL}"}
    window.send("account_signup", **account, password1=PASSWORD)
    joins = {"session_number": session.pk, **PERSON}
    window.send("exam:join", **joins | {"birth_name": f"{NAME}x"})
    window.send("exam:join", **joins)
    place = session.pk, candidate.pk
    tablet.send("invigilation:presence", *place, present=1)
    window.send("exam:start", candidate.pk, code=WRONG_CODE)
    window.send("exam:start", candidate.pk, code=ACCESS_CODE)
    attempt = Attempt.objects.get(candidate=candidate)
    window.open("exam:test", candidate.pk)
    window.send("exam:answer", candidate.pk, number=1, value=f"{NAME} juste")
    window.send("exam:answer", candidate.pk, number=2, value="x" * 5000 + NAME)
    window.send("exam:problem", candidate.pk, number=2, question=attempt.question_ids[1], text=TEXT)
    window.send("exam:beat", candidate.pk)
    other = IncidentCode.objects.get(code="A2").pk
    tablet.send("invigilation:report", *place, code=other, description=TEXT)
    tablet.send("invigilation:notes", session.pk, text=TEXT)
    tablet.open("invigilation:board", session.pk)
    tablet.send("invigilation:end_test", *place)
    assert Answer.objects.filter(value=f"{NAME} juste").exists()
    assert IncidentReport.objects.get(code__code="A2").description == TEXT
    return Window(User.objects.get(email=EMAIL))


def closed(session, candidate, desk):
    photo = BytesIO()
    Image.new("RGB", (40, 30), "white").save(photo, "PNG")
    broken = SimpleUploadedFile(f"{NAME}.pdf", b"%PDF-1.4 " + NAME.encode())
    desk.send("finalisation:document_add", session.pk, file=broken, kind="fraud")
    file = SimpleUploadedFile(f"{NAME}.png", photo.getvalue())
    desk.send("finalisation:document_add", session.pk, file=file, kind="fraud")
    page = fields(desk.open("finalisation:closing_file", session.pk))
    attempt = Attempt.objects.get(candidate=candidate)
    page |= {f"reason-{attempt.pk}": "technical", "documents_comment": TEXT}
    confirm = reverse("finalisation:confirm", args=[session.pk])
    asked = desk.client.post(confirm, page)
    desk.client.post(confirm, fields(asked, "main form"))
    desk.open("sessions:session_history", session.pk)
    assert not ExamSession.objects.get().is_open


def published(session, candidate, desk):
    account = UserFactory(officer=True, last_name=NAME)
    officer = Window(account)
    officer.open("admin:exam_sessions_examsession_change", session.pk)
    officer.client.get(reverse("admin:accounts_user_changelist"), {"q": NAME})
    despite = undecided(for_review().get(pk=session.pk))
    officer.send("admin:exam_sessions_examsession_publish", session.pk, despite=despite)
    deliver()
    assert Mailing.objects.filter(recipient=EMAIL, sent_at__isnull=False).exists()
    candidate.refresh_from_db()
    Window(candidate.user).open("exam:join")
    Window(candidate.user).open("results:my_results")
    desk.open("finalisation:session_results", session.pk)
    desk.open("finalisation:session_results_csv", session.pk)
    return account


def forgotten(candidate, officer):
    whom = {"candidate": candidate.pk, "by": officer.pk, "stdout": StringIO()}
    call_command("erase_person", apply=True, certificate=True, **whom)
    call_command("replay_erasures", by=officer.pk, apply=True, stdout=StringIO())
    call_command("purge", apply=True, stdout=StringIO())


# --- What is refused ------------------------------------------------------------------------------


def test_wrong_logins_and_forgotten_passwords_leave_nobody(log, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    UserFactory(email=EMAIL)
    window = Window()

    window.send("account_login", login=EMAIL, password="zorglub-faux")
    window.send("account_login", login=f"x{EMAIL}", password="zorglub-faux")
    for _ in range(6):
        window.send("account_login", login=EMAIL, password="zorglub-faux")
    window.send("account_reset_password", email=EMAIL)
    window.send("account_reset_password", email=f"x{EMAIL}")
    window.send(
        "account_signup", email=EMAIL, first_name=FIRST, last_name=NAME, password1="zorglub"
    )

    lines, leaks = told(log)
    assert leaks == []
    assert len(lines) > 5


HOSTILE = [
    f"{NAME}\x00",
    f"{NAME}\n" * 3,
    NAME + "x" * 5000,
    f"{NAME}{{% now %}}",
    "\x1b[31m" + NAME,
]


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_leave_nobody(session, log, typed):
    member = MembershipFactory(centre=session.centre).user
    candidate = CandidateFactory(session=session, joined=True)
    desk, window = Window(member), Window(candidate.user)
    person = dict.fromkeys(PERSON, typed)

    desk.send("sessions:candidate_add", session.pk, **person, convocation_email=typed)
    desk.client.get(reverse("sessions:session_list", args=[session.centre_id]), {"q": typed})
    window.send("exam:join", session_number=typed, **person)
    window.send("exam:start", candidate.pk, code=typed)
    window.send("invigilation:join", number=typed, password=typed)
    window.send("verification:verify", code=typed)
    Window().send("account_login", login=typed, password=typed)

    assert told(log)[1] == []


def test_a_form_without_its_token_leaves_nobody(log):
    window = Window()
    window.client.handler.enforce_csrf_checks = True

    response = window.send("account_login", login=EMAIL, password=PASSWORD)

    assert response.status_code == 403
    assert told(log)[1] == []


@pytest.mark.parametrize("token", ["invitations", "certifications/resultats/lien"])
def test_a_link_that_opens_something_is_not_written(log, token):
    Window().client.get(f"/{token}/zorglub-jeton/")

    assert told(log)[1] == []


def test_an_address_that_leads_nowhere_is_not_written(log):
    response = Client().get(f"/{NAME}/")

    assert response.status_code == 404
    assert told(log)[1] == []


@pytest.mark.parametrize("host", ["zorglub.example", "zor glub"])
def test_a_forged_host_is_not_written(log, host):
    Window().client.get("/connexion/", headers={"host": host})

    assert told(log)[1] == []


# --- What breaks ----------------------------------------------------------------------------------


def refusing(kind):
    """PostgreSQL quotes the row in its refusal."""

    def refuse(execute, sql, params, many, context):
        if sql.startswith("INSERT INTO") and "exam_sessions_candidate" in sql:
            raise kind(f"DETAIL: Failing row contains ({NAME}, {FIRST}, {BORN}).")
        return execute(sql, params, many, context)

    return refuse


@pytest.mark.parametrize("kind", [IntegrityError, DataError])
def test_what_the_database_quotes_is_not_written(session, log, kind):
    desk = Window(MembershipFactory(centre=session.centre).user)

    with connection.execute_wrapper(refusing(kind)):
        response = desk.send("sessions:candidate_add", session.pk, **PERSON)

    lines, leaks = told(log)
    assert response.status_code == 500
    assert leaks == []
    (line,) = [line for line in map(json.loads, lines) if line["level"] == "ERROR"]
    assert line["exception"].endswith(f"django.db.utils.{kind.__name__}")
    assert "in candidate_add" in line["exception"]


def test_what_a_chain_of_failures_quotes_is_not_written(log):
    try:
        try:
            int(NAME)
        except ValueError as error:
            raise KeyError(EMAIL) from error
    except KeyError:
        logging.getLogger("exam").exception("broken")

    _lines, leaks = told(log)
    assert leaks == []
    assert "builtins.ValueError" in log.getvalue()
    assert "builtins.KeyError" in log.getvalue()


def test_a_leak_would_be_seen(log):
    logging.getLogger("exam").debug("candidate %s, %s", NAME, ACCESS_CODE.lower())

    assert len(told(log)[1]) == 1
