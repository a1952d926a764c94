"""Long work asked by a person of a centre: prepared, followed, done or not at all."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import Centre
from sessions.enums import ImportKind, ImportState, PrintState
from sessions.models.session import ExamSession

CUT_OFF_AFTER = timedelta(minutes=2)


class JobQuerySet(models.QuerySet):
    def for_member(self, user, *roles):
        return self.filter(centre__in=Centre.objects.for_member(user, *roles))

    def locked(self):
        return self.select_for_update(of=("self",))


class Job(models.Model):
    """`beat_at` moves while somebody works on it: an old one tells that the work was cut off."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    beat_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        ordering = ["-created_at"]

    @property
    def is_cut_off(self):
        """Whoever worked on it is gone: it would have given a sign of life."""
        return self.is_at_work and timezone.now() - self.beat_at > CUT_OFF_AFTER


class PreparedImport(Job):
    """A file that was sent, what it says, and what confirming it would change.

    `plan`, `errors`: see sessions.imports.plan. `based_on`: the fingerprint of what the plan was compared to;
    another one at the confirmation means that the lists moved, and the plan is made again.
    """

    centre = models.ForeignKey(Centre, models.CASCADE, related_name="imports")
    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="imports", null=True)
    kind = models.CharField(max_length=12, choices=ImportKind)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.WAITING)
    filename = models.CharField(max_length=200)
    source = models.BinaryField(default=bytes)
    plan = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    based_on = models.CharField(max_length=64, default="")
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                name="preparedimport_known_kind", condition=Q(kind__in=ImportKind.values)
            ),
            models.CheckConstraint(
                name="preparedimport_known_state", condition=Q(state__in=ImportState.values)
            ),
            models.CheckConstraint(
                name="preparedimport_of_a_session_for_candidates",
                condition=Q(kind=ImportKind.CANDIDATES, session__isnull=False)
                | Q(~Q(kind=ImportKind.CANDIDATES), session__isnull=True),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.get_state_display()}"

    def get_absolute_url(self):
        return reverse("sessions:import", args=[self.pk])

    @property
    def is_at_work(self):
        return self.state in {ImportState.WAITING, ImportState.READING, ImportState.APPLYING}


class PrintRun(Job):
    """The documents of several sessions, drawn one after the other into a single PDF."""

    centre = models.ForeignKey(Centre, models.CASCADE, related_name="print_runs")
    session_ids = models.JSONField(default=list)
    document_keys = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=PrintState, default=PrintState.WAITING)
    failure = models.CharField(max_length=300, default="")
    file = models.FileField(upload_to="print_runs/%Y/%m/%d", max_length=200, default="")

    objects = JobQuerySet.as_manager()

    class Meta(Job.Meta):
        abstract = False
        verbose_name = _("impression groupée")
        verbose_name_plural = _("impressions groupées")
        constraints = [
            models.CheckConstraint(
                name="printrun_known_state", condition=Q(state__in=PrintState.values)
            ),
            models.CheckConstraint(
                name="printrun_done_with_file",
                condition=~Q(state=PrintState.DONE) | ~Q(file=""),
            ),
        ]

    def __str__(self):
        return f"{len(self.session_ids)} session(s) · {self.get_state_display()}"

    def get_absolute_url(self):
        return reverse("sessions:print_run", args=[self.pk])

    @property
    def is_at_work(self):
        return self.state in {PrintState.WAITING, PrintState.DRAWING}
