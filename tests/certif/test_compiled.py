"""What is compiled once gives what its queryset gives, call after call."""

import pytest
from django.db import transaction
from django.db.models import Count, F
from django.forms import model_to_dict
from django.utils import timezone

from certif.accounts.models import Centre
from certif.lib.compiled import Changed, Here, Insert, Instances, Mark, Rows
from sessions.models import Candidate, ExamSession, InvigilatorAccess
from tests.factories import CandidateFactory, ExamSessionFactory, InvigilatorAccessFactory

pytestmark = pytest.mark.django_db


def candidates_of(session):
    found = Candidate.objects.filter(session=session).select_related("user", "session")
    return found.annotate(accesses=Count("session__accesses")).order_by("pk")


CANDIDATES = Instances(candidates_of, "session")
NAMES = Instances(
    lambda session: Candidate.objects.filter(session=session).only("first_name"), "session"
)
GRANTED = Rows(
    lambda session: InvigilatorAccess.objects.filter(session=session).values_list(
        "granted_at", "user__email"
    ),
    "session",
)
SEATS = Here(
    lambda candidate, **others: Candidate.objects.filter(pk=candidate),
    sets={"is_present": True, "presence_noted_at": "now", "presence_noted_by": "by"},
    candidate=Mark.whole,
    now=Mark.instant,
    by=Mark.whole,
)


@pytest.mark.parametrize("watchers", [0, 2])
def test_the_models_are_those_of_the_queryset(watchers):
    candidate = CandidateFactory(joined=True)
    InvigilatorAccessFactory.create_batch(watchers, session=candidate.session)

    asked = CANDIDATES.ask(session=candidate.session_id)

    plain = list(candidates_of(candidate.session))
    assert list(map(model_to_dict, asked)) == list(map(model_to_dict, plain))
    assert [each.accesses for each in asked] == [watchers]


def test_a_model_found_is_kept_as_one_that_was_read():
    candidate = CandidateFactory(first_name="Zoé")
    (asked,) = NAMES.ask(session=candidate.session_id)

    asked.first_name = "Chloé"
    asked.save(update_fields=["first_name"])

    assert asked.birth_name == candidate.birth_name
    candidate.refresh_from_db()
    assert candidate.first_name == "Chloé"


def test_what_is_related_comes_in_the_same_query(django_assert_num_queries):
    candidate = CandidateFactory(joined=True)

    with django_assert_num_queries(1):
        (asked,) = CANDIDATES.ask(session=candidate.session_id)
        assert (asked.user, asked.session) == (candidate.user, candidate.session)


def test_the_rows_hold_values_of_python():
    access = InvigilatorAccessFactory()

    assert GRANTED.ask(session=access.session_id) == [(access.granted_at, access.user.email)]


@pytest.mark.parametrize("number", [0, 2**63, 10**30])
def test_a_number_that_nothing_has_gives_nothing(number):
    CandidateFactory()

    assert CANDIDATES.ask(session=number) == []


def test_an_update_is_of_its_transaction():
    candidate = CandidateFactory()
    by = InvigilatorAccessFactory(session=candidate.session).user
    now = timezone.now()

    with transaction.atomic():
        assert SEATS.ask(candidate=candidate.pk, now=now, by=by.pk) == 1
        candidate.refresh_from_db()
        assert (candidate.is_present, candidate.presence_noted_at) == (True, now)
        transaction.set_rollback(True)

    candidate.refresh_from_db()
    assert not candidate.is_present


def test_an_update_of_nobody_says_so():
    by = InvigilatorAccessFactory(session=ExamSessionFactory()).user

    assert SEATS.ask(candidate=0, now=timezone.now(), by=by.pk) == 0


OPEN = Changed(
    lambda session, **others: ExamSession.objects.filter(pk=session).only("date", "version"),
    sets={"version": F("version") + 1, "code_given_at": "at", "code_given_by": "by"},
    session=Mark.whole,
    at=Mark.instant,
    by=Mark.whole,
)


def test_a_change_gives_what_it_left(django_assert_num_queries):
    session, at = ExamSessionFactory(version=7), timezone.now()

    with django_assert_num_queries(1):
        (moved,) = OPEN.ask(session=session.pk, at=at, by=session.created_by_id)
        assert (moved, moved.version, moved.date) == (session, 8, session.date)

    session.refresh_from_db()
    assert (session.version, session.code_given_at) == (8, at)


def test_what_a_change_did_not_read_is_read_when_asked_for():
    session = ExamSessionFactory(room="Salle 12")

    (moved,) = OPEN.ask(session=session.pk, at=timezone.now(), by=session.created_by_id)

    assert moved.room == "Salle 12"


def test_a_change_of_nothing_gives_nothing():
    by = ExamSessionFactory().created_by_id

    assert OPEN.ask(session=0, at=timezone.now(), by=by) == []


def test_a_row_added_is_the_row_that_was_given():
    centre = Centre(name="Lycée d’essai", city="Lyon")

    Insert(Centre).add(centre)

    assert model_to_dict(Centre.objects.get()) == model_to_dict(centre)
    assert not centre._state.adding


def test_a_row_may_be_saved_again_once_added():
    centre = Centre(name="Lycée d’essai")
    Insert(Centre).add(centre)

    centre.name = "Lycée d’un autre essai"
    centre.save()

    assert Centre.objects.get().name == "Lycée d’un autre essai"
