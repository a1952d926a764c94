"""« Terminer les tests au temps dépassé »: nothing closes by itself, a person does it (domain.md § 5)."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.audit.models import event_of, record_all, replayed
from certif.lib.refusals import InvalidInput
from exam.actions.ending import close
from exam.actions.resuming import mark_rows_changed
from exam.enums import AttemptState
from exam.models import Attempt
from sessions.actions.session import lock_open_session


@dataclass(frozen=True)
class Ended:
    """Whose test was ended, and who was left, with why."""

    attempts: list
    left_out: list


@transaction.atomic
def end_overdue(session, candidate_ids, *, by, kind, operation=None):
    """End the tests of these candidates that are still past their own end now.

    Who finished or got minutes meanwhile is left. Raises SessionClosed, InvalidInput.
    """
    session = lock_open_session(session.pk, operation=operation, by=by)
    tests = tests_of(session)
    if event := replayed(operation, by=by):
        return Ended(list(tests.filter(candidate__in=event.data["candidates"])), [])
    if not candidate_ids:
        raise InvalidInput(_("Choisissez au moins un candidat."), field="candidates")
    now = timezone.now()
    found = [(test, _why_left(test, now)) for test in tests.filter(candidate__in=candidate_ids)]
    ended = [test for test, why in found if not why]
    if ended:
        close(ended, AttemptState.ENDED, by=by, at=now)
        mark_rows_changed(session, [test.candidate_id for test in ended])
        record_all(_events(session, ended, by, kind, operation))
    return Ended(ended, [(test.candidate, why) for test, why in found if why])


def overdue_tests(session, *, at):
    running = tests_of(session).filter(state=AttemptState.RUNNING)
    return [test for test in running if test.deadline <= at]


def tests_of(session):
    tests = Attempt.objects.started().filter(candidate__session=session)
    return tests.select_related("candidate").order_by("candidate__identity_key", "candidate")


def _why_left(test, now):
    if test.is_over:
        return _("test terminé entre-temps")
    return _("temps ajouté entre-temps") if test.deadline > now else ""


def _events(session, ended, by, kind, operation):
    """A line for each candidate. The first holds the operation, and whom it was about."""
    for test in ended:
        whole = {"candidates": [each.candidate_id for each in ended]} if operation else {}
        yield event_of(
            kind, by=by, operation=operation, session=session, candidate=test.candidate, **whole
        )
        operation = None
