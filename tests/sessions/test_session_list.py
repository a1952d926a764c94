from datetime import date, time
from functools import partial
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse

from certif.accounts.models import Role
from sessions.enums import SessionState
from sessions.models import ExamSession
from sessions.queries import COLUMNS, STATUSES
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
    UserFactory,
    days_ago,
)
from tests.situations import finalised, published, started

NOON = "2026-11-20 12:00Z"  # a Friday, 13:00 in Paris


@pytest.fixture
def member(db):
    return MembershipFactory(role=Role.MEMBER)


@pytest.fixture
def show(client, member):
    client.force_login(member.user)
    url = f"/sessions/centre/{member.centre_id}/"
    return lambda query="", **headers: client.get(url + query, headers=headers)


@pytest.fixture
def found(show, soup):
    """The rooms of the rows, in their order."""
    return lambda query="": [
        cell.text for cell in soup(show(query)).select("#results td[data-label=Salle]")
    ]


def rows(soup, response):
    return soup(response).select("#results tbody tr")


def cell(soup, response, label):
    return " ".join(soup(response, f"#results td[data-label='{label}']").text.split())


# --- What a row says ------------------------------------------------------------------------------


def test_row_says_all_that_the_centre_needs(show, member, soup):
    session = ExamSessionFactory(centre=member.centre, site="Annexe", room="Salle 12")
    CandidateFactory.create_batch(3, session=session)

    (row,) = rows(soup, show())

    said = {
        cell["data-label"]: cell.get_text(" ", strip=True) for cell in row.select("td[data-label]")
    }
    assert row.th.a["href"] == session.get_absolute_url()
    assert said | {"Échéance": "", "Date": ""} == {
        "Nom du site": "Annexe",
        "Salle": "Salle 12",
        "Date": "",
        "Heure": "9\u00a0h\u00a000",
        "Surveillant(s)": "Paul Éluard",
        "Candidats inscrits": "3",
        "Tests commencés": "0",
        "Statut": "Créée",
        "Échéance": "",
    }
    assert said["Date"] == f"{session.date:%d/%m/%Y}"


def test_columns_are_those_of_the_guide(show, member, soup):
    ExamSessionFactory(centre=member.centre)

    headers = [th.text for th in soup(show()).select("#results thead th")]

    assert headers == [
        "Numéro de session",
        "Nom du site",
        "Salle",
        "Date",
        "Heure",
        "Surveillant(s)",
        "Candidats inscrits",
        "Tests commencés",
        "Statut",
        "Échéance de finalisation",
        "Actions",
    ]


@time_machine.travel(NOON, tick=False)
def test_time_left_and_lateness_are_said(show, member, soup):
    ExamSessionFactory(centre=member.centre, date=days_ago(9))
    ExamSessionFactory(centre=member.centre, date=days_ago(1))

    late, recent = rows(soup, show())

    assert "En retard de 7\u00a0jours\u00a02\u00a0h" in late.text
    assert "Reste 21\u00a0h\u00a045" in recent.text


@pytest.mark.parametrize(
    ("hour", "said"),
    [("10:40Z", "En cours"), ("10:45Z", "À finaliser")],
    ids=["being held", "over"],
)
def test_the_state_of_a_session_that_was_held_says_what_it_waits_for(
    show, client, member, soup, bank, hour, said
):
    session = ExamSessionFactory(
        centre=member.centre, date=date(2026, 11, 20), start_time=time(10), end_time=time(11, 45)
    )
    with time_machine.travel("2026-11-20 09:30Z", tick=False):
        started(session=session)

    with time_machine.travel(f"2026-11-20 {hour}", tick=False):
        in_list, on_its_page = show(), client.get(session.get_absolute_url())

    assert cell(soup, in_list, "Statut") == said
    assert soup(on_its_page, ".title-row .badge").text == said


@time_machine.travel(NOON, tick=False)
def test_a_session_where_nobody_started_is_not_said_to_be_finalised(show, member, soup):
    ExamSessionFactory(centre=member.centre, date=days_ago(1))

    assert cell(soup, show(), "Statut") == "Créée"


