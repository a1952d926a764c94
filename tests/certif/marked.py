"""A published session and all that is kept about its people, in which each text bears a mark."""

from datetime import timedelta
from types import SimpleNamespace
from uuid import uuid4

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import models
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.accounts.models import SecretTries, User
from certif.audit.models import record
from certif.lib.privacy import Category
from certif.privacy.gathered import PERSONAL
from exam.models import Answer, Attempt, QuestionProblem, TimeGrant
from finalisation.models import (
    Certification,
    ClosingDocument,
    ClosingFile,
    IdentityCorrection,
    JuryDecision,
    Mailing,
    QuestionRuling,
    SealedRecord,
    UnfinishedTest,
)
from invigilation.models import IncidentCode, IncidentReport, SessionNote, Watch
from sessions.enums import ImportKind
from sessions.models import Candidate, ExamSession, PreparedImport, PrintRun, Pupil
from tests import situations
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    InvitationFactory,
    PupilFactory,
    QuestionFactory,
    UserFactory,
)

MARK = "zorglub"
TEXTS = models.CharField | models.TextField | models.JSONField
MARKED = {Category.IDENTITY, Category.CONTACT, Category.SCHOOL, Category.WORDS}


def world():
    """Needs `MEDIA_ROOT`. Two candidates sat the test, one of them is certified; one never came."""
    QuestionFactory.create_bank()
    session = ExamSessionFactory()
    certified = situations.finished(session=session, results_email="a@exemple.test").candidate
    other = situations.answer_all(situations.started(session=session)).candidate
    absent = CandidateFactory(session=session)
    officer = UserFactory(officer=True, is_superuser=True)
    session = situations.published(session, by=officer)
    empty = ExamSessionFactory(centre=session.centre)
    CandidateFactory(session=empty)
    for candidate in (certified, other):
        _about(candidate, officer)
    for each in (session, empty):
        _of(each, officer)
    _beside(session, officer)
    now = timezone.now()
    ExamSession.objects.update(starts_at=now - timedelta(hours=2), ends_at=now)
    Candidate.objects.update(sex="F", extra_time_percent=33, accessibility_need="Écran agrandi")
    Pupil.objects.update(sex="F")
    User.objects.update(last_login=now)
    _mark()
    # As in each row that is written by a person: the key follows the names.
    for person in [*Candidate.objects.all(), *Pupil.objects.all()]:
        person.save()
    return SimpleNamespace(
        session=ExamSession.objects.get(pk=session.pk),
        empty=empty,
        officer=User.objects.get(pk=officer.pk),
        certified=Candidate.objects.get(pk=certified.pk),
        other=Candidate.objects.get(pk=other.pk),
        absent=Candidate.objects.get(pk=absent.pk),
        now=now,
    )


def _about(candidate, officer):
    attempt = Attempt.objects.get(candidate=candidate)
    question = attempt.answers.first().question
    TimeGrant.objects.create(attempt=attempt, minutes=5, reason="extra_time", granted_by=officer)
    QuestionProblem.objects.create(attempt=attempt, number=1, question=question, text="Rien.")
    now = timezone.now()
    Answer.objects.filter(attempt=attempt).update(
        value="saisi", neutralised_at=now, neutralised_why="Sans image."
    )
    for code in ("C2", "E1"):
        line = IncidentCode.objects.filter(code=code).first()
        IncidentReport.objects.create(
            candidate=candidate,
            code=line,
            needs_description=False,
            needs_question=line.needs_question,
            question_number=1 if line.needs_question else None,
            written_by=officer,
            written_on="board",
            discarded_at=now,
            discarded_by=officer,
            discarded_why="Double.",
            resolved_at=now,
            resolution="Lu.",
        )
    UnfinishedTest.objects.create(attempt=attempt, reason="candidate", given_by=officer)
    QuestionRuling.objects.create(
        attempt=attempt, number=1, neutralised=True, why="Vu.", ruled_by=officer
    )
    JuryDecision.objects.create(attempt=attempt, decided_by=officer)
    correction = IdentityCorrection.objects.create(
        candidate=candidate,
        birth_name="Avant",
        first_name="Avant",
        birth_date="2008-01-01",
        sex="F",
        birth_city="Avant",
        why="Lettre.",
        corrected_by=officer,
    )
    Mailing.objects.create(
        session=candidate.session,
        kind="corrected",
        recipient="b@exemple.test",
        occasion=correction.corrected_at,
        details={"why": "Lettre."},
    )
    PupilFactory(centre=candidate.session.centre, birth_name=candidate.birth_name)


