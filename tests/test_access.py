"""Who may open what: every URL of the site has its line here, or the test fails."""

from copy import deepcopy
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.apps import apps
from django.core import signing
from django.core.files.base import ContentFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from certif.accounts import tokens
from certif.accounts.models import Role
from certif.audit.models import AuditEvent
from exam import bank as question_bank
from exam import seat
from exam.models import Beat, Question
from finalisation.models import ClosingDocument, Mailing, MailKind
from finalisation.result_links import SALT
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode
from sessions.enums import ImportKind, PrintState
from sessions.models import PreparedImport, PrintRun
from tests import situations
from tests.factories import (
    ExamSessionFactory,
    InvitationFactory,
    MembershipFactory,
    QuestionFactory,
    UserFactory,
)
from tests.finalisation.pages import dismiss

pytestmark = pytest.mark.django_db

NOBODY = "nobody, not logged in"
SOMEBODY = "an account without anything"
MEMBER = "a member of the centre"
MANAGER = "a manager of the centre"
OTHER_MANAGER = "a manager of another centre"
INVIGILATOR = "an invigilator of the session"
OTHER_INVIGILATOR = "an invigilator of another session"
CANDIDATE = "the candidate"
OTHER_CANDIDATE = "a candidate of another session"
OFFICER = "a Pix officer"
ROLES = [
    NOBODY,
    SOMEBODY,
    MEMBER,
    MANAGER,
    OTHER_MANAGER,
    INVIGILATOR,
    OTHER_INVIGILATOR,
    CANDIDATE,
    OTHER_CANDIDATE,
    OFFICER,
]

CENTRE = {MEMBER, MANAGER}
ROOM = {INVIGILATOR}
LOGGED_IN = set(ROLES) - {NOBODY}
EVERYBODY = set(ROLES)

GET, POST, FORM = {"get"}, {"post"}, {"get", "post"}

