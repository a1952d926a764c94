"""What nobody asked for is not written, nor shown, nor told in an address (docs/faults.md, A and B)."""

import re

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.urls import reverse

from certif.accounts.models import Role, User
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    MembershipFactory,
    QuestionFactory,
)
from tests.finalisation.pages import fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    QuestionFactory.create_bank()
    return ExamSessionFactory(password="C-XQ7XQ", access_code="XQVW77")


@pytest.fixture
def member(session):
    return MembershipFactory(centre=session.centre, role=Role.MEMBER).user


def window(user):
    client = Client()
    client.force_login(user)
    return client


# --- A form takes what it asks, and nothing else --------------------------------------------------


def row_of(instance, but):
    """Every column of a row, those excepted that the form is there to write."""
    instance = type(instance).objects.get(pk=instance.pk)
    names = {field.attname for field in instance._meta.concrete_fields} - but
    return {name: getattr(instance, name) for name in names}


def more_than_asked(model, asked):
    """A value for each column, and for each relation, that the form does not ask."""
    names = {name for field in model._meta.fields for name in (field.name, field.attname)}
    return dict.fromkeys(names - set(asked), "1")


def sent_with_every_column(client, url, row, changed, form="main form[method=post]"):
    asked = fields(client.get(url), form)
    data = {**asked, **more_than_asked(type(row), asked), **changed}
    return client.post(url, data)


def test_the_form_of_a_session_writes_its_fields_alone(session, member):
    mine = {"room", "search_key", "version"}
    before = row_of(session, mine)
    url = reverse("sessions:session_edit", args=[session.pk])

    response = sent_with_every_column(window(member), url, session, {"room": "Salle 12"})

    assert response.status_code == 302
    assert ExamSession.objects.get(pk=session.pk).room == "Salle 12"
    assert row_of(session, mine) == before


def test_the_form_of_a_candidate_writes_its_fields_alone(session, member):
    candidate = CandidateFactory(session=session)
    mine = {"first_name", "identity_key", "row_version"}
    before = row_of(candidate, mine)
    url = reverse("sessions:candidate_edit", args=[session.pk, candidate.pk])

    response = sent_with_every_column(window(member), url, candidate, {"first_name": "Zoé"})

    assert response.status_code == 302
    assert Candidate.objects.get(pk=candidate.pk).first_name == "Zoé"
    assert row_of(candidate, mine) == before


def test_the_form_of_an_account_writes_its_fields_alone(member):
    client, url = window(member), reverse("accounts:profile")
    before = row_of(member, {"first_name"})

    response = sent_with_every_column(client, url, member, {"first_name": "Zoé"})

    assert response.status_code == 302
    assert User.objects.get(pk=member.pk).first_name == "Zoé"
    assert row_of(member, {"first_name"}) == before


# --- Each one reads what he works with ------------------------------------------------------------

MARKED = {
    "birth_city": "Vierzonmarque",
    "convocation_email": "convocation@marque.test",
    "results_email": "resultats@marque.test",
    "external_id": "INEMARQUE99",
    "school_class": "3eMarque",
}
DESK = [
    ("sessions:candidate_list", {"school_class"}),
    ("sessions:session_detail", set()),
    ("finalisation:closing_file", set()),
]
ROOM = [("invigilation:board", set()), ("invigilation:code", set())]


def shown(client, url):
    page = client.get(url, follow=True).content.decode()
    return {name for name, value in MARKED.items() if value in page}


@pytest.fixture
def marked(session):
    candidate = CandidateFactory(session=session, joined=True, extra_time_percent=33, **MARKED)
    situations.present(candidate)
    return candidate


@pytest.mark.parametrize(("name", "known"), ROOM)
def test_a_room_is_told_no_address_nor_place_nor_number_of_a_minor(session, marked, name, known):
    tablet = window(InvigilatorAccessFactory(session=session).user)

    assert shown(tablet, reverse(name, args=[session.pk])) == known


@pytest.mark.parametrize(("name", "known"), DESK)
def test_a_page_of_the_centre_tells_what_it_is_for(session, member, marked, name, known):
    situations.finished(session=session)

    assert shown(window(member), reverse(name, args=[session.pk])) == known


@pytest.mark.parametrize("name", ["exam:start", "exam:waiting"])
def test_a_candidate_is_not_shown_his_extra_time_nor_his_file(marked, name):
    client = window(marked.user)
    url = reverse(name, args=[marked.pk])

    assert shown(client, url) == set()
    text = BeautifulSoup(client.get(url).content, "html.parser").get_text()
    assert not re.search(r"33\s*%", text)


# --- No secret in an address or a title -----------------------------------------------------------


def told_outside_the_page(client, url):
    """What a browser keeps and sends on: addresses, titles."""
    response = client.get(url)
    page = BeautifulSoup(response.content, "html.parser")
    links = [tag.get(name, "") for tag in page() for name in ("href", "src", "action", "hx-get")]
    titles = [title.get_text() for title in page.select("title")]
    return " ".join([response.get("Location", ""), *links, *titles])


SCREENS = [
    ("member", "sessions:session_detail"),
    ("member", "sessions:candidate_list"),
    ("member", "sessions:documents"),
    ("invigilator", "invigilation:board"),
    ("invigilator", "invigilation:code"),
]


@pytest.mark.parametrize(("role", "name"), SCREENS)
def test_no_secret_stands_in_an_address_or_a_title(session, member, role, name):
    invigilator = InvigilatorAccessFactory(session=session).user
    client = window({"member": member, "invigilator": invigilator}[role])

    told = told_outside_the_page(client, reverse(name, args=[session.pk]))

    assert session.access_code not in told
    assert session.password.removeprefix("C-") not in told


def test_a_code_that_was_typed_is_not_in_the_address_that_follows(session):
    candidate = CandidateFactory(session=session, joined=True)
    situations.present(candidate)
    code = session.access_code

    response = window(candidate.user).post(
        reverse("exam:start", args=[candidate.pk]), {"code": code}, follow=True
    )

    assert response.redirect_chain
    assert code not in str(response.redirect_chain)
    assert code not in response.content.decode()


# --- Verbs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["trace", "options"])
@pytest.mark.parametrize("name", ["sessions:session_detail", "finalisation:closing_file"])
def test_a_verb_that_serves_nobody_is_refused(session, member, name, method):
    url = reverse(name, args=[session.pk])

    assert getattr(window(member), method)(url).status_code == 405


@pytest.mark.parametrize("path", ["/media/", "/media/documents/1.pdf", "/var/", "/.git/config"])
def test_no_file_is_served_by_its_place(member, path):
    assert window(member).get(path).status_code == 404
