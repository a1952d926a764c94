from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from certif.accounts.models import Centre, CentreKind

CANDIDATE_PAGES = {"exam", "results"}
REGISTER_PAGES = {"register", "register_delete"}
TEAM_PAGES = {"team", "invite", "member_role", "member_remove", "invitation_withdraw"}


def site(request):
    """What every page shows."""
    return {"demo": settings.DEMO, "support_email": settings.SUPPORT_EMAIL}


def centres_of(user):
    """The centres where this person acts, read once a request."""
    if not hasattr(user, "centre_list"):
        user.centre_list = list(Centre.objects.for_member(user))
    return user.centre_list


def menu(request, centre_id=None):
    """The entries of the header, and, for who has several centres, the one this page is about.

    The centre is the page's: nothing of it is kept from one page to the next.
    """
    place = request.resolver_match
    app = place.app_name if place else ""
    if not request.user.is_authenticated or app in CANDIDATE_PAGES:
        return {"entries": [], "centre": None, "centres": []}
    centres = centres_of(request.user)
    here = _centre_of_page(centres, centre_id)
    on_team = app == "accounts" and place.url_name in TEAM_PAGES
    return {
        "entries": [
            *_centre_entries(here, app, place.url_name if place else "", on_team),
            *_own_entries(request, centres, app),
        ],
        "centre": here,
        "centres": [
            {"name": centre.name, "url": _home(centre, on_team), "current": centre == here}
            for centre in centres
        ]
        if len(centres) > 1
        else [],
    }


def _centre_of_page(centres, centre_id):
    if len(centres) == 1:
        return centres[0]
    return next((centre for centre in centres if centre.pk == centre_id), None)


def _centre_entries(centre, app, page, on_team):
    if centre is None:
        return
    on_register = app == "sessions" and page in REGISTER_PAGES
    on_sessions = app in {"sessions", "finalisation"} and not on_register
    yield _entry(_("Sessions"), "sessions:session_list", centre.pk, current=on_sessions)
    if centre.kind == CentreKind.SCO:
        yield _entry(_("Élèves"), "sessions:register", centre.pk, current=on_register)
    yield _entry(_("Équipe"), "accounts:team", centre.pk, current=on_team)


def _own_entries(request, centres, app):
    officer = request.user.is_staff
    if officer:
        yield _entry(_("Administration"), "admin:index")
    if centres or not officer:
        yield _entry(_("Espace surveillant"), "invigilation:join", current=app == "invigilation")
    if not centres and not officer:
        yield _entry(_("Passer ma certification"), "exam:join")


def _entry(label, name, *args, current=False):
    return {"label": label, "url": reverse(name, args=args), "current": current}


def _home(centre, on_team):
    return reverse("accounts:team" if on_team else "sessions:session_list", args=[centre.pk])


def home_of(centres):
    """The list of the only centre, else the page that asks which."""
    if len(centres) == 1:
        return _home(centres[0], on_team=False)
    return reverse("accounts:landing")
