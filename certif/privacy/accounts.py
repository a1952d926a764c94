"""When an account may be erased: asked by the purge and by `erase_person` alike."""

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import Membership, Role, User
from certif.accounts.privacy import erase_accounts, unused_accounts
from certif.audit.models import AuditEvent
from certif.lib.privacy import Rule
from sessions.enums import SessionState
from sessions.models import Candidate, InvigilatorAccess
from sessions.privacy import way_to_session


def reasons_to_keep():
    """The accounts that are not to be erased, each sort with what is said of it."""
    return [
        (Q(is_superuser=True), _("Retirez d’abord à ce compte ses droits d’administration.")),
        (_in_dispute(), _("Ce compte est celui d’une personne d’une session en litige.")),
        (_waits_for_a_result(), _("Ce compte est celui d’un candidat d’une session non publiée.")),
        (_invigilates(), _("Ce compte surveille une session ouverte : retirez-lui cet accès.")),
        (_manages_alone(), _("Ce compte est le seul administrateur de son centre.")),
    ]


def may_be_erased(accounts):
    for kept, _said in reasons_to_keep():
        accounts = accounts.exclude(kept)
    return accounts


def _in_dispute():
    """Whoever a row or a line of the history of such a session names."""
    frozen = settings.RETENTION_FROZEN_SESSIONS
    named = Q(
        Exists(AuditEvent.objects.filter(session_id__in=frozen, actor_id=OuterRef("pk")).order_by())
    )
    for relation in User._meta.related_objects:
        if way := way_to_session(relation.related_model):
            rows = relation.related_model._base_manager.filter(**{f"{way}__in": frozen})
            named |= Q(Exists(rows.filter(**{relation.field.name: OuterRef("pk")})))
    return named


def _waits_for_a_result():
    return Q(Exists(Candidate.objects.filter(user=OuterRef("pk"), session__published_at=None)))


def _invigilates():
    in_open_sessions = InvigilatorAccess.objects.open().filter(session__state=SessionState.CREATED)
    return Q(Exists(in_open_sessions.filter(user=OuterRef("pk"))))


def _manages_alone():
    managers = Membership.objects.filter(role=Role.MANAGER, is_active=True, user__is_active=True)
    others = managers.filter(centre=OuterRef("centre")).exclude(pk=OuterRef("pk"))
    return Q(Exists(managers.filter(~Exists(others), user=OuterRef("pk"))))


RULES = [
    Rule(
        "accounts",
        "comptes inutilisés",
        lambda limit: may_be_erased(unused_accounts(limit)),
        erase_accounts,
    )
]
