"""Where a candidate stands before the door: what the access-code page says, and whether it waits."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exam.actions.refusals import NotAuthorisedToResume, PresenceNotConfirmed
from exam.enums import AttemptState, ResumeState, Right
from exam.models import Attempt


class Entry(models.TextChoices):
    """The label is the sentence of the page."""

    ABSENT = "absent", PresenceNotConfirmed.message
    READY = "ready", _("Votre présence est confirmée.")
    ASKED = "asked", NotAuthorisedToResume.message
    GRANTED = "granted", _("Votre surveillant vous autorise à reprendre.")
    NOT_GRANTED = (
        "not-granted",
        _(
            "Votre surveillant n’a pas autorisé la reprise. Parlez-lui, puis cliquez à nouveau "
            "sur « Reprendre mon test »."
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


def entry_of(candidate):
    attempt = Attempt.objects.filter(candidate=candidate).first()
    if attempt is None or attempt.state == AttemptState.PREPARED:
        return Entry.READY if attempt and attempt.right == Right.START else Entry.ABSENT
    if attempt.is_over:
        return Entry.OVER
    if attempt.may_resume(timezone.now()):
        return Entry.GRANTED
    asks = attempt.resume_requests.filter(state=ResumeState.PENDING).exists()
    return Entry.ASKED if asks else Entry.NOT_GRANTED
