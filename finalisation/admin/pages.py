from django.contrib import admin
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from sessions.models import ExamSession


def render_page(request, template, title, context, *, status=200):
    """A page of the review, dressed as a page of Django admin."""
    context = {
        **admin.site.each_context(request),
        "title": title,
        "opts": ExamSession._meta,
        **context,
    }
    return render(request, template, context, status=status)


def told(moment):
    """« 16/11/2026 à 9 h 05 (heure de Paris) », by the clock of the officers."""
    when = date_format(timezone.localtime(moment), "d/m/Y à G\u00a0\\h\u00a0i")
    return _("%(when)s (heure de Paris)") % {"when": when}


def focus_on_error(form):
    """The page opens where something is to correct: what no field says is above them (_fields.html)."""
    if form.non_field_errors():
        return
    name = next((name for name in form.fields if name in form.errors), None)
    if name:
        form.fields[name].widget.attrs["autofocus"] = True
