from datetime import date
from uuid import uuid4

import pytest
import time_machine

from certif.accounts.models import CentreKind, Role
from sessions.models import Candidate
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory
from tests.situations import ended, finalised, finished, present, started

FORM = {"birth_name": "Lovelace", "first_name": "Ada", "birth_date": "10/12/2012"}


@pytest.fixture
def member(db):
    return MembershipFactory(role=Role.MEMBER)


@pytest.fixture
def session(member):
    return ExamSessionFactory(centre=member.centre)


@pytest.fixture
def candidate(session):
    return CandidateFactory(session=session, birth_name="Lovelace")


def of_kind(session, kind):
    session.centre.kind = kind
    session.centre.save()


@pytest.fixture
def show(client, member, session):
    client.force_login(member.user)
    return lambda: client.get(f"/sessions/{session.pk}/candidats/")


@pytest.fixture
def add(client, member, session):
    client.force_login(member.user)
    return lambda **form: client.post(f"/sessions/{session.pk}/candidats/ajouter/", FORM | form)


@pytest.fixture
def edit(client, member, session, candidate):
    client.force_login(member.user)
    return lambda **form: client.post(
        f"/sessions/{session.pk}/candidats/{candidate.pk}/modifier/",
        FORM | {"version": candidate.row_version} | form,
    )


def test_list_of_a_school_shows_name_birth_date_class_and_extra_time(show, session, soup):
    CandidateFactory(
        session=session,
        birth_name="Dupont",
        first_name="Paul",
        birth_date=date(2007, 5, 21),
        school_class="3e B",
        external_id="0412345678A",
        extra_time_percent=33,
    )

    row = soup(show(), "tbody tr").text

    assert "DUPONT Paul" in row
    assert "21/05/2007" in row
    assert "3e B" in row
    assert "0412345678A" not in row
    assert "33\u00a0%" in row


def test_list_outside_schools_shows_the_external_id(show, session, soup):
    of_kind(session, CentreKind.PRO)
    CandidateFactory(session=session, school_class="3e B", external_id="SALARIE-12")

    row = soup(show(), "tbody tr").text

    assert "SALARIE-12" in row
    assert "3e B" not in row


def test_homonyms_carry_a_mark(show, session, soup):
    CandidateFactory(session=session, birth_name="Dupont", first_name="Paul")
    CandidateFactory(session=session, birth_name="DUPÔNT", first_name="Martine")
    CandidateFactory(session=session, birth_name="Durand", first_name="Paul")

    assert len(soup(show()).select("tbody .homonym")) == 2


def test_day_marks_say_joined_present_started(show, session, bank, soup):
    CandidateFactory(session=session, birth_name="A", joined=True)
    present(CandidateFactory(session=session, birth_name="B"))
    started(session=session, birth_name="C")

    marks = [mark.text for mark in soup(show()).select("tbody .badge")]

    assert marks == ["A rejoint la session", "Présent", "En cours"]


def test_day_marks_say_how_a_test_ended(show, session, bank, soup):
    finished(session=session, birth_name="A")
    ended(session=session, birth_name="B")

    marks = [mark.text for mark in soup(show()).select("tbody .badge")]

    assert marks == ["Terminé", "Terminé par le surveillant"]


def test_after_the_finalisation_day_marks_say_who_did_not_start(show, session, bank, soup):
    finished(session=session, birth_name="A")
    CandidateFactory(session=session, birth_name="B", joined=True)
    present(CandidateFactory(session=session, birth_name="C"))
    finalised(session)

    marks = [mark.text for mark in soup(show()).select("tbody .badge")]

    assert marks == ["Terminé", "N’a pas commencé", "Présent, n’a pas commencé"]


def test_more_than_twenty_candidates_an_invigilator_is_a_warning(show, session):
    CandidateFactory.create_batch(20, session=session)
    assert "comptez-en un pour 20" not in show().text

    CandidateFactory(session=session)

    assert "21 candidats pour 1 surveillant" in show().text


def test_two_invigilators_allow_forty(show, session):
    session.invigilators = "Paul Éluard et Louise Labé"
    session.save()
    CandidateFactory.create_batch(21, session=session)

    assert "comptez-en un pour 20" not in show().text


@pytest.mark.parametrize("count", [1, 25])
def test_query_count_does_not_grow_with_candidates(show, session, count, django_assert_num_queries):
    CandidateFactory.create_batch(count, session=session)

    # login, user, session, candidates, their tests, whether one manages, centres of the person
    with django_assert_num_queries(7):
        show()


def test_long_list_can_be_searched_without_sending_a_name(show, session, soup):
    CandidateFactory.create_batch(10, session=session)
    assert not soup(show()).select("#find")

    CandidateFactory(session=session)

    page = soup(show())
    assert page.select_one("#find")["data-find"] == "candidates"
    assert not page.select_one("#find").find_parent("form")
    assert len(page.select("#candidates > tr [data-name]")) == 11


