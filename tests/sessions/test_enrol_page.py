"""« Inscrire par classe »: choosing classes, ticking pupils, adding them to the session."""

from datetime import date
from uuid import uuid4

import pytest

from certif.accounts.models import CentreKind, Role
from sessions.models import Pupil
from sessions.queries.register import PUPILS_PER_PAGE
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    MembershipFactory,
    PupilFactory,
)
from tests.situations import finalised, finished

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "pupils"}
NOBODY_DONE = "Personne n’a été inscrit."


@pytest.fixture
def member():
    return MembershipFactory(role=Role.MEMBER)


@pytest.fixture
def session(member):
    return ExamSessionFactory(centre=member.centre)


@pytest.fixture
def pupil(session):
    return lambda *name, **fields: PupilFactory(
        centre=session.centre, **dict(zip(["birth_name"], name, strict=False)), **fields
    )


@pytest.fixture
def url(session):
    return f"/sessions/{session.pk}/candidats/classes/"


@pytest.fixture
def show(client, member, url):
    client.force_login(member.user)
    return lambda *classes, headers=None, **data: client.get(
        url, {"classe": classes, **data}, headers=headers
    )


@pytest.fixture
def add(client, member, url):
    client.force_login(member.user)
    return lambda *pupils, **data: client.post(
        url, {"pupils": [getattr(pupil, "pk", pupil) for pupil in pupils], **data}
    )


def shown(page):
    return [row.select_one("[data-name]").text for row in page.select("#pupil-rows > li")]


def box(page, pupil):
    return page.select_one(f"#pupil-{pupil.pk}")


# --- Choosing -------------------------------------------------------------------------------------


def test_classes_come_with_their_counts_in_the_order_of_their_numbers(show, pupil, soup):
    pupil(school_class="10e")
    pupil("A", school_class="2e")
    pupil("B", school_class="2e")
    pupil(school_class="")

    chips = [" ".join(chip.text.split()) for chip in soup(show()).select(".class-chip")]

    assert chips == ["2e 2, 2 élèves", "10e 1, 1 élève", "Sans classe 1, 1 élève"]


def test_nobody_is_shown_before_a_class_is_chosen(show, pupil, soup):
    pupil(school_class="3e A")
    pupil(school_class="3e B")

    page = soup(show())

    assert shown(page) == []
    assert "Choisissez une ou plusieurs classes" in page.select_one("#pupils").text


def test_the_only_class_is_chosen_at_once(show, pupil, soup):
    pupil("Rosso")

    assert shown(soup(show())) == ["ROSSO Ada"]


def test_the_pupils_of_the_chosen_classes_are_shown_class_by_class(show, pupil, soup):
    pupil("A", school_class="3e B")
    pupil("B", school_class="3e A")
    pupil("C", school_class="3e C")

    assert shown(soup(show("3e A", "3e B"))) == ["B Ada", "A Ada"]


def test_pupils_without_a_class_can_be_chosen(show, pupil, soup):
    pupil("A", school_class="")
    pupil("B", school_class="3e A")

    assert shown(soup(show(""))) == ["A Ada"]


def test_pupils_of_another_school_are_never_shown(show, pupil, soup):
    pupil("A")
    PupilFactory(birth_name="Ailleurs", school_class="3e A")

    assert shown(soup(show("3e A"))) == ["A Ada"]


def test_who_is_enrolled_already_is_ticked_and_cannot_be_ticked(show, pupil, session, soup):
    known, new = pupil("Rosso"), pupil("Bleu")
    CandidateFactory(session=session, birth_name="Rosso")

    page = soup(show("3e A"))

    assert box(page, known).has_attr("checked")
    assert box(page, known).has_attr("disabled")
    assert not box(page, known).has_attr("name")
    assert "déjà inscrit" in box(page, known).find_parent("li").text
    assert not box(page, new).has_attr("checked")
    assert "déjà inscrit" not in box(page, new).find_parent("li").text


