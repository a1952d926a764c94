from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from exam.models import Attempt
from exam.scoring import Verdict
from finalisation.jury import (  # noqa: F401
    COMMENT_MAX_LENGTH,
    RULING_MAX_LENGTH,
    IdentityCorrection,
    JuryDecision,
    QuestionRuling,
)
from finalisation.publication import AskedPublication, PublicationRun  # noqa: F401
from sessions.models import ExamSession

MAX_DOCUMENTS = 10
MAX_DOCUMENT_BYTES = 10 * 1024 * 1024


class ClosingFile(models.Model):
    """What the centre tells Pix about a session; a draft until the session is finalised."""

    session = models.OneToOneField(ExamSession, models.CASCADE, related_name="closing_file")
    has_incident = models.BooleanField(_("incident ayant impacté la session"), default=False)
    global_comment = models.CharField(
        _("commentaire global"), max_length=COMMENT_MAX_LENGTH, blank=True
    )
    documents_comment = models.CharField(
        _("commentaires sur les documents"), max_length=COMMENT_MAX_LENGTH, blank=True
    )
    # Who wrote each of them last.
    has_incident_at = models.DateTimeField(null=True)
    has_incident_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    global_comment_at = models.DateTimeField(null=True)
    global_comment_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    documents_comment_at = models.DateTimeField(null=True)
    documents_comment_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    not_held = models.BooleanField(_("non tenue"), default=False)
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        verbose_name=_("prise en charge par"),
    )
    officer_since = models.DateTimeField(null=True)
    saved_at = models.DateTimeField(default=timezone.now)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("dossier de finalisation")
        verbose_name_plural = _("dossiers de finalisation")
        constraints = [
            models.CheckConstraint(
                name="closing_officer_with_date",
                condition=Q(officer__isnull=True, officer_since__isnull=True)
                | Q(officer__isnull=False, officer_since__isnull=False),
            ),
            models.CheckConstraint(
                name="closing_not_held_with_comment",
                condition=Q(not_held=False) | ~Q(global_comment=""),
            ),
            models.CheckConstraint(
                name="closing_has_incident_with_date_and_author",
                condition=Q(has_incident_at__isnull=True, has_incident_by__isnull=True)
                | Q(has_incident_at__isnull=False, has_incident_by__isnull=False),
            ),
            models.CheckConstraint(
                name="closing_global_comment_with_date_and_author",
                condition=Q(global_comment_at__isnull=True, global_comment_by__isnull=True)
                | Q(global_comment_at__isnull=False, global_comment_by__isnull=False),
            ),
            models.CheckConstraint(
                name="closing_documents_comment_with_date_and_author",
                condition=Q(documents_comment_at__isnull=True, documents_comment_by__isnull=True)
                | Q(documents_comment_at__isnull=False, documents_comment_by__isnull=False),
            ),
        ]

    def __str__(self):
        return f"dossier de la session {self.session_id}"


class AbandonReason(models.TextChoices):
    """« Raison de l’abandon » (003)."""

    CANDIDATE = "candidate", _("Abandon du candidat")
    TECHNICAL = "technical", _("Problème technique")


class UnfinishedTest(models.Model):
    """Why a started test did not reach its end screen."""

    attempt = models.OneToOneField(Attempt, models.CASCADE, related_name="unfinished_reason")
    reason = models.CharField(_("raison de l’abandon"), max_length=10, choices=AbandonReason)
    given_at = models.DateTimeField(default=timezone.now)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("test non terminé")
        verbose_name_plural = _("tests non terminés")
        constraints = [
            models.CheckConstraint(
                name="unfinished_known_reason", condition=Q(reason__in=AbandonReason.values)
            )
        ]

    def __str__(self):
        return f"{self.attempt} · {self.get_reason_display()}"


class DocumentKind(models.TextChoices):
    SIGNED_SHEET = "sheet", _("Feuille d’émargement signée")
    FRAUD = "fraud", _("PV de fraude")
    INCIDENT = "incident", _("Preuve d’incident")
    OTHER = "other", _("Autre")


class ClosingDocument(models.Model):
    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="closing_documents")
    kind = models.CharField(_("type"), max_length=10, choices=DocumentKind)
    file = models.FileField(_("fichier"), upload_to="finalisation/%Y/")
    name = models.CharField(_("nom"), max_length=150)
    content_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField(_("taille"))
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(
                name="document_known_kind", condition=Q(kind__in=DocumentKind.values)
            )
        ]

    def __str__(self):
        return self.name


