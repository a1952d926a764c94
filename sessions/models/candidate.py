from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import Centre
from sessions.models.person import Person, of_nobody
from sessions.models.session import ExamSession


class CandidateQuerySet(models.QuerySet):
    def for_member(self, user, *roles):
        return self.filter(session__centre__in=Centre.objects.for_member(user, *roles))

    def for_invigilator(self, user):
        return self.filter(session__in=ExamSession.objects.for_invigilator(user))

    def for_candidate(self, user):
        return self.filter(user=user)

    def known(self):
        """Not those who were erased: their rows are nobody's."""
        return self.exclude(of_nobody())


class Candidate(Person):
    """One row of the candidate list. Presence is a fact here; the right to enter is elsewhere."""

    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="candidates")
    extra_time_percent = models.PositiveSmallIntegerField(
        _("temps majoré"), default=0, validators=[MaxValueValidator(100)]
    )
    accessibility_need = models.CharField(_("besoin d’accessibilité"), max_length=300, blank=True)

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="candidacies",
        null=True,
        editable=False,
    )
    linked_at = models.DateTimeField(null=True, editable=False)
    is_present = models.BooleanField(_("présence"), default=False, editable=False)
    presence_noted_at = models.DateTimeField(null=True, editable=False)
    presence_noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    test_started_at = models.DateTimeField(null=True, editable=False)
    row_version = models.BigIntegerField(default=1, editable=False)

    objects = CandidateQuerySet.as_manager()

    class Meta(Person.Meta):
        abstract = False
        verbose_name = _("candidat")
        verbose_name_plural = _("candidats")
        indexes = [models.Index(fields=["session", "row_version"], name="candidate_row_version")]
        constraints = [
            *Person.Meta.constraints,
            models.UniqueConstraint(
                fields=["session", "user"],
                condition=Q(user__isnull=False),
                name="candidate_one_row_per_account",
            ),
            models.CheckConstraint(
                name="candidate_linked_with_date",
                condition=Q(user__isnull=True, linked_at__isnull=True)
                | Q(user__isnull=False, linked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="candidate_presence_with_date_and_author",
                condition=Q(presence_noted_at__isnull=True, presence_noted_by__isnull=True)
                | Q(presence_noted_at__isnull=False, presence_noted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="candidate_presence_noted",
                condition=Q(is_present=False) | Q(presence_noted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="candidate_started_only_if_present",
                condition=Q(test_started_at__isnull=True) | Q(is_present=True),
            ),
            models.CheckConstraint(
                name="candidate_started_only_if_linked",
                condition=Q(test_started_at__isnull=True) | Q(user__isnull=False),
            ),
            models.CheckConstraint(
                name="candidate_extra_time_at_most_100",
                condition=Q(extra_time_percent__lte=100),
            ),
        ]

    @property
    def has_joined(self):
        return self.user_id is not None

    @property
    def has_started(self):
        return self.test_started_at is not None
