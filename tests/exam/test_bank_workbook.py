import pytest
from django.urls import reverse

from certif.lib.spreadsheets import read_workbook, stamp_of
from exam import bank as shipped
from exam.bank_workbook import COLUMNS
from exam.enums import Competence, QuestionKind
from exam.models import Question
from tests.exam.banks import TITLES, send
from tests.factories import QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


def exported(client, **filters):
    response = client.get(reverse("admin:exam_question_export"), filters)
    return read_workbook(response.content)


def rows(sheets):
    return [dict(zip(TITLES, cells, strict=True)) for cells in sheets[0].rows[1:]]


def keys(sheets):
    return [row["Référence"] for row in rows(sheets)]


def test_a_question_is_one_row_a_proposition_a_column(client, officer):
    QuestionFactory(
        key="1.1-01",
        kind=QuestionKind.MULTIPLE,
        statement="Lesquelles ?",
        choices=["Une", "Deux", "Trois"],
        answers=[0, 2],
        image="questions/abc/plan.svg",
        image_alt="Un plan",
        attachment="questions/def/notes.csv",
        link="/certifications/sites/velodune/",
        time_limit=90,
        is_active=False,
    )

    assert rows(exported(client)) == [
        {
            "Référence": "1.1-01",
            "Compétence": "1.1 Mener une recherche et une veille d’information",
            "Forme": "choix multiples",
            "Énoncé": "Lesquelles ?",
            "Proposition 1": "Une",
            "Proposition 2": "Deux",
            "Proposition 3": "Trois",
            **{f"Proposition {n}": None for n in range(4, 9)},
            "Réponses justes": "1 ; 3",
            "Image": "plan.svg",
            "Texte de remplacement": "Un plan",
            "Fichier": "notes.csv",
            "Lien": "/certifications/sites/velodune/",
            "Temps limité (s)": 90,
            "Utilisée": "non",
        }
    ]


def test_accepted_texts_are_one_a_line_for_they_may_hold_a_semicolon(client, officer):
    QuestionFactory(kind=QuestionKind.TEXT, choices=[], answers=[";", "un point-virgule"])

    assert rows(exported(client))[0]["Réponses justes"] == ";\nun point-virgule"


def test_nothing_that_is_typed_becomes_a_formula(client, officer):
    QuestionFactory(statement="=SOMME(A1)", choices=["=1+1", "+33"], answers=[0])
    sheets = exported(client)

    assert sheets[0].formulas == frozenset()
    assert rows(sheets)[0]["Énoncé"] == "=SOMME(A1)"


def test_the_file_is_stamped(client, officer, bank):
    assert stamp_of(exported(client)).template == "questions"


def test_the_filters_of_the_list_choose_what_is_exported(client, officer):
    QuestionFactory(key="a", competence=Competence.DATA)
    QuestionFactory(key="b", competence=Competence.SEARCH)

    assert keys(exported(client, competence="1.2")) == ["a"]
    assert keys(exported(client, q="b")) == ["b"]


def test_every_page_of_the_list_is_exported(client, officer, bank):
    extra = QuestionFactory.create_batch(60)

    assert len(rows(exported(client))) == len(bank) + len(extra)


def test_a_filter_that_does_not_exist_finds_nothing(client, officer):
    response = client.get(reverse("admin:exam_question_export"), {"nulle": "part"})

    assert response.status_code == 404


def test_the_chosen_questions_are_exported(client, officer, bank):
    response = client.post(
        reverse("admin:exam_question_changelist"),
        {"action": "export_selected", "_selected_action": [bank[0].pk, bank[1].pk]},
    )

    assert sorted(keys(read_workbook(response.content))) == sorted([bank[0].key, bank[1].key])


def test_the_bank_that_ships_comes_back_unchanged(client, officer):
    shipped.load()
    data = client.get(reverse("admin:exam_question_export")).content

    plan = send(client, data).context["plan"]

    assert (plan.errors, plan.lines, plan.unchanged) == ([], [], 96)


def test_what_was_typed_in_the_form_comes_back_unchanged(client, officer):
    """A form ends its lines by two characters, a workbook by one."""
    QuestionFactory(
        kind=QuestionKind.NUMBER, statement="Un.\r\nDeux. ", choices=[], answers=[" 12,5", "12.5"]
    )
    data = client.get(reverse("admin:exam_question_export")).content

    plan = send(client, data).context["plan"]

    assert (plan.errors, plan.lines) == ([], [])


def test_every_field_of_a_question_has_its_column():
    names = {column.name for column in COLUMNS}
    told = {field.name for field in Question._meta.fields} - {"id", "choices"}

    assert told < names


@pytest.mark.parametrize("count", [1, 25])
def test_the_export_costs_the_same_for_any_number(
    client, officer, django_assert_max_num_queries, count
):
    QuestionFactory.create_batch(count)

    with django_assert_max_num_queries(6):
        client.get(reverse("admin:exam_question_export"))
