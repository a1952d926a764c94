"""What an officer decides over the machine, and what stands of it."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import IntegrityError

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from certif.lib.refusals import InvalidInput
from exam.models import Answer
from exam.scoring import Verdict
from finalisation import actions
from finalisation.actions.refusals import SameIdentity, WithoutAnswer, WrongMoment
from finalisation.models import Certification, IdentityCorrection, JuryDecision, MailKind
from sessions.actions.refusals import AlreadyEnrolled
from sessions.models import Candidate
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory, UserFactory
from tests.finalisation.mails import deliver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]

WORDS = {"for_candidate": "Une aide extérieure a été constatée.", "for_centre": "PV de fraude lu."}


@pytest.fixture
def officer():
    return UserFactory(officer=True)


@pytest.fixture
def attempt():
    """Of a finalised session: every answer right but the last one, passed."""
    attempt = situations.answer_all(situations.started(), value=[1], upto=47)
    attempt = situations.answer_all(attempt)
    situations.finalised(attempt.candidate.session)
    return attempt


def rule(attempt, officer, number=48, *, neutralised=True, why="Image absente.", **options):
    return actions.rule_on_question(
        attempt, number=number, neutralised=neutralised, why=why, by=officer, **options
    )


def decide(attempt, officer, verdict, **words):
    words = {**WORDS, **words}
    return actions.decide_certification(attempt, verdict=verdict, **words, by=officer)


def correct(candidate, officer, **identity):
    identity = {
        "birth_name": candidate.birth_name,
        "first_name": candidate.first_name,
        "birth_date": candidate.birth_date,
        **identity,
    }
    return actions.correct_identity(candidate, **identity, why="Pièce d’identité.", by=officer)


def result_of(attempt):
    certification = Certification.objects.get(attempt=attempt)
    return certification.right, certification.counted, certification.neutralised


def verdict_of(attempt):
    return Certification.objects.get(attempt=attempt).verdict


def kinds(candidate):
    events = AuditEvent.objects.filter(candidate_id=candidate.pk).order_by("id")
    return list(events.values_list("kind", flat=True))


def test_what_was_told_of_a_certification_outlives_the_decision(attempt, officer):
    decide(attempt, officer, Verdict.CANCELLED)
    decide(attempt, officer, "", for_candidate="", for_centre="")

    cancelled = AuditEvent.objects.get(kind="certification.cancelled").data
    assert cancelled == {"why": WORDS["for_centre"], "told": WORDS["for_candidate"]}
    assert not JuryDecision.objects.exists()


# --- A question -----------------------------------------------------------------------------------


def test_a_question_neutralised_no_longer_counts(attempt, officer):
    assert result_of(attempt) == (47, 48, 0)

    rule(attempt, officer)

    assert result_of(attempt) == (47, 47, 1)


def test_a_question_restored_counts_again(attempt, officer):
    rule(attempt, officer)

    rule(attempt, officer, neutralised=False, why="L’image s’affichait.")

    assert result_of(attempt) == (47, 48, 0)


def test_the_reason_is_written_on_the_answer(attempt, officer):
    rule(attempt, officer)

    assert Answer.objects.get(attempt=attempt, number=48).neutralised_why == "Image absente."


def test_a_ruling_is_told_in_the_history(attempt, officer):
    rule(attempt, officer)

    event = AuditEvent.objects.get(kind="question.neutralised")
    assert (event.actor_id, event.candidate_id) == (officer.pk, attempt.candidate_id)
    assert event.data == {"number": 48, "why": "Image absente."}


def test_a_ruling_asks_why(attempt, officer):
    with pytest.raises(InvalidInput):
        rule(attempt, officer, why="")

    assert result_of(attempt) == (47, 48, 0)


def test_a_number_without_an_answer_is_refused(attempt, officer):
    with pytest.raises(WithoutAnswer):
        rule(attempt, officer, number=49)


def test_too_many_rulings_cancel_the_certification(attempt, officer):
    for number in range(1, 17):
        rule(attempt, officer, number)

    assert verdict_of(attempt) == Verdict.CANCELLED


def test_a_ruling_stands_after_a_reopening(attempt, officer):
    rule(attempt, officer)

    session = actions.reopen(attempt.candidate.session, why="Un départ à noter.", by=officer)
    actions.finalise(session, by=UserFactory())

    assert result_of(attempt) == (47, 47, 1)


def test_a_ruling_sent_twice_is_one(attempt, officer):
    operation = Operation(uuid4(), "0" * 64)

    rule(attempt, officer, operation=operation)
    rule(attempt, officer, operation=operation)

    assert kinds(attempt.candidate).count("question.neutralised") == 1


def test_nothing_is_ruled_before_the_finalisation(officer):
    attempt = situations.answer_all(situations.started(), upto=3)

    with pytest.raises(WrongMoment):
        rule(attempt, officer, number=1)


def test_nothing_is_ruled_under_published_results(attempt, officer):
    actions.publish(attempt.candidate.session, by=officer)

    with pytest.raises(WrongMoment):
        rule(attempt, officer)


# --- A certification ------------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", [Verdict.CANCELLED, Verdict.REJECTED])
def test_an_officer_s_verdict_stands_over_the_computed_one(attempt, officer, verdict):
    decide(attempt, officer, verdict)

    assert verdict_of(attempt) == verdict


def test_a_restored_certification_is_what_was_computed(attempt, officer):
    decide(attempt, officer, Verdict.CANCELLED)

    decide(attempt, officer, "", for_candidate="", for_centre="")

    assert verdict_of(attempt) == Verdict.VALIDATED
    assert kinds(attempt.candidate)[-1] == "certification.restored"


def test_a_word_alone_changes_no_result(attempt, officer):
    decide(attempt, officer, "", for_centre="")

    assert verdict_of(attempt) == Verdict.VALIDATED
    assert JuryDecision.objects.get(attempt=attempt).for_candidate == WORDS["for_candidate"]
    assert kinds(attempt.candidate)[-1] == "certification.commented"


@pytest.mark.parametrize("word", WORDS)
def test_a_verdict_asks_for_a_word_to_each(attempt, officer, word):
    with pytest.raises(InvalidInput) as refusal:
        decide(attempt, officer, Verdict.REJECTED, **{word: ""})

    assert refusal.value.field == word
    assert verdict_of(attempt) == Verdict.VALIDATED


@pytest.mark.parametrize("word", WORDS)
def test_the_database_holds_no_verdict_without_its_words(attempt, officer, word):
    words = {**WORDS, word: ""}

    with pytest.raises(IntegrityError):
        JuryDecision.objects.create(
            attempt=attempt, verdict=Verdict.REJECTED, decided_by=officer, **words
        )


def test_an_officer_does_not_give_a_certification(attempt, officer):
    with pytest.raises(InvalidInput):
        decide(attempt, officer, Verdict.VALIDATED)


def test_a_verdict_stands_after_a_ruling_and_a_reopening(attempt, officer):
    decide(attempt, officer, Verdict.REJECTED)

    rule(attempt, officer)
    session = actions.reopen(attempt.candidate.session, why="Un départ à noter.", by=officer)
    actions.finalise(session, by=UserFactory())

    assert verdict_of(attempt) == Verdict.REJECTED


# --- An identity ----------------------------------------------------------------------------------


def test_an_identity_is_corrected_and_the_former_one_kept(attempt, officer):
    candidate = attempt.candidate
    former = candidate.birth_name

    correct(candidate, officer, birth_name="Kirkov")

    corrected = Candidate.objects.get(pk=candidate.pk)
    assert corrected.birth_name == "Kirkov"
    assert corrected.identity_key.startswith("KIRKOV/")
    assert IdentityCorrection.objects.get(candidate=candidate).birth_name == former


def test_the_history_of_a_correction_holds_no_name(attempt, officer):
    correct(attempt.candidate, officer, birth_date=date(2001, 4, 7))

    event = AuditEvent.objects.get(kind="identity.corrected")
    assert event.data == {"changes": "date de naissance", "why": "Pièce d’identité."}


def test_the_same_identity_is_no_correction(attempt, officer):
    with pytest.raises(SameIdentity):
        correct(attempt.candidate, officer)

    assert not IdentityCorrection.objects.exists()


def test_nobody_is_corrected_into_somebody_else_of_the_session(officer):
    attempt = situations.finished()
    twin = CandidateFactory(session=attempt.candidate.session)
    situations.finalised(attempt.candidate.session)

    with pytest.raises(AlreadyEnrolled):
        correct(
            attempt.candidate,
            officer,
            birth_name=twin.birth_name,
            first_name=twin.first_name,
            birth_date=twin.birth_date,
        )


def test_the_centre_is_told_of_a_correction(attempt, officer, mailoutbox):
    member = MembershipFactory(centre=attempt.candidate.session.centre)
    correct(attempt.candidate, officer, birth_name="Kirkov")

    deliver(kind=MailKind.CORRECTED)

    (mail,) = mailoutbox
    assert mail.to == [member.user.email]
    assert "Pièce d’identité." in mail.body
    assert "Kirkov" not in mail.body


# --- Who reads it ---------------------------------------------------------------------------------


def test_a_session_is_handed_over(officer):
    session = situations.finalised(ExamSessionFactory())
    colleague = UserFactory(officer=True)

    actions.hand_over(session, to=colleague, by=officer)

    session.closing_file.refresh_from_db()
    assert session.closing_file.officer == colleague
    assert AuditEvent.objects.get(kind="review.handed_over").data == {"person": colleague.pk}


def test_a_session_is_handed_over_to_officers_only(officer):
    session = situations.finalised(ExamSessionFactory())

    with pytest.raises(InvalidInput):
        actions.hand_over(session, to=UserFactory(), by=officer)
