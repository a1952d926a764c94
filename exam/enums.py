from django.db import models
from django.utils.translation import gettext_lazy as _

# The 16 competences of the public CRCN framework (annex of the decree of 30 August 2019), 5 areas.
AREAS = {
    "1": _("Information et données"),
    "2": _("Communication et collaboration"),
    "3": _("Création de contenu"),
    "4": _("Protection et sécurité"),
    "5": _("Environnement numérique"),
}


class Competence(models.TextChoices):
    SEARCH = "1.1", _("Mener une recherche et une veille d’information")
    DATA = "1.2", _("Gérer des données")
    PROCESSING = "1.3", _("Traiter des données")
    INTERACTING = "2.1", _("Interagir")
    SHARING = "2.2", _("Partager et publier")
    COLLABORATING = "2.3", _("Collaborer")
    DIGITAL_WORLD = "2.4", _("S’insérer dans le monde numérique")
    TEXT = "3.1", _("Développer des documents textuels")
    MULTIMEDIA = "3.2", _("Développer des documents multimédia")
    ADAPTING = "3.3", _("Adapter les documents à leur finalité")
    PROGRAMMING = "3.4", _("Programmer")
    SECURITY = "4.1", _("Sécuriser l’environnement numérique")
    PRIVACY = "4.2", _("Protéger les données personnelles et la vie privée")
    HEALTH = "4.3", _("Protéger la santé, le bien-être et l’environnement")
    TROUBLESHOOTING = "5.1", _("Résoudre des problèmes techniques")
    EVOLVING = "5.2", _("Évoluer dans un environnement numérique")


class QuestionKind(models.TextChoices):
    SINGLE = "single", _("choix unique")
    MULTIPLE = "multiple", _("choix multiples")
    TEXT = "text", _("texte court")
    NUMBER = "number", _("nombre")


class AttemptState(models.TextChoices):
    PREPARED = "prepared", _("pas commencé")
    RUNNING = "running", _("en cours")
    FINISHED = "finished", _("terminé")
    ENDED = "ended", _("terminé par le surveillant")
    CLOSED = "closed", _("terminé à la finalisation")

    @property
    def is_over(self):
        return self in {AttemptState.FINISHED, AttemptState.ENDED, AttemptState.CLOSED}


class Right(models.TextChoices):
    """The right to enter: single use, consumed in the transaction that opens the test."""

    NONE = "", _("aucun")
    START = "start", _("commencer")
    RESUME = "resume", _("reprendre")


class Outcome(models.TextChoices):
    RIGHT = "right", _("juste")
    WRONG = "wrong", _("fausse")
    PASSED = "passed", _("passée")
    UNANSWERED = "unanswered", _("sans réponse")


class GrantReason(models.TextChoices):
    """Why minutes were added: always added to those before, never instead of them."""

    GAP = "gap", _("coupure ou attente")
    PROBLEM = "problem", _("problème sur une question")
    ROOM = "room", _("incident dans la salle")
    # Of the first versions: nobody may give it any more (exam.actions.granting.REASONS).
    EXTRA_TIME = "extra_time", _("temps majoré oublié")
    OTHER = "other", _("autre raison")


class ProblemState(models.TextChoices):
    """What became of a question that a candidate could not answer as it was."""

    PENDING = "pending", _("en attente")
    ACCEPTED = "accepted", _("accepté")
    REJECTED = "rejected", _("écarté")
    WITHDRAWN = "withdrawn", _("retiré par le candidat")
    DROPPED = "dropped", _("resté sans réponse")


class ResumeState(models.TextChoices):
    PENDING = "pending", _("en attente")
    GRANTED = "granted", _("autorisée")
    REFUSED = "refused", _("refusée")
    USED = "used", _("utilisée")
    LAPSED = "lapsed", _("sans suite")
