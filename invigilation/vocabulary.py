"""The words of the board's rows: situations, entries of the menu, sentences; each translated once."""

from functools import cache
from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from exam.enums import AttemptState

ABSENT, PRESENT, RUNNING, SILENT = "absent", "present", "running", "silent"
ASKS, AUTHORISED, PROBLEM = "asks", "authorised", "problem"

# What each situation is called, its badge, its mark on the left, and the chips that show it.
SITUATIONS = {
    ABSENT: (_("Absent"), "absent", "absent", "absent"),
    PRESENT: (_("Présent"), "present", "present", "present"),
    RUNNING: (_("En cours"), "running", "running", "running present"),
    SILENT: (_("En cours"), "silent", "silent", "running present todo"),
    ASKS: (_("Demande à reprendre"), "asks", "asks", "running present todo"),
    PROBLEM: (_("Signalement en cours"), "problem", "problem", "running present todo"),
    AUTHORISED: (_("Reprise autorisée"), "wait", "wait", "running present"),
    AttemptState.FINISHED: (_("Terminé"), "finished", "finished", "finished present"),
    AttemptState.ENDED: (_("Terminé par le surveillant"), "ended", "ended", "finished present"),
    AttemptState.CLOSED: (_("Terminé à la finalisation"), "ended", "ended", "finished present"),
}

# The menu: label of each action and its URL name.
ACTIONS = {
    "accept": (_("Accepter le signalement"), "problem_accept"),
    "reject": (_("Écarter le signalement"), "problem_reject"),
    "authorise": (_("Autoriser la reprise du test"), "resume_authorise"),
    "refuse": (_("Refuser la reprise"), "resume_refuse"),
    "cancel": (_("Annuler la reprise autorisée"), "resume_cancel"),
    "end": (_("Terminer le test"), "end_test"),
    "time": (_("Ajouter du temps"), "add_time"),
    "extra": (_("Temps majoré"), "extra_time"),
    "report": (_("Signaler un incident"), "report"),
    "unlink": (_("Délier le compte"), "unlink"),
    "history": (_("Qui a fait quoi"), "history"),
}
# What the situation calls for comes first; after it, apart, what is seldom wanted.
MENUS = {
    ABSENT: ("report", "extra"),
    PRESENT: ("report", "extra"),
    RUNNING: ("report", "time", "authorise"),
    SILENT: ("authorise", "time", "report"),
    ASKS: ("authorise", "refuse", "time", "report"),
    PROBLEM: ("time", "report", "authorise"),
    AUTHORISED: ("cancel", "time", "report"),
    AttemptState.FINISHED: ("report",),
    AttemptState.ENDED: ("report",),
    AttemptState.CLOSED: ("report",),
}
RUNS = {RUNNING, SILENT, ASKS, PROBLEM, AUTHORISED}

WORDS = {
    "third_time": _("tiers-temps"),
    "extra_time": _("temps majoré %(n)s %%"),
    "to_tick": _("a rejoint la session"),
    "ready": _("peut commencer"),
    "unknown": _("identification attendue"),
    "account": _("Compte à un autre nom : %(name)s"),
    "cut": _("coupure %(time)s"),
    "alive": _("sans coupure"),
    "still_open": _("sans coupure avant sa demande"),
    "waits": _(" + attente %(time)s"),
    "problem": _("depuis %(time)s"),
    "until": _("jusqu’à %(time)s"),
    "asked_until": _("demandée, jusqu’à %(time)s"),
    "refused": _("reprise refusée à %(time)s"),
    "end_screen": _("écran de fin à %(time)s"),
    "ended_at": _("à %(time)s"),
    "room_end": _("salle %(time)s"),
    "granted": _("+\u00a0%(n)s\u00a0min ajoutées"),
    "granted_one": _("+\u00a01\u00a0min ajoutée"),
    "left": _("reste %(time)s"),
    "over": _("dépassé de %(time)s"),
    "offline": _("déconnecté depuis %(time)s"),
    "offline_now": _("déconnecté à l’instant"),
    "question": _("q. %(n)s/%(count)s"),
}


class Action(NamedTuple):
    """An entry of the menu. `tail`: what follows the candidate's own address."""

    name: str
    label: str
    tail: str


@cache
def dictionary(language):
    """The words and the situations in one language: to translate them costs more than a row."""
    words = {name: str(text) for name, text in WORDS.items()}
    return words, {key: (str(label), *rest) for key, (label, *rest) in SITUATIONS.items()}


@cache
def address_of(name):
    """The address of a page of a candidate, in three pieces: the two numbers go between them."""
    address = reverse(f"invigilation:{name}", args=[987654321, 123456789])
    start, end = address.split("987654321")
    return start, *end.split("123456789")


@cache
def _around(name):
    return reverse(f"invigilation:{name}", args=[987654321]).split("987654321")


def address_in(session, name):
    """The address of a page of a session."""
    return str(session.pk).join(_around(name))


def tail_of(name):
    return address_of(name)[-1]


@cache
def menu(language, names):
    """The entries in one language."""
    return tuple(
        Action(name, str(label), tail_of(page)) for name in names for label, page in [ACTIONS[name]]
    )
