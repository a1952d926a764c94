from django.contrib import admin
from django.shortcuts import render

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
