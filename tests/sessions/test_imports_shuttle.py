"""« Navette créneaux » (004): many sessions in one file, with their candidates or without."""

from datetime import date, time

import pytest
from django.utils import timezone

from certif.audit.models import AuditEvent
from sessions.enums import ImportKind, SessionState
from sessions.models import ExamSession
from tests.factories import CandidateFactory, CentreFactory, ExamSessionFactory, UserFactory
from tests.sessions.workbooks import BORN, confirm, lines, one_sheet, send, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("first_of_december")]

SLOT = ["Date", "Heure de début", "Heure de fin", "Site", "Salle", "Nom de l’examinateur"]
PERSON = ["Nom de naissance", "Prénom", "Date de naissance"]
DAY = date(2026, 12, 14)


@pytest.fixture
def centre():
    return CentreFactory(name="Collège Anne Frank")


def shuttle(centre, *rows, titles=SLOT):
    return send(ImportKind.SHUTTLE, centre, one_sheet(titles, *rows))


def slot(*more, day=DAY, start=time(9, 0), end=None, room="208", examiner="Éluard"):
    return [day, start, end, "Site", room, examiner, *more]


def parts(prepared):
    return [(part["action"], part["title"]) for part in prepared.plan["sessions"]]


def existing(centre, **fields):
    values = {
        "date": DAY,
        "start_time": time(9, 0),
        "site": "Site",
        "room": "208",
        "invigilators": "Éluard",
    }
    return ExamSessionFactory(centre=centre, **(values | fields))


def test_each_slot_becomes_a_session(centre):
    confirm(shuttle(centre, slot(), slot(room="209"), slot(start=time(14, 0))))

    assert ExamSession.objects.filter(centre=centre).count() == 3


def test_nothing_is_written_before_the_confirmation(centre):
    shuttle(centre, slot())

    assert not ExamSession.objects.exists()


def test_a_session_comes_with_its_secrets_and_its_end(centre):
    confirm(shuttle(centre, slot()))

    session = ExamSession.objects.get()
    assert (len(session.password), len(session.access_code)) == (7, 6)
    assert session.ends_at - session.starts_at == timezone.timedelta(minutes=105)


def test_no_two_sessions_share_an_access_code(centre):
    confirm(shuttle(centre, *(slot(room=str(n)) for n in range(60))))

    codes = ExamSession.objects.values_list("access_code", flat=True)
    assert len(set(codes)) == 60


def test_the_name_of_the_examiner_follows_the_first_name(centre):
    titles = [*SLOT, "Prénom de l’examinateur"]
    confirm(shuttle(centre, slot("Paul"), titles=titles))

    assert ExamSession.objects.get().invigilators == "Paul Éluard"


def test_two_examiners_of_a_slot_are_both_its_invigilators(centre):
    confirm(shuttle(centre, slot(), slot(examiner="Aragon")))

    assert ExamSession.objects.get().invigilators == "Éluard, Aragon"


def test_candidates_repeat_the_columns_of_their_session(centre):
    rows = [slot("Rosso", "Léa", BORN), slot("Müller", "Jürgen", BORN)]
    confirm(shuttle(centre, *rows, titles=[*SLOT, *PERSON]))

    assert ExamSession.objects.get().candidates.count() == 2


def test_a_slot_written_in_two_places_is_one_session(centre):
    rows = [slot("Rosso", "Léa", BORN), slot("A", "B", BORN, room="9"), slot("C", "D", BORN)]
    prepared = shuttle(centre, *rows, titles=[*SLOT, *PERSON])

    assert parts(prepared) == [("added", "Site · 208"), ("added", "Site · 9")]


def test_the_same_file_twice_changes_nothing(centre):
    rows = [slot("Rosso", "Léa", BORN), slot("Müller", "Jürgen", BORN)]
    titles = [*SLOT, *PERSON]
    confirm(shuttle(centre, *rows, titles=titles))
    prepared = shuttle(centre, *rows, titles=titles)

    assert (parts(prepared), lines(prepared)) == ([("unchanged", "Site · 208")], [])


def test_a_session_that_exists_is_recognised_by_its_day_hour_site_and_room(centre):
    existing(centre, site="SITE")

    assert parts(shuttle(centre, slot())) == [("unchanged", "SITE · 208")]


