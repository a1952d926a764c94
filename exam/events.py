SENTENCES = {
    "bank.imported": "{actor} a importé la banque de questions (ajouts : {added}, modifications : {changed}).",
    "attempt.started": "{candidate} a commencé son test (certification n°\u00a0{number}).",
    "attempt.resume_asked": "{candidate} a demandé à reprendre son test, {gap} après son dernier signe de vie.",
    "attempt.resumed": "{candidate} a repris son test.",
    "attempt.finished": "{candidate} a terminé son test.",
    "answer.after_cut": "La réponse {of_candidate} à la question {number}, chronométrée, est arrivée après une coupure de {gap} : son temps n’a pas été compté dépassé.",
    "question.begun_again": "{candidate} a rouvert la question {number}, chronométrée, après une coupure de {gap} : son temps est reparti de zéro, car la page ne s’était pas affichée.",
    "time.granted": "{actor} a ajouté {minutes} min au test {of_candidate} ({reason}).",
    "attempt.reopened": "{actor} a rouvert le test {of_candidate} : {why}",
    "problem.raised": "{candidate} a signalé un problème sur la question {number}.",
    "problem.withdrawn": "{candidate} a retiré son signalement sur la question {number}.",
    "problem.dropped": "Le signalement {of_candidate} sur la question {number} est resté sans réponse : test terminé.",
}
