"""Who else has the list on screen, and who had it lately (docs/adr/0008: what a poll writes)."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.lib.compiled import Compiled, Instances, Mark
from certif.lib.pressed import Pressed
from invigilation.models import Watch
from invigilation.rows import minutes
from sessions.models import InvigilatorAccess

# The page says that it is on screen by this word of its poll, a little more than a minute apart.
SEEN = "seen"
WRITTEN_EVERY = timedelta(minutes=1)
# Two signs are missing.
WATCHES_FOR = timedelta(minutes=3)
TOLD_FOR = timedelta(hours=12)
MOST_GONE = 2


def accesses_of(session, user):
    return InvigilatorAccess.objects.open().filter(session=session, user=user)


def due(session, user, before):
    return Watch.objects.filter(access__in=accesses_of(session, user), last_seen_at__lt=before)


DUE = Compiled(
    lambda now, **names: due(**names),
    sets={"last_seen_at": "now"},
    session=Mark.whole,
    user=Mark.whole,
    before=Mark.instant,
    now=Mark.instant,
)


def note_seen_again(session_id, user_id):
    """In front of Django, which made the first note with the page."""
    now = timezone.now()
    DUE.ask(session=session_id, user=user_id, before=now - WRITTEN_EVERY, now=now)


def _others(session, user):
    accesses = InvigilatorAccess.objects.open().filter(session=session).exclude(user=user)
    seen_at = Coalesce("watch__last_seen_at", "granted_at")
    return accesses.select_related("user").annotate(seen_at=seen_at).order_by("-seen_at", "pk")


OTHERS = Instances(_others, "session", "user")
WATCHERS = Pressed("invigilation/_watchers.html", "watchers")


class Swapped(NamedTuple):
    oob: bool


def watchers_markup(session_id, user_id):
    """Alone, to take its place in the head: who left it on no list makes no version move."""
    return WATCHERS.fill(Swapped(oob=True), [watchers_of(session_id, user_id)])


def watchers_of(session_id, user_id):
    """Who else watches now, and who did lately, in a sentence."""
    now = timezone.now()
    ages = [
        (each.user.name, now - each.seen_at)
        for each in OTHERS.ask(session=session_id, user=user_id)
    ]
    here = sorted(name for name, age in ages if age < WATCHES_FOR)
    gone = [(name, age) for name, age in ages if WATCHES_FOR <= age < TOLD_FOR]
    said = (
        [_("Avec vous : %(names)s") % {"names": ", ".join(here)}]
        if here
        else [_("Avec vous\u00a0: personne en ce moment")]
    )
    said += [
        _("dernier passage : %(name)s, il y a %(time)s")
        % {"name": name, "time": minutes(age // timedelta(minutes=1))}
        for name, age in gone[:MOST_GONE]
    ]
    return " · ".join(said)


class Seen(NamedTuple):
    at: datetime
    is_watching: bool


def last_seen_of(accesses):
    """For the centre (sessions.progress): those who never opened the list have none."""
    now = timezone.now()
    watches = Watch.objects.filter(access__in=accesses)
    return {
        watch.access_id: Seen(watch.last_seen_at, now - watch.last_seen_at < WATCHES_FOR)
        for watch in watches
    }
