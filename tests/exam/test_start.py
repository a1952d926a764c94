from datetime import date, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certif.accounts import throttle
from certif.audit.models import AuditEvent
from exam import seat
from exam.enums import AttemptState
from exam.models import Attempt
from invigilation import actions as invigilation_actions
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.exam.browsers import HTMX, browser, holding
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = pytest.mark.django_db

WRONG_CODE = "Ce code est incorrect, veuillez le vérifier ou contacter votre surveillant."
NOT_PRESENT = (
    "Votre surveillant n’a pas confirmé votre présence dans la salle de test. Vous ne pouvez donc "
    "pas encore commencer votre test de certification. Merci de prévenir votre surveillant."
)
CONSENT = (
    "En cliquant sur « Commencer mon test », j’accepte que mes données d’identité, le numéro de "
    "certification et les circonstances de la passation telles que renseignées par le surveillant "
    "soient communiquées à Pix. Pix les utilisera lors de la délibération du jury pour produire et "
    "archiver mes résultats et pour éditer mon certificat. Si cette certification m’a été prescrite "
    "par une organisation, j’accepte que Pix lui communique mes résultats."
)
DATA_PROTECTION = (
    "Conformément à la loi « informatique et libertés », vous pouvez exercer votre droit d’accès "
    "aux données vous concernant et les faire rectifier en envoyant un mail à dpo@pix.fr."
)


@pytest.fixture
def candidate(bank):
    return CandidateFactory(joined=True, session=ExamSessionFactory(access_code="WB64K2"))


@pytest.fixture
def ready(candidate):
    return situations.present(candidate)


def url(candidate):
    return reverse("exam:start", args=[candidate.pk])


def post(candidate, code="WB64K2", *, client=None, **extra):
    return (client or browser(candidate.user)).post(url(candidate), {"code": code}, **extra)


def words(element):
    return " ".join(element.get_text().split())


def fail(candidate, *, times):
    for _ in range(times):
        post(candidate, "ZZZZ22")


def test_the_page_carries_the_words_of_the_guide(candidate, soup):
    page = words(soup(browser(candidate.user).get(url(candidate)), "main"))

    assert "Vous allez commencer votre test de certification" in page
    assert "Code d’accès communiqué par le surveillant" in page
    assert "Commencer mon test" in page
    assert CONSENT in page
    assert DATA_PROTECTION in page


def test_the_page_says_in_whose_name_the_test_is_sat(candidate, soup):
    said = words(soup(browser(candidate.user).get(url(candidate)), ".identity"))

    name = f"{candidate.birth_name.upper()} {candidate.first_name}"
    assert said == f"Vous passez le test au nom de {name}, né(e) le 10/12/2012."


def test_born_agrees_with_the_sex_when_it_is_known(candidate, soup):
    Candidate.objects.update(sex="F")

    assert "née le" in words(soup(browser(candidate.user).get(url(candidate)), ".identity"))


def test_the_page_has_a_way_out_for_who_is_somebody_else(candidate, soup):
    form = soup(browser(candidate.user).get(url(candidate)), ".who-am-i")

    assert "Ce n’est pas moi" in words(form)
    assert form["action"] == reverse("account_logout")
    assert form.select_one("[name=next]")["value"] == reverse("exam:join")


def test_an_account_of_another_name_is_said(candidate, soup):
    page = soup(browser(candidate.user).get(url(candidate)))

    assert "Votre compte porte un autre nom" in words(page.select_one("#other-name"))


def test_an_account_of_the_same_name_says_nothing(candidate, soup):
    candidate.user.first_name, candidate.user.last_name = "ADA", candidate.birth_name
    candidate.user.save()

    assert not soup(browser(candidate.user).get(url(candidate))).select("#other-name")


def test_who_comes_back_resumes_and_accepts_nothing_anew(bank, soup):
    attempt = situations.started()

    page = words(soup(browser(attempt.candidate.user).get(url(attempt.candidate)), "main"))

    assert "Vous allez reprendre votre test de certification" in page
    assert "Reprendre mon test" in page
    assert "Commencer mon test" not in page
    assert "dpo@pix.fr" in page


def test_the_page_says_which_session_and_which_room(candidate, soup):
    page = words(soup(browser(candidate.user).get(url(candidate)), "main"))

    assert f"Session {candidate.session_id} · Salle 208" in page


def test_the_address_for_personal_data_is_a_setting(candidate, settings):
    settings.DATA_PROTECTION_EMAIL = "donnees@exemple.test"

    assert b"donnees@exemple.test" in browser(candidate.user).get(url(candidate)).content


def test_the_code_opens_the_test(ready):
    response = post(ready)

    assert response.url == reverse("exam:test", args=[ready.pk])
    assert Attempt.objects.get(candidate=ready).state == AttemptState.RUNNING


