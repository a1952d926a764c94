"""The rule book of three forms: what may be typed, and what is said of the rest."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certif.audit.models import AuditEvent
from sessions.models import ExamSession
from tests import situations
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
    QuestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

JOIN, WATCH = reverse("exam:join"), reverse("invigilation:join")
NOBODY = "Ces informations ne correspondent à aucune inscription"
WRONG = "Ce code est incorrect"


def window(user=None):
    client = Client()
    client.force_login(user or UserFactory())
    return client


def said(soup, response, selector):
    return " ".join(soup(response, selector).get_text().replace("\u00a0", " ").split())


# --- To join a session ----------------------------------------------------------------------------


@pytest.fixture
def candidate():
    return CandidateFactory(birth_name="Œuvrard-D’Arc", first_name="Zoé")


def identity(candidate, **changes):
    return {
        "session_number": candidate.session_id,
        "first_name": "Zoé",
        "birth_name": "Œuvrard-D’Arc",
        "birth_date": "10/12/2012",
        **changes,
    }


DICTATED = pytest.mark.parametrize(
    "written",
    ["n° {}", "N°{}", "n\u00a0{}", "№ {}", "session {}", "Session n° {}", "numéro de session : {}"],
)


@DICTATED
def test_a_candidate_may_type_the_number_of_a_session_as_it_is_dictated(candidate, written):
    number = written.format(candidate.session_id)

    assert window().post(JOIN, identity(candidate, session_number=number)).status_code == 302


@DICTATED
def test_an_invigilator_may_type_the_number_of_a_session_as_it_is_dictated(written):
    session = ExamSessionFactory()
    door = {"number": written.format(session.pk), "password": session.password}

    assert window().post(WATCH, door).status_code == 302


@pytest.mark.parametrize("written", [" {} ", "\u00a0{}", "{}\u202f", "00{}"])
def test_the_number_of_a_session_is_typed_with_spaces(candidate, written):
    number = written.format(candidate.session_id)

    assert window().post(JOIN, identity(candidate, session_number=number)).status_code == 302


@pytest.mark.parametrize(
    "name", ["oeuvrard d'arc", "ŒUVRARD-D‘ARC", "Oeuvrard‑d’Arc", "OEUVRARDDARC", "Œuvrard—D’Arc"]
)
def test_a_name_is_typed_on_any_keyboard(candidate, name):
    assert window().post(JOIN, identity(candidate, birth_name=name)).status_code == 302


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("session_number", "", "Indiquez le numéro de session."),
        ("session_number", "1 OR 1=1", "Indiquez un nombre"),
        ("session_number", "1;--", "Indiquez un nombre"),
        ("session_number", "1e3", "Indiquez un nombre"),
        ("session_number", "1.5", "Indiquez un nombre"),
        ("session_number", "question 1", "Indiquez un nombre"),
        ("session_number", "n° -1", "Indiquez un nombre"),
        ("session_number", "session n°", "Indiquez un nombre"),
        ("birth_name", "A\x00b", "caractère non autorisé"),
        ("birth_name", "x" * 5000, "100 caractères au plus"),
        ("first_name", "x" * 101, "100 caractères au plus"),
        ("birth_date", "31/02/2008", "Cette date n’existe pas."),
        ("birth_date", "29/02/2023", "Cette date n’existe pas."),
        ("birth_date", "01/01/0001", "Vérifiez la date de naissance"),
        ("birth_date", "01/01/2999", "Vérifiez la date de naissance"),
        ("birth_date", "3/4/08", "jj/mm/aaaa"),
    ],
)
def test_what_is_no_identity_is_said_by_its_field(candidate, soup, field, typed, sentence):
    response = window().post(JOIN, identity(candidate, **{field: typed}))

    assert response.status_code == 422
    assert sentence in said(soup, response, f"#id_{field}_error")


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", '"><img hx-get=/>', "{{ 7 }}"])
def test_markup_is_a_name_like_another(candidate, soup, typed):
    response = window().post(JOIN, identity(candidate, birth_name=typed))

    assert response.status_code == 422
    assert NOBODY in response.content.decode()
    assert soup(response, "#id_birth_name")["value"] == typed
    assert not soup(response).select("main script, main img")


def test_a_form_sent_three_times_links_once(candidate):
    client, form = window(), identity(candidate, operation=str(uuid4()))

    addresses = {client.post(JOIN, form).url for _ in range(3)}

    assert addresses == {reverse("exam:start", args=[candidate.pk])}
    assert AuditEvent.objects.filter(kind="candidate.linked").count() == 1


# --- The access code ------------------------------------------------------------------------------


@pytest.fixture
def ready():
    QuestionFactory.create_bank()
    candidate = CandidateFactory(joined=True, session=ExamSessionFactory(access_code="VRRJ32"))
    situations.present(candidate)
    return candidate


def start(candidate, code, client=None):
    client = client or window(candidate.user)
    return client.post(reverse("exam:start", args=[candidate.pk]), {"code": code})


@pytest.mark.parametrize("typed", ["vrrj32", " VRRJ 32 ", "VRRJ-32", "ｖｒｒｊ３２", "V R R J 3 2"])
def test_a_code_is_typed_in_any_way(ready, typed):
    assert start(ready, typed).status_code == 302


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Tapez le code d’accès"),
        ("VRRJ3Z", WRONG),
        ("VRRJ", WRONG),
        ("VRRJ322", WRONG),
        ("' OR ''='", WRONG),
        ("x" * 5000, "40 caractères au plus"),
        ("VRRJ\x0032", "caractère non autorisé"),
    ],
)
def test_another_code_is_said(ready, soup, typed, sentence):
    response = start(ready, typed)

    assert response.status_code == 422
    assert sentence in said(soup, response, "#id_code_error")


def test_the_sixth_wrong_code_waits_and_his_neighbour_does_not(ready):
    neighbour = CandidateFactory(joined=True, session=ready.session)
    situations.present(neighbour)
    client = window(ready.user)

    statuses = [start(ready, "BCDF22", client).status_code for _ in range(6)]

    assert statuses == [422] * 5 + [429]
    assert start(neighbour, "VRRJ32").status_code == 302


def test_the_code_of_who_is_not_ticked_is_no_failure(ready, soup):
    absent = CandidateFactory(joined=True, session=ready.session)
    client = window(absent.user)

    answers = [start(absent, "VRRJ32", client) for _ in range(7)]

    assert {answer.status_code for answer in answers} == {409}
    assert "Merci de prévenir votre surveillant" in answers[-1].content.decode()


def test_the_test_that_is_open_elsewhere_is_asked_for(ready):
    start(ready, "VRRJ32")

    response = start(ready, "VRRJ32")

    assert response.status_code == 409
    assert AuditEvent.objects.filter(kind="attempt.resume_asked").count() == 1


# --- The form of a session ------------------------------------------------------------------------


@pytest.fixture
def create():
    centre = CentreFactory()
    client = window(MembershipFactory(centre=centre).user)
    day = timezone.localdate() + timedelta(days=7)
    form = {
        "site": "Collège",
        "room": "Salle 1",
        "date": f"{day:%d/%m/%Y}",
        "start_time": "9:00",
        "invigilators": "Zoé Ba",
    }

    def send(**changes):
        url = reverse("sessions:session_create", args=[centre.pk])
        return client.post(url, {**form, "operation": str(uuid4()), **changes})

    return send


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("room", "x" * 400, "caractères au plus"),
        ("room", "A\x00", "caractère non autorisé"),
        ("date", "30/02/2027", "Cette date n’existe pas"),
        ("start_time", "25:00", "heure"),
        ("end_time", "8:00", "L’heure de fin doit être après l’heure de début."),
    ],
)
def test_what_is_no_session_is_said_by_its_field(create, soup, field, typed, sentence):
    response = create(**{field: typed})

    assert response.status_code == 422
    assert sentence in said(soup, response, f"#id_{field}_error")
    assert not ExamSession.objects.exists()


def test_an_hour_that_the_clocks_skip_is_refused(create, soup):
    response = create(date="28/03/2027", start_time="2:30")

    assert response.status_code == 422
    assert "n’existe pas ce jour-là" in said(soup, response, "#id_start_time_error")


def test_a_past_day_is_asked_about(create):
    response = create(date=f"{timezone.localdate() - timedelta(days=1):%d/%m/%Y}")

    assert "La date est passée" in response.content.decode()
    assert not ExamSession.objects.exists()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Salle 🎓", "Salle 🎓"), ("Salle\r\n12", "Salle 12"), ("  CDI ", "CDI")],
)
def test_a_room_is_one_line(create, typed, kept):
    create(room=typed)

    assert ExamSession.objects.get().room == kept


@pytest.mark.parametrize(
    "typed",
    [
        "Zoé Ba; Ian Ko",
        "Zoé Ba, Ian Ko",
        "Zoé Ba et Ian Ko",
        "Zoé Ba ET Ian Ko",
        "Zoé Ba,et Ian Ko",
        "Zoé Ba\r\nIan Ko",
        "\nZoé Ba,\n\nIan Ko\n",
    ],
)
def test_two_invigilators_in_one_field_are_two(create, typed):
    create(invigilators=typed)

    assert ExamSession.objects.get().invigilator_names == ["Zoé Ba", "Ian Ko"]


# --- A password -----------------------------------------------------------------------------------

ADA = {"email": "ada.lovelace@exemple.test", "first_name": "Ada", "last_name": "Lovelace"}


@pytest.mark.parametrize(
    "password",
    ["", "12345", "court-un", "1234567890", "9876543210", "password123", "azertyuiop", "adalovelace", "qwertyuiop", "0000000000"],
)  # fmt: skip
def test_a_password_that_is_guessed_first_is_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password, UserFactory.build(**ADA))


@pytest.mark.parametrize(
    "password",
    ["trois mots au hasard", "Cheval-Agrafe-42", "éàüœ€ñßøłđ", "jeudi il pleut", "x7#Kq9!vLp2"],
)
def test_a_password_needs_no_rule_of_composition(password):
    validate_password(password, UserFactory.build(**ADA))
