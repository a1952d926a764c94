import pytest

from invigilation.forms import ReportForm
from invigilation.models import IncidentCode
from tests import situations
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db


def form_of(candidate, **data):
    return ReportForm(data or None, session=candidate.session, candidate=candidate)


def code(name):
    return IncidentCode.objects.get(code=name).pk


def test_the_categories_are_shown_with_their_codes_of_the_day(bank):
    candidate = situations.started().candidate

    shown = [(str(g["label"]), g["names"]) for g in form_of(candidate).categories()]

    assert shown == [
        ("Retard, absence ou départ", "C3-C4"),
        ("Modification infos candidat", "C1-C2"),
        ("Connexion et fin de test", "C5"),
        ("Problème sur une question", "E1-E7"),
        ("Autre incident", "A2"),
    ]


def test_question_codes_are_not_proposed_before_the_test_has_started():
    names = [group["names"] for group in form_of(CandidateFactory()).categories()]

    assert names == ["C3-C4", "C1-C2", "C5", "A2"]


def test_a_case_whose_code_sleeps_is_sent_to_another_code(bank):
    candidate = situations.started().candidate

    shelters = [g["shelters"][0]["code"] for g in form_of(candidate).categories() if g["shelters"]]

    assert shelters == ["E7", "A2"]


def test_a_case_whose_code_is_awake_is_sent_nowhere(bank):
    candidate = situations.started().candidate
    IncidentCode.objects.filter(code__in=["A1", "C6"]).update(active_from=candidate.session.date)

    (question,) = [g for g in form_of(candidate).categories() if g["names"] == "E1-E7"]
    others = [g for g in form_of(candidate).categories() if g["names"] != "E1-E7"]

    assert question["shelters"]
    assert not any(group["shelters"] for group in others)


def test_everything_missing_is_said_at_once(bank):
    candidate = situations.started().candidate

    form = form_of(candidate, code=code("E7"))

    assert set(form.errors) == {"question_number", "description"}


def test_a_number_beyond_the_questions_of_this_test_is_refused(bank):
    candidate = situations.started().candidate

    form = form_of(candidate, code=code("E1"), question_number="49")

    assert form.errors == {
        "question_number": ["Le numéro de la question est compris entre 1 et 48."]
    }


def test_a_number_typed_for_a_code_without_question_is_dropped(bank):
    candidate = situations.started().candidate

    form = form_of(candidate, code=code("C5"), question_number="abc")

    assert form.is_valid()
    assert form.cleaned_data["question_number"] is None


def test_the_number_is_prefilled_with_the_question_on_screen(bank):
    candidate = situations.answer_all(situations.started(), upto=11).candidate

    assert form_of(candidate)["question_number"].value() == 12


def test_a_sleeping_code_is_refused(bank):
    candidate = situations.started().candidate

    assert "code" in form_of(candidate, code=code("E8"), question_number="3").errors


def test_the_text_is_limited_to_500_characters(bank):
    candidate = situations.started().candidate

    form = form_of(candidate, code=code("C1"), description="é" * 501)

    assert form.errors["description"] == [
        "La description est limitée à 500 caractères (501 écrits)."
    ]
