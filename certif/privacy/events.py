SENTENCES = {
    "data.purged": "{actor} a effacé ce dont la durée de conservation est passée\u00a0: {what} ({count}).",
    "data.purge_ended": "{actor} a fini d’effacer ce dont la durée de conservation est passée : {count} ligne(s) en tout.",
    "person.exported": "{actor} a remis à une personne ses données\u00a0: inscription {of_candidate}.",
    "person.erased": "{actor} a effacé, sur demande, les données {of_candidate} ({kept}).",
    "account.exported": "{actor} a remis à une personne ses données\u00a0: compte {of_person}.",
    "account.erased": "{actor} a effacé, sur demande, le compte {of_person}.",
    "erasure.absent": "{actor} a rejoué un effacement\u00a0: ce qu’il efface n’était pas dans la sauvegarde.",
}
