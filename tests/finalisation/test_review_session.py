import uuid

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from certif.audit.models import AuditEvent
from finalisation import actions
from finalisation.models import Certification, ClosingDocument, ClosingFile
from invigilation.models import IncidentCode, IncidentReport
from sessions.enums import SessionState
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.finalisation.pages import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


def address(name, *args):
    return reverse(f"admin:exam_sessions_examsession_{name}", args=args)


def posted(**fields):
    return {"operation": uuid.uuid4(), **fields}


def reported(code="C1", **fields):
    """A finalised session with one report that an officer has to look at."""
    written = report(situations.finished().candidate, code, **fields)
    situations.finalised(written.candidate.session)
    return written


def report(candidate, code, **fields):
    code = IncidentCode.objects.filter(code=code).first()
    return IncidentReport.objects.create(
        candidate=candidate,
        code=code,
        needs_description=code.needs_description,
        needs_question=code.needs_question,
        description="C’est Kirkov et non Kirkove.",
        written_by=UserFactory(),
        written_on="board",
        **fields,
    )


def document_of(session, kind="sheet"):
    return ClosingDocument.objects.create(
        session=session,
        kind=kind,
        name="Émargement.pdf",
        content_type="application/pdf",
        size=8,
        added_by=UserFactory(),
        file=ContentFile(b"%PDF-1.7", "document.pdf"),
    )


def test_the_page_tells_one_session_whole(client, officer, soup):
    report = reported()
    session = report.candidate.session
    attempt = report.candidate.attempt

    page = soup(client.get(address("change", session.pk))).get_text(" ", strip=True)

    assert "À traiter" in page
    assert "1 signalement demande une décision." in page
    assert str(session.centre) in page
    assert "C’est Kirkov et non Kirkove." in page
    assert str(attempt.certification_number) in page
    assert "Validée" in page
    assert "48/48 · 100\u00a0%" in page
    assert "a finalisé la session (dans les 48 heures)." in page


def test_the_minutes_granted_stand_with_the_hours_of_the_test(client, officer, soup):
    attempt = situations.started()
    situations.granted(attempt, 10)
    situations.answer_all(attempt)
    situations.finalised(attempt.candidate.session)

    page = soup(client.get(address("change", attempt.candidate.session_id)))

    assert "+\u00a010\u00a0min accordées" in page.text


def test_the_page_holds_no_field_of_the_session(client, officer, soup):
    session = situations.finalised()

    page = soup(client.get(address("change", session.pk)), "main")

    assert page.select("input, select, textarea") == []


def test_the_secrets_of_the_session_are_not_shown(client, officer):
    session = situations.finalised()

    page = client.get(address("change", session.pk)).text

    assert session.password not in page
    assert session.access_code not in page


def test_a_report_on_a_question_shows_the_question_and_what_the_candidate_did(
    client, officer, soup
):
    report = reported("E2", question_number=7)
    answer = report.candidate.attempt.answers.get(number=7)

    article = soup(
        client.get(address("change", report.candidate.session_id)), f"#signalement-{report.pk}"
    )

    assert answer.question.statement in article.text
    assert "juste" in article.text


def test_an_open_session_can_be_read_and_nothing_else(client, officer, soup):
    session = CandidateFactory().session

    page = soup(client.get(address("change", session.pk)), "main")

    assert "Le centre n’a pas encore finalisé cette session." in page.text
    assert page.select(".steps a, form") == []


def test_the_candidates_come_before_the_reports_and_the_page_says_what_it_holds(
    client, officer, soup
):
    session = reported().candidate.session

    page = soup(client.get(address("change", session.pk)), "main")

    anchors = [link["href"] for link in page.select(".anchors a")]
    assert anchors[:2] == ["#candidats", "#signalements"]
    assert [f"#{section['id']}" for section in page.select("section[id], #historique")] == anchors
    assert words(page.select_one(".anchors .flag")) == "1 à décider"


def test_posting_fields_to_the_page_changes_nothing(client, officer):
    session = situations.finalised()

    response = client.post(
        address("change", session.pk), {"state": "published", "room": "Ailleurs"}
    )

    session.refresh_from_db()
    assert response.status_code == 405
    assert session.state == SessionState.FINALISED
    assert session.room == "Salle 208"


@pytest.mark.parametrize("tail", ["add/", "{pk}/delete/", "{pk}/history/"])
def test_nothing_adds_or_deletes_a_session(client, officer, tail):
    session = situations.finalised()

    path = reverse("admin:exam_sessions_examsession_changelist") + tail.format(pk=session.pk)

    assert client.post(path, {"post": "yes"}).status_code == 404


