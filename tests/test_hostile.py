"""Whatever is typed or sent, the answer is a page for a person, never a fault of the server."""

from copy import deepcopy
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter

from certif.accounts.models import Role
from sessions.models import PrintRun
from tests import situations
from tests.factories import (
    CandidateFactory,
    InvigilatorAccessFactory,
    MembershipFactory,
    QuestionFactory,
)

TOO_LARGE = 10**19
JUNK = {
    "nul": "\x00",
    "5000": "x" * 5000,
    "digits": "9" * 30,
    "negative": "-1",
    "markup": '"><img src=x onerror=alert(1)>{{ 7 }}{% now %}',
    "emoji": "👩‍🏫 ‮abc",
}
SURROGATE = b"%ED%A0%80"

OURS = ["accounts", "sessions", "invigilation", "exam", "finalisation", "results", "verification"]
NAMESPACES = get_resolver().namespace_dict
URLS = [
    (f"{namespace}:{name}", list(NAMESPACES[namespace][1].reverse_dict[name][3].items()))
    for namespace in OURS
    for name in NAMESPACES[namespace][1].reverse_dict
    if isinstance(name, str)
]
WITH_IDS = [url for url in URLS if any(isinstance(c, IntConverter) for _, c in url[1])]

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def cast(once):
    """The candidate, and an account that may do as much as one can: manager, invigilator."""
    QuestionFactory.create_bank()
    candidate = situations.started().candidate
    session = candidate.session
    manager = MembershipFactory(centre=session.centre, role=Role.MANAGER).user
    InvigilatorAccessFactory(session=session, user=manager)
    PrintRun.objects.create(
        centre=session.centre, created_by=candidate.user, session_ids=[session.pk]
    )
    return candidate, [cookies_of(manager), cookies_of(candidate.user)]


def cookies_of(user):
    client = Client()
    client.force_login(user)
    return client.cookies


def window(cookies):
    client = Client(raise_request_exception=False)
    client.cookies.update(cookies)
    return client


@pytest.fixture
def candidate(cast):
    return deepcopy(cast[0])


@pytest.fixture
def clients(cast):
    return [window(cookies) for cookies in cast[1]]


def address(name, converters, candidate, *, huge=False):
    known = {
        "centre_id": candidate.session.centre_id,
        "candidate_id": candidate.pk,
        "number": 1,
        "pk": candidate.session_id,
        "session_id": candidate.session_id,
        "run_id": candidate.session.centre.print_runs.values_list("pk", flat=True)[0],
        "membership_id": candidate.session.centre.memberships.values_list("pk", flat=True)[0],
    }
    values = {
        parameter: TOO_LARGE
        if huge and isinstance(converter, IntConverter)
        else known.get(parameter, 1)
        if isinstance(converter, IntConverter)
        else known.get(parameter, uuid4())
        if isinstance(converter, UUIDConverter)
        else "image"
        for parameter, converter in converters
    }
    return reverse(name, kwargs=values)


@pytest.mark.parametrize(("name", "converters"), WITH_IDS, ids=[name for name, _ in WITH_IDS])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_id_larger_than_the_database_knows_does_not_exist(
    clients, candidate, name, converters, method
):
    url = address(name, converters, candidate, huge=True)

    statuses = {getattr(client, method)(url).status_code for client in clients}

    assert statuses <= {404, 405}


FIELDS = [
    "number", "password", "session_number", "first_name", "birth_name", "birth_date", "birth_city",
    "code", "value", "present", "seen", "passed", "candidate", "question_number", "description",
    "site", "room", "date", "start_time", "end_time", "invigilators", "observations", "version",
    "sex", "extra_time_percent", "convocation_email", "results_email", "why", "comment", "kind",
    "has_incident", "global_comment", "documents_comment", "confirmed", "operation", "email", "role",
    "classe", "pupils", "page", "sessions", "documents",
]  # fmt: skip
IN_ADDRESSES = [
    "page", "v", "n", "r", "a", "statut", "q", "periode", "du", "au", "tri", "semaine", "modele",
    "classe", "jour",
]  # fmt: skip


SURROGATES = b"&".join(field.encode() + b"=" + SURROGATE for field in FIELDS)


def answers(accounts, url, junk):
    """The status of each method for each account; what they did is undone."""
    with transaction.atomic():
        statuses = [
            status
            for client in map(window, accounts)
            for status in (
                client.post(url, dict.fromkeys(FIELDS, junk)).status_code,
                client.get(url, dict.fromkeys(IN_ADDRESSES, junk)).status_code,
            )
        ]
        transaction.set_rollback(True)
    return statuses


@pytest.mark.parametrize(("name", "converters"), URLS, ids=[name for name, _ in URLS])
def test_junk_in_every_field_is_answered(cast, candidate, name, converters):
    url = address(name, converters, candidate)

    statuses = {kind: answers(cast[1], url, junk) for kind, junk in JUNK.items()}

    assert {kind: found for kind, found in statuses.items() if max(found) >= 500} == {}


@pytest.mark.parametrize(("name", "converters"), URLS, ids=[name for name, _ in URLS])
def test_lone_surrogates_are_answered(clients, candidate, name, converters):
    url = address(name, converters, candidate)

    statuses = [
        client.post(url, SURROGATES, content_type="application/x-www-form-urlencoded").status_code
        for client in clients
    ]

    assert max(statuses) < 500


def test_an_unknown_session_of_thirty_digits_reads_as_any_unknown_session(client):
    client.force_login(CandidateFactory(joined=True).user)

    response = client.post(
        reverse("invigilation:join"), {"number": "9" * 15, "password": "C-12345"}
    )

    assert response.status_code == 422
    assert "sont incorrects" in response.content.decode()
