"""`manage.py export_person`, `manage.py erase_person`: what a person may ask of his data."""

import json
from datetime import date
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from certif.accounts.models import Role, User
from certif.audit.models import AuditEvent, record
from certif.lib.privacy import ERASED_NAME
from finalisation import actions
from finalisation.certificates import obtained
from finalisation.models import Certificate, Mailing
from finalisation.piles import for_review, undecided
from finalisation.queries import read_closing
from finalisation.results import results_of, results_workbook
from invigilation import board
from invigilation.documents import papers
from invigilation.documents.papers import filled_record
from invigilation.models import IncidentReport
from sessions.actions import edit_candidate, remove_candidate
from sessions.actions.documents import Issue
from sessions.actions.refusals import CandidateErased
from sessions.documents.papers import attendance_sheet, invigilator_sheet
from sessions.imports.templates import candidate_workbook, equipment_workbook
from sessions.models import Candidate, ExamSession, Pupil
from tests import situations
from tests.certif.marked import MARK, dump, is_certified
from tests.factories import CandidateFactory, MembershipFactory, PupilFactory, UserFactory
from tests.sessions.papers import text_of

SECRETS = ["password", "token_hash", "seat_key"]

pytestmark = pytest.mark.django_db


def erase(people, **whom):
    written = StringIO()
    call_command("erase_person", by=people.officer.pk, apply=True, stdout=written, **whom)
    return written.getvalue()


def export(people, tmp_path, **whom):
    path = tmp_path / "personne.zip"
    call_command("export_person", by=people.officer.pk, output=str(path), stdout=StringIO(), **whom)
    return path


def read(path):
    with ZipFile(BytesIO(path.read_bytes())) as archive:
        return json.loads(archive.read("donnees.json")), set(archive.namelist())


def seen_by(user, name, *args):
    client = Client()
    client.force_login(user)
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.text


def officer_page(people):
    return seen_by(people.officer, "admin:exam_sessions_examsession_change", people.session.pk)


# --- A copy ---------------------------------------------------------------------------------------


def test_a_copy_holds_what_is_known_of_a_candidate(people, tmp_path):
    data, files = read(export(people, tmp_path, candidate=people.certified.pk))

    (row,) = data["Candidate"]
    assert row["birth_name"] == people.certified.birth_name
    assert len(data["Answer"]) == 48
    assert data["Answer"][0]["question__statement"]
    assert {report["code__code"] for report in data["IncidentReport"]} == {"C2", "E1"}
    assert data["Certificate"][0]["code"] == Certificate.objects.get().code
    assert any("présent" in line["said"] for line in data["history"])
    assert {"donnees.json", "LISEZ-MOI.txt"} <= files


def test_a_copy_holds_nothing_of_anybody_else(people, tmp_path):
    data, _files = read(export(people, tmp_path, candidate=people.certified.pk))

    assert [row["pk"] for row in data["Candidate"]] == [people.certified.pk]
    said = json.dumps(data)
    assert people.other.birth_name not in said
    assert str(people.other.attempt.certification_number) not in said


def test_a_copy_of_an_account_holds_its_candidacies_and_no_secret(people, tmp_path):
    account = people.certified.user
    data, _files = read(export(people, tmp_path, account=account.pk))

    said = json.dumps(data)
    assert data["User"][0]["email"] == account.email
    assert [each["Candidate"][0]["pk"] for each in data["candidacies"]] == [people.certified.pk]
    assert account.password not in said
    assert '"password"' not in said


def test_a_copy_is_for_the_eyes_of_who_asked_for_it(people, tmp_path):
    path = export(people, tmp_path, candidate=people.certified.pk)

    assert path.stat().st_mode & 0o777 == 0o600


def test_a_copy_is_not_written_over_a_file(people, tmp_path):
    export(people, tmp_path, candidate=people.certified.pk)

    with pytest.raises(CommandError, match="existe déjà"):
        export(people, tmp_path, candidate=people.certified.pk)
    assert AuditEvent.objects.filter(kind="person.exported").count() == 1


@pytest.mark.parametrize(
    ("whom", "kind"), [("candidate", "person.exported"), ("account", "account.exported")]
)
def test_a_copy_is_in_the_history(people, tmp_path, whom, kind):
    pk = people.certified.pk if whom == "candidate" else people.certified.user_id
    export(people, tmp_path, **{whom: pk})

    assert AuditEvent.objects.get(kind=kind).actor_id == people.officer.pk


# --- To be forgotten ------------------------------------------------------------------------------


