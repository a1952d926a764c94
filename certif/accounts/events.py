from certif.lib.mails import TRIES

MAILS = {
    "invitation_mail": "Courriel d’invitation {of_invitation}",
    "password_mail": "Courriel de nouveau mot de passe {of_person}",
    "account_mail": "Courriel sur un compte, ou son absence",
}
NOT_SENT = {
    f"{kind}.not_sent": f"{mail} non parti, essai {{tries}} sur {TRIES}\u00a0: {{why}}"
    for kind, mail in MAILS.items()
}
GIVEN_UP = {
    f"{kind}.given_up": f"{mail} non parti après {{tries}} essais, abandonné\u00a0: {{why}}"
    for kind, mail in MAILS.items()
}
SENTENCES = {
    **NOT_SENT,
    **GIVEN_UP,
    "account.added": "{actor} a créé le compte {of_person}.",
    "account.edited": "{actor} a modifié le compte {of_person} : {changes}.",
    "account.password_set": "{actor} a choisi un mot de passe pour le compte {of_person}.",
    "account.renamed": "{actor} a changé le nom affiché pour son compte.",
    "account.logins_closed": "{actor} a fermé ses autres connexions\u00a0: {n}.",
    "account.unlocked": "{actor} a mis fin aux attentes du compte {of_person}.",
    "membership.granted": "{actor} a donné à {person} le rôle « {role} » dans le centre.",
    "membership.role_changed": "{actor} a donné à {person} le rôle « {role} ».",
    "membership.removed": "{actor} a retiré {person} de l’équipe du centre.",
    "membership.left": "{actor} a quitté le centre.",
    "invitation.sent": "{actor} a invité {invitation} avec le rôle « {role} ».",
    "invitation.sent_again": "{actor} a renvoyé l’invitation {of_invitation} : l’ancien lien ne sert plus.",
    "invitation.withdrawn": "{actor} a retiré l’invitation {of_invitation}.",
    "invitation.accepted": "{actor} a accepté son invitation et rejoint le centre, avec le rôle « {role} ».",
    "centre.created": "{actor} a créé le centre.",
    "centre.edited": "{actor} a modifié le centre : {changes}.",
}
