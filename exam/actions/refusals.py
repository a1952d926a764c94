from django.utils.translation import gettext_lazy as _

from certif.lib.refusals import InvalidInput, Refusal
from exam.enums import ProblemState, ResumeState


class WrongAccessCode(InvalidInput):
    message = _("Ce code est incorrect, veuillez le vérifier ou contacter votre surveillant.")


class PresenceNotConfirmed(Refusal):
    """Word for word: guide « Espace Surveillant » (002)."""

    message = _(
        "Votre surveillant n’a pas confirmé votre présence dans la salle de test. Vous ne pouvez "
        "donc pas encore commencer votre test de certification. Merci de prévenir votre surveillant."
    )


class NotAuthorisedToResume(Refusal):
    message = _(
        "Votre test est déjà commencé. Votre surveillant doit vous autoriser à le reprendre : la "
        "demande vient d’arriver sur son écran. Levez la main si rien ne se passe."
    )


class TestIsElsewhere(Refusal):
    message = _(
        "Votre test a été repris sur un autre poste ou dans un autre navigateur. Cette page est "
        "fermée ; vos réponses sont enregistrées."
    )


class TestIsOver(Refusal):
    message = _("Votre test est terminé. Vos réponses sont enregistrées.")


class EmptyAnswer(InvalidInput):
    message = _("Choisissez ou écrivez une réponse, ou cliquez sur « Je passe ».")


class OtherQuestion(Refusal):
    message = _("Vous avez déjà répondu à cette question. Voici la question suivante.")


class QuestionReplaced(Refusal):
    message = _("Cette question a été remplacée. Voici celle qui porte maintenant son numéro.")


class NotBegun(Refusal):
    message = _(
        "Cette question est chronométrée : cliquez d’abord sur « Commencer la question ». Rien n’a "
        "été enregistré."
    )


class QuestionOnHold(Refusal):
    message = _(
        "Votre surveillant a été prévenu : cette question attend sa réponse. Pour y répondre "
        "maintenant, retirez d’abord votre signalement."
    )


class AlreadyRaised(Refusal):
    message = _("Votre surveillant a déjà été prévenu pour cette question.")


class Answered(Refusal):
    """The first answer stands: whoever comes second reads what it was."""

    by_state = {}

    @classmethod
    def of(cls, state, who):
        if who is None or state not in cls.by_state:
            return cls()
        return cls(cls.by_state[state] % {"who": who})


class ProblemDecided(Answered):
    message = _("Ce signalement a déjà reçu une réponse : rien n’a été changé.")
    by_state = {
        ProblemState.ACCEPTED: _("Ce signalement a déjà été accepté par %(who)s."),
        ProblemState.REJECTED: _("Ce signalement a déjà été écarté par %(who)s."),
        ProblemState.WITHDRAWN: _("Le candidat a retiré ce signalement."),
        ProblemState.DROPPED: _("Ce test est terminé : le signalement est resté sans réponse."),
    }


class AlreadyAnswered(Answered):
    message = _("Cette demande de reprise a déjà reçu une réponse : rien n’a été changé.")
    by_state = {
        ResumeState.GRANTED: _("Cette reprise a déjà été autorisée par %(who)s."),
        ResumeState.REFUSED: _("Cette reprise a déjà été refusée par %(who)s."),
        ResumeState.USED: _("Autorisé par %(who)s, le candidat a repris son test."),
    }


class NoRightToCancel(Refusal):
    message = _(
        "L’autorisation de reprise a déjà été utilisée ou retirée, ou a expiré : rien n’a été changé."
    )


class NotEnoughQuestions(Refusal):
    message = _(
        "La banque ne contient pas assez de questions actives pour composer un test : prévenez "
        "l’équipe Pix."
    )


class NotRunning(Refusal):
    message = _("Ce test n’est pas en cours : rien n’a été changé.")


class NotFinished(Refusal):
    message = _("L’écran de fin du test n’a pas encore été affiché à ce candidat.")


class NotReopened(Refusal):
    message = _(
        "Seul un test terminé par un surveillant se rouvre, jusqu’à la finalisation : rien n’a "
        "été changé."
    )
