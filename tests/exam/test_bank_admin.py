"""Who keeps the bank, what is seen of a question, and what may not change of it."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from exam import bank as shipped
from exam import bank_files
from exam.enums import QuestionKind
from exam.models import Question
from tests import situations, storages
from tests.exam.browsers import browser, holding
from tests.factories import MembershipFactory, QuestionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


def preview(client, question):
    return client.get(reverse("admin:exam_question_preview", args=[question.pk]))


def words(element):
    return " ".join(element.get_text().split())


# « Voir comme le candidat »


def test_the_preview_is_what_the_candidate_sees(client, officer, bank, soup):
    attempt = situations.started()
    question = Question.objects.get(pk=attempt.question_ids[0])
    page = holding(attempt).get(reverse("exam:test", args=[attempt.candidate_id]))

    assert words(soup(preview(client, question), "#question")) == words(soup(page, "#question"))


@pytest.mark.parametrize("kind", QuestionKind)
def test_nothing_can_be_sent_from_the_preview(client, officer, soup, kind):
    question = QuestionFactory(kind=kind)
    shown = soup(preview(client, question), "#question")

    assert shown.select("button") != []
    assert shown.select("button:not([disabled]), a[hx-get]") == []


def test_the_preview_answers_no_post(client, officer):
    question = QuestionFactory()
    address = reverse("admin:exam_question_preview", args=[question.pk])

    assert client.post(address, {"value": "1"}).status_code == 405


def test_the_files_of_the_preview_are_those_of_the_bank(client, officer, soup):
    question = QuestionFactory(
        image=ContentFile(b"<svg/>", "plan.svg"),
        image_alt="Un plan",
        attachment=ContentFile(b"a;b", "notes.csv"),
    )
    shown = soup(preview(client, question), "#question")

    image = client.get(shown.img["src"])
    file = client.get(shown.select_one("a[download]")["href"])

    assert b"".join(image.streaming_content) == b"<svg/>"
    assert b"".join(file.streaming_content) == b"a;b"


def test_a_file_of_the_bank_that_the_storage_lost_is_told_so(client, officer, soup):
    question = QuestionFactory(attachment=ContentFile(b"a;b", "notes.csv"))
    address = soup(preview(client, question), "#question").select_one("a[download]")["href"]
    question.attachment.storage.delete(question.attachment.name)

    response = client.get(address)

    assert response.status_code == 404
    assert "le service ne le retrouve plus" in response.text


def test_the_preview_shows_the_time_of_a_timed_question_and_does_not_run(client, officer, soup):
    limit = soup(preview(client, QuestionFactory(time_limit=90)), ".limit")

    assert "1 min 30 s" in words(limit)
    assert limit.select("[data-limit]") == []


def test_the_preview_says_that_a_question_is_put_aside(client, officer, soup):
    band = soup(preview(client, QuestionFactory(is_active=False)), "#exam-top")

    assert "mise de côté" in words(band)


def test_the_preview_is_reached_from_the_list_and_from_the_question(client, officer, soup):
    question = QuestionFactory()
    address = reverse("admin:exam_question_preview", args=[question.pk])
    pages = [
        reverse("admin:exam_question_changelist"),
        reverse("admin:exam_question_change", args=[question.pk]),
    ]

    assert [len(soup(client.get(page)).select(f'a[href="{address}"]')) for page in pages] == [1, 1]


def test_the_preview_writes_nothing(client, officer):
    question = QuestionFactory()
    before = list(Question.objects.values())
    preview(client, question)

    assert list(Question.objects.values()) == before


def test_the_list_leads_to_the_workbooks(client, officer, soup):
    page = soup(client.get(f"{reverse('admin:exam_question_changelist')}?competence=1.2"))
    tools = [link["href"] for link in page.select(".object-tools a")]

    assert reverse("admin:exam_question_import") in tools
    assert f"{reverse('admin:exam_question_export')}?competence=1.2" in tools


# What was drawn, in the form of a question


def fields_of(question, **fields):
    return {
        "key": question.key,
        "competence": question.competence,
        "is_active": "on",
        "statement": question.statement,
        "kind": question.kind,
        "choices_0": "La première",
        "choices_1": "La deuxième",
        "choices_2": "La troisième",
        "answers": "2",
        "image_alt": "",
        "link": "",
        "time_limit": "",
        **fields,
    }


@pytest.fixture
def drawn(bank):
    return Question.objects.get(pk=situations.started().question_ids[0])


def change(client, question, **fields):
    address = reverse("admin:exam_question_change", args=[question.pk])
    return client.post(address, fields_of(question, **fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"answers": "1"},
        {"choices_2": "Une autre"},
        {"kind": "multiple"},
        {"time_limit": "30"},
    ],
    ids=str,
)
def test_a_question_that_was_drawn_keeps_its_answers(client, officer, soup, drawn, fields):
    response = change(client, drawn, **fields)
    told = soup(response, ".errorlist:not(.nonfield)").get_text()

    assert "Mettez-la de côté et créez-en une autre." in told
    assert Question.objects.get(pk=drawn.pk).answers == [1]


def test_a_question_that_was_drawn_may_be_worded_otherwise(client, officer, drawn):
    response = change(client, drawn, statement="Mieux dit ?")

    drawn.refresh_from_db()
    assert response.status_code == 302
    assert drawn.statement == "Mieux dit ?"


def test_a_question_never_drawn_may_change(client, officer):
    question = QuestionFactory()
    change(client, question, answers="1")

    question.refresh_from_db()
    assert question.answers == [0]


def test_a_new_version_of_the_bank_does_not_change_what_was_drawn():
    shipped.load()
    key = Question.objects.get(pk=situations.started().question_ids[-1]).key
    Question.objects.filter(key=key).update(time_limit=3000)

    with pytest.raises(shipped.BankError) as raised:
        shipped.load()

    assert [fault for fault, _sentence in raised.value.faults] == [key]


# What is typed in the form


def test_the_form_speaks_as_the_workbook_does(client, officer, soup):
    question = QuestionFactory(kind="multiple", answers=[0, 2])
    page = soup(client.get(reverse("admin:exam_question_change", args=[question.pk])))

    assert page.select_one("#id_answers").get_text().strip() == "1 ; 3"
    boxes = [box.get_text().strip() for box in page.select("[name^=choices_]")]
    assert boxes == [*question.choices, *[""] * 5]
    assert page.select_one("#id_choices_7")["aria-label"] == "Proposition 8"


def test_accepted_texts_are_one_a_line(client, officer):
    question = QuestionFactory(kind="text", choices=[], answers=["tableur"])
    none = dict.fromkeys(["choices_0", "choices_1", "choices_2"], "")
    change(client, question, answers="tableur\r\nun tableur\r\n", **none)

    question.refresh_from_db()
    assert (question.choices, question.answers) == ([], ["tableur", "un tableur"])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"answers": "4"}, "Il n’y a pas de proposition 4."),
        ({"answers": "La deuxième"}, "Écrivez les numéros des bonnes propositions"),
        ({"answers": "1 ; 2"}, "Une seule réponse juste pour un choix unique"),
        ({"answers": ""}, "obligatoire"),
        ({"choices_1": ""}, "sans case vide entre elles"),
        ({"kind": "text"}, "Pas de propositions pour une réponse à écrire"),
        ({"choices_0": "\x00"}, "caractère non autorisé"),
    ],
)
def test_what_is_wrong_is_told_and_kept(client, officer, soup, fields, sentence):
    question = QuestionFactory()
    response = change(client, question, **fields)

    assert sentence in soup(response, ".errorlist:not(.nonfield)").get_text()
    question.refresh_from_db()
    assert question.answers == [1]


def test_a_question_saved_as_it_stands_does_not_change(client, officer):
    question = QuestionFactory()
    before = Question.objects.values().get()
    response = change(client, question)

    assert response.status_code == 302
    assert Question.objects.values().get() == before


# The files of the form


def test_a_question_without_files_says_so_in_french(client, officer, soup):
    page = client.get(reverse("admin:exam_question_change", args=[QuestionFactory().pk]))
    shown = [words(field) for field in soup(page).select(".readonly")]

    assert shown == ["–", "–"]


def test_a_file_sent_in_the_form_is_looked_at_whatever_its_name(client, officer, soup):
    question = QuestionFactory()
    disguised = SimpleUploadedFile("plan.png", b"<script>alert(1)</script>")
    response = change(client, question, image=disguised, image_alt="Un plan")

    assert "annonce son nom" in soup(response, ".errorlist:not(.nonfield)").get_text()
    question.refresh_from_db()
    assert not question.image


def test_files_sent_with_a_form_that_is_refused_are_shown_nowhere(client, officer, soup):
    plan = SimpleUploadedFile("plan.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>')
    sent = {"image": plan, "attachment": SimpleUploadedFile("notes.csv", b"1;2")}

    response = client.post(reverse("admin:exam_question_add"), sent)

    assert soup(response).select(".errorlist") != []
    assert soup(response).select("img.preview, a[href*='/fichiers/']") == []


PLAN = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def send_plan(client, question):
    image = SimpleUploadedFile("plan.svg", PLAN)
    return change(client, question, image=image, image_alt="Un plan")


def test_an_image_sent_in_the_form_is_kept_whole_under_its_content(client, officer):
    question = QuestionFactory()
    send_plan(client, question)

    question.refresh_from_db()
    assert question.image.name == bank_files.address_of("plan.svg", PLAN)
    with question.image.open() as kept:
        assert kept.read() == PLAN


@pytest.mark.django_db(transaction=True)
def test_no_row_is_held_while_an_image_is_on_its_way(client, officer, settings):
    question = QuestionFactory()
    storages.watch(settings)

    assert send_plan(client, question).status_code == 302
    assert bank_files.kept_content(bank_files.address_of("plan.svg", PLAN)) == PLAN


def test_whoever_may_not_write_in_the_bank_keeps_nothing_there():
    member = browser(MembershipFactory().user)

    assert send_plan(member, QuestionFactory()).status_code == 302
    assert bank_files.kept_content(bank_files.address_of("plan.svg", PLAN)) is None


# Access


NAMES = ["export", "export_files", "import", "import_confirm"]


@pytest.mark.parametrize("name", NAMES)
def test_the_bank_is_for_officers(name):
    address = reverse(f"admin:exam_question_{name}")
    clients = [browser(UserFactory()), browser(MembershipFactory().user)]

    assert [client.get(address).status_code for client in clients] == [302, 302]


def test_the_preview_is_for_officers():
    assert preview(browser(UserFactory()), QuestionFactory()).status_code == 302


def test_a_long_statement_is_cut_where_it_says_so():
    question = QuestionFactory.build(key="1.1-01", statement="Inès cherche les horaires. " * 3)

    assert str(question) == "1.1-01 · Inès cherche les horaires. Inès cherche les horaires. Inès …"
