"""« Imprimer la journée »: who asks for it, and what becomes of it. The drawing is in sessions.printing."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from certif.accounts.models import Centre
from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput, Refusal
from sessions.documents import registry
from sessions.enums import PrintState
from sessions.models import ExamSession, PrintRun
from sessions.queries.printing import KEEP, may_be_taken

MOST_SESSIONS = 60


class NothingToPrint(InvalidInput):
    message = _(
        "Rien à imprimer : ces documents portent les noms des candidats, et aucun n’est inscrit."
    )


class TooManySessions(InvalidInput):
    message = _("%(most)s sessions au plus par impression : faites-en plusieurs.") % {
        "most": MOST_SESSIONS
    }


class UnknownDocument(InvalidInput):
    message = _("Ce document n’existe pas.")


class AlreadyPrinting(Refusal):
    message = _(
        "Une de vos impressions est en cours dans ce centre : attendez sa fin, ou abandonnez-la."
    )

    def __init__(self, run):
        super().__init__()
        self.run = run


class PrintRunGone(Refusal):
    message = _("Cette impression a été abandonnée, ou a plus de 24 heures : refaites-la.")


class PrintRunWithdrawn(Refusal):
    message = _("Ce que ce fichier montre a été retiré depuis sa demande : il n’est pas refait.")


def printable():
    """The documents that can be bound together, in the order of the page of a session."""
    return [each for each in registry.documents() if each.content_type == registry.PDF]


@transaction.atomic
def print_sessions(centre, *, sessions, documents, by, operation=None):
    """The run that prints these documents (their keys): a new one, or the same when it is at work.

    Raises NothingToPrint, TooManySessions, UnknownDocument, AlreadyPrinting, PrintRunGone.
    """
    centre = Centre.objects.locked().get(pk=centre.pk)
    if event := replayed(operation, by=by):
        return _of_event(event)
    run = PrintRun(centre=centre, created_by=by, document_keys=_in_order(documents))
    run.session_ids = _to_print(centre, sessions, run.document_keys)
    forget_old_runs()
    if mine := _at_work(centre, by):
        if (mine.session_ids, mine.document_keys) == (run.session_ids, run.document_keys):
            return mine
        raise AlreadyPrinting(mine)
    run.save(force_insert=True)
    _send_to_worker(run, by, operation)
    return run


def _of_event(event):
    if run := PrintRun.objects.filter(pk=event.data["run"]).first():
        return run
    raise PrintRunGone


def _in_order(keys):
    known = [document.key for document in printable()]
    known += [key for key in keys if (long := registry.document_of(key)) and long.pieces]
    if set(keys) - set(known):
        raise UnknownDocument(field="documents")
    return [key for key in known if key in keys]


def _to_print(centre, sessions, keys):
    """By hour, then by room: the order in which they are handed out."""
    if len(sessions) > MOST_SESSIONS:
        raise TooManySessions(field="sessions")
    asked = ExamSession.objects.filter(centre=centre, pk__in=[each.pk for each in sessions])
    asked = list(asked.with_counts().order_by("starts_at", "room", "pk"))
    chosen = [registry.document_of(key) for key in keys]
    if not any(document.is_for(session) for document in chosen for session in asked):
        raise NothingToPrint(field="documents")
    return [session.pk for session in asked]


def _at_work(centre, by):
    """This person's run of the moment; those that will give nothing any more make way."""
    runs = PrintRun.objects.filter(centre=centre, created_by=by)
    runs = list(runs.filter(state__in=[PrintState.WAITING, PrintState.DRAWING]))
    lost = [run.pk for run in runs if run.is_cut_off or not may_be_taken(run)]
    discard(PrintRun.objects.filter(pk__in=lost))
    return next((run for run in runs if run.pk not in lost), None)


def _send_to_worker(run, by, operation):
    record(
        "print.run",
        by=by,
        operation=operation,
        centre=run.centre,
        run=str(run.pk),
        sessions=run.session_ids,
        documents=run.document_keys,
    )
    draw_in_worker.enqueue(str(run.pk))


@transaction.atomic
def resume_print_run(run, *, by, operation=None):
    """From the start, under the same address, for whoever asks: nothing of a cut-off run is kept.

    Raises PrintRunWithdrawn.
    """
    run = PrintRun.objects.select_for_update(of=("self",)).select_related("centre").get(pk=run.pk)
    if replayed(operation, by=by) or not (run.is_cut_off or run.state == PrintState.FAILED):
        return
    if not may_be_taken(run):
        raise PrintRunWithdrawn
    _delete_file(run)
    run.state, run.file, run.failure, run.created_by = PrintState.WAITING, "", "", by
    run.progress_done, run.beat_at = 0, timezone.now()
    run.save(update_fields=["state", "file", "failure", "created_by", "progress_done", "beat_at"])
    _send_to_worker(run, by, operation)


@transaction.atomic
def discard(runs):
    """Forget these runs, whatever their state: who still draws one of them finds it gone."""
    for run in runs.exclude(file=""):
        _delete_file(run)
    runs.delete()


def forget_old_runs():
    discard(PrintRun.objects.filter(created_at__lt=timezone.now() - KEEP))


def _delete_file(run):
    if run.file:
        storage, name = run.file.storage, run.file.name
        # What stays of it, `purge` removes.
        transaction.on_commit(lambda: storage.delete(name), robust=True)


@task()
def draw_in_worker(pk):
    # What draws and binds is heavy: loaded by the worker, not by every web process.
    from sessions.printing import draw

    draw(pk)
