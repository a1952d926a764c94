"""Minutes added to tests: a ledger, always added to what was there (domain.md § 5)."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.audit.models import event_of, record_all, replayed
from certif.lib.refusals import InvalidInput, Refusal
from exam.actions.resuming import mark_rows_changed
from exam.clock import counts_again, extra_minutes
from exam.enums import GrantReason
from exam.models import Attempt, TimeGrant
from sessions.actions import ToConfirm
from sessions.actions.session import lock_open_session

MOST_AT_ONCE = 120
MOST_IN_ALL = 240
# A forgotten extra time is set from the list: by minutes, it would be counted twice.
REASONS = [reason for reason in GrantReason if reason != GrantReason.EXTRA_TIME]


class NobodyGranted(Refusal):
    """Everybody chosen is left out: finished meanwhile, absent."""


@dataclass(frozen=True)
class Granted:
    """Who got the minutes, and who did not, with why."""

    minutes: int
    attempts: list
    left_out: list


@transaction.atomic
def grant_minutes(
    session,
    candidate_ids,
    *,
    minutes,
    reason,
    detail="",
    last_grant=None,
    by,
    confirmed=None,
    operation=None,
):
    """Add minutes to the tests of these candidates: running, or ready to start.

    `last_grant`: the newest grant of the session as the form was made. `confirmed` is the fingerprint
    of the warnings passed over; None: nobody is there to ask. Raises SessionClosed, InvalidInput,
    NobodyGranted, ToConfirm (the extra time is counted already, or somebody added minutes meanwhile).
    """
    session = lock_open_session(session.pk, operation=operation, by=by)
    if event := replayed(operation, by=by):
        return _granted_before(event)
    refuse_odd_grant(minutes, reason, detail)
    chosen = candidates_to_grant(session).filter(pk__in=candidate_ids)
    found = [(candidate, why_left_out(candidate, minutes)) for candidate in chosen]
    attempts = [candidate.attempt for candidate, why in found if not why]
    left_out = [(candidate, why) for candidate, why in found if why]
    if not attempts:
        raise _nobody(left_out)
    if confirmed is not None:
        warnings = [*_counted_already(attempts, minutes), *_added_meanwhile(attempts, last_grant)]
        if warnings and confirmed != ToConfirm(warnings).fingerprint:
            raise ToConfirm(warnings)
    _write(session, attempts, minutes, reason, detail, by, operation)
    return Granted(minutes, attempts, left_out)


def candidates_to_grant(session):
    return session.candidates.select_related("attempt").order_by("identity_key", "pk")


def newest_grant(session):
    """Its number, as a form holds it; 0 when nobody got minutes."""
    grants = TimeGrant.objects.filter(attempt__candidate__session=session)
    return grants.aggregate(newest=Max("pk"))["newest"] or 0


def why_left_out(candidate, minutes=0):
    """Why a candidate gets no minutes now; empty when he does."""
    attempt = getattr(candidate, "attempt", None)
    if attempt is not None and attempt.is_over:
        return _("test terminé")
    if attempt is None or not (attempt.is_running or candidate.is_present):
        return _("absent")
    if attempt.granted_minutes + minutes > MOST_IN_ALL:
        return _("plus de %(n)s min en tout") % {"n": MOST_IN_ALL}
    return ""


def refuse_odd_grant(minutes, reason, detail):
    if not 1 <= minutes <= MOST_AT_ONCE:
        raise InvalidInput(
            _("Indiquez de 1 à %(n)s minutes.") % {"n": MOST_AT_ONCE}, field="minutes"
        )
    if reason not in REASONS:
        raise InvalidInput(_("Choisissez une raison de la liste."), field="reason")
    if reason == GrantReason.OTHER and not detail:
        raise InvalidInput(_("Précisez la raison en quelques mots."), field="detail")


def _nobody(left_out):
    if not left_out:
        return InvalidInput(_("Choisissez au moins un candidat."), field="candidates")
    names = ", ".join(f"{candidate} ({why})" for candidate, why in left_out)
    sentence = _("Aucune minute n’a été ajoutée : %(names)s.") % {"names": names}
    if any(not why_left_out(candidate) for candidate, _why in left_out):
        return InvalidInput(sentence, field="minutes")
    return NobodyGranted(sentence)


def _counted_already(attempts, minutes):
    """The extra time is in every end already: whoever adds it by hand counts it twice."""
    for attempt in attempts:
        percent = attempt.candidate.extra_time_percent
        if counts_again(minutes, percent):
            facts = {
                "name": attempt.candidate,
                "percent": percent,
                "minutes": extra_minutes(percent),
            }
            yield (
                _("%(name)s : temps majoré %(percent)s %% déjà compté : +\u00a0%(minutes)s min.")
                % facts
            )


def _added_meanwhile(attempts, last_grant):
    """Two people hear the same alarm: what the other one added while this form was open is told."""
    if last_grant is None:
        return
    grants = TimeGrant.objects.filter(attempt__in=attempts, pk__gt=last_grant)
    presses = defaultdict(list)
    for grant in grants.select_related("granted_by", "attempt__candidate").order_by("pk"):
        presses[grant.granted_by, grant.granted_at, grant.minutes, grant.reason].append(grant)
    for together in presses.values():
        grant, *others = together
        facts = {
            "who": grant.granted_by,
            "minutes": grant.minutes,
            "whom": grant.attempt.candidate,
            "n": len(together),
            "reason": grant.get_reason_display(),
        }
        if others:
            sentence = _(
                "%(who)s a ajouté +\u00a0%(minutes)s min à %(n)s de ces candidats depuis que cette "
                "fenêtre est ouverte (%(reason)s)."
            )
        else:
            sentence = _(
                "%(who)s a ajouté +\u00a0%(minutes)s min à %(whom)s depuis que cette fenêtre est "
                "ouverte (%(reason)s)."
            )
        yield sentence % facts


def _write(session, attempts, minutes, reason, detail, by, operation):
    now = timezone.now()
    grants = TimeGrant.objects.bulk_create(
        TimeGrant(
            attempt=attempt,
            minutes=minutes,
            reason=reason,
            detail=detail,
            granted_at=now,
            granted_by=by,
        )
        for attempt in attempts
    )
    for attempt in attempts:
        attempt.granted_minutes += minutes
    Attempt.objects.bulk_update(attempts, ["granted_minutes"])
    mark_rows_changed(session, [attempt.candidate_id for attempt in attempts])
    record_all(_events(session, grants, by, operation))


def _events(session, grants, by, operation):
    """A line for each candidate. The first holds the operation, and whom it was about."""
    for grant in grants:
        yield event_of(
            "time.granted",
            by=by,
            operation=operation,
            session=session,
            candidate=grant.attempt.candidate,
            minutes=grant.minutes,
            reason=grant.get_reason_display(),
            grant=grant.pk,
            **({"grants": [each.pk for each in grants]} if operation else {}),
        )
        operation = None


def _granted_before(event):
    grants = TimeGrant.objects.filter(pk__in=event.data["grants"]).select_related(
        "attempt__candidate"
    )
    return Granted(event.data["minutes"], [grant.attempt for grant in grants], [])
