"""The register of a school's pupils, and enrolling from it by class."""

from functools import partial

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from certif.accounts.models import Centre, CentreKind, Role
from certif.audit.operations import operation_of
from sessions import actions, queries
from sessions.forms import submit
from sessions.forms.register import ClassesForm, EnrolForm
from sessions.views.scope import centre_in_scope, form_page, require_open


@require_safe
def register(request, centre_id):
    """The pupils of a school, all of them or some classes; or the part of it that htmx replaces."""
    centre = school_in_scope(request.user, centre_id)
    context = pupils_of(centre, request.GET)
    context["is_manager"] = is_manager_of(request.user, centre)
    context["imported_at"] = queries.last_register_import(centre)
    part = "sessions/_register_pupils.html" if wants_pupils(request) else "sessions/register.html"
    return render(request, part, context, status=status_of_choice(context))


@form_page
def register_delete(request, centre_id):
    centre = get_object_or_404(Centre.objects.for_member(request.user, Role.MANAGER), pk=centre_id)
    require_school(centre)
    if request.method == "POST":
        count = actions.delete_register(centre, by=request.user, operation=operation_of(request))
        messages.success(request, deleted(count))
        return redirect("sessions:register", centre_id)
    context = {"centre": centre, "count": sum(queries.classes_of(centre).values())}
    return render(request, "sessions/register_delete.html", context)


@form_page
def enrol(request, pk):
    """Pupils of chosen classes, to tick; or the part of it that htmx replaces."""
    session = queries.session_in_scope(request.user, pk)
    require_school(session.centre)
    require_open(session)
    if request.method == "POST":
        return enrol_ticked(request, session)
    return render_enrol(request, session)


def enrol_ticked(request, session):
    form = EnrolForm(request.POST)
    act = partial(actions.enrol_pupils, session, by=request.user, operation=operation_of(request))
    try:
        done = submit(form, act)
    except actions.RegisterMoved as refusal:
        return render_enrol(request, session, form=form, refusal=refusal.sentence, status=409)
    if done is None:
        return render_enrol(request, session, form=form, status=422)
    messages.success(request, enrolled(done))
    return redirect("sessions:candidate_list", session.pk)


def render_enrol(request, session, *, form=None, refusal="", status=200):
    asked = request.POST if form else request.GET
    context = pupils_of(session.centre, asked, all_at_first=False)
    pupils = context["page"].object_list
    ticked = queries.of_register(session.centre, form.ticked) if form else set()
    context |= {
        "session": session,
        "form": form,
        "refusal": refusal,
        "ticked": ticked,
        "elsewhere": ticked - {pupil.pk for pupil in pupils},
        "to_enrol": queries.mark_enrolled(session, pupils),
    }
    part = "sessions/_enrol_pupils.html" if wants_pupils(request) else "sessions/enrol.html"
    return render(request, part, context, status=max(status, status_of_choice(context)))


def pupils_of(centre, asked, *, all_at_first=True):
    classes = ClassesForm(asked, classes=queries.classes_of(centre))
    shown = classes.chosen or (list(classes.classes) if all_at_first else [])
    return {
        "centre": centre,
        "classes": classes,
        "page": queries.page_of_pupils(centre, shown, number=asked.get("page")),
    }


def school_in_scope(user, centre_id):
    centre = centre_in_scope(user, centre_id)
    require_school(centre)
    return centre


def require_school(centre):
    if centre.kind != CentreKind.SCO:
        raise Http404


def is_manager_of(user, centre):
    return Centre.objects.for_member(user, Role.MANAGER).filter(pk=centre.pk).exists()


def wants_pupils(request):
    return request.htmx and request.htmx.target == "pupils"


def status_of_choice(context):
    return 422 if context["classes"].errors else 200


def enrolled(done):
    """What was done, for a person."""
    if not done.count:
        return _("Ces élèves étaient déjà inscrits : rien n’a changé.")
    sentence = ngettext("%(n)s élève inscrit.", "%(n)s élèves inscrits.", done.count)
    known = ngettext("%(n)s l’était déjà.", "%(n)s l’étaient déjà.", done.skipped)
    parts = [sentence % {"n": done.count}]
    return " ".join([*parts, known % {"n": done.skipped}] if done.skipped else parts)


def deleted(count):
    return ngettext(
        "Le registre est effacé : il comptait %(n)s élève.",
        "Le registre est effacé : il comptait %(n)s élèves.",
        count,
    ) % {"n": count}
