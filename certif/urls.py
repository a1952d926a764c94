from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from certif import watch
from certif.accounts.leaving import leaving_nothing
from certif.accounts.views import honest_status, whole_or_nothing
from certif.pages import accessibility, security

admin.site.login = secure_admin_login(admin.site.login)
admin.site.logout = leaving_nothing(admin.site.logout)
# The picture to scan is made by allauth as a data: address; on this page only.
activate_totp = csp_update({"img-src": ["data:"]})(totp.activate_totp)

# allauth's views, one by one: what is not here cannot be reached.
entrance = [
    path("connexion/", honest_status(account.login), name="account_login"),
    path("connexion/compte-inactif/", account.account_inactive, name="account_inactive"),
    path("inscription/", whole_or_nothing(honest_status(account.signup)), name="account_signup"),
    path("deconnexion/", leaving_nothing(account.logout), name="account_logout"),
    path(
        "mot-de-passe/oublie/",
        honest_status(account.password_reset),
        name="account_reset_password",
    ),
    path(
        "mot-de-passe/oublie/envoye/",
        account.password_reset_done,
        name="account_reset_password_done",
    ),
    path(
        "mot-de-passe/nouveau/fait/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^mot-de-passe/nouveau/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)/$",
        honest_status(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
]
account_pages = [
    path(
        "mot-de-passe/",
        honest_status(account.password_change),
        name="account_change_password",
    ),
    path("confirmer/", honest_status(account.reauthenticate), name="account_reauthenticate"),
    path("securite/", mfa.index, name="mfa_index"),
    path("securite/code/", honest_status(mfa.authenticate), name="mfa_authenticate"),
    path("securite/confirmer/", honest_status(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("securite/activer/", honest_status(activate_totp), name="mfa_activate_totp"),
    path("securite/desactiver/", honest_status(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("securite/codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "securite/codes/nouveaux/",
        honest_status(recovery_codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
]

urlpatterns = [
    # First what a whole room asks for at once: each pattern before it is tried each time.
    path("certifications/", include("exam.urls")),
    path("certifications/", include("finalisation.urls.candidate")),
    path("surveillance/", include("invigilation.urls")),
    path("", RedirectView.as_view(pattern_name="accounts:landing"), name="root"),
    path("healthz", watch.healthz, name="healthz"),
    path("readyz", watch.readyz, name="readyz"),
    path("metrics", watch.prometheus, name="metrics"),
    path(".well-known/security.txt", security, name="security"),
    path("accessibilite/", accessibility, name="accessibility"),
    path("", include(entrance)),
    path("compte/", include(account_pages)),
    path("", include("certif.accounts.urls")),
    path("sessions/", include("sessions.urls")),
    path("sessions/", include("finalisation.urls.centre")),
    path("verification/", include("finalisation.urls.public")),
    path("admin/", admin.site.urls),
]

handler400 = "certif.errors.bad_request"
handler403 = "certif.errors.forbidden"
handler404 = "certif.errors.not_found"
handler500 = "certif.errors.server_error"
