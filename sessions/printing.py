"""The drawing of a print run, by the worker: one document after the other, into one file."""

import logging
from tempfile import TemporaryFile
from uuid import uuid4

from django.core.files import File
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from certif.lib.pdf import PdfUnavailable
from certif.lib.pdf_merge import Binding, Part
from certif.lib.refusals import Refusal
from sessions.actions.documents import issue_document
from sessions.documents.registry import document_of
from sessions.enums import PrintState
from sessions.models import ExamSession, PrintRun
from sessions.queries.printing import tell

LONGEST_FAILURE = PrintRun._meta.get_field("failure").max_length

logger = logging.getLogger(__name__)


class TakenOver(Exception):
    """The run was abandoned, or started again by another worker, while this one was drawing."""


class Hold:
    """A worker's hold on a run: kept by each of its beats, as long as nobody else wrote one."""

    def __init__(self, pk):
        self.pk = pk
        self.last = None

    def take(self):
        return self._write({"state": PrintState.WAITING}, state=PrintState.DRAWING)

    def beat(self, **values):
        if not self._write({"state": PrintState.DRAWING, "beat_at": self.last}, **values):
            raise TakenOver

    def _write(self, expected, **values):
        now = timezone.now()
        written = PrintRun.objects.filter(pk=self.pk, **expected).update(beat_at=now, **values)
        self.last = now
        return written


def draw(pk):
    """Draw a run that waits. Whoever comes second finds nothing to do."""
    hold = Hold(pk)
    if not hold.take():
        return
    try:
        _draw(PrintRun.objects.select_related("centre", "created_by").get(pk=pk), hold)
    except (TakenOver, PrintRun.DoesNotExist):
        logger.info("print run %s: taken over", pk)
    except PdfUnavailable:
        hold.beat(
            state=PrintState.FAILED,
            failure=_("Il manque au serveur la bibliothèque qui fabrique les PDF (Pango)."),
        )
    except Exception:
        hold.beat(
            state=PrintState.FAILED, failure=_("Le serveur n’a pas pu terminer cette impression.")
        )
        raise


def _draw(run, hold):
    sessions = sessions_of(run)
    plan = [
        (session, document, piece)
        for session in sessions
        for document in documents_of(run, session)
        for piece in (document.pieces(session) if document.pieces else [None])
    ]
    hold.beat(progress_done=0, progress_total=sum(map(count_of, plan)))
    # Without a name: nothing of it is left on the disk when the worker is killed.
    with TemporaryFile() as file:
        binding, failures, done = Binding(file), [], 0
        for part in plan:
            if failure := add(binding, *part, by=run.created_by):
                failures.append(failure)
            done += count_of(part)
            hold.beat(progress_done=done)
        if not binding.page_count:
            sentence = told(failures) or _("Ces sessions ne peuvent plus être imprimées.")
            hold.beat(state=PrintState.FAILED, failure=sentence)
            return
        (told_run,) = tell([run])
        title = f"{told_run.title} · {run.centre.name}"
        binding.close(title=title, language="fr")
        keep(run, file, binding.page_count, hold, told(failures))


def count_of(part):
    _session, _document, piece = part
    return piece.count if piece else 1


def sessions_of(run):
    """Those that the person may still see, in the order of the run."""
    member = run.created_by
    mine = (
        ExamSession.objects.for_member(member) if member.is_active else ExamSession.objects.none()
    )
    found = mine.filter(centre_id=run.centre_id, pk__in=run.session_ids)
    found = found.select_related("centre").with_counts()
    return sorted(found, key=lambda session: run.session_ids.index(session.pk))


def documents_of(run, session):
    chosen = filter(None, map(document_of, run.document_keys))
    return [
        document
        for document in chosen
        if document.is_for(session) and document.may_be_given(session, asked_at=run.created_at)
    ]


def add(binding, session, document, piece, *, by):
    """The sentence of what went wrong with this document, if anything did."""
    what = {"title": document.title, "number": session.pk}
    try:
        binding.add(
            Part(
                pdf=piece.render() if piece else issue_document(document, session, by=by),
                title=piece.title if piece else str(document.title),
                chapter=chapter_of(session),
                label=_("%(number)s, %(title)s, p. ") % what,
                one_sided=document.is_cut_up,
            )
        )
    except PdfUnavailable:
        raise
    except Refusal as refusal:
        return _("%(title)s, session %(number)s : %(why)s") % {**what, "why": refusal.sentence}
    except Exception as error:
        # Whatever broke in one drawing, the other papers of the day are to come out. The message
        # of it may quote a name: its kind alone is told.
        kind = type(error).__name__
        logger.error("print: %s of session %s: %s", document.key, session.pk, kind)
        return _("%(title)s, session %(number)s : ce document n’a pas pu être dessiné.") % what
    return None


def chapter_of(session):
    return _("%(hour)s · %(room)s · session %(number)s") % {
        "hour": date_format(session.start_time, r"G \h i"),
        "room": session.room,
        "number": session.pk,
    }


def told(failures):
    """Each sentence once, as many as the column holds."""
    sentences = list(dict.fromkeys(failures))
    shown = " ".join(sentences)
    if len(shown) > LONGEST_FAILURE:
        shown = shown[: LONGEST_FAILURE - 1] + "…"
    return shown


def keep(run, file, pages, hold, failure):
    """The name is written before the file: what a killed worker leaves can be found, and deleted.

    It carries the number of pages, which nothing else remembers.
    """
    field = PrintRun._meta.get_field("file")
    name = field.generate_filename(run, f"{uuid4()}-{pages}.pdf")
    hold.beat(file=name)
    file.seek(0)
    field.storage.save(name, File(file))
    try:
        hold.beat(state=PrintState.DONE, failure=failure)
    except TakenOver:
        field.storage.delete(name)
        raise
