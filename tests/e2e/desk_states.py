"""The long work of a centre's desk, stopped in each of its states: what its pages then show."""

from datetime import date, timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone

from sessions.enums import ImportKind, ImportState, PrintState
from sessions.models import PreparedImport, PrintRun
from tests.factories import CandidateFactory, ExamSessionFactory
from tests.sessions.workbooks import TITLES, confirm, one_sheet, send, send_list, someone

LONG_NAME = "Villepreux-Bordeauxchesnel de la Rochefoucauld"
WRONG_TITLES = [*TITLES, "E-mail de convocation", "Temps majoré (%)", "Code INSEE de naissance"]
WRONG = [
    ["", "Léa", "31/02/2008", "léa@", "150", "99999"],
    [LONG_NAME, "", "21/05/1808", f"{'tres.longue.adresse' * 4}@exemple", "peut-être", "2A0041"],
    ["=1+1", "Zoé", "demain", "", "", ""],
]
SLOT_TITLES = ["Site", "Salle", "Date", "Heure de début", "Nom de l’examinateur"]


def imports_in_each_state(centre):
    """By name: an import of a list in each state, then a « navette » and a register to confirm."""
    return {
        "to confirm": to_confirm(centre),
        "nothing": send_list(session_of(centre, "Rosso"), someone("Rosso")),
        "errors": send_list(session_of(centre), *WRONG, titles=WRONG_TITLES),
        "done": done(centre),
        "waiting": at_work(centre, ImportState.WAITING),
        "reading": at_work(centre, ImportState.READING, progress_done=250, progress_total=1_000),
        "applying": at_work(centre, ImportState.APPLYING),
        "cut off": at_work(centre, ImportState.READING, beat_at=a_while_ago()),
        "shuttle": send(ImportKind.SHUTTLE, centre, shuttle(tomorrow())),
        "register": send(ImportKind.REGISTER, centre, register()),
    }


def session_of(centre, *names):
    session = ExamSessionFactory(centre=centre, room="Salle des imports")
    for name in names:
        CandidateFactory(session=session, birth_name=name, first_name="Léa", birth_date=BORN)
    return session


BORN = date(2008, 5, 21)


def to_confirm(centre):
    """Forty lines: added (two homonyms), changed, absent from the file; and names that are long."""
    session = session_of(centre, "Rosso", "Absent")
    CandidateFactory(session=session, birth_name="Change", birth_date=BORN, school_class="4e C")
    added = [
        someone(f"{LONG_NAME} {n}", "Marie-Philippine Aliénor", BORN, "3e A") for n in range(36)
    ]
    homonyms = [someone("Durand", "Simon", born, "3e B") for born in (BORN, date(2008, 5, 22))]
    changed = someone("Change", "Ada", BORN, "4e D")
    rows = [*added, *homonyms, changed, someone("Rosso")]
    return send_list(session, *rows, titles=[*TITLES, "Classe"])


def done(centre):
    prepared = send_list(session_of(centre), someone("Rosso"), someone("Dupont", "Paul"))
    confirm(prepared)
    return prepared


def at_work(centre, state, **values):
    prepared = send_list(session_of(centre), someone("Rosso"))
    PreparedImport.objects.filter(pk=prepared.pk).update(state=state, **values)
    return prepared


def tomorrow():
    return timezone.localdate() + timedelta(days=1)


def a_while_ago():
    return timezone.now() - timedelta(minutes=10)


def shuttle(day, *, sessions=3, candidates=5):
    """Sessions of that day, one every two hours, each row being one of their candidates."""
    rows = [
        [*slot(day, 8 + 2 * n), *someone(f"{LONG_NAME} {n} {rank}")]
        for n in range(sessions)
        for rank in range(candidates)
    ]
    return one_sheet(SLOT_TITLES + TITLES, *rows, title="Navette créneaux")


def slot(day, hour):
    return ["Collège Anne Frank", "Salle 12", day, f"{hour}:00", "Éluard"]


def register(*, classes=("3e A", "3e B"), pupils=5):
    """Each class with as many pupils."""
    rows = [
        [*someone(f"{LONG_NAME} {name[-1]} {rank}"), name]
        for name in classes
        for rank in range(pupils)
    ]
    return one_sheet([*TITLES, "Classe"], *rows, title="Élèves")


def prints_in_each_state(centre, member):
    session = session_of(centre, "Rosso")
    late = {"beat_at": a_while_ago()}
    failure = "Feuille d’émargement, session 12 : n’a pas pu être dessinée. " * 4
    return {
        "waiting": a_run(session, member),
        "drawing": a_run(session, member, PrintState.DRAWING, progress_done=12, progress_total=40),
        "waiting long": a_run(session, member, **late),
        "cut off": a_run(session, member, PrintState.DRAWING, **late),
        "failed": a_run(session, member, PrintState.FAILED, failure=failure),
        "done": a_run(session, member, PrintState.DONE, file=some_pages()),
        "done in part": a_run(session, member, PrintState.DONE, file=some_pages(), failure=failure),
    }


def a_run(session, member, state=PrintState.WAITING, **values):
    return PrintRun.objects.create(
        centre=session.centre,
        created_by=member,
        session_ids=[session.pk],
        document_keys=["kit-surveillant"],
        state=state,
        **values,
    )


def some_pages():
    """The name of the file counts its pages."""
    return ContentFile(b"%PDF-1.7", name=f"{uuid4()}-12.pdf")
