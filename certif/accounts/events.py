SENTENCES = {
    "account.renamed": "{actor} a changé le nom affiché pour son compte.",
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
