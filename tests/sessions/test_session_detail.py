from datetime import date, time, timedelta

import pytest
import time_machine
from django.utils import timezone

from certif.accounts import throttle
from certif.accounts.models import Role
from certif.audit.models import AuditEvent
from invigilation.models import Watch
from sessions import actions
from sessions.models import ExamSession
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    MembershipFactory,
    UserFactory,
    days_ago,
)
from tests.situations import finalised, invigilator_of, present, published, started


@pytest.fixture
def member(db):
    return MembershipFactory(role=Role.MEMBER)


@pytest.fixture
def manager(member):
    return MembershipFactory(centre=member.centre, role=Role.MANAGER)


@pytest.fixture
def session(member):
    return ExamSessionFactory(centre=member.centre)


@pytest.fixture
def show(client, member, session):
    client.force_login(member.user)
    return lambda: client.get(f"/sessions/{session.pk}/")


def test_each_secret_says_who_may_know_it(show, session, soup):
    number, password, code = soup(show()).select(".secret")

    assert "Tout le monde" in number.text
    assert str(session.pk) in number.text
    assert "Surveillants seulement" in password.text
    assert session.password in password.text
    assert "Candidats, au lancement" in code.text
    assert session.access_code in code.text


def test_started_session_is_finalised_from_here(show, session, bank, soup):
    started(session=session)

    link = soup(show(), f".title-row a[href='/sessions/{session.pk}/finaliser/']")

    assert link.text == "Finaliser la session"


@pytest.mark.parametrize(("minutes", "is_first"), [(-1, False), (1, True)])
def test_finalising_is_what_a_session_waits_for_once_it_is_over(
    show, session, bank, soup, minutes, is_first
):
    started(session=session)

    with time_machine.travel(session.ends_at + timedelta(minutes=minutes)):
        chosen = [link.text for link in soup(show()).select(".title-row .primary")]

    assert chosen == ["Finaliser la session"] * is_first


def test_before_any_start_the_page_says_when_it_is_finalised(show, session, soup):
    response = show()

    assert not soup(response).select(".title-row .primary")
    assert "Aucun test n’a commencé" in response.text


@time_machine.travel("2026-11-20 12:00Z", tick=False)
def test_past_session_without_anybody_is_to_delete(client, member):
    session = ExamSessionFactory(centre=member.centre, date=days_ago(1))
    client.force_login(member.user)

    page = client.get(f"/sessions/{session.pk}/").text

    assert f"/sessions/{session.pk}/supprimer/" in page
    assert "À finaliser avant le samedi 21 novembre" in page


@time_machine.travel("2026-12-01 12:00Z", tick=False)
def test_before_its_end_the_page_says_until_when_it_is_to_be_finalised(client, member, soup):
    session = ExamSessionFactory(centre=member.centre, date=date(2026, 12, 14))
    client.force_login(member.user)

    facts = soup(client.get(f"/sessions/{session.pk}/"), "dl.facts")

    limit = facts.find("dt", string="À finaliser avant le").find_next("dd")
    assert limit.text == "mercredi 16 décembre 2026, 10 h 45"


def test_a_session_finalised_late_says_so(show, session, bank, soup):
    with time_machine.travel(session.ends_at + timedelta(hours=49)):
        finalised(session)

    assert "Finalisée en retard" in soup(show(), ".title-row").text


def test_past_session_with_a_presence_is_closed_not_held(client, member, bank):
    session = ExamSessionFactory(centre=member.centre)
    present(CandidateFactory(session=session))
    client.force_login(member.user)

    with time_machine.travel(session.ends_at, tick=False):
        client.force_login(member.user)
        page = client.get(f"/sessions/{session.pk}/").text

    assert f"/sessions/{session.pk}/finaliser/non-tenue/" in page
    assert "Supprimer la session" not in page


def test_finalised_session_offers_no_change(client, member, bank):
    session = finalised(ExamSessionFactory(centre=member.centre))
    client.force_login(member.user)

    page = client.get(f"/sessions/{session.pk}/").text

    assert "Modifier" not in page
    assert "Supprimer" not in page
    assert "Finalisée" in page


@pytest.fixture
def closed(session, bank):
    """Finalised, with an invigilator who did not leave."""
    InvigilatorAccessFactory(session=session)
    return finalised(session)