@time_machine.travel(NOON, tick=False)
def test_deadline_is_on_the_clock_of_the_centre(client, db, soup):
    membership = MembershipFactory(centre=CentreFactory(time_zone="Pacific/Noumea"))
    ExamSessionFactory(centre=membership.centre, date=days_ago(-3), start_time=time(9))
    client.force_login(membership.user)

    response = client.get(f"/sessions/centre/{membership.centre_id}/")

    assert cell(soup, response, "Échéance") == "25/11/2026, 10 h 45"


# --- Order ----------------------------------------------------------------------------------------


@time_machine.travel(NOON, tick=False)
def test_what_is_to_be_finalised_comes_first_then_what_is_next_then_the_past(found, member, bank):
    ExamSessionFactory(centre=member.centre, room="finished", date=days_ago(1))
    ExamSessionFactory(centre=member.centre, room="late", date=days_ago(9))
    ExamSessionFactory(centre=member.centre, room="tomorrow", date=days_ago(-1))
    ExamSessionFactory(centre=member.centre, room="next week", date=days_ago(-7))
    running = ExamSessionFactory(centre=member.centre, room="running", start_time=time(12))
    started(session=running)
    finalised(ExamSessionFactory(centre=member.centre, room="closed", start_time=time(8)))

    assert found() == ["late", "finished", "running", "tomorrow", "next week", "closed"]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize(("way", "said"), [("", "ascending"), ("-", "descending")])
def test_each_column_sorts_both_ways_and_says_it(show, member, soup, column, way, said):
    ExamSessionFactory.create_batch(2, centre=member.centre)

    page = soup(show(f"?tri={way}{column}"))

    (header,) = page.select("th[aria-sort]")
    assert header.a["id"] == f"sort-{column}"
    assert header["aria-sort"] == said


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("numero", ["b", "a", "c"]),
        ("-numero", ["c", "a", "b"]),
        ("site", ["a", "b", "c"]),
        ("salle", ["a", "b", "c"]),
        ("-date", ["a", "c", "b"]),
        ("heure", ["c", "a", "b"]),
        ("-candidats", ["c", "b", "a"]),
    ],
)
def test_sorting_orders_the_rows(found, member, sort, order):
    make = ExamSessionFactory
    second = make(
        centre=member.centre, room="b", site="Éluard", date=date(2026, 1, 2), start_time=time(14)
    )
    make(centre=member.centre, room="a", site="Annexe", date=date(2026, 5, 1), start_time=time(9))
    third = make(
        centre=member.centre, room="c", site="fablab", date=date(2026, 3, 1), start_time=time(8)
    )
    CandidateFactory(session=second)
    CandidateFactory.create_batch(2, session=third)

    assert found(f"?tri={sort}") == order


def test_header_of_a_sorted_column_asks_for_the_other_way(show, member, soup):
    ExamSessionFactory(centre=member.centre)

    assert soup(show("?tri=date"), "#sort-date")["href"] == "?tri=-date#list"


# --- Search ---------------------------------------------------------------------------------------


@pytest.fixture
def two_places(member):
    make = partial(ExamSessionFactory, centre=member.centre)
    number = make(site="Collège Sacré-Cœur", room="Salle 208", invigilators="Łukasz Roy").pk
    # Its number is not the room that is looked for.
    make(pk=900_000, site="Lycée Curie", room="CDI", invigilators="Zoé Ba")
    return number


@pytest.mark.parametrize(
    "words",
    [
        "sacre coeur",
        "SACRÉ-CŒUR",
        "lukasz",
        "Roy college",
        "salle 208",
        "208",
        "sacrécœur",
        "２０８",
    ],
)
def test_search_ignores_accents_ligatures_and_case(found, two_places, words):
    assert found(f"?q={words}") == ["Salle 208"]


def test_search_finds_a_number_first(found, member, two_places):
    ExamSessionFactory(centre=member.centre, room=f"Salle {two_places}", date=days_ago(40))

    assert found(f"?q={two_places}")[0] == "Salle 208"


@pytest.mark.parametrize("words", ["curie 208", "absent", "9" * 60, "100%", "_"])
def test_search_without_match_says_so_and_offers_to_clear(show, soup, two_places, words):
    page = soup(show(f"?q={words.replace('%', '%25')}-x"))

    assert not page.select("#results tbody tr")
    assert page.select_one(".empty a").text == "Effacer les filtres"


