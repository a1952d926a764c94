"""The sentence of each kind of event. Each app registers its own in `AppConfig.ready`.

A sentence is a `str.format` template: `{actor}`, `{candidate}` and the keys of `AuditEvent.data`;
`{of_candidate}` is « de MARTIN » or « d’ŒUVRARD », and so for each key. Where the words depend on
the data, a function of them gives the template.
A line names people by ids: a key that holds one reads as the name of the day, or as erased.
"""

from collections import defaultdict
from collections.abc import Callable

from certif.lib.typography import de

SENTENCES: dict[str, str | Callable[[dict], str]] = {}
_NAMES = {}
_ERASED = []


def register(sentences):
    if doubled := SENTENCES.keys() & sentences.keys():
        raise LookupError(f"audit kinds registered twice: {sorted(doubled)}")
    SENTENCES.update(sentences)


def register_names(key, names_of, *, erased):
    """`names_of(ids)` maps to names the ids that lines hold under `key`; `erased` stands for none."""
    _NAMES[key] = names_of, erased


def register_erased(pairs_of):
    """`pairs_of(events)`: the (candidate, account) of those who are erased while their account is not."""
    _ERASED.append(pairs_of)


def erased_in(events):
    """Whose own lines name nobody: the account that joined would say who the candidate was."""
    return {pair for pairs_of in _ERASED for pair in pairs_of(events)}


def names_in(events):
    """The names behind the ids that these lines hold: one query a key, none for a key they lack."""
    return {
        key: names_of({event.data[key] for event in events if key in event.data})
        for key, (names_of, _) in _NAMES.items()
    }


def sentence(event, *, people, candidates, names=None):
    """`people` and `candidates` map ids to names; an erased one reads « une personne effacée ».

    `names` is that of `names_in`, when many lines are read.
    """
    names = names_in([event]) if names is None else names
    actor = actor_of(event, people)
    candidate = candidates.get(event.candidate_id, "un candidat effacé")
    template = SENTENCES.get(event.kind, event.kind)
    template = template(event.data) if callable(template) else template
    named = {
        key: names[key].get(event.data[key], erased)
        for key, (_, erased) in _NAMES.items()
        if key in event.data
    }
    return template.format_map(_Known(event.data | named, actor=actor, candidate=candidate))


def outline(kind):
    """« … a rouvert la session : … »: the sentence of a kind, of nobody."""
    template = SENTENCES[kind]
    if callable(template):
        template = template(defaultdict(int)).partition("\u00a0:")[0]
    return template.format_map(_Known())


def actor_of(event, people):
    return people.get(event.actor_id, "Une personne effacée") if event.actor_id else "Le système"


class _Known(dict):
    """Lines are never rewritten, sentences are: an old line may lack what a new sentence asks."""

    def __missing__(self, key):
        if key.startswith("of_"):
            return de(self[key.removeprefix("of_")])
        return "…"
