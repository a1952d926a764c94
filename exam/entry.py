"""Where a candidate stands before the door: what the access-code page says, and whether it waits."""

from django.db import models
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.lib.compiled import Instances
from exam.actions.refusals import NotAuthorisedToResume, PresenceNotConfirmed
from exam.enums import AttemptState, ResumeState, Right
from exam.models import ResumeRequest
from sessions.enums import SessionState
from sessions.models import Candidate


class Entry(models.TextChoices):
    """The label is the sentence of the page."""

    ABSENT = "absent", PresenceNotConfirmed.message
    READY = "ready", _("Votre présence est confirmée.")
    ASKED = "asked", NotAuthorisedToResume.message
    GRANTED = "granted", _("Votre surveillant vous autorise à reprendre.")
    REFUSED = (
        "refused",
        _(
            "Votre surveillant n’a pas autorisé la reprise. Levez la main et parlez-lui ; en cas "
            "d’accord, cliquez à nouveau sur « Reprendre mon test »."
        ),
    )
    LAPSED = (
        "lapsed",
        _(
            "L’autorisation de reprendre n’est plus valable : elle sert une fois, dans les 15 minutes, "
            "et votre surveillant peut la retirer. Cliquez à nouveau sur « Reprendre mon test » "
            "pour la redemander."
        ),
    )
    TO_ASK = (
        "to-ask",
        _(
            "Votre test est déjà commencé. Tapez le code, puis cliquez sur « Reprendre mon test » : "
            "votre surveillant en sera prévenu."
        ),
    )
    OVER = "over", _("Votre test est terminé.")
    CLOSED = (
        "closed",
        _(
            "Cette session est terminée\u00a0: plus aucun test n’y commence ni n’y reprend. Parlez à votre "
            "surveillant."
        ),
    )

    @property
    def waits(self):
        """Only the invigilator can change it."""
        return self in {Entry.ABSENT, Entry.ASKED}

    @property
    def is_open(self):
        return self in {Entry.READY, Entry.GRANTED}

    @property
    def is_answer(self):
        """Told before the code is typed: what came of a request, or that nothing can."""
        return self in {Entry.ASKED, Entry.GRANTED, Entry.REFUSED, Entry.LAPSED, Entry.CLOSED}


ANSWERED = {ResumeState.REFUSED: Entry.REFUSED, ResumeState.LAPSED: Entry.LAPSED}


def with_standing(candidates):
    """With what `entry_at` asks."""
    requests = ResumeRequest.objects.filter(attempt=OuterRef("attempt")).values("state")[:1]
    attempt = [f"attempt__{name}" for name in ("candidate", "state", "right", "right_granted_at")]
    return (
        candidates.select_related("attempt")
        .only(*attempt)
        .annotate(last_request=Subquery(requests), session_state=F("session__state"))
    )


STANDING = Instances(
    lambda candidate: with_standing(Candidate.objects.filter(pk=candidate)), "candidate"
)


def entry_of(candidate):
    (standing,) = STANDING.ask(candidate=candidate.pk)
    return entry_at(standing, timezone.now())


def entry_at(candidate, now):
    """Of a candidate read `with_standing`."""
    attempt = getattr(candidate, "attempt", None)
    if attempt is not None and attempt.is_over:
        return Entry.OVER
    if candidate.session_state != SessionState.CREATED:
        return Entry.CLOSED
    if attempt is None or attempt.state == AttemptState.PREPARED:
        return Entry.READY if attempt and attempt.right == Right.START else Entry.ABSENT
    if attempt.may_resume(now):
        return Entry.GRANTED
    if candidate.last_request == ResumeState.PENDING:
        return Entry.ASKED
    if attempt.right == Right.RESUME:
        return Entry.LAPSED
    return ANSWERED.get(candidate.last_request, Entry.TO_ASK)


def asked_at(candidate, entry):
    """When the request that waits was sent."""
    if entry != Entry.ASKED:
        return None
    return (
        ResumeRequest.objects.filter(attempt__candidate=candidate, state=ResumeState.PENDING)
        .values_list("asked_at", flat=True)
        .first()
    )
