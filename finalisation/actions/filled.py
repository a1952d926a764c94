from django.db import transaction
from django.utils.translation import gettext as _

from certif.audit.models import record, replayed
from certif.lib.refusals import InvalidInput
from finalisation.filled import known_reports
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from sessions.actions.session import lock_open_session


@transaction.atomic
def fill_from_sheet(session, *, plan, chosen, by, operation=None):
    """Write what the filled sheet says (`finalisation.filled`), whole or not at all.

    `chosen` maps what was asked about to the code that it is sent as, or "". Raises SessionClosed,
    InvalidInput, NotFinished. What stands since the preview is not written twice.
    """
    session = lock_open_session(session.pk, operation=operation, by=by)
    if replayed(operation, by=by):
        return
    candidates = session.candidates.select_related("session").in_bulk()
    codes = {code.code: code for code in IncidentCode.objects.active_on(session.date)}
    reports = [*plan["reports"], *_decided(plan["asked"], chosen)]
    people = {*plan["seen"], *(report[0] for report in reports)}
    if not (people <= candidates.keys() and {report[1] for report in reports} <= codes.keys()):
        raise InvalidInput(
            _("La session a changé depuis cet aperçu. Envoyez le fichier de nouveau.")
        )
    known = known_reports(session)
    reports = [report for report in reports if tuple(report) not in known]
    for pk in plan["seen"]:
        invigilation_actions.note_end_screen(candidates[pk], seen=True, by=by)
    for pk, code, number, description in reports:
        invigilation_actions.write_report(
            candidates[pk],
            code=codes[code],
            question_number=number,
            description=description,
            by=by,
            screen=Screen.CLOSING_FILE,
        )
    record(
        "closing.filled",
        by=by,
        operation=operation,
        session=session,
        seen=len(plan["seen"]),
        reports=len(reports),
    )


def _decided(asked, chosen):
    """(candidate, code, number, words) of what a person chose to send."""
    for key, candidate, choices, text in asked:
        choice = chosen.get(key, "")
        if choice and choice not in choices:
            raise InvalidInput(_("Choisissez l’une des réponses proposées."))
        if choice:
            code, _dash, number = choice.partition("-")
            yield candidate, code, int(number) if number else None, text
