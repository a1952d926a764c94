"""Mails, sent by the worker: each once, tried again later when the server of mails refuses it."""

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone
from django_tasks import task

from certif.lib.mails import PAUSES, reason_of
from finalisation.deadline import STAGES, stage_of
from finalisation.models import Mailing, MailKind
from finalisation.result_links import LINK_LASTS, address_of


@task()
def send_mailings(pks):
    """Each on its own. `mailings.plan` asks for one at a time: a worker that dies strands no other."""
    for pk in pks:
        _send_once(pk)


def _send_once(pk):
    """Whoever comes second finds it taken. One whose sender was killed stays so, and is seen by
    officers: it may have left, and nobody gets it twice without a person saying so."""
    if not _take(pk):
        return
    mailing = Mailing.objects.select_related("session__centre", "session__finalised_by").get(pk=pk)
    if not _is_still_true(mailing):
        mailing.delete()
        return
    try:
        _send(mailing)
    except Exception as error:
        _put_off(mailing, reason_of(error))
    else:
        Mailing.objects.filter(pk=pk).update(sent_at=timezone.now(), is_under_way=False, error="")


def _take(pk):
    free = Mailing.objects.filter(pk=pk, sent_at__isnull=True, is_under_way=False)
    return free.update(is_under_way=True, tries=F("tries") + 1, tried_at=timezone.now())


def _is_still_true(mailing):
    """What was undone before the worker came is told to nobody."""
    session = mailing.session
    if mailing.kind == MailKind.FINALISED:
        return session.finalised_at == mailing.occasion
    if mailing.kind == MailKind.RESULTS:
        return session.published_at == mailing.occasion
    if mailing.kind in STAGES:
        is_same_end = session.ends_at == mailing.occasion
        return is_same_end and stage_of(session, timezone.now()) == mailing.kind
    return True


def _send(mailing):
    """Without a result nor an identity in it: they are read on the site."""
    context = {
        **mailing.details,
        "session": mailing.session,
        "support_email": settings.SUPPORT_EMAIL,
        "site_url": settings.SITE_URL,
    }
    if mailing.kind == MailKind.RESULTS:
        context["address"] = settings.SITE_URL + address_of(mailing)
        context["until"] = timezone.now() + LINK_LASTS
    subject = render_to_string(f"finalisation/mails/{mailing.kind}_subject.txt", context)
    body = render_to_string(f"finalisation/mails/{mailing.kind}.txt", context)
    send_mail(subject.strip(), body, None, [mailing.recipient])


@transaction.atomic
def _put_off(mailing, reason):
    Mailing.objects.filter(pk=mailing.pk).update(is_under_way=False, error=reason)
    if mailing.tries <= len(PAUSES):
        at = timezone.now() + PAUSES[mailing.tries - 1]
        send_mailings.using(run_after=at).enqueue([mailing.pk])
