from datetime import UTC, datetime
from operator import itemgetter

from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from certif.accounts.logins import BEGAN
from certif.accounts.models import Invitation, Membership, User
from certif.accounts.sessions import key_begins
from certif.lib.text import fold


def logged_in(user_id, session_key, now):
    """The account, as long as this login of it stands: what Django's middleware asks first."""
    logins = Session.objects.filter(session_key=session_key, expire_date__gt=now)
    return User.objects.filter(Exists(logins), pk=user_id, is_active=True)


def logins_of(user, now):
    """Those that stand. One opened before keys began by their account is not found."""
    keys = {"session_key__startswith": key_begins(user.pk)}
    return Session.objects.filter(expire_date__gt=now, **keys)


def open_logins(request, now):
    """Since when each stands; that of this page first."""
    this = request.session
    held = {
        login.session_key: this.decode(login.session_data) for login in logins_of(request.user, now)
    }
    told = [
        {"began": datetime.fromtimestamp(data[BEGAN], UTC), "is_this": key == this.session_key}
        for key, data in held.items()
        if BEGAN in data
    ]
    return sorted(told, key=itemgetter("is_this", "began"), reverse=True)


def officers():
    return User.objects.filter(is_staff=True, is_active=True).order_by("last_name", "email")


def team_of(centre):
    """The active members, as a class register sorts them, with whether each has a second factor."""
    second_factor = Authenticator.objects.filter(
        user=OuterRef("user"), type=Authenticator.Type.TOTP
    )
    members = (
        Membership.objects.filter(centre=centre, is_active=True)
        .select_related("user")
        .annotate(has_second_factor=Exists(second_factor))
    )
    return sorted(members, key=_by_name)


def _by_name(member):
    user = member.user
    return fold(user.last_name or user.email), fold(user.first_name), user.email


def invitations_of(centre):
    """Those that wait for an answer, the last to end first."""
    return (
        Invitation.objects.open()
        .filter(centre=centre)
        .select_related("invited_by")
        .order_by("-expires_at", "-pk")
    )


def names_of_people(ids):
    return {user.pk: user.name for user in User.objects.filter(pk__in=ids)}


def addresses_invited(ids):
    return dict(Invitation.objects.filter(pk__in=ids).values_list("pk", "email"))
