"""The bank, written from a workbook that an officer has looked at: whole, or not at all."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from certif.audit.models import record, replayed
from certif.lib.refusals import Refusal
from exam import bank_files
from exam.bank_import import plan_bank
from exam.models import Question


class BankMoved(Refusal):
    message = _(
        "La banque a changé depuis cet aperçu : le voici refait. Rien n’a été enregistré, "
        "confirmez de nouveau."
    )


def import_bank(sheets, files, *, based_on, by, operation=None):
    """How many questions were added and changed. `based_on`: the bank that the preview looked at.

    Raises BankMoved.
    """
    # Before the lock, which does not wait for the storage. What no row takes after all harms nobody.
    for name, content in plan_bank(sheets, files).files:
        bank_files.keep(name, content)
    return _write(sheets, files, based_on=based_on, by=by, operation=operation)


@transaction.atomic
def _write(sheets, files, *, based_on, by, operation):
    # The rows that candidates' answers point to are not held: nobody waits in a room.
    list(Question.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    if event := replayed(operation, by=by):
        return event.data
    plan = plan_bank(sheets, files)
    if plan.errors or plan.based_on != based_on:
        raise BankMoved
    Question.objects.bulk_create([Question(**line.values) for line in plan.added])
    for line in plan.changed:
        for name in line.fields:
            setattr(line.question, name, line.values[name])
        line.question.save(update_fields=line.fields)
    event = record(
        "bank.imported",
        by=by,
        operation=operation,
        added=len(plan.added),
        changed=len(plan.changed),
        keys=[line.values["key"] for line in plan.lines],
    )
    return event.data
