from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from certif.lib.typography import de
from exam.clock import deadline
from exam.enums import (
    AttemptState,
    Competence,
    GrantReason,
    Outcome,
    ProblemState,
    QuestionKind,
    ResumeState,
    Right,
)
from sessions.models import Candidate

QUESTIONS_PER_COMPETENCE = 3
RESUME_RIGHT_LASTS = timedelta(minutes=15)
SILENT_AFTER = timedelta(seconds=45)
FIRST_CERTIFICATION_NUMBER = 100_000
PROBLEM_TEXT_MAX_LENGTH = 500
PROBLEM_WORD_MAX_LENGTH = 200


class Question(models.Model):
    """One question of the bank, kept by Pix officers."""

    key = models.CharField(_("référence"), max_length=20, unique=True)
    competence = models.CharField(_("compétence"), max_length=3, choices=Competence)
    kind = models.CharField(_("forme"), max_length=10, choices=QuestionKind)
    statement = models.TextField(_("énoncé"), max_length=2000)
    choices = models.JSONField(_("propositions"), default=list, blank=True)
    answers = models.JSONField(
        _("réponses justes"),
        help_text=_("rangs des bonnes propositions (à partir de 0), ou textes acceptés"),
    )
    image = models.FileField(_("image"), upload_to="questions/", blank=True)
    image_alt = models.TextField(_("texte de remplacement de l’image"), blank=True)
    attachment = models.FileField(_("fichier à télécharger"), upload_to="questions/", blank=True)
    link = models.CharField(_("site à visiter"), max_length=300, blank=True)
    time_limit = models.PositiveSmallIntegerField(_("temps limité (s)"), null=True, blank=True)
    is_active = models.BooleanField(_("utilisée"), default=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                name="question_known_competence", condition=Q(competence__in=Competence.values)
            ),
            models.CheckConstraint(
                name="question_known_kind", condition=Q(kind__in=QuestionKind.values)
            ),
            models.CheckConstraint(
                name="question_image_with_alternative",
                condition=Q(image="") | ~Q(image_alt=""),
                violation_error_message=_("Une image demande un texte de remplacement."),
            ),
        ]

    def __str__(self):
        return f"{self.key} · {Truncator(self.statement).chars(60)}"

    @property
    def is_choice(self):
        return self.kind in {QuestionKind.SINGLE, QuestionKind.MULTIPLE}


class AttemptQuerySet(models.QuerySet):
    def for_member(self, user, *roles):
        return self.filter(candidate__in=Candidate.objects.for_member(user, *roles))

    def for_candidate(self, user):
        return self.filter(candidate__user=user)

    def started(self):
        return self.exclude(state=AttemptState.PREPARED)


