"""Every page of the demonstration, in a narrow light window and in a wide dark one."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from certif.accounts.models import Centre, CentreKind, User
from certif.management import story
from finalisation.models import ClosingFile, Mailing, MailKind
from finalisation.result_links import address_of
from invigilation.models import IncidentReport
from sessions.enums import ImportKind
from sessions.models import Candidate, ExamSession
from tests.e2e.desk_states import imports_in_each_state, prints_in_each_state
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)

NARROW = {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"}
WIDE = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}


@pytest.fixture
def both(somebody):
    """A narrow window and a wide one of the same person: the day is told once for the two."""

    def arrive(email=None):
        windows = [somebody(NARROW), somebody(WIDE)]
        if email:
            user = User.objects.get(email=email)
            windows = [window.is_logged_in(user) for window in windows]
        return windows

    return arrive


@pytest.fixture
def day(transactional_db):
    call_command("load_bank", verbosity=0)
    story.tell()
    return {
        "empty": ExamSession.objects.get(access_code="WB64K2"),
        "overseas": Centre.objects.get(time_zone="Pacific/Noumea"),
        "ready": ExamSession.objects.get(access_code="XGDZ45"),
        "running": ExamSession.objects.get(room="Salle informatique 1"),
        "to_finalise": ExamSession.objects.get(access_code="VRRJ30"),
        "finalised": ClosingFile.objects.get(session__state="finalised").session,
        "published": ExamSession.objects.get(state="published"),
    }


def opens(windows, page, *controls):
    """Press one after the other, and look at what is then open."""
    for window in windows:
        window.go(page)
        for control in controls:
            window.page.locator(control).click()
        window.page.locator("details[open], dialog[open]").first.wait_for()
        window.look()


def visits(windows, pages):
    for page in pages:
        for window in windows:
            window.go(page).look()


def test_the_pages_of_anybody(day, both):
    names = (
        "account_login",
        "account_signup",
        "account_reset_password",
        "verification:verify",
        "accessibility",
    )
    visits(both(), [*(reverse(name) for name in names), link_to_the_results(day["published"])])


def link_to_the_results(session):
    recipient = "vie.scolaire@exemple.test"
    session.candidates.update(results_email=recipient)
    mailing = Mailing.objects.create(
        session=session,
        kind=MailKind.RESULTS,
        recipient=recipient,
        occasion=session.published_at,
    )
    return address_of(mailing)


def test_the_pages_of_the_centre(day, both):
    ready, running = day["ready"].pk, day["running"].pk
    to_finalise, finalised = day["to_finalise"].pk, day["finalised"].pk
    waiting = Candidate.objects.filter(session=ready).first().pk
    unfinished = Candidate.objects.get(session=to_finalise, birth_name="Cotillon").pk
    report = IncidentReport.objects.get(candidate__session=to_finalise).pk

    visits(
        both(story.CENTRE_ACCOUNT),
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
            reverse("sessions:centre_history", args=[day["ready"].centre_id]),
            reverse("sessions:session_create", args=[day["ready"].centre_id]),
            reverse("sessions:session_create", args=[day["ready"].centre_id]) + f"?modele={ready}",
            reverse("sessions:session_detail", args=[ready]),
            reverse("sessions:session_detail", args=[running]),
            reverse("sessions:session_edit", args=[ready]),
            reverse("sessions:session_delete", args=[ready]),
            reverse("sessions:password_renew", args=[ready]),
            reverse("sessions:access_code_renew", args=[ready]),
            reverse("sessions:candidate_list", args=[running]),
            reverse("sessions:candidate_add", args=[ready]),
            reverse("sessions:candidate_edit", args=[ready, waiting]),
            reverse("sessions:candidate_remove", args=[ready, waiting]),
            reverse("sessions:session_history", args=[running]),
            reverse("finalisation:closing_file", args=[ready]),
            reverse("finalisation:closing_file", args=[running]),
            reverse("finalisation:closing_file", args=[to_finalise]),
            reverse("finalisation:filled_sheet", args=[to_finalise]),
            reverse("finalisation:report", args=[to_finalise, unfinished]),
            reverse("finalisation:report_correct", args=[to_finalise, report]),
            reverse("finalisation:report_discard", args=[to_finalise, report]),
            reverse("finalisation:closing_file", args=[finalised]),
            reverse("finalisation:session_results", args=[day["published"].pk]),
        ],
    )


def test_the_pages_of_the_desk(day, both):
    centre, ready, empty = day["ready"].centre, day["ready"].pk, day["empty"].pk
    finalised = day["finalised"].pk

    visits(
        both(story.CENTRE_ACCOUNT),
        [
            reverse("sessions:import_desk", args=[centre.pk]),
            reverse("sessions:import_new", args=[centre.pk, ImportKind.SHUTTLE]),
            reverse("sessions:import_new", args=[centre.pk, ImportKind.EQUIPMENT]),
            reverse("sessions:import_new", args=[centre.pk, ImportKind.REGISTER]),
            reverse("sessions:candidate_import", args=[ready]),
            reverse("sessions:register", args=[centre.pk]),
            reverse("sessions:register", args=[centre.pk]) + "?classe=3e+B",
            reverse("sessions:register", args=[day["overseas"].pk]),
            reverse("sessions:register_delete", args=[centre.pk]),
            reverse("sessions:enrol", args=[ready]),
            reverse("sessions:enrol", args=[ready]) + "?classe=3e+A&classe=3e+B",
            reverse("sessions:print_day", args=[centre.pk]),
            reverse("sessions:print_day", args=[centre.pk]) + "?jour=2020-01-01",
            reverse("sessions:print_day", args=[centre.pk]) + "?jour=31/02/2026",
            reverse("sessions:documents", args=[ready]),
            reverse("sessions:documents", args=[empty]),
            reverse("sessions:documents", args=[finalised]),
            reverse("sessions:candidate_list", args=[empty]),
        ],
    )


def test_an_import_and_a_print_in_each_state(transactional_db, both):
    membership = MembershipFactory(centre__kind=CentreKind.SCO)
    centre, member = membership.centre, membership.user
    windows = both(member.email)
    visits(
        windows,
        [
            reverse("sessions:session_list", args=[centre.pk]),
            reverse("sessions:print_day", args=[centre.pk]),
        ],
    )

    imports, prints = imports_in_each_state(centre), prints_in_each_state(centre, member)

    visits(
        windows,
        [
            *(job.get_absolute_url() for job in [*imports.values(), *prints.values()]),
            reverse("sessions:import_desk", args=[centre.pk]),
            reverse("sessions:print_day", args=[centre.pk]),
        ],
    )
    opens(windows, imports["shuttle"].get_absolute_url(), "#import-state summary >> nth=0")


def test_what_opens_on_the_pages_of_the_centre(day, both):
    windows = both(story.CENTRE_ACCOUNT)
    ready, empty, centre = day["ready"], day["empty"], day["ready"].centre_id
    listed = reverse("sessions:session_list", args=[centre])
    opens(windows, listed, "#centre-menu-button")
    opens(windows, listed, "#account-button")
    opens(windows, listed, f"#menu-{empty.pk}-button")
    opens(windows, listed, f"#menu-{empty.pk}-button", f"#delete-{empty.pk}")
    opens(windows, listed, "#week-table summary", "#between summary")
    waiting = ready.candidates.earliest("pk").pk
    candidates = reverse("sessions:candidate_list", args=[ready.pk])
    opens(windows, candidates, f"#remove-{waiting}")
    opens(windows, reverse("sessions:session_detail", args=[empty.pk]), "#delete")
    opens(windows, reverse("sessions:register", args=[centre]), "#delete-register")
    opens(windows, reverse("accounts:team", args=[centre]), "#invite")


def test_the_pages_of_the_room(day, both):
    running = day["running"].pk
    asking = Candidate.objects.get(session=running, birth_name="NGUYỄN").pk
    absent = Candidate.objects.get(session=running, birth_name="ŞAHİN").pk
    reported = IncidentReport.objects.kept().filter(candidate__session=running).earliest("pk")

    visits(
        both(story.INVIGILATOR_ACCOUNT),
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


def test_the_pages_of_a_candidate(day, both):
    visits(
        both(story.CANDIDATE_ACCOUNTS[0]),
        [
            reverse("exam:join"),
            reverse("results:my_results"),
            reverse("exam:site", args=["mediatheque-des-tilleuls"]),
        ],
    )


def test_the_pages_of_an_officer(day, both):
    sessions = reverse("admin:exam_sessions_examsession_changelist")
    finalised = day["finalised"]
    reported = finalised.candidates.get(birth_name="BERNARD").pk

    visits(
        both(story.OFFICER_ACCOUNT),
        [
            reverse("admin:index"),
            sessions,
            f"{sessions}?pile=all",
            reverse("admin:exam_sessions_examsession_statistics") + "?jours=30",
            reverse("admin:exam_sessions_examsession_change", args=[finalised.pk]),
            reverse("admin:exam_sessions_examsession_candidate", args=[finalised.pk, reported]),
            reverse("admin:finalisation_mailing_changelist") + "?depart=tous",
            reverse("admin:invigilation_incidentcode_changelist"),
            reverse("admin:exam_question_changelist"),
            reverse("admin:accounts_centre_changelist"),
            reverse("admin:accounts_user_changelist"),
            reverse("admin:audit_auditevent_changelist"),
        ],
    )