# URL: (methods, who may use it). The admin's own are told in tests/finalisation.
ACCESS = {
    "root": (GET, LOGGED_IN),
    "healthz": (GET, EVERYBODY),
    "readyz": (GET, EVERYBODY),
    "accessibility": (GET, EVERYBODY),
    "security": (GET, EVERYBODY),
    "accounts:landing": (GET, LOGGED_IN),
    "accounts:profile": (FORM, LOGGED_IN),
    "accounts:back_in": (GET, LOGGED_IN),
    "accounts:login_end": (GET, LOGGED_IN),
    "accounts:stay": (POST, LOGGED_IN),
    "accounts:logins_close": (POST, LOGGED_IN),
    "accounts:team": (GET, CENTRE),
    "accounts:invite": (FORM, {MANAGER}),
    "accounts:member_role": (FORM, {MANAGER}),
    "accounts:member_remove": (FORM, {MANAGER}),
    "accounts:invitation_resend": (POST, {MANAGER}),
    "accounts:invitation_withdraw": (FORM, {MANAGER}),
    "accounts:centre_leave": (FORM, CENTRE),
    "accounts:invitation": (GET, EVERYBODY),
    "accounts:invitation_accept": (POST, LOGGED_IN),
    "sessions:session_list": (GET, CENTRE),
    "sessions:centre_history": (GET, {MANAGER}),
    "sessions:session_create": (FORM, CENTRE),
    "sessions:session_detail": (GET, CENTRE),
    "sessions:session_edit": (FORM, CENTRE),
    "sessions:session_delete": (FORM, CENTRE),
    "sessions:password_renew": (FORM, {MANAGER}),
    "sessions:access_code_renew": (FORM, {MANAGER}),
    "sessions:candidate_list": (GET, CENTRE),
    "sessions:candidate_add": (FORM, CENTRE),
    "sessions:candidate_edit": (FORM, CENTRE),
    "sessions:candidate_remove": (FORM, CENTRE),
    "sessions:enrol": (FORM, CENTRE),
    "sessions:candidate_import": (FORM, CENTRE),
    "sessions:candidate_template": (GET, CENTRE),
    "sessions:register": (GET, CENTRE),
    "sessions:register_delete": (FORM, {MANAGER}),
    "sessions:import_desk": (GET, CENTRE),
    "sessions:import_new": (FORM, CENTRE),
    "sessions:import_template": (GET, CENTRE),
    "sessions:import": (GET, CENTRE),
    "sessions:import_confirm": (FORM, CENTRE),
    "sessions:import_resume": (POST, CENTRE),
    "sessions:import_abandon": (POST, CENTRE),
    "sessions:documents": (GET, CENTRE),
    "sessions:document": (GET, CENTRE),
    "sessions:session_history": (GET, CENTRE),
    "sessions:history_csv": (GET, CENTRE),
    "sessions:history_xlsx": (GET, CENTRE),
    "sessions:session_openings": (GET, {MANAGER}),
    "sessions:openings_csv": (GET, {MANAGER}),
    "sessions:openings_xlsx": (GET, {MANAGER}),
    "sessions:print_day": (FORM, CENTRE),
    "sessions:print_run": (GET, CENTRE),
    "sessions:print_run_file": (GET, CENTRE),
    "sessions:print_run_resume": (POST, CENTRE),
    "sessions:print_run_abandon": (POST, CENTRE),
    "sessions:access_revoke": (FORM, CENTRE),
    "invigilation:join": (FORM, LOGGED_IN),
    "invigilation:board": (GET, ROOM),
    "invigilation:board_live": (GET, ROOM),
    "invigilation:confirm_day": (POST, ROOM),
    "invigilation:code": (GET, ROOM),
    "invigilation:code_asks": (GET, ROOM),
    "invigilation:leave": (FORM, ROOM),
    "invigilation:document": (GET, ROOM),
    "invigilation:presence": (POST, ROOM),
    "invigilation:resume_authorise": (FORM, ROOM),
    "invigilation:resume_refuse": (FORM, ROOM),
    "invigilation:resume_cancel": (FORM, ROOM),
    "invigilation:end_test": (FORM, ROOM),
    "invigilation:add_time": (FORM, ROOM),
    "invigilation:add_time_room": (FORM, ROOM),
    "invigilation:extra_time": (FORM, ROOM),
    "invigilation:code_given": (FORM, ROOM),
    "invigilation:end_overdue": (FORM, ROOM),
    "invigilation:end_screen": (POST, ROOM),
    "invigilation:problem_accept": (FORM, ROOM),
    "invigilation:problem_reject": (FORM, ROOM),
    "invigilation:notes": (FORM, ROOM),
    "invigilation:note_correct": (FORM, ROOM),
    "invigilation:note_discard": (FORM, ROOM),
    "invigilation:report": (FORM, ROOM),
    "invigilation:reports": (GET, ROOM),
    "invigilation:report_correct": (FORM, ROOM),
    "invigilation:report_discard": (FORM, ROOM),
    "invigilation:history": (GET, ROOM),
    "invigilation:steps": (GET, ROOM),
    "invigilation:reopen_test": (FORM, {MANAGER}),
    "invigilation:unlink": (FORM, ROOM | CENTRE),
    "invigilation:fraud_report": (GET, ROOM | CENTRE),
    "exam:join": (FORM, LOGGED_IN),
    "exam:site": (GET, LOGGED_IN),
    "exam:practice": (FORM, LOGGED_IN),
    "exam:start": (FORM, {CANDIDATE}),
    "exam:waiting": (GET, {CANDIDATE}),
    "exam:test": (GET, {CANDIDATE}),
    "exam:begin": (POST, {CANDIDATE}),
    "exam:answer": (POST, {CANDIDATE}),
    "exam:beat": (POST, {CANDIDATE}),
    "exam:problem": (FORM, {CANDIDATE}),
    "exam:problem_withdraw": (POST, {CANDIDATE}),
    "exam:problem_wait": (GET, {CANDIDATE}),
    "exam:question_file": (GET, {CANDIDATE}),
    "finalisation:session_results": (GET, CENTRE),
    "finalisation:session_results_csv": (GET, CENTRE),
    "finalisation:session_results_xlsx": (GET, CENTRE),
    "finalisation:session_certificates": (POST, CENTRE),
    "finalisation:closing_file": (FORM, CENTRE),
    "finalisation:deadline": (GET, CENTRE),
    "finalisation:live": (GET, CENTRE),
    "finalisation:confirm": (FORM, CENTRE),
    "finalisation:filled_sheet": (FORM, CENTRE),
    "finalisation:filled_confirm": (FORM, CENTRE),
    "finalisation:not_held": (FORM, CENTRE),
    "finalisation:copy_notes": (FORM, CENTRE),
    "finalisation:note_correct": (FORM, CENTRE),
    "finalisation:note_discard": (FORM, CENTRE),
    "finalisation:report": (FORM, CENTRE),
    "finalisation:question": (GET, CENTRE),
    "finalisation:report_correct": (FORM, CENTRE),
    "finalisation:report_discard": (FORM, CENTRE),
    "finalisation:end_test": (FORM, CENTRE),
    "finalisation:sealed": (GET, CENTRE),
    "finalisation:sealed_record": (GET, CENTRE),
    "finalisation:document_add": (POST, CENTRE),
    "finalisation:document": (GET, CENTRE),
    "finalisation:document_remove": (FORM, CENTRE),
    "results:my_results": (GET, LOGGED_IN),
    "results:certificate": (GET, {CANDIDATE}),
    "results:by_link": (GET, EVERYBODY),
    "results:by_link_csv": (GET, EVERYBODY),
    "results:by_link_xlsx": (GET, EVERYBODY),
    "verification:verify": (FORM, EVERYBODY),
}
# allauth's own views: what each shows a person depends on that person alone.
PUBLIC = {
    "account_login",
    "account_inactive",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}
