"""Mails, sent by the worker. Enqueued in the action's own transaction: all or nothing."""

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django_tasks import task

from certif.accounts.models import User
from finalisation.models import IdentityCorrection
from sessions.enums import SessionState
from sessions.models import ExamSession


@task()
def tell_centre_finalised(session_id):
    """Unless it was reopened before the worker came to it: that mail says everything."""
    session = _session(session_id)
    if not session.is_open:
        _tell_centre(session, "finalised")


@task()
def tell_centre_reopened(session_id, why):
    _tell_centre(_session(session_id), "reopened", why=why)


@task()
def tell_centre_corrected(correction_id):
    """Without the identity in it: it is read after login."""
    found = IdentityCorrection.objects.select_related("candidate__session__centre")
    correction = found.get(pk=correction_id)
    session = correction.candidate.session
    _tell_centre(session, "corrected", why=correction.why)


@task()
def send_results(session_id):
    """One mail per results recipient, each a task: an address refused stops none of the others."""
    session = _session(session_id)
    if session.state != SessionState.PUBLISHED:
        return
    addresses = (
        session.candidates.exclude(results_email="")
        .filter(attempt__certification__isnull=False)
        .values_list("results_email", flat=True)
        .distinct()
        .order_by("results_email")
    )
    for address in addresses:
        send_results_to.enqueue(session_id, address)


@task()
def send_results_to(session_id, address):
    """Without any result in it: they are read after login."""
    _send("results", [address], session=_session(session_id))


def _session(pk):
    return ExamSession.objects.select_related("centre", "finalised_by").get(pk=pk)


def _tell_centre(session, kind, **context):
    members = User.objects.filter(
        memberships__centre=session.centre, memberships__is_active=True, is_active=True
    )
    recipients = sorted(members.values_list("email", flat=True))
    if recipients:
        _send(kind, recipients, session=session, **context)


def _send(kind, recipients, **context):
    context |= {"support_email": settings.SUPPORT_EMAIL, "site_url": settings.SITE_URL}
    subject = render_to_string(f"finalisation/mails/{kind}_subject.txt", context).strip()
    body = render_to_string(f"finalisation/mails/{kind}.txt", context)
    send_mail(subject, body, None, recipients)
