"""The results of several sessions: asked for at once, published one by one by the worker."""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks import task

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
        try:
            settle(pk)
        except Exception as error:
            # The other sessions are to be published. Its message may quote a name: its kind alone.
            logger.error("publication %s: %s", pk, type(error).__name__)
            if is_last:
                settle(pk, by_doing=_give_up)


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
    publish(session, by=line.run.asked_by)


def _give_up(line):
    raise NotPublishable(
        _(
            "Session %(n)s\u00a0: le serveur n’a pas pu la publier, rien n’a changé pour elle. "
            "Essayez depuis sa page."
        )
        % {"n": line.session_id}
    )
