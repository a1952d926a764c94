"""Whoever is not a member of the centre finds nothing, at every address of the centre's space."""

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from sessions.enums import ImportKind, PrintState
from sessions.models import PreparedImport, PrintRun
from sessions.urls import candidate_pages, history_pages, import_pages, print_pages, urlpatterns
from tests.factories import CandidateFactory, InvigilatorAccessFactory, MembershipFactory
from tests.situations import invigilator_of

OF_THE_CENTRE = [
    "session_list",
    "session_create",
    "centre_history",
    "print_day",
    "import_desk",
    "register",
    "register_delete",
]
OF_THE_HISTORY = [
    "session_history",
    "history_csv",
    "history_xlsx",
    "session_openings",
    "openings_csv",
    "openings_xlsx",
]
OF_THE_SESSION = [
    "session_detail",
    "session_edit",
    "session_delete",
    "password_renew",
    "access_code_renew",
    *OF_THE_HISTORY,
    "documents",
    "candidate_list",
    "candidate_add",
    "enrol",
    "candidate_import",
    "candidate_template",
]
OF_A_PRINT_RUN = ["print_run"]
OF_AN_IMPORT = ["import"]
OF_A_KIND_OF_IMPORT = ["import_new", "import_template"]
# A file and two posts: tests/test_access.py visits them.
ELSEWHERE = [
    "print_run_file",
    "print_run_resume",
    "print_run_abandon",
    "import_confirm",
    "import_resume",
    "import_abandon",
]
OF_A_CANDIDATE = ["candidate_edit", "candidate_remove"]
READ_ONLY = {
    "centre_history",
    "session_list",
    "session_detail",
    *OF_THE_HISTORY,
    "candidate_list",
    "documents",
    "document",
    *OF_A_PRINT_RUN,
    *OF_AN_IMPORT,
    "import_desk",
    "register",
    "import_template",
    "candidate_template",
}
ALL = [
    *OF_THE_CENTRE,
    *OF_THE_SESSION,
    *OF_A_CANDIDATE,
    *OF_A_PRINT_RUN,
    *OF_AN_IMPORT,
    *OF_A_KIND_OF_IMPORT,
    "access_revoke",
    "document",
]


@pytest.fixture
def urls(db):
    candidate = CandidateFactory(joined=True)
    session = candidate.session
    # Someone may act for this centre: only then does « nobody else may » mean something.
    MembershipFactory(centre=session.centre)
    access = InvigilatorAccessFactory(session=session)
    run = PrintRun.objects.create(
        centre=session.centre,
        created_by=access.user,
        session_ids=[session.pk],
        state=PrintState.DONE,
        file=ContentFile(b"%PDF-", name=f"{session.pk}-1.pdf"),
    )
    prepared = PreparedImport.objects.create(
        kind=ImportKind.SHUTTLE, centre=session.centre, created_by=access.user
    )
    arguments = {
        **{name: [session.centre_id] for name in OF_THE_CENTRE},
        **{name: [session.pk] for name in OF_THE_SESSION},
        **{name: [session.pk, candidate.pk] for name in OF_A_CANDIDATE},
        **{name: [run.pk] for name in OF_A_PRINT_RUN},
        **{name: [prepared.pk] for name in OF_AN_IMPORT},
        **{name: [session.centre_id, "navette"] for name in OF_A_KIND_OF_IMPORT},
        "access_revoke": [session.pk, access.pk],
        "document": [session.pk, "kit-surveillant"],
    }
    addresses = {name: reverse(f"sessions:{name}", args=args) for name, args in arguments.items()}
    return addresses | {"candidate": candidate}


def test_every_address_is_in_this_file():
    patterns = [*urlpatterns, *candidate_pages, *history_pages, *print_pages, *import_pages]
    names = {pattern.name for pattern in patterns if hasattr(pattern, "name")}
    assert names == {*ALL, *ELSEWHERE}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("method", ["get", "post"])
def test_member_of_another_centre_finds_nothing(client, urls, name, method):
    client.force_login(MembershipFactory().user)

    assert getattr(client, method)(urls[name]).status_code == refused(name, method)


@pytest.mark.parametrize("name", ALL)
def test_former_member_finds_nothing(client, urls, name):
    centre = urls["candidate"].session.centre
    client.force_login(MembershipFactory(centre=centre, is_active=False).user)

    assert client.get(urls[name]).status_code == 404


@pytest.mark.parametrize("name", ALL)
def test_invigilator_finds_nothing(client, urls, name):
    client.force_login(invigilator_of(urls["candidate"].session))

    assert client.get(urls[name]).status_code == 404


@pytest.mark.parametrize("name", ALL)
def test_candidate_finds_nothing(client, urls, name):
    client.force_login(urls["candidate"].user)

    assert client.get(urls[name]).status_code == 404


@pytest.mark.parametrize("name", ALL)
def test_anonymous_person_is_asked_to_log_in(client, urls, name):
    assert client.get(urls[name]).url.startswith("/connexion/")


@pytest.mark.parametrize("name", ALL)
def test_manager_of_the_centre_gets_the_page(client, urls, name):
    client.force_login(MembershipFactory(centre=urls["candidate"].session.centre).user)

    assert client.get(urls[name]).status_code == 200


def test_number_beyond_the_database_is_not_found(client, db):
    client.force_login(MembershipFactory().user)

    assert client.get(f"/sessions/{10**30}/").status_code == 404


def refused(name, method):
    return 405 if method == "post" and name in READ_ONLY else 404
