from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from certif.accounts.context import centres_of
from certif.accounts.models import Centre, Role
from certif.audit.models import replayed
from certif.audit.operations import operation_of
from certif.lib.refusals import Refusal, status_of
from certif.lib.wallclock import zone_label
from sessions import actions, queries
from sessions.actions.refusals import CandidateStarted
from sessions.actions.session import edit_version
from sessions.forms import CandidateForm, SessionForm, submit, typed_instead
from sessions.models import InvigilatorAccess

form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def session_list(request, centre_id):
    centre = centre_in_scope(request.user, centre_id)
    status = request.GET.get("statut", "")
    context = {
        "centre": centre,
        "other_centres": [c for c in centres_of(request.user) if c.pk != centre.pk],
        "page": queries.page_of_sessions(centre, status=status, number=request.GET.get("page")),
        "statuses": [
            {"value": value, "label": label, "current": value == status}
            for value, label in queries.STATUSES.items()
        ],
        "status": status,
    }
    return render(request, "sessions/session_list.html", context)


@form_page
def session_create(request, centre_id):
    centre = centre_in_scope(request.user, centre_id)
    form = SessionForm(request.POST or None)
    if request.method == "POST":
        create = partial(
            actions.create_session, centre, by=request.user, operation=operation_of(request)
        )
        if session := submit(form, create):
            messages.success(request, _("La session %(n)s est créée.") % {"n": session.pk})
            return redirect(session)
    context = {"centre": centre, "form": form, "zone": zone_label(centre.time_zone)}
    status = 422 if form.errors else 200
    return render(request, "sessions/session_create.html", context, status=status)


@require_safe
def session_detail(request, pk):
    session = queries.session_in_scope(request.user, pk)
    context = {
        **queries.session_page(session, current="sessions:session_detail"),
        "is_manager": queries.is_manager(request.user, session),
        "presence_noted": queries.presence_noted(session),
        "accesses": queries.open_accesses(session),
        "password_is_suspect": queries.password_is_suspect(session),
        "zone": zone_label(session.time_zone),
    }
    return render(request, "sessions/session_detail.html", context)


@form_page
def session_edit(request, pk):
    session = queries.session_in_scope(request.user, pk)
    require_open(session)
    with_schedule = not session.first_started_at or "date" in request.POST
    form = SessionForm.of(session, request.POST or None, with_schedule=with_schedule)
    version = version_of_form(request, edit_version(session))
    if request.method == "POST":
        edit = partial(
            actions.edit_session,
            session,
            by=request.user,
            version=version,
            operation=operation_of(request),
        )
        try:
            if submit(form, edit):
                messages.success(request, _("La session est modifiée."))
                return redirect(session)
        except Refusal as refusal:
            return session_edit_refused(request, pk, form, refusal)
    return render_session_edit(request, session, form, version, 422 if form.errors else 200)


def session_edit_refused(request, pk, form, refusal):
    """The true values, and beside them what could not be kept."""
    session = queries.session_in_scope(request.user, pk)
    require_open(session)
    fresh = SessionForm.of(session, with_schedule=not session.first_started_at)
    return render_session_edit(
        request,
        session,
        fresh,
        edit_version(session),
        status_of(refusal),
        refusal=refusal.sentence,
        typed=typed_instead(form),
    )


def render_session_edit(request, session, form, version, status, refusal="", typed=()):
    context = {
        "session": session,
        "form": form,
        "version": version,
        "refusal": refusal,
        "typed": typed,
        "zone": zone_label(session.time_zone),
    }
    return render(request, "sessions/session_edit.html", context, status=status)


@form_page
def session_delete(request, pk):
    if centre_id := deleted_already(request):
        return redirect("sessions:session_list", centre_id)
    session = queries.session_in_scope(request.user, pk)
    refusal, status = "", 200
    try:
        if request.method == "POST":
            actions.delete_session(session, by=request.user, operation=operation_of(request))
            messages.success(request, _("La session %(n)s est supprimée.") % {"n": pk})
            return redirect("sessions:session_list", session.centre_id)
        actions.refuse_deletion(session)
    except Refusal as error:
        refusal, status = error.sentence, status_of(error)
    context = {"session": session, "refusal": refusal}
    return render(request, "sessions/session_delete.html", context, status=status)


@form_page
def password_renew(request, pk):
    session = queries.session_in_scope(request.user, pk, Role.MANAGER)
    require_open(session)
    if request.method == "POST":
        actions.renew_password(session, by=request.user, operation=operation_of(request))
        messages.success(
            request, _("Le mot de passe de la session est renouvelé. L’ancien ne sert plus.")
        )
        return redirect(session)
    context = {"session": session, "access_count": queries.open_accesses(session).count()}
    return render(request, "sessions/password_renew.html", context)


@form_page
def access_revoke(request, pk, access_id):
    session = queries.session_in_scope(request.user, pk)
    accesses = InvigilatorAccess.objects.filter(session=session).select_related("user")
    access = get_object_or_404(accesses, pk=access_id)
    if request.method == "POST":
        actions.revoke_invigilator(access, by=request.user, operation=operation_of(request))
        messages.success(request, _("Cet accès à l’espace surveillant est retiré."))
        return redirect(session)
    return render(request, "sessions/access_revoke.html", {"session": session, "access": access})


@require_safe
def session_history(request, pk):
    session = queries.session_in_scope(request.user, pk)
    context = {
        **queries.session_page(session, current="sessions:session_history"),
        "page": queries.page_of_history(session, number=request.GET.get("page")),
        "zone": zone_label(session.time_zone),
    }
    return render(request, "sessions/session_history.html", context)


@require_safe
def candidate_list(request, pk):
    session = queries.session_in_scope(request.user, pk)
    context = {
        **queries.session_page(session, current="sessions:candidate_list"),
        "candidates": queries.candidates_of(session),
        "too_few_invigilators": queries.too_many_candidates(session),
    }
    return render(request, "sessions/candidate_list.html", context)


@form_page
def candidate_add(request, pk):
    session = queries.session_in_scope(request.user, pk)
    require_open(session)
    form = CandidateForm(request.POST or None)
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
    context |= {"refusal": refusal, "typed": typed}
    return render(request, "sessions/candidate_edit.html", context, status=status)


@form_page
def candidate_remove(request, pk, candidate_id):
    session = queries.session_in_scope(request.user, pk)
    if removed_already(request):
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


def centre_in_scope(user, pk):
    return get_object_or_404(Centre.objects.for_member(user), pk=pk)


def require_open(session):
    if not session.is_open:
        raise actions.SessionClosed


def version_of_form(request, current):
    """The version a form was made from: the present one when it is being made."""
    return request.POST.get("version", "") if request.method == "POST" else current


def deleted_already(request):
    """The centre of a session that this very form deleted: a second click is no error."""
    event = replayed(operation_of(request), by=request.user)
    return event.centre_id if event and event.kind == "session.deleted" else None


def removed_already(request):
    event = replayed(operation_of(request), by=request.user)
    return event is not None and event.kind == "candidate.removed"
