"""One row of the board: the words, the hours and the addresses of a candidate, worked out here.

Labels are translated once a request: per row they cost three quarters of the time
(architecture.md § 3).
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from certif.lib.text import fold
from exam.enums import AttemptState
from exam.models import RESUME_RIGHT_LASTS, SILENT_AFTER

NB = "\u00a0"
THIRD_TIME = 33

ABSENT, PRESENT, RUNNING, SILENT = "absent", "present", "running", "silent"
ASKS, AUTHORISED, PROBLEM = "asks", "authorised", "problem"

# What each situation is called, its badge, its mark on the left, and the chips that show it.
SITUATIONS = {
    ABSENT: (_("Absent"), "absent", "absent", "absent"),
    PRESENT: (_("Présent"), "present", "present", "present"),
    RUNNING: (_("En cours"), "running", "running", "running present"),
    SILENT: (_("En cours"), "running", "silent", "running present"),
    ASKS: (_("Demande à reprendre"), "asks", "asks", "running present"),
    PROBLEM: (_("Signalement en cours"), "problem", "problem", "running present"),
    AUTHORISED: (_("Reprise autorisée"), "wait", "wait", "running present"),
    AttemptState.FINISHED: (_("Terminé"), "finished", "finished", "finished present"),
    AttemptState.ENDED: (_("Terminé par le surveillant"), "ended", "ended", "finished present"),
    AttemptState.CLOSED: (_("Terminé à la finalisation"), "ended", "ended", "finished present"),
}

# The menu: label of each action, its URL name and what follows the address.
ACTIONS = {
    "accept": (_("Accepter le signalement"), "problem_accept", ""),
    "reject": (_("Écarter le signalement"), "problem_reject", ""),
    "authorise": (_("Autoriser la reprise du test"), "resume_authorise", ""),
    "refuse": (_("Refuser la reprise"), "resume_refuse", ""),
    "cancel": (_("Annuler la reprise autorisée"), "resume_cancel", ""),
    "end": (_("Terminer le test"), "end_test", ""),
    "time": (_("Ajouter du temps"), "add_time", ""),
    "extra": (_("Temps majoré"), "extra_time", ""),
    "seen": (_("Écran de fin vu"), "end_screen", "?seen=1"),
    "unseen": (_("Écran de fin non vu"), "end_screen", "?seen=0"),
    "report": (_("Signaler un incident"), "report", ""),
    "unlink": (_("Délier le compte"), "unlink", ""),
}
MENUS = {
    RUNNING: ["authorise", "end", "time", "extra", "report"],
    SILENT: ["authorise", "end", "time", "extra", "report"],
    ASKS: ["authorise", "refuse", "end", "time", "extra", "report"],
    PROBLEM: ["authorise", "end", "time", "extra", "report"],
    AUTHORISED: ["cancel", "end", "time", "extra", "report"],
    AttemptState.ENDED: ["report"],
    AttemptState.CLOSED: ["report"],
}

WORDS = {
    "third_time": _("tiers-temps"),
    "extra_time": _("temps majoré %(n)s %%"),
    "to_tick": _("s’est identifié, présence à cocher"),
    "ready": _("s’est identifié, peut commencer"),
    "unknown": _("ne s’est pas encore identifié"),
    "account": _("Compte à un autre nom : %(name)s"),
    "cut": _("coupé %(time)s avant sa demande"),
    "alive": _("signe de vie %(time)s avant sa demande"),
    "problem": _("question %(n)s, depuis %(time)s"),
    "until": _("jusqu’à %(time)s"),
    "end_screen": _("écran de fin affiché à %(time)s"),
    "ended_at": _("à %(time)s"),
    "times": _("%(start)s → %(end)s"),
    "own_end": _("fin %(time)s"),
    "granted": _("dont +\u00a0%(n)s\u00a0min"),
    "left": _("reste %(time)s"),
    "over": _("dépassé de %(time)s"),
    "offline": _("déconnecté depuis %(time)s"),
    "question": _("q. %(n)s/%(count)s"),
    "tick": _("Présent :"),
    "homonym": _("≈ homonyme"),
    "report": _("signalement"),
    "reports": _("signalements"),
    "seen": _("vu"),
    "menu": _("Actions pour"),
}


@dataclass(slots=True)
class Row:
    """One candidate as the board shows him. `None` and empty values are simply not shown."""

    pk: int
    version: int
    birth_name: str
    first_name: str
    birth_date: str
    is_homonym: bool
    extra_time: str
    reports: int
    reports_url: str
    situation: str
    label: str
    kind: str
    mark: str
    filters: str
    can_tick: bool
    presence_url: str
    menu: list
    account: str = ""
    note: str = ""
    seen: bool = False
    times: str = ""
    own_end: str = ""
    deadline: int | None = None
    left: str = ""
    is_over: bool = False
    granted: str = ""
    proposed: int = 0
    silent_since: int | None = None
    silent_for: str = ""
    question: str = ""
    said: str = ""

    @property
    def name(self):
        return f"{self.birth_name} {self.first_name}"


def hour(moment, zone):
    """« 9 h 02 » on the clock of the session's place."""
    local = moment.astimezone(zone)
    return f"{local.hour}{NB}h{NB}{local.minute:02d}"


