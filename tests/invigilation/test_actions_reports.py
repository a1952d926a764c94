from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from certif.audit.models import AuditEvent
from certif.audit.operations import Operation
from certif.lib.refusals import InvalidInput
from invigilation import actions
from invigilation.actions.reports import ReportDiscarded
from invigilation.models import IncidentCode, IncidentReport, Screen
from sessions.actions import SessionClosed
from sessions.models import Candidate
from tests import situations
from tests.factories import CandidateFactory, UserFactory

pytestmark = pytest.mark.django_db

NEED_DESCRIPTION = ["C1", "C2", "C3", "C4", "E7", "A2"]
NEED_QUESTION = ["E1", "E2", "E3", "E4", "E5", "E6", "E7"]


def write(candidate, code, **fields):
    return actions.write_report(
        candidate,
        code=IncidentCode.objects.get(code=code),
        **{"by": UserFactory(), "screen": Screen.BOARD} | fields,
    )


@pytest.fixture
def candidate(bank):
    return situations.started().candidate


# --- The nomenclature -----------------------------------------------------------------------------


def test_thirteen_codes_are_shipped_in_force():
    active = IncidentCode.objects.active_on(date(2026, 12, 14))

    assert set(active.values_list("code", flat=True)) == {*NEED_DESCRIPTION, *NEED_QUESTION, "C5"}


def test_nine_codes_are_shipped_asleep():
    asleep = IncidentCode.objects.filter(active_from=None).values_list("code", flat=True)

    assert set(asleep) == {"A1", "C6", "C7", "C8", "E8", "E9", "E10", "E11", "E12"}


def test_a_code_is_in_force_from_its_first_day_to_the_day_before_its_end():
    code = IncidentCode.objects.get(code="A1")
    code.active_from, code.active_until = date(2026, 12, 14), date(2026, 12, 16)
    code.save()

    days = [date(2026, 12, day) for day in (13, 14, 15, 16)]
    in_force = [IncidentCode.objects.active_on(day).filter(pk=code.pk).exists() for day in days]

    assert in_force == [False, True, True, False]


@pytest.mark.parametrize(
    ("code", "review"),
    [(code, True) for code in ["C1", *NEED_QUESTION, "A2"]]
    + [(code, False) for code in ["C2", "C3", "C4", "C5"]],
)
def test_what_an_officer_looks_at(code, review):
    assert IncidentCode.objects.get(code=code).calls_for_review is review


# --- Writing --------------------------------------------------------------------------------------


def test_a_report_says_who_when_and_on_which_screen(candidate):
    user = UserFactory()

    report = write(candidate, "C5", by=user)

    assert (report.written_by, report.written_on) == (user, Screen.BOARD)
    assert AuditEvent.objects.get(kind="report.written").data["report"] == report.pk


@pytest.mark.parametrize("code", NEED_DESCRIPTION)
def test_a_code_that_needs_a_description_asks_for_it(candidate, code):
    with pytest.raises(InvalidInput) as refusal:
        write(candidate, code, question_number=1)

    assert refusal.value.field == "description"
    assert not IncidentReport.objects.exists()


@pytest.mark.parametrize("code", NEED_QUESTION)
def test_a_code_about_a_question_asks_for_its_number(candidate, code):
    with pytest.raises(InvalidInput) as refusal:
        write(candidate, code, description="L’image manque.")

    assert refusal.value.field == "question_number"


@pytest.mark.parametrize("number", [1, 48])
def test_a_question_of_the_test_is_accepted(candidate, number):
    assert write(candidate, "E1", question_number=number).question_number == number


@pytest.mark.parametrize("number", [0, 49, -1, 1000])
def test_a_question_out_of_the_test_is_refused(candidate, number):
    with pytest.raises(InvalidInput, match="entre 1 et 48"):
        write(candidate, "E1", question_number=number)


@pytest.mark.parametrize("code", ["C3", "C5"])
def test_a_question_number_that_is_not_asked_is_dropped(candidate, code):
    report = write(candidate, code, description="Arrivé à 9 h 20.", question_number=4)

    assert report.question_number is None


def test_a_description_that_is_not_asked_is_kept(candidate):
    assert write(candidate, "C5", description="Il restait 4 questions.").description


def test_a_description_holds_500_characters(candidate):
    assert len(write(candidate, "A2", description="é" * 500).description) == 500


def test_a_longer_description_is_refused(candidate):
    with pytest.raises(InvalidInput) as refusal:
        write(candidate, "A2", description="é" * 501)

    assert refusal.value.field == "description"


def test_an_absent_candidate_can_be_reported(bank):
    assert write(CandidateFactory(), "C3", description="Absent.").pk


@pytest.mark.parametrize("ticked", [False, True], ids=["absent", "present"])
def test_a_candidate_who_did_not_start_has_no_question(bank, ticked):
    candidate = CandidateFactory()
    invigilator = UserFactory()
    actions.set_presence(candidate, present=ticked, by=invigilator)

    with pytest.raises(InvalidInput) as refusal:
        write(candidate, "E1", question_number=1)

    assert refusal.value.field == "question_number"


def test_a_code_asleep_on_the_day_of_the_session_is_refused(candidate):
    with pytest.raises(InvalidInput):
        write(candidate, "A1", description="Le vidéoprojecteur ne s’allume pas.")

    assert not IncidentReport.objects.exists()


