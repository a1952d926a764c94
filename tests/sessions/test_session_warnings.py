"""What is worth a second look is asked once; nothing of it is forbidden."""

from datetime import date, time
from uuid import uuid4

import pytest
import time_machine

from sessions.actions.session import edit_version
from sessions.models import ExamSession
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, MembershipFactory

FORM = {
    "site": "Collège Anne Frank",
    "room": "Salle 208",
    "date": "14/12/2026",
    "start_time": "09:00",
    "end_time": "",
    "invigilators": "Paul Éluard",
    "observations": "",
}
DAY = date(2026, 12, 14)


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel("2026-11-20 12:00Z", tick=False):
        yield


@pytest.fixture
def member(db):
    return MembershipFactory()


@pytest.fixture
def create(client, member):
    client.force_login(member.user)
    return lambda **form: client.post(f"/sessions/centre/{member.centre_id}/nouvelle/", FORM | form)


@pytest.fixture
def session(member):
    return ExamSessionFactory(centre=member.centre, date=DAY)


@pytest.fixture
def edit(client, member, session):
    client.force_login(member.user)
    return lambda **form: client.post(
        f"/sessions/{session.pk}/modifier/", FORM | {"version": edit_version(session)} | form
    )


def warnings(soup, response):
    return [warning.text for warning in soup(response).select("#to-confirm li")]


def confirmation(soup, response):
    return soup(response, "[name=confirmed]")["value"]


def test_ordinary_session_asks_nothing(create):
    assert create().status_code == 302


@pytest.mark.parametrize(
    ("form", "warning"),
    [
        ({"date": "19/11/2026"}, "cette session aurait fini le 19/11/2026, 10\u00a0h\u00a045."),
        ({"date": "14/12/2028"}, "dans plus d’un an\u00a0: vérifiez l’année, 2028."),
        ({"end_time": "10:44"}, "L’heure de fin laisse moins de 1\u00a0h\u00a045"),
    ],
)
def test_doubtful_hours_are_asked_about_and_nothing_is_written(create, soup, form, warning):
    response = create(**form)

    assert response.status_code == 409
    assert warning in warnings(soup, response)[0]
    assert "Créer quand même" in response.text
    assert soup(response, "#id_site")["value"] == FORM["site"]
    assert not ExamSession.objects.exists()


def test_session_that_began_but_is_not_over_asks_nothing(create):
    assert create(date="20/11/2026", start_time="12:00").status_code == 302


def test_confirmed_session_is_created(create, soup):
    asked = create(date="19/11/2026")

    response = create(date="19/11/2026", confirmed=confirmation(soup, asked))

    assert response.status_code == 302
    assert ExamSession.objects.get().date == date(2026, 11, 19)


def test_other_warning_than_the_confirmed_one_is_asked_again(create, soup):
    asked = create(date="19/11/2026")

    response = create(date="18/11/2026", confirmed=confirmation(soup, asked))

    assert response.status_code == 409
    assert confirmation(soup, response) != confirmation(soup, asked)
    assert not ExamSession.objects.exists()


@pytest.mark.parametrize("confirmed", ["1", "x" * 5000, "\x00"])
def test_made_up_confirmation_is_not_enough(create, confirmed):
    assert create(date="19/11/2026", confirmed=confirmed).status_code == 409


def test_confirmed_form_sent_twice_creates_one_session(create, session, soup):
    form = {"confirmed": confirmation(soup, create()), "operation": str(uuid4())}

    first, second = create(**form), create(**form)

    assert first.url == second.url
    assert ExamSession.objects.count() == 2


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"start_time": "10:44"},
        {"start_time": "07:30", "end_time": "09:15"},
        {"site": "COLLEGE ANNE-FRANK", "room": "salle  208"},
    ],
)
def test_room_already_taken_is_named_with_its_hours(create, session, soup, form):
    response = create(**form)

    (warning,) = warnings(soup, response)
    assert (
        f"session {session.pk}, le 14/12/2026, 9\u00a0h\u00a000, jusqu’à 10\u00a0h\u00a045"
        in warning
    )


@pytest.mark.parametrize(
    "form",
    [
        {"start_time": "10:45"},
        {"room": "Salle 20"},
        {"room": "Salle 2080"},
        {"site": "Annexe"},
        {"date": "15/12/2026"},
    ],
)
def test_other_room_or_other_hours_are_free(create, session, form):
    assert create(**form).status_code == 302


def test_same_room_of_another_centre_is_another_room(create):
    ExamSessionFactory(centre=CentreFactory(), date=DAY)

    assert create().status_code == 302


def test_edit_does_not_meet_itself(edit, session):
    assert edit(start_time="09:30").status_code == 302


def test_edit_into_a_taken_room_is_asked_about(edit, member, session, soup):
    ExamSessionFactory(centre=member.centre, date=DAY, room="CDI", start_time=time(9, 30))

    asked = edit(room="CDI")

    assert asked.status_code == 409
    assert "Enregistrer quand même" in asked.text
    session.refresh_from_db()
    assert session.room == "Salle 208"
    assert edit(room="CDI", confirmed=confirmation(soup, asked)).status_code == 302


def test_edit_of_the_observations_of_a_past_session_asks_nothing(client, member):
    past = ExamSessionFactory(centre=member.centre, date=date(2026, 11, 1))
    client.force_login(member.user)
    form = FORM | {"date": "01/11/2026", "observations": "Clé.", "version": edit_version(past)}

    assert client.post(f"/sessions/{past.pk}/modifier/", form).status_code == 302


def test_too_few_invigilators_are_asked_about(edit, session, soup):
    CandidateFactory.create_batch(21, session=session)

    (warning,) = warnings(soup, edit(invigilators="Zoé Ba"))

    assert warning.startswith("21 candidats pour 1 surveillant")


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"date": "28/03/2027", "start_time": "01:00", "end_time": "02:30"}, "n’existe pas"),
        ({"date": "25/10/2026", "start_time": "00:30", "end_time": "02:30"}, "existe deux fois"),
    ],
)
def test_end_broken_by_the_clock_change_is_refused_at_the_end(create, soup, form, reason):
    response = create(**form)

    assert response.status_code == 422
    assert reason in soup(response, "#id_end_time_error").text
    assert not soup(response).select("#id_start_time[aria-invalid]")


@pytest.fixture
def twice(session):
    """The same pupil in two rooms of the centre, the other one from 14:00 on."""
    other = ExamSessionFactory(centre=session.centre, date=DAY, start_time=time(14, 0), room="CDI")
    for each in (session, other):
        CandidateFactory(session=each, birth_name="Œuvrard", first_name="Zoé")
    return other


def test_a_pupil_expected_in_two_rooms_at_once_is_named_and_may_stay(edit, twice, session, soup):
    asked = edit(start_time="13:00")

    assert warnings(soup, asked) == [
        f"1 candidat est inscrit ailleurs à ces heures\u00a0: ŒUVRARD Zoé, session\u00a0{twice.pk}."
    ]
    assert edit(start_time="13:00", confirmed=confirmation(soup, asked)).status_code == 302


def test_a_pupil_in_two_sessions_one_after_the_other_asks_nothing(edit, twice):
    assert edit(start_time="10:00").status_code == 302


def test_a_pupil_of_another_centre_asks_nothing(edit, session):
    elsewhere = ExamSessionFactory(date=DAY)
    for each in (session, elsewhere):
        CandidateFactory(session=each, birth_name="Œuvrard", first_name="Zoé")

    assert edit(start_time="09:30").status_code == 302
