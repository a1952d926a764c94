"""« Élèves »: the register of a school, by class; its erasure."""

import pytest
import time_machine

from certif.accounts.models import CentreKind, Role
from certif.audit.models import AuditEvent, record
from sessions.enums import ImportKind
from sessions.models import Pupil
from sessions.queries import last_register_import
from tests.factories import CentreFactory, MembershipFactory, PupilFactory
from tests.sessions.workbooks import TITLES, confirm, one_sheet, send, someone

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "pupils"}


@pytest.fixture
def manager():
    return MembershipFactory()


@pytest.fixture
def url(manager):
    return f"/sessions/centre/{manager.centre_id}/eleves/"


@pytest.fixture
def show(client, manager, url):
    client.force_login(manager.user)
    return lambda headers=None, **data: client.get(url, data, headers=headers)


@pytest.fixture
def pupil(manager):
    return lambda *name, **fields: PupilFactory(
        centre=manager.centre, **dict(zip(["birth_name"], name, strict=False)), **fields
    )


def shown(page):
    return [name.text for name in page.select("#pupil-rows [data-name]")]


def test_every_pupil_is_shown_at_first_by_class_and_by_name(show, pupil, soup):
    pupil("B", school_class="3e A")
    pupil("A", school_class="3e B")
    pupil("C", school_class="3e A")

    page = soup(show())

    assert shown(page) == ["B Ada", "C Ada", "A Ada"]
    assert "3 élèves, 2 classes." in page.select_one("main").text


def test_one_class_can_be_shown(show, pupil, soup):
    pupil("A", school_class="3e A")
    pupil("B", school_class="3e B")

    assert shown(soup(show(classe="3e B"))) == ["B Ada"]


def test_a_row_tells_what_is_known_of_a_pupil(show, pupil, soup):
    pupil("Rosso", external_id="123456789AB", birth_city="Ivry-sur-Seine")

    row = soup(show(), "#pupil-rows > tr").text

    assert "ROSSO Ada" in row
    assert "10/12/2012" in row
    assert "123456789AB" in row
    assert "Ivry-sur-Seine" in row


def test_the_day_of_the_last_import_is_told_in_the_zone_of_the_centre(client):
    school = CentreFactory(kind=CentreKind.SCO, time_zone="Pacific/Noumea")
    client.force_login(MembershipFactory(centre=school).user)
    with time_machine.travel("2026-11-20T20:05:00Z", tick=False):
        confirm(send(ImportKind.REGISTER, school, one_sheet(TITLES, someone("Rosso"))))

    page = client.get(f"/sessions/centre/{school.pk}/eleves/").text

    assert "Dernier import : samedi 21 novembre 2026, 7 h 05." in page


def test_the_import_of_another_file_is_not_that_of_the_register():
    school = CentreFactory(kind=CentreKind.SCO)
    confirm(send(ImportKind.REGISTER, school, one_sheet(TITLES, someone("Rosso"))))
    of_register = AuditEvent.objects.get(kind="import.confirmed")
    record("import.confirmed", by=None, centre=school, import_kind=ImportKind.SHUTTLE)

    assert of_register.data["import_kind"] == ImportKind.REGISTER
    assert last_register_import(school) == of_register.at


@pytest.mark.parametrize(
    ("what", "is_told"), [("registre des élèves", True), ("navette créneaux", False)]
)
def test_an_import_of_before_lines_told_their_kind_is_known_by_its_words(what, is_told):
    school = CentreFactory(kind=CentreKind.SCO)
    record("import.confirmed", by=None, centre=school, what=what)

    assert bool(last_register_import(school)) == is_told


@pytest.mark.parametrize("data", [{}, {"classe": "3e A"}, {"classe": "inconnue"}])
def test_fragment_is_the_element_of_the_page(show, pupil, soup, data):
    pupil(school_class="3e A")
    pupil(school_class="3e B")

    fragment = soup(show(HTMX, **data))

    assert str(fragment.select_one("#pupils")) == str(soup(show(**data)).select_one("#pupils"))
    assert not fragment.select("html")


@pytest.mark.parametrize("junk", ["3e\x00A", "x" * 5000, "3e Z"])
def test_a_class_that_does_not_exist_is_told(show, pupil, junk):
    pupil(school_class="3e A")
    pupil(school_class="3e B")

    response = show(classe=junk)

    assert response.status_code == 422
    assert "Cette classe n’est pas dans le registre." in response.text


@pytest.mark.parametrize("count", [1, 25])
def test_query_count_does_not_grow_with_the_pupils(show, pupil, count, django_assert_num_queries):
    [pupil() for _ in range(count)]

    # login, user, centre, classes, count, pupils, manager, last import, centres of the person
    with django_assert_num_queries(9):
        show()


def test_an_empty_register_leads_to_its_import(show, manager, soup):
    link = soup(show(), ".empty .button")

    assert link["href"] == f"/sessions/centre/{manager.centre_id}/imports/registre/"


@pytest.mark.parametrize("address", ["", "effacer/"])
def test_only_schools_have_pupils(client, manager, url, address):
    manager.centre.kind = CentreKind.PRO
    manager.centre.save()
    client.force_login(manager.user)

    assert client.get(url + address).status_code == 404


def test_the_menu_and_the_imports_lead_to_the_register(client, manager, url, soup):
    client.force_login(manager.user)

    page = soup(client.get(f"/sessions/centre/{manager.centre_id}/imports/"))

    assert page.select_one("main #register")["href"] == url
    assert [link.text for link in page.select(f'.site-nav [href="{url}"]')] == ["Élèves"]


def test_an_import_of_the_register_leads_to_the_pupils(client, manager, url, soup):
    prepared = send(ImportKind.REGISTER, manager.centre, one_sheet(TITLES, someone("Rosso")))
    confirm(prepared)
    client.force_login(manager.user)

    assert soup(client.get(prepared.get_absolute_url()), "main .primary")["href"] == url


# --- Erasure --------------------------------------------------------------------------------------


def test_a_manager_is_asked_before_the_register_is_erased(client, manager, url, pupil, soup):
    pupil()
    client.force_login(manager.user)

    response = client.get(f"{url}effacer/")

    assert "1 élève de" in soup(response, "main").text
    assert Pupil.objects.exists()


def test_a_manager_erases_the_register(client, manager, url, pupil):
    pupil()
    client.force_login(manager.user)

    response = client.post(f"{url}effacer/", follow=True)

    assert "Le registre est effacé : il comptait 1 élève." in response.text
    assert "Le registre des élèves est vide" in response.text
    assert not Pupil.objects.exists()
    assert AuditEvent.objects.get().kind == "register.deleted"


def test_a_member_sees_no_erasure_and_finds_none(client, manager, url, pupil, soup):
    pupil()
    member = MembershipFactory(centre=manager.centre, role=Role.MEMBER)
    client.force_login(member.user)

    assert not soup(client.get(url)).select("#delete-register")
    assert client.post(f"{url}effacer/").status_code == 404
    assert Pupil.objects.exists()
