"""What mails are to leave: asked in the transaction of what they tell, all or nothing."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import User
from certif.audit.models import record, replayed
from certif.lib.mails import PAUSES
from certif.lib.refusals import Refusal
from finalisation import tasks
from finalisation.deadline import not_reminded, stage_of
from finalisation.models import Mailing, MailKind

CUT_OFF_AFTER = timedelta(minutes=15)


class AlreadySent(Refusal):
    message = _("Ce courriel est parti entre-temps.")


class BeingSent(Refusal):
    message = _("Ce courriel est en cours d’envoi. Revenez voir dans un quart d’heure.")


def plan(session, kind, recipients, *, occasion, **details):
    """One mail to each address that was not told of this occasion yet. Gives the new ones.

    Each is a task of its own: a worker that dies strands the mail that it was sending, and no other.
    """
    known = Mailing.objects.filter(session=session, kind=kind, occasion=occasion)
    told = set(known.values_list("recipient", flat=True))
    new = Mailing.objects.bulk_create(
        Mailing(session=session, kind=kind, recipient=address, occasion=occasion, details=details)
        for address in sorted({address.lower() for address in recipients} - told)
    )
    for mailing in new:
        tasks.send_mailings.enqueue([mailing.pk])
    return new


def tell_centre(session, kind, *, occasion, **details):
    members = User.objects.filter(
        memberships__centre=session.centre_id, memberships__is_active=True, is_active=True
    )
    return plan(
        session, kind, members.values_list("email", flat=True), occasion=occasion, **details
    )


def announce_results(session):
    """To whoever receives the results of a started test of this session."""
    addresses = (
        session.candidates.exclude(results_email="")
        .filter(attempt__certification__isnull=False)
        .values_list("results_email", flat=True)
    )
    return plan(session, MailKind.RESULTS, addresses, occasion=session.published_at)


def remind_centres(at):
    """The mails of the 48-hour clock that are due: once for each stage. Gives how many sessions."""
    sessions = list(not_reminded(at).select_related("centre"))
    for session in sessions:
        with transaction.atomic():
            tell_centre(session, stage_of(session, at), occasion=session.ends_at)
    return len(sessions)


def forget_unsent(session, kind):
    """What is no longer true is not to be sent by an officer either."""
    Mailing.objects.filter(session=session, kind=kind, sent_at__isnull=True).delete()


def not_sent():
    """What officers have to see: refused at least once, or waiting for longer than it should."""
    long_ago = timezone.now() - CUT_OFF_AFTER
    return Mailing.objects.filter(
        ~Q(error="") | Q(tried_at__lt=long_ago) | Q(tried_at=None, created_at__lt=long_ago),
        sent_at__isnull=True,
    )


def state_of(mailing):
    """Where a mail is, in words. Nobody knows whether one that was cut off has left."""
    if mailing.sent_at:
        return _("Parti")
    if mailing.is_under_way:
        is_cut_off = mailing.tried_at < timezone.now() - CUT_OFF_AFTER
        return _("Interrompu\u00a0: peut-être parti") if is_cut_off else _("En cours d’envoi")
    if not mailing.error:
        return _("En attente")
    return _("Abandonné") if mailing.tries > len(PAUSES) else _("Nouvel essai prévu")


@transaction.atomic
def send_again(mailing, *, by, operation=None):
    """An officer sends it anew, from the first try. Raises AlreadySent, BeingSent."""
    mailing = Mailing.objects.select_for_update(of=("self",)).get(pk=mailing.pk)
    if replayed(operation, by=by):
        return mailing
    if mailing.sent_at:
        raise AlreadySent
    if mailing.is_under_way and mailing.tried_at > timezone.now() - CUT_OFF_AFTER:
        raise BeingSent
    mailing.tries, mailing.is_under_way, mailing.error = 0, False, ""
    mailing.save(update_fields=["tries", "is_under_way", "error"])
    record(
        "mail.sent_again", by=by, operation=operation, session=mailing.session, mailing=mailing.pk
    )
    tasks.send_mailings.enqueue([mailing.pk])
    return mailing


def recipients_of(pks):
    """The addresses behind the ids that lines of the history hold."""
    return dict(Mailing.objects.filter(pk__in=pks).values_list("pk", "recipient"))
