SENTENCES = {
    "presence.present": "{actor} a noté {candidate} présent.",
    "presence.absent": "{actor} a retiré la présence de {candidate}.",
    "day.confirmed": "{actor} a confirmé l’ouverture de la session un autre jour que prévu.",
    "resume.authorised": "{actor} a autorisé {candidate} à reprendre son test.",
    "resume.refused": "{actor} a refusé la reprise demandée par {candidate}.",
    "resume.cancelled": "{actor} a annulé l’autorisation de reprise de {candidate}.",
    "attempt.ended": "{actor} a terminé le test de {candidate}.",
    "end_screen.seen": "{actor} a vu l’écran de fin du test de {candidate}.",
    "end_screen.unseen": "{actor} a retiré la mention « écran de fin vu » de {candidate}.",
    "report.written": "{actor} a écrit un signalement {code} pour {candidate}.",
    "report.discarded": "{actor} a retiré un signalement {code} de {candidate} : {why}.",
}