def texts_of(row):
    """What bears its mark in a row, and in the rows of any table that belong to it."""
    found = {value for value in vars(row).values() if is_marked(value, row)}
    for relation in row._meta.related_objects:
        for other in relation.related_model.objects.filter(**{relation.field.name: row.pk}):
            found |= texts_of(other)
    return found


def is_marked(value, row):
    return isinstance(value, str) and f"of{row._meta.model_name}" in value.lower()


def test_an_erased_candidate_leaves_nothing_in_any_table(people):
    texts = texts_of(Candidate.objects.get(pk=people.other.pk))

    erase(people, candidate=people.other.pk)

    said = "\n".join(dump().values())
    assert {text for text in texts if f"'{text}'" in said} == set()
    assert len(texts) > 15


def test_his_entry_in_the_register_goes_with_him(people):
    pupil = Pupil.objects.first()
    Pupil.objects.filter(pk=pupil.pk).update(identity_key=people.other.identity_key)

    erase(people, candidate=people.other.pk)

    assert not Pupil.objects.filter(pk=pupil.pk).exists()


def test_the_mails_to_an_address_shared_by_a_class_stay(people):
    Candidate.objects.filter(session=people.session).update(results_email="classe@exemple.test")
    mailings = Mailing.objects.filter(session=people.session, kind="results")
    count = mailings.update(recipient="classe@exemple.test")

    erase(people, candidate=people.other.pk)

    assert mailings.count() == count > 0


def test_what_proves_a_certification_stays_and_is_told(people):
    told = erase(people, candidate=people.certified.pk)

    row = Candidate.objects.get(pk=people.certified.pk)
    assert row.birth_name == people.certified.birth_name
    assert row.external_id == ""
    assert is_certified(row)
    assert "Identité, numéro et résultat de la certification\u00a0: gardés jusqu’au" in told


def test_the_proof_goes_when_it_is_asked(people):
    told = erase(people, candidate=people.certified.pk, certificate=True)

    assert Candidate.objects.get(pk=people.certified.pk).is_erased
    assert not Certificate.objects.exists()
    assert "Identité" not in told


def test_published_anew_nobody_is_certified(people):
    erase(people, candidate=people.certified.pk, certificate=True)

    actions.unpublish(people.session, why="Une erreur.", by=people.officer)
    despite = undecided(for_review().get(pk=people.session.pk))
    actions.publish(people.session, by=people.officer, despite=despite)

    assert not Certificate.objects.exists()
    assert not obtained().exists()


def test_his_row_becomes_nobody_elses(people):
    erase(people, candidate=people.other.pk)
    session = actions.unpublish(people.session, why="Une erreur.", by=people.officer)
    row = Candidate.objects.get(pk=people.other.pk)
    ada = {"birth_name": "Lovelace", "first_name": "Ada", "birth_date": date(2012, 12, 10)}

    with pytest.raises(CandidateErased):
        actions.correct_identity(row, why="Une lettre.", by=people.officer, **ada)
    actions.reopen(session, why="Une erreur.", by=people.officer)
    with pytest.raises(CandidateErased):
        edit_candidate(row, version=row.row_version, by=people.officer, **ada)
    with pytest.raises(CandidateErased):
        remove_candidate(row, by=people.officer)


def test_what_is_left_elsewhere_is_told(people):
    told = erase(people, candidate=people.other.pk)

    assert "PV d’incident scellé\u00a0: gardé jusqu’au" in told
    assert "Documents transmis par le centre\u00a0: à vérifier à la main." in told


def test_without_its_flag_it_only_tells(people):
    before, written = dump(), StringIO()

    call_command("erase_person", candidate=people.other.pk, by=people.officer.pk, stdout=written)

    assert "Rien n’a été changé" in written.getvalue()
    assert dump() == before
    assert not AuditEvent.objects.filter(kind="person.erased").exists()


def try_out(people, **whom):
    written = StringIO()
    call_command("erase_person", by=people.officer.pk, stdout=written, **whom)
    return written.getvalue().replace("\u00a0", " ")


@pytest.fixture
def ada(people):
    row = people.other
    row.first_name, row.birth_name = "Ada", "Lovelace"
    row.save()
    return row


def test_a_trial_tells_who_it_is_by_initials_and_session(people, ada):
    said = try_out(people, candidate=ada.pk)

    session = ada.session
    assert said.startswith(
        f"1 inscription : n° {ada.pk}, A. L., session {session.pk} "
        f"du {session.date:%d/%m/%Y} ({session.centre}).\n"
    )
    assert "lovelace" not in said.lower()
    assert ada.birth_date.strftime("%d/%m/%Y") not in said


