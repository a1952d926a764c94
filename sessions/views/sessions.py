from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from certif.accounts.models import Role
from certif.audit.operations import done_already, operation_of
from certif.lib.refusals import Refusal, status_of
from certif.lib.wallclock import zone_label
from sessions import actions, queries
from sessions.actions.session import edit_version
from sessions.forms import SessionFilters, SessionForm, submit, typed_instead
from sessions.models import InvigilatorAccess
from sessions.views.scope import (
    centre_in_scope,
    form_page,
    require_open,
    version_of_form,
)

FIGURES = {"candidats", "commences"}
ONE_WEEK = timedelta(days=7)
# What htmx asks for by the element it replaces.
PARTS = {"results": "sessions/_session_live.html", "week": "sessions/_week.html"}


@require_safe
def session_list(request, centre_id):
    """The centre's home; or the part of it that htmx replaces."""
    centre = centre_in_scope(request.user, centre_id)
    filters = SessionFilters(request.GET)
    status = 422 if filters.errors else 200
    part = request.htmx.target if request.htmx else None
    context = {"centre": centre, "filters": filters}
    if part != "week":
        context |= results(centre, filters)
    if part != "results":
        context |= the_week(centre, filters)
    if part in PARTS:
        return answer_part(request, PARTS[part], context, status)
    return render(request, "sessions/session_list.html", context, status=status)


def answer_part(request, template, context, status):
    response = render(request, template, context, status=status)
    filters = context["filters"]
    address = request.path + filters.address(page=filters.chosen.get("page")).rstrip("?")
    if not filters.errors and request.htmx.current_url_abs_path != address:
        push_url(response, address)
    return response


def results(centre, filters):
    number = filters.chosen.get("page")
    page = queries.page_of_sessions(centre, number=number, **filters.criteria)
    return {
        "page": page,
        "beyond": number and number > page.paginator.num_pages,
        "previous_page": filters.address(page=page.number - 1),
        "next_page": filters.address(page=page.number + 1),
        "headers": [header(filters, *column) for column in queries.COLUMNS.items()],
    }


def the_week(centre, filters):
    week = queries.week_of(centre, filters.week)
    for day in week.days:
        day.url = "?" + urlencode({"du": day.date, "au": day.date, "semaine": day.date})
    steps = [
        ("week-previous", _("Précédente"), week.monday - ONE_WEEK),
        ("week-present", _("Cette semaine"), None if week.is_this_one else week.today),
        ("week-next", _("Suivante"), week.monday + ONE_WEEK),
    ]
    return {
        "week": week,
        "waiting": queries.waiting_for_the_centre(centre),
        "week_steps": [
            {"id": key, "label": label, "day": str(day), "url": filters.address(semaine=day)}
            for key, label, day in steps
            if day
        ],
    }


def header(filters, column, label):
    """A column to sort by: ascending first, then the other way round."""
    way = {column: "ascending", f"-{column}": "descending"}.get(filters.criteria.get("tri"))
    other = f"-{column}" if way == "ascending" else column
    return {
        "key": column,
        "label": label,
        "way": way,
        "url": filters.address(tri=other),
        "is_figure": column in FIGURES,
    }


@form_page
def session_create(request, centre_id):
    centre = centre_in_scope(request.user, centre_id)
    model = queries.session_to_copy(centre, request.GET.get("modele"))
    form = form_of_creation(centre, model, request.POST or None)
    asked, status = None, 200
    if request.method == "POST":
        create = partial(
            actions.create_session,
            centre,
            by=request.user,
            confirmed=request.POST.get("confirmed", ""),
            operation=operation_of(request),
        )
        try:
            if session := submit(form, create):
                messages.success(request, _("La session %(n)s est créée.") % {"n": session.pk})
                return redirect(session)
            status = 422
        except actions.ToConfirm as refusal:
            asked, status = refusal, status_of(refusal)
    context = {
        "centre": centre,
        "form": form,
        "model": model,
        "asked": asked,
        "zone": zone_label(centre.time_zone),
    }
    return render(request, "sessions/session_create.html", context, status=status)


def form_of_creation(centre, model, data):
    if model is None:
        return SessionForm(data)
    return SessionForm.copy_of(model, data, today=queries.centre_day(centre, timezone.now()))


@require_safe
def session_detail(request, pk):
    session = queries.session_in_scope(request.user, pk)
    context = {
        **queries.session_page(session, current="sessions:session_detail"),
        "is_manager": queries.is_manager(request.user, session),
        "accesses": queries.invigilators_of(session),
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
            confirmed=request.POST.get("confirmed", ""),
            operation=operation_of(request),
        )
        try:
            if submit(form, edit):
                messages.success(request, _("La session est modifiée."))
                return redirect(session)
        except actions.ToConfirm as refusal:
            status = status_of(refusal)
            return render_session_edit(request, session, form, version, status, asked=refusal)
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


def render_session_edit(
    request, session, form, version, status, *, refusal="", typed=(), asked=None
):
    context = {
        "session": session,
        "form": form,
        "version": version,
        "refusal": refusal,
        "typed": typed,
        "asked": asked,
        "zone": zone_label(session.centre.time_zone),
    }
    return render(request, "sessions/session_edit.html", context, status=status)


@form_page
def session_delete(request, pk):
    if event := done_already(request, "session.deleted"):
        return redirect("sessions:session_list", event.centre_id)
    session = queries.session_in_scope(request.user, pk)
    refusal, status, may_be_deleted = "", 200, True
    try:
        if request.method == "POST":
            actions.delete_session(
                session,
                by=request.user,
                confirmed=request.POST.get("candidates", ""),
                operation=operation_of(request),
            )
            messages.success(request, _("La session %(n)s est supprimée.") % {"n": pk})
            return redirect("sessions:session_list", session.centre_id)
        actions.refuse_deletion(session)
    except Refusal as error:
        refusal, status = error.sentence, status_of(error)
        may_be_deleted = isinstance(error, actions.CountedOtherwise)
    context = {"session": session, "refusal": refusal, "may_be_deleted": may_be_deleted}
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
def access_code_renew(request, pk):
    session = queries.session_in_scope(request.user, pk, Role.MANAGER)
    require_open(session)
    if request.method == "POST":
        actions.renew_access_code(session, by=request.user, operation=operation_of(request))
        messages.success(request, _("Le code d’accès est renouvelé. L’ancien ne sert plus."))
        return redirect(session)
    return render(request, "sessions/access_code_renew.html", {"session": session})


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
