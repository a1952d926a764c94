"""« Imprimer la journée »: what is offered, what is ticked, and what asking for it does."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.audit.models import AuditEvent
from sessions.actions import printing
from sessions.documents.registry import Audience, Document, documents
from sessions.models import ExamSession, PrintRun
from tests import situations
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, MembershipFactory
from tests.races.harness import run_rounds

pytestmark = pytest.mark.django_db

DAY = date(2026, 12, 14)


@pytest.fixture
def member(client):
    member = MembershipFactory()
    client.force_login(member.user)
    return member


@pytest.fixture
def session(member):
    return ExamSessionFactory(centre=member.centre, date=DAY)


def address(centre, day=None):
    page = reverse("sessions:print_day", args=[centre.pk])
    return f"{page}?jour={day}" if day else page


def ask(client, session, *, sessions=None, keys=("kit-surveillant",), operation=None):
    chosen = [session] if sessions is None else sessions
    data = {
        "sessions": [getattr(each, "pk", each) for each in chosen],
        "documents": keys,
        "operation": operation or uuid4(),
    }
    return client.post(address(session.centre, session.date), data)


def ticked(soup, response, name):
    return [box["value"] for box in soup(response).select(f'input[name="{name}"][checked]')]


def offered(soup, response, name):
    return [box["value"] for box in soup(response).select(f'input[name="{name}"]')]


# --- Choosing -------------------------------------------------------------------------------------


@time_machine.travel("2026-12-13T12:00:00Z")
def test_page_opens_on_the_next_day_that_has_sessions(client, member, soup):
    client.force_login(member.user)
    ExamSessionFactory(centre=member.centre, date=DAY + timedelta(days=3))
    ExamSessionFactory(centre=member.centre, date=DAY)
    ExamSessionFactory(centre=member.centre, date=DAY - timedelta(days=3))

    assert soup(client.get(address(member.centre)), "#day").text == "Lundi 14 décembre 2026"


@time_machine.travel("2027-01-13T12:00:00Z")
def test_page_opens_on_the_last_day_when_none_is_ahead(client, member, session, soup):
    client.force_login(member.user)
    assert soup(client.get(address(session.centre)), "#day").text == "Lundi 14 décembre 2026"


@time_machine.travel("2026-12-13T20:00:00Z")
def test_the_present_day_is_that_of_the_centre(client, soup):
    """It is already the 14th in Nouméa."""
    centre = CentreFactory(time_zone="Pacific/Noumea")
    client.force_login(MembershipFactory(centre=centre).user)
    ExamSessionFactory(centre=centre, date=DAY - timedelta(days=1))
    ExamSessionFactory(centre=centre, date=DAY + timedelta(days=1))

    assert soup(client.get(address(centre)), "#day").text == "Mardi 15 décembre 2026"


def test_the_days_around_are_one_link_away(client, session, soup):
    ExamSessionFactory(centre=session.centre, date=DAY + timedelta(days=4))

    page = soup(client.get(address(session.centre, DAY)))

    assert [link["href"][-10:] for link in page.select("#day-before, #day-after")] == ["2026-12-18"]


def test_a_day_without_sessions_says_so(client, session):
    assert "Aucune session ce jour-là" in client.get(address(session.centre, "2026-12-25")).text


def test_a_centre_without_sessions_is_told_what_to_do(client, member):
    assert "Créer une session" in client.get(address(member.centre)).text


@pytest.mark.parametrize("day", ["hier", "2026-02-30", "\x00", "9" * 400])
def test_a_day_that_does_not_exist_is_told(client, session, day):
    response = client.get(address(session.centre), {"jour": day})

    assert response.status_code == 422
    assert "id_jour" in response.text


def test_sessions_to_hold_are_ticked_and_others_are_offered(client, session, soup, bank):
    over = situations.finalised(
        ExamSessionFactory(centre=session.centre, date=timezone.localdate())
    )
    ExamSessionFactory(centre=session.centre, date=over.date, start_time=time(14))

    response = client.get(address(session.centre, over.date))

    assert str(over.pk) in offered(soup, response, "sessions")
    assert str(over.pk) not in ticked(soup, response, "sessions")
    assert len(ticked(soup, response, "sessions")) == 1


def test_each_session_says_its_hour_its_room_and_how_many_sit(client, session, soup):
    CandidateFactory.create_batch(2, session=session)

    line = soup(client.get(address(session.centre, DAY)), ".print-lines li:has([name=sessions])")

    assert (
        f"9 h 00 · Salle 208 Session {session.pk} · Collège Anne Frank · 2 candidats"
        == " ".join(line.text.split())
    )


def test_a_session_without_candidates_says_what_it_will_lack(client, session):
    page = client.get(address(session.centre, DAY)).text

    assert (
        "elle n’aura pas\u00a0: Feuille du surveillant, Feuille d’émargement, Coupons candidats"
        in page
    )


def test_what_serves_before_the_day_is_ticked(client, session, soup):
    response = client.get(address(session.centre, DAY))

    left = set(offered(soup, response, "documents")) - set(ticked(soup, response, "documents"))
    assert left == {"pv-incident-signalements"}


def test_a_document_that_is_no_pdf_is_not_offered(client, session, soup, monkeypatch):
    workbook = Document("essai", "Essai", "…", Audience.CENTRE, bytes, content_type="text/csv")
    monkeypatch.setattr("sessions.documents.registry._DOCUMENTS", {"essai": workbook})

    assert offered(soup, client.get(address(session.centre, DAY)), "documents") == []


def test_page_asks_as_much_for_twenty_five_sessions(client, session, django_assert_max_num_queries):
    with django_assert_max_num_queries(50) as one:
        client.get(address(session.centre, DAY))
    for other in ExamSessionFactory.create_batch(24, centre=session.centre, date=DAY):
        CandidateFactory(session=other)

    with django_assert_max_num_queries(len(one)):
        client.get(address(session.centre, DAY))


# --- Asking ---------------------------------------------------------------------------------------


def test_asking_leads_to_the_page_of_the_run(client, session):
    response = ask(client, session)

    run = PrintRun.objects.get()
    assert response.url == reverse("sessions:print_run", args=[run.pk])
    assert (run.session_ids, run.document_keys) == ([session.pk], ["kit-surveillant"])


def test_the_worker_is_told_with_the_run(client, session, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

    ask(client, session)

    assert DBTaskResult.objects.get().args_kwargs["args"] == [str(PrintRun.objects.get().pk)]


def test_asking_is_noted_without_a_name(client, session, member):
    ask(client, session)

    event = AuditEvent.objects.get(kind="print.run")
    assert (event.actor_id, event.centre_id) == (member.user_id, member.centre_id)
    assert event.data["sessions"] == [session.pk]


def test_sessions_come_by_hour_then_by_room(client, session):
    late = ExamSessionFactory(centre=session.centre, date=DAY, start_time=time(14), room="A")
    next_door = ExamSessionFactory(centre=session.centre, date=DAY, room="Salle 101")

    ask(client, session, sessions=[late, session, next_door])

    assert PrintRun.objects.get().session_ids == [next_door.pk, session.pk, late.pk]


def test_documents_come_in_the_order_of_the_tab(client, session):
    CandidateFactory(session=session)
    ask(client, session, keys=["coupons-candidats", "kit-surveillant", "feuille-emargement"])

    keys = PrintRun.objects.get().document_keys
    assert keys == [each.key for each in documents() if each.key in keys]


@pytest.mark.parametrize("nothing", [{"sessions": []}, {"keys": []}])
def test_ticking_nothing_is_told(client, session, nothing):
    response = ask(client, session, **nothing)

    assert response.status_code == 422
    assert "Cochez au moins" in response.text
    assert not PrintRun.objects.exists()


def test_what_was_ticked_stays_ticked_after_an_error(client, session, soup):
    ExamSessionFactory(centre=session.centre, date=DAY)

    response = ask(client, session, keys=[])

    assert ticked(soup, response, "sessions") == [str(session.pk)]
    assert ticked(soup, response, "documents") == []


def test_names_only_without_anybody_is_nothing_to_print(client, session):
    response = ask(client, session, keys=["feuille-emargement"])

    assert response.status_code == 422
    assert "aucun n’est inscrit" in response.text
    assert not PrintRun.objects.exists()


def test_an_unknown_document_is_refused(client, session):
    response = ask(client, session, keys=["kit-surveillant", "../../etc/passwd"])

    assert response.status_code == 422
    assert not PrintRun.objects.exists()


@pytest.mark.parametrize("foreign", ["0", "-1", "9" * 40, "1 OR 1", "\x00", "é"])
def test_a_session_that_is_no_number_of_the_page_is_left_out(client, session, foreign):
    assert ask(client, session, sessions=[foreign]).status_code == 422
    assert not PrintRun.objects.exists()


def test_a_session_of_another_centre_is_left_out(client, session):
    foreign = ExamSessionFactory(date=DAY)

    assert ask(client, session, sessions=[foreign]).status_code == 422
    assert not PrintRun.objects.exists()
    ask(client, session, sessions=[session, foreign])
    assert PrintRun.objects.get().session_ids == [session.pk]


def test_more_than_sixty_sessions_are_printed_in_several_times(client, session):
    others = ExamSessionFactory.create_batch(60, centre=session.centre, date=DAY)

    response = ask(client, session, sessions=[session, *others])

    assert response.status_code == 422
    assert "60 sessions au plus" in response.text


# --- Once -----------------------------------------------------------------------------------------


def test_a_double_click_is_one_run(client, session):
    operation = uuid4()
    first, second = (ask(client, session, operation=operation) for _ in range(2))

    assert first.url == second.url
    assert PrintRun.objects.count() == AuditEvent.objects.filter(kind="print.run").count() == 1


def test_the_same_choice_leads_to_the_run_at_work(client, session):
    first, second = ask(client, session), ask(client, session)

    assert first.url == second.url


@pytest.mark.django_db(transaction=True)
def test_four_clicks_together_are_one_run():
    def click(member):
        session = ExamSession.objects.get(centre=member.centre)
        return lambda: printing.print_sessions(
            member.centre, sessions=[session], documents=["kit-surveillant"], by=member.user
        )

    def a_centre():
        member = MembershipFactory()
        ExamSessionFactory(centre=member.centre)
        return member

    broken = run_rounds(
        5,
        a_centre,
        lambda member: [click(member) for _ in range(4)],
        lambda played: len({run.pk for run in played.answers}) == 1,
    )

    assert broken == 0


def test_another_choice_waits_for_the_end_of_the_first(client, session, soup):
    first = ask(client, session)

    response = ask(client, session, keys=["pv-incident"])

    assert response.status_code == 409
    assert soup(response, "main .banner.is-wait a")["href"] == first.url
    assert PrintRun.objects.count() == 1


def test_a_colleague_does_not_wait(client, session):
    ask(client, session)
    client.force_login(MembershipFactory(centre=session.centre).user)

    assert ask(client, session).status_code == 302
    assert PrintRun.objects.count() == 2


def test_a_run_that_was_cut_off_makes_way(client, session):
    ask(client, session)
    PrintRun.objects.update(beat_at=timezone.now() - timedelta(minutes=3), state="drawing")

    assert ask(client, session, keys=["pv-incident"]).status_code == 302
    assert PrintRun.objects.get().document_keys == ["pv-incident"]


def test_asking_again_for_what_was_abandoned_is_told(client, session):
    operation = uuid4()
    ask(client, session, operation=operation)
    PrintRun.objects.all().delete()

    response = ask(client, session, operation=operation)

    assert response.status_code == 409
    assert "abandonnée" in response.text


def test_runs_of_a_day_ago_are_forgotten_by_the_next_one(client, session):
    ask(client, session)
    PrintRun.objects.update(created_at=timezone.now() - timedelta(hours=25))

    ask(client, session)

    assert PrintRun.objects.count() == 1


def test_the_page_lists_the_runs_of_the_person(client, session, soup):
    ask(client, session)
    printing.print_sessions(
        session.centre,
        sessions=[session],
        documents=["pv-incident"],
        by=MembershipFactory(centre=session.centre).user,
    )

    page = soup(client.get(address(session.centre, DAY)))

    assert [link["href"] for link in page.select("[aria-labelledby=runs-title] a")] == [
        PrintRun.objects.get(document_keys=["kit-surveillant"]).get_absolute_url()
    ]


@time_machine.travel("2026-11-23T22:30:00Z")
def test_the_day_and_hour_of_a_run_are_those_of_the_centre(client, soup):
    centre = CentreFactory(time_zone="Pacific/Noumea")
    client.force_login(MembershipFactory(centre=centre).user)
    ask(client, ExamSessionFactory(centre=centre, date=DAY))

    line = soup(client.get(address(centre, DAY)), "[aria-labelledby=runs-title] li")

    assert "demandée le 24/11 à 9\u00a0h\u00a030" in line.text
    assert "impression de 9\u00a0h\u00a030" in line.text
