from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certif.accounts.context import centres_of
from certif.accounts.models import Role
from certif.audit.operations import operation_of
from certif.lib.refusals import Refusal, status_of
from certif.lib.wallclock import zone_label
from sessions import actions, queries
from sessions.actions.session import edit_version
from sessions.forms import SessionForm, submit, typed_instead
from sessions.models import InvigilatorAccess
from sessions.views.scope import (
    centre_in_scope,
    done_already,
    form_page,
    require_open,
    version_of_form,
)


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
    if event := done_already(request, "session.deleted"):
        return redirect("sessions:session_list", event.centre_id)
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
