import uuid

from django import template
from django.utils.html import format_html

from certif.audit.operations import FIELD

register = template.Library()


@register.simple_tag(takes_context=True)
def operation_field(context):
    """The hidden input that every POST form carries: an operation of its own, if none is given."""
    operation = context.get("operation_id") or uuid.uuid4()
    return format_html('<input type="hidden" name="{}" value="{}">', FIELD, operation)
