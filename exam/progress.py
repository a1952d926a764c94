from exam.enums import AttemptState
from exam.models import Attempt

KINDS = {
    AttemptState.RUNNING: "running",
    AttemptState.FINISHED: "finished",
    AttemptState.ENDED: "ended",
    AttemptState.CLOSED: "ended",
}


def progress_of(session):
    """Of each started test, by candidate: its badge, the minutes granted, whether it may reopen."""
    states = Attempt.objects.started().filter(candidate__session=session)
    return {
        pk: {
            "kind": KINDS[state],
            "label": AttemptState(state).label,
            "is_reopenable": state == AttemptState.ENDED,
            "granted_minutes": granted,
        }
        for pk, state, granted in states.values_list("candidate_id", "state", "granted_minutes")
    }
