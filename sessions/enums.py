from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionState(models.TextChoices):
    """The label is what an officer reads; `for_centre` is what the centre reads (domain.md § 2)."""

    CREATED = "created", _("Créée")
    FINALISED = "finalised", _("Finalisée")
    IN_REVIEW = "in_review", _("En cours d’examen")
    PUBLISHED = "published", _("Publiée")

    @property
    def for_centre(self):
        return {
            SessionState.CREATED: _("Créée"),
            SessionState.FINALISED: _("Finalisée"),
            SessionState.IN_REVIEW: _("Finalisée"),
            SessionState.PUBLISHED: _("Résultats transmis par Pix"),
        }[self]

    @property
    def next_states(self):
        return NEXT_STATES[self]


NEXT_STATES = {
    SessionState.CREATED: {SessionState.FINALISED},
    SessionState.FINALISED: {
        SessionState.IN_REVIEW,
        SessionState.PUBLISHED,
        SessionState.CREATED,
    },
    SessionState.IN_REVIEW: {SessionState.PUBLISHED, SessionState.CREATED},
    SessionState.PUBLISHED: {SessionState.IN_REVIEW},
}


class Sex(models.TextChoices):
    FEMALE = "F", _("Féminin")
    MALE = "M", _("Masculin")


class ImportKind(models.TextChoices):
    """What a file carries. One key a workbook, on its template and in the URL."""

    CANDIDATES = "candidats", _("liste de candidats")
    REGISTER = "registre", _("registre des élèves")
    SHUTTLE = "navette", _("navette créneaux")
    EQUIPMENT = "materiel", _("matériel certification")


class ImportState(models.TextChoices):
    """Read by somebody at WAITING and READING; `ready` waits for a person's confirmation."""

    WAITING = "waiting", _("en attente")
    READING = "reading", _("lecture")
    READY = "ready", _("à confirmer")
    REFUSED = "refused", _("à corriger")
    APPLYING = "applying", _("enregistrement")
    DONE = "done", _("importé")


class PrintState(models.TextChoices):
    WAITING = "waiting", _("en attente")
    DRAWING = "drawing", _("en cours")
    DONE = "done", _("prête")
    FAILED = "failed", _("interrompue")
