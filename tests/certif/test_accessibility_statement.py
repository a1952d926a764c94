"""« Accessibilité : non conforme »: what the law asks for, and nothing that is not so."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.urls import reverse

from tests.factories import UserFactory

TEMPLATES = Path(settings.BASE_DIR) / "templates"
FOOTER = re.compile(r"{% block footer %}(.*?){% endblock", re.DOTALL)


def words_of(response):
    page = BeautifulSoup(response.content, "html.parser")
    return " ".join(page.main.get_text(" ", strip=True).split())


@pytest.fixture
def statement(client, db):
    return words_of(client.get(reverse("accessibility")))


def test_the_state_is_the_one_of_a_service_without_an_audit(statement):
    assert "Accessibilité : non conforme" in statement
    assert "Aucun audit de conformité n’a été mené" in statement


@pytest.mark.parametrize(
    "tested", ["axe-core", "clavier seul", "320 pixels", "400 %", "couleurs forcées"]
)
def test_what_was_tested_is_named(statement, tested):
    done = statement.partition("Ce qui n’a pas été vérifié")[0]

    assert tested in done


@pytest.mark.parametrize(
    "untested",
    ["aucune personne qui utilise une technologie d’assistance", "aucun lecteur d’écran", "PDF"],
)
def test_what_was_not_tested_is_named(statement, untested):
    missing = statement.partition("Ce qui n’a pas été vérifié")[2]

    assert untested in missing


def test_who_is_not_answered_knows_whom_to_ask(statement):
    assert settings.SUPPORT_EMAIL in statement
    assert "Défenseur des droits, Libre réponse 71120, 75342 Paris CEDEX 07" in statement


@pytest.mark.parametrize(
    "template",
    sorted(path for path in TEMPLATES.rglob("*.html") if FOOTER.search(path.read_text())),
    ids=lambda path: str(path.relative_to(TEMPLATES)),
)
def test_no_page_has_a_footer_without_the_statement(template):
    footer = FOOTER.search(template.read_text())[1]

    assert re.search(r'include "layout/_(accessibility|small_footer).html"', footer)


def has_the_link(response):
    page = BeautifulSoup(response.content, "html.parser")
    link = page.select_one(f"footer a[href='{reverse('accessibility')}']")
    return "non conforme" in link.text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/connexion/", "/verification/", "/nowhere/"])
def test_the_pages_of_anybody_lead_to_it(client, path):
    assert has_the_link(client.get(path))


@pytest.mark.django_db
def test_the_administration_leads_to_it(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert has_the_link(client.get(reverse("admin:index")))
