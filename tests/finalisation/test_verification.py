"""« Vérifier un certificat »: what a stranger learns, and what he does not."""

import logging
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given as example
from hypothesis import strategies

from certif.accounts.models import SecretTries
from exam.scoring import Verdict
from finalisation import actions, verification
from finalisation.models import Certificate
from finalisation.verification import ALPHABET, draw_code, in_groups, read_code
from sessions.models import ExamSession
from tests import situations
from tests.factories import CentreFactory, ExamSessionFactory, UserFactory
from tests.finalisation.pages import words

URL = "/verification/"
UNKNOWN = "7K3M0XD941TCVARP"
WORDS = {"for_candidate": "Une aide extérieure.", "for_centre": "PV de fraude lu."}

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UserFactory(officer=True)


@pytest.fixture
def certificate(bank, officer):
    """Of Léa MARTIN, every answer right but the last quarter."""
    session = ExamSessionFactory(centre=CentreFactory(name="Collège Anne Frank"))
    who = {"birth_name": "Martin", "first_name": "Léa", "birth_date": date(2009, 3, 1)}
    attempt = situations.started(session=session, **who, external_id="INE-77", school_class="3e B")
    situations.answer_all(situations.answer_all(attempt, value=[1], upto=36))
    session.refresh_from_db()
    actions.finalise(session, by=officer)
    actions.publish(session, by=officer)
    ExamSession.objects.filter(pk=session.pk).update(date=date(2026, 12, 14))
    return Certificate.objects.select_related("attempt__candidate__session").get()


def ask(client, code, **extra):
    return client.post(URL, {"code": code}, **extra)


def answer(response, soup):
    """What the page says, but the field: it keeps what was typed."""
    return words(soup(response, "main"))


# --- The code -------------------------------------------------------------------------------------


def test_a_code_has_more_than_sixty_bits_and_no_two_letters_alike():
    assert len(ALPHABET) ** verification.LENGTH > 2**60
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert not set(ALPHABET) & set("OQILSZBU")


def test_no_code_is_drawn_twice():
    assert len({draw_code() for _ in range(1000)}) == 1000


@example(strategies.text(alphabet=ALPHABET, min_size=16, max_size=16))
def test_a_code_is_read_as_it_is_written(code):
    assert read_code(in_groups(code)) == code


@pytest.mark.parametrize(
    "typed",
    [
        "7k3m-0xd9-41tc-varp",
        "7K3M0XD941TCVARP",
        " 7K3M 0XD9 41TC VARP ",
        "7K3M—OXD9—4ITC—VARP",
        "7K3M-QXD9-4lTC-UARP",
        "７Ｋ３Ｍ-0XD9-41TC-VARP",
    ],
    ids=["lower case", "one word", "spaces", "O and I", "Q, l and U", "full width"],
)
def test_what_looks_like_a_code_is_read_as_it(typed):
    assert read_code(typed) == UNKNOWN


@pytest.mark.parametrize(
    "typed", ["", "7K3M", UNKNOWN + "A", "é" * 16, "٣" * 16, "-" * 16, "x" * 100]
)
def test_what_cannot_be_a_code_is_none(typed):
    assert read_code(typed) is None


# --- What it answers ------------------------------------------------------------------------------


def test_anybody_reads_name_date_and_result_and_nothing_more(client, certificate, soup):
    page = answer(ask(client, in_groups(certificate.code)), soup)

    assert "Certificat valable" in page
    assert "Léa MARTIN" in page
    assert "lundi 14 décembre 2026" in page
    assert "Certification obtenue, 75 % de réponses justes" in page
    hidden = ["2009", "Anne Frank", "3e B", "INE-77", str(certificate.attempt.certification_number)]
    assert [word for word in hidden if word in page] == []


@pytest.mark.parametrize("state", ["unpublished", "reopened", "cancelled", "rejected"])
def test_what_does_not_stand_any_more_reads_as_what_never_was(
    client, certificate, officer, soup, state
):
    session = certificate.attempt.candidate.session
    unknown = answer(ask(client, UNKNOWN), soup)
    actions.unpublish(session, why="Erreur", by=officer)
    then = {
        "unpublished": lambda: None,
        "reopened": lambda: actions.reopen(session, why="Une heure.", by=officer),
        "cancelled": lambda: decide_and_publish(certificate.attempt, Verdict.CANCELLED, officer),
        "rejected": lambda: decide_and_publish(certificate.attempt, Verdict.REJECTED, officer),
    }
    then[state]()

    response = ask(client, certificate.code)

    assert response.status_code == 200
    assert answer(response, soup) == unknown


def decide_and_publish(attempt, verdict, officer):
    actions.decide_certification(attempt, verdict=verdict, **WORDS, by=officer)
    actions.publish(attempt.candidate.session, by=officer)


def test_known_and_unknown_take_the_same_questions(client, certificate, officer):
    session = certificate.attempt.candidate.session
    actions.unpublish(session, why="Erreur", by=officer)

    asked = [statements_of(client, code) for code in (UNKNOWN, certificate.code)]

    assert asked[0] == asked[1]


