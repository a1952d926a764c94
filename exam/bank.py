"""The bank of questions that ships with the code: checked whole, then loaded whole or not at all."""

import json
from collections import Counter
from pathlib import Path, PurePath

from django.db import transaction
from django.utils.translation import gettext as _

from exam import bank_files, drawn
from exam.enums import Competence, QuestionKind
from exam.models import Question
from exam.scoring import as_number

FOLDER = Path(__file__).resolve().parent / "bank"
SITES = Path(__file__).resolve().parent.parent / "templates" / "exam" / "sites"

MOST_CHOICES = 8
CHOICE_KINDS = {QuestionKind.SINGLE, QuestionKind.MULTIPLE}
TEXTS = ("key", "competence", "kind", "statement", "image", "image_alt", "attachment", "link")
FIELDS = {*TEXTS, "choices", "answers", "time_limit"}


class BankError(Exception):
    """What is wrong with the bank: every fault at once, each under the key of its question."""

    def __init__(self, faults):
        super().__init__("\n".join(f"{key} : {sentence}" for key, sentence in faults))
        self.faults = faults


def site_slugs():
    """The fictional sites that questions send to: one template each."""
    return {path.stem for path in SITES.glob("*.html")} - {"base"}


def load(folder=FOLDER):
    """Create or update every question of `folder`; returns how many were created, updated, equal.

    Questions are never deleted: tests were drawn from them. Raises BankError.
    """
    entries = read(folder)
    files = {
        name: bank_files.keep(name, _content(folder, name)) for name in sorted(_file_names(entries))
    }
    with transaction.atomic():
        known = {question.key: question for question in Question.objects.all()}
        _refuse_drawn(entries, known)
        return Counter(_load_one(entry, files, known.get(entry["key"])) for entry in entries)


def _refuse_drawn(entries, known):
    """A question that was drawn keeps its answers, whatever the new version of the bank says."""
    changed = {
        question.pk: entry["key"]
        for entry in entries
        if (question := known.get(entry["key"])) and drawn.frozen_changes(question, entry)
    }
    faults = [(changed[pk], str(drawn.SENTENCE)) for pk in sorted(drawn.drawn(changed))]
    if faults:
        raise BankError(faults)


def read(folder=FOLDER):
    """The entries of `questions.json`, all checked. Raises BankError."""
    entries = json.loads((Path(folder) / "questions.json").read_text(encoding="utf-8"))
    faults = [(_name(entry), fault) for entry in entries for fault in check(entry, folder)]
    keys = Counter(_name(entry) for entry in entries)
    faults += [(key, _("référence en double")) for key, count in keys.items() if count > 1]
    if faults:
        raise BankError(faults)
    return entries


def check(entry, folder=FOLDER):
    """The sentences that say what is wrong with one entry."""
    if not isinstance(entry, dict) or set(entry) != FIELDS:
        return [_("champs attendus : %(names)s") % {"names": ", ".join(sorted(FIELDS))}]
    if not all(isinstance(entry[name], str) for name in TEXTS):
        return [_("un texte est attendu dans : %(names)s") % {"names": ", ".join(TEXTS)}]
    return [*_check_wording(entry), *check_answers(entry), *_check_resources(entry, folder)]


def _check_wording(entry):
    if not 1 <= len(entry["key"]) <= 20:
        yield _("référence de 1 à 20 caractères")
    if entry["competence"] not in Competence.values:
        yield _("compétence inconnue")
    if entry["kind"] not in QuestionKind.values:
        yield _("forme inconnue")
    if not 1 <= len(entry["statement"].strip()) <= 2000:
        yield _("énoncé de 1 à 2000 caractères")
    limit = entry["time_limit"]
    if limit is not None and not (type(limit) is int and 1 <= limit <= 3600):
        yield _("temps limité de 1 à 3600 secondes")


def check_answers(entry):
    choices, answers = entry["choices"], entry["answers"]
    if not (_are_texts(choices) and isinstance(answers, list) and answers):
        return [_("propositions et réponses justes : des listes, au moins une réponse")]
    if entry["kind"] in CHOICE_KINDS:
        return _check_ranks(entry["kind"], choices, answers)
    if choices:
        return [_("pas de propositions pour une réponse à écrire")]
    if not _are_texts(answers):
        return [_("réponses justes : des textes tous différents")]
    if entry["kind"] == QuestionKind.NUMBER and None in map(as_number, answers):
        return [_("réponses justes : des nombres")]
    return []


def _check_ranks(kind, choices, answers):
    if len(choices) < 2:
        return [_("au moins deux propositions")]
    if len(choices) > MOST_CHOICES:
        return [_("%(n)s propositions au plus") % {"n": MOST_CHOICES}]
    if not all(type(rank) is int and 0 <= rank < len(choices) for rank in answers):
        return [_("réponses justes : des rangs de propositions, à partir de 0")]
    if len(set(answers)) < len(answers):
        return [_("réponses justes : un rang est en double")]
    if kind == QuestionKind.SINGLE and len(answers) != 1:
        return [_("une seule réponse juste pour un choix unique")]
    return []


def _check_resources(entry, folder):
    if entry["image"] and not entry["image_alt"].strip():
        yield _("une image demande un texte de remplacement")
    for name, types in (
        (entry["image"], bank_files.IMAGE_TYPES),
        (entry["attachment"], bank_files.FILE_TYPES),
    ):
        if name and not (PurePath(name).name == name and (folder / "files" / name).is_file()):
            yield _("fichier absent : %(name)s") % {"name": name}
        elif name and (fault := bank_files.fault_of(name, _content(folder, name), types)):
            yield _("fichier refusé : %(name)s. %(fault)s") % {"name": name, "fault": fault}
    if entry["link"] and entry["link"] not in site_addresses():
        yield _("site inconnu : %(link)s") % {"link": entry["link"]}


def site_addresses():
    return {f"/certifications/sites/{slug}/" for slug in site_slugs()}


def _are_texts(values):
    return (
        isinstance(values, list)
        and all(isinstance(value, str) and value.strip() for value in values)
        and len(set(values)) == len(values)
    )


def _name(entry):
    return str(entry.get("key")) if isinstance(entry, dict) else "?"


def _file_names(entries):
    return {entry[name] for entry in entries for name in ("image", "attachment")} - {""}


def _content(folder, name):
    return (Path(folder) / "files" / name).read_bytes()


def _load_one(entry, files, question):
    values = {
        **{name: value for name, value in entry.items() if name != "key"},
        "image": files.get(entry["image"], ""),
        "attachment": files.get(entry["attachment"], ""),
    }
    if question is None:
        Question.objects.create(key=entry["key"], **values)
        return "created"
    changed = [name for name, value in values.items() if getattr(question, name) != value]
    if not changed:
        return "equal"
    for name in changed:
        setattr(question, name, values[name])
    question.save(update_fields=changed)
    return "updated"
