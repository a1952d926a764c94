"""The history as it is given to one of its people: the others are named by what they are there."""

from certif.accounts.models import Membership, User
from certif.audit.sentences import names_in, sentence
from sessions.models import Candidate, InvigilatorAccess

OFFICER = "Un membre de l’équipe Pix"
MEMBER = "Un membre du centre"
INVIGILATOR = "Un surveillant"
CANDIDATE = "Un candidat"
SOMEBODY = "Une autre personne"
ADDRESSED = "une autre personne"
# Typed by hand in a line about somebody else.
TYPED = {"why", "sentence", "what"}


def told_to(events, *, account, candidates):
    """Each line with its instant. `account`, `candidates`: those of the person who asks."""
    events = list(events)
    own = {row.pk: f"{row.first_name} {row.birth_name.upper()}".strip() for row in candidates}
    others = dict.fromkeys((event.candidate_id for event in events), CANDIDATE.lower())
    roles = _Roles(events)
    names = _names(events, account)
    return [
        {
            "at": event.at,
            "said": sentence(
                _without_words_on_others(event, own, account),
                people={event.actor_id: _actor(event, roles, account)},
                candidates=others | own,
                names=names,
            ),
        }
        for event in events
    ]


def _without_words_on_others(event, own, account):
    is_about = event.data.get("person") == account.pk if account else False
    if not is_about and event.candidate_id not in own:
        event.data = {key: value for key, value in event.data.items() if key not in TYPED}
    return event


def _actor(event, roles, account):
    is_own = account is not None and event.actor_id == account.pk
    return account.name if is_own else roles.of(event)


def _names(events, account):
    own = {account.name, account.email} if account else set()
    return {
        key: {pk: name if name in own else ADDRESSED for pk, name in named.items()}
        for key, named in names_in(events).items()
    }


class _Roles:
    """What the authors of these lines are, there."""

    def __init__(self, events):
        ids = {event.actor_id for event in events} - {None}
        self.officers = set(User.objects.filter(pk__in=ids, is_staff=True).values_list("pk"))
        self.members = self._pairs(Membership, ids, "centre_id")
        self.invigilators = self._pairs(InvigilatorAccess, ids, "session_id")
        self.candidates = self._pairs(Candidate, ids, "session_id")

    @staticmethod
    def _pairs(model, ids, where):
        return set(model.objects.filter(user__in=ids).values_list("user_id", where))

    def of(self, event):
        if (event.actor_id,) in self.officers:
            return OFFICER
        if (event.actor_id, event.centre_id) in self.members:
            return MEMBER
        if (event.actor_id, event.session_id) in self.invigilators:
            return INVIGILATOR
        if (event.actor_id, event.session_id) in self.candidates:
            return CANDIDATE
        return SOMEBODY
