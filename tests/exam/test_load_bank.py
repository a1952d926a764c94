import json
import shutil
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from exam import bank
from exam.enums import Competence, QuestionKind
from exam.models import QUESTIONS_PER_COMPETENCE, Question
from tests.factories import QuestionFactory

pytestmark = pytest.mark.django_db

ENTRY = {
    "key": "1.1-01",
    "competence": "1.1",
    "kind": "single",
    "statement": "Laquelle est juste ?",
    "choices": ["La première", "La deuxième"],
    "answers": [1],
    "image": "",
    "image_alt": "",
    "attachment": "",
    "link": "",
    "time_limit": None,
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "dessin.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "files" / "page.html").write_text("<p>")
    return tmp_path


def write(folder, *entries):
    (folder / "questions.json").write_text(json.dumps(entries))


def stored_files():
    folders, _ = default_storage.listdir("questions")
    return sorted(folders)


def test_the_bank_that_ships_is_loaded_whole():
    assert bank.load() == {"created": 96}
    assert Question.objects.count() == 96


def test_the_bank_that_ships_is_enough_for_a_test():
    bank.load()

    counts = [Question.objects.filter(competence=code).count() for code in Competence.values]

    assert min(counts) >= QUESTIONS_PER_COMPETENCE


def test_every_file_of_the_bank_that_ships_is_stored():
    bank.load()

    questions = Question.objects.all()
    names = {question.image.name for question in questions}
    names |= {question.attachment.name for question in questions}

    assert len(names - {""}) == 28
    assert all(default_storage.exists(name) for name in names - {""})


def test_loading_twice_changes_nothing():
    bank.load()
    before, files = list(Question.objects.values()), stored_files()

    assert bank.load() == {"equal": 96}

    assert (list(Question.objects.values()), stored_files()) == (before, files)


def test_a_question_already_used_is_updated_in_place(folder):
    used = QuestionFactory(key="1.1-01")
    write(folder, ENTRY)

    assert bank.load(folder) == {"updated": 1}

    used.refresh_from_db()
    assert used.statement == "Laquelle est juste ?"


def test_a_question_that_left_the_file_is_kept(folder):
    QuestionFactory(key="ancienne")
    write(folder, ENTRY)

    bank.load(folder)

    assert Question.objects.filter(key="ancienne").exists()


def test_a_question_put_aside_stays_aside(folder):
    QuestionFactory(key="1.1-01", is_active=False)
    write(folder, ENTRY)

    bank.load(folder)

    assert not Question.objects.get(key="1.1-01").is_active


def test_a_changed_file_is_another_file(folder):
    image = {"image": "dessin.svg", "image_alt": "Un dessin"}
    write(folder, ENTRY | image)
    bank.load(folder)
    (folder / "files" / "dessin.svg").write_text(
        "<svg xmlns='http://www.w3.org/2000/svg'><g/></svg>"
    )

    assert bank.load(folder) == {"updated": 1}

    with Question.objects.get().image.open() as image:
        assert image.read().endswith(b"<g/></svg>")


def test_one_fault_and_nothing_is_loaded(folder):
    write(folder, ENTRY, ENTRY | {"key": "1.1-02", "answers": [7]})

    with pytest.raises(bank.BankError):
        bank.load(folder)

    assert not Question.objects.exists()
    assert not default_storage.exists("questions")


def test_every_fault_is_told_at_once_by_key(folder):
    write(folder, ENTRY | {"answers": [7]}, ENTRY | {"key": "1.1-02", "competence": "9.9"})

    with pytest.raises(bank.BankError) as error:
        bank.load(folder)

    assert [key for key, _ in error.value.faults] == ["1.1-01", "1.1-02"]


def test_a_key_used_twice_is_refused(folder):
    write(folder, ENTRY, ENTRY)

    with pytest.raises(bank.BankError, match=r"1\.1-01 : référence en double"):
        bank.load(folder)


@pytest.mark.parametrize(
    "fault",
    [
        {"key": ""},
        {"key": "k" * 21},
        {"competence": "1.4"},
        {"kind": "essay"},
        {"statement": "  "},
        {"statement": "e" * 2001},
        {"choices": ["Une seule"]},
        {"choices": ["La même", "La même"]},
        {"choices": "La première"},
        {"answers": []},
        {"answers": [0, 1]},
        {"answers": [2]},
        {"answers": [-1]},
        {"answers": [True]},
        {"answers": ["1"]},
        {"kind": QuestionKind.MULTIPLE, "answers": [1, 1]},
        {"kind": QuestionKind.TEXT, "choices": [], "answers": [1]},
        {"kind": QuestionKind.TEXT, "choices": [], "answers": [" "]},
        {"kind": QuestionKind.TEXT, "answers": ["oui"]},
        {"kind": QuestionKind.NUMBER, "choices": [], "answers": ["six"]},
        {"kind": QuestionKind.NUMBER, "choices": [], "answers": ["NaN"]},
        {"image": "dessin.svg"},
        {"image": "absent.svg", "image_alt": "Rien"},
        {"image": "../questions.json", "image_alt": "Rien"},
        {"attachment": "page.html"},
        {"link": "/certifications/sites/inconnu/"},
        {"link": "javascript:alert(1)"},
        {"time_limit": 0},
        {"time_limit": "60"},
        {"unknown": 1},
        {"statement": None},
    ],
)
def test_an_entry_that_cannot_be_used_is_refused(folder, fault):
    write(folder, ENTRY | fault)

    with pytest.raises(bank.BankError):
        bank.load(folder)


def test_the_command_says_what_it_did(folder):
    write(folder, ENTRY)
    out = StringIO()

    call_command("load_bank", folder=folder, stdout=out)

    assert "1 ajoutées, 0 modifiées, 0 inchangées" in out.getvalue()


def test_the_command_says_what_is_wrong_and_that_nothing_was_loaded(folder):
    write(folder, ENTRY | {"competence": "9.9"})

    with pytest.raises(CommandError, match=r"Rien n’a été chargé.\n1.1-01 : compétence inconnue"):
        call_command("load_bank", folder=folder)


def test_a_missing_file_is_told_by_its_name(folder):
    shutil.rmtree(folder / "files")
    write(folder, ENTRY | {"attachment": "dessin.svg"})

    with pytest.raises(bank.BankError, match=r"fichier absent : dessin.svg"):
        bank.load(folder)


def test_no_statement_of_the_shipped_bank_repeats_what_its_form_says():
    entries = json.loads((bank.FOLDER / "questions.json").read_text())

    assert [
        entry["key"] for entry in entries if "réponses sont possibles" in entry["statement"]
    ] == []
