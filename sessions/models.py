from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import Centre
from certif.lib.text import fold
from certif.lib.wallclock import to_instant
from sessions.enums import SessionState, Sex

TEST_DURATION = timedelta(minutes=105)
FINALISE_WITHIN = timedelta(hours=48)
CANDIDATES_PER_INVIGILATOR = 20


class ExamSessionQuerySet(models.QuerySet):
    def for_member(self, user, *roles):
        """Sessions of the centres where this user holds an active membership."""
        return self.filter(centre__in=Centre.objects.for_member(user, *roles))

    def for_invigilator(self, user):
        """Sessions this user joined with the session password and has not left."""
        accesses = InvigilatorAccess.objects.filter(
            session=OuterRef("pk"), user=user, ended_at__isnull=True
        )
        return self.filter(Exists(accesses))

    def for_candidate(self, user):
        return self.filter(candidates__user=user)

    def locked(self):
        """Take the session's row. `no_key`: adding a candidate does not wait for it."""
        return self.select_for_update(of=("self",), no_key=True)

    def with_counts(self):
        """`candidate_count` beside each session; `started_count` is a column."""
        counted = (
            Candidate.objects.filter(session=OuterRef("pk"))
            .order_by()
            .values("session")
            .annotate(n=models.Count("pk"))
            .values("n")
        )
        return self.annotate(candidate_count=models.functions.Coalesce(models.Subquery(counted), 0))


class ExamSession(models.Model):
    """An exam session, in a room, on a day. Its number is its primary key: people dictate it."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="sessions")
    site = models.CharField(_("nom du site"), max_length=150)
    room = models.CharField(_("salle"), max_length=100)
    date = models.DateField(_("date"))
    start_time = models.TimeField(_("heure de début"))
    end_time = models.TimeField(_("heure de fin"), null=True, blank=True)
    time_zone = models.CharField(_("fuseau horaire"), max_length=50, editable=False)
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(editable=False)
    invigilators = models.CharField(_("surveillant(s)"), max_length=500)
    observations = models.TextField(_("observations"), blank=True, max_length=1000)
    password = models.CharField(_("mot de passe de la session"), max_length=12, editable=False)
    access_code = models.CharField(_("code d’accès"), max_length=12, editable=False)

    state = models.CharField(
        max_length=10, choices=SessionState, default=SessionState.CREATED, editable=False
    )
    version = models.BigIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    # Written by the apps above, under the session's lock: this one must know, and cannot ask.
    first_started_at = models.DateTimeField(null=True, editable=False)
    started_count = models.PositiveIntegerField(default=0, editable=False)
    finalised_at = models.DateTimeField(null=True, editable=False)
    finalised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )

    objects = ExamSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["-starts_at", "-id"]
        indexes = [models.Index(fields=["centre", "state", "starts_at"], name="session_by_centre")]
        constraints = [
            models.CheckConstraint(
                name="examsession_known_state", condition=Q(state__in=SessionState.values)
            ),
            models.CheckConstraint(
                name="examsession_finalised_with_date_and_author",
                condition=Q(
                    state=SessionState.CREATED,
                    finalised_at__isnull=True,
                    finalised_by__isnull=True,
                )
                | Q(
                    ~Q(state=SessionState.CREATED),
                    finalised_at__isnull=False,
                    finalised_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="examsession_published_with_date_and_author",
                condition=Q(
                    state=SessionState.PUBLISHED,
                    published_at__isnull=False,
                    published_by__isnull=False,
                )
                | Q(
                    ~Q(state=SessionState.PUBLISHED),
                    published_at__isnull=True,
                    published_by__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="examsession_started_with_count",
                condition=Q(first_started_at__isnull=True, started_count=0)
                | Q(first_started_at__isnull=False, started_count__gt=0),
            ),
            models.CheckConstraint(
                name="examsession_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.UniqueConstraint(
                fields=["centre", "access_code"],
                condition=Q(state=SessionState.CREATED),
                name="examsession_open_access_code_unique_in_centre",
            ),
        ]

    def __str__(self):
        return f"Session {self.pk}"

    def get_absolute_url(self):
        return reverse("sessions:session_detail", args=[self.pk])

    def set_schedule(self, date, start_time, end_time):
        """Wall clock, zone and instants move together.

        Raises NonexistentTime, AmbiguousTime; ValueError when the end is not after the start.
        """
        self.date, self.start_time, self.end_time = date, start_time, end_time
        self.time_zone = self.centre.time_zone
        self.starts_at = to_instant(date, start_time, self.time_zone)
        if end_time is None:
            self.ends_at = self.starts_at + TEST_DURATION
        else:
            self.ends_at = to_instant(date, end_time, self.time_zone)
        if self.ends_at <= self.starts_at:
            raise ValueError("ends before it starts")

    @property
    def zone(self):
        return ZoneInfo(self.time_zone)

    @property
    def is_open(self):
        return self.state == SessionState.CREATED

    @property
    def is_running(self):
        """A fact, not a state: at least one test started, not finalised (domain.md § 2)."""
        return self.is_open and self.first_started_at is not None

    @property
    def state_for_centre(self):
        if self.is_running:
            return _("Test commencé")
        return SessionState(self.state).for_centre

    @property
    def finalise_before(self):
        return self.ends_at + FINALISE_WITHIN

    @property
    def is_late(self):
        return (self.finalised_at or timezone.now()) > self.finalise_before

    @property
    def is_today(self):
        return timezone.now().astimezone(self.zone).date() == self.date

    @property
    def invigilator_names(self):
        """The free text split on `,` `;` newline and « et »; at least one."""
        text = self.invigilators.replace(";", ",").replace("\n", ",").replace(" et ", ",")
        return [name.strip() for name in text.split(",") if name.strip()] or [self.invigilators]

    def move_to(self, target, *, by, at):
        """Change the state and its dates and authors together. Call under the session's lock."""
        current = SessionState(self.state)
        if target not in current.next_states:
            raise ValueError(f"{current} → {target}")
        self.state = target
        if target == SessionState.FINALISED:
            self.finalised_at, self.finalised_by = at, by
        if target == SessionState.CREATED:
            self.finalised_at = self.finalised_by = None
        if target == SessionState.PUBLISHED:
            self.published_at, self.published_by = at, by
        else:
            self.published_at = self.published_by = None
        self.version += 1
        self.save(
            update_fields=[
                "state",
                "finalised_at",
                "finalised_by",
                "published_at",
                "published_by",
                "version",
            ]
        )


