"""The certificates of a session, in one file: asked for, drawn by the worker, taken."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from exam.scoring import Verdict
from finalisation import actions
from finalisation.certificates import CERTIFICATES
from sessions.actions import printing
from sessions.enums import PrintState
from sessions.models import PrintRun
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory, UserFactory
from tests.finalisation.pages import words
from tests.races.harness import run_rounds
from tests.races.races import beside_a_finished_test
from tests.sessions.papers import pages_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

WORDS = {"for_candidate": "Une aide extérieure.", "for_centre": "PV de fraude lu."}


@pytest.fixture
def officer():
    return UserFactory(officer=True)


@pytest.fixture
def session():
    return ExamSessionFactory()


def obtained_by(session, **fields):
    fields = {"birth_name": "Martin", "first_name": "Léa", "birth_date": date(2009, 3, 1)} | fields
    return situations.finished(session=session, **fields)


def given(session, officer):
    session.refresh_from_db()
    actions.finalise(session, by=officer)
    return actions.publish(session, by=officer)


@pytest.fixture
def member(client, session):
    user = MembershipFactory(centre=session.centre).user
    client.force_login(user)
    return user


def all_of(session):
    return reverse("finalisation:session_certificates", args=[session.pk])


def ask_for_all(client, session, soup):
    """From the page of the results, as a member does; gives the print run."""
    page = soup(client.get(reverse("finalisation:session_results", args=[session.pk])), "main")
    form = page.select_one("#certificates").find_parent("form")
    sent = {field["name"]: field["value"] for field in form.select("[name]")}
    answer = client.post(form["action"], sent)
    run = PrintRun.objects.get()
    assert answer.url == run.get_absolute_url()
    return run


def drawn(run):
    """As the worker does."""
    printing.draw_in_worker.call(str(run.pk))
    run.refresh_from_db()
    return run


def taken(client, run):
    return client.get(reverse("sessions:print_run_file", args=[run.pk]))


def test_the_centre_has_all_of_them_drawn_by_name_each_on_its_sheet(
    client, session, officer, member, soup
):
    for name in ("Zola", "Œuvrard", "Martin"):
        obtained_by(session, birth_name=name)
    situations.answer_all(situations.started(session=session, birth_name="Absous"), value=[0])
    given(session, officer)

    run = drawn(ask_for_all(client, session, soup))

    fronts = pages_of(b"".join(taken(client, run).streaming_content))[::2]
    assert [page.split("délivré par Pix à ")[1].split(" né")[0] for page in fronts] == [
        "Léa MARTIN",
        "Léa ŒUVRARD",
        "Léa ZOLA",
    ]


def test_they_are_drawn_ten_at_a_time_and_the_page_tells_how_far(
    client, session, officer, member, soup
):
    for _ in range(11):
        beside_a_finished_test(CandidateFactory(session=session))
    given(session, officer)

    run = drawn(ask_for_all(client, session, soup))

    assert (run.state, run.progress_done, run.progress_total) == (PrintState.DONE, 2, 2)
    assert "Télécharger le PDF (22 pages" in words(soup(client.get(run.get_absolute_url()), "main"))


def test_asking_for_them_is_noted_once(client, session, officer, member, soup):
    obtained_by(session)
    given(session, officer)
    operation = {"operation": uuid4()}

    for_them = [client.post(all_of(session), operation).url for _ in range(2)]

    event = AuditEvent.objects.get(kind="certificates.asked")
    assert (event.actor_id, event.session_id, event.data) == (member.pk, session.pk, {"count": 1})
    assert for_them == [PrintRun.objects.get().get_absolute_url()] * 2


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_is_noted_once(session, officer, member):
    obtained_by(session)
    session = given(session, officer)
    sent = Operation(uuid4(), "")

    broken = run_rounds(
        1,
        lambda: session,
        lambda session: [lambda: actions.ask_certificates(session, by=member, operation=sent)] * 2,
        lambda played: AuditEvent.objects.filter(kind="certificates.asked").count() == 1,
    )

    assert broken == 0


def test_taking_them_is_noted(client, session, officer, member, soup):
    obtained_by(session)
    given(session, officer)
    run = drawn(ask_for_all(client, session, soup))

    assert b"".join(taken(client, run).streaming_content)

    event = AuditEvent.objects.get(kind="certificates.downloaded")
    assert (event.actor_id, event.session_id, event.data) == (member.pk, session.pk, {"count": 1})


def test_they_are_no_document_that_a_request_draws(client, session, officer, member):
    obtained_by(session)
    given(session, officer)

    response = client.get(reverse("sessions:document", args=[session.pk, CERTIFICATES.key]))

    assert response.status_code == 404
    assert not AuditEvent.objects.filter(kind="document.issued").exists()


def test_those_of_results_taken_back_since_are_not_given(client, session, officer, member, soup):
    obtained_by(session)
    given(session, officer)
    run = drawn(ask_for_all(client, session, soup))

    actions.unpublish(session, why="Erreur", by=officer)

    assert taken(client, run).status_code == 404


def test_they_are_no_paper_of_the_day(client, session, officer, member):
    obtained_by(session)
    given(session, officer)

    assert CERTIFICATES not in printing.printable()


def test_a_session_where_nobody_obtained_it_says_so(client, session, officer, member, soup):
    situations.answer_all(situations.started(session=session), value=[0])
    given(session, officer)
    page = soup(client.get(reverse("finalisation:session_results", args=[session.pk])), "main")

    response = client.post(all_of(session))

    assert page.select("#certificates") == []
    assert response.status_code == 409
    assert "il n’y a pas de certificat" in response.text


# --- Results taken back, then given again ---------------------------------------------------------


def given_again(session, officer, *, without=None):
    actions.unpublish(session, why="Erreur", by=officer)
    if without:
        actions.decide_certification(without, verdict=Verdict.REJECTED, **WORDS, by=officer)
    return actions.publish(session, by=officer)


def test_a_file_drawn_before_a_rejection_is_not_given_after_the_next_publication(
    client, session, officer, member, soup
):
    obtained_by(session)
    rejected = obtained_by(session, birth_name="Zola")
    given(session, officer)
    run = drawn(ask_for_all(client, session, soup))

    given_again(session, officer, without=rejected)

    assert taken(client, run).status_code == 404


def test_a_file_asked_for_before_a_rejection_is_not_drawn_after_the_next_publication(
    client, session, officer, member, soup, settings
):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    obtained_by(session)
    rejected = obtained_by(session, birth_name="Zola")
    given(session, officer)
    run = ask_for_all(client, session, soup)
    given_again(session, officer, without=rejected)

    run = drawn(run)

    assert (run.state, run.file.name) == (PrintState.FAILED, "")


def test_a_run_from_before_the_publication_makes_way_for_a_new_one(
    client, session, officer, member, soup, settings
):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    obtained_by(session)
    given(session, officer)
    former = ask_for_all(client, session, soup)
    given_again(session, officer)

    run = drawn(ask_for_all(client, session, soup))

    assert run != former
    assert b"".join(taken(client, run).streaming_content).startswith(b"%PDF")