def test_what_the_file_says_otherwise_of_a_session_is_changed(centre):
    session = existing(centre)
    confirm(shuttle(centre, slot(end=time(12, 0), examiner="Aragon")))

    session.refresh_from_db()
    assert (session.end_time, session.invigilators) == (time(12, 0), "Aragon")
    assert session.ends_at.astimezone(session.zone).time() == time(12, 0)


def test_a_session_that_a_file_changes_counts_one_more_version(centre):
    session = existing(centre)
    confirm(shuttle(centre, slot(examiner="Aragon")))

    session.refresh_from_db()
    assert session.version == 2


def test_a_session_whose_hours_are_the_same_in_the_file_stays_at_its_instant(centre):
    session = existing(centre)
    centre.time_zone = "Pacific/Noumea"
    centre.save()
    confirm(shuttle(centre, slot(examiner="Aragon")))

    moved = ExamSession.objects.get()
    assert (moved.invigilators, moved.starts_at) == ("Aragon", session.starts_at)


def test_who_is_not_in_the_file_stays_on_the_list(centre):
    CandidateFactory(session=existing(centre), birth_name="Restée")
    prepared = shuttle(centre, slot("Rosso", "Léa", BORN), titles=[*SLOT, *PERSON])

    assert lines(prepared) == [("added", "ROSSO Léa")]


def test_a_session_may_be_named_by_its_number_alone(centre):
    session = existing(centre)
    row = [session.pk, *[None] * len(SLOT), "Rosso", "Léa", BORN]
    confirm(shuttle(centre, row, titles=["N° de session", *SLOT, *PERSON]))

    assert session.candidates.get().birth_name == "Rosso"


def test_the_number_of_a_session_of_another_centre_is_refused(centre):
    other = ExamSessionFactory()
    prepared = shuttle(centre, [other.pk, *slot()], titles=["N° de session", *SLOT])

    assert told(prepared) == [("A2", "Ce n’est le numéro d’aucune session de ce centre.")]


def test_an_hour_that_does_not_exist_is_told_in_its_cell(centre):
    prepared = shuttle(centre, slot(day=date(2027, 3, 28), start=time(2, 30)))

    assert told(prepared) == [
        (
            "B2",
            "Cette heure n’existe pas ce jour-là : les horloges avancent d’une heure.",
        )
    ]


def test_an_end_before_the_start_is_told_in_its_cell(centre):
    prepared = shuttle(centre, slot(end=time(8, 0)))

    assert told(prepared) == [("C2", "L’heure de fin doit être après l’heure de début.")]


def test_two_ends_of_one_session_are_told(centre):
    prepared = shuttle(centre, slot(end=time(11, 0)), slot(end=time(12, 0)))

    assert told(prepared) == [("C3", "La même session est dite autrement à la ligne 2.")]


def test_a_number_that_names_two_rooms_and_two_days_is_told_in_each_cell(centre):
    session = existing(centre)
    titles = ["N° de session", *SLOT]

    prepared = shuttle(
        centre,
        [session.pk, *slot()],
        [session.pk, *slot(day=date(2026, 12, 15), room="209")],
        titles=titles,
    )

    assert [cell for cell, _sentence in told(prepared)] == ["B3", "F3"]


def test_what_the_first_row_of_a_session_leaves_empty_is_taken_from_the_next(centre):
    confirm(shuttle(centre, slot(), slot(end=time(11, 30))))

    assert ExamSession.objects.get().end_time == time(11, 30)


def test_a_row_whose_session_is_wrong_tells_what_is_wrong_with_its_candidate_too(centre):
    row = ["13/13/2026", *slot()[1:], "Martin", "Léa", "31/02/2010"]

    prepared = shuttle(centre, row, titles=[*SLOT, *PERSON])

    assert [cell for cell, _sentence in told(prepared)] == ["A2", "I2"]


def test_an_empty_cell_takes_nothing_away_from_who_is_on_the_list(centre):
    session = existing(centre)
    candidate = CandidateFactory(
        session=session,
        birth_name="Martin",
        first_name="Léa",
        birth_date=BORN,
        extra_time_percent=33,
        accessibility_need="loupe",
    )
    more = ["Temps majoré (%)", "Besoin d’accessibilité", "Classe"]

    confirm(
        shuttle(
            centre,
            [*slot(), "Martin", "Léa", BORN, None, None, "3e B"],
            titles=[*SLOT, *PERSON, *more],
        )
    )

    candidate.refresh_from_db()
    assert (candidate.extra_time_percent, candidate.accessibility_need) == (33, "loupe")
    assert candidate.school_class == "3e B"