class SealedRecord(models.Model):
    """The « PV d’incident » as it was at one finalisation: written once, never again.

    `audit_sha256` is that of the session's audit lines until then, printed on the record.
    """

    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="sealed_records")
    finalised_at = models.DateTimeField(_("finalisée le"))
    file = models.FileField(_("fichier"), upload_to="finalisation/%Y/")
    sha256 = models.CharField(max_length=64)
    audit_sha256 = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(_("scellé le"), default=timezone.now)

    class Meta:
        verbose_name = _("PV scellé")
        verbose_name_plural = _("PV scellés")
        ordering = ["-finalised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "finalised_at"], name="sealed_once_per_finalisation"
            )
        ]

    def __str__(self):
        return f"PV de la session {self.session_id}"


class Sealing(models.Model):
    """The writing of a PV, from its first try until it is written (finalisation.sealing).

    `next_at` is empty once no try is left: an officer decides.
    """

    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="sealings")
    finalised_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(_("essais"), default=0)
    tried_at = models.DateTimeField(_("dernier essai"))
    next_at = models.DateTimeField(_("prochain essai"), null=True)
    error = models.CharField(_("raison"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("PV à écrire")
        verbose_name_plural = _("PV à écrire")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "finalised_at"], name="sealing_once_per_finalisation"
            )
        ]

    def __str__(self):
        return f"PV à écrire de la session {self.session_id}"


class Certification(models.Model):
    """The result of one started test, computed at the finalisation (exam.scoring.score)."""

    attempt = models.OneToOneField(Attempt, models.CASCADE, related_name="certification")
    verdict = models.CharField(_("résultat"), max_length=10, choices=Verdict)
    right = models.PositiveSmallIntegerField(_("réponses justes"))
    counted = models.PositiveSmallIntegerField(_("questions comptées"))
    neutralised = models.PositiveSmallIntegerField(_("questions neutralisées"))
    areas = models.JSONField(_("par domaine"), default=dict)
    scored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        constraints = [
            models.CheckConstraint(
                name="certification_known_verdict", condition=Q(verdict__in=Verdict.values)
            ),
            models.CheckConstraint(
                name="certification_right_among_counted",
                condition=Q(right__lte=models.F("counted")),
            ),
        ]

    def __str__(self):
        return f"certification n° {self.attempt.certification_number}"

    @property
    def percent(self):
        return self.right * 100 // self.counted if self.counted else 0


class Certificate(models.Model):
    """What a certification obtained is proved by: the code that its holder reads aloud.

    Given when the result is first published. It outlives the `Certification`, which a finalisation
    done anew computes anew: the code is that of the test, and never changes.
    """

    attempt = models.OneToOneField(Attempt, models.CASCADE, related_name="certificate")
    code = models.CharField(_("code de vérification"), max_length=16, unique=True)
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("certificat")
        verbose_name_plural = _("certificats")
        constraints = [models.CheckConstraint(name="certificate_with_code", condition=~Q(code=""))]

    def __str__(self):
        return f"certificat du {self.attempt}"


class MailKind(models.TextChoices):
    """What a mail tells: the name of its templates in `finalisation/mails/`."""

    FINALISED = "finalised", _("Finalisation enregistrée")
    REOPENED = "reopened", _("Session rouverte")
    CORRECTED = "corrected", _("Identité corrigée")
    RESULTS = "results", _("Résultats publiés")
    END = "end", _("Finalisation à faire")
    DAY = "day", _("Finalisation à faire, 24 h après")
    FORTY = "forty", _("Finalisation à faire, 40 h après")
    LATE = "late", _("Finalisation en retard")


class Mailing(models.Model):
    """One mail to one address, that leaves once. Sent by finalisation.mailings.

    `occasion`: the instant of what it tells (that publication, that finalisation…): the same thing
    is told once, and told again when it happens again.
    """

    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="mailings")
    kind = models.CharField(_("nature"), max_length=10, choices=MailKind)
    recipient = models.EmailField(_("destinataire"))
    occasion = models.DateTimeField(_("à propos du"))
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("demandé le"), default=timezone.now)
    tries = models.PositiveSmallIntegerField(_("essais"), default=0)
    tried_at = models.DateTimeField(_("dernier essai"), null=True)
    is_under_way = models.BooleanField(default=False)
    sent_at = models.DateTimeField(_("parti le"), null=True)
    error = models.CharField(_("raison"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("courriel")
        verbose_name_plural = _("courriels")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(sent_at__isnull=True), name="mailing_not_sent"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "kind", "recipient", "occasion"], name="mailing_once"
            ),
            models.CheckConstraint(
                name="mailing_known_kind", condition=Q(kind__in=MailKind.values)
            ),
            models.CheckConstraint(
                name="mailing_sent_after_a_try",
                condition=Q(sent_at__isnull=True) | Q(tries__gt=0, is_under_way=False, error=""),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} · {self.recipient}"
