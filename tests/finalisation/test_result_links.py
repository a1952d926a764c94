"""The link of a mail: for one recipient of one publication, for thirty days."""

import csv
import json
import logging
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
import time_machine
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from certif.audit.models import AuditEvent
from certif.lib.logs import JsonFormatter
from certif.settings import LOGGING
from finalisation import actions
from finalisation.models import Mailing
from finalisation.result_links import LINK_LASTS, SALT, address_of
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.finalisation.mails import deliver
from tests.finalisation.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer():
    return UserFactory(officer=True)


@pytest.fixture
def session(bank, officer):
    """Martin and Œuvrard for one family, Zola for another."""
    session = ExamSessionFactory()
    for name, address in (("Œuvrard", "a@x.test"), ("Martin", "A@x.test"), ("Zola", "b@x.test")):
        situations.finished(session=session, birth_name=name, results_email=address)
    CandidateFactory(session=session, birth_name="Absent", results_email="a@x.test")
    situations.finalised(session)
    return actions.publish(session, by=officer)


@pytest.fixture
def link(session):
    """Of a mail that left."""
    deliver(kind="results")
    return address_of(Mailing.objects.get(recipient="a@x.test"))


def refusal(response, soup):
    return response.status_code, words(soup(response, "main"))


def test_the_mail_carries_the_link_that_opens(session, client, mailoutbox):
    deliver(recipient="a@x.test")
    (address,) = [line for line in mailoutbox[0].body.split() if "/lien/" in line]

    response = client.get(address.removeprefix("http://127.0.0.1:8000"))

    assert response.status_code == 200


def test_a_recipient_reads_his_candidates_only(client, session, link, soup):
    rows = soup(client.get(link)).select("tbody tr")

    assert [words(row).split()[0] for row in rows] == ["MARTIN", "ŒUVRARD"]
    assert "Certification obtenue" in words(rows[0])


def lines_of_csv(response):
    text = response.content.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text), delimiter=";"))


def test_the_files_hold_the_same_without_the_words_to_the_centre(client, session, link):
    lines = lines_of_csv(client.get(f"{link}resultats.csv"))
    book = load_workbook(BytesIO(client.get(f"{link}resultats.xlsx").content))

    rows = list(book.active.iter_rows(values_only=True))
    assert [line["Nom de naissance"] for line in lines] == ["Martin", "Œuvrard"]
    assert [row[2] for row in rows[1:]] == ["Martin", "Œuvrard"]
    assert "Commentaire de l’équipe Pix" not in lines[0]
    assert "Commentaire de l’équipe Pix" not in rows[0]


def test_what_is_opened_and_taken_is_noted(client, session, link):
    mailing = Mailing.objects.get(recipient="a@x.test")

    client.get(link)
    client.get(f"{link}resultats.csv")

    events = AuditEvent.objects.filter(kind__endswith="_by_link").order_by("id")
    assert [(event.kind, event.actor_id, event.session_id, event.data) for event in events] == [
        ("results.opened_by_link", None, session.pk, {"mailing": mailing.pk}),
        (
            "results.downloaded_by_link",
            None,
            session.pk,
            {"mailing": mailing.pk, "what": "csv"},
        ),
    ]


def test_the_history_says_who_opened_it(client, session, link, soup):
    client.get(link)
    session.centre.memberships.create(user=(member := UserFactory()))
    client.force_login(member)

    page = soup(client.get(reverse("sessions:session_history", args=[session.pk])), "main")

    assert "a@x.test a ouvert le lien vers les résultats reçu par e-mail." in words(page)


def test_it_is_kept_by_no_cache_and_told_to_no_other_page(client, session, link):
    response = client.get(link)

    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "strict-origin"
    assert response["X-Robots-Tag"] == "noindex"


def test_it_is_not_written_in_the_logs(link):
    formatter = JsonFormatter(secret_after=LOGGING["formatters"]["json"]["secret_after"])
    record = logging.makeLogRecord({"msg": f"Gone: {link}resultats.csv", "name": "x"})

    message = json.loads(formatter.format(record))["message"]

    assert message == "Gone: /certifications/resultats/lien/…/resultats.csv"


def test_it_opens_for_thirty_days(client, session, link, soup):
    with time_machine.travel(timezone.now() + LINK_LASTS - timedelta(minutes=1)):
        before = client.get(link).status_code
    with time_machine.travel(timezone.now() + LINK_LASTS + timedelta(minutes=1)):
        status, sentence = refusal(client.get(link), soup)

    assert (before, status) == (200, 410)
    assert "Ce lien a expiré" in sentence
    assert "30 jours" in sentence
    assert "Demandez-les au centre de certification." in sentence
    assert "MARTIN" not in sentence


@pytest.mark.parametrize("state", ["unpublished", "reopened"])
@pytest.mark.parametrize("file", ["", "resultats.csv", "resultats.xlsx"])
def test_results_withdrawn_are_not_read(client, session, officer, link, soup, state, file):
    actions.unpublish(session, why="Erreur", by=officer)
    moves = {
        "unpublished": lambda: None,
        "reopened": lambda: actions.reopen(session, why="Une heure.", by=officer),
    }
    moves[state]()

    status, sentence = refusal(client.get(f"{link}{file}"), soup)

    assert status == 410
    assert "Pix a retiré ces résultats" in sentence


def test_the_link_of_a_former_publication_says_to_take_the_latest(
    client, session, officer, link, soup
):
    actions.unpublish(session, why="Erreur", by=officer)
    actions.publish(session, by=officer)

    former = refusal(client.get(link), soup)
    latest = Mailing.objects.filter(recipient="a@x.test").first()

    assert former[0] == 410
    assert "ouvrez le lien du plus récent" in former[1]
    assert client.get(address_of(latest)).status_code == 200


def signed(value, *, salt=SALT):
    return reverse("results:by_link", args=[signing.dumps(value, salt=salt)])


def test_forged_links_open_nothing(client, session, link, soup):
    pk = Mailing.objects.get(recipient="a@x.test").pk
    head, _, tail = link.rstrip("/").rpartition(":")
    forged = [
        f"{head}:{tail[::-1]}/",
        f"{head}:/",
        link.replace(
            signing.dumps(pk, salt=SALT).split(":")[0],
            signing.b64_encode(str(pk + 1).encode()).decode(),
        ),
        signed(pk, salt="another"),
        signed(10**6),
        "/certifications/resultats/lien/1/",
        "/certifications/resultats/lien/%ED%A0%80/",
        f"/certifications/resultats/lien/{'x' * 5000}/",
    ]

    answers = [refusal(client.get(address), soup) for address in forged]

    assert {status for status, _ in answers} == {404}
    assert {"Ce lien n’ouvre rien" in sentence for _, sentence in answers[:6]} == {True}


def test_the_link_of_another_mail_opens_no_results(client, session, soup):
    session.centre.memberships.create(user=UserFactory())
    actions.unpublish(session, why="Erreur", by=UserFactory(officer=True))
    actions.reopen(session, why="Une heure.", by=UserFactory(officer=True))
    other = Mailing.objects.exclude(kind="results").get()

    assert client.get(signed(other.pk)).status_code == 404


def test_a_mail_that_was_erased_opens_nothing(client, session, link):
    Mailing.objects.all().delete()

    assert client.get(link).status_code == 404


def test_the_page_takes_the_same_queries_whatever_the_room(
    client, session, link, django_assert_num_queries
):
    with django_assert_num_queries(3):
        client.get(link)
