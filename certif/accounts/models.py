import zoneinfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.lib.privacy import ERASED_NAME

# In place of the address of an account that was erased: `.invalid` reaches nobody.
ERASED_ADDRESS = "{}@personne-effacee.invalid"


class UserManager(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email):
        return self.get(email=email.lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Anyone with an account. What they may do comes from memberships, accesses and candidates."""

    email = models.EmailField(_("adresse e-mail"), unique=True)
    first_name = models.CharField(_("prénom"), max_length=100, blank=True)
    last_name = models.CharField(_("nom"), max_length=100, blank=True)
    is_staff = models.BooleanField(_("équipe Pix"), default=False)
    is_active = models.BooleanField(_("actif"), default=True)
    date_joined = models.DateTimeField(_("inscrit le"), default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("compte")
        verbose_name_plural = _("comptes")
        constraints = [
            models.CheckConstraint(
                name="user_email_lower_case", condition=Q(email=models.functions.Lower("email"))
            )
        ]

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        self.email = self.email.lower()

    @property
    def name(self):
        """How the person is named on screen and in the audit: « Prénom NOM », else the e-mail."""
        full = f"{self.first_name} {self.last_name.upper()}".strip()
        return full or (ERASED_NAME if self.is_erased else self.email)

    @property
    def is_erased(self):
        return self.email == ERASED_ADDRESS.format(self.pk)

    def get_full_name(self):
        return self.name

    def get_short_name(self):
        return self.first_name or self.email


class CentreKind(models.TextChoices):
    SCO = "SCO", _("établissement scolaire")
    SUP = "SUP", _("enseignement supérieur")
    PRO = "PRO", _("professionnel")


def validate_time_zone(value):
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            _("« %(zone)s » n’est pas un fuseau horaire connu."), params={"zone": value}
        )


class CentreQuerySet(models.QuerySet):
    def for_member(self, user, *roles):
        """Centres where this user holds an active membership (with one of these roles)."""
        # One filter() call: the conditions must bear on the same membership row.
        return self.filter(
            memberships__user=user,
            memberships__is_active=True,
            memberships__role__in=roles or Role.values,
        )

    def locked(self):
        return self.select_for_update(of=("self",), no_key=True)


class Centre(models.Model):
    name = models.CharField(_("nom"), max_length=150)
    kind = models.CharField(_("type"), max_length=3, choices=CentreKind, default=CentreKind.SCO)
    external_id = models.CharField(_("identifiant externe (UAI)"), max_length=40, blank=True)
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    postcode = models.CharField(_("code postal"), max_length=10, blank=True)
    city = models.CharField(_("ville"), max_length=100, blank=True)
    time_zone = models.CharField(
        _("fuseau horaire"), max_length=50, default="Europe/Paris", validators=[validate_time_zone]
    )

    objects = CentreQuerySet.as_manager()

    class Meta:
        verbose_name = _("centre")
        verbose_name_plural = _("centres")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                name="centre_known_kind", condition=Q(kind__in=CentreKind.values)
            )
        ]

    def __str__(self):
        return self.name


class Role(models.TextChoices):
    MANAGER = "manager", _("administrateur")
    MEMBER = "member", _("membre")


class Membership(models.Model):
    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="memberships")
    role = models.CharField(_("rôle"), max_length=10, choices=Role, default=Role.MEMBER)
    is_active = models.BooleanField(_("actif"), default=True)
    created_at = models.DateTimeField(_("depuis le"), default=timezone.now)

    class Meta:
        verbose_name = _("rattachement")
        verbose_name_plural = _("rattachements")
        constraints = [
            models.UniqueConstraint(fields=["user", "centre"], name="membership_once_per_centre"),
            models.CheckConstraint(name="membership_known_role", condition=Q(role__in=Role.values)),
        ]

    def __str__(self):
        return f"{self.user} · {self.centre}"


class InvitationQuerySet(models.QuerySet):
    def open(self):
        """Neither accepted nor withdrawn. An expired one is open: it can be sent again."""
        return self.filter(accepted_at=None, withdrawn_at=None)


class Invitation(models.Model):
    """A place in a centre, offered to the one account of an address. Its token is never stored."""

    centre = models.ForeignKey(Centre, models.PROTECT, related_name="invitations")
    email = models.EmailField(_("adresse e-mail"))
    role = models.CharField(_("rôle"), max_length=10, choices=Role, default=Role.MEMBER)
    seed = models.UUIDField(_("graine"))
    token_hash = models.CharField(_("empreinte du jeton"), max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="sent_invitations")
    created_at = models.DateTimeField(_("envoyée le"), default=timezone.now)
    expires_at = models.DateTimeField(_("expire le"))
    accepted_at = models.DateTimeField(_("acceptée le"), null=True)
    accepted_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="accepted_invitations"
    )
    withdrawn_at = models.DateTimeField(_("retirée le"), null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(
                fields=["centre", "email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="invitation_one_open_per_address",
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_accepted_or_withdrawn",
                condition=Q(accepted_at=None) | Q(withdrawn_at=None),
            ),
            models.CheckConstraint(name="invitation_known_role", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="invitation_email_lower_case",
                condition=Q(email=models.functions.Lower("email")),
            ),
        ]

    def __str__(self):
        return f"{self.email} · {self.centre}"

    @property
    def is_open(self):
        return self.accepted_at is None and self.withdrawn_at is None

    @property
    def is_expired(self):
        return self.expires_at <= timezone.now()


class SecretTries(models.Model):
    """Failed tries of one account on one secret. Written by certif.accounts.throttle only."""

    key = models.CharField(max_length=120, primary_key=True)
    failures = models.IntegerField()
    last_at = models.BigIntegerField(help_text="epoch, seconds")
    blocked_until = models.BigIntegerField(help_text="epoch, seconds")

    class Meta:
        verbose_name = _("compteur d’essais")
        verbose_name_plural = _("compteurs d’essais")

    def __str__(self):
        return self.key