def test_a_trial_counts_the_pupils_that_would_go_with_him(people, ada):
    ada_in_the_register = {
        "first_name": "Ada",
        "birth_name": "Lovelace",
        "birth_date": ada.birth_date,
    }
    PupilFactory(centre=ada.session.centre, **ada_in_the_register)

    assert "1 élève du registre (A. L.)." in try_out(people, candidate=ada.pk)


def test_a_trial_on_an_account_tells_its_rows(people, ada):
    User.objects.filter(pk=ada.user_id).update(first_name="Grace", last_name="Hopper")

    said = try_out(people, account=ada.user_id)

    assert f"1 compte : n° {ada.user_id} (G. H.)." in said
    assert f"1 inscription : n° {ada.pk}, A. L., session {ada.session_id} du" in said
    assert "hopper" not in said.lower()


def test_a_trial_says_that_it_was_done_already(people, ada):
    erase(people, candidate=ada.pk)

    assert f"1 inscription : n° {ada.pk}, déjà effacé, session" in try_out(people, candidate=ada.pk)


def test_once_applied_the_log_keeps_no_initials(people, ada):
    assert "A. L." not in erase(people, candidate=ada.pk)


def test_nobody_is_erased_from_an_open_session(people):
    row = CandidateFactory()

    with pytest.raises(CommandError, match="est ouverte"):
        erase(people, candidate=row.pk)


def test_nobody_is_erased_before_his_result(people):
    session = situations.finalised()

    with pytest.raises(CommandError, match="ne sont pas publiés"):
        erase(people, candidate=session.candidates.get().pk)


def test_nobody_is_erased_from_a_session_in_dispute(people, settings):
    settings.RETENTION_FROZEN_SESSIONS = [people.session.pk]

    with pytest.raises(CommandError, match="en litige"):
        erase(people, candidate=people.other.pk)


def test_an_officer_answers_for_it(people):
    with pytest.raises(CommandError, match="n’est pas de l’équipe Pix"):
        call_command("erase_person", candidate=people.other.pk, by=UserFactory().pk)


def test_erased_twice_is_erased(people):
    erase(people, candidate=people.other.pk)
    erase(people, candidate=people.other.pk)

    assert Candidate.objects.get(pk=people.other.pk).is_erased


def test_who_is_called_as_an_erased_person_is_one_of_the_living(people):
    """The name alone may have been typed: a row of nobody has no key either."""
    row = Candidate.objects.get(pk=people.certified.pk)
    row.birth_name = ERASED_NAME
    row.save()
    record("candidate.linked", by=row.user, candidate=row, session=people.session)
    manager = MembershipFactory(centre=people.session.centre, role=Role.MANAGER).user

    assert not row.is_erased
    assert row in Candidate.objects.known()
    assert obtained().filter(candidate=row).exists()
    assert row.user.name in seen_by(manager, "sessions:session_history", people.session.pk)


def test_an_erased_account_has_no_name_and_no_way_in(people):
    user = people.other.user
    browser = Client()
    browser.force_login(user)

    erase(people, account=user.pk)

    user = User.objects.get(pk=user.pk)
    assert (user.name, user.is_active, user.has_usable_password()) == (
        "Personne effacée",
        False,
        False,
    )
    assert browser.get(reverse("accounts:profile")).status_code == 302
    assert f"{MARK}{user.pk}ofuser" not in "\n".join(dump().values())


def test_the_account_of_who_waits_for_a_result_is_not_erased(people):
    candidate = situations.finalised().candidates.get()

    with pytest.raises(CommandError, match="non publiée"):
        erase(people, account=candidate.user_id)


def test_an_administrator_is_not_erased(people):
    with pytest.raises(CommandError, match="droits d’administration"):
        erase(people, account=people.officer.pk)


# --- Pages, after ---------------------------------------------------------------------------------


def test_the_history_stands(people):
    manager = MembershipFactory(centre=people.session.centre, role=Role.MANAGER).user
    author = User.objects.get(pk=people.session.finalised_by_id)

    erase(people, candidate=people.other.pk)
    erase(people, account=author.pk)

    page = seen_by(manager, "sessions:session_history", people.session.pk)
    assert "a effacé, sur demande, les données de PERSONNE EFFACÉE (tout)." in page
    assert "Personne effacée a finalisé la session" in page
    assert people.other.birth_name.upper() not in page.upper()


