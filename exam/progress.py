from exam.enums import AttemptState
from exam.models import Attempt

KINDS = {
    AttemptState.RUNNING: "running",
    AttemptState.FINISHED: "finished",
    AttemptState.ENDED: "ended",
    AttemptState.CLOSED: "ended",
}


def progress_of(session):
    """The badge of each started test, by candidate, and whether a manager may reopen it."""
    states = Attempt.objects.started().filter(candidate__session=session)
    return {
        pk: {
            "kind": KINDS[state],
            "label": AttemptState(state).label,
            "is_reopenable": state == AttemptState.ENDED,
        }
        for pk, state in states.values_list("candidate_id", "state")
    }
