"""The head of the board: where, when, with whom, the room's clock and incidents. Every answer has one."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from certif.lib.pressed import Pressed
from invigilation.rows import NB, epoch_ms
from invigilation.vocabulary import address_in
from invigilation.watching import Swapped


class Look(NamedTuple):
    """What the template of the head branches on."""

    oob: bool
    is_open: bool
    is_given: bool
    is_over: bool
    is_running: bool
    overdue: int
    unnamed: int
    is_past: bool


class EndWords(NamedTuple):
    past_at: str
    hour: str
    words: str


class ScriptWords(NamedTuple):
    """`is_due`, `is_room`: a word, or none."""

    key: str
    since: str
    until: str
    is_due: str
    is_room: str
    title: str
    last: str


WORDS = (
    "title",
    "server_now",
    "leave_url",
    "overdue_url",
    "watchers",
    "place",
    "room",
    "named",
    "first",
    "last",
    "scripts",
)
PRESSED = Pressed("invigilation/_head.html", *WORDS)
YES = {True: "1", False: ""}


def head_markup(context, *, oob):
    """The head, of the context of `invigilation.board.read`; a whole page says who else watches."""
    session, clock = context["session"], context["clock"]
    look = Look(
        oob,
        session.is_open,
        context["code_given_at"] is not None,
        clock.is_over,
        clock.is_running,
        clock.overdue,
        clock.unnamed,
        clock.is_past,
    )
    words = (
        context["title"],
        str(context["server_now"]),
        address_in(session, "leave"),
        address_in(session, "end_overdue"),
        context.get("watchers", ""),
        context["place"],
        end_words(clock.room) if clock.room else "",
        tuple(map(end_words, clock.named)),
        clock.others[0].hour if clock.unnamed else "",
        clock.others[-1].hour if clock.unnamed else "",
        tuple(map(script_words, clock.scripts)),
    )
    return PRESSED.fill(look, words)


def end_words(end):
    return EndWords(str(epoch_ms(end.past_at)), end.hour, end.words)


def script_words(script):
    return ScriptWords(
        str(script.key),
        str(script.since),
        str(script.until),
        YES[script.is_due],
        YES[script.is_room],
        script.title,
        script.last,
    )


def place_of(session):
    start = f"{session.start_time.hour}{NB}h{NB}{session.start_time.minute:02d}"
    day = f"{session.date:%d/%m/%Y}, {start}"
    return session.site, session.room, day, _planned(session)


def _planned(session):
    names = session.invigilators
    return _("Surveillance prévue\u00a0: %(names)s") % {"names": names} if names else ""


NOTES = Pressed("invigilation/_notes_entry.html", "count")


def notes_markup(session):
    """The entry of the menu « Salle », which a finalised session does not have."""
    count = str(session.note_count or "")
    return NOTES.fill(Swapped(oob=True), [count]) if session.is_open else ""