def test_when_all_are_enrolled_the_page_says_so(show, pupil, session, soup):
    pupil("Rosso")
    CandidateFactory(session=session, birth_name="Rosso")

    page = soup(show("3e A"))

    assert "Tous ces élèves sont déjà inscrits." in page.text
    assert not page.select('[name="pupils"], #all-pupils')


def test_homonyms_carry_a_mark_and_their_birth_date(show, pupil, soup):
    pupil("Dupont", first_name="Paul", birth_date=date(2009, 5, 21))
    pupil("DUPÔNT", first_name="Martine", birth_date=date(2009, 11, 30))
    pupil("Durand")

    rows = soup(show("3e A")).select("#pupil-rows > li")

    assert ["homonyme" in row.text for row in rows] == [True, True, False]
    assert ["30/11/2009" in rows[0].text, "21/05/2009" in rows[1].text] == [True, True]


def test_a_long_list_can_be_searched_without_sending_a_name(show, pupil, soup):
    pupils = [pupil() for _ in range(11)]

    page = soup(show("3e A"))

    field = page.select_one("#find")
    assert field["data-find"] == "pupil-rows"
    assert not field.has_attr("name")
    assert len(page.select("#pupil-rows > li [data-name]")) == len(pupils)


def test_pages_keep_the_classes(show, pupil, session, soup):
    Pupil.objects.bulk_create(
        PupilFactory.build(centre=session.centre, school_class="3e É", identity_key=f"{n:04}")
        for n in range(PUPILS_PER_PAGE + 1)
    )

    first = soup(show("3e É"))
    link = first.select_one("#next-page")
    second = soup(show("3e É", page=2))

    assert link["href"].endswith("?classe=3e+%C3%89&page=2")
    assert [len(shown(first)), len(shown(second))] == [PUPILS_PER_PAGE, 1]


@pytest.mark.parametrize("classes", [["3e A"], [], ["3e A", "3e B"], ["inconnue"]])
def test_fragment_is_the_element_of_the_page(show, pupil, session, soup, classes):
    pupil(school_class="3e A")
    pupil(school_class="3e B")

    fragment = soup(show(*classes, headers=HTMX))

    assert str(fragment.select_one("#pupils")) == str(soup(show(*classes)).select_one("#pupils"))
    assert not fragment.select("html")


@pytest.mark.parametrize("junk", ["3e\x00A", "x" * 5000, "3e Z", "' OR 1=1 --"])
def test_a_class_that_does_not_exist_is_told(show, pupil, junk):
    pupil()
    pupil(school_class="3e B")

    response = show(junk)

    assert response.status_code == 422
    assert "Cette classe n’est pas dans le registre." in response.text


@pytest.mark.parametrize("number", ["\x00", "9" * 30, "-1", "deux"])
def test_a_page_that_does_not_exist_is_another_page(show, pupil, number):
    pupil()

    assert show("3e A", page=number).status_code == 200


@pytest.mark.parametrize("count", [1, 25])
def test_query_count_does_not_grow_with_the_class(
    show, pupil, session, count, django_assert_num_queries
):
    [pupil() for _ in range(count)]
    CandidateFactory.create_batch(count, session=session)

    # login, user, session, classes, count, pupils, candidates, centres of the person
    with django_assert_num_queries(8):
        show("3e A")


def test_an_empty_register_leads_to_its_import(show, session, soup):
    link = soup(show(), ".empty .button")

    assert link["href"] == f"/sessions/centre/{session.centre_id}/imports/registre/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_only_schools_enrol_by_class(client, member, session, url, method):
    session.centre.kind = CentreKind.SUP
    session.centre.save()
    client.force_login(member.user)

    assert getattr(client, method)(url).status_code == 404


def test_a_finalised_session_takes_nobody(bank, client, member, session, url):
    finished(session=session)
    finalised(session)
    client.force_login(member.user)

    assert [client.get(url).status_code, client.post(url).status_code] == [409, 409]


# --- Adding ---------------------------------------------------------------------------------------


def test_ticked_pupils_join_the_list_and_the_page_says_how_many(add, client, pupil, session):
    response = add(pupil("A"), pupil("B"))

    assert response.url == f"/sessions/{session.pk}/candidats/"
    assert session.candidates.count() == 2
    assert "2 élèves inscrits." in client.get(response.url).text


