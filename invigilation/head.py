"""The head of the board: where, when, with whom, and the room's clock. Every answer has one."""

from typing import NamedTuple

from certif.lib.pressed import Pressed
from invigilation.vocabulary import address_in


class Look(NamedTuple):
    """What the template of the head branches on."""

    oob: bool
    is_open: bool
    is_given: bool
    is_over: bool
    is_running: bool
    overdue: int
    unnamed: int


class EndWords(NamedTuple):
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
        session.code_given_at is not None,
        clock.is_over,
        clock.is_running,
        clock.overdue,
        clock.unnamed,
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
    return EndWords(end.hour, end.words)


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