def statements_of(client, code):

    with CaptureQueriesContext(
        connection,
    ) as captured:
        ask(client, code)
    return [query["sql"].replace(code, "") for query in captured if "finalisation_" in query["sql"]]


def test_what_is_no_code_is_said_so_and_kept(client, soup):
    response = ask(client, "7K3M")

    page = soup(response)
    assert response.status_code == 422
    assert "Ce n’est pas un code entier" in words(page.select_one("main"))
    assert page.select_one("#id_code")["value"] == "7K3M"
    assert not SecretTries.objects.exists()


@pytest.mark.parametrize(
    "code", ["\x00" * 16, "'; DROP TABLE", "<script>alert(1)</script>", "A" * 200_000, "\ud800"]
)
def test_hostile_codes_are_answered(client, code):
    body = b"code=" + code.encode("utf-8", "surrogatepass")

    response = client.post(URL, body, content_type="application/x-www-form-urlencoded")

    assert response.status_code == 422
    assert "<script>alert" not in response.text


def test_the_page_needs_no_login_and_is_found_nor_kept_by_nobody(client):
    response = client.get(URL)

    assert response.status_code == 200
    assert response["X-Robots-Tag"] == "noindex"
    assert "no-store" in response["Cache-Control"]
    assert reverse("verification:verify") == URL


def test_a_form_of_another_site_is_refused(certificate):
    assert Client(enforce_csrf_checks=True).post(URL, {"code": UNKNOWN}).status_code == 403


def test_neither_the_code_nor_the_name_is_logged(client, certificate, caplog):
    caplog.set_level(logging.DEBUG)

    ask(client, certificate.code)
    ask(client, "7K3M")

    assert certificate.code not in caplog.text
    assert "MARTIN" not in caplog.text


# --- How often ------------------------------------------------------------------------------------


@pytest.fixture
def patience(monkeypatch):
    """Three wrong codes, to try it quickly."""
    monkeypatch.setattr(verification, "WRONG_CODES", 3)


@pytest.mark.usefixtures("patience")
def test_wrong_codes_are_counted_and_a_right_one_is_not_read_while_waiting(client, certificate):
    statuses = [ask(client, UNKNOWN).status_code for _ in range(4)]

    response = ask(client, certificate.code)

    assert statuses == [200, 200, 200, 429]
    assert response.status_code == 429
    assert "Trop de codes erronés depuis votre réseau. Réessayez dans 60 minutes." in response.text
    assert "Retry-After" in response
    assert "MARTIN" not in response.text


@pytest.mark.usefixtures("patience")
def test_an_hour_later_it_is_read_again(client, certificate):
    with time_machine.travel("2026-12-14T09:00:00Z", tick=False) as clock:
        statuses = [ask(client, UNKNOWN).status_code for _ in range(4)]
        clock.shift(verification.WITHIN_SECONDS + 1)
        response = ask(client, certificate.code)

    assert statuses[-1] == 429
    assert "Léa MARTIN" in response.text


@pytest.mark.usefixtures("patience")
def test_right_codes_are_never_counted(client, certificate):
    statuses = {ask(client, certificate.code).status_code for _ in range(6)}

    assert statuses == {200}
    assert not SecretTries.objects.exists()


@pytest.mark.usefixtures("patience")
def test_a_right_code_among_wrong_ones_opens_no_new_hour(client, certificate):
    codes = [UNKNOWN, certificate.code, UNKNOWN, certificate.code, UNKNOWN]

    statuses = [ask(client, code).status_code for code in [*codes, certificate.code]]

    assert statuses == [200, 200, 200, 200, 200, 429]


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("192.0.2.1", "192.0.2.2", 200),
        ("2001:db8::1", "2001:db8::ffff:2", 429),
        ("2001:db8::1", "2001:db8:0:1::1", 200),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", 200),
        ("::ffff:192.0.2.1", "192.0.2.1", 429),
    ],
    ids=["another", "of the same subscriber", "another subscriber", "dressed", "undressed"],
)
def test_each_network_is_counted_for_itself(client, first, second, status):
    for _ in range(3):
        ask(client, UNKNOWN, REMOTE_ADDR=first)

    assert ask(client, UNKNOWN, REMOTE_ADDR=second).status_code == status


@pytest.mark.usefixtures("patience")
def test_behind_a_proxy_the_address_is_the_one_it_saw(client, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    claims = [f"203.0.113.{n}, 192.0.2.1" for n in range(4)]

    statuses = [ask(client, UNKNOWN, HTTP_X_FORWARDED_FOR=claim).status_code for claim in claims]

    assert statuses == [200, 200, 200, 429]


@pytest.mark.usefixtures("patience")
def test_without_a_proxy_nobody_says_where_he_comes_from(client):
    claims = [f"203.0.113.{n}" for n in range(4)]

    statuses = [ask(client, UNKNOWN, HTTP_X_FORWARDED_FOR=claim).status_code for claim in claims]

    assert statuses == [200, 200, 200, 429]


def test_the_address_is_kept_nowhere(client):
    ask(client, UNKNOWN, REMOTE_ADDR="192.0.2.77")

    assert "192.0.2.77" not in SecretTries.objects.get().key