# Not there until somebody is named who may read it (tests/certif/test_watch.py).
OFF = {"metrics"}
PERSONAL = {
    "account_logout",
    "account_change_password",
    "account_reauthenticate",
    "mfa_index",
    "mfa_authenticate",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
}

VISITS = [(name, method) for name, (methods, _) in ACCESS.items() for method in sorted(methods)]
OURS_BY_GET = [name for name, (methods, _) in ACCESS.items() if "get" in methods]

AUDIT = {("audit.auditevent", field.attname) for field in AuditEvent._meta.concrete_fields}
WATCH = {("invigilation.watch", "access_id"), ("invigilation.watch", "last_seen_at")}
# What a GET may write: that a document was taken, that the record of a minor was opened; that the
# list is on screen.
WRITTEN_BY_GET = {
    "sessions:document": AUDIT,
    "sessions:history_csv": AUDIT,
    "sessions:history_xlsx": AUDIT,
    "sessions:openings_csv": AUDIT,
    "sessions:openings_xlsx": AUDIT,
    "finalisation:closing_file": AUDIT,
    "finalisation:document": AUDIT,
    "finalisation:report": AUDIT,
    "finalisation:report_correct": AUDIT,
    "finalisation:report_discard": AUDIT,
    "finalisation:sealed_record": AUDIT,
    "invigilation:board": WATCH,
    "invigilation:document": AUDIT,
    "invigilation:fraud_report": AUDIT,
    "invigilation:history": AUDIT,
    "invigilation:report": AUDIT,
    "invigilation:report_correct": AUDIT,
    "invigilation:report_discard": AUDIT,
    "invigilation:reports": AUDIT,
}


def named_urls(patterns, namespace="", parameters=()):
    """(name, names of its parameters) of every URL but the admin's."""
    for pattern in patterns:
        inner = (*parameters, *pattern.pattern.regex.groupindex)
        if not isinstance(pattern, URLResolver):
            yield namespace + (pattern.name or f"without a name: {pattern.pattern}"), inner
        elif pattern.namespace != "admin":
            name = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from named_urls(pattern.url_patterns, name, inner)


URLS = dict(named_urls(get_resolver().url_patterns))


def test_every_url_has_its_line():
    assert set(URLS) == set(ACCESS) | PUBLIC | PERSONAL | OFF


# --- The cast -------------------------------------------------------------------------------------


def cookies_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies


@dataclass
class World:
    users: dict
    attempt: object
    ids: dict

    def __post_init__(self):
        self.cookies = {role: cookies_of(user) for role, user in self.users.items()}
        self.cookies[CANDIDATE].update(seat.keep(HttpResponse(), self.attempt).cookies)

    def url(self, name, **others):
        ids = self.ids | others
        return reverse(name, kwargs={parameter: ids[parameter] for parameter in URLS[name]})

    def client(self, role):
        client = Client()
        client.cookies.update(self.cookies.get(role, {}))
        return client

    def visit(self, role, method, url):
        """What a visit answers, and nothing of what it did."""
        client = self.client(role)
        with transaction.atomic():
            response = getattr(client, method)(url, {"operation": uuid4()})
            transaction.set_rollback(True)
        dismiss(response)
        return response


