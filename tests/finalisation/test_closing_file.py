from datetime import date, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.urls import reverse
from django.utils.formats import date_format

from certif.audit.models import AuditEvent
from exam.models import Attempt
from finalisation import actions
from finalisation.models import ClosingFile, UnfinishedTest
from invigilation.models import IncidentCode
from sessions.queries import history_of
from tests import situations
from tests.factories import CandidateFactory, UserFactory
from tests.finalisation.pages import HTMX, fields, missing, url, words
from tests.invigilation.pages import normal

pytestmark = pytest.mark.django_db


def after(session, **delta):
    return time_machine.travel(session.ends_at + timedelta(**delta))


def test_the_page_sorts_candidates_by_what_is_left_to_say(client, session, member, soup):
    ended = situations.ended(session=session).candidate
    finished = situations.finished(session=session).candidate
    absent = CandidateFactory(session=session)

    page = soup(client.get(url("closing_file", session)))

    unfinished_table, finished_table, absent_table = page.select("table")
    assert ended.birth_name.upper() in unfinished_table.text
    assert finished.birth_name.upper() in finished_table.text
    assert absent.birth_name.upper() in absent_table.text
    assert "N’ont pas commencé (1)" in words(page.select("summary")[-1])


def test_the_minutes_granted_stand_beside_the_name(client, session, member, soup):
    attempt = situations.started(session=session)
    situations.granted(attempt, 10)

    page = soup(client.get(url("closing_file", session)))

    assert "+ 10 min accordées" in words(page.select_one(f"#candidate-{attempt.candidate_id}"))


def test_the_three_steps_carry_the_words_of_the_guide(client, session, member, soup):
    situations.ended(session=session)

    page = words(soup(client.get(url("closing_file", session)), "main"))

    assert "Pour finaliser la session, complétez les trois étapes puis validez." in page
    assert "Les étapes 2 et 3 sont facultatives." in page
    assert "Étape 1 : Renseigner les informations de vos candidats" in page
    assert "Ces candidats n’ont pas fini leur test de certification (1)" in page
    assert "Étape 2 : Transmettre des documents (facultatif)" in page
    assert "Centre de certification*" in page
    assert "Numéro de session*" in page
    assert "Étape 3 : Commenter la session (facultatif)" in page


def test_the_end_screen_is_shown_but_never_ticked_by_the_server(client, session, member, soup):
    attempt = situations.finished(session=session)

    page = soup(client.get(url("closing_file", session)))

    (box,) = page.select(f"#seen-{attempt.pk}")
    shown = attempt.end_screen_shown_at.astimezone(session.zone)
    assert not box.has_attr("checked")
    assert f"affiché à {shown.hour} h {shown:%M}" in words(box.parent)


@pytest.mark.parametrize(
    ("delta", "sentence"),
    [
        ({"minutes": 30}, "il reste 1 jour, 23 heures"),
        ({"hours": 49}, "sera signalée comme tardive"),
    ],
)
def test_the_page_says_where_the_48_hours_are(client, session, member, soup, delta, sentence):
    situations.finished(session=session)

    with after(session, **delta):
        client.force_login(member)
        page = words(soup(client.get(url("closing_file", session)), "main"))

    assert sentence in page


def test_before_the_end_one_sentence_says_what_to_wait_for(client, session, member, soup):
    situations.finished(session=session)

    with after(session, minutes=-3):
        client.force_login(member)
        (banner,) = soup(client.get(url("closing_file", session)), "main").select(".banner")

    assert words(banner) == (
        "La session se termine à 10 h 45. Rien ne manque au dossier : validez-le après, ou dès "
        "maintenant si plus personne n’a de test à passer."
    )


def test_before_the_end_what_is_missing_comes_after_the_hour(client, session, member, soup):
    situations.ended(session=session)

    with after(session, minutes=-3):
        client.force_login(member)
        page = soup(client.get(url("closing_file", session)), "#missing")

    hour, lack = page.select(".banner")
    assert words(hour) == (
        "La session se termine à 10 h 45. La finalisation se fait après ; vous pouvez déjà "
        "préparer le dossier."
    )
    assert "Il manque une chose" in words(lack)


def test_the_end_on_another_day_is_told_with_its_day(client, session, member, soup):
    situations.finished(session=session)

    with after(session, days=-1):
        client.force_login(member)
        page = words(soup(client.get(url("closing_file", session)), "#missing"))

    assert f"La session se termine {date_format(session.date, 'l j F')} à 10 h 45." in page


def test_a_finalised_session_says_how_it_can_still_be_corrected(client, session, member, soup):
    situations.finalised(session)

    page = soup(client.get(url("closing_file", session)), "main")

    assert "l’équipe Pix peut rouvrir la session" in words(page)
    assert page.select('a[href^="mailto:"]')


def test_a_published_session_says_when_pix_gave_the_results(client, session, member, soup):
    situations.published(session)

    page = words(soup(client.get(url("closing_file", session)), "main"))

    assert "Résultats transmis par Pix le" in page
    assert "rouvrir" not in page


