"""The certificates of a session, in one file: asked for, drawn by the worker, taken."""

from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone

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


def test_they_are_drawn_ten_at_a_time_and_counted_one_by_one(
    client, session, officer, member, soup
):
    for _ in range(11):
        beside_a_finished_test(CandidateFactory(session=session))
    given(session, officer)

    run = drawn(ask_for_all(client, session, soup))

    assert (run.state, run.progress_done, run.progress_total) == (PrintState.DONE, 11, 11)
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

    response = taken(client, run)
    assert response.status_code == 409
    assert "Ces certificats ne sont plus valables" in response.text
    assert not AuditEvent.objects.filter(kind="certificates.downloaded").exists()


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

    assert taken(client, run).status_code == 409


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


# --- What its page says ---------------------------------------------------------------------------


@pytest.fixture
def later(settings):
    """The worker comes when the test calls it."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def asked(client, session, officer, member, soup, later):
    obtained_by(session)
    given(session, officer)
    return ask_for_all(client, session, soup)


def page_of(client, run, soup):
    return soup(client.get(run.get_absolute_url()), "main")


def of_the_day(text):
    return [
        word for word in ("journée »", "mots de passe", "impression", "document") if word in text
    ]


def test_the_page_speaks_of_certificates_while_they_are_drawn(client, asked, soup):
    PrintRun.objects.update(state=PrintState.DRAWING, progress_done=10, progress_total=11)

    page = words(page_of(client, asked, soup))

    assert f"Certificats de la session {asked.session_ids[0]}" in page
    assert "Les certificats sont en cours de fabrication" in page
    assert "10 certificats sur 11" in page
    assert of_the_day(page) == ["journée »"]


def test_the_page_speaks_of_certificates_once_they_are_drawn(client, asked, soup):
    page = words(page_of(client, drawn(asked), soup))

    assert "Les certificats sont prêts" in page
    assert of_the_day(page) == []


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (PrintState.WAITING, "La préparation des certificats attend depuis plus de deux minutes"),
        (PrintState.DRAWING, "La préparation des certificats a été interrompue"),
    ],
)
def test_the_page_speaks_of_certificates_when_the_worker_is_gone(client, asked, soup, state, said):
    PrintRun.objects.update(state=state, beat_at=timezone.now() - timedelta(minutes=3))

    assert said in words(page_of(client, asked, soup))


def test_the_page_leads_back_to_the_results(client, asked, session, soup):
    link = page_of(client, asked, soup).select_one(".back")

    assert words(link) == f"← Résultats de la session {session.pk}"
    assert client.get(link["href"]).status_code == 200


def test_the_file_and_its_title_tell_the_session(client, asked, session):
    response = taken(client, drawn(asked))

    assert f'filename="certificats-session-{session.pk}.pdf"' in response["Content-Disposition"]
    with pikepdf.open(BytesIO(b"".join(response.streaming_content))) as pdf:
        assert (
            pdf.docinfo.Title == f"Certificats de la session {session.pk} · {session.centre.name}"
        )


def test_the_papers_of_the_day_list_it_by_its_name(client, asked, session, soup):
    page = soup(client.get(reverse("sessions:print_day", args=[session.centre_id])), "main")

    line = page.select_one("[aria-labelledby=runs-title] li")
    assert words(line).startswith(f"Certificats de la session {session.pk}")


def test_deleting_it_leads_back_to_the_results(client, asked, session):
    response = client.post(reverse("sessions:print_run_abandon", args=[asked.pk]), follow=True)

    assert response.request["PATH_INFO"] == all_of(session).replace("certificats/", "")
    assert "La préparation des certificats est supprimée" in response.text


# --- Taken back -----------------------------------------------------------------------------------


def test_the_page_says_that_certificates_taken_back_are_worth_nothing(
    client, asked, session, officer, soup
):
    run = drawn(asked)
    actions.unpublish(session, why="Erreur", by=officer)

    page = page_of(client, run, soup)

    assert "Ces certificats ne sont plus valables" in words(page)
    assert "La session a été dépubliée depuis leur préparation." in words(page)
    assert page.select("#take, #again") == []
    assert client.get(page.select_one(".back")["href"]).status_code == 200


def test_the_page_says_that_others_were_published_since(client, asked, session, officer, soup):
    run = drawn(asked)
    given_again(session, officer)

    page = page_of(client, run, soup)

    assert "puis publiée de nouveau" in words(page)
    assert page.select("#take") == []


@pytest.mark.parametrize("state", [PrintState.WAITING, PrintState.DRAWING])
def test_a_page_that_waits_learns_that_they_were_taken_back(
    client, asked, session, officer, soup, state
):
    PrintRun.objects.update(state=state)
    asks = page_of(client, asked, soup).select_one("#print-run")["hx-get"]
    actions.unpublish(session, why="Erreur", by=officer)

    headers = {"HX-Request": "true", "HX-Target": "print-run"}
    fragment = soup(client.get(asks, headers=headers))

    said = "Ces certificats ne sont plus valables"
    assert said in words(fragment.select_one("#print-run h2"))
    assert said in words(fragment.select_one("[hx-swap-oob]"))
    assert "hx-trigger" not in fragment.select_one("#print-run").attrs


def test_those_taken_back_are_not_drawn_again(client, asked, session, officer):
    PrintRun.objects.update(state=PrintState.FAILED, failure="Une panne.")
    actions.unpublish(session, why="Erreur", by=officer)

    response = client.post(reverse("sessions:print_run_resume", args=[asked.pk]))

    asked.refresh_from_db()
    assert response.status_code == 409
    assert "Ces certificats ne sont plus valables" in response.text
    assert asked.state == PrintState.FAILED
    assert AuditEvent.objects.filter(kind="print.run").count() == 1


def test_the_papers_of_the_day_tell_that_they_are_worth_nothing(
    client, asked, session, officer, soup
):
    drawn(asked)
    actions.unpublish(session, why="Erreur", by=officer)

    page = soup(client.get(reverse("sessions:print_day", args=[session.centre_id])), "main")

    assert "plus valable" in words(page.select_one("[aria-labelledby=runs-title] li"))


def test_another_run_at_work_is_shown_with_the_results(client, asked, session, member, soup):
    PrintRun.objects.update(document_keys=["kit-surveillant"])

    response = client.post(all_of(session))

    alert = soup(response, ".form-errors")
    assert response.status_code == 409
    assert "Une de vos impressions est en cours" in words(alert)
    assert alert.a["href"] == asked.get_absolute_url()