class Attempt(models.Model):
    """A candidate's one test: prepared when he is ticked present, opened when he starts."""

    candidate = models.OneToOneField(Candidate, models.CASCADE, related_name="attempt")
    state = models.CharField(
        max_length=10, choices=AttemptState, default=AttemptState.PREPARED, editable=False
    )
    question_ids = models.JSONField(_("questions tirées"), default=list, editable=False)
    right = models.CharField(max_length=6, choices=Right, default=Right.NONE, blank=True)
    right_granted_at = models.DateTimeField(null=True, editable=False)
    right_granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    # When his last request to resume was answered, if it was refused.
    resume_refused_at = models.DateTimeField(null=True, editable=False)
    # When he sent the request that was authorised last; none: nobody had asked.
    resume_asked_at = models.DateTimeField(null=True, editable=False)
    certification_number = models.BigIntegerField(null=True, unique=True, editable=False)
    consent_version = models.CharField(max_length=20, blank=True, editable=False)
    started_at = models.DateTimeField(null=True, editable=False)
    seat_key = models.CharField(
        max_length=40, blank=True, editable=False, help_text="the browser that holds the test"
    )
    answered_count = models.PositiveSmallIntegerField(default=0, editable=False)
    granted_minutes = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="the sum of its TimeGrant rows"
    )
    # When the candidate began the current question; of one without a limit it says nothing.
    question_shown_at = models.DateTimeField(null=True, editable=False)
    silent_since = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    end_screen_shown_at = models.DateTimeField(null=True, editable=False)
    end_screen_seen_at = models.DateTimeField(null=True, editable=False)
    end_screen_seen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )

    objects = AttemptQuerySet.as_manager()

    class Meta:
        verbose_name = _("test")
        verbose_name_plural = _("tests")
        constraints = [
            models.CheckConstraint(
                name="attempt_known_state", condition=Q(state__in=AttemptState.values)
            ),
            models.CheckConstraint(name="attempt_known_right", condition=Q(right__in=Right.values)),
            models.CheckConstraint(
                name="attempt_started_with_number_and_seat",
                condition=Q(
                    state=AttemptState.PREPARED,
                    started_at__isnull=True,
                    certification_number__isnull=True,
                )
                | Q(
                    ~Q(state=AttemptState.PREPARED),
                    started_at__isnull=False,
                    certification_number__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="attempt_over_with_date",
                condition=Q(
                    state__in=[AttemptState.PREPARED, AttemptState.RUNNING], ended_at__isnull=True
                )
                | Q(
                    state__in=[AttemptState.FINISHED, AttemptState.ENDED, AttemptState.CLOSED],
                    ended_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="attempt_ended_by_somebody",
                condition=~Q(state=AttemptState.ENDED) | Q(ended_by__isnull=False),
            ),
            models.CheckConstraint(
                name="attempt_end_screen_only_when_finished",
                condition=Q(end_screen_shown_at__isnull=True) | Q(state=AttemptState.FINISHED),
            ),
            models.CheckConstraint(
                name="attempt_end_screen_seen_with_date_and_author",
                condition=Q(end_screen_seen_at__isnull=True, end_screen_seen_by__isnull=True)
                | Q(end_screen_seen_at__isnull=False, end_screen_seen_by__isnull=False),
            ),
            models.CheckConstraint(
                name="attempt_right_with_date_and_author",
                condition=Q(right=Right.NONE)
                | Q(right_granted_at__isnull=False, right_granted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="attempt_right_fits_state",
                condition=Q(right=Right.NONE)
                | Q(right=Right.START, state=AttemptState.PREPARED)
                | Q(right=Right.RESUME, state=AttemptState.RUNNING),
            ),
        ]

    def __str__(self):
        return f"test {de(self.candidate)}"

    @property
    def is_running(self):
        return self.state == AttemptState.RUNNING

    @property
    def is_over(self):
        return AttemptState(self.state).is_over

    @property
    def question_count(self):
        return len(self.question_ids)

    @property
    def current_number(self):
        """The number of the question on screen, from 1; past the last one when all are answered."""
        return self.answered_count + 1

    @property
    def is_complete(self):
        return self.answered_count >= self.question_count

    @property
    def deadline(self):
        """Needs `candidate`."""
        return deadline(self.started_at, self.candidate.extra_time_percent, self.granted_minutes)

    def may_resume(self, at):
        return self.right == Right.RESUME and at <= self.right_granted_at + RESUME_RIGHT_LASTS

    def unfinished(self):
        """Started, and no end screen reached: the finalisation asks for a reason."""
        return self.state != AttemptState.PREPARED and not (
            self.state == AttemptState.FINISHED or self.is_complete
        )


class Answer(models.Model):
    """What a candidate did with one question. Unique: an answer acknowledged is never replaced."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="answers")
    number = models.PositiveSmallIntegerField(_("n°"))
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    value = models.JSONField(_("réponse"), null=True)
    outcome = models.CharField(_("résultat"), max_length=10, choices=Outcome)
    answered_at = models.DateTimeField(_("le"), default=timezone.now)
    neutralised_at = models.DateTimeField(null=True)
    neutralised_why = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("réponse")
        verbose_name_plural = _("réponses")
        ordering = ["attempt", "number"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "number"], name="answer_once_per_number"),
            models.UniqueConstraint(
                fields=["attempt", "question"], name="answer_once_per_question"
            ),
            models.CheckConstraint(
                name="answer_known_outcome", condition=Q(outcome__in=Outcome.values)
            ),
            models.CheckConstraint(
                name="answer_neutralised_with_reason",
                condition=Q(neutralised_at__isnull=True, neutralised_why="")
                | Q(neutralised_at__isnull=False) & ~Q(neutralised_why=""),
            ),
        ]

    def __str__(self):
        return f"Q{self.number} · {self.get_outcome_display()}"


class Beat(models.Model):
    """The last sign of life of a candidate's page. Narrow, written often, bumps nothing."""

    attempt = models.OneToOneField(Attempt, models.CASCADE, primary_key=True, related_name="beat")
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = _("signe de vie")
        verbose_name_plural = _("signes de vie")

    def __str__(self):
        return f"{self.attempt_id} · {self.last_seen_at}"


class ResumeRequest(models.Model):
    """A candidate who comes back on another browser asks; the invigilator answers."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="resume_requests")
    state = models.CharField(max_length=8, choices=ResumeState, default=ResumeState.PENDING)
    asked_at = models.DateTimeField(default=timezone.now)
    gap_seconds = models.PositiveIntegerField(help_text="since the last sign of life")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )

    class Meta:
        verbose_name = _("demande de reprise")
        verbose_name_plural = _("demandes de reprise")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(state=ResumeState.PENDING),
                name="resume_one_pending_per_attempt",
            ),
            models.CheckConstraint(
                name="resume_known_state", condition=Q(state__in=ResumeState.values)
            ),
        ]

    def __str__(self):
        return f"{self.attempt} · {self.get_state_display()}"


class TimeGrant(models.Model):
    """Minutes added to one test: a ledger. `Attempt.granted_minutes` is its sum, under the same lock."""

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="grants")
    minutes = models.PositiveSmallIntegerField(_("minutes"))
    reason = models.CharField(_("raison"), max_length=10, choices=GrantReason)
    detail = models.CharField(_("précision"), max_length=200, blank=True)
    granted_at = models.DateTimeField(_("le"), default=timezone.now)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("temps ajouté")
        verbose_name_plural = _("temps ajoutés")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="timegrant_known_reason", condition=Q(reason__in=GrantReason.values)
            ),
            models.CheckConstraint(
                name="timegrant_one_to_120_minutes", condition=Q(minutes__range=(1, 120))
            ),
        ]

    def __str__(self):
        return f"+ {self.minutes} min · {self.attempt}"


class QuestionProblemQuerySet(models.QuerySet):
    def pending(self):
        return self.filter(state=ProblemState.PENDING)

    def unanswered(self):
        return self.filter(state__in=[ProblemState.PENDING, ProblemState.DROPPED])


class QuestionProblem(models.Model):
    """« Signaler un problème »: the question waits for the invigilator's answer (domain.md § 4).

    `replaced_by`: the spare question that took the same number; none left: the report stands.
    """

    attempt = models.ForeignKey(Attempt, models.CASCADE, related_name="problems")
    number = models.PositiveSmallIntegerField(_("n°"))
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    text = models.CharField(_("ce qui se passe"), max_length=PROBLEM_TEXT_MAX_LENGTH)
    state = models.CharField(max_length=9, choices=ProblemState, default=ProblemState.PENDING)
    raised_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True
    )
    word = models.CharField(_("mot au candidat"), max_length=PROBLEM_WORD_MAX_LENGTH, blank=True)
    replaced_by = models.ForeignKey(Question, models.PROTECT, related_name="+", null=True)

    objects = QuestionProblemQuerySet.as_manager()

    class Meta:
        verbose_name = _("problème signalé")
        verbose_name_plural = _("problèmes signalés")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="problem_known_state", condition=Q(state__in=ProblemState.values)
            ),
            models.UniqueConstraint(
                fields=["attempt"],
                condition=Q(state=ProblemState.PENDING),
                name="problem_one_pending_per_attempt",
            ),
            models.CheckConstraint(
                name="problem_decided_with_date_and_author",
                condition=Q(
                    state=ProblemState.PENDING, decided_at__isnull=True, decided_by__isnull=True
                )
                | Q(
                    ~Q(state=ProblemState.PENDING),
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="problem_replaced_only_when_accepted",
                condition=Q(replaced_by__isnull=True) | Q(state=ProblemState.ACCEPTED),
            ),
        ]

    def __str__(self):
        return f"Q{self.number} · {self.get_state_display()}"

    @property
    def is_pending(self):
        return self.state == ProblemState.PENDING