def room():
    """A session with a running test, an invigilator, a report and a document."""
    attempt = situations.started()
    candidate, session = attempt.candidate, attempt.candidate.session
    Question.objects.filter(pk=attempt.question_ids[0]).update(attachment="questions/notes.txt")
    situations.answer_all(attempt, value=[1], upto=1)
    invigilator = situations.invigilator_of(session)
    report = invigilation_actions.write_report(
        candidate, code=IncidentCode.objects.get(code="C5"), by=invigilator, screen="board"
    )
    note = invigilation_actions.write_note(session, text="Alarme", by=invigilator)
    document = ClosingDocument.objects.create(
        session=session,
        kind="other",
        file=ContentFile(b"%PDF-", name="document.pdf"),
        name="photo.pdf",
        content_type="application/pdf",
        size=5,
        added_by=invigilator,
    )
    invitation = InvitationFactory(centre=session.centre)
    run = PrintRun.objects.create(
        centre=session.centre,
        created_by=invitation.invited_by,
        session_ids=[session.pk],
        state=PrintState.DONE,
        file=ContentFile(b"%PDF-", name=f"{session.pk}-1.pdf"),
    )
    prepared = PreparedImport.objects.create(
        kind=ImportKind.SHUTTLE, centre=session.centre, created_by=invitation.invited_by
    )
    mailing = Mailing.objects.create(
        session=session,
        kind=MailKind.RESULTS,
        recipient="famille@exemple.test",
        occasion=session.starts_at,
    )
    ids = {
        "centre_id": session.centre_id,
        "membership_id": MembershipFactory(centre=session.centre, role=Role.MEMBER).pk,
        "invitation_id": invitation.pk,
        "token": tokens.token_of(invitation.seed),
        "pk": session.pk,
        "session_id": session.pk,
        "candidate_id": candidate.pk,
        "attempt_id": attempt.pk,
        "signed": signing.dumps(mailing.pk, salt=SALT),
        "access_id": session.accesses.get().pk,
        "report_id": report.pk,
        "note_id": note.pk,
        "document_id": document.pk,
        "run_id": run.pk,
        "import_id": prepared.pk,
        "import_kind": ImportKind.SHUTTLE,
        "document_key": "pv-incident",
        "number": 1,
        "kind": "fichier",
        "slug": sorted(question_bank.site_slugs())[0],
        "uidb36": "1",
        "key": "none",
    }
    return attempt, invigilator, ids


def another_room():
    attempt, invigilator, ids = room()
    manager = MembershipFactory(centre=attempt.candidate.session.centre).user
    users = {CANDIDATE: attempt.candidate.user, INVIGILATOR: invigilator, MANAGER: manager}
    return World(users, attempt, ids)


def whole_world(other_room):
    attempt, invigilator, ids = room()
    centre = attempt.candidate.session.centre
    ExamSessionFactory(centre=centre)
    users = {
        SOMEBODY: UserFactory(),
        MEMBER: MembershipFactory(centre=centre, role=Role.MEMBER).user,
        MANAGER: MembershipFactory(centre=centre).user,
        OTHER_MANAGER: other_room.users[MANAGER],
        INVIGILATOR: invigilator,
        OTHER_INVIGILATOR: other_room.users[INVIGILATOR],
        CANDIDATE: attempt.candidate.user,
        OTHER_CANDIDATE: other_room.users[CANDIDATE],
        OFFICER: UserFactory(officer=True),
    }
    return World(users, attempt, ids)


@pytest.fixture(scope="module")
def rooms(once):
    QuestionFactory.create_bank()
    (once / "questions").mkdir()
    (once / "questions/notes.txt").write_text("1 2 3")
    other_room = another_room()
    return whole_world(other_room), other_room


@pytest.fixture
def both(rooms, once, settings):
    settings.MEDIA_ROOT = once
    # However long ago the rooms were made, their candidates are there: a silence would be noted.
    Beat.objects.update(last_seen_at=timezone.now())
    return deepcopy(rooms)


@pytest.fixture
def world(both):
    return both[0]


@pytest.fixture
def other_room(both):
    return both[1]


# --- The matrix -----------------------------------------------------------------------------------


