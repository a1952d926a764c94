from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions.models import Candidate, ExamSession, InvigilatorAccess

DESCRIPTION_MAX_LENGTH = 500


class IncidentCategory(models.TextChoices):
    """The headings of « Signalement du candidat » (003), in their order on screen."""

    LATE_OR_LEAVING = "C3-C4", _("Retard, absence ou départ")
    CANDIDATE_INFORMATION = "C1-C2", _("Modification infos candidat")
    END_OF_TEST = "C5", _("Connexion et fin de test")
    QUESTION = "E1-E12", _("Problème sur une question")
    TECHNICAL = "A1-C8", _("Problème technique")
    OTHER = "A2", _("Autre incident")


class IncidentCodeQuerySet(models.QuerySet):
    def active_on(self, day):
        """The nomenclature of a day: a session uses that of its date, everywhere (domain.md § 6)."""
        return self.filter(
            Q(active_from__isnull=False) & Q(active_from__lte=day),
            Q(active_until__isnull=True) | Q(active_until__gt=day),
        )

    def of_extra_time(self, day):
        """C2, when the nomenclature of the day has it."""
        return self.active_on(day).filter(code="C2").first()


class IncidentCode(models.Model):
    """One line of the nomenclature, kept by Pix officers. Asleep while `active_from` is empty."""

    code = models.CharField(_("code"), max_length=4)
    category = models.CharField(_("catégorie"), max_length=10, choices=IncidentCategory)
    label = models.CharField(_("libellé"), max_length=200)
    needs_description = models.BooleanField(_("description obligatoire"), default=False)
    needs_question = models.BooleanField(_("numéro de question obligatoire"), default=False)
    calls_for_review = models.BooleanField(_("à examiner par Pix"), default=False)
    rank = models.PositiveSmallIntegerField(_("rang"))
    active_from = models.DateField(_("en vigueur du"), null=True, blank=True)
    active_until = models.DateField(_("jusqu’au (exclu)"), null=True, blank=True)

    objects = IncidentCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("code de signalement")
        verbose_name_plural = _("nomenclature des signalements")
        ordering = ["rank", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "active_from"], name="incidentcode_once_per_start"
            ),
            models.CheckConstraint(
                name="incidentcode_until_after_from",
                condition=Q(active_until__isnull=True) | Q(active_until__gt=F("active_from")),
                violation_error_message=_("La fin doit être après le début."),
            ),
        ]

    def __str__(self):
        return f"{self.code} · {self.label}"

    @property
    def label_alone(self):
        """« Aucune des catégories ci-dessus » says nothing where none stands above."""
        is_none_above = self.code == IncidentCategory.OTHER
        return self.get_category_display() if is_none_above else self.label


class DiscardableQuerySet(models.QuerySet):
    def kept(self):
        return self.filter(discarded_at__isnull=True)


class Discardable(models.Model):
    """What was written may be taken out of the file; it is kept, with who did it and why."""

    discarded_at = models.DateTimeField(null=True)
    discarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    discarded_why = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


def discarded_with_author_and_reason(name):
    return models.CheckConstraint(
        name=name,
        condition=Q(discarded_at__isnull=True, discarded_by__isnull=True, discarded_why="")
        | Q(discarded_at__isnull=False, discarded_by__isnull=False) & ~Q(discarded_why=""),
    )


class IncidentReportQuerySet(DiscardableQuerySet):
    def for_review(self):
        """What keeps a session in the officers' first pile."""
        return self.kept().filter(code__calls_for_review=True, resolved_at__isnull=True)


class Screen(models.TextChoices):
    BOARD = "board", _("espace surveillant")
    CLOSING_FILE = "closing", _("finalisation")


class IncidentReport(Discardable):
    """« Signalement » about a candidate, by code. The needs of the code are copied when written.

    A correction keeps the hour, the author and the screen of what it corrects, its `former` writing.
    """

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="reports")
    code = models.ForeignKey(IncidentCode, models.PROTECT, related_name="reports")
    needs_description = models.BooleanField(editable=False)
    needs_question = models.BooleanField(editable=False)
    question_number = models.PositiveSmallIntegerField(
        _("numéro de la question"), null=True, blank=True
    )
    description = models.CharField(_("description"), max_length=DESCRIPTION_MAX_LENGTH, blank=True)
    written_at = models.DateTimeField(default=timezone.now)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    written_on = models.CharField(max_length=10, choices=Screen)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    resolution = models.CharField(max_length=500, blank=True)
    former = models.OneToOneField("self", models.CASCADE, null=True, related_name="correction")

    objects = IncidentReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("signalement")
        verbose_name_plural = _("signalements")
        ordering = ["candidate", "written_at", "id"]
        indexes = [models.Index(fields=["written_at"], name="report_written_at")]
        constraints = [
            models.CheckConstraint(
                name="report_question_when_needed",
                condition=Q(needs_question=False, question_number__isnull=True)
                | Q(needs_question=True, question_number__isnull=False, question_number__gte=1),
            ),
            models.CheckConstraint(
                name="report_description_when_needed",
                condition=Q(needs_description=False) | ~Q(description=""),
            ),
            discarded_with_author_and_reason("report_discarded_with_author_and_reason"),
            # `resolved_by` is empty when the finalisation resolved it by itself (domain.md § 7).
            models.CheckConstraint(
                name="report_resolved_with_sentence",
                condition=Q(resolved_at__isnull=True, resolved_by__isnull=True, resolution="")
                | Q(resolved_at__isnull=False) & ~Q(resolution=""),
            ),
        ]

    def __str__(self):
        if self.question_number:
            return f"{self.code.code}, q. {self.question_number}"
        return self.code.code


class SessionNoteQuerySet(DiscardableQuerySet):
    def told(self):
        """Those that stand, with who wrote them and who corrected them."""
        return self.kept().select_related("written_by", "former__discarded_by")


class SessionNote(Discardable):
    """What an invigilator notes of the whole room; the finalisation shows it with the reports.

    A correction keeps the hour and the author of what it corrects, its `former` wording.
    """

    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="notes")
    text = models.CharField(_("note"), max_length=DESCRIPTION_MAX_LENGTH)
    written_at = models.DateTimeField(_("le"), default=timezone.now)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    former = models.OneToOneField("self", models.CASCADE, null=True, related_name="correction")

    objects = SessionNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note sur la session")
        verbose_name_plural = _("notes sur la session")
        ordering = ["written_at", "id"]
        constraints = [discarded_with_author_and_reason("note_discarded_with_author_and_reason")]

    def __str__(self):
        return f"{self.session} · {self.written_at:%d/%m/%Y}"


class Watch(models.Model):
    """When the list was last on screen for an invigilator. Apart: it is written all day."""

    access = models.OneToOneField(
        InvigilatorAccess, models.CASCADE, primary_key=True, related_name="watch"
    )
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("dernier passage d’un surveillant")
        verbose_name_plural = _("derniers passages des surveillants")

    def __str__(self):
        return f"{self.access_id} · {self.last_seen_at}"
