"""A problem on a question, told in the global comment, is noticed (domain.md § 7, pix.md § 10.2)."""

import pytest

from finalisation import actions
from finalisation.hints import spotted
from invigilation.models import IncidentCode
from tests import situations
from tests.finalisation.pages import HTMX, fields, url, words

NOTICED = [
    ("question 12", [("E7", 12)]),
    ("Problème à la QUESTION N° 12.", [("E7", 12)]),
    ("souci sur la q.7", [("E7", 7)]),
    ("Les questions 3, 14 et 20 ont posé problème", [("E7", 3), ("E7", 14), ("E7", 20)]),
    ("l'image ne s'affichait pas", [("E1", None)]),
    ("L’image de la question 5 ne s’affichait pas", [("E1", 5)]),
    ("Images invisibles à la question 8", [("E1", 8)]),
    ("Q 4 : impossible d’ouvrir le fichier", [("E3", 4)]),
    ("le fichier ne se télécharge pas", [("E3", None)]),
    ("Simulateur qui ne démarre pas (question 31)", [("E2", 31)]),
    ("Le site à visiter était en maintenance", [("E4", None)]),
    ("site bloqué par le pare-feu du collège, question 9", [("E5", 9)]),
    ("le lien ne fonctionne pas", [("E6", None)]),
    ("Question 2 : image absente. Question 6 : lien mort.", [("E1", 2), ("E6", 6)]),
    ("question 12 puis encore la question 12", [("E7", 12)]),
]
LEFT_ALONE = [
    "",
    "Coupure de réseau de 9 h 40 à 9 h 55 dans toute la salle.",
    "Alarme incendie, évacuation de 12 candidats.",
    "Un élève a posé des questions pendant l’examen.",
    "Les candidats ont posé 3 questions au surveillant.",
    "Le site du collège était bruyant.",
    "Le wifi ne fonctionnait pas.",
    "Une fiche a été oubliée, image de la carte d’identité transmise.",
]


@pytest.mark.parametrize(("text", "hints"), NOTICED)
def test_a_problem_on_a_question_is_noticed(text, hints):
    assert spotted(text) == hints


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_another_incident_is_left_alone(text):
    assert spotted(text) == []


def comment(session, member, text):
    comments = {"has_incident": True, "global_comment": text}
    actions.save_closing_file(session, by=member, comments=comments)


def forms(soup, response):
    return [link["href"] for link in soup(response, "#hints").select("a")]


@pytest.mark.django_db
def test_the_form_of_whom_the_comment_names_is_proposed_filled(client, session, member, soup):
    situations.finished(session=session, birth_name="Durand")
    named = situations.finished(session=session, birth_name="d’Œuvrard").candidate
    comment(session, member, "Question 12 de d’Oeuvrard : l’image ne s’affichait pas.")

    page = client.get(url("closing_file", session))
    (form,) = forms(soup, page)
    dialog = client.get(form, **HTMX)

    assert form == f"{url('report', session, named.pk)}?code=E1&question_number=12"
    assert "E1 · L’image ne s’affiche pas, question 12" in words(soup(page, "#hints"))
    assert soup(dialog, "[name=question_number]")["value"] == "12"
    checked = soup(dialog).select("[name=code][checked]")
    assert {radio["value"] for radio in checked} == {str(IncidentCode.objects.get(code="E1").pk)}


@pytest.mark.django_db
def test_when_it_names_nobody_each_who_started_is_proposed(client, session, member, soup):
    first, second = (situations.finished(session=session).candidate for _ in range(2))
    comment(session, member, "question 12")

    proposed = forms(soup, client.get(url("closing_file", session)))

    assert {form.partition("?")[0] for form in proposed} == {
        url("report", session, first.pk),
        url("report", session, second.pk),
    }


@pytest.mark.django_db
def test_it_is_noticed_as_one_types_and_holds_nothing_back(client, session, member, soup):
    situations.finished(session=session)
    sent = fields(client.get(url("closing_file", session)))
    sent |= {"has_incident": "yes", "global_comment": "question 12"}

    kept = client.post(url("closing_file", session), sent, **HTMX)
    asked = client.post(url("confirm", session), sent)

    assert forms(soup, kept)
    assert asked.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["code=ZZ&question_number=x", "code=&question_number=", "x=1"])
def test_an_address_made_up_proposes_nothing(client, session, member, query):
    candidate = situations.finished(session=session).candidate

    assert client.get(f"{url('report', session, candidate.pk)}?{query}").status_code == 200