def test_those_enrolled_meanwhile_are_counted_apart(add, client, pupil, session):
    CandidateFactory(session=session, birth_name="A")

    response = add(pupil("A"), pupil("B"))

    assert "1 élève inscrit. 1 l’était déjà." in client.get(response.url).text


def test_when_nobody_is_new_the_page_says_that_nothing_changed(add, client, pupil, session):
    CandidateFactory(session=session, birth_name="A")

    response = add(pupil("A"))

    assert "Ces élèves étaient déjà inscrits" in client.get(response.url).text


def test_more_than_twenty_an_invigilator_is_a_warning(add, client, pupil):
    response = add(*[pupil() for _ in range(21)])

    assert "21 candidats pour 1 surveillant" in client.get(response.url).text


def test_a_second_click_writes_nothing_and_answers_the_same(add, client, pupil, session):
    pupils, form = [pupil("A"), pupil("B")], uuid4()

    answers = [add(*pupils, operation=form) for _ in range(2)]

    assert {answer.url for answer in answers} == {f"/sessions/{session.pk}/candidats/"}
    assert session.candidates.count() == 2
    assert client.get(answers[0].url).text.count("2 élèves inscrits.") == 2


def test_nobody_ticked_is_told_and_the_classes_stay(add, pupil, soup):
    pupil("A", school_class="3e A")
    pupil("B", school_class="3e B")

    response = add(classe=["3e B"])

    page = soup(response)
    assert response.status_code == 422
    assert f"Cochez au moins un élève. {NOBODY_DONE}" in page.select_one("main [role=alert]").text
    assert shown(page) == ["B Ada"]
    assert [each["value"] for each in page.select("#classes [checked]")] == ["3e B"]


@pytest.mark.parametrize("junk", ["x", "1\x00", "-1", "0", "9" * 30, "1.5", "x" * 5000, ""])
def test_an_id_that_is_no_number_is_told_and_nothing_is_written(add, pupil, session, junk):
    response = add(pupil("A"), junk, classe="3e A")

    assert response.status_code == 422
    assert "Les élèves cochés n’ont pas été compris." in response.text
    assert not session.candidates.exists()


def test_too_many_at_once_are_refused(add, pupil, session):
    response = add(*range(1, 502))

    assert response.status_code == 422
    assert "Cochez au plus 500 élèves à la fois." in response.text


def test_a_pupil_of_another_school_is_refused_and_the_ticks_stay(add, pupil, session, soup):
    mine, foreign = pupil("A"), PupilFactory(birth_name="Ailleurs")

    response = add(mine, foreign, classe="3e A")

    page = soup(response)
    assert response.status_code == 409
    assert "Le registre a changé" in page.select_one("main [role=alert]").text
    assert "Ailleurs" not in response.text
    assert box(page, mine).has_attr("checked")
    assert not page.select(f'[value="{foreign.pk}"]')
    assert not session.candidates.exists()


def test_ticks_of_another_class_outlive_a_refusal(add, pupil, soup):
    here, away = pupil("A", school_class="3e A"), pupil("B", school_class="3e B")

    page = soup(add(here, away, 10**9, classe="3e A"))

    assert [each["value"] for each in page.select('input[type="hidden"][name="pupils"]')] == [
        str(away.pk)
    ]
    assert shown(page) == ["A Ada"]


# --- From the list --------------------------------------------------------------------------------


@pytest.mark.parametrize("candidates", [0, 1])
def test_the_list_of_a_school_leads_here(client, member, session, url, candidates):
    CandidateFactory.create_batch(candidates, session=session)
    client.force_login(member.user)

    page = client.get(f"/sessions/{session.pk}/candidats/").text

    assert f'href="{url}"' in page


def test_the_list_of_another_centre_does_not(client, member, session, url):
    session.centre.kind = CentreKind.PRO
    session.centre.save()
    client.force_login(member.user)

    assert url not in client.get(f"/sessions/{session.pk}/candidats/").text
