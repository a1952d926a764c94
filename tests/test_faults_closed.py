"""What moves an open session moves a finalised one no more (docs/faults.md, B4)."""

from copy import deepcopy
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from exam.enums import GrantReason
from finalisation import actions as finalisation_actions
from invigilation.models import IncidentCode
from sessions.models import ExamSession
from tests import situations
from tests.factories import (
    CandidateFactory,
    ExamSessionFactory,
    InvigilatorAccessFactory,
    MembershipFactory,
    QuestionFactory,
)
from tests.test_access import snapshot

pytestmark = pytest.mark.django_db

PERSON = {"birth_name": "Rosso", "first_name": "Léa", "birth_date": "21/05/2008"}
# Whose row it is: « absent » did not come, « present » may start, « done » finished his test.
MOVES = [
    ("invigilation:presence", "absent", {"present": "1"}),
    ("invigilation:presence", "present", {"present": "0"}),
    ("invigilation:unlink", "present", {}),
    ("invigilation:end_screen", "done", {"seen": "1"}),
    ("invigilation:extra_time", "absent", {"percent": "33"}),
    ("invigilation:report", "absent", {"code": "C3", "description": "Parti."}),
    ("invigilation:add_time", "present", {"minutes": "10", "reason": GrantReason.ROOM}),
    ("invigilation:code_given", None, {}),
    ("exam:start", "present", {"code": "XQVW77"}),
    ("sessions:candidate_add", None, PERSON),
    ("sessions:candidate_edit", "absent", {**PERSON, "version": "1"}),
    ("sessions:candidate_remove", "absent", {}),
    ("sessions:password_renew", None, {}),
    ("sessions:access_code_renew", None, {}),
    ("finalisation:closing_file", None, {"documents_comment": "Rien."}),
]
NAMES = [f"{name} of {whose}" for name, whose, _sent in MOVES]


@pytest.fixture(scope="module")
def made(once):
    QuestionFactory.create_bank()
    session = ExamSessionFactory(access_code="XQVW77")
    present = CandidateFactory(session=session, joined=True)
    situations.present(present)
    rows = {
        "absent": CandidateFactory(session=session),
        "present": present,
        "done": situations.finished(session=session).candidate,
    }
    manager = MembershipFactory(centre=session.centre).user
    InvigilatorAccessFactory(session=session, user=manager)
    return session, rows, manager


@pytest.fixture
def send(made):
    session, rows, manager = deepcopy(made)

    def post(name, whose, sent):
        args = [session.pk, rows[whose].pk] if whose else [session.pk]
        args = [rows[whose].pk] if name.startswith("exam:") else args
        client = Client()
        client.force_login(rows["present"].user if name.startswith("exam:") else manager)
        if name.endswith(":report"):
            sent = {**sent, "code": IncidentCode.objects.get(code=sent["code"]).pk}
        before = everything()
        status = client.post(reverse(name, args=args), {"operation": uuid4(), **sent}).status_code
        return status, everything() != before

    return post


def everything():
    """But the counter of tries, and the lines that tell who read what: a refusal shows the page."""
    rows = snapshot()
    del rows["accounts.secrettries"]
    told = rows.pop("audit.auditevent")
    return rows, [line for line in told if not line["kind"].endswith(".opened")]


@pytest.mark.parametrize(("name", "whose", "sent"), MOVES, ids=NAMES)
def test_an_open_session_is_moved(send, name, whose, sent):
    assert send(name, whose, sent)[1]


@pytest.mark.parametrize(("name", "whose", "sent"), MOVES, ids=NAMES)
def test_a_finalised_session_is_moved_no_more(made, send, name, whose, sent):
    session, _rows, manager = made
    finalisation_actions.finalise(ExamSession.objects.get(pk=session.pk), by=manager)

    assert send(name, whose, sent) == (409, False)
