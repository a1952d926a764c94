"""The lists that officers work with, beside the stock list of users, in the same run and database.

The stock list is Django's own `UserAdmin`, a hundred rows a page, over as many accounts as there are
candidates. Each visit to one of ours follows a visit to it.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count, cycle, islice

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from django.utils import timezone

from certif import urls
from certif.accounts.models import Centre, Membership, User
from certif.audit.models import AuditEvent
from exam.enums import AttemptState
from exam.models import Attempt, Question
from exam.scoring import Verdict
from finalisation.actions import publish_in_worker
from finalisation.models import (
    AskedPublication,
    Certification,
    ClosingDocument,
    ClosingFile,
    DocumentKind,
    Mailing,
    MailKind,
    PublicationRun,
)
from finalisation.piles import Pile, for_review
from invigilation.models import IncidentCode, IncidentReport, Screen, SessionNote
from sessions.enums import SessionState
from sessions.models import Candidate, ExamSession
from tests.bench.figures import Figure, interleaved_ratio, seconds
from tests.bench.rooms import vacuum
from tests.factories import CandidateFactory, ExamSessionFactory, QuestionFactory, UserFactory

NAME = "admin"
TARGET = "≤ 12 queries, ≤ 3 × stock users"
SCALE = 1000
CANDIDATES, CENTRES = 20, 100
MOST_QUERIES, MOST = 12, 3.0
FIFTY = 50
REPETITIONS = 9

STATES = [SessionState.FINALISED, SessionState.IN_REVIEW, SessionState.PUBLISHED]


class UsersAsShipped(StockUserAdmin):
    """Our accounts have an address where the stock ones have a name: nothing else is changed."""

    list_display = ["email", "first_name", "last_name", "is_staff"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]


STOCK = admin.AdminSite("stock")
STOCK.register(User, UsersAsShipped)
urlpatterns = [path("bench/stock/", STOCK.urls), *urls.urlpatterns]


@dataclass(frozen=True)
class Page:
    name: str
    model: str
    asked: str = ""

    @property
    def address(self):
        return reverse(f"admin:{self.model}_changelist") + self.asked


SESSIONS = "exam_sessions_examsession"
PAGES = [
    Page("to examine", SESSIONS),
    Page("ready", SESSIONS, "?pile=pretes"),
    Page("published", SESSIONS, "?pile=publiees"),
    Page("all sessions", SESSIONS, "?pile=toutes&p=2"),
    Page("taken by nobody", SESSIONS, "?officier=personne"),
    Page("with an E1", SESSIONS, "?pile=toutes&code=E1"),
    Page("late", SESSIONS, "?pile=toutes&echeance=retard"),
    Page("found by its centre", SESSIONS, "?q=Collège 7"),
    Page("mails not sent", "finalisation_mailing"),
    Page("all mails", "finalisation_mailing", "?depart=tous"),
    Page("publications", "finalisation_publicationrun"),
    Page("audit", "audit_auditevent"),
    Page("audit of a session", "audit_auditevent", "?q=7"),
    Page("questions", "exam_question"),
    Page("codes", "invigilation_incidentcode"),
    Page("centres", "accounts_centre"),
    Page("accounts", "accounts_user"),
]


def run(scale):
    officer = fill(scale)
    vacuum()
    with override_settings(ROOT_URLCONF=__name__):
        client = Client(HTTP_HOST="localhost")
        client.force_login(officer)
        yield from compare(client)
        yield publish_fifty(client, officer)


def compare(client):
    stock = reverse("stock:accounts_user_changelist")
    times = {page: ([], []) for page in PAGES}
    for page in PAGES:
        visit(client, stock), visit(client, page.address)
    for _ in range(REPETITIONS):
        for page, (ours, theirs) in times.items():
            theirs.append(seconds(lambda: visit(client, stock)))
            ours.append(seconds(lambda page=page: visit(client, page.address)))
    for page, (ours, theirs) in times.items():
        yield figure(client, page, ours, theirs)


def figure(client, page, ours, theirs):
    with CaptureQueriesContext(connection) as queries:
        visit(client, page.address)
    ratio = interleaved_ratio(ours, theirs, most=MOST, name=page.name)
    measured = f"{len(queries)} queries, {ratio.measured}"
    return replace(ratio, measured=measured, ok=ratio.ok and len(queries) <= MOST_QUERIES)


def visit(client, address):
    response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address}: {response.status_code}")


def publish_fifty(client, officer):
    """Asked in a request, published by the worker: the seconds of each, against no target."""
    chosen = list(for_review().filter(pile=Pile.READY)[:FIFTY])
    form = {"session": [session.pk for session in chosen]}
    asked = seconds(lambda: client.post(reverse("admin:finalisation_publicationrun_ask"), form))
    publication = PublicationRun.objects.latest("asked_at")
    worked = seconds(lambda: publish_in_worker.call(str(publication.pk), is_last=False))
    published = publication.lines.filter(settled_at__isnull=False, refusal="").count()
    return Figure(
        f"{published} published in {worked:.1f} s, asked for in {asked:.2f} s",
        ok=0 < published == len(chosen),
        name=f"publish {len(chosen)} sessions of {CANDIDATES}",
        target="all",
    )


# --- A season -------------------------------------------------------------------------------------


def fill(scale):
    """So many finalised sessions of twenty candidates, with what surrounds them. Gives an officer."""
    officer = UserFactory(officer=True)
    QuestionFactory.create_bank()
    sessions = some_sessions(scale, officer)
    candidates = some_candidates(sessions, officer)
    tests_and_reports(candidates, officer)
    closing_files(sessions, officer)
    room_notes(sessions, officer)
    what_was_written(sessions, officer)
    return officer


def some_sessions(scale, officer):
    centres = Centre.objects.bulk_create(Centre(name=f"Collège {n}") for n in range(CENTRES))
    people = accounts("membre", CENTRES)
    Membership.objects.bulk_create(
        Membership(user=user, centre=centre, role="manager")
        for user, centre in zip(people, centres, strict=True)
    )
    made = []
    for number, centre in zip(range(scale), cycle(centres)):
        day = timezone.localdate() - timedelta(days=number % 60 + 3)
        session = ExamSessionFactory.build(
            centre=centre, created_by=officer, date=day, started_count=CANDIDATES
        )
        session.first_started_at = session.starts_at
        session.state = STATES[number % 3]
        session.finalised_at, session.finalised_by = session.ends_at, officer
        if number % 10 == 0:
            session.finalised_at += timedelta(hours=60)
        if session.state == SessionState.PUBLISHED:
            session.published_at, session.published_by = session.finalised_at, officer
        made.append(session)
    return ExamSession.objects.bulk_create(made)


def accounts(word, number):
    """Nobody logs in with them."""
    return User.objects.bulk_create(
        User(email=f"{word}{n}@exemple.test", first_name="Ada", last_name=f"{word}{n}")
        for n in range(number)
    )


def some_candidates(sessions, officer):
    users = iter(accounts("candidat", len(sessions) * CANDIDATES))
    made = [
        CandidateFactory.build(
            session=session,
            user=user,
            linked_at=session.starts_at,
            is_present=True,
            presence_noted_at=session.starts_at,
            presence_noted_by=officer,
            test_started_at=session.starts_at,
            birth_date=date(2010, 5, 4),
            identity_key=f"lovelace/ada/{user.pk}",
        )
        for session in sessions
        for user in islice(users, CANDIDATES)
    ]
    return Candidate.objects.bulk_create(made, batch_size=2000)


def tests_and_reports(candidates, officer):
    drawn = list(Question.objects.values_list("pk", flat=True))
    attempts = Attempt.objects.bulk_create(
        [
            Attempt(
                candidate=candidate,
                state=AttemptState.FINISHED,
                question_ids=drawn,
                certification_number=number,
                started_at=candidate.test_started_at,
                ended_at=candidate.test_started_at + timedelta(minutes=80),
            )
            for number, candidate in zip(count(100_000), candidates)
        ],
        batch_size=2000,
    )
    Certification.objects.bulk_create(
        [
            Certification(
                attempt=attempt, verdict=Verdict.VALIDATED, right=20, counted=32, neutralised=0
            )
            for attempt in attempts
        ],
        batch_size=2000,
    )
    codes = cycle(IncidentCode.objects.filter(active_from__isnull=False))
    IncidentReport.objects.bulk_create(
        IncidentReport(
            candidate=candidate,
            code=code,
            needs_description=code.needs_description,
            needs_question=code.needs_question,
            question_number=3 if code.needs_question else None,
            description="Constaté dans la salle." if code.needs_description else "",
            written_by=officer,
            written_on=Screen.BOARD,
        )
        for candidate, code in zip(candidates[::10], codes, strict=False)
    )


def closing_files(sessions, officer):
    ClosingFile.objects.bulk_create(
        ClosingFile(
            session=session,
            saved_by=officer,
            has_incident=number % 4 == 0,
            global_comment="Alarme incendie." if number % 4 == 0 else "",
            officer=officer if number % 5 == 0 else None,
            officer_since=session.finalised_at if number % 5 == 0 else None,
        )
        for number, session in enumerate(sessions)
    )
    ClosingDocument.objects.bulk_create(
        ClosingDocument(
            session=session,
            kind=DocumentKind.INCIDENT,
            file="finalisation/2026/preuve.pdf",
            name="preuve.pdf",
            content_type="application/pdf",
            size=5,
            added_by=officer,
        )
        for session in sessions[::7]
    )


def room_notes(sessions, officer):
    SessionNote.objects.bulk_create(
        SessionNote(session=session, text="Alarme incendie.", written_by=officer)
        for session in sessions[::9]
    )


def what_was_written(sessions, officer):
    """Mails, half of which have left; forty lines of audit a session; publications of fifty."""
    now, mails = timezone.now(), range(6)
    Mailing.objects.bulk_create(
        Mailing(
            session=session,
            kind=MailKind.RESULTS,
            recipient=f"famille{n}@exemple.test",
            occasion=session.finalised_at,
            tries=1,
            tried_at=now,
            sent_at=now if n % 2 else None,
            error="" if n % 2 else "Serveur de messagerie injoignable.",
        )
        for session in sessions
        for n in mails
    )
    AuditEvent.objects.bulk_create(
        [
            AuditEvent(
                kind="session.finalised",
                actor_id=officer.pk,
                centre_id=session.centre_id,
                session_id=session.pk,
                data={"late": "dans les 48 heures"},
            )
            for session in sessions
            for _ in range(40)
        ],
        batch_size=5000,
    )
    for start in range(0, len(sessions), 50):
        publication = PublicationRun.objects.create(asked_by=officer)
        AskedPublication.objects.bulk_create(
            AskedPublication(run=publication, session=session, version=1, settled_at=now)
            for session in sessions[start : start + 50]
        )
