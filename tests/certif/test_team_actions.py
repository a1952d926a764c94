"""The rules of a centre's team: who invites, who answers, and that a manager always remains."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.accounts import actions, tokens
from certif.accounts.actions.invitations import INVITATIONS_PER_HOUR
from certif.accounts.models import Invitation, Membership, Role, SecretTries
from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from certif.audit.sentences import sentence
from certif.lib.refusals import TooManyTries
from tests.factories import CentreFactory, InvitationFactory, MembershipFactory, UserFactory

NINE = datetime(2026, 12, 14, 9, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return MembershipFactory()


@pytest.fixture
def member(manager):
    return MembershipFactory(centre=manager.centre, role=Role.MEMBER)


def invite(manager, email="claire@exemple.test", role=Role.MEMBER, **others):
    return actions.invite_member(manager.centre, email=email, role=role, by=manager.user, **others)


def kinds():
    return list(AuditEvent.objects.order_by("id").values_list("kind", flat=True))


def link_of(invitation):
    return tokens.token_of(invitation.seed)


def operation():
    return Operation(uuid4(), "the same form")


def reason_of(token):
    with pytest.raises(actions.InvitationUnusable) as refused:
        actions.find_invitation(token)
    return refused.value.reason


# --- Inviting -------------------------------------------------------------------------------------


def test_an_invitation_is_written_in_lower_case_for_seven_days(manager):
    with time_machine.travel(NINE, tick=False):
        invitation = invite(manager, "Claire@Exemple.TEST", Role.MANAGER)

    assert invitation.email == "claire@exemple.test"
    assert invitation.expires_at == NINE + timedelta(days=7)
    assert (invitation.role, invitation.invited_by) == (Role.MANAGER, manager.user)


def test_the_link_is_stored_nowhere(manager, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    invitation = invite(manager)

    queued = str(DBTaskResult.objects.get().args_kwargs)
    stored = str(Invitation.objects.values().get()) + str(AuditEvent.objects.values().get())

    assert link_of(invitation) not in queued + stored
    assert len(invitation.token_hash) == 64


def test_two_links_differ(manager):
    first, second = invite(manager), invite(manager, "paul@exemple.test")

    assert link_of(first) != link_of(second)


def test_another_key_of_the_site_makes_another_link(manager, settings):
    invitation = invite(manager)
    link = link_of(invitation)
    settings.SECRET_KEY = "une autre"

    assert link_of(invitation) != link


def test_the_invitation_is_told_in_the_history(manager):
    invite(manager)

    event = AuditEvent.objects.get()
    told = sentence(event, people={manager.user_id: "Camille MARTIN"}, candidates={})

    assert told == "Camille MARTIN a invité claire@exemple.test avec le rôle «\u00a0membre\u00a0»."
    assert "@" not in str(event.data)
    assert event.centre_id == manager.centre_id


def test_a_member_is_not_invited(manager, member):
    with pytest.raises(actions.AlreadyMember) as refused:
        invite(manager, member.user.email.upper())

    assert refused.value.field == "email"


def test_somebody_who_left_is_invited_again(manager, member):
    actions.remove_member(member, by=manager.user)

    assert invite(manager, member.user.email).is_open


def test_an_address_that_has_not_answered_is_offered_to_be_sent_again(manager):
    waiting = invite(manager)

    with pytest.raises(actions.AlreadyInvited) as refused:
        invite(manager, "CLAIRE@exemple.test")

    assert refused.value.invitation == waiting


def test_an_expired_invitation_is_sent_again_rather_than_doubled(manager):
    InvitationFactory(centre=manager.centre, email="claire@exemple.test", expires_at=timezone.now())

    with pytest.raises(actions.AlreadyInvited):
        invite(manager)


def test_another_centre_invites_the_same_address(manager):
    invite(manager)

    assert invite(MembershipFactory()).is_open


def test_a_form_sent_twice_invites_once(manager):
    form = operation()

    assert invite(manager, operation=form) == invite(manager, operation=form)
    assert kinds() == ["invitation.sent"]


@pytest.mark.parametrize("role", [Role.MEMBER, Role.MANAGER])
def test_who_lost_the_role_in_the_meantime_invites_nobody(manager, role):
    Membership.objects.filter(pk=manager.pk).update(role=role, is_active=role == Role.MEMBER)

    with pytest.raises(actions.NotManager):
        invite(manager)


def test_a_centre_sends_thirty_invitations_an_hour(manager):
    with time_machine.travel(NINE, tick=False):
        for number in range(INVITATIONS_PER_HOUR):
            invite(manager, f"p{number}@exemple.test")
        with pytest.raises(TooManyTries, match="Réessayez dans 60 minutes") as refused:
            invite(manager)

    assert refused.value.retry_at == NINE + timedelta(hours=1)
    assert not Invitation.objects.filter(email="claire@exemple.test").exists()


def test_after_the_hour_a_centre_invites_again(manager):
    with time_machine.travel(NINE, tick=False):
        invite(manager)
    SecretTries.objects.update(failures=INVITATIONS_PER_HOUR)
    with time_machine.travel(NINE + timedelta(hours=1), tick=False):
        invite(manager, "paul@exemple.test")

    assert SecretTries.objects.get().failures == 1


def test_sending_again_counts_too(manager):
    invitation = invite(manager)
    SecretTries.objects.update(failures=INVITATIONS_PER_HOUR)

    with pytest.raises(TooManyTries):
        actions.resend_invitation(invitation, by=manager.user)


def test_one_centre_does_not_slow_down_another(manager):
    invite(manager)
    SecretTries.objects.update(failures=INVITATIONS_PER_HOUR)

    assert invite(MembershipFactory()).is_open


def test_a_refused_invitation_is_not_counted(manager, member):
    with pytest.raises(actions.AlreadyMember):
        invite(manager, member.user.email)

    assert not SecretTries.objects.exists()


# --- Sending again, withdrawing -------------------------------------------------------------------


def test_sent_again_the_old_link_dies_and_the_new_one_has_seven_days(manager):
    with time_machine.travel(NINE, tick=False):
        invitation = invite(manager)
    old = link_of(invitation)
    with time_machine.travel(NINE + timedelta(days=8), tick=False):
        renewed = actions.resend_invitation(invitation, by=manager.user)

        assert reason_of(old) == "unknown"
        assert actions.find_invitation(link_of(renewed)) == invitation
    assert renewed.expires_at == NINE + timedelta(days=15)


def test_sent_again_twice_by_one_form_keeps_the_same_link(manager):
    form, invitation = operation(), invite(manager)
    first = actions.resend_invitation(invitation, by=manager.user, operation=form)

    second = actions.resend_invitation(invitation, by=manager.user, operation=form)

    assert first.token_hash == second.token_hash


def test_a_withdrawn_link_is_dead(manager):
    invitation = invite(manager)
    actions.withdraw_invitation(invitation, by=manager.user)

    assert reason_of(link_of(invitation)) == "withdrawn"


def test_withdrawing_twice_changes_nothing(manager):
    invitation = invite(manager)
    actions.withdraw_invitation(invitation, by=manager.user)
    actions.withdraw_invitation(invitation, by=manager.user)

    assert kinds() == ["invitation.sent", "invitation.withdrawn"]


@pytest.mark.parametrize("act", [actions.resend_invitation, actions.withdraw_invitation])
def test_an_accepted_invitation_is_over(manager, act):
    invitation = invite(manager)
    actions.accept_invitation(link_of(invitation), by=UserFactory(email=invitation.email))

    with pytest.raises(actions.InvitationOver):
        act(invitation, by=manager.user)


def test_a_withdrawn_invitation_is_not_sent_again(manager):
    invitation = invite(manager)
    actions.withdraw_invitation(invitation, by=manager.user)

    with pytest.raises(actions.InvitationOver):
        actions.resend_invitation(invitation, by=manager.user)


# --- Accepting ------------------------------------------------------------------------------------


def accept(invitation, user=None, **others):
    user = user or UserFactory(email=invitation.email)
    return actions.accept_invitation(link_of(invitation), by=user, **others)


def test_accepting_gives_the_role_offered(manager):
    invitation = InvitationFactory(centre=manager.centre, role=Role.MANAGER)

    assert accept(invitation) == manager.centre

    membership = Membership.objects.get(user__email=invitation.email)
    assert (membership.centre, membership.role) == (manager.centre, Role.MANAGER)
    invitation.refresh_from_db()
    assert invitation.accepted_by == membership.user


def test_a_link_serves_once():
    invitation = InvitationFactory()
    accept(invitation)

    assert reason_of(link_of(invitation)) == "accepted"


def test_the_same_form_sent_twice_accepts_once():
    invitation, form = InvitationFactory(), operation()
    user = UserFactory(email=invitation.email)

    assert accept(invitation, user, operation=form) == accept(invitation, user, operation=form)
    assert kinds() == ["invitation.accepted"]


def test_another_account_does_not_accept():
    invitation = InvitationFactory()

    with pytest.raises(actions.NotForThisAccount):
        accept(invitation, UserFactory())

    assert not Membership.objects.exists()


def test_after_seven_days_it_is_too_late():
    with time_machine.travel(NINE, tick=False):
        invitation = InvitationFactory()
    seven_days_later = time_machine.travel(NINE + timedelta(days=7), tick=False)
    with seven_days_later, pytest.raises(actions.InvitationUnusable, match="expired"):
        accept(invitation)


def test_just_before_seven_days_it_is_time():
    with time_machine.travel(NINE, tick=False):
        invitation = InvitationFactory()
    with time_machine.travel(NINE + timedelta(days=7, seconds=-1), tick=False):
        assert accept(invitation) == invitation.centre


def test_who_comes_back_has_the_new_role_from_now(manager, member):
    Membership.objects.filter(pk=member.pk).update(is_active=False, created_at=NINE)
    invitation = InvitationFactory(
        centre=manager.centre, email=member.user.email, role=Role.MANAGER
    )

    accept(invitation, member.user)

    member.refresh_from_db()
    assert (member.is_active, member.role) == (True, Role.MANAGER)
    assert member.created_at != NINE


def test_who_is_a_manager_already_is_not_demoted_by_an_old_invitation(manager):
    accept(InvitationFactory(centre=manager.centre, email=manager.user.email), manager.user)

    manager.refresh_from_db()
    assert manager.role == Role.MANAGER


def test_the_membership_is_not_given_when_the_answer_is_not_written(monkeypatch):
    def full(*args, **kwargs):
        raise OSError("the disk is full")

    invitation = InvitationFactory()
    monkeypatch.setattr("certif.accounts.actions.invitations.record", full)

    with pytest.raises(OSError, match="full"):
        accept(invitation)

    invitation.refresh_from_db()
    assert invitation.is_open
    assert not Membership.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "9" * 500])
def test_any_other_link_is_unknown(token):
    InvitationFactory()

    assert reason_of(token) == "unknown"


# --- Roles, removal, leaving ----------------------------------------------------------------------


def test_a_manager_makes_another(manager, member):
    actions.change_role(member, role=Role.MANAGER, by=manager.user)

    member.refresh_from_db()
    assert member.role == Role.MANAGER
    assert AuditEvent.objects.get().data == {
        "person": member.user_id,
        "role": "administrateur",
    }


def test_the_role_that_one_has_already_is_no_change(manager, member):
    actions.change_role(member, role=Role.MEMBER, by=manager.user)

    assert kinds() == []


def test_a_removed_member_keeps_a_row_and_nothing_else(manager, member):
    actions.remove_member(member, by=manager.user)

    member.refresh_from_db()
    assert not member.is_active
    assert kinds() == ["membership.removed"]


def test_removing_twice_changes_nothing(manager, member):
    actions.remove_member(member, by=manager.user)
    actions.remove_member(member, by=manager.user)

    assert kinds() == ["membership.removed"]


def test_a_member_leaves(member):
    actions.leave_centre(member, by=member.user)

    member.refresh_from_db()
    assert not member.is_active


def test_a_manager_leaves_when_another_remains(manager):
    MembershipFactory(centre=manager.centre)

    actions.leave_centre(manager, by=manager.user)

    manager.refresh_from_db()
    assert not manager.is_active


LAST = {
    "leaves": lambda last: actions.leave_centre(last, by=last.user),
    "is removed": lambda last: actions.remove_member(last, by=last.user),
    "is demoted": lambda last: actions.change_role(last, role=Role.MEMBER, by=last.user),
}


@pytest.mark.parametrize("how", LAST)
def test_the_last_manager_never(manager, member, how):
    with pytest.raises(actions.LastManager, match="seul administrateur"):
        LAST[how](manager)

    manager.refresh_from_db()
    assert (manager.is_active, manager.role) == (True, Role.MANAGER)
    assert kinds() == []


@pytest.mark.parametrize("how", LAST)
def test_a_manager_whose_account_is_closed_does_not_count(manager, how):
    other = MembershipFactory(centre=manager.centre)
    other.user.is_active = False
    other.user.save()

    with pytest.raises(actions.LastManager):
        LAST[how](manager)


@pytest.mark.parametrize("how", LAST)
def test_the_manager_of_another_centre_does_not_count(manager, how):
    MembershipFactory(user=manager.user)
    MembershipFactory()

    with pytest.raises(actions.LastManager):
        LAST[how](manager)


def test_who_is_no_longer_a_manager_changes_nothing(manager, member):
    other = MembershipFactory(centre=manager.centre)
    actions.change_role(other, role=Role.MEMBER, by=manager.user)

    with pytest.raises(actions.NotManager):
        actions.remove_member(member, by=other.user)
    with pytest.raises(actions.NotManager):
        actions.change_role(manager, role=Role.MEMBER, by=other.user)


def test_who_left_has_no_role_to_change(manager, member):
    actions.leave_centre(member, by=member.user)

    with pytest.raises(actions.NoLongerMember):
        actions.change_role(member, role=Role.MANAGER, by=manager.user)


# --- What the database refuses --------------------------------------------------------------------


def refused_by_the_database(**values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.update(**values)


IMPOSSIBLE = {
    "accepted by nobody": lambda: {"accepted_at": NINE},
    "accepted at no time": lambda: {"accepted_by": UserFactory()},
    "accepted and withdrawn": lambda: {
        "accepted_at": NINE,
        "accepted_by": UserFactory(),
        "withdrawn_at": NINE,
    },
    "an unknown role": lambda: {"role": "owner"},
    "an address in capitals": lambda: {"email": "A@exemple.test"},
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_impossible_invitation_is_refused(case):
    InvitationFactory()

    refused_by_the_database(**IMPOSSIBLE[case]())


def test_two_open_invitations_of_one_address_are_refused():
    first = InvitationFactory()
    InvitationFactory(centre=first.centre)

    refused_by_the_database(email="claire@exemple.test")


def test_a_withdrawn_invitation_leaves_the_place_to_another():
    centre = CentreFactory()
    InvitationFactory(centre=centre, email="claire@exemple.test", withdrawn_at=NINE)

    assert InvitationFactory(centre=centre, email="claire@exemple.test").pk


def test_two_invitations_never_share_a_link():
    InvitationFactory.create_batch(2)

    refused_by_the_database(token_hash="0" * 64)
