"""The candidate list of a session, from a file: the file is the whole list (domain.md § 3)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from certif.audit.models import AuditEvent
from certif.audit.sentences import sentence
from certif.lib.refusals import InvalidInput
from sessions import actions
from sessions.actions import imports
from sessions.enums import ImportKind, ImportState
from sessions.models import Candidate, PreparedImport
from tests import situations
from tests.factories import CandidateFactory, ExamSessionFactory, UserFactory
from tests.sessions.workbooks import (
    BORN,
    TITLES,
    confirm,
    csv_file,
    lines,
    one_sheet,
    send_list,
    someone,
    told,
    workbook,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def session():
    return ExamSessionFactory()


def enrolled(session, name="ROSSO", first_name="Léa", **fields):
    values = {"birth_name": name, "first_name": first_name, "birth_date": BORN, "birth_city": ""}
    return CandidateFactory(session=session, **(values | fields))


def names(session):
    return sorted(session.candidates.values_list("birth_name", flat=True))


def test_reading_a_file_writes_no_candidate(session):
    prepared = send_list(session, someone("Rosso"))

    assert prepared.state == ImportState.READY
    assert not Candidate.objects.exists()


def test_someone_who_is_not_on_the_list_is_added(session):
    prepared = send_list(session, someone("Rosso"))
    confirm(prepared)

    assert lines(prepared) == [("added", "ROSSO Léa")]
    assert names(session) == ["Rosso"]


def test_someone_who_is_on_the_list_is_recognised_by_name_and_birth_date(session):
    enrolled(session, "Łukaszewicz-Œuvrard")

    assert lines(send_list(session, someone("LUKASZEWICZ OEUVRARD", "LEA"))) == [
        ("changed", "ŁUKASZEWICZ-ŒUVRARD Léa")
    ]


def test_someone_expected_in_another_room_at_the_same_hours_is_warned_of(session):
    other = ExamSessionFactory(centre=session.centre, date=session.date, room="CDI")
    enrolled(other, "Rosso")
    prepared = send_list(session, someone("Rosso"), someone("Müller", "Jürgen"))

    assert [each["sentence"] for each in prepared.plan["warnings"]] == [
        f"Cette personne est inscrite à ces heures dans la session {other.pk}."
    ]
    confirm(prepared)
    assert names(session) == ["Müller", "Rosso"]


def test_the_same_list_changes_nothing(session):
    enrolled(session, "Rosso")
    prepared = send_list(session, someone("Rosso"))

    assert lines(prepared) == []
    assert prepared.plan["sessions"][0]["unchanged"] == 1


def test_the_same_file_twice_changes_nothing(session):
    rows = [someone("Rosso"), someone("Müller", "Jürgen")]
    confirm(send_list(session, *rows))

    assert lines(send_list(session, *rows)) == []


def test_what_differs_is_shown_before_and_after(session):
    enrolled(session, school_class="3A")
    prepared = send_list(session, someone("ROSSO", "Léa", BORN, "3B"), titles=[*TITLES, "Classe"])

    (line,) = imports.lines_of(prepared.plan)
    assert line["changes"] == [["classe", "3A", "3B"]]


def test_a_change_is_written(session):
    enrolled(session, school_class="3A")
    confirm(send_list(session, someone("ROSSO", "Léa", BORN, "3B"), titles=[*TITLES, "Classe"]))

    assert session.candidates.get().school_class == "3B"


def test_a_column_that_the_file_lacks_keeps_its_values(session):
    enrolled(session, school_class="3A", extra_time_percent=33)
    confirm(send_list(session, someone("ROSSO"), someone("Neuf")))

    assert session.candidates.get(birth_name="ROSSO").extra_time_percent == 33


def test_an_empty_cell_of_a_column_that_is_there_empties_the_value(session):
    enrolled(session, school_class="3A")
    confirm(send_list(session, someone("ROSSO", "Léa", BORN, None), titles=[*TITLES, "Classe"]))

    assert session.candidates.get().school_class == ""


def test_the_number_of_the_entry_recognises_someone_whose_name_is_corrected(session):
    entry = enrolled(session, "Roso")
    titles = ["N° d’inscription", *TITLES]
    confirm(send_list(session, [entry.pk, *someone("Rosso")], titles=titles))

    entry.refresh_from_db()
    assert (entry.birth_name, entry.identity_key) == ("Rosso", "ROSSO/LEA/2008-05-21")


def test_the_number_of_an_entry_of_another_session_is_refused(session):
    stranger = enrolled(ExamSessionFactory(), "Rosso")
    titles = ["N° d’inscription", *TITLES]
    prepared = send_list(session, [stranger.pk, *someone("Rosso")], titles=titles)

    assert told(prepared) == [
        (
            "A2",
            "Ce n’est le numéro d’aucune inscription de cette liste. Laissez la cellule vide pour "
            "inscrire quelqu’un.",
        )
    ]


def test_the_external_id_recognises_someone_whose_name_is_corrected(session):
    enrolled(session, "Roso", external_id="123456789AB")
    titles = [*TITLES, "Identifiant externe"]
    prepared = send_list(session, someone("Rosso", "Léa", BORN, "123456789AB"), titles=titles)

    assert lines(prepared) == [("changed", "ROSO Léa")]


def test_homonyms_are_told_apart_by_their_birth_place(session):
    enrolled(session, birth_city="Lyon")
    enrolled(session, birth_city="Nîmes", school_class="3A")
    titles = [*TITLES, "Commune de naissance", "Classe"]
    prepared = send_list(
        session,
        someone("ROSSO", "Léa", BORN, "Nimes", "3B"),
        someone("ROSSO", "Léa", BORN, "Lyon", ""),
        titles=titles,
    )
    confirm(prepared)

    assert session.candidates.get(school_class="3B").birth_city == "Nimes"


def test_someone_absent_from_the_file_is_proposed_for_removal(session):
    enrolled(session, "Parti")

    assert lines(send_list(session, someone("Rosso"))) == [
        ("added", "ROSSO Léa"),
        ("removed", "PARTI Léa"),
    ]


def test_nobody_is_removed_unless_it_was_decided(session):
    enrolled(session, "Parti")
    prepared = send_list(session, someone("Rosso"))

    with pytest.raises(InvalidInput, match="absentes du fichier"):
        confirm(prepared)

    assert names(session) == ["Parti"]


def test_those_absent_are_kept_when_it_was_decided(session):
    enrolled(session, "Parti")
    confirm(send_list(session, someone("Rosso")), remove_absent=False)

    assert names(session) == ["Parti", "Rosso"]


def test_those_absent_are_removed_when_it_was_decided(session):
    enrolled(session, "Parti")
    confirm(send_list(session, someone("Rosso")), remove_absent=True)

    assert names(session) == ["Rosso"]


def joined(session, name):
    candidate = enrolled(session, name)
    candidate.user, candidate.linked_at = UserFactory(), timezone.now()
    candidate.save()
    return candidate


def test_someone_who_joined_is_never_removed(session):
    joined(session, "Venue")
    prepared = send_list(session, someone("Rosso"))
    confirm(prepared, remove_absent=True)

    assert lines(prepared)[1] == ("kept", "VENUE Léa")
    assert names(session) == ["Rosso", "Venue"]


def test_the_identity_of_someone_who_joined_never_changes(session):
    candidate = joined(session, "Venue")
    titles = ["N° d’inscription", *TITLES]
    prepared = send_list(session, [candidate.pk, *someone("Vénus")], titles=titles)

    assert told(prepared) == [
        (
            "B2",
            "VENUE Léa a déjà rejoint la session : son identité ne change plus. Faites un "
            "signalement C1.",
        )
    ]


def test_the_name_of_someone_who_joined_written_otherwise_is_the_same_and_stays(session):
    joined(session, "Venue")
    confirm(send_list(session, someone("VENUE", "LÉA", BORN, 33), titles=[*TITLES, "Temps majoré"]))

    kept = session.candidates.get()
    assert (kept.birth_name, kept.first_name, kept.extra_time_percent) == ("Venue", "Léa", 33)


def test_what_is_not_the_identity_of_someone_who_joined_may_change(session):
    joined(session, "Venue")
    confirm(send_list(session, someone("Venue", "Léa", BORN, 33), titles=[*TITLES, "Temps majoré"]))

    assert session.candidates.get().extra_time_percent == 33


def test_an_entry_cannot_take_the_identity_of_another(session):
    entry = enrolled(session, "Roso")
    enrolled(session, "Rosso")
    titles = ["N° d’inscription", *TITLES]
    prepared = send_list(session, [entry.pk, *someone("Rosso")], titles=titles)

    assert told(prepared) == [("B2", "ROSSO Léa, même date de naissance, est déjà inscrit.")]


def test_the_list_is_closed_once_a_test_has_started(session):
    session.first_started_at, session.started_count = timezone.now(), 1
    session.save()
    prepared = send_list(session, someone("Rosso"))

    assert prepared.state == ImportState.REFUSED
    assert told(prepared) == [("", "Un test a commencé : la liste ne s’importe plus.")]


def test_a_test_that_starts_after_the_preview_refuses_the_import(session):
    prepared = send_list(session, someone("Rosso"))
    session.first_started_at, session.started_count, session.version = timezone.now(), 1, 2
    session.save()

    with pytest.raises(imports.ListsMoved):
        confirm(prepared)

    assert not Candidate.objects.exists()


def test_a_list_that_moved_is_compared_again(session):
    prepared = send_list(session, someone("Rosso"))
    fields = {"birth_name": "Rosso", "first_name": "Léa", "birth_date": BORN}
    actions.add_candidate(session, by=prepared.created_by, **fields)

    with pytest.raises(imports.ListsMoved):
        confirm(prepared)

    prepared.refresh_from_db()
    assert (prepared.state, lines(prepared), prepared.plan["moved"]) == ("ready", [], True)


def test_a_tick_meanwhile_does_not_ask_to_look_at_the_list_again(session, bank):
    entry = enrolled(session, "Venue")
    prepared = send_list(session, someone("Venue"), someone("Rosso"))
    situations.present(entry)

    confirm(prepared)

    assert names(session) == ["Rosso", "Venue"]


def test_who_joined_meanwhile_and_is_not_in_the_file_is_shown_before_he_is_kept(session):
    entry = enrolled(session, "Venue")
    prepared = send_list(session, someone("Rosso"))
    actions.link_candidate(
        session.pk, birth_name="Venue", first_name="Léa", birth_date=BORN, by=UserFactory()
    )

    with pytest.raises(imports.ListsMoved):
        confirm(prepared, remove_absent=True)

    assert session.candidates.get() == entry


def test_confirming_twice_writes_once(session):
    prepared = send_list(session, someone("Rosso"))
    confirm(prepared)

    with pytest.raises(imports.NotToConfirm):
        confirm(PreparedImport.objects.get(pk=prepared.pk))

    assert session.candidates.count() == 1


def test_a_file_with_an_error_cannot_be_confirmed(session):
    prepared = send_list(session, someone("Rosso"), someone("12"))

    with pytest.raises(imports.NotToConfirm):
        confirm(prepared)

    assert not Candidate.objects.exists()


def test_every_error_is_told_at_once_where_the_spreadsheet_shows_it(session):
    titles = [*TITLES, "E-mail de convocation", "Sexe"]
    prepared = send_list(
        session,
        [None, "Léa", BORN, "lea@exemple", "X"],
        [],
        ["Müller", "7", "31/02/2008", "", "F"],
        titles=titles,
    )

    assert told(prepared) == [
        ("A2", "« Nom de naissance » est à remplir."),
        ("D2", "Vérifiez l’adresse e-mail, par exemple prenom.nom@exemple.fr."),
        ("E2", "Indiquez F ou M, ou laissez vide."),
        ("B4", "Un nom comporte au moins une lettre."),
        ("C4", "Cette date n’existe pas. Écrivez-la sous la forme jj/mm/aaaa."),
    ]


def test_an_age_that_is_impossible_is_told(session):
    prepared = send_list(session, someone("Rosso", "Léa", date(1900, 1, 1)))

    assert told(prepared) == [
        ("C2", "Vérifiez la date de naissance : elle donne un âge impossible.")
    ]


def test_a_wrong_date_is_shown_as_it_was_typed(session):
    prepared = send_list(session, someone("Rosso", "Léa", date(1900, 1, 31)))

    assert prepared.errors[0]["value"] == "31/01/1900"


def test_a_long_wrong_cell_is_shown_cut_with_its_mark(session):
    prepared = send_list(session, someone("Rosso", "Léa", "x" * 200))

    assert prepared.errors[0]["value"] == "x" * 59 + "…"


def test_a_birth_place_is_checked_against_the_communes(session):
    titles = [*TITLES, "Code postal de naissance", "Commune de naissance"]
    prepared = send_list(session, someone("Rosso", "Léa", BORN, "69001", "Nantes"), titles=titles)

    assert [cell for cell, _sentence in told(prepared)] == ["E2"]


def test_a_postcode_that_lost_its_zero_is_read(session):
    titles = [*TITLES, "Code postal de naissance", "Commune de naissance"]
    confirm(
        send_list(session, someone("Rosso", "Léa", BORN, 1000, "Bourg en Bresse"), titles=titles)
    )

    assert session.candidates.get().birth_postcode == "01000"


def test_a_person_twice_in_the_file_is_told(session):
    prepared = send_list(session, someone("Rosso"), someone("ROSSO", "lea"))

    assert told(prepared) == [("A3", "ROSSO Léa, même date de naissance, est déjà à la ligne 2.")]


def test_an_identifier_twice_in_the_file_is_told(session):
    titles = [*TITLES, "Identifiant externe"]
    prepared = send_list(
        session, someone("A", "A", BORN, "1"), someone("B", "B", BORN, "1"), titles=titles
    )

    assert told(prepared) == [("D3", "« Identifiant externe » est déjà à la ligne 2, pour A A.")]


def test_a_formula_is_refused(session):
    prepared = send_list(session, someone('="Ro"&"sso"'))

    assert ("A2", "Cette cellule est une formule : collez-y sa valeur.") in told(prepared)


def test_a_missing_column_is_named(session):
    prepared = send_list(session, ["Rosso", "Léa"], titles=["Nom de naissance", "Prénom"])

    assert told(prepared) == [("", "La colonne « Date de naissance » manque.")]


def test_a_column_given_twice_is_named(session):
    prepared = send_list(session, someone("Rosso"), titles=[*TITLES[:2], "Prénom"])

    assert ("C1", "La colonne « Prénom » est là deux fois.") in told(prepared)


def test_titles_are_found_under_a_heading(session):
    rows = [["Liste des candidats"], [], TITLES, someone("Rosso")]
    prepared = imports.receive_import(
        ImportKind.CANDIDATES,
        centre=session.centre,
        session=session,
        filename="liste.xlsx",
        data=one_sheet(*rows),
        by=UserFactory(),
    )

    assert lines(prepared) == [("added", "ROSSO Léa")]


def test_a_file_without_our_titles_says_which_are_needed(session):
    prepared = send_list(session, titles=["a", "b", "c"])

    assert told(prepared) == [
        (
            "",
            "Les titres des colonnes sont introuvables. Il faut au moins : "
            "« Nom de naissance », « Prénom », « Date de naissance ».",
        )
    ]


def test_a_class_made_a_date_by_the_spreadsheet_is_told(session):
    titles = [*TITLES, "Classe"]
    prepared = send_list(session, someone("Rosso", "Léa", BORN, date(2026, 2, 3)), titles=titles)

    assert told(prepared) == [
        ("D2", "Le tableur a fait une date de cette cellule : mettez-la au format texte.")
    ]


def test_a_csv_file_is_read(session):
    prepared = imports.receive_import(
        ImportKind.CANDIDATES,
        centre=session.centre,
        session=session,
        filename="liste.csv",
        data=csv_file(TITLES, ["Rosso", "Léa", "21/05/2008"]),
        by=UserFactory(),
    )

    assert lines(prepared) == [("added", "ROSSO Léa")]


def test_an_import_is_told_in_the_history(session):
    confirm(send_list(session, someone("Rosso")))

    (event,) = AuditEvent.objects.filter(session_id=session.pk)
    assert event.kind == "candidates.imported"
    assert sentence(event, people={}, candidates={}).endswith(
        "a importé la liste\u00a0: 1 personne ajoutée."
    )


def test_the_names_of_the_file_are_forgotten_once_written(session):
    prepared = send_list(session, someone("Rosso"))
    confirm(prepared)

    prepared.refresh_from_db()
    assert (bytes(prepared.source), list(prepared.plan)) == (b"", ["counts"])


def test_a_file_left_unconfirmed_for_a_day_is_forgotten(session):
    old = send_list(session, someone("Rosso"))
    PreparedImport.objects.update(created_at=timezone.now() - timedelta(hours=25))
    send_list(session, someone("Rosso"))

    assert not PreparedImport.objects.filter(pk=old.pk).exists()


def test_another_tab_that_holds_a_list_is_said_not_to_be_read(session):
    prepared = imports.receive_import(
        ImportKind.CANDIDATES,
        centre=session.centre,
        session=session,
        filename="liste.xlsx",
        data=workbook({"A": [TITLES, someone("Rosso")], "B": [TITLES, someone("Oubliée")]}),
        by=UserFactory(),
    )

    assert lines(prepared) == [("added", "ROSSO Léa")]
    assert [each["sentence"] for each in prepared.plan["warnings"]] == [
        "L’onglet « B » n’est pas lu."
    ]
