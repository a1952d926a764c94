from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from certif.accounts.models import Invitation, Role, SecretTries
from tests.factories import InvitationFactory, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    membership = MembershipFactory(user=UserFactory(first_name="Claire", last_name="Fontaine"))
    client.force_login(membership.user)
    return membership


@pytest.fixture
def member(manager):
    user = UserFactory(first_name="Paul", last_name="Éluard")
    return MembershipFactory(centre=manager.centre, user=user, role=Role.MEMBER)


def url(name, membership, *args):
    return reverse(f"accounts:{name}", args=[membership.centre_id, *args])


def words(element):
    return " ".join(element.get_text(" ").split())


# --- The list -------------------------------------------------------------------------------------


def test_the_team_is_listed_by_name_with_roles(client, manager, member, soup):
    rows = soup(client.get(url("team", manager))).select("tbody tr")

    assert [words(row.th) for row in rows] == [
        f"Paul ÉLUARD {member.user.email}",
        f"Claire FONTAINE vous {manager.user.email}",
    ]
    assert [row.td.text for row in rows] == ["membre", "administrateur"]


def test_who_left_is_not_listed(client, manager, member):
    member.is_active = False
    member.save()

    assert member.user.email not in client.get(url("team", manager)).text


def test_a_manager_reads_who_has_a_second_factor(client, manager, member, soup):
    Authenticator.objects.create(user=member.user, type=Authenticator.Type.TOTP, data={})

    rows = soup(client.get(url("team", manager))).select("tbody tr")

    assert [row.select_one('[data-label="Second facteur"]').text for row in rows] == ["oui", "non"]


def test_a_member_reads_the_list_without_second_factors_and_without_actions(client, member, soup):
    client.force_login(member.user)

    page = soup(client.get(url("team", member)), "main")

    assert member.user.email in page.text
    assert "Second facteur" not in page.text
    assert page.select("form") == []
    assert [link["id"] for link in page.select("a.button")] == ["leave"]


def test_a_manager_without_second_factor_is_told_why_to_have_one(client, manager, soup):
    banner = soup(client.get(url("team", manager)), "main .banner")

    assert banner.a["href"] == reverse("mfa_activate_totp")


def test_the_advice_goes_once_it_is_followed(client, manager, soup):
    Authenticator.objects.create(user=manager.user, type=Authenticator.Type.TOTP, data={})

    assert soup(client.get(url("team", manager))).select("main .banner") == []


def test_a_member_is_not_advised(client, member, soup):
    client.force_login(member.user)

    assert soup(client.get(url("team", member))).select("main .banner") == []


def test_what_waits_for_an_answer_is_listed_and_the_expired_marked(client, manager, soup):
    InvitationFactory(centre=manager.centre, email="karim@exemple.test")
    InvitationFactory(centre=manager.centre, email="jeanne@exemple.test", expires_at=timezone.now())
    InvitationFactory(centre=manager.centre, withdrawn_at=timezone.now())
    InvitationFactory()

    lines = soup(client.get(url("team", manager))).select(".lines > li")

    assert [line.strong.text for line in lines] == ["karim@exemple.test", "jeanne@exemple.test"]
    assert ["Expirée" in line.text for line in lines] == [False, True]


@pytest.mark.parametrize("rows", [1, 25])
def test_query_count_of_the_team_does_not_grow(client, manager, django_assert_num_queries, rows):
    MembershipFactory.create_batch(rows, centre=manager.centre)
    InvitationFactory.create_batch(rows, centre=manager.centre)

    with django_assert_num_queries(6):  # login, user, centre, members, invitations, menu
        client.get(url("team", manager))


# --- Inviting -------------------------------------------------------------------------------------


def test_an_invitation_is_sent(client, manager):
    response = client.post(url("invite", manager), {"email": "A@exemple.test", "role": "manager"})

    assert response.url == url("team", manager)
    assert Invitation.objects.get().email == "a@exemple.test"


@pytest.mark.parametrize("is_demo", [True, False])
def test_only_the_demonstration_says_where_its_mail_is(client, manager, settings, is_demo):
    settings.DEMO = is_demo

    form = {"email": "a@exemple.test", "role": "member"}
    told = client.post(url("invite", manager), form, follow=True)
    asked = client.get(reverse("account_reset_password_done"))

    assert ("sur le terminal" in told.content.decode()) == is_demo
    assert ("sur le terminal" in asked.content.decode()) == is_demo


