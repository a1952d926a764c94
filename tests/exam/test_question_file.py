import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse

from exam import bank_files
from exam.models import Question
from invigilation import actions as invigilation_actions
from tests import situations
from tests.exam.browsers import browser, holding
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(bank):
    """Every question carries an image and a file."""
    image = default_storage.save("questions/1/dessin.svg", ContentFile(b"<svg/>"))
    sheet = default_storage.save("questions/1/été.csv", ContentFile("a;é".encode()))
    Question.objects.update(image=image, image_alt="Un dessin", attachment=sheet)
    return situations.started()


def get(attempt, number=1, kind="image", client=None):
    address = reverse("exam:question_file", args=[attempt.candidate_id, number, kind])
    return (client or holding(attempt)).get(address)


def content(response):
    return b"".join(response)


def test_the_image_of_the_question_is_shown(attempt):
    response = get(attempt)

    assert content(response) == b"<svg/>"
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Content-Disposition"].startswith("inline")


def test_a_file_on_this_disk_is_not_copied(attempt, settings, tmp_path):
    settings.BANK_CACHE = tmp_path / "bank"

    content(get(attempt))

    assert not settings.BANK_CACHE.exists()


def test_the_file_of_the_question_is_downloaded_under_its_name(attempt):
    response = get(attempt, kind="fichier")

    assert content(response) == "a;é".encode()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%C3%A9t%C3%A9.csv"


def test_what_a_file_holds_can_do_nothing(attempt):
    response = get(attempt)
    content(response)

    assert response["Content-Security-Policy"].startswith("sandbox")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_an_unknown_type_is_only_bytes():
    assert bank_files.content_type("page.html") == "application/octet-stream"


def test_a_question_already_answered_keeps_its_file(attempt):
    situations.answer_all(attempt, upto=1)

    assert content(get(attempt, number=1)) == b"<svg/>"


@pytest.mark.parametrize("number", [0, 2, 48, 49, 999])
def test_a_question_not_yet_shown_has_no_file(attempt, number):
    assert get(attempt, number=number).status_code == 404


def test_a_question_without_file_has_none(attempt):
    Question.objects.update(attachment="")

    assert get(attempt, kind="fichier").status_code == 404


def test_a_file_that_the_storage_lost_is_not_found(attempt):
    default_storage.delete("questions/1/dessin.svg")

    assert get(attempt).status_code == 404


def test_there_is_no_other_kind_of_file(attempt):
    assert get(attempt, kind="answers").status_code == 404


def test_somebody_else_sees_nothing(attempt):
    assert get(attempt, client=browser(UserFactory())).status_code == 404


def test_another_candidate_sees_nothing(attempt):
    neighbour = holding(situations.started(session=attempt.candidate.session))

    assert get(attempt, client=neighbour).status_code == 404


def test_another_browser_of_the_candidate_sees_nothing(attempt):
    assert get(attempt, client=browser(attempt.candidate.user)).status_code == 404


def test_after_the_end_there_is_nothing_left(attempt):
    client = holding(attempt)
    invigilation_actions.end_test(attempt.candidate, by=UserFactory())

    assert get(attempt, client=client).status_code == 404
