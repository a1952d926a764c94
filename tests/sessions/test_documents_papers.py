"""What is on the paper, and what must not be."""

import io
import logging
from datetime import UTC, date, datetime, time

import pikepdf
import pytest
import segno
from django.urls import reverse

from certif.accounts.models import CentreKind
from sessions.actions.documents import Issue
from sessions.documents.registry import document_of
from tests import situations
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory
from tests.sessions.papers import letters_of, pages_of, pictures_of, text_of

pytestmark = pytest.mark.django_db

KIT, WATCH = "kit-surveillant", "feuille-surveillant"
SIGN, SLIPS = "feuille-emargement", "coupons-candidats"
ALL = [KIT, WATCH, SIGN, SLIPS]
ISSUE = Issue(3, datetime(2026, 12, 11, 8, 2, tzinfo=UTC))


def drawn(key, session):
    session.issue = ISSUE
    return document_of(key).render(session)


def session_of(*candidates, **fields):
    fields.setdefault("date", date(2026, 12, 14))
    session = ExamSessionFactory(**fields)
    for candidate in candidates:
        CandidateFactory(session=session, **candidate)
    return session


def crowd(count, **fields):
    return session_of(*({"birth_name": f"Nom{n:02}"} for n in range(count)), **fields)


# --- All of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ALL)
def test_it_is_tagged_in_french_and_titled(key):
    session = crowd(2)

    with pikepdf.open(io.BytesIO(drawn(key, session))) as opened:
        assert opened.Root.Lang == "fr"
        assert opened.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in opened.Root
        assert str(opened.docinfo.Title) == f"{document_of(key).title} · session\u00a0{session.pk}"
        assert opened.open_metadata()["pdfuaid:part"] == "1"


@pytest.mark.parametrize("key", ALL)
def test_the_same_edition_is_the_same_file(key):
    session = crowd(3)

    assert drawn(key, session) == drawn(key, session)


@pytest.mark.parametrize("key", [KIT, WATCH, SIGN])
def test_an_end_after_midnight_is_said_of_the_next_day(key):
    night = crowd(1, start_time=time(22, 30))

    assert "de 22 h 30 à 0 h 15 (le lendemain)" in text_of(drawn(key, night))


@pytest.mark.parametrize("key", ALL)
def test_the_place_is_written_at_its_own_hours_wherever_the_reader_is(key):
    noumea = CentreFactory(time_zone="Pacific/Noumea")
    session = crowd(1, centre=noumea, start_time=time(8, 0))

    text = text_of(drawn(key, session))

    assert "8 h 00" in text
    assert "édition n° 3 du 11/12/2026 à 19 h 02 (heure de Nouméa)" in text


@pytest.mark.parametrize("key", ALL)
def test_its_styles_say_nothing_that_the_printer_does_not_know(key, caplog):
    with caplog.at_level(logging.WARNING, "weasyprint"):
        drawn(key, crowd(1))

    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


