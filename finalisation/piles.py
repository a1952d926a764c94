"""Which pile a session is in, and why (domain.md § 8).

One definition, for the officers' list, its filter, the first page and the session's page.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.db.models import Case, Count, Min, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from finalisation.models import ClosingDocument, DocumentKind
from invigilation.models import IncidentReport, SessionNote
from sessions.enums import SessionState
from sessions.models import ExamSession

# The signed sheet is sent as a matter of course: it never calls for an examination.
KINDS_TO_EXAMINE = [DocumentKind.FRAUD, DocumentKind.INCIDENT]
DOCUMENTS = ClosingDocument.objects.filter(kind__in=KINDS_TO_EXAMINE)
REPORTS = IncidentReport.objects.for_review()
NOTES = SessionNote.objects.kept()
HAS_GLOBAL_COMMENT = Q(closing_file__has_incident=True, closing_file__global_comment__gt="")
IS_NOT_HELD = Q(closing_file__not_held=True)


class Pile(models.TextChoices):
    TO_EXAMINE = "a-traiter", gettext_lazy("À traiter")
    READY = "pretes", gettext_lazy("Prêtes à publier")
    PUBLISHED = "publiees", gettext_lazy("Publiées")
    OPEN = "ouvertes", gettext_lazy("Pas encore finalisées")

    @property
    def of_one(self):
        """The heading of one session, where `label` names the whole pile."""
        return {
            Pile.READY: gettext_lazy("Prête à publier"),
            Pile.PUBLISHED: gettext_lazy("Publiée"),
            Pile.OPEN: gettext_lazy("Pas encore finalisée"),
        }.get(self, self.label)

    @property
    def waits(self):
        """Somebody waits for an officer: the age of the oldest matters."""
        return self in {Pile.TO_EXAMINE, Pile.READY}


@dataclass(frozen=True)
class PileCount:
    pile: Pile
    count: int
    oldest: datetime | None

    @property
    def age(self):
        return timesince(self.oldest, depth=1) if self.oldest else ""


def with_piles(sessions):
    """Each session with its `pile` and with what put it there.

    The pile is that of its id among those that call for an officer, which the database gathers once;
    counts are worked out for the sessions that are shown.
    """
    return sessions.annotate(
        reports_to_resolve=_number_of(REPORTS, "candidate__session"),
        documents_to_examine=_number_of(DOCUMENTS, "session"),
        notes_to_read=_number_of(NOTES, "session"),
        has_global_comment=_is_true(HAS_GLOBAL_COMMENT),
        is_not_held=_is_true(IS_NOT_HELD),
        pile=Case(
            When(state=SessionState.CREATED, then=Value(Pile.OPEN)),
            When(state=SessionState.PUBLISHED, then=Value(Pile.PUBLISHED)),
            When(
                HAS_GLOBAL_COMMENT
                | IS_NOT_HELD
                | Q(pk__in=DOCUMENTS.order_by().values("session"))
                | Q(pk__in=REPORTS.order_by().values("candidate__session"))
                | Q(pk__in=NOTES.order_by().values("session")),
                then=Value(Pile.TO_EXAMINE),
            ),
            default=Value(Pile.READY),
            output_field=models.CharField(),
        ),
    )


def for_review():
    """Every session, as officers list it."""
    return with_piles(ExamSession.objects.with_counts()).select_related(
        "centre", "closing_file__officer"
    )


def count_piles():
    """The piles in their order, each with its count and when its oldest session was finalised."""
    rows = (
        with_piles(ExamSession.objects.all())
        .order_by()
        .values("pile")
        .annotate(count=Count("pk"), oldest=Min("finalised_at"))
    )
    found = {row["pile"]: row for row in rows}
    return [_pile_count(pile, found.get(pile)) for pile in Pile]


def short_reasons(session):
    """What calls for an officer, in two words each. Needs `with_piles`."""
    reasons = []
    if session.pile != Pile.TO_EXAMINE:
        return reasons
    if session.is_not_held:
        reasons.append(_("non tenue"))
    if session.has_global_comment:
        reasons.append(_("commentaire"))
    if session.notes_to_read:
        reasons.append(ngettext("note de salle", "notes de salle", session.notes_to_read))
    if session.reports_to_resolve:
        reasons.append(_("signalements"))
    if session.documents_to_examine:
        reasons.append(_("documents"))
    return reasons


def reasons(session):
    """Why the session is in its pile, in sentences. Needs `with_piles`."""
    if session.pile == Pile.TO_EXAMINE:
        return _reasons_to_examine(session)
    return {
        Pile.OPEN: [_("Le centre n’a pas encore finalisé cette session.")],
        Pile.PUBLISHED: [
            _(
                "Chaque candidat lit son résultat\u00a0; le centre lit "
                "«\u00a0Résultats transmis par Pix\u00a0»."
            )
        ],
        Pile.READY: [
            _(
                "Rien n’attend un examen\u00a0: ni commentaire global, ni note de salle, ni signalement "
                "à traiter, ni PV de fraude, ni preuve d’incident."
            )
        ],
    }[session.pile]


def undecided(session):
    """What calls for an officer and would be published all the same, as one phrase, or "".

    Needs `with_piles`.
    """
    if session.pile != Pile.TO_EXAMINE:
        return ""
    parts = []
    if n := session.reports_to_resolve:
        parts.append(ngettext("%(n)s signalement non décidé", "%(n)s signalements non décidés", n))
        parts[-1] %= {"n": n}
    if session.is_not_held:
        parts.append(_("une session non tenue"))
    elif session.has_global_comment:
        parts.append(_("un commentaire global"))
    if n := session.notes_to_read:
        parts.append(ngettext("%(n)s note de salle", "%(n)s notes de salle", n) % {"n": n})
    if n := session.documents_to_examine:
        phrase = ngettext(
            "%(n)s PV de fraude ou preuve d’incident",
            "%(n)s PV de fraude ou preuves d’incident",
            n,
        )
        parts.append(phrase % {"n": n})
    return _(" et ").join([", ".join(parts[:-1]), parts[-1]]) if parts[1:] else parts[0]


def _reasons_to_examine(session):
    sentences = []
    if session.is_not_held:
        sentences.append(_("Le centre a déclaré la session non tenue."))
    if session.has_global_comment:
        sentences.append(_("Le centre a signalé un incident dans son commentaire global."))
    if n := session.notes_to_read:
        sentence = ngettext(
            "%(n)s note de salle est à lire.", "%(n)s notes de salle sont à lire.", n
        )
        sentences.append(sentence % {"n": n})
    if n := session.reports_to_resolve:
        sentence = ngettext(
            "%(n)s signalement demande une décision.",
            "%(n)s signalements demandent une décision.",
            n,
        )
        sentences.append(sentence % {"n": n})
    if n := session.documents_to_examine:
        sentence = ngettext(
            "%(n)s document est un PV de fraude ou une preuve d’incident.",
            "%(n)s documents sont des PV de fraude ou des preuves d’incident.",
            n,
        )
        sentences.append(sentence % {"n": n})
    return sentences


def _pile_count(pile, row):
    if row is None:
        return PileCount(pile, 0, None)
    return PileCount(pile, row["count"], row["oldest"] if pile.waits else None)


def _is_true(condition):
    return Case(When(condition, then=True), default=False, output_field=models.BooleanField())


def _number_of(rows, path):
    counted = (
        rows.filter(**{path: OuterRef("pk")})
        .order_by()
        .values(path)
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(counted), 0)
