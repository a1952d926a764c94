"""A print run: drawn by the worker, followed on its page, cut off, taken."""

import io
import os
import signal
import subprocess
import sys
from datetime import date, time, timedelta

import pikepdf
import pytest
from django.conf import settings as conf
from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from certif.audit.models import AuditEvent
from sessions.actions import printing
from sessions.documents.registry import PDF, Audience, Document
from sessions.enums import PrintState
from sessions.models import PrintRun
from tests.beside import environment
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory
from tests.races.harness import run_rounds
from tests.sessions.papers import pages_of

pytestmark = pytest.mark.django_db

DAY = date(2026, 12, 14)
LONG_AGO = timedelta(minutes=3)


@pytest.fixture
def member(client):
    member = MembershipFactory()
    client.force_login(member.user)
    return member


@pytest.fixture
def session(member):
    session = ExamSessionFactory(centre=member.centre, date=DAY, password="C-ABCDE")
    CandidateFactory(session=session, birth_name="Łódź", first_name="Œdipe")
    return session


@pytest.fixture
def ask(member, session):
    def ask(*keys, sessions=None):
        return printing.print_sessions(
            member.centre,
            sessions=sessions or [session],
            documents=keys or ["kit-surveillant"],
            by=member.user,
        )

    return ask


def drawn(run):
    printing.draw_in_worker.call(str(run.pk))
    run.refresh_from_db()
    return run


def cut_off(run):
    PrintRun.objects.filter(pk=run.pk).update(
        state=PrintState.DRAWING, beat_at=timezone.now() - LONG_AGO
    )


def content(run):
    with run.file.open() as file:
        return file.read()


def address(name, run):
    return reverse(f"sessions:{name}", args=[run.pk])


def stored():
    return [file for _, _, files in os.walk(default_storage.location) for file in files]


# --- Drawing --------------------------------------------------------------------------------------


def test_the_worker_makes_one_file_of_the_documents(ask):
    run = drawn(ask("kit-surveillant", "feuille-emargement"))

    pages = pages_of(content(run))
    assert (run.state, run.progress_done, run.progress_total) == (PrintState.DONE, 2, 2)
    assert "Kit surveillant" in pages[0]
    assert "ŁÓDŹ" in pages[2].upper()


def test_no_sheet_has_two_documents(ask):
    """The names on the front, the password on the back: that is how a secret is handed out."""
    pages = pages_of(content(drawn(ask("feuille-surveillant", "feuille-emargement"))))

    assert [bool(page) for page in pages] == [True, False, True, False]


def test_two_slips_never_share_a_piece_of_paper(ask, session):
    CandidateFactory.create_batch(10, session=session)

    pages = pages_of(content(drawn(ask("coupons-candidats"))))

    assert [bool(page) for page in pages] == [True, False, True, False]


def test_sessions_follow_one_another(ask, session):
    later = ExamSessionFactory(centre=session.centre, date=DAY, start_time=time(14), room="B 12")

    run = drawn(ask("kit-surveillant", "pv-incident", sessions=[later, session]))

    with pikepdf.open(io.BytesIO(content(run))) as pdf, pdf.open_outline() as outline:
        told = [(c.title, [below.title for below in c.children]) for c in outline.root]
    assert told == [
        (f"9 h 00 · Salle 208 · session {session.pk}", ["Kit surveillant", "PV d’incident"]),
        (f"14 h 00 · B 12 · session {later.pk}", ["Kit surveillant", "PV d’incident"]),
    ]


def test_the_file_says_its_day_and_its_language(ask, member):
    with pikepdf.open(io.BytesIO(content(drawn(ask())))) as pdf:
        assert pdf.docinfo.Title == f"Documents du lundi 14 décembre 2026 · {member.centre.name}"
        assert pdf.Root.Lang == "fr"


def test_names_are_not_asked_of_a_session_without_candidates(ask, session):
    empty = ExamSessionFactory(centre=session.centre, date=DAY, start_time=time(14))

    run = drawn(ask("kit-surveillant", "feuille-emargement", sessions=[session, empty]))

    assert run.progress_total == 3
    assert run.failure == ""


def test_each_document_is_an_edition_in_the_name_of_who_asked(ask, session, member):
    drawn(ask())
    drawn(ask())

    events = AuditEvent.objects.filter(kind="document.issued", session_id=session.pk)
    assert [(e.actor_id, e.data["number"]) for e in events] == [
        (member.user_id, 2),
        (member.user_id, 1),
    ]