def test_several_reports_are_written_one_by_one(candidate):
    write(candidate, "C5")
    write(candidate, "E1", question_number=3)

    assert candidate.reports.count() == 2


def test_a_report_shows_on_the_board(candidate):
    before = Candidate.objects.get().session.version

    write(candidate, "C5")

    assert Candidate.objects.get().row_version == before + 1


def test_the_same_form_sent_twice_writes_one_report(candidate):
    user, operation = UserFactory(), Operation(uuid4(), "form")

    first = write(candidate, "C5", by=user, operation=operation)
    second = write(candidate, "C5", by=user, operation=operation)

    assert first == second
    assert IncidentReport.objects.count() == 1


def test_the_needs_are_those_of_the_day_the_report_was_written(candidate):
    report = write(candidate, "C5")

    IncidentCode.objects.filter(code="C5").update(needs_description=True)

    report.refresh_from_db()
    assert report.needs_description is False


def test_no_report_after_the_finalisation(bank):
    attempt = situations.finished()
    situations.finalised(attempt.candidate.session)

    with pytest.raises(SessionClosed):
        write(attempt.candidate, "C5")


# --- Discarding -----------------------------------------------------------------------------------


def test_a_discarded_report_is_kept_with_who_and_why(candidate):
    report, user = write(candidate, "C5"), UserFactory()

    actions.discard_report(report, why="écrit pour un autre candidat", by=user)

    report.refresh_from_db()
    assert (report.discarded_by, report.discarded_why) == (user, "écrit pour un autre candidat")
    assert not IncidentReport.objects.kept().exists()


def test_a_report_is_not_discarded_without_a_reason(candidate):
    report = write(candidate, "C5")

    with pytest.raises(InvalidInput) as refusal:
        actions.discard_report(report, why="", by=UserFactory())

    assert refusal.value.field == "why"
    assert IncidentReport.objects.kept().exists()


def test_discarding_twice_keeps_the_first_reason(candidate):
    report = write(candidate, "C5")
    actions.discard_report(report, why="doublon", by=UserFactory())

    actions.discard_report(report, why="autre", by=UserFactory())

    report.refresh_from_db()
    assert report.discarded_why == "doublon"
    assert AuditEvent.objects.filter(kind="report.discarded").count() == 1


def test_no_report_is_discarded_after_the_finalisation(bank):
    attempt = situations.finished()
    report = write(attempt.candidate, "C5")
    situations.finalised(attempt.candidate.session)

    with pytest.raises(SessionClosed):
        actions.discard_report(report, why="doublon", by=UserFactory())


def test_an_officer_looks_at_what_is_kept_and_calls_for_review(candidate):
    write(candidate, "C5")
    discarded = write(candidate, "E1", question_number=1)
    actions.discard_report(discarded, why="doublon", by=UserFactory())
    kept = write(candidate, "E1", question_number=2)

    assert list(IncidentReport.objects.for_review()) == [kept]


def test_what_was_decided_of_a_report_is_not_decided_of_what_it_becomes(candidate):
    report = write(candidate, "C1", description="Nom : Kirkov")
    IncidentReport.objects.filter(pk=report.pk).update(
        resolved_at=timezone.now(), resolved_by=UserFactory(), resolution="Corrigé."
    )

    fraud = actions.correct_report(
        report,
        code=IncidentCode.objects.get(code="A2"),
        description="Un téléphone.",
        question_number=None,
        screen=Screen.CLOSING_FILE,
        by=UserFactory(),
    )

    assert (fraud.resolved_at, fraud.resolution) == (None, "")


# --- Correcting -----------------------------------------------------------------------------------


def correct(report, **written):
    written = {"code": report.code, "description": "Arrivé à 9 h 40", **written}
    return actions.correct_report(report, screen=Screen.CLOSING_FILE, by=UserFactory(), **written)


@pytest.fixture
def late(candidate):
    """Seen in the room, an hour ago."""
    report = write(candidate, "C3", description="Arrivé à 9 h 20")
    an_hour_ago = timezone.now() - timedelta(hours=1)
    IncidentReport.objects.filter(pk=report.pk).update(written_at=an_hour_ago)
    report.refresh_from_db()
    return report


def test_a_correction_keeps_who_saw_it_when_and_where(late):
    corrected = correct(correct(late), description="Arrivé à 9 h 45")

    corrected.refresh_from_db()
    assert (corrected.written_at, corrected.written_by, corrected.written_on) == (
        late.written_at,
        late.written_by,
        late.written_on,
    )
    assert corrected.former.former == late
    assert corrected.description == "Arrivé à 9 h 45"


def test_the_same_words_correct_nothing(late):
    assert correct(late, description="Arrivé à 9 h 20", question_number=3) == late

    late.refresh_from_db()
    assert late.discarded_at is None
    assert IncidentReport.objects.count() == 1


def test_a_report_corrected_meanwhile_is_not_said_to_be_withdrawn(late):
    corrected = correct(late)

    with pytest.raises(ReportDiscarded):
        actions.discard_report(late, why="Saisi deux fois", by=UserFactory())

    assert list(IncidentReport.objects.kept()) == [corrected]