@pytest.mark.parametrize("key", ALL)
def test_every_font_is_ours_and_inside_the_file(key):
    with pikepdf.open(io.BytesIO(drawn(key, crowd(2)))) as opened:
        fonts = [
            item
            for item in opened.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert fonts
        assert all("+Document" in str(font.FontName) and "/FontFile2" in font for font in fonts)


# --- Nothing cut ----------------------------------------------------------------------------------

LONG = {
    "site": "S" + "ite" * 49,
    "room": "R" + "oom" * 33,
    "invigilators": "I" + "nvigilator" * 49,
}
LONG_NAME = {
    "birth_name": "N" + "om" * 49,
    "first_name": "P" + "renom" * 19,
    "school_class": "C" + "las" * 13,
    "accessibility_need": "B" + "esoin" * 59,
}


@pytest.fixture
def long_session():
    return session_of(LONG_NAME, LONG_NAME, centre=CentreFactory(name="Centre" * 25), **LONG)


@pytest.mark.parametrize(
    ("key", "texts"),
    [
        (KIT, [LONG["site"], LONG["room"], LONG["invigilators"]]),
        (WATCH, [*LONG.values(), LONG_NAME["birth_name"].upper(), LONG_NAME["accessibility_need"]]),
        (SIGN, [*LONG.values(), LONG_NAME["birth_name"].upper(), LONG_NAME["school_class"]]),
        (SLIPS, [LONG["site"], LONG["room"], LONG_NAME["birth_name"].upper()]),
    ],
)
def test_a_text_of_five_hundred_letters_is_whole(long_session, key, texts):
    letters = letters_of(drawn(key, long_session))

    assert [text for text in texts if text not in letters] == []


@pytest.mark.parametrize("key", [KIT, WATCH, SIGN])
def test_no_ink_leaves_the_page(long_session, key):
    for picture in pictures_of(drawn(key, long_session)):
        margin = 60  # ten millimetres and a half
        inside = (margin, margin // 2, picture.width - margin, picture.height - margin // 2)
        picture.paste(255, inside)
        assert picture.getextrema() == (255, 255)


def test_names_are_printed_as_they_are_written():
    names = ["Ÿlmaz-Łódź", "Şükrü", "Nguyễn", "Œuvré d’Arc", "O'Neil", "Weiß"]
    session = session_of(*({"first_name": name} for name in names))

    text = text_of(drawn(SIGN, session))

    assert [name for name in names if name not in text] == []


def test_what_a_name_holds_of_a_page_is_printed_as_text():
    session = session_of({"birth_name": '<img src="http://127.0.0.1/x">'})

    assert '<IMGSRC="HTTP://127.0.0.1/X">' in letters_of(drawn(SIGN, session))


# --- What candidates see --------------------------------------------------------------------------


@pytest.mark.parametrize("key", [SIGN, SLIPS])
def test_what_candidates_see_keeps_the_secrets(key):
    candidate = {"extra_time_percent": 33, "accessibility_need": "Écran agrandi"}
    session = session_of(candidate, password="C-4KXQ7", access_code="WBKM64")

    pdf = drawn(key, session)

    letters = letters_of(pdf).upper()
    for secret in ["4KXQ7", "WBKM64", "33%", "MAJORÉ", "AGRANDI"]:
        assert secret not in letters
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert "4KXQ7" not in str(opened.docinfo)


# --- Attendance sheet -----------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (20, 1), (21, 2), (45, 3)])
def test_twenty_candidates_sign_a_page(count, pages):
    session = crowd(count)

    texts = pages_of(drawn(SIGN, session))

    assert len(texts) == pages
    assert [text.count("NOM") for text in texts] == [
        min(20, count - 20 * page) for page in range(pages)
    ]
    assert all(f"page {n} / {pages}" in text for n, text in enumerate(texts, start=1))
    assert all(str(session.pk) in text and "Salle 208" in text for text in texts)


def test_twenty_long_names_still_fit_on_their_page():
    name = {"birth_name": "Rochefoucauld-Bouteville", "first_name": "Marie-Antoinette Élisabeth"}
    session = session_of(*[name] * 20)

    assert len(pages_of(drawn(SIGN, session))) == 1


def test_rows_that_overflow_say_again_which_session_they_are_of():
    name = {
        "birth_name": "Vanderschueren de la Fontaine Beauregard Montmorency",
        "first_name": "Marie Charlotte Émilienne Joséphine",
    }
    session = session_of(*[name] * 21)

    full, rest, last = pages_of(drawn(SIGN, session))

    head = f"session {session.pk} (suite) · lundi 14 décembre 2026, 9 h 00"
    assert f"{head} · {session.site}, {session.room}" in rest
    assert "(suite)" not in full + last


def test_sheet_is_by_name_and_tells_homonyms_apart():
    session = session_of(
        {"birth_name": "Durand", "birth_date": date(2009, 1, 1)},
        {"birth_name": "Dupont", "first_name": "Paul", "birth_date": date(2008, 5, 21)},
        {"birth_name": "Dupont", "first_name": "Martine", "birth_date": date(2008, 6, 21)},
        invigilators="Ariete Bordeauxchesnel",
    )

    text = text_of(drawn(SIGN, session))

    assert text.index("Martine") < text.index("Paul") < text.index("DURAND")
    assert text.count("≈ homonyme") == 2
    assert "21/05/2008" in text


@pytest.mark.parametrize(
    ("kind", "candidate", "heading", "value"),
    [
        (CentreKind.SCO, {"school_class": "3e B", "external_id": "INE1"}, "Classe", "3e B"),
        (CentreKind.SCO, {"external_id": "INE1"}, "Identifiant externe", "INE1"),
        (CentreKind.PRO, {"external_id": "MAT1"}, "Identifiant externe", "MAT1"),
        (CentreKind.SCO, {}, "Classe", ""),
    ],
)
def test_a_school_reads_by_class_the_others_by_identifier(kind, candidate, heading, value):
    session = session_of(candidate, centre=CentreFactory(kind=kind))

    text = text_of(drawn(SIGN, session))

    assert heading in text
    assert value in text


# --- Invigilator's sheet --------------------------------------------------------------------------


def test_invigilator_reads_the_extra_time_and_the_need():
    session = session_of({"extra_time_percent": 33, "accessibility_need": "Écran agrandi"})

    text = text_of(drawn(WATCH, session))

    assert "33 % + 35 min" in text
    assert "Écran agrandi" in text


def test_invigilator_has_the_columns_of_the_procedure_to_fill():
    text = text_of(drawn(WATCH, crowd(1)))

    for column in ["N° de certification", "Temps accordé", "Écran de fin vu", "Commentaires"]:
        assert column in text


def test_invigilator_reads_the_minutes_granted_once_the_test_runs(bank):
    attempt = situations.started()
    situations.granted(attempt, 10)

    assert "+ 10 min" in text_of(drawn(WATCH, attempt.candidate.session))


def test_invigilator_sheet_goes_on_with_its_headings():
    texts = pages_of(drawn(WATCH, crowd(45)))

    assert "NOM44" in texts[-1]
    assert all("Commentaires" in text for text in texts)
    assert [text.count("À usage exclusif du surveillant") for text in texts] == [1] * len(texts)


# --- Slips ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (8, 1), (9, 2), (45, 6)])
def test_eight_slips_are_cut_from_a_page(count, pages):
    texts = pages_of(drawn(SLIPS, crowd(count)))

    assert len(texts) == pages
    assert f"NOM{count - 1:02}" in texts[-1]


def test_a_slip_says_where_and_when_to_go(settings):
    settings.SITE_URL = "https://certif.example.org"
    session = crowd(1)

    pdf = drawn(SLIPS, session)

    text = text_of(pdf)
    assert "Numéro de session" in text
    assert "lundi 14 décembre 2026 à 9 h 00" in text
    assert "Collège Anne Frank, Salle 208" in text
    assert "https://certif.example.org/certifications/" in letters_of(pdf)


# --- Kit ------------------------------------------------------------------------------------------


@pytest.fixture
def kit_session(settings):
    settings.SITE_URL = "https://certif.example.org"
    return session_of(password="C-12344", access_code="WB64K2", room="28D")


@pytest.mark.parametrize("key", [KIT, WATCH, SIGN])
def test_a_paper_names_the_site_as_the_screens_do(kit_session, key):
    assert f"Nom du site {kit_session.site}" in text_of(drawn(key, kit_session))


def test_kit_gives_each_secret_with_who_may_know_it(kit_session):
    text = text_of(drawn(KIT, kit_session))

    assert f"Numéro de session {kit_session.pk} À usage du surveillant et des candidats" in text
    assert "C-12344 À usage exclusif du surveillant" in text
    assert "WB64K2 À fournir aux candidats au lancement du test" in text


def test_kit_tells_the_five_steps_and_how_to_use_the_incident_sheet(kit_session):
    first, second = pages_of(drawn(KIT, kit_session))

    assert all(f"Étape {n} :" in first for n in range(1, 6))
    assert "Comment bien utiliser le PV d’incident ?" in second
    assert "Certifications non terminées :" in second


def test_kit_asks_for_no_account_that_does_not_exist(kit_session):
    first, _second = pages_of(drawn(KIT, kit_session))

    assert "avec son compte, ou en crée un : il sert aussitôt." in first
    assert "compte Pix" not in first


def test_kit_leads_a_telephone_to_the_room_without_the_password(kit_session):
    picture = pictures_of(drawn(KIT, kit_session), scale=4)[0]
    address = f"https://certif.example.org{reverse('invigilation:join')}?session={kit_session.pk}"

    assert modules_of(picture) == dark_modules(segno.make_qr(address, error="m"))


def test_a_listener_is_told_what_the_code_leads_to(kit_session):
    with pikepdf.open(io.BytesIO(drawn(KIT, kit_session))) as opened:
        told = [
            str(item.Alt)
            for item in opened.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"
        ]

    assert told == [f"QR code vers l’espace surveillant, session\u00a0{kit_session.pk}"]


def dark_modules(code):
    return [[bool(module) for module in row] for row in code.matrix]


def modules_of(picture):
    """The QR code of the right column, read module by module from the picture of the page."""
    column = picture.crop((int(picture.width * 0.68), int(picture.height * 0.4), *picture.size))
    ink = column.point(lambda grey: 255 * (grey < 128))
    _, top, _, _ = ink.getbbox()
    # Its first line of modules goes from its left corner to its right one.
    left, _, right, _ = ink.crop((0, top, ink.width, top + 2)).getbbox()
    square = ink.crop((left, top, right, top + right - left))
    size = module_count(square)
    step = square.width / size
    return [
        [square.getpixel((int((x + 0.5) * step), int((y + 0.5) * step))) > 0 for x in range(size)]
        for y in range(size)
    ]


def module_count(square):
    """The upper left corner is seven modules wide: the first dark run tells their size."""
    run = next(x for x in range(square.width) if not square.getpixel((x, 1)))
    return round(square.width * 7 / run)
