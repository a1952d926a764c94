from datetime import date, time
from uuid import uuid4

import pytest

from certif.accounts.models import Role
from certif.audit.models import AuditEvent
from sessions.actions.session import edit_version
from sessions.models import ExamSession
from tests.factories import CentreFactory, ExamSessionFactory, MembershipFactory
from tests.situations import finalised, started

pytestmark = pytest.mark.usefixtures("first_of_december")

FORM = {
    "site": "Collège Anne Frank",
    "room": "Salle 208",
    "date": "14/12/2026",
    "start_time": "09:00",
    "end_time": "",
    "invigilators": "Paul Éluard et Louise Labé",
    "observations": "",
}


@pytest.fixture
def member(db):
    return MembershipFactory(role=Role.MEMBER)


@pytest.fixture
def create(client, member):
    client.force_login(member.user)
    return lambda **form: client.post(f"/sessions/centre/{member.centre_id}/nouvelle/", FORM | form)


@pytest.fixture
def session(member):
    return ExamSessionFactory(centre=member.centre, date=date(2026, 12, 14))


@pytest.fixture
def edit(client, member, session):
    client.force_login(member.user)
    return lambda **form: client.post(
        f"/sessions/{session.pk}/modifier/",
        FORM | {"version": edit_version(session), "invigilators": "Paul Éluard"} | form,
    )


def test_session_is_created_with_its_secrets(create, member):
    response = create()

    session = ExamSession.objects.get()
    assert response.url == session.get_absolute_url()
    assert (session.centre, session.created_by) == (member.centre, member.user)
    assert session.date == date(2026, 12, 14)
    assert session.password.startswith("C-")


@pytest.mark.parametrize("page", ["creating", "editing"])
def test_what_is_missing_is_told_by_the_page_not_by_the_browser(
    client, member, session, soup, page
):
    client.force_login(member.user)
    urls = {
        "creating": f"/sessions/centre/{member.centre_id}/nouvelle/",
        "editing": f"/sessions/{session.pk}/modifier/",
    }

    form = soup(client.get(urls[page]), "main form")

    assert form.select("input[required]")
    assert form.has_attr("novalidate")


def test_a_list_of_names_may_be_pasted_one_a_line(client, member, soup):
    client.force_login(member.user)

    page = client.get(f"/sessions/centre/{member.centre_id}/nouvelle/")

    assert soup(page, "textarea[name=invigilators]")


def test_names_pasted_one_a_line_are_kept_on_one_with_commas(create):
    create(invigilators="Paul Éluard\r\nLouise Labé;\r\nSimone Weil")

    assert ExamSession.objects.get().invigilators == "Paul Éluard, Louise Labé, Simone Weil"


def test_day_and_hour_may_come_from_the_pickers(create):
    create(date="2026-12-14", start_time="09:00", end_time="11:30")

    assert ExamSession.objects.get().end_time == time(11, 30)


@pytest.mark.parametrize("hour", ["9h", "9 h 00", "9:00", "09:00:00", "9H00", "９h００"])
def test_hour_may_be_typed_as_people_write_it(create, hour):
    create(start_time=hour)

    assert ExamSession.objects.get().start_time == time(9)


def test_full_width_digits_are_understood(create):
    create(date="１４/１２/２０２６")

    assert ExamSession.objects.get().date == date(2026, 12, 14)


def test_centre_far_away_has_its_own_clock(client, db):
    member = MembershipFactory(centre=CentreFactory(time_zone="Pacific/Noumea"))
    client.force_login(member.user)
    url = f"/sessions/centre/{member.centre_id}/nouvelle/"

    assert "heure de Nouméa" in client.get(url).text
    client.post(url, FORM)

    assert ExamSession.objects.get().starts_at.isoformat() == "2026-12-13T22:00:00+00:00"


def test_a_changed_hour_is_kept_in_the_zone_that_the_page_announces(client, edit, session, member):
    member.centre.time_zone = "Pacific/Noumea"
    member.centre.save()

    page = client.get(f"/sessions/{session.pk}/modifier/").text
    edit(start_time="10:00")

    session.refresh_from_db()
    assert "heure de Nouméa" in page
    assert session.time_zone == "Pacific/Noumea"


def test_hours_typed_for_a_zone_that_changed_meanwhile_are_not_kept(edit, session, member):
    version = edit_version(session)
    member.centre.time_zone = "Pacific/Noumea"
    member.centre.save()

    response = edit(start_time="10:00", version=version)

    session.refresh_from_db()
    assert response.status_code == 409
    assert session.start_time == time(9)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("site", ""),
        ("site", "  \u200b "),
        ("site", "Coll\x00ège"),
        ("site", "x" * 5000),
        ("room", ""),
        ("date", ""),
        ("date", "31/02/2026"),
        ("date", "01/01/0001"),
        ("date", "14/12/2101"),
        ("date", "demain"),
        ("date", "14/12/2026\x00"),
        ("start_time", ""),
        ("start_time", "25:00"),
        ("start_time", "midi"),
        ("end_time", "09:00"),
        ("end_time", "08:59"),
        ("invigilators", "x" * 5000),
        ("observations", "x" * 5000),
        ("observations", "\x07"),
    ],
)
def test_bad_input_is_422_at_its_field_and_writes_nothing(create, soup, field, value):
    response = create(**{field: value})

    assert response.status_code == 422
    assert soup(response, f"#id_{field}")["aria-invalid"] == "true"
    assert not ExamSession.objects.exists()