def test_the_code_opens_the_test_by_htmx_too(ready):
    response = post(ready, **HTMX)

    assert response["HX-Redirect"] == reverse("exam:test", args=[ready.pk])


def test_the_browser_keeps_the_key_of_the_test_and_nothing_else(ready):
    client = browser(ready.user)
    post(ready, client=client)

    cookie = client.cookies[f"seat-{ready.pk}"]
    assert cookie.value.startswith(Attempt.objects.get(candidate=ready).seat_key + ":")
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", seat.PATH)
    assert not cookie["max-age"]


def test_the_key_travels_encrypted_in_production(ready, settings):
    settings.SESSION_COOKIE_SECURE = True
    client = browser(ready.user)
    post(ready, client=client)

    assert client.cookies[f"seat-{ready.pk}"]["secure"]


def test_a_wrong_code_is_said_word_for_word_and_kept(ready, soup):
    response = post(ready, "zzzz 22")

    assert response.status_code == 422
    assert words(soup(response, "#id_code_error")) == WRONG_CODE
    assert soup(response, "#id_code")["value"] == "zzzz 22"


def test_an_empty_code_is_asked_for(ready, soup):
    response = post(ready, " ")

    assert response.status_code == 422
    assert "Tapez le code d’accès" in words(soup(response, "#id_code_error"))


def test_a_wrong_code_is_said_before_the_missing_presence(candidate):
    assert WRONG_CODE in post(candidate, "ZZZZ22").content.decode()


def test_a_closed_session_is_said_before_the_wrong_code(candidate):
    situations.finished(session=candidate.session)
    situations.finalised(candidate.session)

    response = post(candidate, "ZZZZ22")

    assert response.status_code == 409
    assert "Cette session est terminée" in response.content.decode()


def test_somebody_elses_row_does_not_exist(ready):
    assert browser(UserFactory()).get(url(ready)).status_code == 404


def test_a_missing_presence_is_said_word_for_word(candidate, soup):
    response = post(candidate)

    assert response.status_code == 409
    assert NOT_PRESENT in words(soup(response, "#waiting-message"))
    assert soup(response, "#id_code")["value"] == "WB64K2"


def test_after_a_missing_presence_the_button_sleeps_and_the_page_asks(candidate, soup):
    response = post(candidate, **HTMX)

    waiting = reverse("exam:waiting", args=[candidate.pk])
    assert soup(response, "#waiting")["data-poll-url"] == f"{waiting}?state=absent"
    assert soup(response, "#start-button").has_attr("disabled")


def test_without_javascript_the_button_never_sleeps(candidate, soup):
    assert not soup(post(candidate), "#start-button").has_attr("disabled")


def test_a_presence_withdrawn_closes_the_door_again(ready):
    invigilation_actions.set_presence(ready, present=False, by=UserFactory())

    assert post(ready).status_code == 409


def test_the_right_to_start_opens_one_browser_only(ready):
    post(ready)

    assert post(ready).status_code == 409


def test_the_sixth_wrong_code_waits(ready):
    fail(ready, times=5)

    response = post(ready)

    assert response.status_code == 429
    assert response["Retry-After"]
    assert "Trop d’essais. Réessayez dans" in response.content.decode()


def press_of(code):
    return {"code": code, "operation": str(uuid4())}


def test_a_wrong_code_sent_again_because_its_answer_was_lost_counts_once(ready):
    press = press_of("ZZZZ22")
    client = browser(ready.user)

    answers = [client.post(url(ready), press).status_code for _ in range(8)]

    assert answers == [422] * 8
    assert throttle.failures(f"code:{ready.session_id}:{ready.user_id}") == 1


def test_each_wrong_code_typed_anew_counts(ready):
    client = browser(ready.user)

    answers = [client.post(url(ready), press_of("ZZZZ22")).status_code for _ in range(6)]

    assert answers == [422] * 5 + [429]


def test_other_codes_under_the_same_id_count(ready):
    press, client = press_of("ZZZZ22"), browser(ready.user)

    codes = [f"ZZZZ{number}" for number in range(22, 28)]
    answers = [client.post(url(ready), press | {"code": code}).status_code for code in codes]

    assert answers == [422] * 5 + [429]


def test_a_right_code_without_presence_is_not_a_failure(candidate):
    fail(candidate, times=4)
    post(candidate)
    fail(candidate, times=4)

    assert post(candidate).status_code == 409


def test_the_browser_that_holds_the_test_comes_back_with_the_code(bank):
    attempt = situations.started()
    client = holding(attempt)

    assert post(attempt.candidate, attempt.candidate.session.access_code, client=client).url


