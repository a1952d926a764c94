import uuid

from django import template
from django.utils.html import format_html

from certif.audit.operations import FIELD

register = template.Library()


@register.simple_tag
def operation_field():
    """The hidden input that every POST form carries."""
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, uuid.uuid4())
