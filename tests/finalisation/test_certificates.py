"""Who has a certificate, and what is on the paper."""

import io
from datetime import date

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone

from exam.scoring import Verdict
from finalisation import actions
from finalisation.certificates import certificates_pdf, obtained
from finalisation.models import Certificate, Certification
from finalisation.verification import in_groups, read_code
from sessions.enums import Sex
from sessions.models import ExamSession
from tests import situations
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    UserFactory,
)
from tests.finalisation.pages import words
from tests.sessions.papers import letters_of, pages_of, pictures_of, qr_holds, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

WORDS = {"for_candidate": "Une aide extérieure.", "for_centre": "PV de fraude lu."}


@pytest.fixture
def officer():
    return UserFactory(officer=True)


@pytest.fixture
def session():
    centre = CentreFactory(name="Collège Anne Frank", city="Lyon")
    return ExamSessionFactory(centre=centre)


def obtained_by(session, **fields):
    fields = {"birth_name": "Martin", "first_name": "Léa", "birth_date": date(2009, 3, 1)} | fields
    return situations.finished(session=session, **fields)


def given(session, officer):
    session.refresh_from_db()
    actions.finalise(session, by=officer)
    return actions.publish(session, by=officer)


def on_the_14th(session):
    """Once sat: a room opens on its own day."""
    ExamSession.objects.filter(pk=session.pk).update(date=date(2026, 12, 14))
    return session


def paper(session):
    return certificates_pdf(obtained().filter(candidate__session=session))


# --- Who has one ----------------------------------------------------------------------------------


def test_a_publication_gives_a_code_to_what_is_obtained_only(session, officer):
    attempt = obtained_by(session)
    situations.answer_all(situations.started(session=session), value=[0])

    given(session, officer)

    assert [each.attempt for each in Certificate.objects.all()] == [attempt]
    code = Certificate.objects.get().code
    assert read_code(code) == code


@pytest.mark.parametrize("verdict", [Verdict.REJECTED, Verdict.CANCELLED])
def test_what_an_officer_rejects_or_cancels_has_none(session, officer, verdict):
    attempt = obtained_by(session)
    session.refresh_from_db()
    actions.finalise(session, by=officer)
    actions.decide_certification(attempt, verdict=verdict, **WORDS, by=officer)

    actions.publish(session, by=officer)

    assert not Certificate.objects.exists()


def test_the_paper_follows_what_an_officer_corrects(session, officer):
    attempt = obtained_by(session, sex="M", birth_city="Lyon")
    session.refresh_from_db()
    actions.finalise(session, by=officer)
    corrected = {"sex": "F", "birth_city": "Rennes"}
    actions.correct_identity(attempt.candidate, **corrected, why="Pièce d’identité.", by=officer)

    actions.publish(session, by=officer)

    assert "née le 1er mars 2009 à Rennes" in text_of(paper(session))


def test_no_code_is_given_before_the_publication(session, officer):
    obtained_by(session)
    session.refresh_from_db()

    actions.finalise(session, by=officer)

    assert not Certificate.objects.exists()


def test_the_code_stays_through_a_reopening_when_the_result_is_computed_anew(session, officer):
    obtained_by(session)
    given(session, officer)
    before, scored = Certificate.objects.get(), Certification.objects.get()

    actions.unpublish(session, why="Erreur", by=officer)
    actions.reopen(session, why="Il manque une heure.", by=officer)
    given(session, officer)

    assert Certificate.objects.get().code == before.code
    assert Certification.objects.get() != scored


# --- The paper ------------------------------------------------------------------------------------


def test_it_says_who_when_where_and_what(session, officer):
    attempt = obtained_by(session, sex=Sex.FEMALE, birth_city="LYON", birth_country="FRANCE")
    given(session, officer)

    text = text_of(paper(on_the_14th(session)))

    assert "Certificat de compétences numériques délivré par Pix à Léa MARTIN" in text
    assert "née le 1er mars 2009 à LYON certification obtenue" in text
    assert "passée le lundi 14 décembre 2026 · Collège Anne Frank, Lyon" in text
    assert "100 % de réponses justes" in text
    assert "Information et données 100 %" in text
    assert f"Certification n° {attempt.certification_number} · session {session.pk}" in text


def test_it_says_how_it_is_verified(session, officer):
    obtained_by(session)
    given(session, officer)

    text = text_of(paper(session))

    assert in_groups(Certificate.objects.get().code) in text
    assert "http://127.0.0.1:8000/verification/" in text


def test_its_qr_code_leads_to_the_page_with_its_own_code_where_no_server_is_told(session, officer):
    obtained_by(session)
    given(session, officer)
    page, code = "http://127.0.0.1:8000/verification/", in_groups(Certificate.objects.get().code)

    pdf = paper(session)

    assert qr_holds(pdf, f"{page}#{code}")
    assert not qr_holds(pdf, f"{page}?{code}")


