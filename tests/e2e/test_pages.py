"""Every page of the demonstration, in a narrow light window and in a wide dark one."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from certif.management import story
from certif.management.gestures import PASSWORD
from finalisation.models import ClosingFile
from invigilation.models import IncidentReport
from sessions.models import Candidate, ExamSession

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"}
WIDE = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}
screens = pytest.mark.parametrize("screen", [NARROW, WIDE], ids=["narrow-light", "wide-dark"])


@pytest.fixture
def day(transactional_db):
    call_command("load_bank", verbosity=0)
    story.tell()
    return {
        "ready": ExamSession.objects.get(access_code="XGDZ45"),
        "running": ExamSession.objects.get(room="Salle informatique 1"),
        "to_finalise": ExamSession.objects.get(access_code="VRRJ30"),
        "finalised": ClosingFile.objects.get(session__state="finalised").session,
    }


def visits(person, pages):
    for page in pages:
        person.go(page)
        person.look()


@screens
def test_the_pages_of_anybody(day, somebody, screen):
    visits(
        somebody(screen),
        [reverse(name) for name in ("account_login", "account_signup", "account_reset_password")],
    )


@screens
def test_the_pages_of_the_centre(day, somebody, screen):
    ready, running = day["ready"].pk, day["running"].pk
    to_finalise, finalised = day["to_finalise"].pk, day["finalised"].pk
    waiting = Candidate.objects.filter(session=ready).first().pk
    unfinished = Candidate.objects.get(session=to_finalise, birth_name="Cotillon").pk
    report = IncidentReport.objects.get(candidate__session=to_finalise).pk

    visits(
        somebody(screen).logs_in(story.CENTRE_ACCOUNT, PASSWORD),
        [
            reverse("accounts:profile"),
            reverse("account_change_password"),
            reverse("accounts:landing"),
            reverse("accounts:team", args=[day["ready"].centre_id]),
            reverse("accounts:invite", args=[day["ready"].centre_id]),
            reverse("accounts:centre_leave", args=[day["ready"].centre_id]),
            reverse("accounts:invitation", args=["unknown"]),
            reverse("sessions:session_list", args=[day["ready"].centre_id]),
            reverse("sessions:session_list", args=[day["ready"].centre_id]) + "?q=salle&tri=-date",
            reverse("sessions:session_list", args=[day["ready"].centre_id]) + "?du=31/02/2026",
            reverse("sessions:session_create", args=[day["ready"].centre_id]),
            reverse("sessions:session_create", args=[day["ready"].centre_id]) + f"?modele={ready}",
            reverse("sessions:session_detail", args=[ready]),
            reverse("sessions:session_detail", args=[running]),
            reverse("sessions:session_edit", args=[ready]),
            reverse("sessions:session_delete", args=[ready]),
            reverse("sessions:password_renew", args=[ready]),
            reverse("sessions:candidate_list", args=[running]),
            reverse("sessions:candidate_add", args=[ready]),
            reverse("sessions:candidate_edit", args=[ready, waiting]),
            reverse("sessions:candidate_remove", args=[ready, waiting]),
            reverse("sessions:session_history", args=[running]),
            reverse("finalisation:closing_file", args=[ready]),
            reverse("finalisation:closing_file", args=[running]),
            reverse("finalisation:closing_file", args=[to_finalise]),
            reverse("finalisation:report", args=[to_finalise, unfinished]),
            reverse("finalisation:report_discard", args=[to_finalise, report]),
            reverse("finalisation:closing_file", args=[finalised]),
        ],
    )


@screens
def test_the_pages_of_the_room(day, somebody, screen):
    running = day["running"].pk
    asking = Candidate.objects.get(session=running, birth_name="NGUYỄN").pk
    absent = Candidate.objects.get(session=running, birth_name="ŞAHİN").pk
    reported = IncidentReport.objects.kept().filter(candidate__session=running).earliest("pk")

    visits(
        somebody(screen).logs_in(story.INVIGILATOR_ACCOUNT, PASSWORD),
        [
            reverse("invigilation:join"),
            reverse("invigilation:board", args=[running]),
            reverse("invigilation:board", args=[day["finalised"].pk]),
            reverse("invigilation:code", args=[running]),
            reverse("invigilation:leave", args=[running]),
            reverse("invigilation:resume_authorise", args=[running, asking]),
            reverse("invigilation:end_test", args=[running, asking]),
            reverse("invigilation:report", args=[running, asking]),
            reverse("invigilation:report", args=[running, absent]),
            reverse("invigilation:reports", args=[running, reported.candidate_id]),
            reverse(
                "invigilation:report_correct", args=[running, reported.candidate_id, reported.pk]
            ),
        ],
    )


@screens
def test_the_pages_of_a_candidate(day, somebody, screen):
    visits(
        somebody(screen).logs_in(story.CANDIDATE_ACCOUNTS[0], PASSWORD),
        [
            reverse("exam:join"),
            reverse("results:my_results"),
            reverse("exam:site", args=["mediatheque-des-tilleuls"]),
        ],
    )


@screens
def test_the_pages_of_an_officer(day, somebody, screen):
    sessions = reverse("admin:exam_sessions_examsession_changelist")

    visits(
        somebody(screen).logs_in(story.OFFICER_ACCOUNT, PASSWORD),
        [
            reverse("admin:index"),
            sessions,
            f"{sessions}?pile=all",
            reverse("admin:exam_sessions_examsession_change", args=[day["finalised"].pk]),
            reverse("admin:invigilation_incidentcode_changelist"),
            reverse("admin:exam_question_changelist"),
            reverse("admin:accounts_centre_changelist"),
            reverse("admin:accounts_user_changelist"),
            reverse("admin:audit_auditevent_changelist"),
        ],
    )
