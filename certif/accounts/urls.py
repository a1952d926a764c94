from django.urls import path

from certif.accounts.views import account, invitations, logins, team

app_name = "accounts"

urlpatterns = [
    path("accueil/", account.landing, name="landing"),
    path("compte/", account.profile, name="profile"),
    path("compte/connexion/", logins.login_end, name="login_end"),
    path("compte/connexions/fermer/", account.logins_close, name="logins_close"),
    path("compte/rester/", logins.stay, name="stay"),
    path("compte/de-retour/", account.back_in, name="back_in"),
    path("centres/<int:centre_id>/equipe/", team.team, name="team"),
    path("centres/<int:centre_id>/equipe/inviter/", team.invite, name="invite"),
    path(
        "centres/<int:centre_id>/equipe/<int:membership_id>/role/",
        team.member_role,
        name="member_role",
    ),
    path(
        "centres/<int:centre_id>/equipe/<int:membership_id>/retirer/",
        team.member_remove,
        name="member_remove",
    ),
    path(
        "centres/<int:centre_id>/equipe/invitations/<int:invitation_id>/renvoyer/",
        team.invitation_resend,
        name="invitation_resend",
    ),
    path(
        "centres/<int:centre_id>/equipe/invitations/<int:invitation_id>/retirer/",
        team.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path("centres/<int:centre_id>/quitter/", team.centre_leave, name="centre_leave"),
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path(
        "invitations/<str:token>/accepter/", invitations.invitation_accept, name="invitation_accept"
    ),
]