def test_number_of_results_is_announced(show, soup, two_places):
    assert soup(show("?q=curie"), "#result-count[role=status]").text.strip() == "1 session"


@pytest.fixture
def of_december(member):
    """Three rooms of a place, whose dates, letters and figures look alike; no number is a day's."""
    place = {"centre": member.centre, "site": "Lycée Blum", "invigilators": "Bob Abbé"}
    for day, room in [(14, "Salle B"), (1, "Salle C"), (15, "Salle 12")]:
        ExamSessionFactory(**place, pk=900_000 + day, room=room, date=date(2026, 12, day))


@pytest.mark.parametrize(
    ("words", "rooms"),
    [
        ("14/12/2026", ["Salle B"]),
        ("14/12", ["Salle B"]),
        ("14 décembre", ["Salle B"]),
        ("lundi 14 DECEMBRE 2026", ["Salle B"]),
        ("１４/１２/２０２６", ["Salle B"]),
        ("session du 1er décembre", ["Salle C"]),
        ("blum 15/12", ["Salle 12"]),
        ("curie 14/12", []),
        ("14/12/2025", []),
        ("31/02", []),
        ("14 salle", []),
        ("salle c", ["Salle C"]),
        ("salle b", ["Salle B"]),
        ("session", []),
    ],
)
def test_search_reads_days_letters_and_figures(found, of_december, words, rooms):
    assert found(f"?q={words}") == rooms


@pytest.mark.parametrize(
    ("room", "is_found"), [("Salle 2", True), ("2e étage", True), ("S. 12", False)]
)
def test_one_figure_stands_on_its_own(found, member, room, is_found):
    ExamSessionFactory(pk=5000, centre=member.centre, site="CDI", room=room)

    assert bool(found("?q=2")) == is_found


@pytest.mark.parametrize("words", ["session {}", "n° {}", "N°{}", "session n° {}", "Numéro {}"])
def test_search_reads_a_number_as_it_is_said(found, member, two_places, words):
    ExamSessionFactory(centre=member.centre, room=f"Salle {two_places}", date=days_ago(40))

    assert found("?q=" + words.format(two_places))[0] == "Salle 208"


@pytest.mark.parametrize(
    ("query", "hints"), [("?q=absent", 1), ("?statut=finalisees", 1), ("?q=x&statut=finalisees", 2)]
)
def test_nothing_found_says_what_was_searched(show, soup, two_places, query, hints):
    assert len(soup(show(query)).select(".empty p:not(.actions)")) == hints


def test_no_result_is_singular(show, soup, two_places):
    assert soup(show("?q=absent"), "#result-count").text.strip() == "0 session"


# --- Status and period ----------------------------------------------------------------------------


@pytest.fixture
def of_each_status(member, bank):
    with time_machine.travel(NOON, tick=False):
        make = ExamSessionFactory
        make(centre=member.centre, room="recent", date=days_ago(1))
        make(centre=member.centre, room="late", date=days_ago(9))
        make(centre=member.centre, room="tomorrow", date=days_ago(-1))
        started(session=make(centre=member.centre, room="running", start_time=time(12)))
        finalised(make(centre=member.centre, room="closed"))
        published(make(centre=member.centre, room="published"))
        yield


@pytest.mark.parametrize(
    ("status", "rooms"),
    [
        ("a-finaliser", ["late", "recent"]),
        ("en-retard", ["late"]),
        ("en-cours", ["running"]),
        ("creees", ["tomorrow"]),
        ("finalisees", ["closed"]),
        ("transmises", ["published"]),
    ],
)
def test_filter_by_status(found, of_each_status, status, rooms):
    assert found(f"?statut={status}") == rooms


def test_every_session_is_under_one_status(found, of_each_status):
    alone = [room for status in STATUSES if status not in {"", "en-retard"}
             for room in found(f"?statut={status}")]  # fmt: skip

    assert sorted(alone) == sorted(found())


