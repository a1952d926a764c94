"""What was asked of a publication of several sessions, and what became of it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions.models import ExamSession


class PublicationRun(models.Model):
    """Sessions that an officer asked to publish together (finalisation.actions.publications)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    asked_at = models.DateTimeField(_("demandée le"), default=timezone.now)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("par")
    )

    class Meta:
        verbose_name = _("publication groupée")
        verbose_name_plural = _("publications groupées")
        ordering = ["-asked_at"]

    def __str__(self):
        return str(self.pk)


class AskedPublication(models.Model):
    """One session of a run, as it was then (`version`). Settled without refusal, it is published."""

    run = models.ForeignKey(PublicationRun, models.CASCADE, related_name="lines")
    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="+")
    version = models.BigIntegerField()
    settled_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("publication demandée")
        verbose_name_plural = _("publications demandées")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "session"], name="publication_asked_once"),
            models.CheckConstraint(
                name="publication_refused_once_settled",
                condition=Q(refusal="") | Q(settled_at__isnull=False),
            ),
        ]

    def __str__(self):
        return f"publication de la session {self.session_id}"