def test_an_officer_takes_a_session_in_charge(client, officer):
    session = situations.finalised()

    response = client.post(address("assign", session.pk), posted(), follow=True)

    session.refresh_from_db()
    assert session.state == SessionState.IN_REVIEW
    assert ClosingFile.objects.get(session=session).officer == officer
    assert "Vous avez pris la session en charge." in response.text


def test_publishing_asks_before(client, officer):
    session = situations.finalised()

    response = client.get(address("publish", session.pk))

    session.refresh_from_db()
    assert "reçoit un e-mail" in response.text
    assert session.state == SessionState.FINALISED


def test_publishing_warns_that_the_session_is_to_examine(client, officer):
    report = reported()

    response = client.get(address("publish", report.candidate.session_id))

    assert "Cette session est encore «\u00a0À traiter\u00a0»" in response.text


def undecided():
    """Two reports, a comment and a proof: everything an officer may have left undecided."""
    candidate = situations.finished().candidate
    for code in ("C1", "A2"):
        report(candidate, code)
    comments = {"has_incident": True, "global_comment": "Alarme incendie."}
    actions.save_closing_file(candidate.session, by=UserFactory(), comments=comments)
    document_of(candidate.session, "incident")
    return situations.finalised(candidate.session)


PHRASE = "2 signalements non décidés, un commentaire global et 1 PV de fraude ou preuve d’incident"


def test_what_is_undecided_is_named_beside_the_tick(client, officer, soup):
    session = undecided()

    tick = soup(client.get(address("publish", session.pk)), "#despite")

    assert tick["value"] == PHRASE
    assert tick.parent.text == f"Je publie malgré {PHRASE}."
    assert not tick.has_attr("checked")


@pytest.mark.parametrize("despite", ["", "on", "1 signalement non décidé", "\0"])
def test_publishing_over_what_is_undecided_needs_the_tick(client, officer, soup, despite):
    session = undecided()

    response = client.post(address("publish", session.pk), posted(despite=despite))

    session.refresh_from_db()
    assert response.status_code == 422
    assert soup(response, "#despite")["aria-invalid"] == "true"
    assert soup(response, "#despite-error .errorlist").text
    assert session.state == SessionState.FINALISED


def test_once_ticked_it_is_published_and_the_history_says_over_what(client, officer):
    session = undecided()

    response = client.post(address("publish", session.pk), posted(despite=PHRASE), follow=True)

    session.refresh_from_db()
    assert session.state == SessionState.PUBLISHED
    assert f"{officer} a publié les résultats malgré {PHRASE}." in response.text


def test_a_session_where_all_is_decided_asks_for_no_tick(client, officer, soup):
    session = situations.finalised()

    assert not soup(client.get(address("publish", session.pk))).select("#despite")


def test_publishing_promises_only_what_happens(client, officer, soup):
    session = situations.finalised()

    promises = soup(client.get(address("publish", session.pk)), ".consequences").text

    assert "télécharge" not in promises
    assert "Résultats transmis par Pix" in promises


def test_a_published_session_says_what_it_is_in_the_singular(client, officer, soup):
    session = situations.published()

    page = soup(client.get(address("change", session.pk)))

    assert page.select_one("#summary-title").text == "Publiée"
    assert "Pourquoi dans cette pile" not in page.text


def test_the_size_of_a_document_is_told_in_the_french_unit(client, officer, soup):
    session = situations.finalised()
    document_of(session)

    assert "8\u00a0octets" in soup(client.get(address("change", session.pk)), ".documents").text


def test_publishing(client, officer):
    session = situations.finalised()

    response = client.post(address("publish", session.pk), posted())

    session.refresh_from_db()
    assert response.headers["Location"] == address("change", session.pk)
    assert session.state == SessionState.PUBLISHED
    assert session.published_by == officer


def test_publishing_twice_by_the_same_form_writes_one_line(client, officer):
    session = situations.finalised()
    form = posted()

    client.post(address("publish", session.pk), form)
    response = client.post(address("publish", session.pk), form)

    assert response.status_code == 302
    assert AuditEvent.objects.filter(kind="session.published").count() == 1


def test_a_session_without_every_result_is_refused_and_shown_as_it_is(client, officer, soup):
    session = situations.finalised()
    Certification.objects.all().delete()

    response = client.post(address("publish", session.pk), posted())

    assert response.status_code == 409
    assert "1 certification n’a pas de résultat" in soup(response, ".messagelist").text
    assert soup(response, "#summary-title").text == "Prête à publier"