def test_candidate_is_added_with_three_facts(add, session):
    assert add().url == f"/sessions/{session.pk}/candidats/"

    candidate = session.candidates.get()
    assert str(candidate) == "LOVELACE Ada"
    assert candidate.extra_time_percent == 0


def test_every_fact_is_kept(add, session):
    add(
        sex="F",
        birth_city="Nouméa",
        birth_insee_code="98818",
        birth_country="France",
        convocation_email="ada@exemple.test",
        results_email="parent@exemple.test",
        external_id="0412345678A",
        school_class="3e B",
        extra_time_percent="３３",
        accessibility_need="Lecteur d’écran",
    )

    candidate = session.candidates.get()
    assert candidate.extra_time_percent == 33
    assert candidate.results_email == "parent@exemple.test"
    assert candidate.birth_insee_code == "98818"


def test_several_are_added_in_a_row(add, session):
    assert add(again="1").url == f"/sessions/{session.pk}/candidats/ajouter/"


def test_full_width_date_is_understood(add, session):
    add(birth_date="１０/１２/２０１２")

    assert session.candidates.get().birth_date == date(2012, 12, 10)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("birth_name", ""),
        ("birth_name", "Love\x00lace"),
        ("birth_name", "x" * 5000),
        ("first_name", " \u200b"),
        ("birth_date", ""),
        ("birth_date", "31/02/2008"),
        ("birth_date", "10/12/0001"),
        ("birth_date", "10/12/1900"),
        ("birth_date", "10/12/2025"),
        ("birth_postcode", "7511"),
        ("birth_insee_code", "7511X"),
        ("sex", "X"),
        ("convocation_email", "pas une adresse"),
        ("results_email", "x" * 5000),
        ("extra_time_percent", "101"),
        ("extra_time_percent", "beaucoup"),
        ("birth_name", "123"),
        ("birth_date", "10/12/08"),
        ("convocation_email", "ada@exemple"),
        ("convocation_email", "ada@exemple.test; alan@exemple.test"),
        ("birth_country", "Syldavie"),
        ("external_id", "x" * 61),
    ],
)
@time_machine.travel("2026-11-20 12:00Z", tick=False)
def test_bad_input_is_422_at_its_field_and_writes_nothing(add, soup, field, value):
    response = add(**{field: value})

    assert response.status_code == 422
    assert soup(response, f"#id_{field}")["aria-invalid"] == "true"
    assert soup(response, "#id_school_class") is not None
    assert not Candidate.objects.exists()


def test_impossible_age_is_worded(add):
    assert "Vérifiez la date de naissance" in add(birth_date="10/12/1900").text


def test_birth_place_is_kept_in_its_official_spelling(add, session):
    add(birth_postcode="93 200", birth_city="ST DENIS")

    candidate = session.candidates.get()
    assert candidate.birth_postcode == "93200"
    assert candidate.birth_city == "Saint-Denis"
    assert candidate.birth_country == "France"


def test_birth_place_in_one_cell_is_kept_as_typed(add, session):
    add(birth_city="quelque part à Berlin")

    assert session.candidates.get().birth_city == "quelque part à Berlin"
    assert session.candidates.get().birth_country == ""


def test_all_that_is_wrong_abroad_is_said_at_once(add, soup):
    response = add(birth_country="Belgique", birth_postcode="1000", birth_insee_code="75115")

    invalid = [field["name"] for field in soup(response).select('form [aria-invalid="true"]')]
    assert sorted(invalid) == ["birth_city", "birth_insee_code", "birth_postcode"]


def test_communes_of_the_postcode_are_proposed(add, soup):
    error = soup(add(birth_postcode="2A004", birth_insee_code=""), "#id_birth_postcode_error")
    assert "Aucune commune n’a le code postal 2A004" in error.text

    error = soup(add(birth_postcode="97500"), "#id_birth_city_error")
    assert "Miquelon-Langlade, Saint-Pierre" in error.text


def test_class_is_asked_in_schools_only(client, member, session, soup):
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/candidats/ajouter/"
    assert soup(client.get(url), "#id_school_class")

    of_kind(session, CentreKind.SUP)

    assert not soup(client.get(url)).select("#id_school_class")
    assert client.post(url, FORM).status_code == 302


def test_class_given_once_can_still_be_corrected(edit, session, candidate):
    of_kind(session, CentreKind.SUP)
    Candidate.objects.filter(pk=candidate.pk).update(school_class="3e B")

    edit(school_class="3e C")

    candidate.refresh_from_db()
    assert candidate.school_class == "3e C"


def test_typed_text_is_kept(add, soup):
    response = add(birth_name="", birth_date="31/02/2008", school_class="3e B")

    assert soup(response, "#id_first_name")["value"] == "Ada"
    assert soup(response, "#id_birth_date")["value"] == "31/02/2008"
    assert soup(response, "#id_school_class")["value"] == "3e B"


