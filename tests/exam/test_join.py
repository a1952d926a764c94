import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from finalisation import actions as finalisation_actions
from tests import situations
from tests.exam.browsers import browser
from tests.factories import CandidateFactory, UserFactory

pytestmark = pytest.mark.django_db

URL = reverse("exam:join")
UNKNOWN = "Ces informations ne correspondent à aucune inscription"


@pytest.fixture
def candidate():
    return CandidateFactory(birth_name="Œuvrard-Łódź", first_name="Zoé")


@pytest.fixture
def user():
    return UserFactory()


def identity(candidate, **changes):
    return {
        "session_number": candidate.session_id,
        "first_name": candidate.first_name,
        "birth_name": candidate.birth_name,
        "birth_date": "10/12/2012",
        **changes,
    }


def post(user, data):
    return browser(user).post(URL, data)


def end_screen(attempt):
    return reverse("exam:test", args=[attempt.candidate_id])


def fail(user, data, *, times):
    for _ in range(times):
        post(user, data)


def test_the_page_says_who_is_logged_in_and_the_way_out(user, soup):
    page = soup(browser(user).get(URL), ".who-am-i")

    assert f"Vous êtes connecté comme {user.name}" in page.get_text()
    assert "Ce n’est pas moi" in page.get_text()
    assert page["action"] == reverse("account_logout")


def test_joining_links_the_row_and_goes_to_the_code(candidate, user):
    response = post(user, identity(candidate))

    candidate.refresh_from_db()
    assert candidate.user == user
    assert response.url == reverse("exam:start", args=[candidate.pk])


def test_the_identity_is_folded(candidate, user):
    typed = {"birth_name": " OEUVRARD lodz ", "first_name": "zoe", "birth_date": "2012-12-10"}

    assert post(user, identity(candidate, **typed)).status_code == 302


def test_joining_twice_is_joining_once(candidate, user):
    post(user, identity(candidate))

    assert post(user, identity(candidate)).status_code == 302


@pytest.mark.parametrize(
    "wrong", [{"session_number": 987654}, {"first_name": "Ada"}, {"birth_date": "11/12/2012"}]
)
def test_an_unknown_session_and_an_unknown_person_read_the_same(candidate, user, wrong):
    response = post(user, identity(candidate, **wrong))

    assert response.status_code == 422
    assert UNKNOWN in response.content.decode()


def test_what_was_typed_is_kept(candidate, user, soup):
    response = post(user, identity(candidate, first_name="Ada"))

    assert soup(response, "#id_first_name")["value"] == "Ada"
    assert soup(response, "#id_birth_date")["value"] == "10/12/2012"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("session_number", "", "Indiquez le numéro de session."),
        ("session_number", "abc", "Indiquez un nombre"),
        ("first_name", "", "Indiquez votre prénom."),
        ("birth_name", " ", "Indiquez votre nom de naissance."),
        ("birth_name", "A\x00b", "caractère non autorisé"),
        ("birth_date", "", "Indiquez votre date de naissance."),
        ("birth_date", "31/02/2008", "Cette date n’existe pas."),
        ("birth_date", "10/12/1908", "Vérifiez la date de naissance"),
        ("birth_date", "10/12/2208", "Vérifiez la date de naissance"),
    ],
)
def test_what_cannot_be_is_said_by_its_field(candidate, user, soup, field, typed, sentence):
    response = post(user, identity(candidate, **{field: typed}))

    assert response.status_code == 422
    assert sentence in soup(response, f"#id_{field}_error").get_text()


def test_the_birth_city_is_not_asked_without_need(user, soup):
    assert not soup(browser(user).get(URL)).select("#id_birth_city")


def test_two_rows_with_the_same_identity_ask_for_the_birth_city(candidate, user, soup):
    CandidateFactory(
        session=candidate.session,
        birth_name=candidate.birth_name,
        first_name=candidate.first_name,
        birth_city="Lille",
    )

    response = post(user, identity(candidate))

    assert response.status_code == 422
    assert soup(response, "#id_birth_city")
    assert "Indiquez aussi votre commune de naissance" in response.content.decode()


def test_the_birth_city_chooses_between_two_rows(candidate, user):
    other = CandidateFactory(
        session=candidate.session,
        birth_name=candidate.birth_name,
        first_name=candidate.first_name,
        birth_city="Saint-Étienne",
    )

    post(user, identity(candidate, birth_city="saint etienne"))

    other.refresh_from_db()
    assert other.user == user