def test_what_was_typed_is_kept(create, soup):
    response = create(room="", date="31/02/2026", observations="Accès par la cour.")

    assert soup(response, "#id_site")["value"] == FORM["site"]
    assert soup(response, "#id_date")["value"] == "31/02/2026"
    assert soup(response, "#id_date")["type"] == "text"
    assert "Accès par la cour." in soup(response, "#id_observations").text


@pytest.mark.parametrize(
    ("day", "hour", "reason"),
    [("29/03/2026", "02:30", "n’existe pas"), ("25/10/2026", "02:30", "existe deux fois")],
)
def test_hour_broken_by_the_clock_change_is_refused(create, soup, day, hour, reason):
    response = create(date=day, start_time=hour)

    assert response.status_code == 422
    assert reason in soup(response, ".form-errors").text


def test_double_sending_creates_one_session(create):
    operation = str(uuid4())

    first, second = create(operation=operation), create(operation=operation)

    assert first.url == second.url
    assert ExamSession.objects.count() == 1


def test_same_operation_with_other_words_is_refused(create):
    operation = str(uuid4())
    create(operation=operation)

    assert create(operation=operation, room="Salle 2").status_code == 422
    assert ExamSession.objects.count() == 1


def test_edit_changes_and_says_so_in_the_history(edit, session):
    response = edit(room="Salle 300")

    assert response.url == session.get_absolute_url()
    session.refresh_from_db()
    assert session.room == "Salle 300"
    assert AuditEvent.objects.get(kind="session.edited").data["changes"] == "salle"


def test_edit_form_shows_the_present_values(client, member, session, soup):
    client.force_login(member.user)

    page = client.get(f"/sessions/{session.pk}/modifier/")

    assert soup(page, "#id_date")["value"] == "2026-12-14"
    assert soup(page, "#id_start_time")["value"] == "09:00"
    assert soup(page, "[name=version]")["value"] == edit_version(session)


def test_stale_form_is_409_with_the_present_values_and_the_typed_ones(edit, session, soup):
    response = edit(version="ancienne", room="Salle 300")

    assert response.status_code == 409
    assert soup(response, "#id_room")["value"] == "Salle 208"
    assert "Salle 300" in soup(response, "#not-kept").text
    assert soup(response, "[name=version]")["value"] == edit_version(session)
    session.refresh_from_db()
    assert session.room == "Salle 208"


def test_form_without_its_version_is_stale(edit, session):
    assert edit(version="", room="Salle 300").status_code == 409
    session.refresh_from_db()
    assert session.room == "Salle 208"


def test_bad_edit_keeps_the_version_it_was_made_from(edit, soup):
    response = edit(room="", version="ancienne")

    assert response.status_code == 422
    assert soup(response, "[name=version]")["value"] == "ancienne"


def test_schedule_is_not_offered_after_the_first_start(client, member, session, bank, soup):
    started(session=open_today(session))
    client.force_login(member.user)

    page = soup(client.get(f"/sessions/{session.pk}/modifier/"))

    assert not page.select("#id_date")
    assert "Un test a déjà commencé" in page.text


def test_room_still_changes_after_the_first_start(client, member, session, bank):
    started(session=open_today(session))
    client.force_login(member.user)
    form = {key: FORM[key] for key in ("site", "invigilators", "observations")}

    client.post(
        f"/sessions/{session.pk}/modifier/",
        form | {"room": "Salle 300", "version": edit_version(session)},
    )

    session.refresh_from_db()
    assert session.room == "Salle 300"


def test_schedule_typed_before_the_first_start_is_409(edit, session, bank, soup):
    started(session=open_today(session))
    version = edit_version(session)

    response = edit(version=version, date="15/12/2026")

    assert response.status_code == 409
    assert "Un test a déjà commencé" in soup(response, "#not-kept").text


def test_finalised_session_is_not_edited(client, member, bank):
    session = finalised(ExamSessionFactory(centre=member.centre))
    client.force_login(member.user)

    response = client.get(f"/sessions/{session.pk}/modifier/")

    assert response.status_code == 409
    assert "Cette session est finalisée" in response.text


def open_today(session):
    today = ExamSessionFactory.build(centre=session.centre, created_by=session.created_by)
    session.set_schedule(today.date, session.start_time, None)
    session.save()
    return session
