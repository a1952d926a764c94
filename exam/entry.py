"""Where a candidate stands before the door: what the access-code page says, and whether it waits."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exam.actions.refusals import NotAuthorisedToResume, PresenceNotConfirmed
from exam.enums import AttemptState, ResumeState, Right
from exam.models import Attempt, ResumeRequest


class Entry(models.TextChoices):
    """The label is the sentence of the page."""

    ABSENT = "absent", PresenceNotConfirmed.message
    READY = "ready", _("Votre présence est confirmée.")
    ASKED = "asked", NotAuthorisedToResume.message
    GRANTED = "granted", _("Votre surveillant vous autorise à reprendre.")
    REFUSED = (
        "refused",
        _(
            "Votre surveillant n’a pas autorisé la reprise. Levez la main et parlez-lui ; s’il est "
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

    @property
    def waits(self):
        """Only the invigilator can change it."""
        return self in {Entry.ABSENT, Entry.ASKED}

    @property
    def is_open(self):
        return self in {Entry.READY, Entry.GRANTED}

    @property
    def is_answer(self):
        """Something came of a request: it is told before the code is typed again."""
        return self in {Entry.ASKED, Entry.GRANTED, Entry.REFUSED, Entry.LAPSED}


ANSWERED = {ResumeState.REFUSED: Entry.REFUSED, ResumeState.LAPSED: Entry.LAPSED}


def entry_of(candidate):
    attempt = Attempt.objects.filter(candidate=candidate).first()
    if attempt is None or attempt.state == AttemptState.PREPARED:
        return Entry.READY if attempt and attempt.right == Right.START else Entry.ABSENT
    if attempt.is_over:
        return Entry.OVER
    if attempt.may_resume(timezone.now()):
        return Entry.GRANTED
    request = attempt.resume_requests.first()
    if request and request.state == ResumeState.PENDING:
        return Entry.ASKED
    if attempt.right == Right.RESUME:
        return Entry.LAPSED
    return ANSWERED.get(request.state, Entry.TO_ASK) if request else Entry.TO_ASK


def asked_at(candidate, entry):
    """When the request that waits was sent."""
    if entry != Entry.ASKED:
        return None
    return (
        ResumeRequest.objects.filter(attempt__candidate=candidate, state=ResumeState.PENDING)
        .values_list("asked_at", flat=True)
        .first()
    )
