from functools import wraps

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.db import IntegrityError
from django.db.transaction import atomic
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certif.accounts.actions import close_other_logins, rename
from certif.accounts.adapter import TOO_MANY_TRIES
from certif.accounts.context import centres_of, home_of
from certif.accounts.forms import ProfileForm
from certif.accounts.models import Role
from certif.accounts.queries import open_logins
from certif.audit.operations import operation_of


@require_safe
def landing(request):
    """Where each person starts (domain.md § 1)."""
    centres = centres_of(request.user)
    if len(centres) == 1:
        return redirect(home_of(centres))
    if centres:
        return render(request, "accounts/landing.html", {"centres": centres})
    if request.user.is_staff:
        return redirect("admin:index")
    return redirect("invigilation:join")


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request):
    user = request.user
    names = {"first_name": user.first_name, "last_name": user.last_name}
    form = ProfileForm(request.POST or None, initial=names)
    if request.method == "POST" and form.is_valid():
        rename(user, by=user, operation=operation_of(request), **form.cleaned_data)
        messages.success(request, _("Votre nom est enregistré."))
        return redirect("accounts:profile")
    memberships = user.memberships.filter(is_active=True).select_related("centre")
    memberships = list(memberships.order_by("centre__name", "centre"))
    context = {
        "form": form,
        "memberships": memberships,
        "is_manager": any(membership.role == Role.MANAGER for membership in memberships),
        "has_second_factor": is_mfa_enabled(user),
        "logins": open_logins(request, timezone.now()),
    }
    return render(request, "accounts/profile.html", context, status=422 if form.errors else 200)


@require_POST
def logins_close(request):
    this = request.session.session_key
    close_other_logins(request.user, but=this, operation=operation_of(request))
    messages.success(request, _("Vos autres connexions sont fermées."))
    return redirect("accounts:profile")


@require_safe
def back_in(request):
    """Logged in again beside a page that was kept open (static/js/login.js)."""
    return render(request, "accounts/back_in.html")


def honest_status(view):
    """allauth answers 200 to a refused form: 422 for what was typed, 429 for too many tries."""

    @wraps(view)
    def answered(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if request.method == "POST" and response.status_code == 200:
            response.status_code = _status_of(response.context_data["form"])
        return response

    return answered


def _status_of(form):
    errors = [error for errors in form.errors.as_data().values() for error in errors]
    return 429 if any(error.code == TOO_MANY_TRIES for error in errors) else 422


def whole_or_nothing(view):
    """Half an account would keep its address from the person who signs up again."""
    posted = atomic(view)

    @wraps(view)
    def answered(request, *args, **kwargs):
        if request.method != "POST":
            return view(request, *args, **kwargs)
        try:
            return posted(request, *args, **kwargs)
        except IntegrityError:  # Somebody has just taken the address: now its form sees it.
            return posted(request, *args, **kwargs)

    return answered
