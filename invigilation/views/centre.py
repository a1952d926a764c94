"""What the centre does from its list of candidates, without watching the session."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from certif.accounts.models import Role
from certif.accounts.views.scope import form_page
from certif.audit.operations import operation_of
from certif.lib.refusals import Refusal, status_of
from certif.lib.typography import de
from exam import actions as exam_actions
from exam.models import Attempt
from invigilation.forms import ReopenForm
from invigilation.views.scope import enrolled
from sessions.queries import session_in_scope
from sessions.views.candidates import candidate_list_page


@form_page
def reopen_test(request, session_id, candidate_id):
    """A test ended by mistake goes on: asked for by name, with a reason, by a manager."""
    session = session_in_scope(request.user, session_id, Role.MANAGER)
    candidate = enrolled(session, candidate_id)
    attempt = Attempt.objects.select_related("candidate", "ended_by").filter(candidate=candidate)
    attempt = attempt.first()
    form = ReopenForm(request.POST or None)
    try:
        if form.is_valid():
            exam_actions.reopen_test(
                candidate,
                reason=form.cleaned_data["why"],
                by=request.user,
                operation=operation_of(request),
            )
            sentence = _("Le test %(of_name)s est rouvert.") % {"of_name": de(candidate)}
            return told_to_member(request, session_id, sentence)
        exam_actions.refuse_reopening(session, attempt)
    except Refusal as refusal:
        return refused_to_member(request, session_id, refusal)
    context = {"session": session, "candidate": candidate, "attempt": attempt, "form": form}
    context["is_overdue"] = attempt.deadline <= timezone.now()
    status = 422 if form.errors else 200
    return render(request, "invigilation/reopen_test.html", context, status=status)


def told_to_member(request, session_id, sentence):
    messages.success(request, sentence)
    address = reverse("sessions:candidate_list", args=[session_id])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def refused_to_member(request, session_id, refusal):
    """The list as it is now; in the dialog, the reason and the way back to it."""
    status = status_of(refusal)
    if request.htmx:
        context = {"session_id": session_id, "refusal": refusal}
        return render(request, "invigilation/refused.html", context, status=status)
    messages.error(request, refusal.sentence)
    return candidate_list_page(request, session_id, status=status)
