"""The polls of the room, answered in front of Django (certif.lib.fast_path)."""

import re
from http import HTTPStatus

from django.db.models import Exists
from django.urls import reverse
from django.utils import timezone

from certif.accounts.queries import logged_in
from certif.lib.compiled import Compiled, Mark
from certif.lib.fast_path import NOTHING_NEW, Answer, Pass, Poll
from exam import silences
from invigilation.board import ON_BOARD, VERSION, current, live_answer
from invigilation.watching import SEEN, note_seen_again, watchers_markup

PASS = Pass("board")
# The page counts its polls: at every fifth, somebody may have fallen silent.
SILENCES_EVERY = 5


def give_pass(response, request, session_id):
    path = reverse("invigilation:board_live", args=[session_id])
    return PASS.give(response, request, session_id, path)


def _held(session, user, version, session_key, now):
    """The password of the account as long as its login stands, and whether nothing moved."""
    nothing_moved = Exists(current(session, user, version))
    return logged_in(user, session_key, now).values_list("password", nothing_moved)


def _held_without_silence(heard_before, granted_before, session, **names):
    quiet = silences.quiet(session, heard_before)
    lapsed = silences.lapsed(session, granted_before)
    return _held(session=session, **names).filter(~Exists(quiet), ~Exists(lapsed))


MARKS = {
    "session": Mark.whole,
    "user": Mark.whole,
    "version": Mark.whole,
    "session_key": Mark.text,
    "now": Mark.instant,
}
HELD = Compiled(_held, **MARKS)
HELD_WITHOUT_SILENCE = Compiled(
    _held_without_silence, heard_before=Mark.instant, granted_before=Mark.instant, **MARKS
)


def answer(asked):
    """As long as the login, the account and the access stand; at every fifth, if nobody is silent."""
    for password, nothing_moved in _ask(asked, timezone.now()):
        if asked.holder.knows(password):
            if SEEN in asked.query:
                return _seen(asked, nothing_moved)
            return NOTHING_NEW if nothing_moved else _what_moved(asked)
    return None


def answer_code(asked):
    """Of the screen that gives the code: nothing new, or Django tells what moved."""
    for password, nothing_moved in HELD.ask(**_held_by(asked, timezone.now())):
        if nothing_moved and asked.holder.knows(password):
            return NOTHING_NEW
    return None


def _held_by(asked, now):
    return {
        "session": asked.holder.page,
        "user": asked.holder.user,
        "version": asked.whole("v"),
        "session_key": asked.session_key,
        "now": now,
    }


def _ask(asked, now):
    values = _held_by(asked, now)
    if asked.whole("n") % SILENCES_EVERY != SILENCES_EVERY - 1:
        return HELD.ask(**values)
    heard_before, granted_before = silences.limits(now)
    return HELD_WITHOUT_SILENCE.ask(
        heard_before=heard_before, granted_before=granted_before, **values
    )


def _seen(asked, nothing_moved):
    """Once a minute the page says that it is on screen; it is told who else watches."""
    page, user = asked.holder.page, asked.holder.user
    note_seen_again(page, user)
    if nothing_moved:
        return Answer(HTTPStatus.OK, watchers_markup(page, user))
    return _what_moved(asked)


def _what_moved(asked):
    for session in ON_BOARD.ask(session=asked.holder.page, user=asked.holder.user):
        text = live_answer(
            session,
            asked.holder.user,
            version=asked.whole("v"),
            roster=asked.query.get("r"),
            asks_held=(asked.query.get("a"), asked.query.get("s")),
            csrf_token=asked.csrf_token(),
            is_seen=SEEN in asked.query,
        )
        return Answer(HTTPStatus.OK, text, ((VERSION, str(session.version)),))
    return None


POLLS = (
    Poll(re.compile(r"/surveillance/([0-9]{1,18})/live"), PASS, answer),
    Poll(re.compile(r"/surveillance/([0-9]{1,18})/live/demandes"), PASS, answer_code),
)