def test_finalised_session_leads_to_what_was_sent(show, closed, soup):
    page = soup(show())

    assert page.select(f'.title-row a[href="/sessions/{closed.pk}/finaliser/"]')
    assert f"par {closed.finalised_by}." in page.select_one("main .banner.is-success").text


def test_published_session_says_when_pix_gave_the_results(show, session, bank, soup):
    published(session)

    page = soup(show(), "main")

    assert page.select_one(".badge.is-success").text == "Résultats transmis par Pix"
    assert "Résultats transmis par Pix le" in page.select_one("main .banner").text


def test_finalised_session_shows_no_secret(show, closed, soup):
    fail(closed, 30)

    page = show().text

    assert closed.password not in page
    assert closed.access_code not in page
    assert "essayé de nombreuses fois" not in page


def test_who_still_reads_the_list_of_a_finalised_session_may_be_turned_out(
    client, show, closed, soup
):
    way = soup(show(), "[id^=revoke]")

    assert "n’y fait plus entrer personne" in client.get(way["href"]).text
    client.post(way["href"])

    assert not closed.accesses.open().exists()


def test_who_is_invigilating_is_named(show, session):
    user = UserFactory(first_name="Louise", last_name="Michel")
    InvigilatorAccessFactory(session=session, user=user)

    assert "Louise MICHEL" in show().text


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (timedelta(minutes=1), "devant la liste en ce moment"),
        (timedelta(minutes=12), "dernier passage le"),
    ],
)
def test_who_looks_at_the_list_now_is_told_apart_from_who_did(show, session, soup, ago, told):
    access = InvigilatorAccessFactory(session=session)
    Watch.objects.create(access=access, last_seen_at=timezone.now() - ago)

    assert told in soup(show(), "[aria-labelledby=invigilating]").text


def test_who_joined_and_never_opened_the_list_was_not_seen(show, session, soup):
    InvigilatorAccessFactory(session=session)

    listed = soup(show(), "[aria-labelledby=invigilating]").text

    assert "passage" not in listed
    assert "en ce moment" not in listed


def test_access_is_revoked_after_a_confirmation_by_name(client, member, session, soup):
    access = InvigilatorAccessFactory(session=session)
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/surveillants/{access.pk}/retirer/"
    assert access.user.name in soup(client.get(url), "h1").text

    assert client.post(url).url == session.get_absolute_url()

    access.refresh_from_db()
    assert access.ended_at is not None


def test_revoking_twice_is_noted_once(client, member, session):
    access = InvigilatorAccessFactory(session=session)
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/surveillants/{access.pk}/retirer/"

    client.post(url)
    assert client.post(url).status_code == 302

    assert AuditEvent.objects.filter(kind="invigilator.revoked").count() == 1


def test_access_of_another_session_is_not_found(client, member, session):
    access = InvigilatorAccessFactory()
    client.force_login(member.user)

    assert (
        client.post(f"/sessions/{session.pk}/surveillants/{access.pk}/retirer/").status_code == 404
    )


def test_manager_renews_the_password_and_accesses_end(client, manager, session):
    invigilator_of(session)
    client.force_login(manager.user)
    url = f"/sessions/{session.pk}/mot-de-passe/"
    assert "1 surveillant est connecté" in client.get(url).text

    client.post(url)

    renewed = ExamSession.objects.get()
    assert renewed.password != session.password
    assert not renewed.accesses.open().exists()


def test_member_cannot_renew_the_password(show, client, session):
    assert "Renouveler" not in show().text
    assert client.get(f"/sessions/{session.pk}/mot-de-passe/").status_code == 404
    assert client.post(f"/sessions/{session.pk}/mot-de-passe/").status_code == 404


def test_manager_renews_the_access_code_and_accesses_stay(client, manager, session):
    invigilator_of(session)
    client.force_login(manager.user)
    url = f"/sessions/{session.pk}/code-d-acces/"
    assert "ne servira plus" in client.get(url).text

    client.post(url)

    renewed = ExamSession.objects.get()
    assert renewed.access_code != session.access_code
    assert renewed.accesses.open().exists()


def test_member_cannot_renew_the_access_code(client, member, session):
    client.force_login(member.user)

    assert client.post(f"/sessions/{session.pk}/code-d-acces/").status_code == 404


