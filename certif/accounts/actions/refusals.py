from django.utils.translation import gettext_lazy as _

from certif.lib.refusals import InvalidInput, Refusal


class NotManager(Refusal):
    message = _("Vous n’êtes plus administrateur de ce centre : rien n’a été changé.")


class LastManager(Refusal):
    message = _(
        "C’est le seul administrateur du centre. Donnez d’abord ce rôle à quelqu’un d’autre : "
        "sans administrateur, personne ne pourrait plus inviter ni retirer un membre."
    )


class NoLongerMember(Refusal):
    message = _("Cette personne n’est plus membre du centre.")


class AlreadyMember(InvalidInput):
    message = _("Cette personne est déjà membre du centre : changez son rôle dans la liste.")


class AlreadyInvited(Refusal):
    """`invitation` is the one that is open."""

    message = _(
        "Une invitation attend déjà une réponse à cette adresse. Vous pouvez la renvoyer : "
        "un nouveau lien remplacera l’ancien."
    )

    def __init__(self, invitation):
        super().__init__()
        self.invitation = invitation


class InvitationOver(Refusal):
    message = _("Cette invitation n’attend plus de réponse : elle a été acceptée ou retirée.")


class InvitationUnusable(Refusal):
    """The link is of no use; `reason` says which sentence the page shows."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


class NotForThisAccount(Refusal):
    message = _("Cette invitation est adressée à quelqu’un d’autre.")
