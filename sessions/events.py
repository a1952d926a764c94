from django.utils.translation import ngettext

COUNTED = {
    "sessions_added": ("{n} session créée", "{n} sessions créées"),
    "sessions_changed": ("{n} session modifiée", "{n} sessions modifiées"),
    "added": ("{n} personne ajoutée", "{n} personnes ajoutées"),
    "changed": ("{n} personne modifiée", "{n} personnes modifiées"),
    "removed": ("{n} personne retirée", "{n} personnes retirées"),
}


def _counted(start):
    """What an import did; what it did not do is not told."""

    def sentence(data):
        told = [
            ngettext(*COUNTED[key], data[key]).format(n=data[key])
            for key in COUNTED
            if data.get(key)
        ]
        return f"{start}\u00a0: {', '.join(told) or 'rien n’a changé'}."

    return sentence


def opened(page):
    """Who opened a page that shows every minor of the session at once."""

    def sentence(data):
        with_them = ngettext(
            "avec le dossier de {count} mineur",
            "avec les dossiers de {count} mineurs",
            data["count"],
        )
        return f"{{actor}} a ouvert {page}, {with_them}."

    return sentence


SENTENCES = {
    "session.created": "{actor} a créé la session.",
    "session.edited": "{actor} a modifié la session\u00a0: {changes}.",
    "session.deleted": "{actor} a supprimé la session {number}, qui comptait {candidates} candidat(s).",
    "session.password_renewed": "{actor} a renouvelé le mot de passe de la session.",
    "session.access_code_renewed": "{actor} a renouvelé le code d’accès de la session.",
    "document.issued": "{actor} a téléchargé «\u00a0{title}\u00a0» (édition n°\u00a0{number}).",
    "document.issued_about": "{actor} a téléchargé «\u00a0{title}\u00a0» au nom {of_candidate} (édition n°\u00a0{number}).",
    "print.run": "{actor} a demandé l’impression groupée d’une journée.",
    "import.confirmed": _counted("{actor} a importé un fichier ({what})"),
    "candidates.imported": _counted("{actor} a importé la liste"),
    "pupils.enrolled": "{actor} a inscrit {count} élève(s) du registre.",
    "register.deleted": "{actor} a effacé le registre des élèves, qui en comptait {pupils}.",
    "candidate.added": "{actor} a inscrit {candidate}.",
    "candidate.edited": "{actor} a modifié l’inscription {of_candidate} ({changes}).",
    "candidate.removed": "{actor} a retiré un candidat de la liste.",
    "candidate.opened": "{actor} a ouvert le dossier {of_candidate}.",
    "candidates.opened": opened("la session"),
    "history.downloaded": "{actor} a téléchargé l’historique ({what}).",
    "openings.downloaded": "{actor} a téléchargé les consultations de dossiers ({what}).",
    "day.confirmed": "{actor} a confirmé la poursuite de la session un autre jour que celui prévu.",
    "candidate.linked": "{actor} a rejoint la session en tant que {candidate}.",
    "candidate.link_refused": "{actor} a demandé la place {of_candidate}, déjà rattachée à un autre compte.",
    "candidate.unlinked": "{actor} a délié le compte {of_candidate}.",
    "invigilator.joined": "{actor} a ouvert l’espace surveillant.",
    "invigilator.left": "{actor} a quitté l’espace surveillant.",
    "invigilator.revoked": "{actor} a retiré à {person} l’accès à l’espace surveillant.",
}
