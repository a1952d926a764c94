"""« Imprimer la journée »: choosing, following the worker, taking the file."""

from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from certif.audit.operations import operation_of
from certif.lib.files import sent, size_of
from certif.lib.refusals import Refusal, status_of
from sessions.actions import printing
from sessions.enums import PrintState
from sessions.forms import submit
from sessions.forms.printing import DayToPrintForm, PrintForm
from sessions.models import PrintRun
from sessions.queries.printing import (
    day_to_print,
    days_around,
    kept_runs,
    long_documents,
    page_count,
    recent_runs,
    sessions_of_day,
    tell,
)
from sessions.views.scope import centre_in_scope, form_page


@form_page
def print_day(request, centre_id):
    centre = centre_in_scope(request.user, centre_id)
    day_form = DayToPrintForm(request.GET)
    day = (day_form.is_valid() and day_form.cleaned_data["jour"]) or day_to_print(centre)
    sessions = sessions_of_day(centre, day) if day else []
    form = PrintForm(request.POST if request.method == "POST" else None, sessions=sessions)
    status, refusal = (422 if day_form.errors else 200), None
    if request.method == "POST":
        send = partial(
            printing.print_sessions, centre, by=request.user, operation=operation_of(request)
        )
        try:
            if run := submit(form, send):
                return redirect(run)
            status = 422
        except Refusal as error:
            refusal, status = error, status_of(error)
    context = {
        "centre": centre,
        "day": day,
        "day_form": day_form,
        "form": form,
        "refusal": refusal,
        "runs": tell(recent_runs(centre, request.user)),
        **choices(centre, day, sessions, form),
    }
    return render(request, "sessions/print_day.html", context, status=status)


def choices(centre, day, sessions, form):
    documents = printing.printable()
    before, after = days_around(centre, day) if day else (None, None)
    return {
        "before": before,
        "after": after,
        "sessions": [(each, str(each.pk) in form.ticked_sessions) for each in sessions],
        "all_ticked": len(form.ticked_sessions) == len(sessions),
        "documents": [(each, each.key in form.ticked_documents) for each in documents],
        "nominal": [each.title for each in documents if each.needs_candidates],
    }


@require_safe
def print_run(request, run_id):
    """Where a run is: waiting, being drawn, ready, cut off. The same page all along."""
    (told,) = tell([in_scope(request.user, run_id)])
    is_poll = request.htmx and request.htmx.target == "print-run"
    if is_poll and request.GET.get("v") == version_of(told):
        return HttpResponse(status=204)
    return run_page(request, told, "_print_run_polled" if is_poll else "print_run")


def run_page(request, told, template="print_run", *, status=200):
    run = told.run
    context = {"run": run, "told": told, "centre": run.centre, "version": version_of(told)}
    context["is_polled"] = run.is_at_work and not (run.is_cut_off or told.is_withdrawn)
    if run.state == PrintState.DONE:
        context |= {"pages": page_count(run), "size": size_of(run.file)}
    return render(request, f"sessions/{template}.html", context, status=status)


def in_scope(user, pk):
    runs = kept_runs().for_member(user)
    return get_object_or_404(runs.select_related("centre"), pk=pk)


def version_of(told):
    run = told.run
    return f"{run.state}-{run.progress_done}-{run.is_cut_off:d}-{told.is_withdrawn:d}"


@require_safe
def print_run_file(request, run_id):
    run = in_scope(request.user, run_id)
    (told,) = tell([run])
    if told.is_withdrawn:
        return run_page(request, told, status=409)
    if run.state != PrintState.DONE:
        raise Http404
    response = sent(run.file, filename=told.filename, content_type="application/pdf")
    note_taken(request, run)
    response["Cache-Control"] = "no-store, private"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def note_taken(request, run):
    """HEAD takes nothing."""
    if request.method == "GET":
        for document, session in long_documents(run):
            document.note_taken(session, by=request.user)


@require_POST
def print_run_resume(request, run_id):
    run = in_scope(request.user, run_id)
    try:
        printing.resume_print_run(run, by=request.user, operation=operation_of(request))
    except printing.PrintRunWithdrawn as refusal:
        (told,) = tell([run])
        return run_page(request, told, status=status_of(refusal))
    return redirect(run)


@require_POST
def print_run_abandon(request, run_id):
    run = in_scope(request.user, run_id)
    (told,) = tell([run])
    printing.discard(PrintRun.objects.filter(pk=run.pk))
    messages.success(request, told.deleted)
    return redirect(told.back_url)