def verdict(response):
    if response.status_code == 302 and response.url.startswith(reverse("account_login")):
        return "log in"
    return {404: "not found", 403: "forbidden", 405: "no such method"}.get(
        response.status_code, "open"
    )


def expected(role, allowed):
    if role in allowed:
        return "open"
    return "log in" if role == NOBODY else "not found"


@pytest.mark.parametrize(("name", "method"), VISITS)
def test_each_role_opens_what_it_may_and_finds_nothing_else(world, name, method):
    url = world.url(name)

    answers = {role: verdict(world.visit(role, method, url)) for role in ROLES}

    assert answers == {role: expected(role, ACCESS[name][1]) for role in ROLES}


def visits_of(role):
    return [visit for visit in VISITS if role in ACCESS[visit[0]][1] < LOGGED_IN]


@pytest.mark.parametrize(("name", "method"), visits_of(MANAGER))
def test_a_member_who_left_the_centre_finds_nothing(world, name, method):
    world.users[MANAGER].memberships.update(is_active=False)

    assert verdict(world.visit(MANAGER, method, world.url(name))) == "not found"


@pytest.mark.parametrize(("name", "method"), visits_of(INVIGILATOR))
def test_an_invigilator_whose_access_ended_finds_nothing(world, name, method):
    world.users[INVIGILATOR].accesses.update(ended_at=world.attempt.started_at)

    assert verdict(world.visit(INVIGILATOR, method, world.url(name))) == "not found"


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (MANAGER, "sessions:session_detail"),
        (INVIGILATOR, "invigilation:board_live"),
        (CANDIDATE, "exam:test"),
    ],
)
def test_a_disabled_account_is_nobody(world, role, name):
    world.users[role].is_active = False
    world.users[role].save()

    assert verdict(world.visit(role, "get", world.url(name))) == "log in"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_a_page_about_an_account_asks_to_log_in(world, name, method):
    assert verdict(world.visit(NOBODY, method, world.url(name))) == "log in"


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_the_entrance_is_open_to_all(world, name):
    assert verdict(world.visit(NOBODY, "get", world.url(name))) == "open"


PARTS = {
    "candidate_id",
    "access_id",
    "report_id",
    "document_id",
    "membership_id",
    "invitation_id",
}
INSIDE_A_SESSION = [
    (name, method, part)
    for name, method in VISITS
    for part in sorted(PARTS & set(URLS.get(name, ())))
    if {"pk", "session_id", "centre_id"} & set(URLS.get(name, ()))
]


@pytest.mark.parametrize(("name", "method", "part"), INSIDE_A_SESSION)
def test_what_belongs_to_another_session_is_not_found_through_ours(
    world, other_room, name, method, part
):
    url = world.url(name, **{part: other_room.ids[part]})

    answers = {verdict(world.visit(role, method, url)) for role in ACCESS[name][1]}

    assert answers == {"not found"}


@pytest.mark.parametrize("name", ACCESS)
def test_a_method_that_is_not_listed_is_refused(world, name):
    role = next(role for role in [*ROLES[1:], NOBODY] if role in ACCESS[name][1])
    others = {"get", "post", "put", "delete", "patch"} - ACCESS[name][0]

    answers = {world.visit(role, method, world.url(name)).status_code for method in others}

    assert answers <= {405, 302}


# --- Reading changes nothing ----------------------------------------------------------------------

NOT_OURS = {"sessions.session", "django_tasks_db.dbtaskresult"}


def snapshot(but=()):
    """Every row of every table, but the login sessions."""
    return {
        model._meta.label_lower: list(model._base_manager.order_by("pk").values(*columns))
        for model in apps.get_models()
        if (columns := columns_of(model, but)) and model._meta.label_lower not in NOT_OURS
    }


def columns_of(model, but):
    label = model._meta.label_lower
    names = [field.attname for field in model._meta.concrete_fields]
    return [name for name in names if (label, name) not in but]


@pytest.mark.parametrize("name", [*OURS_BY_GET, *sorted(PUBLIC | PERSONAL)])
def test_no_get_changes_anything(world, name):
    clients = [world.client(role) for role in ROLES]
    before = snapshot(WRITTEN_BY_GET.get(name, ()))

    for client in clients:
        dismiss(client.head(world.url(name)))
        dismiss(client.get(world.url(name)))

    assert snapshot(WRITTEN_BY_GET.get(name, ())) == before