def _of(session, officer):
    ClosingFile.objects.update_or_create(session=session, defaults={"saved_by": officer})
    ClosingDocument.objects.create(
        session=session,
        kind="fraud",
        file=ContentFile(b"%PDF", "a.pdf"),
        name="a.pdf",
        content_type="application/pdf",
        size=4,
        added_by=officer,
    )
    SealedRecord.objects.create(
        session=session,
        finalised_at=session.finalised_at or timezone.now(),
        file=ContentFile(b"%PDF", "pv.pdf"),
    )
    SessionNote.objects.create(
        session=session,
        text="Bruit.",
        written_by=officer,
        discarded_at=timezone.now(),
        discarded_by=officer,
        discarded_why="Double.",
    )
    Mailing.objects.create(
        session=session, kind="results", recipient="a@exemple.test", occasion=timezone.now()
    )
    access = InvigilatorAccessFactory(session=session)
    Watch.objects.create(access=access, last_seen_at=timezone.now())


def _beside(session, officer):
    now = timezone.now()
    record("import.confirmed", by=officer, centre=session.centre, import_kind=ImportKind.REGISTER)
    InvitationFactory(centre=session.centre, expires_at=now)
    SecretTries.objects.create(
        key="login:0", failures=1, last_at=int(now.timestamp()), blocked_until=0
    )
    PreparedImport.objects.create(
        centre=session.centre,
        kind=ImportKind.REGISTER,
        filename=MARK,
        source=MARK.encode(),
        plan={"pupils": MARK},
        errors=[MARK],
        created_by=officer,
    )
    PrintRun.objects.create(
        centre=session.centre, created_by=officer, file=ContentFile(b"%PDF", "p.pdf")
    )
    user = UserFactory()
    EmailAddress.objects.create(user=user, email=f"{MARK}@exemple.test")
    Authenticator.objects.create(user=user, type="totp", data={"secret": MARK})
    LogEntry.objects.create(
        user=officer,
        content_type=ContentType.objects.get_for_model(User),
        object_id=user.pk,
        object_repr=MARK,
        action_flag=CHANGE,
    )
    apps.get_model("sessions", "Session").objects.create(
        session_key=uuid4().hex, session_data=MARK, expire_date=now
    )
    DBTaskResult.objects.create(
        status="SUCCESSFUL",
        args_kwargs={"args": [MARK], "kwargs": {}},
        task_path="none",
        worker_ids=[],
        backend_name="default",
        run_after=now,
        finished_at=now,
        exception_class_path="",
        traceback="",
    )


def _mark():
    for model, tags in PERSONAL.items():
        for name, tag in tags.items():
            field = model._meta.get_field(name)
            if tag.category in MARKED and isinstance(field, TEXTS):
                _write(model, field)


def _write(model, field):
    if field.choices:
        return
    for pk in list(model.objects.values_list("pk", flat=True)):
        host = "@exemple.test" if isinstance(field, models.EmailField) else ""
        text = f"{MARK}{pk}of{model._meta.model_name}{host}"[: field.max_length]
        value = {"why": text} if isinstance(field, models.JSONField) else text
        model.objects.filter(pk=pk).update(**{field.name: value})


def dump():
    """Each row of each table, as text, by the name of its model. Not the history: it only ages."""
    kept = [model for model in apps.get_models() if model._meta.label != "audit.AuditEvent"]
    return {model._meta.label: _said(model) for model in kept}


def _said(model):
    fields = [field.attname for field in model._meta.concrete_fields]
    rows = model._base_manager.values_list(*fields)
    return "\n".join(
        str([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in rows
    )


def marked():
    """The models in which something is still marked."""
    return {label for label, said in dump().items() if MARK in said.lower()}


def is_certified(candidate):
    return Certification.objects.filter(
        attempt__candidate=candidate, attempt__certificate__isnull=False
    ).exists()
