"""The dialogs of the clock: time added to one or several, extra time, code given, overrun."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from exam import actions as exam_actions
from exam.enums import AttemptState, GrantReason, Right
from exam.models import Attempt, Beat, TimeGrant
from invigilation import actions
from invigilation.models import IncidentCode, IncidentReport
from sessions.models import Candidate, ExamSession
from tests import situations
from tests.factories import CandidateFactory, UserFactory
from tests.invigilation.pages import HTMX, element, live, normal, row, rows_sent, url, words

pytestmark = pytest.mark.django_db

SAID = "[hx-swap-oob='innerHTML:#status']"
REFUSED = "[hx-swap-oob='innerHTML:#alert']"


@pytest.fixture(autouse=True)
def _two_past_nine():
    with time_machine.travel("2026-12-14 08:02:00+00:00", tick=False):
        yield


@pytest.fixture
def simon(session, bank):
    """At work since 9 h 02."""
    person = CandidateFactory(session=session, birth_name="Durand", first_name="Simon", joined=True)
    return situations.started(person).candidate


def another(session, **fields):
    return situations.started(session=session, **fields).candidate


def later(minutes):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def granted(candidate):
    return Attempt.objects.get(candidate=candidate).granted_minutes


def grant(candidate, n, *others, by=None):
    chosen = [each.pk for each in (candidate, *others)]
    exam_actions.grant_minutes(
        candidate.session, chosen, minutes=n, reason=GrantReason.ROOM, by=by or UserFactory()
    )


def minutes(n=10, **fields):
    return {"minutes": n, "reason": GrantReason.ROOM, "confirmed": "", **fields}


# --- One candidate --------------------------------------------------------------------------------


def test_time_is_added_said_and_shown(client, session, invigilator, simon):
    response = client.post(url("add_time", simon), minutes(10), **HTMX)

    assert response.status_code == 200
    assert words(element(response, SAID)) == "+ 10 min pour DURAND Simon : fin à 10 h 57."
    assert "fin 10 h 57" in words(row(response, simon))
    assert normal(row(response, simon)) == normal(row(client.get(url("board", session)), simon))


def test_the_dialog_says_the_end_and_what_it_counts_already(client, invigilator, session, bank):
    candidate = another(session, extra_time_percent=33)
    exam_actions.grant_minutes(
        session, [candidate.pk], minutes=10, reason=GrantReason.GAP, by=invigilator
    )

    dialog = client.get(url("add_time", candidate), **HTMX)

    facts = words(element(dialog, ".facts"))
    assert "33 % déjà compté : + 35 min" in facts
    assert f"+ 10 min, coupure ou attente, {invigilator.name}" in facts


@pytest.mark.parametrize(
    ("here", "there"), [("add_time", "extra_time"), ("extra_time", "add_time")]
)
def test_minutes_and_extra_time_lead_to_each_other(client, invigilator, simon, here, there):
    dialog = element(client.get(url(here, simon), **HTMX), "dialog")

    assert dialog.select_one(f'p a[href="{url(there, simon)}"]')["hx-target"] == "#dialog"


def test_what_may_have_to_be_filled_is_not_said_optional(client, invigilator, simon):
    dialog = element(client.get(url("add_time", simon), **HTMX), "dialog")

    assert "facultatif" not in words(dialog)


def test_minutes_are_not_offered_to_who_is_absent(client, session, invigilator):
    absent = CandidateFactory(session=session)

    dialog = element(client.get(url("extra_time", absent), **HTMX), "dialog")

    assert not dialog.select(f'a[href="{url("add_time", absent)}"]')


def test_a_usual_duration_is_one_tap(client, invigilator, simon):
    client.post(url("add_time", simon), {"usual": "15", "reason": GrantReason.ROOM}, **HTMX)

    assert granted(simon) == 15


def test_a_usual_duration_and_another_are_refused(client, invigilator, simon):
    data = minutes(7) | {"usual": "10"}

    response = client.post(url("add_time", simon), data, **HTMX)

    assert response.status_code == 422
    sentence = "Choisissez une durée proposée ou écrivez-en une, pas les deux."
    assert sentence in words(element(response, ".form-errors"))
    assert element(response, "#id_minutes")["value"] == "7"
    assert element(response, "input[name=usual][value='10']").has_attr("checked")
    assert granted(simon) == 0


def test_a_usual_duration_written_again_is_added_once(client, invigilator, simon):
    client.post(url("add_time", simon), minutes(10) | {"usual": "10"}, **HTMX)

    assert granted(simon) == 10


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"minutes": ""}, "Choisissez une durée, ou écrivez-la."),
        ({"minutes": "0"}, "Indiquez au moins 1."),
        ({"minutes": "121"}, "Indiquez au plus 120."),
        ({"minutes": "dix"}, "Indiquez un nombre, avec des chiffres uniquement."),
        ({"reason": ""}, "Choisissez une raison."),
        ({"reason": "caprice"}, "Choisissez une raison de la liste."),
        ({"reason": "other", "detail": ""}, "Précisez la raison en quelques mots."),
        ({"detail": "a\x00b"}, "Ce champ contient un caractère non autorisé."),
        ({"usual": "12", "minutes": ""}, "Choisissez une durée de la liste."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    client, invigilator, simon, wrong, sentence
):
    data = minutes(10, detail="vidéoprojecteur") | wrong

    response = client.post(url("add_time", simon), data, **HTMX)

    assert response.status_code == 422
    assert sentence in words(element(response, ".form-errors"))
    assert element(response, "#id_minutes").get("value", "") == str(data["minutes"])
    assert not TimeGrant.objects.exists()


def test_minutes_equal_to_the_extra_time_are_asked_again(client, invigilator, session, bank):
    candidate = another(session, extra_time_percent=33)

    response = client.post(url("add_time", candidate), minutes(35), **HTMX)

    assert response.status_code == 409
    asked = element(response, "#to-confirm")
    assert "temps majoré 33 % déjà compté : + 35 min." in words(asked)
    assert granted(candidate) == 0


def test_more_than_all_that_may_be_added_is_to_correct(client, invigilator, session, simon):
    for _ in range(2):
        exam_actions.grant_minutes(
            session, [simon.pk], minutes=115, reason=GrantReason.ROOM, by=invigilator
        )

    response = client.post(url("add_time", simon), minutes(20, detail="panne"), **HTMX)

    assert response.status_code == 422
    assert "plus de 240 min en tout" in words(element(response, "#id_minutes_error"))
    assert element(response, "#id_minutes")["value"] == "20"
    assert granted(simon) == 230


def test_confirmed_they_are_added(client, invigilator, session, bank):
    candidate = another(session, extra_time_percent=33)
    asked = client.post(url("add_time", candidate), minutes(35), **HTMX)
    confirmed = element(asked, "[name=confirmed]")["value"]

    response = client.post(url("add_time", candidate), minutes(35, confirmed=confirmed), **HTMX)

    assert response.status_code == 200
    assert granted(candidate) == 35


def test_who_finished_meanwhile_gets_nothing_and_his_true_row_is_shown(
    client, invigilator, session, bank
):
    candidate = situations.finished(session=session).candidate

    response = client.post(url("add_time", candidate), minutes(), **HTMX)

    assert response.status_code == 409
    assert words(element(response, REFUSED)).count(str(candidate)) == 1
    assert "(test terminé)" in words(element(response, REFUSED))
    assert words(row(response, candidate).select_one(".badge")) == "Terminé"


def test_without_javascript_it_leads_back_to_the_list(client, session, invigilator, simon):
    response = client.post(url("add_time", simon), minutes(10))

    assert response.status_code == 302
    assert response.url == url("board", session)
    assert granted(simon) == 10


def test_a_retry_adds_once(client, invigilator, simon):
    data = minutes(10, operation=uuid.uuid4())

    first, second = (client.post(url("add_time", simon), data, **HTMX) for _ in range(2))

    assert words(element(first, SAID)) == words(element(second, SAID))
    assert granted(simon) == 10


def held_by(dialog):
    return {"last_grant": element(dialog, "[name=last_grant]")["value"]}


def test_minutes_that_somebody_added_meanwhile_are_told_before_more_are_added(
    client, invigilator, simon
):
    held = held_by(client.get(url("add_time", simon), **HTMX))
    camille = UserFactory(first_name="Camille", last_name="Martin")
    grant(simon, 10, by=camille)

    asked = client.post(url("add_time", simon), minutes(10, **held), **HTMX)

    assert asked.status_code == 409
    assert (
        "Camille MARTIN a ajouté + 10 min à DURAND Simon depuis que cette fenêtre est ouverte "
        "(incident dans la salle)."
    ) in words(element(asked, "dialog"))
    assert granted(simon) == 10

    sure = {
        **minutes(10, **held_by(asked)),
        "confirmed": element(asked, "[name=confirmed]")["value"],
    }
    client.post(url("add_time", simon), sure, **HTMX)
    assert granted(simon) == 20


def test_minutes_added_before_the_window_was_opened_ask_nothing(client, invigilator, simon):
    grant(simon, 10)
    held = held_by(client.get(url("add_time", simon), **HTMX))

    assert client.post(url("add_time", simon), minutes(5, **held), **HTMX).status_code == 200
    assert granted(simon) == 15


# --- Several --------------------------------------------------------------------------------------


def test_two_who_add_minutes_to_the_room_at_once_add_them_once(client, session, invigilator, simon):
    second = another(session)
    held = held_by(client.get(url("add_time_room", session), **HTMX))
    grant(simon, 10, second, by=UserFactory(first_name="Camille", last_name="Martin"))

    data = minutes(10, candidates=[simon.pk, second.pk], **held)
    asked = client.post(url("add_time_room", session), data, **HTMX)

    assert asked.status_code == 409
    assert "Camille MARTIN a ajouté + 10 min à 2 de ces candidats" in words(
        element(asked, "dialog")
    )
    assert (granted(simon), granted(second)) == (10, 10)


def test_the_room_is_listed_with_who_gets_nothing_and_why(client, session, invigilator, simon):
    CandidateFactory(session=session, birth_name="Absent", first_name="Jean")

    dialog = client.get(url("add_time_room", session), **HTMX)

    assert [box["value"] for box in element(dialog, "dialog").select("[name=candidates]")] == [
        str(simon.pk)
    ]
    assert "ABSENT Jean : absent" in words(element(dialog, "details.fold"))


def test_before_it_is_sent_the_window_says_that_the_end_of_the_room_stays(
    client, session, invigilator, simon
):
    dialog = client.get(url("add_time_room", session), **HTMX)

    assert words(element(dialog, "#room-end-stays")) == (
        "La fin de salle annoncée reste 10 h 47 ; chaque candidat a sa propre fin."
    )


def test_nobody_is_ticked_at_first(client, session, invigilator, simon):
    dialog = client.get(url("add_time_room", session), **HTMX)

    assert not element(dialog, "dialog").select("[name=candidates][checked]")


def test_those_ticked_get_the_minutes(client, session, invigilator, simon):
    second, third = another(session), another(session)
    data = minutes(10, candidates=[simon.pk, second.pk])

    response = client.post(url("add_time_room", session), data, **HTMX)

    assert words(element(response, SAID)) == (
        "+ 10 min pour 2 candidats ; la fin de salle annoncée reste 10 h 47, chacun a la sienne."
    )
    assert set(rows_sent(response)) == {f"candidate-{simon.pk}", f"candidate-{second.pk}"}
    assert [granted(each) for each in (simon, second, third)] == [10, 10, 0]


def test_who_finished_since_the_list_was_shown_is_named(client, session, invigilator, simon):
    gone = another(session, birth_name="Finot", first_name="Léa")
    actions.end_test(gone, by=UserFactory())
    data = minutes(10, candidates=[simon.pk, gone.pk])

    response = client.post(url("add_time_room", session), data, **HTMX)

    assert words(element(response, SAID)) == (
        "+ 10 min pour DURAND Simon : fin à 10 h 57. Sans changement : FINOT Léa (test terminé)."
    )


def test_nobody_ticked_is_to_correct_and_the_minutes_are_kept(client, session, invigilator, simon):
    response = client.post(url("add_time_room", session), minutes(12), **HTMX)

    assert response.status_code == 422
    assert "Choisissez au moins un candidat." in words(element(response, ".form-errors"))
    assert element(response, "#id_minutes")["value"] == "12"


def test_the_ticks_are_kept_when_something_else_is_wrong(client, session, invigilator, simon):
    data = minutes(10, candidates=[simon.pk], reason="")

    response = client.post(url("add_time_room", session), data, **HTMX)

    assert element(response, f"#grant-{simon.pk}").has_attr("checked")


def test_a_candidate_of_another_session_cannot_be_chosen(client, session, invigilator, simon):
    stranger = situations.started().candidate
    data = minutes(10, candidates=[stranger.pk])

    assert client.post(url("add_time_room", session), data, **HTMX).status_code == 422
    assert granted(stranger) == 0


# --- Extra time -----------------------------------------------------------------------------------


def test_extra_time_forgotten_is_set_and_its_report_written(client, invigilator, session, simon):
    response = client.post(url("extra_time", simon), {"percent": "33"}, **HTMX)

    assert words(element(response, SAID)) == "Temps majoré de DURAND Simon : 33 %, + 35 min."
    assert "fin 11 h 21" in words(row(response, simon))
    assert IncidentReport.objects.get().code.code == "C2"


def test_the_dialog_promises_the_report(client, invigilator, simon):
    dialog = words(element(client.get(url("extra_time", simon), **HTMX), "dialog"))

    assert "le signalement C2" in dialog


def test_no_report_is_promised_that_the_nomenclature_of_the_day_lacks(client, invigilator, simon):
    IncidentCode.objects.filter(code="C2").update(active_from=None)

    dialog = words(element(client.get(url("extra_time", simon), **HTMX), "dialog"))

    assert "Son heure de fin change aussitôt." in dialog
    assert "C2" not in dialog


def test_extra_time_is_set_before_the_start(client, invigilator, session):
    candidate = CandidateFactory(session=session)

    client.post(url("extra_time", candidate), {"percent": "50 %"}, **HTMX)

    assert Candidate.objects.get().extra_time_percent == 50


def test_it_is_taken_away(client, invigilator, session):
    candidate = CandidateFactory(session=session, extra_time_percent=33, birth_name="Zola")

    response = client.post(url("extra_time", candidate), {"percent": ""}, **HTMX)

    assert words(element(response, SAID)) == "ZOLA Ada n’a pas de temps majoré."


def test_the_dialog_shows_what_the_list_holds(client, invigilator, session):
    candidate = CandidateFactory(session=session, extra_time_percent=33)

    assert element(client.get(url("extra_time", candidate)), "#id_percent")["value"] == "33"


def test_what_a_candidate_needs_is_read_where_his_time_is_set(client, session, invigilator):
    candidate = CandidateFactory(session=session, accessibility_need="Agrandisseur")

    dialog = words(element(client.get(url("extra_time", candidate), **HTMX), "dialog"))

    assert "Besoin d’accessibilité : Agrandisseur" in dialog


@pytest.mark.parametrize("typed", ["101", "beaucoup", "-5"])
def test_what_is_no_percentage_is_refused(client, invigilator, session, typed):
    candidate = CandidateFactory(session=session)

    response = client.post(url("extra_time", candidate), {"percent": typed}, **HTMX)

    assert response.status_code == 422
    assert element(response, "#id_percent")["value"] == typed


# --- Authorise + n minutes ------------------------------------------------------------------------


@pytest.fixture
def cut_off(simon):
    """Cut off for 3 min 20 s, he asks from another computer."""
    Beat.objects.update(last_seen_at=timezone.now() - timedelta(minutes=3, seconds=20))
    exam_actions.ask_to_resume(simon, by=simon.user)
    return simon


def test_who_asks_is_proposed_the_time_of_his_cut(client, session, invigilator, cut_off):
    links = element(client.get(url("board", session)), "#asks").select("a")

    assert [words(link) for link in links] == [
        "Autoriser : DURAND Simon",
        "Autoriser + 4 min : DURAND Simon",
        "Refuser : DURAND Simon",
    ]


def test_the_dialog_has_the_measured_gap_and_the_minutes(client, invigilator, cut_off):
    dialog = client.get(url("resume_authorise", cut_off, minutes=4), **HTMX)

    assert "Coupure de 4 min avant sa demande." in words(element(dialog, "#resume-gap"))
    assert element(dialog, "#id_minutes")["value"] == "4"


def test_the_time_he_waits_is_lost_too(client, invigilator, cut_off):
    with later(8):
        dialog = client.get(url("resume_authorise", cut_off, minutes=4), **HTMX)

    assert words(element(dialog, "#resume-gap")) == (
        "Coupure de 4 min avant sa demande, puis 8 min d’attente. Vide : aucune minute ajoutée."
    )
    assert not element(dialog, "form").select("#propose")
    assert element(dialog, "#id_minutes")["value"] == "12"


def test_a_minute_that_has_begun_counts(client, invigilator, simon):
    Beat.objects.update(last_seen_at=timezone.now() - timedelta(seconds=50))
    exam_actions.ask_to_resume(simon, by=simon.user)

    dialog = client.get(url("resume_authorise", simon), **HTMX)

    assert "Coupure de 1 min avant sa demande." in words(element(dialog, "#resume-gap"))


def test_who_waits_after_a_sign_of_life_is_proposed_his_wait(client, invigilator, simon):
    exam_actions.ask_to_resume(simon, by=simon.user)

    with later(8):
        dialog = client.get(url("resume_authorise", simon), **HTMX)

    assert words(element(dialog, "#resume-gap")).startswith(
        "Sans coupure avant sa demande. 8 min d’attente depuis sa demande."
    )


def test_no_more_is_proposed_than_may_be_added(client, invigilator, cut_off):
    with later(180):
        dialog = client.get(url("resume_authorise", cut_off), **HTMX)

    assert element(dialog, "#propose")["data-propose"] == "120"


def test_the_list_proposes_what_he_lost_since_he_was_cut(client, session, invigilator, cut_off):
    with later(8):
        exam_actions.note_silences(session)
        group = element(client.get(url("board", session)), "#asks")

    assert words(group.select_one(".more")) == "Autoriser + 12 min : DURAND Simon"
    assert "coupure 4 min + attente 8 min · q. 1/48" in words(group)


def test_a_forgotten_extra_time_is_no_reason_to_add_minutes(client, invigilator, simon):
    reasons = element(client.get(url("add_time", simon), **HTMX), "#id_reason").select("option")

    assert [words(reason) for reason in reasons] == [
        "Choisissez",
        "coupure ou attente",
        "problème sur une question",
        "incident dans la salle",
        "autre raison",
    ]


def test_whose_code_is_typed_is_not_told_to_type_it(client, invigilator, simon, cut_off):
    waits = words(element(client.get(url("resume_authorise", cut_off), **HTMX), "dialog"))

    assert "Si la page a été rechargée, le code est à taper de nouveau." in waits
    assert "avec le code d’accès" not in waits


def test_authorised_alone_nothing_is_added(client, invigilator, cut_off):
    dialog = client.get(url("resume_authorise", cut_off), **HTMX)
    assert "value" not in element(dialog, "#id_minutes").attrs

    response = client.post(url("resume_authorise", cut_off), {"minutes": ""}, **HTMX)

    assert words(element(response, SAID)) == "La reprise du test de DURAND Simon est autorisée."
    assert granted(cut_off) == 0


def test_authorised_with_minutes_both_are_done(client, invigilator, cut_off):
    response = client.post(url("resume_authorise", cut_off), {"minutes": "4"}, **HTMX)

    assert words(element(response, SAID)) == (
        "La reprise du test de DURAND Simon est autorisée, + 4 min."
    )
    assert granted(cut_off) == 4
    assert Attempt.objects.get(candidate=cut_off).right == Right.RESUME


def demand_of(dialog):
    return element(dialog, "input[name=demand]")["value"]


@pytest.mark.parametrize("second", ["resume_authorise", "resume_refuse"])
def test_the_second_tablet_is_told_the_answer_of_the_first(client, invigilator, cut_off, second):
    """Both dialogs were open: each confirms with an operation of its own."""
    opened = {name: client.get(url(name, cut_off), **HTMX) for name in ("resume_authorise", second)}
    data = {"minutes": "5", "demand": demand_of(opened["resume_authorise"])}
    client.post(url("resume_authorise", cut_off), data, **HTMX)

    response = client.post(
        url(second, cut_off), data | {"demand": demand_of(opened[second])}, **HTMX
    )

    assert response.status_code == 409
    assert words(element(response, REFUSED)) == (
        f"{cut_off} : Cette reprise a déjà été autorisée par {invigilator}."
    )
    assert words(row(response, cut_off).select_one(".badge")) == "Reprise autorisée"
    assert granted(cut_off) == 5


def test_a_mistake_in_the_minutes_keeps_the_demand_that_was_shown(client, invigilator, cut_off):
    demand = demand_of(client.get(url("resume_authorise", cut_off), **HTMX))

    response = client.post(
        url("resume_authorise", cut_off), {"minutes": "trop", "demand": demand}, **HTMX
    )

    assert response.status_code == 422
    assert demand_of(response) == demand


def test_a_refusal_asked_for_too_late_says_so(client, invigilator, simon):
    response = client.get(url("resume_refuse", simon), **HTMX)

    assert response.status_code == 409
    assert "déjà reçu une réponse" in words(element(response, REFUSED))


def test_two_who_authorise_without_a_demand_do_it_once(client, invigilator, simon):
    dialog = client.get(url("resume_authorise", simon), **HTMX)
    shown = element(dialog, "input[name=known]")["value"]
    data = {"minutes": "5", "demand": demand_of(dialog), "known": shown}
    with later(1):
        client.post(url("resume_authorise", simon), data, **HTMX)
    exam_actions.enter_test(simon, simon.session.access_code, by=simon.user)

    response = client.post(url("resume_authorise", simon), data, **HTMX)

    assert response.status_code == 409
    assert granted(simon) == 5


# --- Code given -----------------------------------------------------------------------------------


def test_one_tap_on_the_large_screen_starts_the_clock(client, session, invigilator):
    page = client.get(url("code", session))
    assert words(element(page, "#code-given")) == "Code donné"

    response = client.post(url("code_given", session))

    assert response.status_code == 302
    page = client.get(response.url)
    assert [said.text for said in element(page, "p.code-given").select("b")] == [
        "9\u00a0h\u00a002",
        "10\u00a0h\u00a047",
    ]
    assert words(element(page, "main")).count("fin de salle à") == 1


def test_from_the_list_the_head_is_renewed(client, session, invigilator):
    response = client.post(url("code_given", session), **HTMX)

    assert words(element(response, SAID)) == "Code donné à 9 h 02 : fin de salle à 10 h 47."
    assert "Fin de salle 10 h 47" in words(element(response, "#board-head"))
    assert rows_sent(response) == []


def test_given_already_the_dialog_corrects_its_hour(client, session, invigilator):
    actions.note_code_given(session, by=invigilator)
    dialog = client.get(url("code_given", session), **HTMX)
    response = client.post(url("code_given", session), {"at": "08:55"}, **HTMX)

    assert f"Noté à 9 h 02 par {invigilator.name}." in words(element(dialog, "dialog"))
    assert words(element(response, SAID)) == "Code donné à 8 h 55 : fin de salle à 10 h 40."


@pytest.mark.parametrize("typed", ["", "25:00", "23:59"])
def test_an_hour_that_cannot_be_is_said(client, session, invigilator, typed):
    response = client.post(url("code_given", session), {"at": typed}, **HTMX)

    assert response.status_code == 422
    assert ExamSession.objects.get().code_given_at is None


def test_an_hour_before_midnight_is_that_of_yesterday(client, session, invigilator):
    with time_machine.travel("2026-12-14 23:10:00+00:00", tick=False):
        client.force_login(invigilator)
        response = client.post(url("code_given", session), {"at": "23:50"}, **HTMX)

    assert response.status_code == 200
    assert words(element(response, SAID)).startswith("Code donné à 23 h 50")
    assert f"{ExamSession.objects.get().code_given_at:%d %H:%M}" == "14 22:50"


# --- Tests past their end -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "added", "lasts"), [(0, 0, "1 h 45"), (0, 5, "1 h 50"), (33, 5, "2 h 25")]
)
def test_before_the_start_the_end_counts_all_that_was_given(
    client, session, invigilator, bank, percent, added, lasts
):
    waiting = CandidateFactory(session=session, extra_time_percent=percent)
    situations.present(waiting)
    Attempt.objects.filter(candidate=waiting).update(granted_minutes=added)

    dialog = client.get(url("extra_time", waiting), **HTMX)

    assert f"Fin actuelle {lasts} après son début" in words(element(dialog, "dl.facts"))


def test_tests_past_their_end_are_listed_by_name_with_their_overrun(
    client, session, invigilator, simon
):
    another(session, extra_time_percent=33)

    with later(110):
        dialog = client.get(url("end_overdue", session), **HTMX)

    (line,) = element(dialog, "dialog").select("label.choice")
    born = simon.born.strftime("%d/%m/%Y")
    assert words(line) == f"DURAND Simon {born} · q. 1/48 · fin à 10 h 47, dépassé de 5 min"


def test_those_ticked_are_ended(client, session, invigilator, simon):
    with later(110):
        response = client.post(url("end_overdue", session), {"candidates": [simon.pk]}, **HTMX)

    assert words(element(response, SAID)) == "Le test de DURAND Simon est terminé."
    assert words(row(response, simon).select_one(".badge")) == "Terminé par le surveillant"


def test_who_got_minutes_meanwhile_is_left_and_named(client, session, invigilator, simon):
    with later(110):
        client.post(url("add_time", simon), minutes(10), **HTMX)
        response = client.post(url("end_overdue", session), {"candidates": [simon.pk]}, **HTMX)

    assert words(element(response, SAID)) == (
        "Aucun test n’a été terminé. Sans changement : DURAND Simon (temps ajouté entre-temps)."
    )
    assert Attempt.objects.get(candidate=simon).state == AttemptState.RUNNING


def test_nobody_chosen_is_said_in_the_dialog(client, session, invigilator, simon):
    with later(110):
        response = client.post(url("end_overdue", session), {"candidates": ["x", "9" * 30]}, **HTMX)

    assert response.status_code == 422
    assert "Choisissez au moins un candidat." in words(element(response, "#id_candidates_error"))


def test_when_nobody_is_past_his_end_the_dialog_says_so(client, session, invigilator, simon):
    dialog = client.get(url("end_overdue", session), **HTMX)

    assert "Aucun test en cours n’a dépassé son temps." in words(element(dialog, "dialog"))
    assert not element(dialog, "dialog").select("form")


# --- Everywhere -----------------------------------------------------------------------------------


@pytest.mark.parametrize("problems", [1, 3])
def test_whose_problem_waits_for_an_answer_is_told_before_his_test_is_ended(
    client, session, invigilator, simon, django_assert_num_queries, problems
):
    people = [simon, *(another(session) for _ in range(2))]
    for person in people[:problems]:
        attempt = Attempt.objects.get(candidate=person)
        said = {"number": 1, "text": "Image grise", "seat_key": attempt.seat_key}
        exam_actions.raise_problem(attempt, by=person.user, **said)

    with later(106), django_assert_num_queries(9):
        dialog = client.get(url("end_overdue", session), **HTMX)

    assert words(element(dialog, "dialog")).count("Son signalement sur la question 1") == problems


@pytest.mark.parametrize("name", ["add_time_room", "code_given", "end_overdue"])
def test_nothing_moves_in_a_finalised_session(client, session, invigilator, bank, name):
    finished = situations.finished(session=session)
    situations.finalised(session)
    data = minutes(10, candidates=[finished.candidate_id])

    response = client.post(url(name, session), data, **HTMX)

    assert response.status_code == 409
    assert words(element(response, REFUSED))


def test_the_room_is_listed_in_as_many_queries_for_25_as_for_1(
    client, session, invigilator, simon, django_assert_num_queries, django_assert_max_num_queries
):
    with django_assert_max_num_queries(15) as one:
        client.get(url("add_time_room", session), **HTMX)
    for _ in range(24):
        another(session)

    with django_assert_num_queries(len(one)):
        client.get(url("add_time_room", session), **HTMX)


def test_tests_past_their_end_are_ended_in_as_many_queries_for_20_as_for_1(
    session, invigilator, simon, django_assert_num_queries, django_assert_max_num_queries
):
    with later(110), django_assert_max_num_queries(12) as one:
        actions.end_overdue_tests(session, [simon.pk], by=invigilator)
    people = [another(session) for _ in range(20)]

    with later(110), django_assert_num_queries(len(one)):
        actions.end_overdue_tests(session, [each.pk for each in people], by=invigilator)


def test_the_end_of_the_room_beside_a_personal_one_follows_the_code_given(
    client, invigilator, session, bank
):
    simon = situations.started(session=session, extra_time_percent=33).candidate
    session.refresh_from_db()

    client.post(url("code_given", session), {}, **HTMX)

    assert f"candidate-{simon.pk}" in rows_sent(live(client, session, session.version))
