import pytest
import time_machine

from certif.audit.models import record
from sessions import actions
from tests.factories import (
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
    UserFactory,
)


@pytest.fixture
def member(db):
    return MembershipFactory(
        centre=CentreFactory(time_zone="Pacific/Noumea"),
        user=UserFactory(first_name="Claire", last_name="Fontaine"),
    )


@pytest.fixture
def session(member):
    return ExamSessionFactory(centre=member.centre)


@pytest.fixture
def show(client, member, session):
    client.force_login(member.user)
    return lambda page=1: client.get(f"/sessions/{session.pk}/historique/?page={page}")


def lines(soup, response):
    return soup(response).select(".timeline li")


def test_events_are_sentences_newest_first(show, member, session, soup):
    candidate = CandidateFactory(session=session, birth_name="Dupont", first_name="Paul")
    record("candidate.added", by=member.user, candidate=candidate, session=session)
    actions.renew_password(session, by=member.user)

    newest, oldest = lines(soup, show())

    assert newest.span.text == "Claire FONTAINE a renouvelé le mot de passe de la session."
    assert oldest.span.text == "Claire FONTAINE a inscrit Paul DUPONT."


def test_times_are_those_of_the_centre(show, member, session, soup):
    with time_machine.travel("2026-11-20 22:02Z", tick=False):
        record("session.created", by=member.user, session=session)

    assert soup(show(), ".timeline time").text == "21/11/2026, 9\u00a0h\u00a002"
    assert "heure de Nouméa" in show().text


def test_erased_candidate_has_no_name(show, member, session):
    candidate = CandidateFactory(session=session)
    record("candidate.added", by=member.user, candidate=candidate, session=session)
    candidate.delete()

    assert "a inscrit un candidat effacé" in show().text


def test_what_the_system_does_is_said_to_be_its_own(show, session):
    record("session.password_renewed", by=None, session=session)

    assert "Le système a renouvelé" in show().text


def test_markup_in_a_name_stays_text(show, member, session, soup):
    candidate = CandidateFactory(session=session, birth_name="<b>{actor}</b>")
    record("candidate.added", by=member.user, candidate=candidate, session=session)

    assert "<B>{ACTOR}</B>" in soup(show(), ".timeline span").text


def test_pages_hold_fifty(show, member, session, soup):
    for _ in range(51):
        record("session.created", by=member.user, session=session)

    assert len(lines(soup, show())) == 50
    assert len(lines(soup, show(page=2))) == 1


def test_other_sessions_are_not_told(show, member):
    record("session.created", by=member.user, session=ExamSessionFactory(centre=member.centre))

    assert "Rien n’a encore été noté" in show().text


@pytest.mark.parametrize("count", [1, 25])
def test_query_count_does_not_grow_with_events(show, session, count, django_assert_num_queries):
    for candidate in CandidateFactory.create_batch(count, session=session):
        record("candidate.added", by=UserFactory(), candidate=candidate, session=session)

    # login, user, session, count, events, people, candidates, centres of the person
    with django_assert_num_queries(8):
        show()