@pytest.mark.parametrize("why", ["", "   ", "\n"])
def test_withdrawing_the_publication_needs_a_reason(client, officer, soup, why):
    session = situations.published()

    response = client.post(address("unpublish", session.pk), posted(why=why))

    session.refresh_from_db()
    assert response.status_code == 422
    assert "Donnez la raison" in soup(response, ".errorlist").text
    assert session.state == SessionState.PUBLISHED


def test_withdrawing_the_publication(client, officer):
    session = situations.published()

    client.post(address("unpublish", session.pk), posted(why="Erreur de barème."))

    session.refresh_from_db()
    assert session.state == SessionState.IN_REVIEW


def test_reopening_needs_a_reason(client, officer):
    session = situations.finalised()

    response = client.post(address("reopen", session.pk), posted(why=""))

    session.refresh_from_db()
    assert response.status_code == 422
    assert session.state == SessionState.FINALISED
    assert not AuditEvent.objects.filter(kind="session.reopened").exists()


def test_reopening_keeps_what_was_typed_when_it_is_too_long(client, officer, soup):
    session = situations.finalised()

    response = client.post(address("reopen", session.pk), posted(why="x" * 501))

    assert response.status_code == 422
    assert soup(response, "textarea").text.strip() == "x" * 501


def test_reopening_gives_the_session_back_to_the_centre(client, officer):
    session = situations.finalised()

    response = client.post(
        address("reopen", session.pk), posted(why="Il manque un candidat."), follow=True
    )

    session.refresh_from_db()
    assert session.state == SessionState.CREATED
    assert "La session est rouverte, le centre est prévenu." in response.text


def test_reopening_a_published_session_is_refused(client, officer):
    session = situations.published()

    response = client.post(address("reopen", session.pk), posted(why="trop tard"))

    session.refresh_from_db()
    assert response.status_code == 409
    assert session.state == SessionState.PUBLISHED


def test_a_report_is_resolved_with_a_sentence(client, officer, soup):
    report = reported()
    session = report.candidate.session

    response = client.post(
        address("resolve", session.pk, report.pk), posted(sentence="Nom corrigé."), follow=True
    )

    report.refresh_from_db()
    assert report.resolved_by == officer
    assert "Nom corrigé." in soup(response, f"#signalement-{report.pk} .resolution").text
    assert soup(response, "#summary-title").text == "Prête à publier"


def test_a_report_is_not_resolved_without_a_sentence(client, officer, soup):
    report = reported()

    response = client.post(
        address("resolve", report.candidate.session_id, report.pk), posted(sentence=" ")
    )

    report.refresh_from_db()
    assert response.status_code == 422
    assert soup(response, f"#signalement-{report.pk} .errorlist").text == (
        "Écrivez ce qui a été décidé."
    )
    assert report.resolved_at is None


def test_a_page_shown_again_leads_to_the_same_steps(client, officer, soup):
    report = reported()
    session = report.candidate.session

    response = client.post(address("resolve", session.pk, report.pk), posted(sentence=""))

    assert [link["href"] for link in soup(response).select(".steps a")] == [
        address("assign", session.pk),
        address("hand_over", session.pk),
        address("publish", session.pk),
        address("reopen", session.pk),
    ]


def test_a_report_resolved_by_a_colleague_meanwhile_is_shown_as_it_is(client, officer):
    report = reported()
    actions.resolve_report(report, sentence="Déjà vu.", by=UserFactory(officer=True))

    response = client.post(
        address("resolve", report.candidate.session_id, report.pk), posted(sentence="Encore.")
    )

    assert response.status_code == 409
    assert "Déjà vu." in response.text


def test_a_report_of_another_session_is_not_found(client, officer):
    report = reported()

    response = client.post(
        address("resolve", ExamSessionFactory().pk, report.pk), posted(sentence="Non.")
    )

    assert response.status_code == 404


def test_a_document_is_downloaded_and_never_shown(client, officer):
    document = document_of(situations.finalised())

    response = client.get(address("document", document.session_id, document.pk))

    assert b"".join(response.streaming_content) == b"%PDF-1.7"
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_document_of_another_session_is_not_found(client, officer):
    document = document_of(situations.finalised())

    assert client.get(address("document", ExamSessionFactory().pk, document.pk)).status_code == 404


def test_the_history_is_folded_with_its_count(client, officer, soup):
    session = situations.finalised()

    folded = soup(client.get(address("change", session.pk)), "details:has(#historique)")

    assert not folded.has_attr("open")
    assert folded.summary.text == f"Historique ({len(folded.select('.timeline li'))})"


def test_the_history_tells_what_the_officers_did(client, officer, soup):
    session = situations.finalised()
    client.post(address("assign", session.pk), posted())

    timeline = soup(client.get(address("change", session.pk)), ".timeline").text

    assert f"{officer.name} a pris la session en charge." in timeline