def test_what_is_missing_leads_to_its_place(client, session, member):
    running = situations.started(session=session, birth_name="Adam")
    ended = situations.ended(session=session, birth_name="Zola")

    response = client.get(url("closing_file", session))

    assert missing(response) == [
        f"#candidate-{running.candidate_id}",
        f"#reason-{running.pk}",
        f"#reason-{ended.pk}",
    ]
    (end,) = BeautifulSoup(response.content, "html.parser").select("#missing .button")
    assert end["href"] == url("end_test", session, running.candidate_id)
    assert words(end) == f"Terminer le test : {running.candidate}"
    assert "Attendez, ou :" in words(end.parent)


def test_saving_keeps_what_was_changed(client, session, member):
    ended, finished = situations.ended(session=session), situations.finished(session=session)
    sent = fields(client.get(url("closing_file", session)))
    changed = {
        f"reason-{ended.pk}": "technical",
        "seen": [finished.pk],
        "has_incident": "yes",
        "global_comment": "Coupure de réseau à 9 h 40.",
        "documents_comment": "Photo de l’écran n° 3.",
    }

    response = client.post(url("closing_file", session), sent | changed)

    file = ClosingFile.objects.get()
    assert response.status_code == 302
    assert UnfinishedTest.objects.get(attempt=ended).reason == "technical"
    assert Attempt.objects.get(pk=finished.pk).end_screen_seen_by == member
    assert (file.has_incident, file.global_comment) == (True, "Coupure de réseau à 9 h 40.")
    assert (file.documents_comment, file.saved_by) == ("Photo de l’écran n° 3.", member)


def test_the_history_says_of_whom_each_reason_is_and_what_it_was(session, member):
    ended = situations.ended(session=session, birth_name="Hopper", first_name="Grace")

    for reason in ("technical", "candidate", ""):
        actions.save_closing_file(session, by=member, reasons={ended.pk: reason})

    told = [
        event.sentence for event in history_of(ended.candidate) if event.kind.startswith("reason.")
    ]
    assert told == [
        f"{member.name} a choisi la raison de l’abandon de Grace HOPPER\u00a0: Problème technique.",
        f"{member.name} a choisi la raison de l’abandon de Grace HOPPER\u00a0: Abandon du candidat.",
        f"{member.name} a retiré la raison de l’abandon de Grace HOPPER.",
    ]


def test_saving_untouched_writes_nothing(client, session, member):
    situations.finished(session=session)
    actions.save_closing_file(
        session, by=member, comments={"global_comment": "Première ligne\nDeuxième « ligne »"}
    )
    page = client.get(url("closing_file", session))
    events = AuditEvent.objects.count()

    client.post(url("closing_file", session), fields(page))

    assert AuditEvent.objects.count() == events


def test_an_end_screen_can_be_unticked(client, session, member):
    attempt = situations.finished(session=session)
    actions.save_closing_file(session, by=member, end_screens={attempt.pk: True})
    sent = fields(client.get(url("closing_file", session)))
    del sent["seen"]

    client.post(url("closing_file", session), sent)

    assert Attempt.objects.get(pk=attempt.pk).end_screen_seen_at is None


def test_two_members_who_fill_in_the_same_page_both_keep_their_words(client, session, member):
    ended, finished = situations.ended(session=session), situations.finished(session=session)
    mine = fields(client.get(url("closing_file", session)))
    actions.save_closing_file(
        session,
        by=UserFactory(),
        reasons={ended.pk: "technical"},
        comments={"documents_comment": "Écrit par l’autre."},
    )

    client.post(url("closing_file", session), mine | {"seen": [finished.pk]})

    assert UnfinishedTest.objects.get().reason == "technical"
    assert ClosingFile.objects.get().documents_comment == "Écrit par l’autre."
    assert Attempt.objects.get(pk=finished.pk).end_screen_seen_at is not None


def test_two_members_who_change_the_same_place_are_told(client, session, member, soup):
    ended = situations.ended(session=session)
    mine = fields(client.get(url("closing_file", session))) | {
        f"reason-{ended.pk}": "candidate",
        "documents_comment": "Mes mots.",
    }
    theirs = {"documents_comment": "Ses mots."}
    situations.give_reason(ended, "technical")
    actions.save_closing_file(session, by=UserFactory(), comments=theirs)

    response = client.post(url("closing_file", session), mine)

    assert response.status_code == 409
    assert missing(response) == [f"#reason-{ended.pk}", "#documents_comment"]
    assert "Ses mots." in soup(response, "#missing").text
    assert UnfinishedTest.objects.get().reason == "technical"
    assert ClosingFile.objects.get().documents_comment == "Ses mots."

    again = client.post(url("closing_file", session), fields(response))

    assert again.status_code == 302
    assert UnfinishedTest.objects.get().reason == "candidate"
    assert ClosingFile.objects.get().documents_comment == "Mes mots."


