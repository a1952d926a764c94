import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from certif.accounts.models import User
from certif.audit.models import AuditEvent, OperationReused, record, replayed
from certif.audit.operations import Operation
from certif.audit.sentences import SENTENCES, names_in, register, sentence
from certif.management import story
from invigilation.models import IncidentCode
from sessions.models import Candidate
from tests.factories import CandidateFactory, ExamSessionFactory, InvitationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return record("session.created", by=UserFactory(), session=ExamSessionFactory())


@pytest.fixture
def old_event():
    # Six years hold two leap days at most.
    at = timezone.now() - timedelta(days=6 * 365 + 3)
    return AuditEvent.objects.create(kind="session.created", at=at)


def test_a_line_holds_who_what_and_where_by_ids():
    candidate, user = CandidateFactory(), UserFactory()

    event = record("candidate.added", by=user, session=candidate.session, candidate=candidate)

    assert (event.actor_id, event.candidate_id) == (user.pk, candidate.pk)
    assert event.session_id == candidate.session_id
    assert event.centre_id == candidate.session.centre_id


def test_a_line_about_a_candidate_finds_the_session():
    candidate = CandidateFactory()

    assert record("candidate.added", by=None, candidate=candidate).session_id == (
        candidate.session_id
    )


def test_an_unknown_kind_is_not_written():
    with pytest.raises(LookupError):
        record("session.creatd", by=None)

    assert not AuditEvent.objects.exists()


def test_a_line_cannot_be_changed(event):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(kind="session.deleted")


def test_an_old_line_cannot_be_changed_either(old_event):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=old_event.pk).update(actor_id=None)


def test_a_line_cannot_be_made_old_to_be_deleted(event):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).update(at=timezone.now() - timedelta(days=3000))


def test_a_fresh_line_cannot_be_deleted(event):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=event.pk).delete()


def test_a_line_of_almost_six_years_cannot_be_deleted():
    at = timezone.now() - timedelta(days=6 * 365 - 3)
    AuditEvent.objects.create(kind="session.created", at=at)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditEvent.objects.all().delete()


def test_a_line_older_than_six_years_can_be_deleted(old_event):
    AuditEvent.objects.filter(pk=old_event.pk).delete()

    assert not AuditEvent.objects.exists()


def test_a_line_is_undone_with_the_change_it_tells():
    with transaction.atomic():
        record("session.created", by=None)
        transaction.set_rollback(True)

    assert not AuditEvent.objects.exists()


def test_an_operation_is_found_again_by_its_author():
    user, operation = UserFactory(), Operation(uuid4(), "same")
    event = record("session.created", by=user, operation=operation)

    assert replayed(operation, by=user) == event


def test_an_operation_never_done_is_not_a_repetition():
    assert replayed(Operation(uuid4(), "same"), by=UserFactory()) is None


def test_a_form_without_operation_is_not_a_repetition():
    assert replayed(None, by=UserFactory()) is None


def test_the_same_operation_with_another_body_is_refused():
    user, operation = UserFactory(), Operation(uuid4(), "a body")
    record("session.created", by=user, operation=operation)

    with pytest.raises(OperationReused):
        replayed(Operation(operation.id, "another body"), by=user)


def test_the_operation_of_somebody_else_is_not_a_repetition():
    operation = Operation(uuid4(), "same")
    record("session.created", by=UserFactory(), operation=operation)

    assert replayed(operation, by=UserFactory()) is None


def test_an_operation_is_written_once_an_author():
    user, operation = UserFactory(), Operation(uuid4(), "same")
    record("session.created", by=user, operation=operation)

    with pytest.raises(DatabaseError), transaction.atomic():
        record("session.created", by=user, operation=operation)


def test_a_line_reads_as_a_sentence():
    user, candidate = UserFactory(), CandidateFactory()
    event = record("presence.present", by=user, candidate=candidate)

    told = sentence(event, people={user.pk: "Paul ÉLUARD"}, candidates={candidate.pk: "DURAND Zoé"})

    assert told == "Paul ÉLUARD a noté DURAND Zoé présent."


def test_the_line_of_erased_people_still_reads():
    event = record("presence.present", by=UserFactory(), candidate=CandidateFactory())

    told = sentence(event, people={}, candidates={})

    assert told == "Une personne effacée a noté un candidat effacé présent."


def test_an_old_line_reads_though_its_sentence_asks_more_since():
    event = record("candidate.edited", by=UserFactory(), candidate=CandidateFactory())

    told = sentence(event, people={}, candidates={})

    assert told == "Une personne effacée a modifié l’inscription d’un candidat effacé (…)."


def test_the_person_of_a_line_reads_by_the_name_of_the_day():
    person = UserFactory(first_name="Paul", last_name="Éluard")
    event = record("membership.removed", by=None, person=person.pk)

    assert told(event) == "Le système a retiré Paul ÉLUARD de l’équipe du centre."


def test_an_erased_person_of_a_line_still_reads():
    event = record("membership.removed", by=None, person=0)

    assert told(event) == "Le système a retiré une personne effacée de l’équipe du centre."


def test_an_invitation_reads_by_its_address():
    invitation = InvitationFactory(email="claire@exemple.test")
    event = record("invitation.withdrawn", by=None, invitation=invitation.pk)

    assert told(event) == "Le système a retiré l’invitation de claire@exemple.test."


def test_a_line_from_before_the_ids_still_reads():
    event = record("membership.removed", by=None, email="paul@exemple.test")

    assert told(event) == "Le système a retiré … de l’équipe du centre."


@pytest.mark.parametrize("lines", [1, 25])
def test_names_are_looked_up_together(django_assert_num_queries, lines):
    events = [record("membership.removed", by=None, person=UserFactory().pk) for _ in range(lines)]

    with django_assert_num_queries(1):
        names = names_in(events)

    assert len(names["person"]) == lines


def told(event):
    return sentence(event, people={}, candidates={})


def test_the_audit_of_the_demonstration_holds_neither_address_nor_name(bank):
    story.tell()

    data = [str(event.data) for event in AuditEvent.objects.all()]
    texts = json.dumps(data, ensure_ascii=False).casefold()
    names = set(Candidate.objects.values_list("birth_name", flat=True))
    addresses = set(User.objects.values_list("email", flat=True))
    assert len(data) > 50
    assert "@" not in texts
    assert [each for each in names | addresses if each.casefold() in texts] == []


def test_a_kind_has_one_sentence():
    with pytest.raises(LookupError):
        register({"session.created": "Une autre phrase."})

    assert SENTENCES["session.created"] == "{actor} a créé la session."


@pytest.mark.django_db(transaction=True)
def test_the_flush_between_tests_leaves_the_audit_closed_and_the_nomenclature_shipped():
    record("session.created", by=None)

    call_command("flush", interactive=False, verbosity=0)

    assert not AuditEvent.objects.exists()
    assert IncidentCode.objects.count() == 22
    record("session.created", by=None)
    with pytest.raises(DatabaseError, match="append-only"):
        AuditEvent.objects.all().delete()
