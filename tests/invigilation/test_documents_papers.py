"""What is on the papers of the room, read back from their structure and their picture."""

import io
import logging
from datetime import UTC, date, datetime, time

import pikepdf
import pypdfium2
import pytest
import time_machine

from finalisation.models import AbandonReason
from invigilation import actions
from invigilation.documents.papers import fraud_report_about
from invigilation.models import IncidentCode, IncidentReport, Screen
from sessions.actions.documents import Issue
from sessions.documents.registry import Document, document_of
from tests import situations
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, UserFactory
from tests.sessions.papers import letters_of, pages_of, pictures_of, text_of

pytestmark = pytest.mark.django_db

BLANK, FILLED, FRAUD = "pv-incident", "pv-incident-signalements", "rapport-de-fraude"
ALL = [BLANK, FILLED, FRAUD]
ISSUE = Issue(3, datetime(2026, 12, 11, 8, 2, tzinfo=UTC))


def drawn(document, session):
    document = document if isinstance(document, Document) else document_of(document)
    session.issue = ISSUE
    return document.render(session)


def reported(candidate, code="A2", *, by=None, question=None, description="Vu.", at=None, **fields):
    code = IncidentCode.objects.active_on(candidate.session.date).get(code=code)
    return IncidentReport.objects.create(
        candidate=candidate,
        code=code,
        needs_description=code.needs_description,
        needs_question=code.needs_question,
        question_number=question,
        description=description,
        written_by=by or UserFactory(),
        written_on="board",
        **{"written_at": at} if at else {},
        **fields,
    )


@pytest.fixture
def session():
    return ExamSessionFactory(date=date(2026, 12, 14))


@pytest.fixture
def candidate(session):
    return CandidateFactory(session=session, birth_name="Durand", first_name="Simon")


# --- All of them ----------------------------------------------------------------------------------


def structure_of(pdf, kind):
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return [
            str(item.get("/A", {}).get("/Scope", ""))
            for item in opened.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == f"/{kind}"
        ]


@pytest.mark.parametrize("key", ALL)
def test_it_is_tagged_in_french_and_titled(candidate, key):
    reported(candidate)

    with pikepdf.open(io.BytesIO(drawn(key, candidate.session))) as opened:
        assert opened.Root.Lang == "fr"
        assert opened.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in opened.Root
        assert str(opened.docinfo.Title) == (
            f"{document_of(key).title} · session\u00a0{candidate.session_id}"
        )
        assert opened.open_metadata()["pdfuaid:part"] == "1"


def test_the_columns_and_the_candidates_are_headers(candidate):
    reported(candidate)

    scopes = structure_of(drawn(FILLED, candidate.session), "TH")

    assert set(scopes) == {"/Column", "/Row"}
    assert scopes.count("/Row") == 1


@pytest.mark.parametrize("key", ALL)
def test_the_same_edition_is_the_same_file(candidate, key):
    reported(candidate)

    assert drawn(key, candidate.session) == drawn(key, candidate.session)


@pytest.mark.parametrize("key", ALL)
def test_its_styles_say_nothing_that_the_printer_does_not_know(session, key, caplog):
    with caplog.at_level(logging.WARNING, "weasyprint"):
        drawn(key, session)

    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


@pytest.mark.parametrize("key", ALL)
def test_it_carries_the_place_and_the_session_but_no_secret(candidate, key):
    session = candidate.session
    candidate.extra_time_percent = 33
    candidate.save()

    text = text_of(drawn(key, session))

    assert "lundi 14 décembre 2026" in text
    assert all(part in text for part in [str(session.pk), session.site, session.room])
    assert session.invigilators in text
    assert not any(secret in text for secret in [session.password, session.access_code, "33 %"])


LONG = {
    "site": "S" + "ite" * 49,
    "room": "R" + "oom" * 33,
    "invigilators": "I" + "nvigilator" * 49,
}
NAME = {"birth_name": "N" + "om" * 49, "first_name": "P" + "renom" * 19}
STORY = "D" + "escription" * 49 + "finissime"


@pytest.fixture
def long_candidate():
    session = ExamSessionFactory(centre=CentreFactory(name="Centre" * 25), **LONG)
    CandidateFactory(session=session, **NAME)
    candidate = CandidateFactory(session=session, **NAME)
    author = UserFactory(first_name="F" * 60, last_name="L" * 60)
    reported(candidate, description=STORY, by=author)
    return candidate


@pytest.mark.parametrize("key", ALL)
def test_the_session_is_whole_and_no_ink_leaves_the_page(long_candidate, key):
    pdf = drawn(key, long_candidate.session)

    letters = letters_of(pdf)
    assert [text for text in LONG.values() if text not in letters] == []
    assert all_inside(pdf)


