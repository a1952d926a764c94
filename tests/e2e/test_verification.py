"""« Vérifier un certificat », as a stranger comes there: by the QR code of the paper, or by his own hand."""

import logging

import pytest

from finalisation import verification
from finalisation.models import Certificate
from finalisation.verification import in_groups
from tests import situations
from tests.e2e.conftest import PHONE
from tests.factories import CandidateFactory

pytestmark = pytest.mark.django_db(transaction=True)

UNKNOWN = "7K3M-0XD9-41TC-VARP"
FIELD = "Code de vérification"


@pytest.fixture
def code(bank):
    candidate = CandidateFactory(joined=True, birth_name="Martin", first_name="Léa")
    situations.finished(candidate)
    situations.published(candidate.session)
    return in_groups(Certificate.objects.get().code)


def test_a_qr_code_fills_in_the_form_and_its_code_is_in_no_address(
    code, somebody, monkeypatch, caplog
):
    monkeypatch.setattr(verification, "WRONG_CODES", 1)
    caplog.set_level(logging.DEBUG)
    stranger = somebody(PHONE)
    asked = []
    stranger.page.on("request", lambda request: asked.append(request.url))

    scans(stranger, code)
    stranger.look()
    stranger.press("Vérifier")
    stranger.reads("Certificat valable")
    stranger.reads("Léa MARTIN")
    stranger.look()

    # The paper of somebody else, in the same window: what was said of the first is gone.
    scans(stranger, UNKNOWN)
    stranger.page.get_by_text("Certificat valable").wait_for(state="detached")
    stranger.press("Vérifier")
    stranger.reads("Aucun certificat valable ne porte ce code.")
    stranger.look()
    stranger.press("Vérifier")
    stranger.reads("Trop de codes erronés depuis votre réseau. Réessayez dans 60 minutes.")
    stranger.look()

    told = [caplog.text, *asked]
    assert [each for each in told if code in each or UNKNOWN in each or "MARTIN" in each] == []
    assert stranger.faults == []


def scans(person, code):
    person.go(f"/verification/#{code}")
    person.page.wait_for_function(
        "code => document.getElementById('id_code').value === code", arg=code
    )
    person.page.wait_for_url("**/verification/")


def test_without_scripts_the_code_is_typed(code, somebody):
    stranger = somebody({**PHONE, "java_script_enabled": False})
    stranger.go("/verification/")
    stranger.page.get_by_label(FIELD).fill(code)

    stranger.press("Vérifier")

    stranger.reads("Certificat valable")
    assert stranger.page.url.endswith("/verification/")