def test_a_row_of_another_account_is_refused(user):
    candidate = CandidateFactory(joined=True)

    response = post(user, identity(candidate))

    assert response.status_code == 409
    assert "contactez votre surveillant" in response.content.decode()


def test_an_invigilator_of_the_session_cannot_sit_in_it(candidate):
    user = situations.invigilator_of(candidate.session)

    response = post(user, identity(candidate))

    assert response.status_code == 409
    assert "Ce compte a surveillé cette session" in response.content.decode()


def test_the_sixth_wrong_identity_waits(candidate, user):
    wrong = identity(candidate, first_name="Ada")
    fail(user, wrong, times=5)

    response = post(user, identity(candidate))

    assert response.status_code == 429
    assert response["Retry-After"]
    assert "Trop d’essais" in response.content.decode()


def test_open_candidacies_are_found_again(user, soup):
    candidate = CandidateFactory(user=user, linked_at=timezone.now())

    link = soup(browser(user).get(URL), "#open a")

    assert link["href"] == reverse("exam:start", args=[candidate.pk])
    assert "Continuer" in link.get_text()


def test_who_is_enrolled_already_is_led_to_his_certification_first(user, soup):
    CandidateFactory(user=user, linked_at=timezone.now())

    page = soup(browser(user).get(URL))

    assert [step.parent.parent["id"] for step in page.select("main .primary")] == ["open"]


def test_a_test_that_runs_is_proposed_to_be_resumed(bank, soup):
    attempt = situations.started()

    link = soup(browser(attempt.candidate.user).get(URL), "#open a")

    assert "Reprendre" in link.get_text()


def test_a_test_that_is_over_is_not_proposed_again(bank, soup):
    attempt = situations.finished()

    assert not soup(browser(attempt.candidate.user).get(URL)).select("#open a")


def test_a_test_that_is_over_leads_to_its_end_screen(bank, soup):
    attempt = situations.finished()

    page = soup(browser(attempt.candidate.user).get(URL))

    assert "Votre test est terminé" in page.get_text()
    assert page.select_one("#finished a")["href"] == end_screen(attempt)


def test_a_finalised_session_is_not_proposed_again(bank, soup):
    absent = CandidateFactory(joined=True)
    situations.finished(session=absent.session)
    situations.finalised(absent.session)

    assert not soup(browser(absent.user).get(URL)).select("ul.lines a")


def test_joining_again_after_the_end_shows_the_end_screen(bank):
    attempt = situations.finished()

    response = post(attempt.candidate.user, identity(attempt.candidate))

    assert response.url == end_screen(attempt)


def test_joining_again_after_the_finalisation_shows_the_end_screen(bank):
    attempt = situations.finished()
    situations.finalised(attempt.candidate.session)

    response = post(attempt.candidate.user, identity(attempt.candidate))

    assert response.url == end_screen(attempt)


def test_once_published_the_results_replace_the_end_screen(bank, soup):
    attempt = situations.finished()
    session = situations.finalised(attempt.candidate.session)
    finalisation_actions.publish(session, by=UserFactory(officer=True))

    page = soup(browser(attempt.candidate.user).get(URL))

    assert not page.select("#finished")
    assert reverse("results:my_results") in [
        link["href"] for link in page.select("main .actions a")
    ]


def test_a_form_that_records_nothing_does_not_speak_of_it(user, soup):
    errors = soup(post(user, {}), ".form-errors").get_text()

    assert "4 choses sont à corriger." in errors
    assert "enregistré" not in errors


def test_not_me_logs_out_and_brings_the_next_pupil_back_here(candidate, user, soup):
    client = browser(user)
    form = soup(client.get(URL), ".who-am-i")
    sent = {field["name"]: field["value"] for field in form.select("input")}

    response = client.post(form["action"], sent, follow=True)

    assert response.redirect_chain[0][0] == URL
    assert response.redirect_chain[1][0] == f"{reverse('account_login')}?next={URL}"


def test_the_page_costs_the_same_for_one_candidacy_and_for_many(user, django_assert_num_queries):
    client = browser(user)
    CandidateFactory(user=user, linked_at=timezone.now())
    with CaptureQueriesContext(connection) as for_one:
        client.get(URL)
    CandidateFactory.create_batch(24, user=user, linked_at=timezone.now())

    with django_assert_num_queries(len(for_one)):
        client.get(URL)