def minutes(total):
    """« 58 min », « 1 h 02 ». The page counts on in the same words (board.js)."""
    if total < 60:
        return f"{total}{NB}min"
    return f"{total // 60}{NB}h{NB}{total % 60:02d}"


def gap(seconds):
    """The measured silence before a request: « 40 s », « 3 min 20 s », « 1 h 02 »."""
    if seconds < 60:
        return f"{seconds}{NB}s"
    if seconds < 3600:
        return f"{seconds // 60}{NB}min{NB}{seconds % 60:02d}{NB}s"
    return minutes(seconds // 60)


def proposed_minutes(silence):
    """What a cut took, to the next minute; 0 when nothing says that the page was cut off."""
    return -(-silence // timedelta(minutes=1)) if silence >= SILENT_AFTER else 0


def epoch_ms(moment):
    return int(moment.timestamp() * 1000)


@dataclass(frozen=True)
class Dictionary:
    """What the rows say, in one language: translated once for all."""

    words: dict
    situations: dict
    labels: dict


@cache
def _dictionary(language):
    return Dictionary(
        words={name: str(text) for name, text in WORDS.items()},
        situations={key: (str(label), *rest) for key, (label, *rest) in SITUATIONS.items()},
        labels={key: str(label) for key, (label, *_rest) in ACTIONS.items()},
    )


@cache
def _address(name):
    """The address of a page of a candidate, in three pieces: the two numbers go between them."""
    address = reverse(f"invigilation:{name}", args=[987654321, 123456789])
    start, end = address.split("987654321")
    return start, *end.split("123456789")


def shared_names(keys):
    names = Counter(birth_name(key) for key in keys)
    return {name for name, n in names.items() if n > 1}


class RowMaker:
    """Makes the rows of one session: its zone, words and addresses are worked out once."""

    def __init__(self, session, homonyms, asked, now, problems):
        self.session, self.asked, self.now = session, asked, now
        self.problems, self.shared_names = problems, homonyms
        self.zone = session.zone
        dictionary = _dictionary(get_language())
        self.words, self.situations = dictionary.words, dictionary.situations
        self.labels = dictionary.labels

    def _url(self, name, pk, query=""):
        start, middle, end = _address(name)
        return f"{start}{self.session.pk}{middle}{pk}{end}{query}"

    def row(self, candidate):
        attempt = getattr(candidate, "attempt", None)
        situation = self._situation(candidate, attempt)
        label, kind, mark, filters = self.situations[situation]
        row = Row(
            pk=candidate.pk,
            version=candidate.row_version,
            birth_name=candidate.birth_name.upper(),
            first_name=candidate.first_name,
            birth_date=f"{candidate.birth_date:%d/%m/%Y}",
            is_homonym=birth_name(candidate.identity_key) in self.shared_names,
            extra_time=self._extra_time(candidate.extra_time_percent),
            reports=candidate.report_count,
            reports_url=self._url("reports", candidate.pk),
            situation=situation,
            label=label,
            kind=kind,
            mark=mark,
            filters=filters,
            can_tick=self.session.is_open and situation in (ABSENT, PRESENT),
            presence_url=self._url("presence", candidate.pk),
            menu=self._menu(candidate, attempt, situation),
            account=self._account(candidate),
        )
        if attempt and attempt.granted_minutes:
            row.granted = self.words["granted"] % {"n": attempt.granted_minutes}
        if situation in (ABSENT, PRESENT):
            self._tell_waiting(row, candidate)
        elif attempt.is_running:
            self._tell_running(row, candidate, attempt)
        else:
            self._tell_over(row, attempt)
        return row

    def _situation(self, candidate, attempt):
        if attempt is None or attempt.state == AttemptState.PREPARED:
            return PRESENT if candidate.is_present else ABSENT
        if not attempt.is_running:
            return AttemptState(attempt.state)
        if candidate.pk in self.asked:
            return ASKS
        if candidate.pk in self.problems:
            return PROBLEM
        if attempt.may_resume(self.now):
            return AUTHORISED
        return SILENT if attempt.silent_since else RUNNING

    def _menu(self, candidate, attempt, situation):
        if not self.session.is_open:
            return []
        if situation in (ABSENT, PRESENT):
            names = ["time"] if situation == PRESENT else []
            names += ["extra", "report", "unlink"] if candidate.has_joined else ["extra", "report"]
        elif situation == AttemptState.FINISHED:
            names = ["unseen" if attempt.end_screen_seen_at else "seen", "report"]
        else:
            names = MENUS[situation]
        if candidate.pk in self.problems:
            names = ["accept", "reject", *names]
        return [
            (name, self.labels[name], self._url(address, candidate.pk, query))
            for name in names
            for _label, address, query in [ACTIONS[name]]
        ]

    def _extra_time(self, percent):
        if not percent:
            return ""
        if percent == THIRD_TIME:
            return self.words["third_time"]
        return self.words["extra_time"] % {"n": percent}

    def _account(self, candidate):
        """On a shared computer the previous pupil may still be logged in."""
        if candidate.has_joined and is_somebody_else(candidate.user, candidate):
            return self.words["account"] % {"name": candidate.user.name}
        return ""

    def _tell_waiting(self, row, candidate):
        if candidate.has_joined:
            row.note = self.words["ready" if candidate.is_present else "to_tick"]
        elif candidate.is_present:
            row.note = self.words["unknown"]

    def _tell_running(self, row, candidate, attempt):
        deadline = attempt.deadline
        row.deadline, row.is_over = epoch_ms(deadline), deadline <= self.now
        row.left = self._left(deadline)
        end = hour(deadline, self.zone)
        row.times = self.words["times"] % {
            "start": hour(attempt.started_at, self.zone),
            "end": end,
        }
        row.own_end = self.words["own_end"] % {"time": end}
        count = attempt.question_count
        row.question = self.words["question"] % {
            "n": min(attempt.current_number, count),
            "count": count,
        }
        if row.situation == ASKS:
            silence = timedelta(seconds=self.asked[candidate.pk][1])
            row.note, row.proposed = self._gap(silence), proposed_minutes(silence)
        elif row.situation == PROBLEM:
            self._tell_problem(row, self.problems[candidate.pk])
        elif row.situation == AUTHORISED:
            end = attempt.right_granted_at + RESUME_RIGHT_LASTS
            row.note = self.words["until"] % {"time": hour(end, self.zone)}
        elif row.situation == SILENT:
            row.silent_since = epoch_ms(attempt.silent_since)
            lost = (self.now - attempt.silent_since) // timedelta(minutes=1)
            row.silent_for = self.words["offline"] % {"time": minutes(lost)}

    def _tell_problem(self, row, problem):
        time = hour(problem.raised_at, self.zone)
        row.note = self.words["problem"] % {"n": problem.number, "time": time}
        row.said, row.question = problem.text, ""

    def _gap(self, silence):
        """As measured at the demand: under three beats, nothing says that the page was cut off."""
        words = self.words["cut" if silence >= SILENT_AFTER else "alive"]
        return words % {"time": gap(silence // timedelta(seconds=1))}

    def _tell_over(self, row, attempt):
        shown = attempt.end_screen_shown_at
        text = self.words["end_screen" if shown else "ended_at"]
        row.note = text % {"time": hour(shown or attempt.ended_at, self.zone)}
        row.seen = attempt.end_screen_seen_at is not None

    def _left(self, deadline):
        seconds = (deadline - self.now).total_seconds()
        if seconds <= 0:
            return self.words["over"] % {"time": minutes(int(-seconds // 60))}
        return self.words["left"] % {"time": minutes(-int(-seconds // 60))}


def is_somebody_else(user, candidate):
    """Whether neither the birth name nor the first of the first names is in the account's name.

    An account without a name says nothing.
    """
    account = fold(user.first_name + user.last_name)
    known = [birth_name(candidate.identity_key), fold(_first_of(candidate.first_name))]
    return bool(account) and not any(name in account for name in known)


def _first_of(first_names):
    return re.split(r"[\s-]", first_names, maxsplit=1)[0]


def birth_name(key):
    return key.split("/", 1)[0]