def test_progress_moves_after_each_document(ask, monkeypatch):
    run, seen = ask("kit-surveillant", "feuille-emargement"), []

    def look(session):
        seen.append(PrintRun.objects.get().progress_done)
        raise ValueError

    documents = {
        key: Document(key, key, "", Audience.CENTRE, look)
        for key in ["kit-surveillant", "feuille-emargement"]
    }
    monkeypatch.setattr("sessions.documents.registry._DOCUMENTS", documents)
    drawn(run)

    assert seen == [0, 1]


def test_a_run_is_drawn_once(ask):
    run = drawn(ask())
    name = run.file.name

    assert drawn(run).file.name == name
    assert AuditEvent.objects.filter(kind="document.issued").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_not_share_a_run(ask):
    run = ask()

    broken = run_rounds(
        1,
        lambda: run,
        lambda run: [lambda: printing.draw_in_worker.call(str(run.pk))] * 2,
        lambda played: AuditEvent.objects.filter(kind="document.issued").count() == 1,
    )

    assert broken == 0
    assert len(stored()) == 1


def test_what_is_queued_is_what_draws_it(ask, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    run = ask()

    result = DBTaskResult.objects.get()
    result.task.call(*result.task_result.args)

    run.refresh_from_db()
    assert run.state == PrintState.DONE


# --- What goes wrong ------------------------------------------------------------------------------


def broken(session):
    raise ValueError("DUPONT Paul")


@pytest.fixture
def with_a_broken_document(monkeypatch):
    from sessions.documents import registry

    bad = Document("mauvais", "Mauvais document", "", Audience.CENTRE, broken, content_type=PDF)
    monkeypatch.setitem(registry._DOCUMENTS, "mauvais", bad)


def test_a_document_that_fails_is_told_and_the_others_are_there(
    ask, session, with_a_broken_document, caplog
):
    run = drawn(ask("kit-surveillant", "mauvais"))

    assert run.state == PrintState.DONE
    assert run.failure == (
        f"Mauvais document, session {session.pk}\u00a0: ce document n’a pas pu être dessiné."
    )
    assert "DUPONT" not in caplog.text


def test_a_run_without_any_document_has_no_file(ask, with_a_broken_document):
    run = drawn(ask("mauvais"))

    assert (run.state, run.file.name) == (PrintState.FAILED, "")
    assert "Mauvais document" in run.failure
    assert stored() == []


def test_many_failures_fit_their_place(ask, session, with_a_broken_document):
    others = ExamSessionFactory.create_batch(12, centre=session.centre, date=DAY)

    run = drawn(ask("mauvais", sessions=[session, *others]))

    assert len(run.failure) == 300
    assert run.failure.endswith("…")


def test_the_last_candidate_left_in_between(ask, session):
    run = ask("kit-surveillant", "feuille-emargement")
    session.candidates.all().delete()

    assert drawn(run).progress_total == 1


def test_a_session_deleted_in_between_is_left_out(ask, session):
    other = ExamSessionFactory(centre=session.centre, date=DAY)
    run = ask(sessions=[session, other])
    other.delete()

    assert drawn(run).progress_total == 1


@pytest.mark.parametrize("leave", ["membership", "account"])
def test_who_left_in_between_prints_nothing(ask, member, leave):
    run = ask()
    if leave == "membership":
        type(member).objects.update(is_active=False)
    else:
        type(member.user).objects.update(is_active=False)

    assert drawn(run).state == PrintState.FAILED
    assert not AuditEvent.objects.filter(kind="document.issued").exists()


def test_without_the_library_the_run_says_so(ask, without_pango):
    run = drawn(ask())

    assert run.state == PrintState.FAILED
    assert "Pango" in run.failure


def test_a_run_abandoned_while_it_is_drawn_leaves_nothing(ask, session, monkeypatch):
    run = ask()
    kit = printing.registry.document_of("kit-surveillant")

    def abandon(session):
        printing.discard(PrintRun.objects.filter(pk=run.pk))
        return kit.render(session)

    document = Document("kit-surveillant", "Kit", "", Audience.INVIGILATOR, abandon)
    monkeypatch.setitem(printing.registry._DOCUMENTS, "kit-surveillant", document)
    printing.draw_in_worker.call(str(run.pk))

    assert not PrintRun.objects.exists()
    assert stored() == []


def test_a_slow_worker_does_not_overwrite_who_took_over(ask, member, monkeypatch):
    """Given up for dead, started again by its owner, it wakes up."""
    run = ask()
    kit = printing.registry.document_of("kit-surveillant")

    def sleep_and_be_replaced(session):
        monkeypatch.setitem(printing.registry._DOCUMENTS, "kit-surveillant", kit)
        cut_off(run)
        printing.resume_print_run(run, by=member.user)
        drawn(run)
        return kit.render(session)

    document = Document("kit-surveillant", "Kit", "", Audience.INVIGILATOR, sleep_and_be_replaced)
    monkeypatch.setitem(printing.registry._DOCUMENTS, "kit-surveillant", document)
    drawn(run)

    assert run.state == PrintState.DONE
    assert len(stored()) == 1
    assert pages_of(content(run))


# --- Cut off --------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [PrintState.DRAWING, PrintState.WAITING, PrintState.FAILED])
def test_nothing_can_be_taken_before_the_end(client, ask, state):
    run = ask()
    PrintRun.objects.update(state=state, file="print_runs/half-3.pdf")
    default_storage.save("print_runs/half-3.pdf", io.BytesIO(b"%PDF-1.7 half"))

    assert client.get(address("print_run_file", run)).status_code == 404


def test_a_run_cut_off_says_so_and_offers_to_start_again(client, ask, soup):
    run = ask()
    cut_off(run)

    page = soup(client.get(run.get_absolute_url()))

    assert page.select_one("#run-title").text == "L’impression a été interrompue"
    assert page.select_one("#again")
    assert "hx-get" not in page.select_one("#print-run").attrs


def test_a_run_started_again_goes_to_its_end(client, ask):
    run = ask()
    cut_off(run)

    client.post(address("print_run_resume", run))

    assert drawn(run).state == PrintState.DONE


def test_the_half_file_of_a_killed_worker_is_deleted(
    client, ask, django_capture_on_commit_callbacks
):
    run = ask()
    PrintRun.objects.update(file=default_storage.save("half-3.pdf", io.BytesIO(b"half")))
    cut_off(run)

    with django_capture_on_commit_callbacks(execute=True):
        client.post(address("print_run_resume", run))

    assert stored() == []


@pytest.mark.parametrize("state", [PrintState.WAITING, PrintState.DRAWING, PrintState.DONE])
def test_a_run_that_goes_well_is_not_started_again(client, ask, state):
    run = drawn(ask())
    PrintRun.objects.update(state=state, beat_at=timezone.now())

    client.post(address("print_run_resume", run))

    run.refresh_from_db()
    assert run.state == state
    assert AuditEvent.objects.filter(kind="print.run").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_on_its_way_leaves_nothing_and_another_finishes(ask, session, settings):
    """A real one, by `kill -9`, as soon as its first document is done."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    others = ExamSessionFactory.create_batch(8, centre=session.centre, date=DAY)
    run = ask("kit-surveillant", "pv-incident", sessions=[session, *others])

    kill_a_worker_at_work(run, settings.MEDIA_ROOT)

    run.refresh_from_db()
    assert (run.state, run.file.name) == (PrintState.DRAWING, "")
    assert 0 < run.progress_done < run.progress_total == 18
    assert stored() == []
    cut_off(run)
    printing.resume_print_run(run, by=run.created_by)
    assert drawn(run).state == PrintState.DONE
    assert len(pages_of(content(run))) == 9 * 4


def kill_a_worker_at_work(run, media):
    command = [sys.executable, "manage.py", "db_worker", "--interval", "0.1", "--verbosity", "0"]
    worker = subprocess.Popen(
        command,
        cwd=conf.BASE_DIR,
        env={**environment(), "MEDIA_ROOT": str(media)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for_progress(run, worker)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def wait_for_progress(run, worker):
    for _ in range(600):
        if PrintRun.objects.filter(pk=run.pk, progress_done__gt=0).exists():
            return
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(timeout=0.1)
    pytest.fail("the worker did nothing for a minute")


# --- Its page -------------------------------------------------------------------------------------


def poll(client, run, version=""):
    headers = {"HX-Request": "true", "HX-Target": "print-run"}
    return client.get(run.get_absolute_url(), {"v": version}, headers=headers)


def test_page_counts_the_documents(client, ask, soup):
    run = ask()
    PrintRun.objects.update(state=PrintState.DRAWING, progress_done=12, progress_total=40)

    page = soup(client.get(run.get_absolute_url()))

    assert page.select_one("#print-run .num").text == "12 documents sur 40"
    assert page.progress["aria-label"] == "12 documents sur 40"


def test_page_polls_while_somebody_works_only(client, ask, soup):
    run = ask()
    assert soup(client.get(run.get_absolute_url()), "#print-run")["hx-trigger"] == "every 1s"

    drawn(run)

    assert "hx-trigger" not in soup(poll(client, run), "#print-run").attrs


def test_the_end_is_said_aloud(client, ask, soup):
    run = ask()
    assert not soup(poll(client, run)).select("[hx-swap-oob]")

    drawn(run)

    said = soup(poll(client, run), "[hx-swap-oob='innerHTML:#status']")
    assert said.text == "Le PDF est prêt."


def test_a_poll_that_finds_nothing_new_leaves_the_page(client, ask, soup):
    run = ask()
    asked = soup(client.get(run.get_absolute_url()), "#print-run")["hx-get"]

    assert poll(client, run, asked.rpartition("=")[2]).status_code == 204


@pytest.mark.parametrize("state", PrintState.values)
def test_the_fragment_is_the_region_of_the_page(client, ask, soup, state):
    run = drawn(ask())
    PrintRun.objects.update(state=state, beat_at=timezone.now())

    page, fragment = client.get(run.get_absolute_url()), poll(client, run)

    assert without_operation(soup(page, "#print-run")) == without_operation(
        soup(fragment, "#print-run")
    )


def without_operation(region):
    for field in region.select("input[type=hidden]"):
        field["value"] = ""
    return str(region)


def test_without_javascript_the_page_comes_back_by_itself(client, ask):
    page = client.get(ask().get_absolute_url()).text

    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    assert "Actualiser" in page


def test_ready_the_page_gives_the_file_with_its_weight(client, ask, soup):
    run = drawn(ask())

    link = soup(client.get(run.get_absolute_url()), "#take")

    assert link["href"] == address("print_run_file", run)
    assert link.text.startswith("Télécharger le PDF (2 pages, ")
    assert link.text.endswith("Ko)")


def test_the_file_is_an_attachment_that_nobody_keeps_and_whose_name_tells_nobody(client, ask):
    run = drawn(ask())

    response = client.get(address("print_run_file", run))

    assert b"".join(response.streaming_content) == content(run)
    assert response["Content-Disposition"] == 'attachment; filename="documents-2026-12-14.pdf"'
    assert response["Content-Type"] == "application/pdf"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("page", ["print_run", "print_run_file"])
def test_a_file_that_the_storage_lost_is_told_so(client, ask, page):
    run = drawn(ask())
    run.file.storage.delete(run.file.name)

    response = client.get(address(page, run))

    assert response.status_code == 404
    assert "le service ne le retrouve plus" in response.text


def test_page_asks_as_much_for_twenty_five_sessions(
    client, ask, session, django_assert_max_num_queries
):
    run = ask()
    with django_assert_max_num_queries(50) as one:
        client.get(run.get_absolute_url())
    PrintRun.objects.update(session_ids=[session.pk] * 25)

    with django_assert_max_num_queries(len(one)):
        client.get(run.get_absolute_url())


# --- Its end --------------------------------------------------------------------------------------


def test_abandoning_deletes_the_file(client, ask, django_capture_on_commit_callbacks):
    run = drawn(ask())

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address("print_run_abandon", run))

    assert response.url == reverse("sessions:print_day", args=[run.centre_id]) + "?jour=2026-12-14"
    assert not PrintRun.objects.exists()
    assert stored() == []


def test_after_a_day_the_run_is_not_found(client, ask):
    run = drawn(ask())
    PrintRun.objects.update(created_at=timezone.now() - timedelta(hours=25))

    assert client.get(run.get_absolute_url()).status_code == 404
    assert client.get(address("print_run_file", run)).status_code == 404


def test_after_a_day_the_next_run_deletes_the_file(ask, django_capture_on_commit_callbacks):
    drawn(ask())
    PrintRun.objects.update(created_at=timezone.now() - timedelta(hours=25))

    with django_capture_on_commit_callbacks(execute=True):
        ask("pv-incident")

    assert stored() == []
    assert PrintRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_removed_keeps_no_run(ask, settings):
    run = drawn(ask())
    file = settings.MEDIA_ROOT / run.file.name
    file.unlink()
    (file / "in the way").mkdir(parents=True)

    printing.discard(PrintRun.objects.filter(pk=run.pk))

    assert not PrintRun.objects.exists()
