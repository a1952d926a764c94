from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from certif.lib.privacy import ERASED_NAME
from certif.lib.text import fold
from sessions.enums import Sex

OF_AGE = 18


class Person(models.Model):
    """Who somebody is: what a candidate of a list and a pupil of a school's register share."""

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

    identity_key = models.CharField(max_length=450, db_index=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["identity_key", "id"]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_known_sex", condition=models.Q(sex__in=["", *Sex.values])
            )
        ]

    def __str__(self):
        return f"{self.birth_name.upper()} {self.first_name}".strip()

    def save(self, *args, **kwargs):
        self.identity_key = identity_key(self.birth_name, self.first_name, self.birth_date)
        super().save(*args, **kwargs)

    @property
    def is_erased(self):
        return (self.birth_name, self.identity_key) == (ERASED_NAME, "")

    @property
    def born(self):
        """The birth date, as it may be told: an erased person has none."""
        return None if self.is_erased else self.birth_date

    def is_minor(self, day):
        born = self.birth_date
        return (day.year - OF_AGE, day.month, day.day) < (born.year, born.month, born.day)


def of_nobody(way=""):
    """`is_erased`, asked of the rows at the end of this way. The name alone may have been typed."""
    return Q(**{f"{way}birth_name": ERASED_NAME, f"{way}identity_key": ""})


def identity_key(birth_name, first_name, birth_date):
    """Under which two entries are the same person (domain.md § 3)."""
    return f"{fold(birth_name)}/{fold(first_name)}/{birth_date.isoformat()}"
