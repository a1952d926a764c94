from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions.models.session import ExamSession


class InvigilatorAccessQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ended_at__isnull=True)

    def end_all(self, session):
        return self.open().filter(session=session).update(ended_at=timezone.now())


class InvigilatorAccess(models.Model):
    """An account that gave the session password. Ended: by leaving, revocation, a new
    password, or a week after the session."""

    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="accesses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="accesses")
    granted_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = InvigilatorAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("accès surveillant")
        verbose_name_plural = _("accès surveillants")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "user"],
                condition=Q(ended_at__isnull=True),
                name="access_one_open_per_account",
            )
        ]

    def __str__(self):
        return f"{self.user} · {self.session}"
