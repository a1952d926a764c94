"""The results of several sessions: asked for at once, published one by one by the worker."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from certif.accounts.models import User
from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput, Refusal
from finalisation.actions.refusals import NotPublishable
from finalisation.actions.review import publish
from finalisation.models import AskedPublication, PublicationRun
from sessions.models import ExamSession

MOST_SESSIONS = 200
# All are put in the queue with the run: a worker that dies, a database that fails, take none away.
TRIES = [timedelta(), *(timedelta(seconds=n) for n in (30, 120, 600, 3600))]

LAST_TRY_LASTS = timedelta(hours=1)

logger = logging.getLogger(__name__)


class NothingChosen(InvalidInput):
    message = gettext_lazy("Cochez au moins une session.")


class TooManySessions(InvalidInput):
    message = gettext_lazy(
        "%(most)s sessions au plus par publication\u00a0: publiez-les en plusieurs fois."
    ) % {"most": MOST_SESSIONS}


@transaction.atomic
def ask_publication(pks, *, by, operation=None):
    """The run that publishes these sessions. Raises NothingChosen, TooManySessions."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if event := replayed(operation, by=by):
        return PublicationRun.objects.get(pk=event.data["run"])
    if len(pks) > MOST_SESSIONS:
        raise TooManySessions
    sessions = list(ExamSession.objects.filter(pk__in=pks).order_by("finalised_at", "pk"))
    if not sessions:
        raise NothingChosen
    run = PublicationRun.objects.create(asked_by=by)
    AskedPublication.objects.bulk_create(
        AskedPublication(run=run, session=session, version=session.version) for session in sessions
    )
    record("publication.asked", by=by, operation=operation, run=str(run.pk), count=len(sessions))
    for pause in TRIES:
        later = publish_in_worker.using(run_after=run.asked_at + pause)
        later.enqueue(str(run.pk), is_last=pause == TRIES[-1])
    return run


@task()
def publish_in_worker(run_pk, *, is_last):
    """What no other try has settled yet; each session on its own."""
    left = AskedPublication.objects.filter(run=run_pk, settled_at__isnull=True)
    for pk in list(left.values_list("pk", flat=True)):
        if not _try_to_settle(pk) and is_last:
            _try_to_settle(pk, by_doing=_give_up)


def give_up_publications(at):
    """What the last try left behind: it broke, or its worker died. Gives how many were refused.

    One whose last try is still in the queue is left to it.
    """
    left = AskedPublication.objects.filter(
        settled_at__isnull=True, run__asked_at__lt=at - TRIES[-1] - LAST_TRY_LASTS
    )
    lost = [line for line in left if not _tries(line.run_id, status=TaskResultStatus.READY)]
    return sum(_try_to_settle(line.pk, by_doing=_give_up) for line in lost)


def last_due(run, at):
    """When the try that should be under way, or over, was to begin."""
    return max(run.asked_at + pause for pause in TRIES if run.asked_at + pause <= at)


def next_try(run, at):
    """When what broke is tried again: known once the try that was due has ended, unless it was the
    last."""
    later = [run.asked_at + pause for pause in TRIES if run.asked_at + pause > at]
    if later and _tries(run.pk, finished_at__gte=last_due(run, at)).exists():
        return later[0]
    return None


def _tries(run_pk, **states):
    """The tries of a run that the queue remembers."""
    tries = DBTaskResult.objects.filter(task_path=publish_in_worker.module_path, **states)
    return tries.filter(args_kwargs__args=[str(run_pk)]).order_by("run_after")


def _try_to_settle(pk, *, by_doing=None):
    """Whether it did. Its message may quote a name: the kind of what broke is told alone."""
    try:
        settle(pk, by_doing=by_doing)
    except Exception as error:
        logger.error("publication %s: %s", pk, type(error).__name__)
        return False
    return True


@transaction.atomic
def settle(pk, *, by_doing=None):
    """The publication and the word of it: both or none. Whoever comes second finds it settled."""
    line = AskedPublication.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if line.settled_at:
        return
    try:
        (by_doing or _publish)(line)
    except Refusal as refusal:
        line.refusal = refusal.sentence
    line.settled_at = timezone.now()
    line.save(update_fields=["settled_at", "refusal"])


def _publish(line):
    session = ExamSession.objects.locked().get(pk=line.session_id)
    if session.is_published:
        raise NotPublishable(_("Session %(n)s\u00a0: déjà publiée.") % {"n": session.pk})
    if session.version != line.version:
        sentence = _(
            "Session %(n)s\u00a0: elle a changé depuis votre demande. Relisez-la avant de la publier."
        )
        raise NotPublishable(sentence % {"n": session.pk})
    publish(session, by=_who_asked(line))


def _who_asked(line):
    """An hour may have gone by: published in nobody's name who could not ask for it now."""
    officer = line.run.asked_by
    if not (officer.is_active and officer.is_staff):
        sentence = _(
            "Session %(n)s\u00a0: %(who)s n’a plus le droit de publier. Demandez-le de nouveau."
        )
        raise NotPublishable(sentence % {"n": line.session_id, "who": officer})
    return officer


def _give_up(line):
    raise NotPublishable(
        _(
            "Session %(n)s\u00a0: le serveur n’a pas pu la publier, rien n’a changé pour elle. "
            "Essayez depuis sa page."
        )
        % {"n": line.session_id}
    )
