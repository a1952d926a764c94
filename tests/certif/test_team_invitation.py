"""The page a link of invitation leads to."""

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certif.accounts.models import Membership, Role, User
from certif.accounts.tokens import token_of
from tests.factories import PASSWORD, InvitationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def invitation():
    return InvitationFactory(email="claire@exemple.test", role=Role.MANAGER)


@pytest.fixture
def page(invitation):
    return reverse("accounts:invitation", args=[token_of(invitation.seed)])


@pytest.fixture
def accept(invitation):
    return reverse("accounts:invitation_accept", args=[token_of(invitation.seed)])


def words(element):
    return " ".join(element.text.split())


def test_the_page_says_which_centre_which_role_who_and_for_whom(client, invitation, page, soup):
    facts = words(soup(client.get(page), ".facts"))

    assert invitation.centre.name in facts
    assert "administrateur" in facts
    assert invitation.invited_by.name in facts
    assert "claire@exemple.test" in facts


def test_opening_the_page_accepts_nothing(client, invitation, page):
    client.force_login(UserFactory(email=invitation.email))
    client.get(page)

    assert not Membership.objects.exists()


def test_the_account_invited_accepts(client, invitation, page, accept, soup):
    client.force_login(UserFactory(email=invitation.email))
    form = soup(client.get(page), "main form")

    assert form["action"] == accept
    response = client.post(accept)

    assert response.url == reverse("sessions:session_list", args=[invitation.centre_id])
    assert Membership.objects.get().role == Role.MANAGER


def test_another_account_is_told_which_one_is_meant_and_changes(client, page, soup):
    client.force_login(UserFactory(email="paul@exemple.test"))

    shown = soup(client.get(page), "main")

    assert "adressée à claire@exemple.test. Vous êtes connecté comme paul@exemple.test." in words(
        shown
    )
    assert shown.form["action"] == reverse("account_logout")
    assert shown.select_one("[name=next]")["value"] == page


def test_changing_account_comes_back_to_the_invitation(client, page):
    client.force_login(UserFactory())

    assert client.post(reverse("account_logout"), {"next": page}).url == page


def test_another_account_that_posts_is_409_and_joins_nothing(client, accept):
    client.force_login(UserFactory())

    response = client.post(accept)

    assert response.status_code == 409
    assert "est adressée à" in response.text
    assert not Membership.objects.exists()


def test_nobody_is_offered_to_log_in_or_to_sign_up_and_to_come_back(client, page, soup):
    links = [link["href"] for link in soup(client.get(page)).select("main .button")]

    assert links == [f"/connexion/?next={page}", f"/inscription/?next={page}"]


def test_signing_up_for_an_invitation_says_which_address_to_use(client, page, soup):
    shown = soup(client.get(f"/inscription/?next={page}"), "main")

    assert "Créez ce compte avec l’adresse qui a reçu l’invitation" in words(shown)
    assert "surveiller une session" not in words(shown)


def test_nobody_who_posts_is_asked_to_log_in_and_to_come_back(client, page, accept):
    response = client.post(accept)

    assert response.url == f"/connexion/?next={page}"


def test_logging_in_comes_back_to_the_invitation(client, invitation, page):
    UserFactory(email=invitation.email)

    response = client.post(
        f"/connexion/?next={page}",
        {"login": invitation.email, "password": PASSWORD, "next": page},
    )

    assert response.url == page


def test_signing_up_comes_back_to_the_invitation(client, invitation, page, accept):
    response = client.post(
        f"/inscription/?next={page}",
        {
            "first_name": "Claire",
            "last_name": "Fontaine",
            "email": invitation.email,
            "password1": "une longue phrase secrète",
            "next": page,
        },
    )

    assert response.url == page
    client.post(accept)
    assert Membership.objects.get().user == User.objects.get(email=invitation.email)


@pytest.mark.parametrize(("entrance", "field"), [("connexion", "login"), ("inscription", "email")])
def test_the_address_is_filled_in_without_being_in_the_url(client, page, soup, entrance, field):
    shown = soup(client.get(f"/{entrance}/?next={page}"))

    assert shown.select_one(f"#id_{field}")["value"] == "claire@exemple.test"


@pytest.mark.parametrize(
    "elsewhere",
    ["/compte/", "https://exemple.test/invitations/x/", "/invitations/none/", "", "\x00", "//"],
)
@pytest.mark.parametrize("entrance", ["connexion", "inscription"])
def test_another_next_page_fills_nothing_in(client, soup, entrance, elsewhere):
    response = client.get(f"/{entrance}/?next={quote(elsewhere)}")

    assert response.status_code == 200
    assert not soup(response).select("input[type=email]")[0].has_attr("value")


def test_an_expired_invitation_fills_nothing_in(client, invitation, page, soup):
    invitation.expires_at = timezone.now()
    invitation.save()

    shown = soup(client.get(f"/connexion/?next={page}"))

    assert not shown.select_one("#id_login").has_attr("value")


OVER = {
    "accepted": lambda: {"accepted_at": timezone.now(), "accepted_by": UserFactory()},
    "withdrawn": lambda: {"withdrawn_at": timezone.now()},
    "expired": lambda: {"expires_at": timezone.now()},
}
WORDS = {"accepted": "déjà été acceptée", "withdrawn": "l’a retirée", "expired": "a expiré"}


@pytest.mark.parametrize("how", OVER)
def test_a_link_of_no_more_use_is_gone_and_says_to_ask_again(client, how):
    invitation = InvitationFactory(**OVER[how]())

    response = client.get(reverse("accounts:invitation", args=[token_of(invitation.seed)]))

    assert response.status_code == 410
    assert WORDS[how] in response.text
    assert "demandez une nouvelle invitation" in response.text
    assert invitation.email not in response.text


@pytest.mark.parametrize("how", OVER)
def test_a_link_of_no_more_use_joins_nothing(client, how):
    invitation = InvitationFactory(**OVER[how]())
    client.force_login(UserFactory(email=invitation.email))

    response = client.post(reverse("accounts:invitation_accept", args=[token_of(invitation.seed)]))

    assert response.status_code == 410
    assert not Membership.objects.exists()


@pytest.mark.parametrize("token", ["x", "%00", "é", "9" * 500])
def test_an_unknown_link_is_not_found_and_says_the_same(client, token):
    response = client.get(f"/invitations/{token}/")

    assert response.status_code == 404
    assert "demandez une nouvelle invitation" in response.text


def test_the_address_of_the_page_is_told_to_no_other_and_kept_nowhere(client, page):
    response = client.get(page)

    assert response["Referrer-Policy"] == "strict-origin"
    assert "no-store" in response["Cache-Control"]


def test_the_form_passes_the_protection_of_a_browser_that_sends_its_origin(
    page, accept, invitation
):
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory(email=invitation.email))
    token = client.get(page).context["csrf_token"]

    response = client.post(
        accept, {"csrfmiddlewaretoken": str(token)}, headers={"origin": "http://testserver"}
    )

    assert response.status_code == 302


def test_who_is_a_member_already_lands_in_the_centre(client, invitation, accept):
    user = UserFactory(email=invitation.email)
    MembershipFactory(user=user, centre=invitation.centre, role=Role.MEMBER)
    client.force_login(user)

    assert client.post(accept).status_code == 302
    assert Membership.objects.get().role == Role.MEMBER
