SENTENCES = {
    "closing.saved": "{actor} a complété la finalisation : {changes}.",
    "document.added": "{actor} a transmis un document : {what}.",
    "document.removed": "{actor} a retiré un document : {what}.",
    "session.finalised": "{actor} a finalisé la session ({late}).",
    "session.not_held": "{actor} a clos la session, non tenue.",
    "report.resolved": "{actor} a traité le signalement {code} {of_candidate} : {sentence}",
    "review.assigned": "{actor} a pris la session en charge.",
    "session.published": "{actor} a publié les résultats.",
    "session.published_despite": "{actor} a publié les résultats malgré {despite}.",
    "session.unpublished": "{actor} a retiré la publication des résultats : {why}",
    "session.reopened": "{actor} a rouvert la session : {why}",
}
