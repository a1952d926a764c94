"""A file that a centre sends: kept, read, looked at by a person, then written whole or not at all."""

from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from certif.accounts.models import Centre
from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput, Refusal
from certif.lib.spreadsheets import TooBusy, UnreadableFile, read_workbook, stamp_of
from certif.lib.spreadsheets.reading import MEGABYTE, MOST_MEGABYTES
from sessions.actions.bulk import write_pupils, write_sessions
from sessions.enums import ImportKind, ImportState
from sessions.imports import KINDS, fingerprint_now
from sessions.imports.table import in_order
from sessions.models import PreparedImport

HEAVIEST = MOST_MEGABYTES * MEGABYTE
READ_AT_ONCE = 20_000  # bytes: about 200 rows, read within the request
WRITE_AT_ONCE = 1_000  # lines
KEEP = timedelta(hours=24)
STEP = 250
ATTEMPTS = 3  # of one confirmation, while the lists move and what it does stays the same


class NotToConfirm(Refusal):
    message = _("Cet import n’attend plus de confirmation.")


class RemovalUndecided(InvalidInput):
    message = _("Dites d’abord ce que deviennent les personnes absentes du fichier.")


class Contradicted(Refusal):
    message = _(
        "Ce fichier donnerait deux fois le même code d’accès, le même identifiant ou la même personne. "
        "Rien n’a été enregistré\u00a0: corrigez-le, puis envoyez-le de nouveau."
    )


class ListsMoved(Refusal):
    message = _(
        "La liste a changé depuis cet aperçu : le voici refait. Rien n’a été enregistré, "
        "confirmez de nouveau."
    )


def receive_import(kind, *, centre, session=None, filename, data, by, operation=None):
    """Keep the file and read it: at once, or by the worker when it is large.

    The operation gives the import its id, so that a form sent twice is one import. Raises
    UnreadableFile when it is read at once, and keeps nothing then.
    """
    if len(data) > HEAVIEST:
        raise UnreadableFile("heavy", megabytes=MOST_MEGABYTES)
    if again := _received(operation, by):
        return again
    _forget_old(centre)
    _forget_refused(by, kind, centre, session)
    prepared = PreparedImport(
        id=operation.id if operation else uuid4(),
        kind=kind,
        centre=centre,
        session=session,
        filename=filename[-200:],
        source=data,
        created_by=by,
    )
    sheets = _read_at_once(prepared)
    prepared.save(force_insert=True)
    if sheets is None:
        prepare_in_worker.enqueue(str(prepared.pk))
    else:
        _plan(prepared, sheets)
    return prepared


def _read_at_once(prepared):
    """The sheets of a small file, when its turn comes at once; else None: no page waits for it."""
    if len(prepared.source) > READ_AT_ONCE:
        return None
    try:
        return _read(prepared, patience=0)
    except TooBusy:
        return None


def _received(operation, by):
    mine = PreparedImport.objects.filter(created_by=by)
    return mine.filter(pk=operation.id).first() if operation else None


def prepare_import(pk, *, moved=False):
    """Read a file that waits; done once, whoever calls. `moved`: since a first preview of it."""
    claimed = PreparedImport.objects.filter(pk=pk, state=ImportState.WAITING)
    if not claimed.update(state=ImportState.READING, beat_at=timezone.now()):
        return
    prepared = PreparedImport.objects.select_related("centre", "session__centre").get(pk=pk)
    try:
        sheets = _read(prepared, seconds=30, patience=120)
    except InvalidInput as refusal:
        _keep(prepared, ImportState.REFUSED, errors=[_of_file(refusal)])
        return
    _plan(prepared, sheets, moved=moved)


def _read(prepared, *, patience, seconds=3):
    return read_workbook(
        bytes(prepared.source),
        name=prepared.filename,
        max_rows=KINDS[prepared.kind].most_rows,
        seconds=seconds,
        patience=patience,
    )


def _plan(prepared, sheets, *, moved=False):
    try:
        _check_stamp(prepared, stamp_of(sheets))
        shown = [sheet for sheet in sheets if not sheet.hidden]
        if not shown:
            raise InvalidInput(_("Toutes les feuilles de ce fichier sont masquées."))
        plan = KINDS[prepared.kind].plan(prepared, shown, Beat(prepared))
    except InvalidInput as refusal:
        _keep(prepared, ImportState.REFUSED, errors=[_of_file(refusal)])
        return
    state = ImportState.REFUSED if plan.errors else ImportState.READY
    warnings, errors = in_order(plan.warnings, sheets), in_order(plan.errors, sheets)
    data = {**plan.data, "warnings": warnings, "moved": moved, "tabs": len(shown)}
    _keep(prepared, state, plan=data, errors=errors, based_on=plan.based_on)


def _check_stamp(prepared, stamp):
    """Ours, but of something else: the wrong file was taken."""
    if stamp is None:
        return
    if stamp.template != prepared.kind:
        raise InvalidInput(_("Ce fichier est le modèle d’un autre import."))
    if prepared.session_id and stamp.subject and stamp.subject != str(prepared.session_id):
        raise InvalidInput(
            _("Ce fichier est celui de la session %(number)s.") % {"number": stamp.subject}
        )


def _of_file(refusal):
    return {
        "sheet": "",
        "row": None,
        "column": None,
        "cell": "",
        "sentence": refusal.sentence,
        "value": "",
    }


def _keep(prepared, state, **values):
    prepared.state = state
    for name, value in values.items():
        setattr(prepared, name, value)
    prepared.beat_at = timezone.now()
    prepared.save(update_fields=["state", "beat_at", *values])