def test_what_is_kept_as_one_goes_is_the_new_starting_point(client, session, member, soup):
    ended = situations.ended(session=session)
    sent = fields(client.get(url("closing_file", session)))
    sent |= {f"reason-{ended.pk}": "technical"}

    response = client.post(url("closing_file", session), sent, **HTMX)

    draft = soup(response, "#draft")
    assert response.status_code == 200
    assert draft.find(attrs={"name": f"initial-reason-{ended.pk}"})["value"] == "technical"
    assert missing(response) == []


def test_the_fragments_are_those_of_the_page(client, session, member, soup):
    ended = situations.ended(session=session)
    sent = fields(client.get(url("closing_file", session)))
    sent |= {f"reason-{ended.pk}": "technical"}

    fragment = client.post(url("closing_file", session), sent, **HTMX)
    page = client.get(url("closing_file", session))

    assert [normal(soup(fragment, part)) for part in ("#draft", "#saved", "#missing")] == [
        normal(soup(page, part)) for part in ("#draft", "#saved", "#missing")
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("global_comment", "a" * 501, "limité à 500 caractères (501 écrits)"),
        ("documents_comment", "a" * 501, "limité à 500 caractères (501 écrits)"),
        ("global_comment", "a\x00b", "caractère non autorisé"),
        ("has_incident", "peut-être", "Sélectionnez un choix valide"),
    ],
)
def test_bad_input_is_refused_and_kept(client, session, member, soup, name, value, sentence):
    situations.finished(session=session)
    sent = fields(client.get(url("closing_file", session)))

    response = client.post(url("closing_file", session), sent | {name: value})

    assert response.status_code == 422
    assert sentence in words(soup(response, ".form-errors"))
    assert not ClosingFile.objects.exists()


def test_an_unknown_reason_is_refused(client, session, member, soup):
    ended = situations.ended(session=session)
    sent = fields(client.get(url("closing_file", session)))

    response = client.post(url("closing_file", session), sent | {f"reason-{ended.pk}": "fatigue"})

    assert response.status_code == 422
    assert "Choisissez l’une des deux raisons." in words(soup(response, ".form-errors"))
    assert not UnfinishedTest.objects.exists()


def test_500_characters_on_several_lines_are_accepted(client, session, member):
    situations.finished(session=session)
    sent = fields(client.get(url("closing_file", session)))

    client.post(url("closing_file", session), sent | {"documents_comment": "a\r\n" + "b" * 498})

    assert len(ClosingFile.objects.get().documents_comment) == 500


def test_a_candidate_of_another_session_is_left_alone(client, session, member):
    situations.finished(session=session)
    other = situations.ended()
    sent = fields(client.get(url("closing_file", session)))

    client.post(
        url("closing_file", session), sent | {f"reason-{other.pk}": "technical", "seen": [other.pk]}
    )

    assert not UnfinishedTest.objects.exists()


def test_a_finalised_session_is_read_only_and_says_by_whom(client, session, member, soup):
    situations.give_reason(situations.ended(session=session), "technical")
    situations.finished(session=session)
    page = client.get(url("closing_file", session))
    actions.finalise(session, by=UserFactory(first_name="Ada", last_name="Lovelace"))

    response = client.post(url("closing_file", session), fields(page))

    read = words(soup(response, "main"))
    assert response.status_code == 409
    assert "La session a déjà été finalisée par Ada LOVELACE" in read
    assert "Problème technique" in read
    assert not soup(response).select("main form, main input, main select, main textarea")


def test_homonyms_are_told_apart_by_their_birth_date(client, session, member, soup):
    situations.finished(session=session, birth_name="Dupont", birth_date=date(2008, 1, 2))
    situations.finished(session=session, birth_name="Dupont", birth_date=date(2009, 3, 4))
    situations.finished(session=session, birth_name="Durand")

    page = soup(client.get(url("closing_file", session)))

    assert [words(mark) for mark in page.select(".homonym")] == [
        "≈ homonyme, 02/01/2008",
        "≈ homonyme, 04/03/2009",
    ]


@pytest.mark.parametrize("rows", [1, 25])
def test_the_page_takes_the_same_queries_whatever_the_room(
    client, session, member, django_assert_num_queries, rows
):
    code = IncidentCode.objects.get(code="C5")
    for candidate in CandidateFactory.create_batch(rows, session=session, joined=True):
        situations.ended(candidate)
        candidate.reports.create(
            code=code,
            needs_description=False,
            needs_question=False,
            written_by=member,
            written_on="board",
        )
    CandidateFactory.create_batch(rows, session=session)
    situations.over(session)

    with django_assert_num_queries(15):
        response = client.get(url("closing_file", session))

    assert len(missing(response)) == rows


def test_without_a_started_test_the_page_offers_to_delete(client, session, member, soup):
    page = soup(client.get(url("closing_file", session)))

    assert page.select(f'a[href="{reverse("sessions:session_delete", args=[session.pk])}"]')
    assert not page.select("#closing, textarea")


def test_with_a_presence_noted_it_offers_to_close_the_session_not_held(
    client, session, member, soup
):
    situations.present(CandidateFactory(session=session))

    page = soup(client.get(url("closing_file", session)))

    assert page.select("textarea[name=comment]")
    assert not page.select(f'a[href="{reverse("sessions:session_delete", args=[session.pk])}"]')
