"""The races of the centre's desk: who manages it, and who enrols."""

from functools import partial

from certif.accounts import actions as accounts_actions
from certif.accounts.models import Role
from certif.accounts.tokens import token_of
from certif.audit.models import AuditEvent
from sessions.actions import enrol_pupils
from tests.factories import (
    ExamSessionFactory,
    InvitationFactory,
    MembershipFactory,
    PupilFactory,
    UserFactory,
)
from tests.races.races import Race


def two_managers():
    first = MembershipFactory()
    return first, MembershipFactory(centre=first.centre)


def each_on_the_other(act):
    def actors(managers):
        first, second = managers
        return [partial(act, second, by=first.user), partial(act, first, by=second.user)]

    return actors


def demote(membership, *, by):
    return accounts_actions.change_role(membership, role=Role.MEMBER, by=by)


def both_leave(managers):
    return [partial(accounts_actions.leave_centre, one, by=one.user) for one in managers]


def accept_twice(invitation):
    token = token_of(invitation.seed)
    user = UserFactory(email=invitation.email)
    return [partial(accounts_actions.accept_invitation, token, by=user) for _ in range(2)]


def invite_one_address(managers):
    return [
        partial(
            accounts_actions.invite_member,
            one.centre,
            email="claire@exemple.test",
            role=Role.MEMBER,
            by=one.user,
        )
        for one in managers
    ]


def class_of_five():
    session = ExamSessionFactory()
    PupilFactory.create_batch(5, centre=session.centre)
    return session


def enrol_the_class_twice(session):
    pupils = [pupil.pk for pupil in session.centre.pupils.all()]
    members = MembershipFactory.create_batch(2, centre=session.centre)
    return [partial(enrol_pupils, session, pupils, by=member.user) for member in members]


def one_manager_remains(outcome):
    centre = outcome.scene[0].centre
    managers = centre.memberships.filter(role=Role.MANAGER, is_active=True)
    return len(outcome.done) == 1 and managers.count() == 1


def accepted_once(outcome):
    accepted = AuditEvent.objects.filter(
        kind="invitation.accepted", centre_id=outcome.scene.centre_id
    )
    return len(outcome.done) == 1 and accepted.count() == 1


def invited_once(outcome):
    centre = outcome.scene[0].centre
    sent = AuditEvent.objects.filter(kind="invitation.sent", centre_id=centre.pk)
    return len(outcome.done) == 1 and sent.count() == 1 == centre.invitations.count()


def each_pupil_is_enrolled_once(outcome):
    session = outcome.scene
    told = AuditEvent.objects.filter(session_id=session.pk, kind="pupils.enrolled")
    return (
        session.candidates.count() == 5
        and sorted(answer.count for answer in outcome.done) == [0, 5]
        and [event.data["count"] for event in told] == [5]
    )


RACES = {
    "two managers demote each other": Race(
        two_managers, each_on_the_other(demote), one_manager_remains
    ),
    "two managers remove each other": Race(
        two_managers, each_on_the_other(accounts_actions.remove_member), one_manager_remains
    ),
    "the two managers leave": Race(two_managers, both_leave, one_manager_remains),
    "two members enrol one class": Race(
        class_of_five, enrol_the_class_twice, each_pupil_is_enrolled_once
    ),
    "one invitation is accepted twice": Race(
        InvitationFactory,
        accept_twice,
        accepted_once,
        [("accounts_membership", "membership_once_per_centre")],
    ),
    "two managers invite one address": Race(
        two_managers,
        invite_one_address,
        invited_once,
        [("accounts_invitation", "invitation_one_open_per_address")],
    ),
}