@pytest.mark.parametrize(
    "email", ["", "pas une adresse", "a@b", "\x00@exemple.test", "é" * 300, "a@b.test\nBcc: c@d.e"]
)
def test_what_is_not_an_address_is_422_and_kept(client, manager, soup, email):
    response = client.post(url("invite", manager), {"email": email, "role": "member"})

    assert response.status_code == 422
    assert soup(response, "#id_email")["aria-invalid"] == "true"
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("role", ["", "owner", "\x00"])
def test_an_unknown_role_is_422(client, manager, role):
    response = client.post(url("invite", manager), {"email": "a@exemple.test", "role": role})

    assert response.status_code == 422


def test_a_member_already_is_422_at_the_address(client, manager, member, soup):
    response = client.post(url("invite", manager), {"email": member.user.email, "role": "member"})

    assert response.status_code == 422
    assert "déjà membre du centre" in soup(response, "#id_email_error").text


def test_an_address_invited_already_is_409_with_the_button_to_send_again(client, manager, soup):
    invitation = InvitationFactory(centre=manager.centre)

    response = client.post(url("invite", manager), {"email": invitation.email, "role": "member"})

    assert response.status_code == 409
    (form,) = soup(response).select(
        f'form[action="{url("invitation_resend", manager, invitation.pk)}"]'
    )
    assert words(form.button) == "Renvoyer l’invitation"
    assert soup(response, "#id_email")["value"] == invitation.email


def test_the_thirty_first_invitation_of_the_hour_is_429(client, manager):
    client.post(url("invite", manager), {"email": "a@exemple.test", "role": "member"})
    SecretTries.objects.update(failures=30)

    response = client.post(url("invite", manager), {"email": "b@exemple.test", "role": "member"})

    assert response.status_code == 429
    assert "30 invitations en une heure" in response.text


def test_the_form_opens_in_a_dialog(client, manager, soup):
    response = client.get(url("invite", manager), headers={"HX-Request": "true"})

    assert soup(response, "dialog")["aria-labelledby"] == "dialog-title"


def test_an_invitation_is_sent_again(client, manager):
    invitation = InvitationFactory(centre=manager.centre)

    response = client.post(url("invitation_resend", manager, invitation.pk))

    assert response.url == url("team", manager)
    assert Invitation.objects.get().token_hash != invitation.token_hash


def test_an_invitation_is_withdrawn_after_a_question(client, manager):
    invitation = InvitationFactory(centre=manager.centre)
    page = url("invitation_withdraw", manager, invitation.pk)

    assert invitation.email in client.get(page).text
    assert Invitation.objects.get().is_open

    client.post(page)
    assert not Invitation.objects.get().is_open


def test_an_invitation_accepted_meanwhile_is_told(client, manager):
    user = UserFactory()
    invitation = InvitationFactory(
        centre=manager.centre, accepted_at=timezone.now(), accepted_by=user
    )

    response = client.post(url("invitation_withdraw", manager, invitation.pk))

    assert response.status_code == 409
    assert "n’attend plus de réponse" in response.text


# --- Roles, removal, leaving ----------------------------------------------------------------------


def test_a_role_is_changed(client, manager, member):
    client.post(url("member_role", manager, member.pk), {"role": "manager"})

    member.refresh_from_db()
    assert member.role == Role.MANAGER


def test_the_last_manager_is_not_demoted_and_is_told_why(client, manager, soup):
    response = client.post(url("member_role", manager, manager.pk), {"role": "member"})

    assert response.status_code == 409
    assert "seul administrateur" in soup(response, ".form-errors").text


def test_one_who_demoted_himself_reads_the_team_as_a_member(client, manager):
    MembershipFactory(centre=manager.centre)

    response = client.post(url("member_role", manager, manager.pk), {"role": "member"}, follow=True)

    assert response.status_code == 200
    assert "Inviter quelqu’un" not in response.text


