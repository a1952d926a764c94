import re
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce, Least
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import Centre
from certif.audit.models import AuditEvent
from certif.lib.compiled import Changed, Mark
from certif.lib.counts import number_of
from certif.lib.text import fold
from certif.lib.wallclock import to_instant
from sessions.enums import SessionState

TEST_DURATION = timedelta(minutes=105)
FINALISE_WITHIN = timedelta(hours=48)
CANDIDATES_PER_INVIGILATOR = 20
WIPED = "-"  # the beginning of a secret that is erased
BETWEEN_NAMES = re.compile(r"[,;\s]\s*et\s|[,;\n]", re.IGNORECASE)
# What was seen in a room, or sent of it: in the audit, whatever became since of whom it was about.
EVIDENCE = ["presence.present", "note.written", "report.written", "document.added"]


def _known(secret):
    """Empty once its time is over (sessions/privacy.py)."""
    return "" if secret.startswith(WIPED) else secret


def opened_again(**when):
    """Whether officers opened this session again: its 48 hours were those of the first time, and
    nobody waits for its centre any more."""
    openings = AuditEvent.objects.filter(kind="session.reopened", **when)
    return Exists(openings.filter(session_id=OuterRef("pk")))


def closed_in_time():
    """Whether this session was closed within its 48 hours, whatever officers did of it since."""
    closings = AuditEvent.objects.filter(kind__in=["session.finalised", "session.not_held"])
    limit = OuterRef("ends_at") + FINALISE_WITHIN
    return Exists(closings.filter(session_id=OuterRef("pk"), at__lte=limit))


class ExamSessionQuerySet(models.QuerySet):
    def for_member(self, user, *roles):
        """Sessions of the centres where this user holds an active membership."""
        return self.filter(centre__in=Centre.objects.for_member(user, *roles))

    def for_invigilator(self, user):
        """Sessions this user joined with the session password and has not left."""
        # One filter() call: the conditions must bear on the same access, of which one is open.
        return self.filter(accesses__user=user, accesses__ended_at__isnull=True)

    def watched_no_more(self, limit):
        """Started or finalised, and over since before this instant: not those that wait for a later day,
        nor those that officers opened again since."""
        began = ~Q(state=SessionState.CREATED) | Q(first_started_at__lt=limit)
        return self.filter(began, ~Q(opened_again(at__gte=limit)), ends_at__lt=limit)

    def for_candidate(self, user):
        return self.filter(candidates__user=user)

    def locked(self):
        """Take the session's row. `no_key`: adding a candidate does not wait for it."""
        return self.select_for_update(of=("self",), no_key=True)

    def moved(self, pk):
        """Take the row of an open session and count one more version, in one round trip.

        None once it is finalised. For a change that is certain, or whose transaction is then undone.
        """
        return next(iter(MOVED.ask(session=pk)), None)

    def started_once_more(self, pk, now):
        """As `moved`, with one more test started."""
        return next(iter(STARTED.ask(session=pk, now=now)), None)

    def with_counts(self):
        """`candidate_count` beside each session; `started_count` is a column.

        And `was_opened_again`, `was_closed_in_time`, of those whose 48 hours are looked at.
        """
        candidates = self.model.candidates.rel.related_model.objects.filter(session=OuterRef("pk"))
        looked_at = Q(state=SessionState.CREATED, ends_at__lte=timezone.now()) | Q(
            finalised_at__gt=F("ends_at") + FINALISE_WITHIN
        )
        return self.annotate(
            candidate_count=number_of(candidates, "session"),
            was_opened_again=Case(When(looked_at, then=opened_again()), default=False),
            was_closed_in_time=Case(When(looked_at, then=closed_in_time()), default=False),
        )


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
    search_key = models.CharField(max_length=800, default="", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )
    # Written by the apps above, under the session's lock: this one must know, and cannot ask.
    code_given_at = models.DateTimeField(null=True, editable=False)
    code_given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False
    )
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
                name="examsession_code_given_with_date_and_author",
                condition=Q(code_given_at__isnull=True, code_given_by__isnull=True)
                | Q(code_given_at__isnull=False, code_given_by__isnull=False),
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

    def save(self, *args, **kwargs):
        self.search_key = search_key(self.site, self.room, self.invigilators)
        super().save(*args, **kwargs)

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
    def known_password(self):
        return _known(self.password)

    @property
    def known_access_code(self):
        return _known(self.access_code)

    @property
    def is_under_review(self):
        """Finalised, and its results not given: officers may still decide."""
        return self.state in {SessionState.FINALISED, SessionState.IN_REVIEW}

    @property
    def is_published(self):
        return self.state == SessionState.PUBLISHED

    @property
    def is_running(self):
        """A fact, not a state: at least one test started, not finalised (domain.md § 2)."""
        return self.is_open and self.first_started_at is not None

    @property
    def state_for_centre(self):
        if self.is_running:
            return _("En cours")
        return SessionState(self.state).for_centre

    @property
    def finalise_before(self):
        return self.ends_at + FINALISE_WITHIN

    @cached_property
    def was_opened_again(self):
        return ExamSession.objects.filter(opened_again(), pk=self.pk).exists()

    @cached_property
    def was_closed_in_time(self):
        return ExamSession.objects.filter(closed_in_time(), pk=self.pk).exists()

    @cached_property
    def has_evidence(self):
        return AuditEvent.objects.filter(session_id=self.pk, kind__in=EVIDENCE).exists()

    @property
    def is_late(self):
        """Judged by the first time that it was closed."""
        is_over = (self.finalised_at or timezone.now()) > self.finalise_before
        return is_over and not self.was_closed_in_time

    @property
    def is_today(self):
        return timezone.now().astimezone(self.zone).date() == self.date

    @property
    def ends_next_day(self):
        return self.ends_at.astimezone(self.zone).date() > self.date

    @property
    def place(self):
        """Centre, site and room, without the words said twice."""
        centre, site = fold(self.centre.name), fold(self.site)
        said = [self.site] if centre in site else [self.centre.name]
        if not (centre in site or site in centre):
            said.append(self.site)
        return ", ".join([*said, self.room])

    @property
    def invigilator_names(self):
        """The free text split on `,` `;` newline and « et »; at least one."""
        names = map(str.strip, BETWEEN_NAMES.split(self.invigilators))
        return [name for name in names if name] or [self.invigilators]

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

    def mark_changed(self):
        """Who read it before has to read it again. Call under the session's lock."""
        self.version += 1
        self.save(update_fields=["version"])


def _open(session):
    """What a change asks of its session; the rest is read when it is asked for."""
    asked = ("centre", "state", "date", "time_zone", "version", "access_code")
    return ExamSession.objects.filter(pk=session, state=SessionState.CREATED).only(*asked)


def _begun(session, now):
    # Two may press before the first of them has the row.
    now = Value(now, models.DateTimeField())
    return _open(session).alias(begun_at=Least(Coalesce("first_started_at", now), now))


ONE_MORE = {"version": F("version") + 1}
MOVED = Changed(_open, sets=ONE_MORE, session=Mark.whole)
STARTED = Changed(
    _begun,
    sets={
        **ONE_MORE,
        "started_count": F("started_count") + 1,
        "first_started_at": F("begun_at"),
    },
    session=Mark.whole,
    now=Mark.instant,
)


def search_key(*texts):
    """What a search looks into: each text folded, apart from the next."""
    return "/".join(map(fold, texts))
