"""The rule book of what is told of a session once it began: what is typed, and what is answered."""

import pytest
from django.core import mail
from django.urls import reverse

from exam.models import Question
from finalisation.models import UnfinishedTest
from invigilation.models import IncidentCode, IncidentReport
from tests import situations
from tests.factories import CentreFactory, MembershipFactory, UserFactory
from tests.finalisation.pages import fields
from tests.finalisation.pages import url as closing
from tests.invigilation.pages import url as room

pytestmark = pytest.mark.django_db

LONG = "é" * 501
LINES = "\r\n".join(["abcd"] * 100)  # The end of a line counts for one: 499.


def words(response):
    return " ".join(response.content.decode().split())


# --- An incident is told --------------------------------------------------------------------------


@pytest.fixture
def candidate(bank, client):
    Question.objects.update(image="questions/barres.svg", image_alt="des barres")
    candidate = situations.started().candidate
    client.force_login(situations.invigilator_of(candidate.session))
    return candidate


def report(client, candidate, code, **typed):
    chosen = IncidentCode.objects.filter(code=code).values_list("pk", flat=True).first()
    return client.post(room("report", candidate), {"code": chosen or code} | typed)


@pytest.mark.parametrize("code", ["E1", "E2", "E3", "E4", "E5", "E6", "E7"])
def test_a_problem_of_a_question_needs_its_number(client, candidate, code):
    response = report(client, candidate, code, description="L’écran est noir")

    assert response.status_code == 422
    assert "Indiquez le numéro de la question." in words(response)
    assert not IncidentReport.objects.exists()


@pytest.mark.parametrize(
    ("code", "typed", "sentence"),
    [
        ("C9", {}, "Choisissez un type de signalement de la liste."),
        ("", {}, "Choisissez un type de signalement."),
        ("E8", {"question_number": "1"}, "Choisissez un type de signalement de la liste."),
        ("E1", {"question_number": "0"}, "compris entre 1 et 48"),
        ("E1", {"question_number": "49"}, "compris entre 1 et 48"),
        ("E1", {"question_number": "douze"}, "Indiquez un nombre, avec des chiffres uniquement."),
        ("C5", {"description": LONG}, "limitée à 500 caractères (501 écrits)"),
        ("C5", {"description": "a\x00b"}, "caractère non autorisé"),
    ],
    ids=["unknown", "none", "asleep", "0", "49", "a word", "501 letters", "NUL"],
)
def test_a_report_that_cannot_be_is_refused_with_its_reason(
    client, candidate, code, typed, sentence
):
    response = report(client, candidate, code, **typed)

    assert response.status_code == 422
    assert sentence in words(response)
    assert not IncidentReport.objects.exists()


@pytest.mark.parametrize("text", ["é" * 500, LINES, "👋" * 500], ids=["letters", "lines", "emoji"])
def test_five_hundred_characters_are_taken(client, candidate, text):
    assert report(client, candidate, "C5", description=text).status_code == 302

    assert IncidentReport.objects.get().description == text.replace("\r\n", "\n")


def test_two_reports_of_one_candidate_are_both_kept(client, candidate):
    report(client, candidate, "C5")
    report(client, candidate, "E1", question_number="1")

    assert IncidentReport.objects.filter(candidate=candidate).count() == 2


# --- A session is finalised -----------------------------------------------------------------------


@pytest.fixture
def session(bank, client):
    session = situations.finished().candidate.session
    client.force_login(MembershipFactory(centre=session.centre).user)
    return session


def finalise(client, session, **typed):
    sent = fields(client.get(closing("closing_file", session)))
    return client.post(closing("confirm", session), sent | typed)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"has_incident": "yes", "global_comment": ""}, "Décrivez"),
        ({"has_incident": "yes", "global_comment": " \r\n "}, "Décrivez"),
        ({"has_incident": "yes", "global_comment": LONG}, "limité à 500 caractères (501 écrits)"),
        ({"has_incident": "no", "documents_comment": LONG}, "limité à 500 caractères (501 écrits)"),
        ({"has_incident": "no", "documents_comment": "a\x00b"}, "caractère non autorisé"),
    ],
    ids=["incident, empty", "incident, spaces", "comment, 501", "documents, 501", "NUL"],
)
def test_a_file_that_cannot_be_is_not_finalised(client, session, typed, sentence):
    response = finalise(client, session, **typed)

    session.refresh_from_db()
    assert response.status_code == 422
    assert sentence in words(response)
    assert session.is_open


@pytest.mark.parametrize("reason", ["", "fatigue", "1"])
def test_a_test_without_one_of_the_two_reasons_is_named(client, session, reason):
    ended = situations.ended(session=session, birth_name="Zola")

    response = finalise(client, session, **{f"reason-{ended.pk}": reason})

    session.refresh_from_db()
    assert response.status_code == 422
    assert "ZOLA" in words(response)
    assert session.is_open
    assert not UnfinishedTest.objects.exists()


def test_a_finalised_session_says_by_whom(client, session):
    situations.finalised(session, by=UserFactory(first_name="Léa", last_name="Morel"))

    response = client.post(closing("confirm", session), {"confirm": "1"})

    assert response.status_code == 409
    assert "Léa MOREL" in words(response)


# --- At the officers’ -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("%", ["Lycée 100 %"]),
        ("_", ["Lycée a_b"]),
        ("\\", ["Lycée c\\d"]),
        ("x" * 2000, []),
        ("' OR 1=1 --", []),
    ],
    ids=["per cent", "underscore", "backslash", "2000", "SQL"],
)
def test_a_search_looks_for_the_very_letters(client, typed, found):
    for name in ["Lycée 100 %", "Lycée a_b", "Lycée c\\d", "Lycée"]:
        CentreFactory(name=name)
    client.force_login(UserFactory(officer=True))

    page = client.get(reverse("admin:accounts_centre_changelist"), {"q": typed})

    assert page.status_code == 200
    assert [centre.name for centre in page.context["cl"].result_list] == found


def test_a_mail_leads_to_this_site_whatever_the_request_says_of_its_host(client, settings):
    settings.SITE_URL = "https://certif.example"
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}

    client.post(
        reverse("account_reset_password"),
        {"email": UserFactory().email},
        headers={"X-Forwarded-Host": "ailleurs.example", "X-Forwarded-Server": "ailleurs.example"},
    )

    (sent,) = mail.outbox
    assert "https://certif.example/" in sent.body
    assert "ailleurs" not in sent.body