@time_machine.travel(NOON, tick=False)
def test_session_being_held_is_to_finalise_only_after_its_end(found, member, bank):
    started(session=ExamSessionFactory(centre=member.centre, start_time=time(12)))

    with time_machine.travel("2026-11-20 12:44Z", tick=False):
        assert found("?statut=a-finaliser") == []
    with time_machine.travel("2026-11-20 12:45Z", tick=False):
        assert found("?statut=a-finaliser") == ["Salle 208"]


def test_session_in_review_reads_finalised(show, member, bank, soup):
    session = finalised(ExamSessionFactory(centre=member.centre))
    session.move_to(SessionState.IN_REVIEW, by=session.finalised_by, at=session.finalised_at)

    assert cell(soup, show("?statut=finalisees"), "Statut") == "Finalisée"


@pytest.mark.parametrize(
    ("query", "rooms"),
    [
        ("periode=aujourdhui", {"this morning", "tonight"}),
        ("periode=semaine", {"monday", "this morning", "tonight", "sunday"}),
        ("periode=a-venir", {"tonight", "sunday", "next monday"}),
        ("periode=passees", {"last sunday", "monday", "this morning"}),
        ("du=2026-11-20&au=22/11/2026", {"this morning", "tonight", "sunday"}),
        ("du=2026-11-23", {"next monday"}),
        ("au=15/11/2026", {"last sunday"}),
        ("periode=semaine&au=2026-11-17", {"monday"}),
    ],
)
@time_machine.travel(NOON, tick=False)
def test_filter_by_period(found, member, query, rooms):
    make = ExamSessionFactory
    make(centre=member.centre, room="last sunday", date=date(2026, 11, 15))
    make(centre=member.centre, room="monday", date=date(2026, 11, 16))
    make(centre=member.centre, room="this morning", date=date(2026, 11, 20))
    make(centre=member.centre, room="tonight", date=date(2026, 11, 20), start_time=time(20))
    make(centre=member.centre, room="sunday", date=date(2026, 11, 22))
    make(centre=member.centre, room="next monday", date=date(2026, 11, 23))

    assert set(found(f"?{query}")) == rooms


# --- What cannot be understood --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("statut=inconnu", "Statut\u00a0: Ce choix n’existe pas."),
        ("periode=hier", "Période\u00a0: Ce choix n’existe pas."),
        ("tri=password", "Trier par\u00a0: Ce choix n’existe pas."),
        ("du=31/02/2026", "Du\u00a0: Cette date n’existe pas."),
        ("du=2026-11-20&au=2026-11-19", "Au\u00a0: Ce jour est avant le début de la période."),
        ("q=%00", "un caractère non autorisé"),
        ("q=" + "x" * 5000, "Ce texte est trop long\u00a0: 100 caractères au plus (5000 ici)."),
        ("q=%ED%A0%80", "Écrivez des lettres ou des chiffres."),
        ("q=???", "Écrivez des lettres ou des chiffres."),
        ("page=zero", "Page\u00a0: Indiquez un nombre"),
        ("page=0", "Page\u00a0: Indiquez au moins 1."),
        ("page=" + "9" * 40, "Page\u00a0: Indiquez un nombre"),
        ("semaine=9999-12-31", "Semaine\u00a0: Vérifiez l’année"),
        ("semaine=0001-01-01", "Semaine\u00a0: Vérifiez l’année"),
    ],
)
def test_nonsense_is_said_and_shows_all_the_sessions(show, member, soup, query, sentence):
    ExamSessionFactory(centre=member.centre)

    response = show(f"?{query}")

    assert response.status_code == 422
    assert sentence in soup(response, "#results [role=alert]").text
    assert len(rows(soup, response)) == 1


def test_page_beyond_the_last_shows_the_last_and_says_so(show, member, soup):
    ExamSessionFactory.create_batch(26, centre=member.centre)

    response = show("?page=9999")

    assert len(rows(soup, response)) == 1
    assert "voici la dernière, la page 2" in soup(response, "#results [role=alert]").text


# --- Pages ----------------------------------------------------------------------------------------


