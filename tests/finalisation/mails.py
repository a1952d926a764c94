"""What the worker does with the mails, done here and now."""

from django_tasks_db.models import DBTaskResult

from finalisation import tasks
from finalisation.models import Mailing


def deliver(**which):
    """Send what waits, as the task that was enqueued with it does."""
    pks = Mailing.objects.filter(**which).order_by("pk").values_list("pk", flat=True)
    tasks.send_mailings.call(list(pks))


def waiting():
    """The mails that the queue holds, once for each time it was asked: (ids, not before)."""
    rows = DBTaskResult.objects.filter(task_path=tasks.send_mailings.module_path)
    rows = rows.order_by("enqueued_at")
    return [(row.args_kwargs["args"][0], row.task_result.task.run_after) for row in rows]
