from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certif.accounts.models import CentreKind
from certif.audit.operations import done_already, operation_of
from certif.lib.refusals import Refusal, status_of
from sessions import actions, queries
from sessions.actions.candidates import refuse_erased
from sessions.actions.refusals import CandidateStarted
from sessions.forms import CandidateForm, submit, typed_instead
from sessions.openings import note_candidate_opened
from sessions.views.scope import (
    form_page,
    require_open,
    version_of_form,
)


@require_safe
def candidate_list(request, pk):
    return candidate_list_page(request, pk)


def candidate_list_page(request, pk, *, status=200):
    session = queries.session_in_scope(request.user, pk)
    context = {
        **queries.session_page(session, current="sessions:candidate_list"),
        "candidates": queries.candidates_of(session),
        "in_school": session.centre.kind == CentreKind.SCO,
        "too_few_invigilators": queries.too_many_candidates(session),
        "is_manager": queries.is_manager(request.user, session),
    }
    return render(request, "sessions/candidate_list.html", context, status=status)


@form_page
def candidate_add(request, pk):
    session = queries.session_in_scope(request.user, pk)
    require_open(session)
    form = CandidateForm(session, request.POST or None)
    if request.method == "POST":
        add = partial(
            actions.add_candidate, session, by=request.user, operation=operation_of(request)
        )
        if candidate := submit(form, add):
            messages.success(request, _("%(name)s est sur la liste.") % {"name": candidate})
            again = "sessions:candidate_add" if "again" in request.POST else None
            return redirect(again or "sessions:candidate_list", pk)
    context = {"session": session, "form": form}
    status = 422 if form.errors else 200
    return render(request, "sessions/candidate_add.html", context, status=status)


@form_page
def candidate_edit(request, pk, candidate_id):
    session = queries.session_in_scope(request.user, pk)
    candidate = get_object_or_404(session.candidates, pk=candidate_id)
    require_open(session)
    refuse_erased(candidate)
    if candidate.has_started:
        raise CandidateStarted
    form = CandidateForm.of(candidate, request.POST or None)
    version = version_of_form(request, candidate.row_version)
    if request.method == "POST":
        edit = partial(
            actions.edit_candidate,
            candidate,
            by=request.user,
            version=version,
            operation=operation_of(request),
        )
        try:
            if submit(form, edit):
                messages.success(request, _("L’inscription est modifiée."))
                return redirect("sessions:candidate_list", pk)
        except Refusal as refusal:
            return candidate_edit_refused(request, session, candidate, form, refusal)
    context = {"session": session, "candidate": candidate, "form": form, "version": version}
    return render_candidate_edit(request, context, 422 if form.errors else 200)


def candidate_edit_refused(request, session, candidate, form, refusal):
    candidate.refresh_from_db()
    if candidate.has_started:
        raise CandidateStarted
    context = {
        "session": session,
        "candidate": candidate,
        "form": CandidateForm.of(candidate),
        "version": candidate.row_version,
    }
    return render_candidate_edit(
        request, context, status_of(refusal), refusal=refusal.sentence, typed=typed_instead(form)
    )


def render_candidate_edit(request, context, status, *, refusal="", typed=()):
    note_candidate_opened(request, context["candidate"])
    context |= {"refusal": refusal, "typed": typed}
    return render(request, "sessions/candidate_edit.html", context, status=status)


@form_page
def candidate_remove(request, pk, candidate_id):
    session = queries.session_in_scope(request.user, pk)
    if done_already(request, "candidate.removed"):
        return redirect("sessions:candidate_list", pk)
    candidate = get_object_or_404(session.candidates, pk=candidate_id)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            actions.remove_candidate(candidate, by=request.user, operation=operation_of(request))
        except Refusal as error:
            refusal, status = error.sentence, status_of(error)
        else:
            messages.success(request, _("%(name)s n’est plus sur la liste.") % {"name": candidate})
            return redirect("sessions:candidate_list", pk)
    context = {"session": session, "candidate": candidate, "refusal": refusal}
    return render(request, "sessions/candidate_remove.html", context, status=status)
