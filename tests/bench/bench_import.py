"""A « navette » of 10,000 candidates over 500 sessions, beside calamine alone reading the same file.

Ours: the file is kept, read in its child process, every cell checked, compared to the centre, kept as a plan, confirmed,
and written with its audit. Each repetition fills another centre. Memory: of a process that does it once.
"""

import os
import resource
import subprocess
import sys
from datetime import date, time, timedelta
from io import BytesIO

from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from sessions.actions import imports
from sessions.enums import ImportKind, ImportState
from sessions.models import Candidate, PreparedImport
from tests.bench.figures import Figure, interleaved_medians
from tests.factories import CentreFactory, MembershipFactory, UserFactory

NAME = "import"
TARGET = "≤ 12 × calamine alone"
MOST_TIMES, MOST_MEGABYTES = 12, 300
SESSIONS, CANDIDATES_EACH, REPETITIONS = 500, 20, 5
TITLES = [
    "Date",
    "Heure de début",
    "Heure de fin",
    "Site",
    "Salle",
    "Nom de l’examinateur",
    "Prénom de l’examinateur",
    "Nom de naissance",
    "Prénom",
    "Date de naissance",
    "Sexe",
    "Code postal de naissance",
    "Commune de naissance",
    "Classe",
    "Identifiant externe",
    "E-mail de convocation",
    "E-mail du destinataire des résultats",
    "Temps majoré",
]
NAMES = ["Rossø", "D’Ormesson", "Łukaszewicz", "Müller", "Œuvrard", "Martin", "Şahin", "Nguyễn"]
FIRST_NAMES = ["Léa", "Jürgen", "Anaïs", "Marie-Lou", "Zoé", "Ibrahim", "Noé", "Inès", "Paul"]
PLACES = [
    ("01000", "Bourg-en-Bresse"),
    ("69003", "Lyon"),
    ("13001", "Marseille"),
    ("20000", "Ajaccio"),
    ("59000", "Lille"),
    ("44000", "Nantes"),
    ("98800", "Nouméa"),
]


def run():
    data = navette()
    times = interleaved_medians(
        REPETITIONS, alone=lambda: read_alone(data), whole=lambda: import_whole(data)
    )
    ratio = times["whole"] / times["alone"]
    print(f"  calamine alone: {times['alone'] * 1000:.0f} ms, import: {times['whole']:.2f} s")
    heaviest = megabytes_of_one()
    return [
        Figure(f"{ratio:.1f} ×", ok=ratio <= MOST_TIMES),
        Figure(
            f"{heaviest:.0f} MiB",
            ok=heaviest <= MOST_MEGABYTES,
            name="import, memory",
            target=f"≤ {MOST_MEGABYTES} MiB",
        ),
    ]


def read_alone(data):
    book = CalamineWorkbook.from_filelike(BytesIO(data))
    for name in book.sheet_names:
        book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def import_whole(data):
    membership = MembershipFactory(centre=CentreFactory())
    prepared = PreparedImport.objects.create(
        kind=ImportKind.SHUTTLE,
        centre=membership.centre,
        filename="navette.xlsx",
        source=data,
        created_by=membership.user,
    )
    imports.prepare_import(prepared.pk)
    PreparedImport.objects.filter(pk=prepared.pk).update(state=ImportState.APPLYING)
    imports.apply_import(prepared.pk, False, by=membership.user)
    written = Candidate.objects.filter(session__centre=membership.centre).count()
    if written != SESSIONS * CANDIDATES_EACH:
        raise RuntimeError(f"{written} candidates were written")


def navette():
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Navette créneaux")
    sheet.append(TITLES)
    for number in range(SESSIONS * CANDIDATES_EACH):
        sheet.append(row(number))
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()


def row(number):
    session, seat = divmod(number, CANDIDATES_EACH)
    postcode, city = PLACES[number % len(PLACES)]
    return [
        date(2027, 1, 4) + timedelta(days=session // 25),
        time(8 + session % 5 * 2, 30),
        time(10 + session % 5 * 2, 20),
        "Collège Anne Frank",
        f"Salle {session % 25 // 5}",
        "Éluard",
        "Paul",
        f"{NAMES[number % len(NAMES)]}-{letters(number)}",
        FIRST_NAMES[number % len(FIRST_NAMES)],
        date(2007, 1, 1) + timedelta(days=number % 700),
        "FM"[number % 2],
        postcode,
        city,
        f"3e {'ABCDEF'[seat % 6]}",
        f"{number:09}AB",
        f"eleve{number}@exemple.test",
        f"famille{number}@exemple.test",
        "33 %" if number % 20 == 0 else None,
    ]


def letters(number):
    """A name of its own for each: numbers are no part of a name."""
    return "".join("abcdefghij"[int(digit)] for digit in str(number))


def megabytes_of_one():
    """The most that one process (and its child, whichever is the larger) held, doing it once."""
    code = (
        "import django; django.setup(); from tests.bench import bench_import;"
        f" bench_import.SESSIONS = {SESSIONS}; bench_import.weigh()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return float(done.stdout.split()[-1])


def weigh():
    UserFactory.reset_sequence(1_000_000)  # beyond the accounts of the bench that asks
    import_whole(navette())
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    print(max(resource.getrusage(who).ru_maxrss for who in both) / 1024)