class CandidateQuerySet(models.QuerySet):
    def for_member(self, user, *roles):
        return self.filter(session__centre__in=Centre.objects.for_member(user, *roles))

    def for_invigilator(self, user):
        return self.filter(session__in=ExamSession.objects.for_invigilator(user))

    def for_candidate(self, user):
        return self.filter(user=user)


class Candidate(models.Model):
    """One row of the candidate list. Presence is a fact here; the right to enter is elsewhere."""

    session = models.ForeignKey(ExamSession, models.CASCADE, related_name="candidates")
    birth_name = models.CharField(_("nom de naissance"), max_length=100)
    first_name = models.CharField(_("prénom"), max_length=100)
    sex = models.CharField(_("sexe"), max_length=1, choices=Sex, blank=True)
    birth_date = models.DateField(_("date de naissance"))
    birth_city = models.CharField(_("commune de naissance"), max_length=100, blank=True)
    birth_postcode = models.CharField(_("code postal de naissance"), max_length=10, blank=True)
    birth_insee_code = models.CharField(_("code INSEE de naissance"), max_length=5, blank=True)
    birth_country = models.CharField(_("pays de naissance"), max_length=100, blank=True)
    convocation_email = models.EmailField(_("e-mail de convocation"), blank=True)
    results_email = models.EmailField(_("e-mail du destinataire des résultats"), blank=True)
    external_id = models.CharField(_("identifiant externe"), max_length=60, blank=True)
    school_class = models.CharField(_("classe"), max_length=40, blank=True)
    extra_time_percent = models.PositiveSmallIntegerField(
        _("temps majoré"), default=0, validators=[MaxValueValidator(100)]
    )
    accessibility_need = models.CharField(_("besoin d’accessibilité"), max_length=300, blank=True)

    identity_key = models.CharField(max_length=450, db_index=True, editable=False)
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

    class Meta:
        verbose_name = _("candidat")
        verbose_name_plural = _("candidats")
        ordering = ["identity_key", "id"]
        indexes = [models.Index(fields=["session", "row_version"], name="candidate_row_version")]
        constraints = [
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

    def __str__(self):
        return f"{self.birth_name.upper()} {self.first_name}"

    def save(self, *args, **kwargs):
        self.identity_key = identity_key(self.birth_name, self.first_name, self.birth_date)
        super().save(*args, **kwargs)

    @property
    def has_joined(self):
        return self.user_id is not None

    @property
    def has_started(self):
        return self.test_started_at is not None


def identity_key(birth_name, first_name, birth_date):
    """Under which two entries are the same person (domain.md § 3)."""
    return f"{fold(birth_name)}/{fold(first_name)}/{birth_date.isoformat()}"


class InvigilatorAccessQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ended_at__isnull=True)

    def end_all(self, session):
        return self.open().filter(session=session).update(ended_at=timezone.now())


class InvigilatorAccess(models.Model):
    """An account that gave the session password. Ended: by leaving, revocation, a new password."""

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
