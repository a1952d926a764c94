from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from certif.lib.refusals import InvalidInput, Refusal


@dataclass(frozen=True)
class Blocker:
    """One thing that is missing. `anchor` is the id of the place where it is put right."""

    kind: str  # "alive", "reason", "comment", "edited"
    sentence: str
    anchor: str
    candidate_id: int | None = None
    who: str = ""


@dataclass(frozen=True)
class Edited(Blocker):
    """A field that somebody else wrote meanwhile: `theirs` is its value, as the form sends it."""

    theirs: str = ""


class FinalisationBlocked(Refusal):
    """Everything that is missing, at once."""

    def __init__(self, blockers):
        self.blockers = blockers
        super().__init__(" ".join(blocker.sentence for blocker in blockers))


class EditedMeanwhile(FinalisationBlocked):
    """Somebody else wrote in the same places since the page was read (`Edited`): nothing is written."""


class DecidedMeanwhile(Refusal):
    """Of a certification, or of who reviews a session: somebody else's stands since the page was read."""


class ChangedMeanwhile(Refusal):
    message = _(
        "Quelque chose a changé depuis que vous avez ouvert la confirmation. Rien n’a été "
        "finalisé\u00a0: vérifiez, puis validez à nouveau."
    )


class AlreadyFinalised(Refusal):
    pass


class NothingStarted(Refusal):
    message = _(
        "Aucun test n’a commencé dans cette session. Supprimez-la, ou déclarez-la "
        "«\u00a0non tenue\u00a0» "
        "si une présence ou un incident y a été noté."
    )


class NotSealedYet(Refusal):
    message = _(
        "Le PV d’incident scellé s’écrit dans les instants qui suivent la finalisation\u00a0: il "
        "n’est pas encore prêt."
    )


class CannotBeNotHeld(Refusal):
    message = _(
        "Une session ne peut être déclarée «\u00a0non tenue\u00a0» que si une présence ou un incident y "
        "a été noté et qu’aucun test n’a commencé. Si un test a commencé, finalisez-la\u00a0; si "
        "personne n’est venu, supprimez-la."
    )


class NotPublishable(Refusal):
    pass


class Undecided(InvalidInput):
    """What the officer would publish over has to be accepted, as it is now."""

    def __init__(self, session, undecided):
        message = _(
            "Session %(n)s\u00a0: il reste %(undecided)s. Décidez, ou cochez "
            "«\u00a0Je publie malgré…\u00a0» sur sa page de publication."
        )
        super().__init__(message % {"n": session.pk, "undecided": undecided}, field="despite")


class WrongMoment(Refusal):
    message = _("L’état de la session ne permet pas cette action.")


class WithoutAnswer(Refusal):
    message = _("Ce test n’a pas de réponse sous ce numéro.")


class SameIdentity(InvalidInput):
    message = _("C’est déjà cette identité\u00a0: rien n’a été corrigé.")


class ResultsNotGiven(Refusal):
    message = _("Pix n’a pas encore transmis les résultats de cette session.")


class ResultsTakenBack(Refusal):
    message = _(
        "Pix a retiré les résultats de cette session pour les vérifier\u00a0: ceux que vous avez lus "
        "ou téléchargés ne sont plus valables. Ils reviendront ici à la prochaine publication."
    )