def test_a_removal_is_confirmed_by_name(client, manager, member, soup):
    page = url("member_remove", manager, member.pk)

    assert soup(client.get(page), "h1").text == "Retirer Paul ÉLUARD de l’équipe ?"
    member.refresh_from_db()
    assert member.is_active

    assert client.post(page).url == url("team", manager)
    member.refresh_from_db()
    assert not member.is_active


@pytest.mark.parametrize("name", ["member_remove", "centre_leave"])
def test_the_same_form_sent_twice_leads_to_the_same_page(client, manager, member, name):
    MembershipFactory(centre=manager.centre)
    args = [member.pk] if name == "member_remove" else []
    form = {"operation": str(uuid4())}

    first = client.post(url(name, manager, *args), form)
    second = client.post(url(name, manager, *args), form)

    assert (first.status_code, first.url) == (second.status_code, second.url)


def test_a_member_leaves_and_finds_the_centre_closed(client, member):
    client.force_login(member.user)

    assert client.post(url("centre_leave", member)).url == reverse("accounts:landing")
    assert client.get(url("team", member)).status_code == 404


def test_the_last_manager_does_not_leave_and_is_told_why(client, manager, soup):
    response = client.post(url("centre_leave", manager))

    assert response.status_code == 409
    assert "Vous êtes le seul administrateur" in soup(response, "main [role=alert].banner").text


# --- The way around -------------------------------------------------------------------------------


def test_from_a_session_one_reaches_the_team_and_the_other_centres(client, manager, soup):
    other = MembershipFactory(user=manager.user, role=Role.MEMBER)

    page = soup(client.get(reverse("sessions:session_list", args=[manager.centre_id])))

    assert [link["href"] for link in page.select(".site-nav a")][:3] == [
        reverse("sessions:session_list", args=[manager.centre_id]),
        reverse("sessions:register", args=[manager.centre_id]),
        url("team", manager),
    ]
    assert reverse("sessions:session_list", args=[other.centre_id]) in [
        link["href"] for link in page.select("#centre-menu a")
    ]
    assert words(page.select_one("#centre-menu [aria-current]")) == manager.centre.name


def test_from_a_team_one_reaches_the_other_teams(client, manager, soup):
    other = MembershipFactory(user=manager.user, role=Role.MEMBER)

    page = soup(client.get(url("team", other)))

    assert {link["href"] for link in page.select("#centre-menu a")} == {
        url("team", manager),
        url("team", other),
    }
    assert words(page.select_one(".site-nav [aria-current]")) == "Équipe"


def test_who_has_one_centre_has_nothing_to_switch(client, manager, soup):
    assert soup(client.get(url("team", manager))).select("#centre-menu") == []


def test_who_has_several_chooses_on_a_page_of_none(client, manager, soup):
    MembershipFactory(user=manager.user)

    page = soup(client.get(reverse("accounts:profile")))

    assert words(page.select_one("#centre-menu summary")) == "Centre : Choisir un centre"
    assert [words(link) for link in page.select(".site-nav a")] == ["Espace surveillant"]


def test_the_profile_leads_to_each_centre_its_team_and_the_way_out(client, manager, soup):
    links = {
        link["href"] for link in soup(client.get(reverse("accounts:profile"))).select("main a")
    }

    assert {url("team", manager), url("centre_leave", manager)} <= links


@pytest.mark.parametrize(
    ("role", "sentence"),
    [(Role.MANAGER, "Conseillé aux administrateurs"), (Role.MEMBER, "Pas activé")],
)
def test_the_profile_says_why_a_manager_wants_a_second_factor(client, role, sentence, soup):
    client.force_login(MembershipFactory(role=role).user)

    security = soup(client.get(reverse("accounts:profile")), '[aria-labelledby="security"]')

    assert sentence in security.text


def test_the_profile_says_that_an_officer_must_have_a_second_factor(client):
    client.force_login(UserFactory(officer=True))

    assert "obligatoire pour l’équipe Pix" in client.get(reverse("accounts:profile")).text


def test_an_invitation_of_a_week_ends_at_the_hour_of_the_centre(client, manager, soup):
    manager.centre.time_zone = "Pacific/Noumea"
    manager.centre.save()
    ends = timezone.now().replace(hour=22, minute=5) + timedelta(days=3)
    InvitationFactory(centre=manager.centre, expires_at=ends)

    assert "9 h 05" in soup(client.get(url("team", manager)), ".lines").text