def test_same_person_twice_is_refused(add, candidate, soup):
    response = add(birth_name="LOVELACE")

    assert response.status_code == 422
    assert "déjà dans la liste" in soup(response, ".form-errors").text
    assert Candidate.objects.count() == 1


def test_double_sending_adds_one(add, session):
    operation = str(uuid4())
    add(operation=operation)

    assert add(operation=operation).status_code == 302
    assert session.candidates.count() == 1


def test_candidate_is_added_until_the_finalisation(client, member, bank):
    session = finalised(ExamSessionFactory(centre=member.centre))
    client.force_login(member.user)

    response = client.post(f"/sessions/{session.pk}/candidats/ajouter/", FORM)

    assert response.status_code == 409
    assert session.candidates.count() == 1


def test_edit_form_is_filled_as_people_write(client, member, session, candidate, soup):
    client.force_login(member.user)

    page = client.get(f"/sessions/{session.pk}/candidats/{candidate.pk}/modifier/")

    assert soup(page, "#id_birth_date")["value"] == "10/12/2012"
    assert not soup(page, "#id_extra_time_percent").get("value")


def test_edit_changes_the_entry(edit, candidate):
    edit(birth_name="Byron")

    candidate.refresh_from_db()
    assert candidate.birth_name == "Byron"


def test_edit_of_a_stale_form_is_409_with_both_values(edit, candidate, soup):
    Candidate.objects.filter(pk=candidate.pk).update(row_version=9, school_class="3e A")

    response = edit(school_class="3e C")

    assert response.status_code == 409
    assert soup(response, "#id_school_class")["value"] == "3e A"
    assert "3e C" in soup(response, "#not-kept").text
    assert soup(response, "[name=version]")["value"] == "9"


def test_what_was_not_kept_holds_only_what_was_changed(client, member, candidate, soup):
    Candidate.objects.filter(pk=candidate.pk).update(row_version=9, extra_time_percent=33)
    client.force_login(member.user)
    url = f"/sessions/{candidate.session_id}/candidats/{candidate.pk}/modifier/"
    typed = FORM | {"extra_time_percent": "33", "school_class": "3e C", "version": "1"}

    kept = soup(client.post(url, typed), "#not-kept").text

    assert "3e C" in kept
    assert "Temps majoré" not in kept
    assert "Date de naissance" not in kept


def test_edit_without_its_version_is_stale(client, member, session, candidate):
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/candidats/{candidate.pk}/modifier/"

    assert client.post(url, FORM | {"birth_name": "Byron"}).status_code == 409


def test_entry_of_a_started_test_points_to_the_report(client, member, session, bank):
    candidate = started(session=session).candidate
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/candidats/{candidate.pk}/modifier/"

    assert client.get(url).status_code == 409
    assert "faites un signalement C1" in client.get(url).text
    assert client.post(url, FORM | {"version": candidate.row_version}).status_code == 409


def test_candidate_is_removed_after_a_confirmation_by_name(
    client, member, session, candidate, soup
):
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/candidats/{candidate.pk}/retirer/"
    asked = client.get(url)
    assert "LOVELACE Ada" in soup(asked, "h1").text
    assert "10/12/2012" in asked.text

    assert client.post(url).url == f"/sessions/{session.pk}/candidats/"

    assert not session.candidates.exists()


def test_second_click_on_remove_comes_back_to_the_list(client, member, session, candidate):
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/candidats/{candidate.pk}/retirer/"
    form = {"operation": str(uuid4())}
    client.post(url, form)

    assert client.post(url, form).status_code == 302


def test_candidate_who_joined_is_not_removed(client, member, session):
    candidate = CandidateFactory(session=session, joined=True)
    client.force_login(member.user)

    response = client.post(f"/sessions/{session.pk}/candidats/{candidate.pk}/retirer/")

    assert response.status_code == 409
    assert "a déjà rejoint la session" in response.text
    assert session.candidates.exists()


def test_candidate_of_another_session_is_not_found(client, member, session):
    other = CandidateFactory(session__centre=member.centre)
    client.force_login(member.user)

    assert client.get(f"/sessions/{session.pk}/candidats/{other.pk}/modifier/").status_code == 404
    assert client.post(f"/sessions/{session.pk}/candidats/{other.pk}/retirer/").status_code == 404


def test_account_of_a_joined_candidate_can_be_unlinked_from_here(show, client, session, soup):
    candidate = CandidateFactory(session=session, joined=True)

    link = soup(show(), f"#unlink-{candidate.pk}")["href"]

    assert client.get(link).status_code == 200
    assert client.post(link).status_code == 302
    candidate.refresh_from_db()
    assert not candidate.has_joined
