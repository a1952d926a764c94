from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory
from django.urls import reverse

from certif import errors
from certif.accounts.models import CentreKind
from certif.audit.models import AuditEvent
from tests.factories import CentreFactory, MembershipFactory, UserFactory


def labels_of(soup, response):
    return [link.text for link in soup(response).select(".site-nav a")]


def test_member_lands_on_the_sessions_of_the_centre(client, db):
    membership = MembershipFactory()
    client.force_login(membership.user)

    assert client.get("/accueil/").url == f"/sessions/centre/{membership.centre_id}/"


def test_member_of_several_centres_chooses(client, db, soup):
    user = UserFactory()
    MembershipFactory.create_batch(2, user=user)
    CentreFactory(name="Collège d’ailleurs")
    client.force_login(user)

    response = client.get("/accueil/")

    assert len(soup(response).select(".lines li")) == 2
    assert "Collège d’ailleurs" not in response.text


def test_inactive_membership_gives_nothing(client, db):
    client.force_login(MembershipFactory(is_active=False).user)

    assert client.get("/accueil/").url == reverse("invigilation:join")


def test_officer_lands_in_the_admin(client, db):
    client.force_login(UserFactory(officer=True))

    assert client.get("/accueil/").url == reverse("admin:index")


def test_anyone_else_lands_on_the_invigilators_login(client, db):
    client.force_login(UserFactory())

    assert client.get("/accueil/").url == reverse("invigilation:join")


def test_root_leads_to_the_landing_page(client, db):
    client.force_login(UserFactory())

    assert client.get("/").url == "/accueil/"


def test_anonymous_person_is_asked_to_log_in(client, db):
    assert client.get("/accueil/").url == "/connexion/?next=/accueil/"


def test_menu_of_a_member(client, db, soup):
    membership = MembershipFactory()
    client.force_login(membership.user)

    response = client.get(f"/sessions/centre/{membership.centre_id}/")

    assert labels_of(soup, response) == ["Sessions", "Élèves", "Équipe", "Espace surveillant"]
    assert soup(response, ".site-nav [aria-current]").text == "Sessions"


def test_menu_outside_schools_has_no_pupils(client, db, soup):
    membership = MembershipFactory(centre__kind=CentreKind.PRO)
    client.force_login(membership.user)

    response = client.get(f"/sessions/centre/{membership.centre_id}/")

    assert labels_of(soup, response) == ["Sessions", "Équipe", "Espace surveillant"]


def test_menu_of_an_officer(client, db, soup):
    client.force_login(UserFactory(officer=True))

    assert labels_of(soup, client.get("/compte/")) == ["Administration"]


def test_menu_of_anyone_else(client, db, soup):
    client.force_login(UserFactory())

    assert labels_of(soup, client.get("/compte/")) == [
        "Espace surveillant",
        "Passer ma certification",
    ]


@pytest.mark.parametrize("page", ["invigilation:join", "exam:join", "results:my_results"])
def test_the_account_menu_leads_to_the_candidates_pages(client, db, soup, page):
    client.force_login(UserFactory())

    links = soup(client.get(reverse(page))).select("#account a")

    assert [link["href"] for link in links][:2] == [
        reverse("exam:join"),
        reverse("results:my_results"),
    ]


def test_a_candidate_who_lands_with_the_invigilators_is_shown_the_way(client, db, soup):
    client.force_login(UserFactory())

    links = soup(client.get("/accueil/", follow=True)).select(".candidate-links a")

    assert [link["href"] for link in links] == [reverse("exam:join"), reverse("results:my_results")]


def test_candidates_pages_have_no_menu(client, db, soup):
    client.force_login(UserFactory())

    assert labels_of(soup, client.get(reverse("exam:join"))) == []


def test_profile_changes_the_name(client, db):
    user = UserFactory()
    client.force_login(user)

    client.post("/compte/", {"first_name": "Louise", "last_name": "Michel"})

    user.refresh_from_db()
    assert user.name == "Louise MICHEL"


def test_name_is_changed_once_for_a_form_sent_twice(client, db):
    client.force_login(UserFactory())
    form = {"first_name": "Louise", "last_name": "Michel", "operation": str(uuid4())}

    client.post("/compte/", form)
    assert client.post("/compte/", form).status_code == 302

    assert AuditEvent.objects.filter(kind="account.renamed").count() == 1


def test_profile_keeps_what_was_typed_badly(client, db, soup):
    user = UserFactory(first_name="Ada")
    client.force_login(user)

    response = client.post("/compte/", {"first_name": "Bea", "last_name": ""})

    assert response.status_code == 422
    assert soup(response, "#id_first_name")["value"] == "Bea"
    user.refresh_from_db()
    assert user.first_name == "Ada"


def test_profile_lists_the_centres_with_the_role(client, db):
    membership = MembershipFactory()
    client.force_login(membership.user)

    page = client.get("/compte/").text

    assert membership.centre.name in page
    assert "administrateur" in page


def test_unknown_page_reads_french_to_anybody(client, db):
    response = client.get("/nulle-part/")

    assert response.status_code == 404
    assert "Page introuvable" in response.text


def test_error_page_asks_the_database_nothing(db, django_assert_num_queries):
    request = RequestFactory().get("/")
    request.user = UserFactory()

    with django_assert_num_queries(0):
        response = errors.server_error(request)

    assert response.status_code == 500
    assert "Le service a rencontré un problème" in response.text


def test_database_away_gives_the_error_page(client, db):
    client.force_login(UserFactory())
    client.raise_request_exception = False

    with connection.execute_wrapper(refuse):
        response = client.get("/compte/")

    assert response.status_code == 500
    assert "Le service a rencontré un problème" in response.text


def test_expired_page_is_told(db):
    response = Client(enforce_csrf_checks=True).post("/connexion/", {"login": "a@b.test"})

    assert response.status_code == 403
    assert "Cette page a expiré" in response.text


def refuse(execute, sql, params, many, context):
    raise DatabaseError("away")


@pytest.mark.parametrize("memberships", [1, 25])
def test_query_count_of_the_profile_does_not_grow(
    client, db, django_assert_num_queries, memberships
):
    user = UserFactory()
    MembershipFactory.create_batch(memberships, user=user)
    client.force_login(user)

    with django_assert_num_queries(6):  # login, user, second factor, logins, centres, menu
        client.get("/compte/")