def test_the_history_does_not_say_whose_account_it_was(people):
    """The account is still there: it certifies again, perhaps."""
    account = people.other.user
    record("candidate.linked", by=account, candidate=people.other, session=people.session)
    manager = MembershipFactory(centre=people.session.centre, role=Role.MANAGER).user
    reads = [
        lambda: seen_by(manager, "sessions:session_history", people.session.pk),
        lambda: seen_by(people.officer, "admin:audit_auditevent_changelist"),
        lambda: officer_page(people),
    ]
    before = [account.name in read() for read in reads]

    erase(people, candidate=people.other.pk)

    assert before == [True, True, True]
    assert [account.name in read() for read in reads] == [False, False, False]


def test_the_pages_of_officers_stand(people):
    erase(people, candidate=people.other.pk)
    erase(people, candidate=people.certified.pk, certificate=True)

    page = officer_page(people)
    candidate = seen_by(
        people.officer,
        "admin:exam_sessions_examsession_candidate",
        people.session.pk,
        people.other.pk,
    )

    assert page.count("PERSONNE EFFACÉE") >= 2
    assert "01/01/1900" not in page
    assert "PERSONNE EFFACÉE" in candidate


@pytest.mark.parametrize(
    "name", ["sessions:candidate_list", "sessions:session_detail", "finalisation:closing_file"]
)
def test_the_pages_of_the_centre_stand(people, name):
    manager = MembershipFactory(centre=people.session.centre, role=Role.MANAGER).user

    erase(people, candidate=people.other.pk)

    assert people.other.birth_name.upper() not in seen_by(manager, name, people.session.pk).upper()


def test_a_certificate_that_was_kept_is_verified(people, client):
    code = Certificate.objects.get().code

    erase(people, candidate=people.certified.pk)

    page = client.post(reverse("verification:verify"), {"code": code})
    assert people.certified.birth_name.upper() in page.text


def test_a_certificate_that_was_erased_is_not_known(people, client):
    code = Certificate.objects.get().code

    erase(people, candidate=people.certified.pk, certificate=True)

    page = client.post(reverse("verification:verify"), {"code": code})
    assert page.status_code == 200
    assert people.certified.birth_name.upper() not in page.text.upper()


# --- Two of them ----------------------------------------------------------------------------------


@pytest.fixture
def two_erased(people):
    """Without a name and a birth date they are no homonyms, and were not born in 1900."""
    erase(people, candidate=people.other.pk)
    erase(people, candidate=people.certified.pk, certificate=True)
    session = ExamSession.objects.select_related("centre").get(pk=people.session.pk)
    session.issue = Issue(1, people.now)
    return session


@pytest.mark.parametrize(
    "name",
    [
        "sessions:candidate_list",
        "finalisation:session_results",
        "finalisation:session_results_csv",
    ],
)
def test_two_erased_people_are_told_apart_by_no_birth_date(two_erased, name):
    manager = MembershipFactory(centre=two_erased.centre, role=Role.MANAGER).user

    tells_no_birth_date(seen_by(manager, name, two_erased.pk))


def tells_no_birth_date(text):
    assert "effacée" in text.lower()
    assert "homonyme" not in text
    assert "1900" not in text


def test_the_workbook_of_the_results_has_no_birth_date_of_an_erased_person(two_erased):
    data = results_workbook(results_of(two_erased), with_comments=False)

    tells_no_birth_date(cells_of(data))


@pytest.mark.parametrize("workbook", [candidate_workbook, lambda each: equipment_workbook([each])])
def test_the_workbooks_to_fill_leave_them_out(two_erased, workbook):
    cells = cells_of(workbook(two_erased))

    assert "effacée" not in cells
    assert "1900" not in cells


def cells_of(data):
    book = load_workbook(BytesIO(data))
    return str([list(sheet.iter_rows(values_only=True)) for sheet in book])


def test_the_closing_page_marks_no_erased_person_as_a_homonym(two_erased):
    closing = read_closing(two_erased)

    assert len(closing.candidates) == 3
    assert closing.homonyms == set()


def test_the_board_tells_two_erased_people_apart_by_no_birth_date(two_erased):
    rows = [row for row in board.read(two_erased)["rows"] if "EFFACÉE" in row.birth_name]

    assert [(row.is_homonym, row.birth_date) for row in rows] == [(False, ""), (False, "")]


@pytest.mark.parametrize("draw", [attendance_sheet, invigilator_sheet])
def test_the_sheets_tell_two_erased_people_apart_by_no_birth_date(two_erased, draw):
    tells_no_birth_date(text_of(draw(two_erased)))


def test_the_papers_of_incidents_have_no_birth_date_of_an_erased_person(two_erased, people):
    IncidentReport.objects.update(discarded_at=None, discarded_by=None, discarded_why="")

    tells_no_birth_date(text_of(filled_record(two_erased)))
    assert papers.identity_of(Candidate.objects.get(pk=people.other.pk))[2] == ""
