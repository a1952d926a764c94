from unittest.mock import ANY

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from certif.audit.models import AuditEvent
from exam import bank_archive, bank_pending
from exam.bank_import import plan_bank
from exam.enums import QuestionKind
from exam.models import Question
from tests import situations
from tests.exam.banks import confirm, row, send, sheet_of, workbook_of
from tests.factories import QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


def errors_of(*rows):
    return [(error["cell"], error["sentence"]) for error in plan_bank([sheet_of(*rows)]).errors]


def row_of(question, **cells):
    """The row that changes nothing of a factory's question, but for these cells."""
    return {
        "Référence": question.key,
        "Compétence": question.competence,
        "Forme": "choix unique",
        "Énoncé": question.statement,
        **{f"Proposition {n}": text for n, text in enumerate(question.choices, start=1)},
        "Réponses justes": str(question.answers[0] + 1),
        "Utilisée": "oui",
        **cells,
    }


# What a row says


def test_a_new_reference_is_a_question_added(client, officer):
    page = send(client, workbook_of(row()))
    confirm(client, page)

    question = Question.objects.get()
    assert (question.key, question.competence, question.kind) == ("9.9-01", "1.1", "single")
    assert (question.choices, question.answers) == (["Une", "Deux"], [1])
    assert question.is_active


def test_a_known_reference_is_a_question_changed(client, officer):
    question = QuestionFactory()
    page = send(client, workbook_of(row_of(question, Énoncé="Autrement dit ?")))

    assert [line.question for line in page.context["plan"].lines] == [question]
    confirm(client, page)

    question.refresh_from_db()
    assert question.statement == "Autrement dit ?"


def test_the_preview_tells_what_a_question_was_and_would_be(client, officer, soup):
    question = QuestionFactory(statement="Avant ?")
    page = soup(send(client, workbook_of(row_of(question, Énoncé="Après ?"))), "#lines")

    assert page.select_one("del").get_text() == "Avant ?"
    assert page.select_one("ins").get_text() == "Après ?"


def test_nothing_is_written_before_the_confirmation(client, officer):
    send(client, workbook_of(row()))

    assert not Question.objects.exists()


def test_a_question_absent_from_the_file_does_not_change(client, officer):
    other = QuestionFactory()
    confirm(client, send(client, workbook_of(row())))

    assert Question.objects.filter(pk=other.pk, is_active=True).exists()


def test_a_column_absent_from_the_file_changes_nothing(client, officer):
    question = QuestionFactory(link="/certifications/sites/velodune/", time_limit=90)
    lines = row_of(question)
    csv = ";".join(lines) + "\n" + ";".join(lines.values()) + "\n"

    plan = send(client, csv.encode(), name="banque.csv").context["plan"]

    assert (plan.errors, plan.lines, plan.unchanged) == ([], [], 1)


def test_choices_are_told_by_their_numbers():
    (line,) = plan_bank(
        [sheet_of(row(Forme="choix multiples", **{"Réponses justes": "1 ; 2"}))]
    ).lines

    assert line.values["answers"] == [0, 1]


def test_accepted_texts_are_one_a_line():
    written = {"Proposition 1": None, "Proposition 2": None, "Réponses justes": ";\npoint-virgule"}
    (line,) = plan_bank([sheet_of(row(Forme="texte court", **written))]).lines

    assert line.values["answers"] == [";", "point-virgule"]


def test_a_number_cell_is_an_accepted_number():
    written = {"Proposition 1": None, "Proposition 2": None, "Réponses justes": 12.5}
    (line,) = plan_bank([sheet_of(row(Forme="nombre", **written))]).lines

    assert line.values["answers"] == ["12.5"]


@pytest.mark.parametrize(
    ("cells", "cell", "sentence"),
    [
        ({"Référence": None}, "A2", "« Référence » est à remplir."),
        ({"Référence": "x" * 21}, "A2", "Ce texte est trop long : 20 caractères au plus."),
        ({"Compétence": "9.9"}, "B2", ANY),
        ({"Forme": "devinette"}, "C2", ANY),
        ({"Énoncé": "x" * 2001}, "D2", "Ce texte est trop long : 2000 caractères au plus."),
        ({"Énoncé": "\x00"}, "D2", ANY),
        ({"Proposition 2": None, "Proposition 3": "Trois"}, "F2", ANY),
        ({"Proposition 2": None, "Réponses justes": "1"}, "M2", "Au moins deux propositions."),
        ({"Réponses justes": None}, "M2", "« Réponses justes » est à remplir."),
        ({"Réponses justes": "3"}, "M2", "Il n’y a pas de proposition 3."),
        ({"Réponses justes": "0"}, "M2", "Il n’y a pas de proposition 0."),
        ({"Réponses justes": "Deux"}, "M2", ANY),
        ({"Réponses justes": "1,2"}, "M2", "Une seule réponse juste pour un choix unique."),
        ({"Forme": "texte court"}, "M2", "Pas de propositions pour une réponse à écrire."),
        ({"Image": "absente.svg", "Texte de remplacement": "Un plan"}, "N2", ANY),
        ({"Image": "plan.exe", "Texte de remplacement": "Un plan"}, "N2", ANY),
        ({"Fichier": "absent.csv"}, "P2", ANY),
        ({"Lien": "https://exemple.test/"}, "Q2", "Ce site n’est pas de la banque."),
        ({"Temps limité (s)": "0"}, "R2", "Le temps limité va de 1 à 3600 secondes."),
        ({"Temps limité (s)": "une minute"}, "R2", ANY),
        ({"Utilisée": "peut-être"}, "S2", "Écrivez oui ou non."),
    ],
    ids=str,
)
def test_what_is_wrong_is_told_with_its_cell(cells, cell, sentence):
    assert errors_of(row(**cells)) == [(cell, sentence)]


