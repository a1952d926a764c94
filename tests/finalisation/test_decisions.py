"""Every code of the nomenclature, against every kind of question and every outcome."""

import pytest

from exam.enums import Competence, Outcome
from exam.models import Answer, Question
from exam.scoring import score
from finalisation.decisions import decide

FEATURES = {
    "nothing": {},
    "image": {"image": "questions/a.svg"},
    "file": {"attachment": "questions/a.csv"},
    "link": {"link": "velodune"},
    "timed": {"time_limit": 60},
}
EVERYWHERE = set(FEATURES)
# Code: the questions it fits; None when a person has to look.
TABLE = {
    "C1": None,
    "C5": None,
    "A2": None,
    "E1": {"image"},
    "E2": None,
    "E3": {"file"},
    "E4": {"link"},
    "E5": {"link"},
    "E6": {"link"},
    "E7": None,
    "E8": {"timed"},
    "E9": EVERYWHERE,
    "E10": None,
    "E11": EVERYWHERE,
    "E12": EVERYWHERE,
}
CAUSES = {
    "E1": "image absente",
    "E3": "fichier inutilisable",
    "E4": "site indisponible",
    "E5": "site bloqué par le réseau",
    "E6": "lien défectueux",
    "E8": "temps majoré non appliqué",
    "E9": "logiciel en panne",
    "E11": "page d’erreur",
    "E12": "question non accessible",
}
FAILED = {
    Outcome.WRONG: "réponse fausse",
    Outcome.PASSED: "question passée",
    Outcome.UNANSWERED: "question sans réponse",
}
BY_ITSELF = [code for code, fits in TABLE.items() if fits is not None]
FITTING = [(code, feature) for code in BY_ITSELF for feature in TABLE[code]]
NOT_FITTING = [(code, feature) for code in BY_ITSELF for feature in EVERYWHERE - TABLE[code]]


def answer(outcome, feature="nothing", **fields):
    question = Question(competence=Competence.DATA, **FEATURES[feature])
    return Answer(number=18, question=question, outcome=outcome, **fields)


@pytest.mark.parametrize("outcome", FAILED)
@pytest.mark.parametrize(("code", "feature"), sorted(FITTING))
def test_a_failed_question_that_the_code_fits_is_neutralised(code, feature, outcome):
    sentence, neutralise = decide(code, answer(outcome, feature))

    assert neutralise
    assert sentence == f"Q18 neutralisée\u00a0: {CAUSES[code]}, {FAILED[outcome]}."


@pytest.mark.parametrize(("code", "feature"), sorted(FITTING))
def test_a_right_answer_is_left_as_it_is(code, feature):
    sentence, neutralise = decide(code, answer(Outcome.RIGHT, feature))

    assert not neutralise
    assert "la réponse était juste" in sentence


@pytest.mark.parametrize("outcome", [*FAILED, Outcome.RIGHT])
@pytest.mark.parametrize(("code", "feature"), sorted(NOT_FITTING))
def test_a_code_that_does_not_fit_is_resolved_without_effect(code, feature, outcome):
    sentence, neutralise = decide(code, answer(outcome, feature))

    assert not neutralise
    assert "ne comporte pas ce qui est signalé" in sentence


@pytest.mark.parametrize("feature", sorted(EVERYWHERE))
@pytest.mark.parametrize("code", [code for code, fits in TABLE.items() if fits is None])
def test_the_other_codes_wait_for_an_officer(code, feature):
    assert decide(code, answer(Outcome.WRONG, feature)) is None


@pytest.mark.parametrize("code", BY_ITSELF)
def test_an_unknown_number_waits_for_an_officer(code):
    assert decide(code, None) is None


@pytest.mark.parametrize(
    ("right", "wrong", "neutralised", "verdict"),
    [
        (48, 0, 0, "validated"),
        (24, 24, 0, "validated"),
        (23, 25, 0, "rejected"),
        (0, 48, 0, "rejected"),
        (34, 33, 33, "validated"),
        (33, 33, 34, "cancelled"),
        (33, 0, 15, "validated"),
        (32, 0, 16, "cancelled"),
        (16, 17, 15, "rejected"),
        (17, 16, 15, "validated"),
        (0, 0, 48, "cancelled"),
    ],
)
def test_the_verdict_at_its_boundaries(right, wrong, neutralised, verdict):
    answers = [
        *(answer(Outcome.RIGHT) for _ in range(right)),
        *(answer(Outcome.WRONG) for _ in range(wrong)),
        *(answer(Outcome.WRONG, neutralised_at="2026-12-14") for _ in range(neutralised)),
    ]

    result = score(answers)

    assert result.verdict == verdict
    assert (result.right, result.counted) == (right, right + wrong)
    assert result.neutralised == neutralised
