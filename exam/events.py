SENTENCES = {
    "attempt.started": "{candidate} a commencé son test (certification n° {number}).",
    "attempt.resume_asked": "{candidate} a demandé à reprendre son test, {gap} après son dernier signe de vie.",
    "attempt.resumed": "{candidate} a repris son test.",
    "attempt.finished": "{candidate} a terminé son test.",
    "attempt.already_open": "{candidate} a voulu ouvrir une seconde fois son test déjà en cours.",
}