def test_every_error_is_told_at_once():
    rows = row(Compétence="9.9", Utilisée="?"), row(Référence="b", Forme="?")

    assert [cell for cell, _sentence in errors_of(*rows)] == ["B2", "S2", "C3"]


def test_a_reference_stands_once_in_the_file():
    assert errors_of(row(), row()) == [("A3", "La ligne 2 porte déjà cette référence.")]


def test_a_column_that_lacks_is_named(client, officer):
    plan = send(client, "Référence;Énoncé\na;b\n".encode(), name="a.csv").context["plan"]

    assert "La colonne « Forme » manque." in [error["sentence"] for error in plan.errors]


def test_a_formula_is_no_text():
    sheet = sheet_of(row())
    formula = type(sheet)(sheet.name, sheet.rows, frozenset({(2, 4)}))

    assert [error["cell"] for error in plan_bank([formula]).errors] == ["D2"]


# The files of a question


def test_a_file_of_the_bank_is_taken_by_its_name():
    QuestionFactory(image="questions/abc/plan.svg", image_alt="Un plan")
    cells = {"Image": "plan.svg", "Texte de remplacement": "Un plan"}
    (line,) = plan_bank([sheet_of(row(**cells))]).lines

    assert line.values["image"] == "questions/abc/plan.svg"


def test_a_name_that_two_files_bear_is_refused():
    QuestionFactory(image="questions/abc/plan.svg", image_alt="Un plan")
    QuestionFactory(image="questions/def/plan.svg", image_alt="Un autre")
    cells = {"Image": "plan.svg", "Texte de remplacement": "Un plan"}

    assert [cell for cell, _sentence in errors_of(row(**cells))] == ["N2"]


def test_a_question_keeps_its_file_whoever_bears_the_same_name():
    question = QuestionFactory(image="questions/abc/plan.svg", image_alt="Un plan")
    QuestionFactory(image="questions/def/plan.svg", image_alt="Un autre")
    same = row_of(question, **{"Image": "plan.svg", "Texte de remplacement": "Un plan"})

    assert plan_bank([sheet_of(same)]).lines == []


def test_an_image_asks_for_its_alternative():
    QuestionFactory(image="questions/plan.svg", image_alt="Un plan")

    assert errors_of(row(Image="plan.svg")) == [
        ("O2", "Une image demande un texte de remplacement.")
    ]


# What was drawn


@pytest.fixture
def drawn(bank):
    """A question that a candidate holds and has not come to."""
    return Question.objects.get(pk=situations.started().question_ids[-1])


@pytest.mark.parametrize(
    ("cells", "cell"),
    [
        ({"Compétence": "1.2"}, "B2"),
        ({"Forme": "choix multiples"}, "C2"),
        ({"Proposition 1": "Autre chose"}, "E2"),
        ({"Réponses justes": "1"}, "M2"),
        ({"Temps limité (s)": 30}, "R2"),
        ({"Forme": "choix multiples", "Réponses justes": "1 ; 2"}, "C2"),
    ],
    ids=str,
)
def test_a_question_that_was_drawn_keeps_its_answers(drawn, cells, cell):
    told = [error for error in errors_of(row_of(drawn, **cells)) if "tirée" in error[1]]

    assert [place for place, _sentence in told] == [cell]
    assert "Mettez-la de côté et créez-en une autre." in told[0][1]


def test_a_question_that_was_drawn_may_be_worded_otherwise(drawn):
    plan = plan_bank([sheet_of(row_of(drawn, Énoncé="Mieux dit ?"))])

    assert (plan.errors, len(plan.changed)) == ([], 1)


def test_a_question_never_drawn_may_change_its_answers(bank):
    question = QuestionFactory()

    assert errors_of(row_of(question, **{"Réponses justes": "3"})) == []


def test_a_question_that_was_answered_and_finished_keeps_its_answers(bank):
    question = Question.objects.get(pk=situations.finished().question_ids[0])

    assert len(errors_of(row_of(question, **{"Réponses justes": "1"}))) == 1


