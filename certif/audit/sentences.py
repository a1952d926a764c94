"""The sentence of each kind of event. Each app registers its own in `AppConfig.ready`.

A sentence is a `str.format` template: `{actor}`, `{candidate}` and the keys of `AuditEvent.data`.
"""

SENTENCES: dict[str, str] = {}


def register(sentences):
    if doubled := SENTENCES.keys() & sentences.keys():
        raise LookupError(f"audit kinds registered twice: {sorted(doubled)}")
    SENTENCES.update(sentences)


def sentence(event, *, people, candidates):
    """`people` and `candidates` map ids to names; an erased one reads « une personne effacée »."""
    actor = people.get(event.actor_id, "Une personne effacée") if event.actor_id else "Le système"
    candidate = candidates.get(event.candidate_id, "un candidat effacé")
    template = SENTENCES.get(event.kind, event.kind)
    return template.format_map(_Known(event.data, actor=actor, candidate=candidate))


class _Known(dict):
    """Lines are never rewritten, sentences are: an old line may lack what a new sentence asks."""

    def __missing__(self, key):
        return "…"
