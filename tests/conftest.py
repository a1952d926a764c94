import pytest
from bs4 import BeautifulSoup

from tests.factories import QuestionFactory


@pytest.fixture(autouse=True)
def _quick_and_private(settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MEDIA_ROOT = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


@pytest.fixture
def soup():
    """Parse a response and, with a selector, give its one element."""

    def parse(response, selector=None):
        page = BeautifulSoup(response.content, "html.parser")
        if selector is None:
            return page
        (element,) = page.select(selector)
        return element

    return parse


@pytest.fixture
def bank(db):
    """Three questions a competence: the least a test can be drawn from."""
    return QuestionFactory.create_bank()