def test_a_zero_takes_the_extra_time_away(centre):
    candidate = CandidateFactory(
        session=existing(centre),
        birth_name="Martin",
        first_name="Léa",
        birth_date=BORN,
        extra_time_percent=33,
    )

    confirm(
        shuttle(
            centre,
            [*slot(), "Martin", "Léa", BORN, 0],
            titles=[*SLOT, *PERSON, "Temps majoré (%)"],
        )
    )

    candidate.refresh_from_db()
    assert candidate.extra_time_percent == 0


def test_what_a_slot_lacks_is_told_on_each_row(centre):
    prepared = shuttle(centre, [DAY, None, None, "Site", None, "Éluard"])

    assert told(prepared) == [
        ("B2", "« Heure de début » est à remplir."),
        ("E2", "« Salle » est à remplir."),
    ]


def test_one_error_of_one_candidate_writes_no_session(centre):
    rows = [slot("Rosso", "Léa", BORN, room="1"), slot("12", "Léa", BORN, room="2")]
    prepared = shuttle(centre, *rows, titles=[*SLOT, *PERSON])

    assert prepared.state == "refused"
    assert not ExamSession.objects.exists()


def test_a_finalised_session_is_refused(centre):
    session = existing(centre)
    session.state, session.finalised_at = SessionState.FINALISED, timezone.now()
    session.finalised_by = UserFactory()
    session.save()

    assert told(shuttle(centre, slot())) == [("", f"La session {session.pk} est finalisée.")]


def test_another_establishment_is_a_warning_only(centre):
    titles = ["Établissement", *SLOT]
    prepared = shuttle(
        centre, ["Collège Anne-Frank, Lyon", *slot()], ["Lycée Hugo", *slot()], titles=titles
    )

    assert prepared.state == "ready"
    assert [warning["cell"] for warning in prepared.plan["warnings"]] == ["A3"]


def test_the_template_sent_back_untouched_says_that_it_is_empty(centre):
    prepared = shuttle(centre, ["Collège Anne Frank", *[None] * 6], titles=["Établissement", *SLOT])

    assert told(prepared) == [("", "Aucune ligne n’est remplie sous les titres.")]


def test_each_session_created_is_told_in_its_history(centre):
    confirm(shuttle(centre, slot(), slot(room="209")))

    assert AuditEvent.objects.filter(kind="session.created").count() == 2


def test_the_hours_are_those_of_the_centre(centre):
    noumea = CentreFactory(time_zone="Pacific/Noumea")
    confirm(shuttle(noumea, slot(start=time(8, 0))))

    session = ExamSession.objects.get()
    assert session.start_time == time(8, 0)
    assert session.starts_at.isoformat() == "2026-12-13T21:00:00+00:00"


def warned(prepared):
    return [(each["row"], each["sentence"]) for each in prepared.plan["warnings"]]


def test_a_past_day_is_warned_of(centre):
    ((row, sentence),) = warned(shuttle(centre, slot(day=date(2025, 12, 3))))

    assert row == 2
    assert sentence.startswith("La date est passée")


def test_a_room_taken_by_a_session_that_exists_is_warned_of(centre):
    session = existing(centre, start_time=time(10, 0))

    assert warned(shuttle(centre, slot())) == [
        (2, f"La salle est déjà prise à ces heures : session {session.pk}.")
    ]


def test_a_room_taken_twice_by_the_file_is_warned_of(centre):
    assert warned(shuttle(centre, slot(), slot(start=time(9, 15)))) == [
        (3, "La salle est déjà prise à ces heures, à la ligne 2.")
    ]


def test_the_same_room_at_other_hours_is_no_matter(centre):
    assert warned(shuttle(centre, slot(), slot(start=time(14, 0)))) == []


def test_who_stays_without_being_in_the_file_is_named(centre):
    CandidateFactory(session=existing(centre), birth_name="Restée", first_name="Anne")
    prepared = shuttle(centre, slot("Rosso", "Léa", BORN), titles=[*SLOT, *PERSON])

    ((_row, sentence),) = warned(prepared)
    assert "RESTÉE Anne" in sentence
