"""The poll of a board where nothing moved, answered in front of Django (certif.lib.fast_path)."""

import re

from django.db.models import Exists
from django.urls import reverse
from django.utils import timezone

from certif.accounts.queries import logged_in
from certif.lib.compiled import Compiled, Mark
from certif.lib.fast_path import Pass, Poll, fingerprint
from exam import silences
from invigilation.board import current

PASS = Pass("board")
# The page counts its polls: at every fifth, somebody may have fallen silent.
SILENCES_EVERY = 5


def give_pass(response, request, session_id):
    path = reverse("invigilation:board_live", args=[session_id])
    return PASS.give(response, request, session_id, path)


def _nothing_new(session, user, version, session_key, now):
    held = Exists(current(session, user, version))
    return logged_in(user, session_key, now).filter(held).values_list("password")


def _nobody_silent(heard_before, granted_before, session, **names):
    quiet = silences.quiet(session, heard_before)
    lapsed = silences.lapsed(session, granted_before)
    return _nothing_new(session=session, **names).filter(~Exists(quiet), ~Exists(lapsed))


MARKS = {
    "session": Mark.whole,
    "user": Mark.whole,
    "version": Mark.whole,
    "session_key": Mark.text,
    "now": Mark.instant,
}
NOTHING_NEW = Compiled(_nothing_new, **MARKS)
NOBODY_SILENT = Compiled(
    _nobody_silent, heard_before=Mark.instant, granted_before=Mark.instant, **MARKS
)


def stands(asked):
    """The login, the account, the access and the version stand; at every fifth, nobody is silent."""
    now = timezone.now()
    values = {
        "session": asked.holder.page,
        "user": asked.holder.user,
        "version": asked.whole("v"),
        "session_key": asked.session_key,
        "now": now,
    }
    if asked.whole("n") % SILENCES_EVERY == SILENCES_EVERY - 1:
        heard_before, granted_before = silences.limits(now)
        rows = NOBODY_SILENT.ask(heard_before=heard_before, granted_before=granted_before, **values)
    else:
        rows = NOTHING_NEW.ask(**values)
    return [fingerprint(password) for (password,) in rows] == [asked.holder.epoch]


POLL = Poll(re.compile(r"/surveillance/([0-9]{1,18})/live"), PASS, stands)
