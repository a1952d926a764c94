from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import Centre
from sessions.models.person import Person


class PupilQuerySet(models.QuerySet):
    def for_member(self, user, *roles):
        return self.filter(centre__in=Centre.objects.for_member(user, *roles))


class Pupil(Person):
    """A pupil of a school's register, imported once; enrolling copies the entry to a session.

    `external_id` is the INE, under which a pupil is found again when it is known.
    """

    centre = models.ForeignKey(Centre, models.CASCADE, related_name="pupils")

    objects = PupilQuerySet.as_manager()

    class Meta(Person.Meta):
        abstract = False
        verbose_name = _("élève")
        verbose_name_plural = _("élèves")
        indexes = [models.Index(fields=["centre", "school_class"], name="pupil_by_class")]
        constraints = [
            *Person.Meta.constraints,
            models.UniqueConstraint(
                fields=["centre", "external_id"],
                condition=~Q(external_id=""),
                name="pupil_external_id_unique_in_centre",
            ),
            models.UniqueConstraint(
                fields=["centre", "identity_key"],
                condition=Q(external_id=""),
                name="pupil_identity_unique_in_centre_without_external_id",
            ),
        ]
