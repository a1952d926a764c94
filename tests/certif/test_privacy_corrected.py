"""Whose identity was put right is forgotten under his former name too."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from finalisation.actions import correct_identity, publish
from finalisation.models import Mailing, MailKind
from finalisation.piles import for_review, undecided
from sessions.models import Pupil
from tests import situations
from tests.certif.marked import dump
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    MembershipFactory,
    PupilFactory,
    QuestionFactory,
    UserFactory,
)

BORN = date(2009, 5, 17)
FORMER = {"birth_name": "Zorglub", "first_name": "Ana", "birth_date": BORN}
TRUE = {"birth_name": "Quenouille", "first_name": "Anna", "birth_date": BORN}
WHY = "Lettre de la mère de Zorglub."

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(db):
    return UserFactory(officer=True)


@pytest.fixture
def corrected(officer):
    """Gives a function: the candidate, his number at school being this one."""

    def make(external_id=""):
        QuestionFactory.create_bank()
        session = ExamSessionFactory()
        MembershipFactory(centre=session.centre)
        row = CandidateFactory(session=session, external_id=external_id, joined=True, **FORMER)
        situations.finished(row)
        situations.finalised(session)
        row.refresh_from_db()
        correct_identity(row, why=WHY, by=officer, **TRUE)
        despite = undecided(for_review().get(pk=session.pk))
        publish(session, by=officer, despite=despite)
        return row

    return make


def erase(candidate, officer):
    call_command(
        "erase_person", candidate=candidate.pk, by=officer.pk, apply=True, stdout=StringIO()
    )


def test_nothing_is_left_of_the_former_name(corrected, officer):
    candidate = corrected()
    PupilFactory(centre=candidate.session.centre, external_id="", **FORMER)
    mails = Mailing.objects.filter(kind=MailKind.CORRECTED)
    told = mails.exists()

    erase(candidate, officer)

    assert told
    assert not mails.exists()
    assert {label for label, said in dump().items() if "zorglub" in said.lower()} == set()


def test_the_pupil_of_his_number_goes_under_whatever_name(corrected, officer):
    candidate = corrected("INE-1")
    PupilFactory(centre=candidate.session.centre, external_id="INE-1", birth_name="Autrefois")

    erase(candidate, officer)

    assert not Pupil.objects.exists()


def test_who_bears_the_former_name_under_another_number_stays(corrected, officer):
    candidate = corrected("INE-1")
    PupilFactory(centre=candidate.session.centre, external_id="INE-2", **FORMER)

    erase(candidate, officer)

    assert Pupil.objects.exists()


def test_the_pupils_of_other_centres_stay(corrected, officer):
    candidate = corrected("INE-1")
    PupilFactory(external_id="INE-1", **FORMER)

    erase(candidate, officer)

    assert Pupil.objects.exists()


def test_the_pupils_without_a_number_are_not_his(corrected, officer):
    candidate = corrected()
    PupilFactory(centre=candidate.session.centre, external_id="")

    erase(candidate, officer)

    assert Pupil.objects.exists()