def test_a_competence_keeps_enough_questions_for_a_test(bank):
    aside = row_of(bank[0], Utilisée="non")

    assert errors_of(aside) == [
        ("S2", "Il faut au moins 3 questions utilisées dans la compétence 1.1.")
    ]


def test_a_question_put_aside_is_replaced_in_the_same_file(bank):
    aside = row_of(bank[0], Utilisée="non")

    assert errors_of(aside, row(Référence="nouvelle")) == []


# The confirmation


def test_all_or_nothing(client, officer):
    page = send(client, workbook_of(row(), row(Référence="b", Forme="?")))

    assert page.status_code == 422
    assert page.context["kept"] == ""
    assert not Question.objects.exists()


def test_the_import_is_in_the_journal(client, officer):
    question = QuestionFactory()
    rows = row(), row_of(question, Énoncé="Autrement ?")
    confirm(client, send(client, workbook_of(*rows)))

    event = AuditEvent.objects.get(kind="bank.imported")
    assert event.actor_id == officer.pk
    assert event.data == {"added": 1, "changed": 1, "keys": ["9.9-01", question.key]}


def test_a_confirmation_sent_twice_is_one_import(client, officer):
    page = send(client, workbook_of(row()))
    operation = "6f1c2a4e-0000-4000-8000-000000000001"
    answers = [confirm(client, page, operation=operation) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert Question.objects.count() == 1
    assert AuditEvent.objects.filter(kind="bank.imported").count() == 1


def test_a_bank_that_changed_meanwhile_is_looked_at_again(client, officer):
    question = QuestionFactory()
    page = send(client, workbook_of(row_of(question, Énoncé="Du fichier ?")))
    Question.objects.update(statement="D’un collègue ?")

    again = confirm(client, page)

    assert again.status_code == 409
    assert [line.changes[0][1] for line in again.context["plan"].lines] == ["D’un collègue ?"]
    assert Question.objects.get().statement == "D’un collègue ?"
    assert confirm(client, again).status_code == 302
    assert Question.objects.get().statement == "Du fichier ?"


def test_a_question_drawn_since_the_preview_keeps_its_answers(client, officer, bank):
    question = bank[0]
    page = send(client, workbook_of(row_of(question, **{"Réponses justes": "1"})))
    situations.started()

    again = confirm(client, page)

    question.refresh_from_db()
    assert again.status_code == 409
    assert [error["cell"] for error in again.context["plan"].errors] == ["M2"]
    assert question.answers == [1]


@pytest.mark.parametrize("kept", ["", "n’importe quoi"])
def test_what_we_did_not_sign_is_not_imported(client, officer, kept):
    response = client.post(reverse("admin:exam_question_import_confirm"), {"kept": kept})

    assert response.status_code == 422


def test_the_preview_of_another_officer_is_not_mine(client, officer):
    kept = bank_pending.keep(workbook_of(row()), "", by=UserFactory(officer=True))
    response = client.post(reverse("admin:exam_question_import_confirm"), {"kept": kept})

    assert response.status_code == 422


def test_an_old_preview_is_made_again(client, officer):
    page = send(client, workbook_of(row()))

    with time_machine.travel(timezone.now() + bank_pending.WAITS * 2, tick=False):
        client.force_login(officer)
        assert confirm(client, page).status_code == 422


def test_a_file_that_is_no_table_is_told(client, officer, soup):
    response = send(client, b"%PDF-1.7", name="banque.pdf")

    assert response.status_code == 422
    assert "pas un tableau" in soup(response, ".errorlist").get_text()


def test_a_file_too_heavy_is_refused(client, officer, soup):
    response = send(client, b"x" * (bank_archive.HEAVIEST + 1), name="banque.csv")

    assert response.status_code == 422
    assert "10 Mo" in soup(response, ".errorlist").get_text()


def test_the_template_of_a_centre_is_not_the_bank(client, officer, soup):
    from certif.lib.spreadsheets import Stamp
    from certif.lib.spreadsheets.writing import Book, Column

    book = Book(stamp=Stamp("navette", 1))
    book.sheet("Navette", [Column("Référence")], [["a"]])

    assert "autre import" in soup(send(client, book.to_bytes()), ".errorlist").get_text()


def test_a_file_that_changes_nothing_has_nothing_to_confirm(client, officer, soup):
    question = QuestionFactory()
    page = soup(send(client, workbook_of(row_of(question))))

    assert page.select("[name=kept]") == []
    assert "Ce fichier ne change rien" in page.get_text()


def test_written_questions_may_be_imported(client, officer):
    written = {"Proposition 1": None, "Proposition 2": None, "Réponses justes": "12\n12,0"}
    confirm(client, send(client, workbook_of(row(Forme="nombre", **written))))

    question = Question.objects.get()
    assert (question.kind, question.answers) == (QuestionKind.NUMBER, ["12", "12,0"])