def test_pages_hold_twenty_five_and_keep_what_was_asked(show, member, soup):
    ExamSessionFactory.create_batch(26, centre=member.centre)

    response = show("?q=salle&statut=&tri=-numero")

    assert len(rows(soup, response)) == 25
    following = soup(response, ".pagination [rel=next]")["href"]
    assert following == "?q=salle&tri=-numero&page=2#list"
    assert len(rows(soup, show(following.removesuffix("#list")))) == 1


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("sort", ["", "site", "-statut", "echeance"])
def test_each_session_is_on_one_page_only(show, member, soup, sort):
    ExamSessionFactory.create_batch(30, centre=member.centre)

    pages = [rows(soup, show(f"?tri={sort}&page={number}")) for number in (1, 2)]

    assert len({row.th.a["href"] for page in pages for row in page}) == 30


# --- The part that htmx replaces ------------------------------------------------------------------


@pytest.mark.parametrize("query", ["", "?q=208&tri=-date", "?q=zzz", "?du=31/02/2026", "?page=2"])
@time_machine.travel(NOON, tick=False)
def test_fragment_is_the_element_of_the_page(show, member, soup, query):
    ExamSessionFactory.create_batch(26, centre=member.centre)

    page = soup(show(query))
    fragment = soup(show(query, **{"HX-Request": "true", "HX-Target": "results"}))

    assert str(fragment.select_one("#results")) == str(page.select_one("#results"))
    count = "#result-count"
    assert fragment.select_one(count).contents == page.select_one(count).contents
    assert not fragment.select("html")


def test_fragment_gives_the_address_of_what_it_shows(show, member):
    ExamSessionFactory(centre=member.centre)
    url = f"/sessions/centre/{member.centre_id}/"

    response = show("?q=208&statut=&du=&semaine=", **{"HX-Request": "true", "HX-Target": "results"})

    assert response["HX-Push-Url"] == f"{url}?q=208"


def test_same_address_is_not_pushed_again(show, member):
    url = f"http://testserver/sessions/centre/{member.centre_id}/?q=208"

    response = show(
        "?q=208&statut=",
        **{"HX-Request": "true", "HX-Target": "results", "HX-Current-URL": url},
    )

    assert "HX-Push-Url" not in response


# --- Empty, scope, cost ---------------------------------------------------------------------------


def test_empty_centre_offers_to_create(show, member, soup):
    link = soup(show(), ".empty a")

    assert link["href"] == reverse("sessions:session_create", args=[member.centre_id])


def test_other_centres_of_the_person_are_offered(show, member):
    other = MembershipFactory(user=member.user).centre
    foreign = CentreFactory(name="Ailleurs")

    page = show().text

    assert f"/sessions/centre/{other.pk}/" in page
    assert foreign.name not in page


def test_sessions_of_another_centre_are_not_shown(show, soup):
    ExamSessionFactory()

    assert rows(soup, show()) == []


@pytest.mark.parametrize("count", [1, 25])
@pytest.mark.parametrize("query", ["", "?q=salle&statut=creees&periode=a-venir&tri=-candidats"])
def test_query_count_does_not_grow_with_sessions(
    show, member, count, query, django_assert_num_queries
):
    for session in ExamSessionFactory.create_batch(count, centre=member.centre, date=days_ago(-1)):
        CandidateFactory(session=session)

    # login, user, centre, centres of the person, count of the page, sessions, week, waiting
    with django_assert_num_queries(8):
        show(query)


def test_two_thousand_sessions_cost_the_same(show, member, soup, django_assert_num_queries):
    model = ExamSessionFactory.build(
        centre=member.centre, created_by=UserFactory(), date=days_ago(-1)
    )
    model.save()
    ExamSession.objects.bulk_create(
        ExamSession(**values_of(model) | {"access_code": uuid4().hex[:12]}) for _ in range(2000)
    )

    with django_assert_num_queries(8):
        response = show("?q=salle&page=40")

    assert len(rows(soup, response)) == 25


def values_of(session):
    return {
        field.attname: getattr(session, field.attname)
        for field in session._meta.concrete_fields
        if not field.primary_key
    }


def test_invigilator_has_no_list(client, member):
    client.force_login(UserFactory())

    assert client.get(f"/sessions/centre/{member.centre_id}/").status_code == 404
