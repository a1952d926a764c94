"""A confirmation broken at each of its SQL statements: nothing stays, and it can be confirmed again."""

from datetime import date, time

import pytest
from django.db import OperationalError, connection, transaction

from certif.accounts.models import CentreKind
from certif.audit.models import AuditEvent
from sessions.actions import imports
from sessions.enums import ImportKind, ImportState
from sessions.models import Candidate, ExamSession, PreparedImport, Pupil
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, PupilFactory
from tests.sessions.workbooks import BORN, TITLES, confirm, one_sheet, send, send_list, someone

pytestmark = pytest.mark.django_db

BOUNDARIES = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")
# COPY, with which PostgreSQL takes new candidates, is not among what can be broken so: see below.
STATEMENTS = {
    ImportKind.SHUTTLE: {"sqlite": 15, "postgresql": 14},
    ImportKind.CANDIDATES: {"sqlite": 18, "postgresql": 17},
    ImportKind.REGISTER: {"sqlite": 9, "postgresql": 9},
}
EACH = [
    (kind, at)
    for kind, count in STATEMENTS.items()
    for at in range(1, count[connection.vendor] + 1)
]


class BrokenStatement:
    """The seam: the statement number `at` (transaction boundaries not counted) fails."""

    def __init__(self, at=None):
        self.at, self.count = at, 0

    def __call__(self, execute, sql, params, many, context):
        if not sql.startswith(BOUNDARIES):
            self.count += 1
            if self.count == self.at:
                raise OperationalError("the database went away")
        return execute(sql, params, many, context)


def a_shuttle(centre):
    """A session to create and one to change, each with somebody new; somebody to change."""
    day, hour = date(2027, 1, 4), time(9, 0)
    known = ExamSessionFactory(centre=centre, date=day, start_time=hour, site="A", room="1")
    CandidateFactory(session=known, birth_name="Rosso", first_name="Léa", birth_date=BORN)
    titles = ["Date", "Heure", "Site", "Salle", "Surveillant(s)", *TITLES, "Classe"]
    rows = [
        [day, hour, "A", "1", "Aragon", *someone("Rosso"), "3B"],
        [day, hour, "A", "1", "Aragon", *someone("Neuf"), "3B"],
        [day, hour, "A", "2", "Éluard", *someone("Neuve"), "3A"],
    ]
    return send(ImportKind.SHUTTLE, centre, one_sheet(titles, *rows))


def a_list(centre):
    """Somebody to add, somebody to change, somebody to remove."""
    session = ExamSessionFactory(centre=centre)
    CandidateFactory(session=session, birth_name="Rosso", first_name="Léa", birth_date=BORN)
    CandidateFactory(session=session, birth_name="Parti")
    rows = [someone("Rosso", "Léa", BORN, "3B"), someone("Neuf", "Léa", BORN, "3B")]
    return send_list(session, *rows, titles=[*TITLES, "Classe"])


def a_register(centre):
    PupilFactory(centre=centre, birth_name="Rosso", first_name="Léa", birth_date=BORN)
    PupilFactory(centre=centre, birth_name="Parti")
    rows = [someone("Rosso", "Léa", BORN, "3B"), someone("Neuf", "Léa", BORN, "3B")]
    return send(ImportKind.REGISTER, centre, one_sheet([*TITLES, "Classe"], *rows))


SCENES = {
    ImportKind.SHUTTLE: a_shuttle,
    ImportKind.CANDIDATES: a_list,
    ImportKind.REGISTER: a_register,
}


@pytest.fixture
def centre():
    return CentreFactory(kind=CentreKind.SCO)


def everything():
    """Whatever an import writes, and whatever it keeps to be confirmed."""
    models = ExamSession, Candidate, Pupil, AuditEvent, PreparedImport
    return [list(model.objects.order_by("pk").values()) for model in models]


@transaction.atomic
def write(prepared):
    confirm(prepared, remove_absent=True)


@pytest.mark.parametrize("kind", STATEMENTS)
def test_a_confirmation_takes_the_statements_that_are_broken_below(centre, kind):
    prepared, counter = SCENES[kind](centre), BrokenStatement()

    with connection.execute_wrapper(counter):
        confirm(prepared, remove_absent=True)

    assert counter.count == STATEMENTS[kind][connection.vendor]


@pytest.mark.parametrize(("kind", "at"), EACH)
def test_a_failure_anywhere_writes_nothing_and_can_be_confirmed_again(centre, kind, at):
    prepared = SCENES[kind](centre)
    before = everything()

    with (
        connection.execute_wrapper(BrokenStatement(at)),
        pytest.raises(OperationalError, match="went away"),
    ):
        write(prepared)

    assert everything() == before
    confirm(PreparedImport.objects.get(), remove_absent=True)
    assert PreparedImport.objects.get().state == ImportState.DONE


@pytest.fixture
def nobody_new():
    """The table of candidates refuses those who are new in the files."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exam_sessions_candidate ADD CHECK (birth_name !~ '^Neu')")


@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite inserts by statements, each broken above"
)
@pytest.mark.parametrize("kind", [ImportKind.SHUTTLE, ImportKind.CANDIDATES])
def test_a_copy_that_is_refused_writes_nothing(nobody_new, centre, kind):
    prepared = SCENES[kind](centre)
    before = everything()

    with pytest.raises(imports.Contradicted):
        write(prepared)

    assert everything() == before
    assert imports.lines_of(PreparedImport.objects.get().plan)