def test_secrets_whose_time_is_over_are_not_to_be_dictated(show, session):
    ExamSession.objects.filter(pk=session.pk).update(password="-0123456789", access_code="-98765")

    page = show().text

    assert "-0123456789" not in page
    assert "-98765" not in page
    assert page.count("Effacé\u00a0: sa durée de conservation est passée.") == 2


def test_password_of_a_finalised_session_stays(client, manager, bank):
    session = finalised(ExamSessionFactory(centre=manager.centre))
    client.force_login(manager.user)

    assert client.post(f"/sessions/{session.pk}/mot-de-passe/").status_code == 409


def test_many_wrong_passwords_warn_the_centre(show, client, manager, session):
    fail(session, 29)
    assert "essayé de nombreuses fois" not in show().text

    fail(session, 1)
    client.force_login(manager.user)

    page = client.get(session.get_absolute_url()).text
    assert "essayé de nombreuses fois" in page
    assert "Renouveler le mot de passe" in page


def test_a_new_password_forgets_who_tried_the_former_one(show, manager, session):
    fail(session, 30)

    actions.renew_password(session, by=manager.user)

    assert "essayé de nombreuses fois" not in show().text


def test_deletion_is_confirmed_with_the_number_of_candidates(client, member, session):
    CandidateFactory.create_batch(3, session=session)
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/supprimer/"
    assert "Elle compte 3 candidats" in client.get(url).text

    assert client.post(url, {"candidates": "3"}).url == f"/sessions/centre/{member.centre_id}/"

    assert not ExamSession.objects.exists()


def test_deletion_confirmed_for_another_number_of_candidates_is_asked_again(
    client, member, session, soup
):
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/supprimer/"
    seen = soup(client.get(url), "[name=candidates]")["value"]
    CandidateFactory(session=session)

    response = client.post(url, {"candidates": seen})

    page = soup(response, "main")
    assert response.status_code == 409
    assert "La liste des candidats a changé" in page.text
    assert "Elle compte 1 candidat." in page.text
    assert page.select_one("[name=candidates]")["value"] == "1"
    assert ExamSession.objects.exists()


def test_second_click_on_delete_comes_back_to_the_list(client, member, session):
    client.force_login(member.user)
    form = {"operation": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", "candidates": "0"}
    client.post(f"/sessions/{session.pk}/supprimer/", form)

    response = client.post(f"/sessions/{session.pk}/supprimer/", form)

    assert response.url == f"/sessions/centre/{member.centre_id}/"


def test_deletion_is_refused_after_a_presence(client, member, session, bank):
    present(CandidateFactory(session=session))
    client.force_login(member.user)

    response = client.post(f"/sessions/{session.pk}/supprimer/")

    assert response.status_code == 409
    assert "ne peut plus être supprimée" in response.text
    assert ExamSession.objects.exists()


def test_a_deletion_that_would_be_refused_is_said_at_once(client, member, session, bank):
    present(CandidateFactory(session=session))
    client.force_login(member.user)

    response = client.get(f"/sessions/{session.pk}/supprimer/")

    assert response.status_code == 409
    assert "ne peut plus être supprimée" in response.text


def test_confirmation_is_a_dialog_for_htmx(client, member, session, soup):
    client.force_login(member.user)
    url = f"/sessions/{session.pk}/supprimer/"

    fragment = client.get(url, headers={"HX-Request": "true"})

    assert soup(fragment).select("dialog[data-modal] form")
    assert not soup(fragment).select("html")


@pytest.mark.parametrize("count", [1, 25])
def test_query_count_does_not_grow_with_invigilators(
    show, session, count, django_assert_num_queries
):
    InvigilatorAccessFactory.create_batch(count, session=session)

    # login, user, session, manager?, presences, tries, accesses, last seen, centres of the person
    with django_assert_num_queries(9):
        show()


def fail(session, times):
    for _ in range(times):
        throttle.count_failure(f"password:session:{session.pk}")


@pytest.mark.parametrize(("start", "said"), [(time(22, 30), True), (time(22, 0), False)])
def test_an_end_after_midnight_is_said_of_the_next_day(client, member, soup, start, said):
    session = ExamSessionFactory(centre=member.centre, start_time=start, end_time=None)
    client.force_login(member.user)

    facts = soup(client.get(session.get_absolute_url()), "[aria-labelledby=details] dl").text

    assert ("(le lendemain)" in facts) == said
