from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from certif.accounts.models import Centre

CANDIDATE_PAGES = {"exam", "results"}


def site(request):
    """What every page shows. The menu is made when it is drawn: an error page asks nothing."""
    return {
        "demo": settings.DEMO,
        "support_email": settings.SUPPORT_EMAIL,
        "navigation": SimpleLazyObject(lambda: navigation(request)),
    }


def centres_of(user):
    """The centres where this person acts, read once a request."""
    if not hasattr(user, "centre_list"):
        user.centre_list = list(Centre.objects.for_member(user))
    return user.centre_list


def navigation(request):
    place = request.resolver_match.app_name if request.resolver_match else ""
    if not request.user.is_authenticated or place in CANDIDATE_PAGES:
        return []
    centres = centres_of(request.user)
    entries = []
    if centres:
        here = place in {"sessions", "finalisation"}
        entries.append({"label": _("Sessions"), "url": home_of(centres), "current": here})
    if request.user.is_staff:
        entries.append(
            {"label": _("Administration"), "url": reverse("admin:index"), "current": False}
        )
    if centres or not request.user.is_staff:
        entries.append(
            {
                "label": _("Espace surveillant"),
                "url": reverse("invigilation:join"),
                "current": place == "invigilation",
            }
        )
    if not centres and not request.user.is_staff:
        entries.append(
            {
                "label": _("Passer ma certification"),
                "url": reverse("exam:join"),
                "current": False,
            }
        )
    return entries


def home_of(centres):
    """The list of the only centre, else the page that asks which."""
    if len(centres) == 1:
        return reverse("sessions:session_list", args=[centres[0].pk])
    return reverse("accounts:landing")