class Beat:
    """Passes rows on, and writes down how far the work is, for the page that waits."""

    def __init__(self, prepared):
        self.mine = PreparedImport.objects.filter(pk=prepared.pk)

    def __call__(self, rows):
        rows = list(rows)
        for done, row in enumerate(rows):
            if done % STEP == 0:
                self.mine.update(
                    progress_done=done, progress_total=len(rows), beat_at=timezone.now()
                )
            yield row


def confirm_import(prepared, *, remove_absent, by, operation=None):
    """Write what the preview showed: all of it, or nothing. Large ones are written by the worker.

    `remove_absent`: what becomes of who is not in the file: True, False, or None when it was not
    said. Raises RemovalUndecided, NotToConfirm, ListsMoved (the preview is then made again).
    """
    if remove_absent is None and somebody_absent(prepared.plan):
        raise RemovalUndecided(field="remove_absent")
    if len(lines_of(prepared.plan)) <= WRITE_AT_ONCE:
        if not apply_import(prepared.pk, remove_absent, by=by, operation=operation):
            raise ListsMoved
        return
    waiting = PreparedImport.objects.filter(pk=prepared.pk, state=ImportState.READY)
    if waiting.update(state=ImportState.APPLYING, beat_at=timezone.now()):
        apply_in_worker.enqueue(str(prepared.pk), bool(remove_absent), by.pk)


def apply_import(pk, remove_absent, *, by, operation=None):
    """One transaction: the rows, the audit and the state `done`. False when it would no longer do what
    was shown: of a tick or of somebody who joins, on the morning, nothing is to be looked at again."""
    for _attempt in range(ATTEMPTS):
        try:
            if _apply(pk, remove_absent, by, operation):
                return True
        except IntegrityError as error:
            _refuse(pk)
            raise Contradicted from error
        if not _is_shown_again(pk):
            return False
    return False


def _refuse(pk):
    """What the reading did not foresee, a constraint refuses: said, and to be sent again corrected."""
    refusal = _of_file(InvalidInput(str(Contradicted.message)))
    PreparedImport.objects.filter(pk=pk).update(state=ImportState.REFUSED, errors=[refusal])


def _is_shown_again(pk):
    """Read and compared again; whether that says what was shown before."""
    former = _said(pk)
    PreparedImport.objects.filter(pk=pk).update(state=ImportState.WAITING)
    prepare_import(pk, moved=True)
    return _said(pk) == former


def _said(pk):
    for plan, errors in PreparedImport.objects.filter(pk=pk).values_list("plan", "errors"):
        return {**plan, "moved": None}, errors
    return None


@transaction.atomic
def _apply(pk, remove_absent, by, operation):
    centre = Centre.objects.locked().filter(imports__pk=pk).first()
    if centre is None:  # forgotten meanwhile
        raise NotToConfirm
    prepared = PreparedImport.objects.locked().get(pk=pk)
    if prepared.state == ImportState.DONE and replayed(operation, by=by):
        return True
    if prepared.state not in {ImportState.READY, ImportState.APPLYING}:
        raise NotToConfirm
    if fingerprint_now(prepared) != prepared.based_on:
        return False
    write = write_pupils if prepared.kind == ImportKind.REGISTER else write_sessions
    counts = write(prepared, remove_absent=remove_absent, by=by)
    record(
        "import.confirmed",
        by=by,
        operation=operation,
        centre=centre,
        what=prepared.get_kind_display(),
        import_kind=prepared.kind,
        **counts,
    )
    _forget_content(prepared, counts)
    return True


def _forget_content(prepared, counts):
    """The file and the names in it have served: only how many of them remain."""
    prepared.source, prepared.plan, prepared.errors = b"", {"counts": counts}, []
    prepared.state, prepared.finished_at = ImportState.DONE, timezone.now()
    prepared.save(update_fields=["source", "plan", "errors", "state", "finished_at"])


@transaction.atomic
def resume_import(prepared):
    """Take up again what was cut off: nothing of it was written."""
    prepared = PreparedImport.objects.locked().get(pk=prepared.pk)
    if prepared.is_cut_off:
        prepared.state = ImportState.WAITING
        prepared.save(update_fields=["state"])
        prepare_in_worker.enqueue(str(prepared.pk))


def abandon_import(prepared):
    """Forget a file that was not confirmed."""
    PreparedImport.objects.filter(pk=prepared.pk).exclude(
        state__in=[ImportState.DONE, ImportState.APPLYING]
    ).delete()


def _forget_old(centre):
    old = timezone.now() - KEEP
    PreparedImport.objects.filter(centre=centre, created_at__lt=old).delete()


def _forget_refused(by, kind, centre, session):
    """A corrected file takes the place of the one that was to correct."""
    former = PreparedImport.objects.filter(created_by=by, kind=kind, centre=centre, session=session)
    former.filter(state=ImportState.REFUSED).delete()


def lines_of(plan):
    """Every line of a plan, about pupils or about the candidates of its sessions."""
    parts = plan.get("sessions", [])
    return [*plan.get("pupils", []), *(line for part in parts for line in part["candidates"])]


def somebody_absent(plan):
    return any(line["action"] == "removed" for line in lines_of(plan))


@task()
def prepare_in_worker(pk):
    prepare_import(pk)


@task()
def apply_in_worker(pk, remove_absent, by):
    with suppress(Contradicted):  # the page that follows it says so
        apply_import(pk, remove_absent, by=get_user_model().objects.get(pk=by))