def test_back_from_the_test_the_browser_that_holds_it_is_led_to_its_question(bank):
    attempt = situations.started()

    response = holding(attempt).get(url(attempt.candidate))

    assert response.url == reverse("exam:test", args=[attempt.candidate_id])


def test_a_request_that_waits_is_told_after_a_reload(bank, soup):
    attempt = situations.started()
    client = browser(attempt.candidate.user)
    post(attempt.candidate, attempt.candidate.session.access_code, client=client)

    page = client.get(url(attempt.candidate))

    assert "la demande vient d’arriver sur son écran" in words(soup(page, "#waiting-message"))


def test_a_refusal_is_told_after_a_reload(bank, soup):
    attempt = situations.started()
    client = browser(attempt.candidate.user)
    post(attempt.candidate, attempt.candidate.session.access_code, client=client)
    invigilation_actions.refuse_resume(attempt.candidate, by=UserFactory())

    assert "Levez la main" in words(soup(client.get(url(attempt.candidate)), "#waiting-message"))


def test_who_never_asked_is_told_nothing_yet(bank, soup):
    attempt = situations.started()
    page = browser(attempt.candidate.user).get(url(attempt.candidate))

    assert soup(page).select("#waiting-message") == []


def test_another_browser_asks_the_invigilator(bank, soup):
    attempt = situations.started()

    response = post(attempt.candidate, attempt.candidate.session.access_code)

    assert response.status_code == 409
    assert "Votre surveillant doit vous autoriser" in words(soup(response, "#waiting-message"))
    assert attempt.resume_requests.get().state == "pending"


def test_an_authorised_browser_comes_back_and_the_former_one_is_told(bank):
    attempt = situations.started()
    candidate, former, other = attempt.candidate, holding(attempt), browser(attempt.candidate.user)
    invigilation_actions.authorise_resume(candidate, by=UserFactory())

    assert post(candidate, candidate.session.access_code, client=other).status_code == 302

    told = former.get(reverse("exam:test", args=[candidate.pk]))
    assert told.status_code == 409
    assert "Votre test a été repris sur un autre poste" in told.content.decode()


def test_a_key_of_yesterday_holds_nothing(bank):
    with time_machine.travel(timezone.now() - seat.LASTS - timedelta(minutes=1)):
        attempt = situations.started()
        yesterday = holding(attempt).cookies
    client = browser(attempt.candidate.user)
    client.cookies.update(yesterday)
    client.force_login(attempt.candidate.user)

    response = post(attempt.candidate, attempt.candidate.session.access_code, client=client)

    assert response.status_code == 409


def test_a_test_that_is_over_shows_its_end(bank):
    attempt = situations.finished()

    response = browser(attempt.candidate.user).get(url(attempt.candidate))

    assert response.url == reverse("exam:test", args=[attempt.candidate_id])


def test_an_entry_costs_the_same_in_a_small_and_in_a_large_room(candidate):
    situations.started(session=candidate.session)
    situations.present(candidate)
    neighbour = CandidateFactory(joined=True, session=candidate.session)
    situations.present(neighbour)
    first, second = browser(candidate.user), browser(neighbour.user)
    with CaptureQueriesContext(connection) as small:
        post(candidate, client=first)
    CandidateFactory.create_batch(24, session=candidate.session)
    with CaptureQueriesContext(connection) as large:
        post(neighbour, client=second)

    # Three reads of the right, the try, and within a savepoint and its release six statements.
    assert len(small) == len(large) == 3 + 1 + 2 + 6


# --- Another day ----------------------------------------------------------------------------------


@pytest.fixture
def of_yesterday(ready):
    ExamSession.objects.update(date=date(2026, 11, 4))
    return ready


def test_a_start_on_another_day_is_asked_by_the_page(of_yesterday, soup):
    answer = post(of_yesterday, **HTMX)

    assert answer.status_code == 409
    asked = words(soup(answer, "#other-day"))
    assert asked.startswith("Cette session est prévue le mercredi 4 novembre 2026. Continuer ?")
    assert not AuditEvent.objects.filter(kind="day.confirmed").exists()


def test_the_second_press_says_yes(of_yesterday, soup):
    client = browser(of_yesterday.user)
    form = soup(post(of_yesterday, client=client), "#enter")
    fields = {field["name"]: field["value"] for field in form.select("input[name][value]")}

    answer = client.post(url(of_yesterday), fields)

    assert answer.url == reverse("exam:test", args=[of_yesterday.pk])
    assert Attempt.objects.get().is_running


def test_a_code_mistyped_meanwhile_asks_of_the_day_no_more(of_yesterday, soup):
    client = browser(of_yesterday.user)

    answer = client.post(url(of_yesterday), {"code": "ZZZZ22", "other_day": "1"})

    assert answer.status_code == 422
    assert soup(answer, "#enter [name=other_day]")["value"] == "1"
