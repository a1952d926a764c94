"""The history in a copy: nobody is named but the person who asked for it."""

import pytest

from certif.accounts.models import Role
from certif.audit.models import record
from certif.privacy.person import data_of_account, data_of_candidate
from finalisation.models import Mailing
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    MembershipFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(db):
    return ExamSessionFactory()


@pytest.fixture
def candidate(session):
    return CandidateFactory(session=session, joined=True, birth_name="Quenouille")


@pytest.fixture
def member(session):
    return MembershipFactory(
        centre=session.centre, role=Role.MEMBER, user__last_name="Zorglub"
    ).user


def said(data):
    return [line["said"] for line in data["history"]]


def test_who_acted_on_a_candidate_is_told_by_what_he_is_there(session, candidate, member):
    invigilator = InvigilatorAccessFactory(session=session, user__last_name="Zorglub").user
    officer = UserFactory(officer=True, last_name="Zorglub")
    other = CandidateFactory(session=session, joined=True).user
    for by in (member, invigilator, officer, other, UserFactory(last_name="Zorglub")):
        record("presence.present", by=by, candidate=candidate, session=session)

    lines = said(data_of_candidate(candidate))

    assert {line.split(" a noté ")[0] for line in lines} == {
        "Un membre du centre",
        "Un surveillant",
        "Un membre de l’équipe Pix",
        "Un candidat",
        "Une autre personne",
    }
    assert all("QUENOUILLE" in line for line in lines)


def test_a_candidate_reads_his_own_name_and_why(session, candidate, member):
    record("candidate.linked", by=candidate.user, candidate=candidate, session=session)
    record(
        "report.discarded", by=member, candidate=candidate, session=session, code="C1", why="Double"
    )

    lines = said(data_of_candidate(candidate))

    assert any(line.startswith(f"{candidate.user.name} a rejoint") for line in lines)
    assert any("QUENOUILLE" in line and "Double" in line for line in lines)


def test_a_member_is_not_given_the_names_of_those_he_acted_on(session, candidate, member):
    record("candidate.edited", by=member, candidate=candidate, session=session, changes="nom")
    record(
        "report.discarded",
        by=member,
        candidate=candidate,
        session=session,
        code="C1",
        why="Vu Quenouille",
    )
    record("invigilator.revoked", by=member, session=session, person=candidate.user_id)

    lines = said(data_of_account(member))

    assert {line.startswith(member.name) for line in lines} == {True}
    assert len(lines) == 3
    assert "quenouille" not in str(lines).lower()
    assert candidate.user.name not in str(lines)
    assert any("l’inscription d’un candidat" in line for line in lines)
    assert any("une autre personne" in line for line in lines)


def test_a_mail_does_not_tell_its_reader_of_others(session, member):
    Mailing.objects.create(
        session=session,
        kind="corrected",
        recipient=member.email,
        occasion=session.created_at,
        details={"why": "Quenouille"},
    )

    data = data_of_account(member)

    assert len(data["Mailing"]) == 1
    assert "Quenouille" not in str(data)
