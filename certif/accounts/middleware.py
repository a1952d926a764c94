from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.shortcuts import redirect
from django.urls import reverse

from certif.accounts import devices
from certif.accounts.logins import is_gesture, note_gesture
from certif.accounts.second_factor import gave_a_code


class OfficerSecondFactorMiddleware:
    """The admin opens to the login in which an officer gave a code: elsewhere he is asked for one.

    An officer without a second factor sees one page of the admin: the one that sets it up.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if (
            settings.OFFICER_SECOND_FACTOR
            and request.path.startswith("/admin/")
            and request.user.is_authenticated
            and request.user.is_staff
            and not gave_a_code(request)
        ):
            return _to_the_second_factor(request)
        return self.get_response(request)


def _to_the_second_factor(request):
    if not is_mfa_enabled(request.user):
        return redirect("mfa_activate_totp")
    back = request.get_full_path() if request.method == "GET" else reverse("admin:index")
    return redirect(reverse("mfa_reauthenticate", query={REDIRECT_FIELD_NAME: back}))


class GestureMiddleware:
    """Whatever a person asks for keeps the login; what a page asks by itself does not."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.user.is_authenticated and is_gesture(request):
            note_gesture(request.session, request.resolver_match)


class DeviceMiddleware:
    """The browser where an account has just proved itself is known by it (certif.accounts.devices)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if hasattr(request, "proved"):
            devices.keep(request, response)
        return response
