from django import template

from finalisation.piles import count_piles

register = template.Library()


@register.simple_tag
def piles():
    """What waits for an officer, for the first page of the admin."""
    return count_piles()