def test_a_story_of_five_hundred_letters_is_whole_with_who_wrote_it(long_candidate):
    letters = letters_of(drawn(FILLED, long_candidate.session))

    for text in [NAME["birth_name"].upper(), NAME["first_name"], STORY, "F" * 60 + "L" * 60]:
        assert text in letters


def test_a_long_name_is_whole_on_the_fraud_report(long_candidate):
    pdf = drawn(fraud_report_about(long_candidate), long_candidate.session)

    assert NAME["birth_name"].upper() in letters_of(pdf)
    assert NAME["first_name"] in letters_of(pdf)
    assert all_inside(pdf)


def all_inside(pdf):
    return all(margins(picture) == (255, 255) for picture in pictures_of(pdf))


def margins(picture):
    margin = 60  # ten millimetres and a half
    inside = (margin, margin // 2, picture.width - margin, picture.height - margin // 2)
    picture.paste(255, inside)
    return picture.getextrema()


# --- The nomenclature -----------------------------------------------------------------------------


def test_the_blank_record_lists_the_codes_under_the_two_headings(session):
    first, _ = pages_of(drawn(BLANK, session))

    about, question = first.split("Problème technique sur une question")
    assert "Signalements liés au candidat" in about
    assert "C1 Prénom, nom ou date de naissance à corriger" in about
    assert "A2 Aucune des catégories ci-dessus" in about
    assert "E1 L’image ne s’affiche pas" in question
    assert "E7 Autre problème sur la question" in question
    assert "C6" not in first
    assert "E8" not in first


def test_the_codes_are_those_in_force_on_the_day_of_the_session(session):
    codes = IncidentCode.objects
    codes.filter(code="C6").update(active_from=session.date)
    codes.filter(code="E8").update(active_from=date(2026, 12, 15))
    codes.filter(code="E2").update(active_until=session.date)
    codes.create(
        code="E2", category="E1-E12", label="Sens nouveau", rank=70, active_from=session.date
    )

    text = text_of(drawn(BLANK, session))

    assert "en vigueur le 14/12/2026" in text
    assert "C6 Suspicion de fraude" in text
    assert "E2 Sens nouveau" in text
    assert "Temps majoré sur une question chronométrée" not in text
    assert "Le simulateur ou l’application" not in text


def test_with_every_code_awake_the_record_is_still_one_sheet(session):
    IncidentCode.objects.filter(active_from=None).update(active_from=date(2020, 1, 1))

    assert len(pages_of(drawn(BLANK, session))) == 2


def test_a_day_before_any_code_says_so(session):
    IncidentCode.objects.update(active_from=date(2027, 1, 1))

    assert text_of(drawn(BLANK, session)).count("Aucun code en vigueur.") == 2


# --- Blank record ---------------------------------------------------------------------------------


def test_the_blank_record_has_everything_to_fill_and_nobody_in_it(candidate):
    reported(candidate)

    text = text_of(drawn(BLANK, candidate.session))

    assert "DURAND" not in text
    for words in [
        "Commentaire global sur la session",
        "Candidat (nom, prénom)",
        "N° de certification",
        "Code",
        "N° question",
        "Heure",
        "Description",
        "Certifications non terminées",
        "Abandon du candidat",
        "Problème technique",
        "Signature du surveillant",
    ]:
        assert words in text


def test_the_blank_record_is_a_sheet_of_two_faces(session):
    first, second = pages_of(drawn(BLANK, session))

    assert "Nomenclature des codes à utiliser" in first
    assert "Candidat (nom, prénom)" in second
    assert "Signature du surveillant" in second


# --- Filled record --------------------------------------------------------------------------------


def test_a_report_tells_who_when_what_and_where_it_stands(session, bank):
    author = UserFactory(first_name="Ariete", last_name="Bordeauxchesnel")
    person = CandidateFactory(session=session, birth_name="Durand", first_name="Simon", joined=True)
    number = situations.started(person).certification_number
    reported(person, "E7", by=author, question=18, description="Page figée.", at=at(9, 42))

    text = text_of(drawn(FILLED, session))

    assert f"DURAND Simon {number} E7 18 9 h 42 Page figée." in text
    assert "Par Ariete BORDEAUXCHESNEL · à examiner par Pix" in text


def test_a_report_corrected_the_next_day_keeps_the_hour_and_the_name_of_who_saw_it(session, bank):
    author = UserFactory(first_name="Ariete", last_name="Bordeauxchesnel")
    head = UserFactory(first_name="Claire", last_name="Fontaine")
    person = CandidateFactory(session=session, birth_name="Durand", first_name="Simon")
    report = reported(person, "C3", by=author, description="Parti tot.", at=at(10, 2))
    with time_machine.travel(at(8, 5, day=15), tick=False):
        actions.correct_report(
            report, code=report.code, description="Parti tôt.", screen=Screen.CLOSING_FILE, by=head
        )

    text = text_of(drawn(FILLED, session))

    assert "C3 10 h 02 Parti tôt." in text
    assert "Par Ariete BORDEAUXCHESNEL · modifié par Claire FONTAINE le 15/12/2026 à 8 h 05" in text


def at(hour, minute, day=14):
    """That time in Paris, in winter."""
    return datetime(2026, 12, day, hour - 1, minute, tzinfo=UTC)


def test_a_code_without_a_story_is_told_by_its_label(candidate):
    reported(candidate, "C5", description="")

    assert "C5" in text_of(drawn(FILLED, candidate.session))
    assert text_of(drawn(FILLED, candidate.session)).count("A passé les dernières questions") == 2


def test_a_resolved_report_says_so_without_its_sentence(candidate):
    reported(candidate, resolved_at=at(12, 0), resolution="Vu avec le centre.")

    text = text_of(drawn(FILLED, candidate.session))

    assert "· résolu" in text
    assert "à examiner par Pix" not in text
    assert "Vu avec le centre" not in text


def test_what_asks_for_no_review_waits_for_nothing(candidate):
    reported(candidate, "C3", description="Arrivé à 9 h 20.")

    text = text_of(drawn(FILLED, candidate.session))

    assert "Arrivé à 9 h 20." in text
    assert "à examiner par Pix" not in text


def test_a_discarded_report_is_not_in_it(candidate):
    report = reported(candidate, description="Écrit par erreur.")
    actions.discard_report(report, why="erreur", by=UserFactory())

    assert "Écrit par erreur" not in text_of(drawn(FILLED, candidate.session))


def test_reports_come_as_they_were_written_with_the_day_when_it_is_another(candidate):
    reported(candidate, description="Deuxième.", at=at(10, 5))
    reported(candidate, description="Premier.", at=at(9, 5))
    reported(candidate, description="Le lendemain.", at=at(8, 30, day=15))

    text = text_of(drawn(FILLED, candidate.session))

    assert text.index("Premier.") < text.index("Deuxième.") < text.index("Le lendemain.")
    assert "15/12 8 h 30" in text
    assert "14/12 9 h 05" not in text


def test_hours_are_those_of_the_place(candidate):
    noumea = CentreFactory(time_zone="Pacific/Noumea")
    session = ExamSessionFactory(centre=noumea, date=date(2026, 12, 14), start_time=time(8, 0))
    candidate = CandidateFactory(session=session)
    reported(candidate, at=datetime(2026, 12, 13, 22, 15, tzinfo=UTC))

    text = text_of(drawn(FILLED, session))

    assert "9 h 15" in text
    assert "édition n° 3 du 11/12/2026 à 19 h 02 (heure de Nouméa)" in text


def test_homonyms_are_told_apart_by_their_birth_date(candidate):
    CandidateFactory(session=candidate.session, birth_name="Durand", first_name="Paul")
    reported(candidate)

    assert "≈ né(e) le 10/12/2012" in text_of(drawn(FILLED, candidate.session))


def test_names_are_printed_as_they_are_written(session):
    names = ["Ÿlmaz-Łódź", "Şükrü", "Nguyễn", "Œuvré d’Arc", "O'Neil", "Müller"]
    people = [CandidateFactory(session=session, first_name=name) for name in names]
    for person in people:
        reported(person)

    pdf = drawn(FILLED, session)

    text = text_of(pdf)
    assert [name for name in names if name not in text] == []
    assert no_missing_letter(pdf)


def no_missing_letter(pdf):
    """Every font is ours, inside the file: none was lent by the machine for a rare letter."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        fonts = [
            str(item.FontName)
            for item in opened.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
    return bool(fonts) and all("+Document" in font for font in fonts)


def test_what_a_story_holds_of_a_page_is_printed_as_text(candidate):
    reported(candidate, description="<b>gras</b> {{ session.password }}\nseconde ligne")

    text = text_of(drawn(FILLED, candidate.session))

    assert "<b>gras</b> {{ session.password }} seconde ligne" in text


def test_sixty_reports_go_on_with_their_headings(session):
    people = [CandidateFactory(session=session, birth_name=f"Nom{n}") for n in range(60)]
    for person in people:
        reported(person, description="Une page se fige. " * 25)

    pages = pages_of(drawn(FILLED, session))

    assert all("Candidat (nom, prénom)" in page for page in pages)
    assert all(f"NOM{n} " in " ".join(pages) for n in range(60))
    assert "Signature du surveillant" in pages[-1]
    assert "Abandon du candidat" in pages[-1]


# --- Certifications that did not end --------------------------------------------------------------


def ended(session, name, reason=None):
    person = CandidateFactory(session=session, birth_name=name, joined=True)
    attempt = situations.started(person)
    actions.end_test(person, by=UserFactory())
    if reason:
        situations.give_reason(attempt, reason)
    return attempt.certification_number


def unfinished_part(session):
    _, part = text_of(drawn(FILLED, session)).split("Certifications non terminées")
    return part


def test_an_unfinished_test_has_its_reason_ticked_when_it_is_known(session, bank):
    first = ended(session, "Abel", AbandonReason.CANDIDATE)
    second = ended(session, "Bruno", AbandonReason.TECHNICAL)
    third = ended(session, "Carole")

    part = unfinished_part(session)

    assert f"ABEL Ada {first} × BRUNO Ada {second} × CAROLE Ada {third}" in part
    assert part.count("×") == 2


def test_the_tick_stands_in_the_column_of_its_reason(session, bank):
    ended(session, "Abel", AbandonReason.TECHNICAL)
    technical = tick_from_left(drawn(FILLED, session))
    situations.give_reason(session.candidates.get().attempt, AbandonReason.CANDIDATE)

    assert tick_from_left(drawn(FILLED, session)) < technical


def tick_from_left(pdf):
    *_, last = pypdfium2.PdfDocument(pdf)
    words = last.get_textpage()
    found, _ = words.search("×").get_next()
    return words.get_charbox(found)[0]


def test_a_test_that_goes_on_is_listed_as_such(session, bank):
    situations.started(CandidateFactory(session=session, birth_name="Abel", joined=True))

    assert "(test en cours à l’heure de l’édition)" in unfinished_part(session)


def test_a_finished_test_is_not_among_them(session, bank):
    person = CandidateFactory(session=session, birth_name="Abel", joined=True)
    situations.answer_all(situations.started(person), value=[1])

    assert "ABEL" not in unfinished_part(session)


def test_it_asks_as_much_for_twenty_five_reports(session, bank, django_assert_max_num_queries):
    reported(CandidateFactory(session=session))
    ended(session, "Abel")
    with django_assert_max_num_queries(50) as one:
        drawn(FILLED, session)
    for person in CandidateFactory.create_batch(24, session=session):
        reported(person)
    ended(session, "Bruno")

    with django_assert_max_num_queries(len(one)):
        drawn(FILLED, session)


# --- Fraud report ---------------------------------------------------------------------------------


def test_the_blank_fraud_report_names_nobody(candidate):
    (text,) = pages_of(drawn(FRAUD, candidate.session))

    assert "DURAND" not in text
    assert candidate.session.centre.name in text
    for words in ["Faits constatés", "Observations du candidat", "Signatures", "refuse de signer"]:
        assert words in text


def test_the_fraud_report_about_a_candidate_is_filled_with_who_he_is(session, bank):
    person = CandidateFactory(session=session, birth_name="Durand", first_name="Simon", joined=True)
    number = situations.started(person).certification_number

    (text,) = pages_of(drawn(fraud_report_about(person), session))

    assert "Nom de naissance DURAND Prénom Simon" in text
    assert f"Date de naissance 10/12/2012 N° de certification {number}" in text


def test_the_fraud_report_about_who_did_not_start_waits_for_its_number(candidate):
    text = text_of(drawn(fraud_report_about(candidate), candidate.session))

    assert "N° de certification Faits constatés" in text


def test_the_filled_record_tells_the_notes_of_the_room(session):
    by = UserFactory(first_name="Paul", last_name="Éluard")
    actions.write_note(session, text="Alarme incendie", by=by)

    text = text_of(drawn(FILLED, session))

    assert ": Alarme incendie · Par Paul ÉLUARD" in text


def test_the_filled_record_tells_who_corrected_a_note_and_not_the_former_words(session):
    by = UserFactory(first_name="Paul", last_name="Éluard")
    note = actions.write_note(session, text="Alarme de midi", by=by)
    with time_machine.travel("2026-12-14T09:12:00+01:00", tick=False):
        actions.correct_note(note, text="Alarme incendie", by=by)

    text = text_of(drawn(FILLED, session))

    assert "Alarme incendie · Par Paul ÉLUARD, modifiée par Paul ÉLUARD à 9 h 12" in text
    assert "midi" not in text
