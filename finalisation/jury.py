"""What an officer decides over the machine, as it is kept (`finalisation.actions.jury`)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exam.models import Attempt
from exam.scoring import Verdict
from sessions.enums import Sex
from sessions.models import Candidate

COMMENT_MAX_LENGTH = 500
RULING_MAX_LENGTH = 300


class QuestionRuling(models.Model):
    """What an officer decided about one question of one test: it stands over what was automatic."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="rulings")
    number = models.PositiveSmallIntegerField(_("n°"))
    neutralised = models.BooleanField(_("neutralisée"))
    why = models.CharField(_("raison"), max_length=RULING_MAX_LENGTH)
    ruled_at = models.DateTimeField(_("le"), default=timezone.now)
    ruled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("décision sur une question")
        verbose_name_plural = _("décisions sur une question")
        constraints = [
            models.UniqueConstraint(fields=["attempt", "number"], name="ruling_one_per_question"),
            models.CheckConstraint(name="ruling_with_reason", condition=~Q(why="")),
        ]

    def __str__(self):
        return f"Q{self.number} · {self.attempt}"


class JuryDecision(models.Model):
    """What an officer decided about one certification, and what he says of it.

    `verdict` is empty when the computed one stands, and only a word is said.
    """

    attempt = models.OneToOneField(Attempt, models.CASCADE, related_name="jury")
    verdict = models.CharField(_("décision"), max_length=10, choices=Verdict, blank=True)
    for_candidate = models.CharField(
        _("commentaire pour le candidat"), max_length=COMMENT_MAX_LENGTH, blank=True
    )
    for_centre = models.CharField(
        _("commentaire pour le centre"), max_length=COMMENT_MAX_LENGTH, blank=True
    )
    decided_at = models.DateTimeField(_("le"), default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("décision sur une certification")
        verbose_name_plural = _("décisions sur une certification")
        constraints = [
            models.CheckConstraint(
                name="jury_known_verdict",
                condition=Q(verdict__in=["", Verdict.REJECTED, Verdict.CANCELLED]),
            ),
            models.CheckConstraint(
                name="jury_verdict_with_both_comments",
                condition=Q(verdict="") | ~Q(for_candidate="") & ~Q(for_centre=""),
            ),
        ]

    def __str__(self):
        return f"{self.attempt} · {self.get_verdict_display()}"


class IdentityCorrection(models.Model):
    """An identity that an officer corrected after the finalisation, as it was before."""

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="corrections")
    birth_name = models.CharField(_("nom de naissance"), max_length=100)
    first_name = models.CharField(_("prénom"), max_length=100)
    birth_date = models.DateField(_("date de naissance"))
    sex = models.CharField(_("sexe"), max_length=1, choices=Sex, blank=True, db_default="")
    birth_postcode = models.CharField(_("code postal"), max_length=10, blank=True, db_default="")
    birth_city = models.CharField(_("commune"), max_length=100, blank=True, db_default="")
    birth_insee_code = models.CharField(_("code INSEE"), max_length=5, blank=True, db_default="")
    birth_country = models.CharField(_("pays"), max_length=100, blank=True, db_default="")
    why = models.CharField(_("raison"), max_length=RULING_MAX_LENGTH)
    corrected_at = models.DateTimeField(_("le"), default=timezone.now)
    corrected_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("identité corrigée")
        verbose_name_plural = _("identités corrigées")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="correction_with_reason", condition=~Q(why="")),
            models.CheckConstraint(
                name="correction_known_sex", condition=Q(sex__in=["", *Sex.values])
            ),
        ]

    def __str__(self):
        return f"{self.birth_name.upper()} {self.first_name}"

    @property
    def civil_status(self):
        """« 04/07/2001, Féminin, 69003, LYON, FRANCE »: what was known."""
        place = (self.birth_postcode, self.birth_city, self.birth_insee_code, self.birth_country)
        known = f"{self.birth_date:%d/%m/%Y}", self.get_sex_display(), *place
        return ", ".join(filter(None, known))
