"""Several sessions published together: asked in the request, done by the worker."""

import logging
from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.accounts.models import User
from certif.audit.models import AuditEvent
from certif.audit.operations import FIELD
from exam.models import Attempt
from exam.scoring import Verdict
from finalisation import actions, tasks
from finalisation.actions.publications import MOST_SESSIONS, TRIES, settle
from finalisation.models import (
    AskedPublication,
    Certification,
    ClosingFile,
    Mailing,
    PublicationRun,
)
from invigilation import actions as invigilation_actions
from invigilation.models import IncidentCode, Screen
from sessions.enums import SessionState
from sessions.models import ExamSession
from tests import situations
from tests.factories import ExamSessionFactory, QuestionFactory, UserFactory
from tests.finalisation.mails import waiting
from tests.finalisation.pages import words
from tests.finalisation.test_finalise_failures import BrokenStatement

pytestmark = pytest.mark.django_db

ASK = reverse("admin:finalisation_publicationrun_ask")
LIST = reverse("admin:finalisation_publicationrun_changelist")
STATEMENTS_OF_A_SETTLEMENT = 17
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _tasks_in_the_database(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


@pytest.fixture(scope="module")
def three_finalised(once):
    QuestionFactory.create_bank()
    attempts = [situations.finished(results_email="famille@exemple.test") for _ in range(3)]
    return [situations.finalised(attempt.candidate.session) for attempt in attempts]


@pytest.fixture
def finalised(three_finalised):
    """Gives a finalised session, and another each time."""
    return iter(deepcopy(three_finalised)).__next__


def asked(*sessions, by=None):
    by = by or UserFactory(officer=True)
    return actions.ask_publication({session.pk for session in sessions}, by=by)


def work(run, *, is_last=False):
    actions.publish_in_worker.call(str(run.pk), is_last=is_last)


def state_of(session):
    return ExamSession.objects.get(pk=session.pk).state


def refusal_of(session):
    return AskedPublication.objects.get(session=session).refusal


def page_of(run):
    return reverse("admin:finalisation_publicationrun_change", args=[run.pk])


def shown(client, run):
    page = BeautifulSoup(client.get(page_of(run)).content, "html.parser")
    return [words(row.td) for row in page.select("#publication tbody tr")]


# --- Asking ---------------------------------------------------------------------------------------


def test_the_request_publishes_nothing_and_leads_to_the_page_that_follows(
    client, officer, finalised
):
    session = finalised()

    response = client.post(ASK, {"session": [session.pk]})

    run = PublicationRun.objects.get()
    assert response.headers["Location"] == page_of(run)
    assert state_of(session) == SessionState.FINALISED
    assert shown(client, run) == ["En attente"]


def test_every_try_is_in_the_queue_from_the_start(finalised):
    run = asked(finalised())

    rows = DBTaskResult.objects.filter(task_path=actions.publish_in_worker.module_path)
    tries = rows.order_by("run_after").values_list("run_after", "args_kwargs")
    assert [at - run.asked_at for at, _given in tries] == TRIES
    assert [given["kwargs"]["is_last"] for _at, given in tries] == [False] * 4 + [True]


def test_a_second_click_asks_for_nothing_more(client, officer, finalised):
    form = {"session": [finalised().pk], FIELD: str(uuid4())}

    first, second = client.post(ASK, form), client.post(ASK, form)

    assert first.headers["Location"] == second.headers["Location"]
    assert PublicationRun.objects.count() == 1


def test_what_was_asked_is_in_the_audit(finalised):
    officer = UserFactory(officer=True)

    run = asked(finalised(), finalised(), by=officer)

    event = AuditEvent.objects.get(kind="publication.asked")
    assert (event.actor_id, event.data) == (officer.pk, {"run": str(run.pk), "count": 2})


@pytest.mark.parametrize("sent", [[], ["x"], ["9" * 30], ["²"], ["-1"], ["\0"]])
def test_nothing_chosen_is_said_on_the_list(client, officer, soup, sent):
    response = client.post(ASK, {"session": sent}, follow=True)

    assert soup(response, ".messagelist li.error").text == "Cochez au moins une session."
    assert not PublicationRun.objects.exists()


def test_too_many_sessions_are_said_to_be_too_many(officer):
    with pytest.raises(actions.TooManySessions, match="200 sessions au plus"):
        actions.ask_publication(set(range(MOST_SESSIONS + 1)), by=officer)


def chosen(client, sessions):
    """The page that the list leads to."""
    form = {"action": "publish_selected", "_selected_action": [session.pk for session in sessions]}
    address = reverse("admin:exam_sessions_examsession_changelist")
    return client.post(f"{address}?pile=pretes", form)


def ready(officer, count):
    """Sessions without a candidate, that wait for their publication."""
    session = ExamSessionFactory()
    closed = {"state": SessionState.FINALISED, "finalised_by": officer}
    made = ExamSession.objects.bulk_create(
        ExamSessionFactory.build(
            centre=session.centre,
            created_by=officer,
            finalised_at=timezone.now() + timedelta(seconds=number),
            access_code=f"AB{number:04}",
            **closed,
        )
        for number in range(count)
    )
    ClosingFile.objects.bulk_create(ClosingFile(session=it, saved_by=officer) for it in made)
    return made


def test_no_more_than_can_be_asked_is_offered_and_the_rest_is_told(client, officer, soup):
    sessions = ready(officer, MOST_SESSIONS + 1)

    page = soup(chosen(client, sessions), "form[action$='demander/']")

    offered = [int(field["value"]) for field in page.select("[name=session]")]
    assert offered == [session.pk for session in sessions[:MOST_SESSIONS]]
    assert page.h2.text == "200 sessions à publier"
    assert "Vous en avez choisi 201 : 200 au plus sont publiées à la fois" in words(page)


def test_what_can_be_asked_at_once_is_offered_without_a_word(client, officer, soup):
    page = soup(chosen(client, ready(officer, 1)), "form[action$='demander/']")

    assert page.h2.text == "1 session à publier"
    assert "à la fois" not in words(page)


def test_a_run_is_not_asked_for_by_an_address(client, officer):
    assert client.get(ASK).status_code == 405


def test_a_session_is_once_in_a_run(finalised):
    line = asked(finalised()).lines.get()
    line.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        line.save()


# --- The work -------------------------------------------------------------------------------------


def test_each_session_is_published_but_the_refused_one_which_says_why(client, officer, finalised):
    good, without_result, undecided = finalised(), finalised(), finalised()
    still_open = ExamSessionFactory()
    Certification.objects.filter(attempt__candidate__session=without_result).delete()
    ClosingFile.objects.filter(session=undecided).update(
        has_incident=True, global_comment="Alarme incendie."
    )
    run = asked(good, without_result, undecided, still_open, by=officer)

    work(run)

    assert state_of(good) == SessionState.PUBLISHED
    assert sorted(shown(client, run)) == sorted(
        [
            "Publiée",
            f"Refusée Session {without_result.pk} : 1 certification n’a pas de résultat. "
            "Rouvrez la session : il sera calculé à la prochaine finalisation.",
            f"Refusée Session {undecided.pk} : il reste un commentaire global. Décidez, ou "
            "cochez « Je publie malgré… » sur sa page de publication.",
            f"Refusée La session {still_open.pk} n’est pas finalisée.",
        ]
    )


def test_the_officer_who_asked_is_the_one_who_published(officer, finalised):
    session = finalised()

    work(asked(session, by=officer))

    assert ExamSession.objects.get(pk=session.pk).published_by == officer


def test_a_try_that_comes_second_finds_nothing_to_do(mailoutbox, finalised):
    run = asked(finalised())

    work(run)
    settled_at = run.lines.get().settled_at
    work(run)
    for pks, _at in waiting() * 2:
        tasks.send_mailings.call(pks)

    assert run.lines.get().settled_at == settled_at
    assert AuditEvent.objects.filter(kind="session.published").count() == 1
    assert [mail.to for mail in mailoutbox] == [["famille@exemple.test"]]


def test_a_worker_that_listed_a_session_before_another_settled_it_leaves_it_so(finalised):
    line = asked(finalised()).lines.get()

    settle(line.pk)
    settle(line.pk)

    line.refresh_from_db()
    assert (line.settled_at is not None, line.refusal) == (True, "")


def test_what_was_published_and_then_withdrawn_is_not_published_again(officer, finalised):
    session = finalised()
    run = asked(session)
    actions.unpublish(actions.publish(session, by=officer), why="Erreur.", by=officer)

    work(run)

    assert state_of(session) == SessionState.IN_REVIEW
    assert "elle a changé depuis votre demande" in refusal_of(session)


def test_what_somebody_published_meanwhile_is_said_to_be_published(officer, finalised):
    session = finalised()
    run = asked(session)
    actions.publish(session, by=officer)

    work(run)

    assert refusal_of(session) == f"Session {session.pk}\u00a0: déjà publiée."


def test_a_session_finalised_anew_since_is_to_be_read_first(officer, finalised):
    session = finalised()
    run = asked(session)
    actions.reopen(session, why="À compléter.", by=officer)
    situations.finalised(ExamSession.objects.get(pk=session.pk))

    work(run)

    assert state_of(session) == SessionState.FINALISED
    assert "elle a changé depuis votre demande" in refusal_of(session)


def neutralise_a_question(attempt, officer):
    actions.rule_on_question(attempt, number=1, neutralised=True, why="Image absente.", by=officer)


def reject(attempt, officer):
    words = {"for_candidate": "Aide extérieure.", "for_centre": "PV de fraude lu."}
    actions.decide_certification(attempt, verdict=Verdict.REJECTED, **words, by=officer)


def correct_the_name(attempt, officer):
    candidate = attempt.candidate
    identity = {"first_name": candidate.first_name, "birth_date": candidate.birth_date}
    actions.correct_identity(
        candidate, birth_name="Byron", **identity, why="Pièce d’identité.", by=officer
    )


def resolve_the_report(attempt, officer):
    report = attempt.candidate.reports.get()
    actions.resolve_report(report, sentence="Vérifié.", by=officer)


def hand_over(attempt, officer):
    session = attempt.candidate.session
    actions.hand_over(session, to=UserFactory(officer=True), by=officer)


@pytest.mark.parametrize(
    "change", [neutralise_a_question, reject, correct_the_name, resolve_the_report, hand_over]
)
def test_what_an_officer_changes_in_a_session_under_review_is_to_be_read_first(
    officer, three_finalised, change
):
    attempt = situations.finished()
    invigilation_actions.write_report(
        attempt.candidate,
        code=IncidentCode.objects.get(code="C3"),
        description="Pause de 3 minutes.",
        by=officer,
        screen=Screen.BOARD,
    )
    session = actions.assign_officer(situations.finalised(attempt.candidate.session), by=officer)
    run = asked(session)

    change(attempt, officer)
    work(run)

    assert state_of(session) == SessionState.IN_REVIEW
    assert "elle a changé depuis votre demande" in refusal_of(session)


def test_a_settlement_takes_the_statements_that_are_broken_below(finalised):
    run, counter = asked(finalised()), BrokenStatement()

    with connection.execute_wrapper(counter):
        work(run)

    assert counter.count == STATEMENTS_OF_A_SETTLEMENT


@pytest.mark.parametrize("at", range(1, STATEMENTS_OF_A_SETTLEMENT + 1))
def test_a_failure_anywhere_leaves_the_session_as_it_was_and_the_next_try_publishes(
    at, mailoutbox, finalised
):
    session, other = finalised(), finalised()
    run = asked(session, other)
    DBTaskResult.objects.all().delete()

    with connection.execute_wrapper(BrokenStatement(at)), suppress(OperationalError):
        work(run)

    settled = set(run.lines.filter(settled_at__isnull=False).values_list("session", flat=True))
    published = ExamSession.objects.filter(state=SessionState.PUBLISHED)
    assert set(published.values_list("pk", flat=True)) == settled
    assert set(Mailing.objects.filter(kind="results").values_list("session", flat=True)) == settled
    assert session.pk not in settled

    work(run)
    for pks, _at in waiting() * 2:
        tasks.send_mailings.call(pks)

    assert [state_of(session), state_of(other)] == [SessionState.PUBLISHED] * 2
    assert AuditEvent.objects.filter(kind="session.published").count() == 2
    assert [mail.to for mail in mailoutbox] == [["famille@exemple.test"]] * 2


def test_a_session_that_breaks_does_not_hold_up_the_others(caplog, finalised):
    broken, other = finalised(), finalised()
    run = asked(broken, other)

    with connection.execute_wrapper(BrokenStatement(4)), caplog.at_level(logging.ERROR):
        work(run)

    assert state_of(other) == SessionState.PUBLISHED
    assert [record.getMessage() for record in caplog.records] == [
        f"publication {run.lines.get(session=broken).pk}: OperationalError"
    ]


def test_after_the_last_try_the_officer_is_told_that_it_failed(finalised):
    session = finalised()
    run = asked(session)

    with connection.execute_wrapper(BrokenStatement(4)):
        work(run, is_last=True)

    assert state_of(session) == SessionState.FINALISED
    assert "le serveur n’a pas pu la publier" in refusal_of(session)


@pytest.mark.parametrize("lost", ["is_active", "is_staff"])
def test_nothing_is_published_in_the_name_of_who_may_no_longer_publish(officer, finalised, lost):
    session = finalised()
    run = asked(session, by=officer)
    User.objects.filter(pk=officer.pk).update(**{lost: False})

    work(run)

    assert state_of(session) == SessionState.FINALISED
    assert refusal_of(session) == (
        f"Session {session.pk}\u00a0: {officer} n’a plus le droit de publier. Demandez-le de nouveau."
    )


# --- What no try could settle ---------------------------------------------------------------------


@pytest.fixture
def left_behind(finalised, time_machine):
    """The worker died in the last try, more than an hour ago."""
    run = asked(finalised())
    DBTaskResult.objects.exclude(run_after=run.asked_at + TRIES[-1]).delete()
    DBTaskResult.objects.update(status="RUNNING")
    time_machine.move_to(run.asked_at + TRIES[-1] + timedelta(minutes=61), tick=False)
    return run


def test_the_clock_refuses_what_the_last_try_left_behind(left_behind, capsys):
    call_command("remind")

    assert "1 publication(s) given up." in capsys.readouterr().out
    assert "le serveur n’a pas pu la publier" in left_behind.lines.get().refusal


def test_what_the_clock_gave_up_is_not_published_by_a_worker_that_comes_back(left_behind):
    call_command("remind")

    work(left_behind, is_last=True)

    assert state_of(left_behind.lines.get().session) == SessionState.FINALISED


def test_the_clock_leaves_what_still_waits_in_the_queue(left_behind):
    DBTaskResult.objects.update(status="READY")

    assert actions.give_up_publications(timezone.now()) == 0


def test_the_clock_leaves_the_last_try_an_hour(left_behind):
    assert actions.give_up_publications(timezone.now() - timedelta(minutes=2)) == 0


def test_a_line_that_cannot_be_given_up_does_not_hold_up_the_clock(left_behind, caplog):
    with connection.execute_wrapper(BrokenStatement(3)), caplog.at_level(logging.ERROR):
        assert actions.give_up_publications(timezone.now()) == 0

    assert left_behind.lines.get().settled_at is None
    assert "OperationalError" in caplog.text


# --- Fifty ----------------------------------------------------------------------------------------


def fifty(attempt):
    """Copies of a finalised session with one certification."""
    session, candidate = attempt.candidate.session, attempt.candidate
    closing_file, certification = session.closing_file, attempt.certification
    numbers = range(50)
    sessions = copies(session, [{"access_code": f"AB{n:04}"} for n in numbers])
    copies(closing_file, [{"session": it} for it in sessions])
    addresses = [f"famille{n}@exemple.test" for n in numbers]
    candidates = copies(
        candidate,
        [
            {"session": it, "results_email": address}
            for it, address in zip(sessions, addresses, strict=True)
        ],
    )
    attempts = copies(
        attempt,
        [{"candidate": it, "certification_number": 900_000 + it.pk} for it in candidates],
    )
    copies(certification, [{"attempt": it} for it in attempts])
    return sessions, addresses


def copies(model, changes):
    made = []
    for change in changes:
        copy = deepcopy(model)
        copy.pk = None
        for name, value in change.items():
            setattr(copy, name, value)
        made.append(copy)
    return type(model).objects.bulk_create(made)


def test_fifty_sessions_are_published_in_one_go_with_one_mail_each(finalised, mailoutbox):
    attempt = Attempt.objects.select_related("candidate__session").get(
        candidate__session=finalised()
    )
    sessions, addresses = fifty(attempt)
    run, counter = asked(*sessions), BrokenStatement()

    with connection.execute_wrapper(counter):
        work(run)
    for pks, _at in waiting():
        tasks.send_mailings.call(pks)

    published = ExamSession.objects.filter(state=SessionState.PUBLISHED)
    assert set(published) == set(sessions)
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(addresses)
    assert counter.count == 1 + 50 * (STATEMENTS_OF_A_SETTLEMENT - 1)


# --- Following it ---------------------------------------------------------------------------------


def test_the_page_asks_again_as_long_as_something_waits(client, officer, soup, finalised):
    run = asked(finalised())

    before = soup(client.get(page_of(run)), "#publication")
    work(run)
    after = soup(client.get(page_of(run)), "#publication")

    assert before["hx-trigger"] == "every 1s"
    assert not after.has_attr("hx-trigger")
    assert after.h2.text == "1 session publiée"


def test_nothing_is_sent_as_long_as_nothing_moved(client, officer, soup, finalised):
    run = asked(finalised())
    address = soup(client.get(page_of(run)), "#publication")["hx-get"]

    assert client.get(address, headers=HTMX).status_code == 204

    work(run)
    assert soup(client.get(address, headers=HTMX), "#publication h2").text == "1 session publiée"


def test_the_fragment_is_the_part_of_a_fresh_page(client, officer, soup, finalised):
    run = asked(finalised(), finalised())

    page, fragment = client.get(page_of(run)), client.get(page_of(run), headers=HTMX)

    assert soup(fragment, "#publication") == soup(page, "#publication")


def test_what_may_hold_the_focus_keeps_it_over_a_swap(client, officer, soup, finalised):
    page = soup(client.get(page_of(asked(finalised()))), "#publication")

    assert [item for item in page.select("[tabindex], tbody a") if not item.get("id")] == []


def test_the_end_is_said_aloud(client, officer, soup, finalised):
    run = asked(finalised())
    work(run)

    told = soup(client.get(page_of(run), headers=HTMX), "[hx-swap-oob]")

    assert told.text == "La publication est terminée."


def tried(run, at):
    """The queue, once each try until then has ended."""
    done = DBTaskResult.objects.filter(run_after__lte=at)
    done.update(status="SUCCESSFUL", finished_at=at)


@pytest.mark.parametrize(("after", "hour"), [(1, "12 h 00"), (31, "12 h 02"), (700, "13 h 00")])
def test_between_two_tries_the_next_one_is_told(
    client, officer, soup, finalised, time_machine, after, hour
):
    time_machine.move_to("2026-11-21T11:00:10Z", tick=False)
    run = asked(finalised(), by=officer)
    at = run.asked_at + timedelta(seconds=after)
    tried(run, at)
    time_machine.move_to(at, tick=False)

    page = soup(client.get(page_of(run)), "#publication")

    assert f"1 session n’a pas pu être publiée. Nouvel essai à {hour}," in words(page)
    assert "d’autres tâches" not in words(page)


def test_a_try_that_is_due_is_not_said_to_have_failed(client, officer, soup, finalised):
    run = asked(finalised())
    tried(run, run.asked_at)

    with time_machine.travel(run.asked_at + timedelta(seconds=31), tick=False):
        page = soup(client.get(page_of(run)), "#publication")

    assert "n’a pas pu" not in words(page)


def test_a_worker_that_does_not_come_for_a_minute_may_be_busy(client, officer, soup, finalised):
    run = asked(finalised())

    with time_machine.travel(run.asked_at + timedelta(minutes=5), tick=False):
        page = soup(client.get(page_of(run)), "#publication")

    assert "d’autres tâches passent peut-être avant" in page.select_one(".warning").text


@pytest.mark.parametrize(("minutes", "pace"), [(0, "1s"), (9, "10s"), (125, "60s")])
def test_the_page_asks_less_often_as_nothing_comes(client, officer, soup, finalised, minutes, pace):
    run = asked(finalised())
    address = soup(client.get(page_of(run)), "#publication")["hx-get"]

    with time_machine.travel(run.asked_at + timedelta(minutes=minutes), tick=False):
        page = soup(client.get(page_of(run)), "#publication")
        again = client.get(address, headers=HTMX)

    assert page["hx-trigger"] == f"every {pace}"
    assert (again.status_code == 204) == (minutes == 0)


def test_the_list_tells_what_became_of_each_run(client, officer, soup, finalised):
    good, bad = finalised(), finalised()
    Certification.objects.filter(attempt__candidate__session=bad).delete()
    run = asked(good, bad, finalised())
    work(run)
    run.lines.exclude(session__in=[good, bad]).update(settled_at=None)

    row = soup(client.get(LIST), "#result_list tbody tr")

    names = ["asked", "published", "refused", "waiting"]
    assert [row.select_one(f".field-{name}").text for name in names] == ["3", "1", "1", "1"]
    assert row.a["href"].startswith(page_of(run))
    assert "(heure de Paris)" in row.a.text


@pytest.mark.parametrize("count", [1, 25])
def test_the_page_costs_the_same_for_1_and_25_sessions(
    client, officer, count, django_assert_max_num_queries
):
    run = asked(*(ExamSessionFactory() for _ in range(count)))

    with django_assert_max_num_queries(5):
        client.get(page_of(run))
