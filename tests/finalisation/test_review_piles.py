from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from finalisation import actions
from finalisation.models import ClosingDocument, DocumentKind
from finalisation.piles import Pile, count_piles, reasons, with_piles
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, IncidentReport
from sessions.models import ExamSession
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bank")]


def pile_of(session):
    return with_piles(ExamSession.objects.filter(pk=session.pk)).get().pile


def held_session():
    return situations.finished().candidate.session


def add_document(session, kind):
    ClosingDocument.objects.create(
        session=session,
        kind=kind,
        name="piece.pdf",
        content_type="application/pdf",
        size=4,
        added_by=UserFactory(),
        file=ContentFile(b"%PDF", "piece.pdf"),
    )


def add_report(session, code, **fields):
    code = IncidentCode.objects.filter(code=code).first()
    return IncidentReport.objects.create(
        candidate=session.candidates.get(),
        code=code,
        needs_description=code.needs_description,
        needs_question=code.needs_question,
        description="Ce qui s’est passé.",
        written_by=UserFactory(),
        written_on="closing",
        **fields,
    )


def test_a_session_that_is_not_finalised_is_in_no_pile_of_the_officers():
    assert pile_of(ExamSessionFactory()) == Pile.OPEN


def test_a_finalised_session_without_anything_to_say_is_ready():
    assert pile_of(situations.finalised()) == Pile.READY


def test_a_session_in_review_stays_ready_when_nothing_calls_for_an_examination():
    session = actions.assign_officer(situations.finalised(), by=UserFactory(officer=True))

    assert pile_of(session) == Pile.READY


def test_a_published_session_is_published_whatever_was_said():
    session = held_session()
    add_document(session, DocumentKind.FRAUD)

    assert pile_of(situations.published(session)) == Pile.PUBLISHED


def test_a_global_comment_calls_for_an_examination():
    session = held_session()
    comments = {"has_incident": True, "global_comment": "Coupure de courant à 10 h."}
    actions.save_closing_file(session, by=UserFactory(), comments=comments)

    assert pile_of(situations.finalised(session)) == Pile.TO_EXAMINE


def test_a_comment_left_under_no_problem_does_not():
    session = held_session()
    comments = {"has_incident": False, "global_comment": "Brouillon."}
    actions.save_closing_file(session, by=UserFactory(), comments=comments)

    assert pile_of(situations.finalised(session)) == Pile.READY


@pytest.mark.parametrize(
    ("kind", "pile"),
    [
        (DocumentKind.FRAUD, Pile.TO_EXAMINE),
        (DocumentKind.INCIDENT, Pile.TO_EXAMINE),
        (DocumentKind.SIGNED_SHEET, Pile.READY),
        (DocumentKind.OTHER, Pile.READY),
    ],
)
def test_the_kind_of_a_document_decides(kind, pile):
    session = held_session()
    add_document(session, kind)

    assert pile_of(situations.finalised(session)) == pile


@pytest.mark.parametrize(("code", "pile"), [("C1", Pile.TO_EXAMINE), ("C3", Pile.READY)])
def test_the_code_of_a_report_decides(code, pile):
    session = held_session()
    add_report(session, code)

    assert pile_of(situations.finalised(session)) == pile


def test_a_resolved_report_no_longer_calls_for_an_examination():
    session = held_session()
    report = add_report(session, "C1")
    situations.finalised(session)

    actions.resolve_report(report, sentence="Nom corrigé.", by=UserFactory(officer=True))

    assert pile_of(session) == Pile.READY


def test_a_report_withdrawn_by_the_centre_does_not_call_for_an_examination():
    session = held_session()
    add_report(
        session,
        "C1",
        discarded_at=timezone.now(),
        discarded_by=UserFactory(),
        discarded_why="erreur de ligne",
    )

    assert pile_of(situations.finalised(session)) == Pile.READY


def test_a_session_not_held_calls_for_an_examination():
    candidate = CandidateFactory(joined=True)
    invigilation_actions.set_presence(candidate, present=True, by=UserFactory())
    session = actions.close_not_held(
        candidate.session, comment="Coupure de réseau.", by=UserFactory()
    )

    assert pile_of(session) == Pile.TO_EXAMINE


def test_every_reason_is_told_in_a_sentence():
    session = held_session()
    add_document(session, DocumentKind.FRAUD)
    add_report(session, "C1")
    situations.finalised(session)

    told = reasons(with_piles(ExamSession.objects.filter(pk=session.pk)).get())

    assert told == [
        "1 signalement demande une décision.",
        "1 document est un PV de fraude ou une preuve d’incident.",
    ]


def test_the_piles_are_counted_with_the_age_of_their_oldest_session():
    recent, old = situations.finalised(), situations.finalised()
    days_ago = timezone.now() - timedelta(days=3)
    ExamSession.objects.filter(pk=old.pk).update(finalised_at=days_ago)
    ExamSessionFactory(centre=recent.centre)

    counts = {row.pile: (row.count, row.oldest) for row in count_piles()}

    assert counts == {
        Pile.TO_EXAMINE: (0, None),
        Pile.READY: (2, days_ago),
        Pile.PUBLISHED: (0, None),
        Pile.OPEN: (1, None),
    }
