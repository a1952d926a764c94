import csv
from datetime import datetime
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from certif.accounts.models import Role
from certif.audit.models import AuditEvent, record
from sessions import actions
from sessions.documents.workbooks import XLSX
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
def manager(member):
    return MembershipFactory(centre=member.centre, role=Role.MANAGER)


def of_centre(client, manager):
    client.force_login(manager.user)
    return client.get(f"/sessions/centre/{manager.centre_id}/historique/")


def test_a_session_deleted_is_told_in_the_history_of_its_centre(
    client, member, manager, session, soup
):
    number = session.pk
    actions.delete_session(session, by=member.user)

    (line,) = lines(soup, of_centre(client, manager))

    assert line.span.text == (
        f"Claire FONTAINE a supprimé la session {number}, qui comptait 0 candidat(s)."
    )


def test_what_is_in_the_history_of_a_session_is_not_repeated_there(
    client, member, manager, session, soup
):
    actions.renew_password(session, by=member.user)

    assert lines(soup, of_centre(client, manager)) == []


def test_the_history_of_another_centre_is_not_told(client, manager, soup):
    other = ExamSessionFactory(centre=CentreFactory())
    actions.delete_session(other, by=UserFactory())

    assert lines(soup, of_centre(client, manager)) == []


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
    with time_machine.travel("2026-11-20 22:02:07Z", tick=False):
        record("session.created", by=member.user, session=session)

    assert soup(show(), ".timeline-day h3").text == "Samedi 21 novembre 2026"
    assert soup(show(), ".timeline time").text == "9\u00a0h\u00a002"
    assert "heure de Nouméa" in show().text


def test_erased_candidate_has_no_name(show, member, session):
    candidate = CandidateFactory(session=session)
    record("candidate.added", by=member.user, candidate=candidate, session=session)
    candidate.delete()

    assert "a inscrit un candidat effacé" in show().text


def test_what_the_system_does_is_said_to_be_its_own(show, session):
    record("session.password_renewed", by=None, session=session)

    assert "Le système a renouvelé" in show().text


@pytest.mark.parametrize("kind", ["review.assigned", "review.handed_over"])
def test_who_at_pix_examines_a_session_is_not_told_to_its_centre(show, session, soup, kind):
    record(kind, by=UserFactory(is_staff=True), session=session, person=UserFactory().pk)

    assert lines(soup, show()) == []


def test_markup_in_a_name_stays_text(show, member, session, soup):
    candidate = CandidateFactory(session=session, birth_name="<b>{actor}</b>")
    record("candidate.added", by=member.user, candidate=candidate, session=session)

    assert "<B>{ACTOR}</B>" in soup(show(), ".timeline span").text


def test_the_last_day_is_unfolded_and_those_before_it_folded(show, member, session, soup):
    for day in (19, 20):
        with time_machine.travel(f"2026-11-{day} 03:00Z", tick=False):
            record("session.created", by=member.user, session=session)

    days = soup(show()).select(".timeline-day")

    assert [(day.h3.text, day.has_attr("open")) for day in days] == [
        ("Vendredi 20 novembre 2026", True),
        ("Jeudi 19 novembre 2026", False),
    ]


SORTED = {
    "inscriptions": "candidate.added",
    "salle": "code.given",
    "signalements": "note.written",
    "session": "session.created",
}


@pytest.mark.parametrize("sort", SORTED)
def test_lines_of_one_sort_are_shown_alone(client, show, member, session, soup, sort):
    for kind in SORTED.values():
        record(kind, by=member.user, session=session, candidate=CandidateFactory(session=session))
    show()

    page = client.get(f"/sessions/{session.pk}/historique/?quoi={sort}")

    assert [event.kind for event in page.context["page"]] == [SORTED[sort]]
    assert soup(page, "[aria-current=true]")["id"] == f"sort-{sort}"


def test_an_unknown_sort_shows_everything(client, show, member, session):
    record("session.created", by=member.user, session=session)
    show()

    page = client.get(f"/sessions/{session.pk}/historique/?quoi=tout")

    assert len(page.context["page"]) == 1


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

    # login, user, session, manager, count, events, people, candidates, centres of the person
    with django_assert_num_queries(10):
        show()


# --- As a file ------------------------------------------------------------------------------------


TAKEN = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}


