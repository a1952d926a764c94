"""A problem on a question, told in the global comment where it waits for a person: noticed.

The form that neutralises the question by itself is proposed; nothing is ever refused (pix.md § 10.2).
"""

import re
from typing import NamedTuple

from anyascii import anyascii
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from certif.lib.numbers import number_in
from certif.lib.text import fold
from exam.models import QuestionProblem
from invigilation.models import IncidentCode

ANY_OTHER = "E7"
NUMBERS = re.compile(
    r"\b(?:questions?|quest|qu?)\b[ .]*(?:(?:no?|numero|num|numeros|nos)\b[ .]*)?"
    r"(\d{1,3}(?: *(?:,|et|ou|puis|/) *\d{1,3})*)(?! *(?:h|min|candidats?|eleves?)\b)\b"
)
SENTENCES = re.compile(r"[.;!?\n]+ ")
WORKS = (
    r"(?:affich|charg|ouv|march|fonction|telecharg|appar|visible|accessible|lance|demarr|repond)\w*"
)
BROKEN = (
    rf"(?:\b(?:ne|n|pas|plus|jamais)\b.{{0,20}}\b{WORKS}|\b{WORKS} (?:pas|plus|jamais)\b"
    r"|impossible|invisible|indisponible|inaccessible|introuvable|maintenance|illisible|absent"
    r"|manqu|\bmort|casse|\bbug|plant|bloqu|filtr|interdit|erreur|en panne|hors service)"
)
# The first that fits, from the most precise; what breaks may be told before what is broken.
SIGNS = [
    ("E5", r"(?:site|page|adresse|lien|url)", r"(?:bloqu|filtr|pare ?feu|proxy|interdit)"),
    ("E1", r"(?:image|photo|illustration|schema|dessin|graphique|carte)s?", BROKEN),
    ("E2", r"(?:simulateur|simulation|application|appli|animation)s?", BROKEN),
    ("E3", r"(?:fichier|telechargement|piece jointe|tableur|archive)s?", BROKEN),
    ("E6", r"(?:lien|url)s?", BROKEN),
    ("E4", r"(?:site|page web|page internet)s?", BROKEN),
]


class Hint(NamedTuple):
    code: str
    number: int | None


def spotted(text):
    """The problems on a question that a text tells, each once, in the order of the text."""
    hints = []
    for sentence in SENTENCES.split(_plain(text) + " "):
        code = _code_of(sentence)
        numbers = [int(n) for told in NUMBERS.findall(sentence) for n in re.findall(r"\d+", told)]
        if numbers:
            hints += [Hint(code or ANY_OTHER, number) for number in numbers]
        elif code:
            hints.append(Hint(code, None))
    return list(dict.fromkeys(hints))


def tell_hints(session, attempts, text, spots):
    """Each hint in a sentence, with the form of whom the text names, else of each who has started.

    A code that sleeps at the session's date is told as another problem on a question.
    """
    candidates = [attempt.candidate for attempt in attempts]
    named = [candidate for candidate in candidates if _is_named(candidate, text)]
    codes = {code.code: code for code in IncidentCode.objects.active_on(session.date)}
    told = []
    for spot in spots:
        if code := codes.get(spot.code) or codes.get(ANY_OTHER):
            forms = [(each, _form(session, each, code, spot)) for each in named or candidates]
            told.append(
                {
                    "key": f"{code.code}-{spot.number or 0}",
                    "sentence": _sentence(code, spot),
                    "forms": forms if named else [],
                    "others": [] if named else forms,
                }
            )
    return told


def _sentence(code, spot):
    if spot.number is None:
        return _("Signalement %(code)s\u00a0:") % {"code": code}
    return _("Signalement %(code)s, question\u00a0%(n)s\u00a0:") % {"code": code, "n": spot.number}


def _form(session, candidate, code, spot):
    query = {"code": code.code}
    if spot.number is not None:
        query["question_number"] = spot.number
    address = reverse("finalisation:report", args=[session.pk, candidate.pk])
    return f"{address}?{urlencode(query)}"


def _is_named(candidate, text):
    words = {fold(word) for word in re.findall(r"[\w’'-]+", text)}
    return fold(candidate.birth_name) in words | {word[1:] for word in words if word[:1] == "D"}


def proposed(candidate, asked):
    """What the form starts with when it is opened from a hint, or from a problem left unanswered."""
    raised = QuestionProblem.objects.unanswered().filter(attempt__candidate=candidate)
    if problem := raised.filter(pk=number_in(asked, "problem")).first():
        told = {"question_number": problem.number, "description": problem.text}
        return _of_code(candidate.session, ANY_OTHER) | told
    number = asked.get("question_number", "")
    initial = _of_code(candidate.session, asked.get("code", "")[:4])
    return initial | ({"question_number": number} if number.isdecimal() else {})


def _of_code(session, name):
    code = IncidentCode.objects.active_on(session.date).filter(code=name).first()
    return {"code": code.pk} if code else {}


def _plain(text):
    """Without accents or capitals, and « l’image » in two words."""
    text = re.sub(r"[’'\"«»()°]", " ", text.replace("n°", "n "))
    return anyascii(text).lower()


def _code_of(sentence):
    for code, thing, failure in SIGNS:
        if re.search(rf"\b{thing}\b.{{0,60}}{failure}|{failure}.{{0,40}}\b{thing}\b", sentence):
            return code
    return None