@pytest.mark.parametrize(
    ("birth", "sentence"),
    [
        ({"sex": Sex.MALE, "birth_city": "LYON"}, "né le 1er mars 2009 à LYON certification"),
        ({"birth_city": "LYON"}, "né(e) le 1er mars 2009 à LYON certification"),
        ({}, "né(e) le 1er mars 2009 certification"),
        (
            {"birth_city": "TUNIS", "birth_country": "TUNISIE"},
            "né(e) le 1er mars 2009 à TUNIS (TUNISIE) certification",
        ),
        ({"birth_country": "TUNISIE"}, "né(e) le 1er mars 2009 (TUNISIE) certification"),
    ],
    ids=["a man", "sex unknown", "place unknown", "abroad", "country only"],
)
def test_birth_is_said_as_far_as_it_is_known(session, officer, birth, sentence):
    obtained_by(session, **birth)
    given(session, officer)

    assert sentence in text_of(paper(session))


def test_the_longest_name_stays_on_its_page(session, officer):
    name = "Œuvrard-Şahin " + "de la Rochefoucauld-" * 4
    obtained_by(session, birth_name=name[:100].strip("-"), first_name="Marie-Charlotte " * 5)
    given(session, officer)

    pdf = paper(session)

    assert len(pages_of(pdf)) == 1
    assert "ŒUVRARD-ŞAHINDELAROCHEFOUCAULD" in letters_of(pdf)
    assert "publiéparPix" in letters_of(pdf)


def test_it_is_tagged_titled_and_lists_its_holders(session, officer):
    obtained_by(session)
    obtained_by(session, birth_name="Zola", first_name="Émile")
    given(session, officer)

    with pikepdf.open(io.BytesIO(paper(session))) as opened:
        assert opened.Root.Lang == "fr"
        assert opened.Root.MarkInfo.Marked
        assert opened.open_metadata()["pdfuaid:part"] == "1"
        assert str(opened.docinfo.Title) == f"Certificats · session\u00a0{session.pk}"
        with opened.open_outline() as outline:
            assert [item.title for item in outline.root] == ["Léa MARTIN", "Émile ZOLA"]


def elements(node):
    """Every element of the structure, in the order of reading."""
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from elements(child)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        yield from elements(node.get("/K", pikepdf.Array()))


def test_its_structure_reads_in_order(session, officer):
    obtained_by(session)
    given(session, officer)

    with pikepdf.open(io.BytesIO(paper(session))) as opened:
        read = list(elements(opened.Root.StructTreeRoot.K))
        kinds = [str(element.S) for element in read]
        headings = [kind for kind in kinds if kind in {"/H1", "/H2", "/H3"}]
        assert headings == ["/H1", "/H2", "/H3"]
        assert kinds.count("/Table") == 1
        scopes = [str(e.A.Scope) for e in read if e.S == "/TH"]
        assert scopes == ["/Column"] * 2 + ["/Row"] * 5
        (figure,) = [element for element in read if element.S == "/Figure"]
        assert str(figure.Alt).startswith("QR code vers la page de vérification")


def test_it_is_read_without_colours(session, officer):
    obtained_by(session)
    given(session, officer)

    (picture,) = pictures_of(paper(session))

    assert picture.width > picture.height
    dark = sum(picture.histogram()[:128])
    assert dark > 5000


# --- Taking it away -------------------------------------------------------------------------------


@pytest.fixture
def mine(client, session, officer):
    """Published, of the account that reads."""
    candidate = CandidateFactory(session=session, user=officer, linked_at=timezone.now())
    attempt = situations.finished(candidate)
    client.force_login(officer)
    return attempt


def address(attempt):
    return reverse("results:certificate", args=[attempt.pk])


def test_a_candidate_takes_his_own(client, session, officer, mine, soup):
    given(session, officer)
    page = soup(client.get(reverse("results:my_results")), "main")

    link = page.find("a", string="Télécharger mon certificat (PDF)")
    response = client.get(link["href"])

    assert response["Content-Type"] == "application/pdf"
    assert f"certificat-{mine.certification_number}.pdf" in response["Content-Disposition"]
    assert in_groups(Certificate.objects.get().code) in words(page)
    assert in_groups(Certificate.objects.get().code) in text_of(response.content)


def test_nobody_takes_another_ones(client, session, officer, mine):
    given(session, officer)
    client.force_login(UserFactory())

    assert client.get(address(mine)).status_code == 404


def test_nothing_is_taken_before_the_publication_nor_after_it_is_withdrawn(
    client, session, officer, mine
):
    before = client.get(address(mine)).status_code
    given(session, officer)
    actions.unpublish(session, why="Erreur", by=officer)

    assert (before, client.get(address(mine)).status_code) == (409, 409)


def test_a_certification_cancelled_after_its_publication_has_no_paper_any_more(
    client, session, officer, mine, soup
):
    given(session, officer)
    actions.unpublish(session, why="Erreur", by=officer)
    actions.decide_certification(mine, verdict=Verdict.CANCELLED, **WORDS, by=officer)
    actions.publish(session, by=officer)

    assert Certificate.objects.exists()
    assert client.get(address(mine)).status_code == 409
    page = soup(client.get(reverse("results:my_results")), "main")
    assert "Télécharger mon certificat" not in words(page)


def test_they_are_drawn_in_the_same_number_of_queries_whatever_the_room(
    session, officer, django_assert_num_queries
):
    for n in range(3):
        obtained_by(session, birth_name=f"Nom{n}")
    given(session, officer)

    with django_assert_num_queries(1):
        paper(session)