def address(part, session, extension):
    return reverse(f"sessions:{part}_{extension}", args=[session.pk])


def cells(response):
    sheet = load_workbook(BytesIO(response.content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def csv_lines(response):
    return list(csv.reader(response.content.decode("utf-8-sig").splitlines(), delimiter=";"))


@pytest.fixture
def told(client, member, session):
    """One line of the history and one opening."""
    client.force_login(member.user)
    candidate = CandidateFactory(session=session, birth_name="Dupont", first_name="Paul")
    with time_machine.travel("2026-11-20 22:02:07Z", tick=False):
        record("candidate.added", by=member.user, candidate=candidate, session=session)
        record("candidate.opened", by=member.user, candidate=candidate, session=session)
    return session


ADDED = "Claire FONTAINE a inscrit Paul DUPONT."
OPENED = "Claire FONTAINE a ouvert le dossier de Paul DUPONT."


@pytest.mark.parametrize(("part", "sentence"), [("history", ADDED), ("openings", OPENED)])
def test_the_workbook_tells_when_who_and_what(client, told, part, sentence):
    assert cells(client.get(address(part, told, "xlsx"))) == [
        ["Quand (heure de Nouméa)", "Qui", "Quoi"],
        [datetime(2026, 11, 21, 9, 2, 7), "Claire FONTAINE", sentence],  # noqa: DTZ001
    ]


@pytest.mark.parametrize(("part", "sentence"), [("history", ADDED), ("openings", OPENED)])
def test_the_csv_tells_the_same(client, told, part, sentence):
    assert csv_lines(client.get(address(part, told, "csv"))) == [
        ["Quand (heure de Nouméa)", "Qui", "Quoi"],
        ["21/11/2026 09:02:07", "Claire FONTAINE", sentence],
    ]


@pytest.mark.parametrize("extension", TAKEN)
def test_a_file_is_given_as_an_attachment(client, told, extension):
    response = client.get(address("history", told, extension))

    assert response.headers["Content-Type"] == TAKEN[extension]
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="historique-session-{told.pk}.{extension}"'
    )
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("part", "kind"), [("history", "history.downloaded"), ("openings", "openings.downloaded")]
)
def test_a_download_is_noted(client, member, told, part, kind):
    client.get(address(part, told, "csv"))

    event = AuditEvent.objects.get(kind=kind)
    assert (event.actor_id, event.session_id, event.data) == (
        member.user.pk,
        told.pk,
        {"what": "csv"},
    )


def test_a_head_takes_nothing(client, told):
    client.head(address("history", told, "csv"))

    assert not AuditEvent.objects.filter(kind="history.downloaded").exists()


def test_nothing_typed_is_a_formula(client, told):
    user = UserFactory(first_name="", last_name="=1+1")
    record("session.created", by=user, session=told)

    newest = cells(client.get(address("history", told, "xlsx")))[1]
    taken = csv_lines(client.get(address("history", told, "csv")))
    sheet = load_workbook(BytesIO(client.get(address("history", told, "xlsx")).content)).active

    assert newest[1] == "=1+1"
    assert {cell.data_type for row in sheet.iter_rows(min_col=2) for cell in row} == {"s"}
    assert ["'=1+1", "'=1+1 a créé la session."] in [line[1:] for line in taken]


def test_what_nobody_with_an_account_did_has_no_author(client, told):
    record("candidate.added", by=None, session=told)
    record("results.opened_by_link", by=None, session=told, mailing=0)

    lines = [line[1:] for line in csv_lines(client.get(address("history", told, "csv")))]

    assert ["", "une adresse effacée a ouvert le lien vers les résultats reçu par e-mail."] in lines
    assert lines[2][0] == "Le système"


@pytest.mark.parametrize("part", ["history", "openings"])
def test_the_page_leads_to_its_own_files(client, told, soup, part):
    page = soup(client.get(reverse(f"sessions:session_{part}", args=[told.pk])))

    assert [link["href"] for link in page.select("[id^=take-]")] == [
        address(part, told, "xlsx"),
        address(part, told, "csv"),
    ]


def test_a_member_takes_the_history_and_not_the_openings(client, told):
    member = MembershipFactory(centre=told.centre, role=Role.MEMBER)
    client.force_login(member.user)

    assert client.get(address("history", told, "csv")).status_code == 200
    assert client.get(address("openings", told, "csv")).status_code == 404
