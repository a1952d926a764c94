"""From an empty centre to the printed day, at 320 pixels, without a mouse."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from certif.accounts.models import CentreKind
from sessions.models import ExamSession, PrintRun
from tests.e2e.keyboard import Keyboard
from tests.e2e.worker import worker
from tests.factories import CandidateFactory, ExamSessionFactory, MembershipFactory
from tests.sessions.papers import text_of

pytestmark = pytest.mark.django_db(transaction=True)

NARROWEST = {"viewport": {"width": 320, "height": 640}}
PUPILS = [
    ("Bartoszewski-Łukasiewicz", "Zoé", "21/05/2009", "3e A"),
    ("D’Hauteville", "Aliénor", "08/12/2009", "3e A"),
    ("Şahin", "Elif", "07/07/2009", "3e B"),
]


@pytest.fixture
def centre(transactional_db, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    centre = MembershipFactory(centre__kind=CentreKind.SCO).centre
    for room in ("CDI", "Salle 12"):
        session = ExamSessionFactory(centre=centre, room=room, date=exam_day())
        CandidateFactory(session=session)
    return centre


def exam_day():
    """Soon, and written the same by who puts the day first and by who puts the month first."""
    days = (timezone.localdate() + timedelta(days=n) for n in range(1, 60))
    return next(day for day in days if day.day == day.month)


def test_a_session_is_created_filled_and_printed_by_keyboard(centre, somebody, tmp_path):
    person = somebody(NARROWEST)
    hands = Keyboard(person)
    hands.comes_in(centre.memberships.get().user.email)
    hands.page.wait_for_url("**/sessions/centre/*/")
    person.look()
    session = creates_a_session(hands)

    template = goes_to_the_import(hands)
    corrects_a_list(hands, template, tmp_path)
    confirms(hands, session)

    takes_the_attendance_sheet(hands)
    prints_the_day(hands)
    assert person.faults == []


def creates_a_session(hands):
    hands.follow("Créer une session")
    hands.page.wait_for_url("**/nouvelle/")
    hands.person.look()
    hands.type_in("Nom du site", "Collège Anne Frank")
    hands.type_in("Salle", "Salle 208")
    hands.type_in("Date", exam_day().strftime("%d%m%Y"))
    hands.type_in("Heure de début", "0900AM")
    hands.type_in("Surveillant(s)", "Paul Éluard")
    hands.press("Créer la session")
    hands.page.wait_for_url("**/sessions/*/")
    hands.person.look()
    return ExamSession.objects.latest("pk")


def goes_to_the_import(hands):
    """The template of the list, once downloaded."""
    hands.follow("Candidats")
    hands.page.wait_for_url("**/candidats/")
    hands.person.look()
    hands.follow("Importer une liste")
    hands.page.wait_for_url("**/importer/")
    hands.person.look()
    return hands.download("Télécharger le modèle")


def corrects_a_list(hands, template, folder):
    name, first_name, _, school_class = PUPILS[-1]
    wrong = [*PUPILS[:-1], (name, first_name, "31/02/2009", school_class)]
    hands.send_file("Fichier", filled(template, wrong, folder / "liste.xlsx"))
    hands.press("Lire le fichier")
    hands.person.reads("Une erreur est à corriger dans le fichier")
    hands.reads("Cette date n’existe pas")

    hands.follow("Envoyer le fichier corrigé")
    hands.page.wait_for_url("**/importer/")
    hands.send_file("Fichier", filled(template, PUPILS, folder / "liste corrigée.xlsx"))
    hands.press("Lire le fichier")
    hands.reads("Voici ce que le fichier changerait")


def filled(template, pupils, path):
    """The template as somebody fills it, under its own titles."""
    book = load_workbook(BytesIO(template.read_bytes()))
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    titles = ("Nom de naissance", "Prénom", "Date de naissance", "Classe")
    for row, pupil in enumerate(pupils, start=2):
        for title, value in zip(titles, pupil, strict=True):
            sheet.cell(row, columns[title], value)
    book.save(path)
    return path


def confirms(hands, session):
    hands.press("Confirmer l’import")
    hands.reads("3 personnes ajoutées.")
    assert session.candidates.count() == 3


def takes_the_attendance_sheet(hands):
    hands.follow("Imprimer les documents")
    hands.page.wait_for_url("**/documents/")
    hands.person.look()
    assert_names_are_in(hands.download("Télécharger : Feuille d’émargement"))


def assert_names_are_in(path):
    assert path.read_bytes().startswith(b"%PDF-")
    text = text_of(path)
    assert [name for name, *_ in PUPILS if name.upper() not in text] == []


def prints_the_day(hands):
    hands.follow("← Toutes les sessions")
    hands.page.wait_for_url("**/sessions/centre/*/")
    hands.follow("Imprimer la journée")
    hands.page.wait_for_url("**/imprimer/")
    hands.person.look()
    hands.tick(re.compile("CDI"))
    hands.press("Préparer le PDF")
    hands.person.reads("L’impression attend son tour")
    hands.page.get_by_role("progressbar").wait_for()
    hands.person.look()

    hands.tab_to(hands.page.get_by_role("button", name="Supprimer cette impression"))
    with worker():
        hands.page.get_by_role("heading", name="Le PDF est prêt").wait_for(timeout=180_000)
    hands.page.locator("#abandon:focus").wait_for()
    hands.person.look()
    hands.back_to(hands.page.get_by_role("link", name="Télécharger le PDF"))
    assert_names_are_in(hands.download("Télécharger le PDF"))
    assert len(PrintRun.objects.get().session_ids) == 2
