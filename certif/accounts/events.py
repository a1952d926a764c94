SENTENCES = {
    "account.renamed": "{actor} a changé le nom affiché pour son compte.",
    "membership.granted": "{actor} a donné à {email} le rôle « {role} » dans le centre.",
    "centre.created": "{actor} a créé le centre.",
}
