from django import template
from django.utils import timezone

from finalisation.piles import count_piles
from finalisation.sealing import not_written
from sessions.models import ExamSession
from sessions.queries.sessions import late

register = template.Library()


@register.simple_tag
def piles():
    """What waits for an officer, for the first page of the admin."""
    return count_piles()


@register.simple_tag
def late_sessions():
    """How many are not finalised though their 48 hours are over."""
    return ExamSession.objects.filter(late(timezone.now())).count()


@register.simple_tag
def records_not_written():
    """The numbers of the sessions whose PV should be there, and is not."""
    return list(not_written(timezone.now()).values_list("pk", flat=True))
