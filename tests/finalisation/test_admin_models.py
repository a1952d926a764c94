import datetime

import pytest
from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from certif.accounts.models import Centre, Membership, User
from certif.audit.models import AuditEvent
from exam.models import Question
from invigilation.models import IncidentCode, IncidentReport
from tests import situations
from tests.factories import (
    PASSWORD,
    CandidateFactory,
    CentreFactory,
    ExamSessionFactory,
    MembershipFactory,
    QuestionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    officer = UserFactory(officer=True)
    client.force_login(officer)
    return officer


@pytest.fixture
def code(db):
    return IncidentCode.objects.filter(code="C3", active_from__isnull=False).first()


def report_with(code):
    return IncidentReport.objects.create(
        candidate=CandidateFactory(),
        code=code,
        needs_description=code.needs_description,
        needs_question=code.needs_question,
        description="Arrivé à 9 h 20.",
        written_by=UserFactory(),
        written_on="board",
    )


def code_fields(line, **fields):
    return {
        "code": line.code,
        "category": line.category,
        "label": line.label,
        "rank": line.rank,
        "needs_description": "on",
        "active_from": line.active_from,
        "active_until": "",
        **fields,
    }


def errors_of(soup, response):
    return [error.text for error in soup(response).select("ul.errorlist li")]


# The nomenclature


def test_a_line_of_the_nomenclature_is_given_an_end(client, officer, code):
    path = reverse("admin:invigilation_incidentcode_change", args=[code.pk])

    client.post(path, code_fields(code, active_until="31/12/2040"))

    code.refresh_from_db()
    assert code.active_until == datetime.date(2040, 12, 31)


def test_a_code_means_one_thing_on_one_day(client, officer, code, soup):
    path = reverse("admin:invigilation_incidentcode_add")

    response = client.post(path, code_fields(code, active_from="01/09/2040", label="Autre sens"))

    assert errors_of(soup, response) == [
        "Le code C3 est déjà en vigueur à ces dates. Donnez d’abord une fin à l’autre ligne."
    ]


def test_a_code_used_by_a_report_is_not_deleted(client, officer, code):
    report_with(code)

    response = client.post(
        reverse("admin:invigilation_incidentcode_delete", args=[code.pk]), {"post": "yes"}
    )

    assert IncidentCode.objects.filter(pk=code.pk).exists()
    assert "objets liés et protégés" in response.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("code", "C9"), ("category", "A2"), ("label", "Retard"), ("calls_for_review", "on")],
)
def test_a_code_used_by_a_report_keeps_its_meaning(client, officer, code, field, value):
    report_with(code)
    meaning = getattr(code, field)
    path = reverse("admin:invigilation_incidentcode_change", args=[code.pk])

    client.post(path, code_fields(code, **{field: value}, active_until="31/12/2040"))

    code.refresh_from_db()
    assert getattr(code, field) == meaning
    assert code.active_until == datetime.date(2040, 12, 31)


def test_a_code_never_used_can_be_worded_anew(client, officer, code):
    path = reverse("admin:invigilation_incidentcode_change", args=[code.pk])

    client.post(path, code_fields(code, label="Retard"))

    code.refresh_from_db()
    assert code.label == "Retard"


def test_the_page_of_a_code_says_to_close_it_and_open_another(client, officer, code):
    report_with(code)

    page = client.get(reverse("admin:invigilation_incidentcode_change", args=[code.pk]))

    assert "donnez-lui une fin et ouvrez-en une autre." in page.text


def test_what_an_officer_changes_of_the_nomenclature_is_in_the_trail(client, officer, code):
    path = reverse("admin:invigilation_incidentcode_change", args=[code.pk])
    client.post(path, code_fields(code, label="Autre libellé"))

    event = AuditEvent.objects.get(kind="nomenclature.edited")
    assert (event.actor_id, event.data["changes"]) == (officer.pk, "Libellé")


def test_a_code_that_is_deleted_is_in_the_trail(client, officer, code):
    client.post(reverse("admin:invigilation_incidentcode_delete", args=[code.pk]), {"post": "yes"})

    assert AuditEvent.objects.get(kind="nomenclature.deleted").data == {"what": str(code)}


def test_what_is_to_correct_in_the_admin_is_a_422_with_the_focus_there(client, officer, code, soup):
    path = reverse("admin:invigilation_incidentcode_change", args=[code.pk])
    response = client.post(path, code_fields(code, label=""))

    assert response.status_code == 422
    (focused,) = soup(response).select("[autofocus]")
    assert focused["name"] == "label"


def test_a_code_never_used_can_be_deleted(client, officer, code):
    client.post(reverse("admin:invigilation_incidentcode_delete", args=[code.pk]), {"post": "yes"})

    assert not IncidentCode.objects.filter(pk=code.pk).exists()


# The bank


WITHOUT_CHOICE = {"choices_0": "", "choices_1": ""}


def question_fields(**fields):
    return {
        "key": "1.1-99",
        "competence": "1.1",
        "is_active": "on",
        "statement": "Laquelle ?",
        "kind": "single",
        "choices_0": "Une",
        "choices_1": "Deux",
        "answers": "2",
        "image_alt": "",
        "link": "",
        "time_limit": "",
        **fields,
    }


def test_a_question_is_added(client, officer):
    client.post(reverse("admin:exam_question_add"), question_fields())

    question = Question.objects.get()
    assert (question.choices, question.answers) == (["Une", "Deux"], [1])


@pytest.mark.parametrize(
    "fields",
    [
        {"answers": "3"},
        {"answers": "0"},
        {"answers": "1 ; 2"},
        {"answers": "Deux"},
        {"choices_1": "", "answers": "1"},
        {"choices_0": "", "choices_2": "Trois"},
        {"kind": "multiple", "answers": ""},
        {"kind": "multiple", "answers": "2 ; 2"},
        {"kind": "text", "answers": "mot"},
        {**WITHOUT_CHOICE, "kind": "text", "answers": ""},
        {**WITHOUT_CHOICE, "kind": "number", "answers": "douze"},
    ],
    ids=str,
)
def test_answers_of_the_wrong_shape_are_refused(client, officer, soup, fields):
    response = client.post(reverse("admin:exam_question_add"), question_fields(**fields))

    assert errors_of(soup, response) != []
    assert not Question.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "multiple", "answers": "1 ; 2"},
        {**WITHOUT_CHOICE, "kind": "text", "answers": "tableur\nun tableur"},
        {**WITHOUT_CHOICE, "kind": "number", "answers": "12,5"},
    ],
    ids=str,
)
def test_answers_of_the_right_shape_are_kept(client, officer, fields):
    client.post(reverse("admin:exam_question_add"), question_fields(**fields))

    assert Question.objects.count() == 1


def test_a_competence_keeps_enough_questions_for_a_test(client, officer, soup, bank):
    question = bank[0]
    path = reverse("admin:exam_question_change", args=[question.pk])

    response = client.post(
        path, question_fields(key=question.key, competence=question.competence, is_active="")
    )

    question.refresh_from_db()
    assert question.is_active
    assert errors_of(soup, response) == [
        "Il faut au moins 3 questions utilisées dans chaque compétence."
    ]


def test_the_image_of_a_question_is_shown_with_its_alternative(client, officer, soup):
    question = QuestionFactory(image_alt="Un plan", image=ContentFile(b"<svg/>", "plan.svg"))

    response = client.get(reverse("admin:exam_question_change", args=[question.pk]))
    picture = soup(response, "img.preview")
    file = client.get(picture["src"])

    assert picture["alt"] == "Un plan"
    assert file.headers["Content-Type"] == "image/svg+xml"
    assert b"".join(file.streaming_content) == b"<svg/>"


def test_a_question_without_a_file_has_no_address(client, officer):
    question = QuestionFactory()

    response = client.get(reverse("admin:exam_question_file", args=[question.pk, "image"]))

    assert response.status_code == 404


def test_a_question_is_put_aside_and_never_deleted(client, officer):
    """A test that drew it may not have come to it yet."""
    question = QuestionFactory()

    response = client.post(
        reverse("admin:exam_question_delete", args=[question.pk]), {"post": "yes"}
    )

    assert response.status_code == 403
    assert Question.objects.filter(pk=question.pk).exists()


# Accounts and centres


def test_an_account_is_created_with_a_password(client, officer):
    client.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "Nouvelle@Exemple.test",
            "first_name": "Aya",
            "last_name": "Dupont",
            "usable_password": "true",
            "password1": "un-long-secret-9",
            "password2": "un-long-secret-9",
        },
    )

    user = User.objects.get(email="nouvelle@exemple.test")
    assert user.check_password("un-long-secret-9")
    assert not user.is_staff


def test_an_address_taken_in_another_case_is_refused(client, officer, soup):
    UserFactory(email="aya@exemple.test")

    response = client.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "Aya@exemple.test",
            "usable_password": "true",
            "password1": "un-long-secret-9",
            "password2": "un-long-secret-9",
        },
    )

    assert response.status_code == 422
    assert len(errors_of(soup, response)) == 1


def with_rights_on_accounts():
    from django.contrib.auth.models import Permission

    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__model="user"))
    return user


def test_only_who_has_every_right_gives_rights(client):
    client.force_login(with_rights_on_accounts())
    person = UserFactory()

    client.post(
        reverse("admin:accounts_user_change", args=[person.pk]),
        {"email": person.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"},
    )

    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser) == (False, False)


def test_who_does_not_have_every_right_cannot_set_the_password_of_an_officer(client):
    client.force_login(with_rights_on_accounts())
    officer = UserFactory(officer=True)

    response = client.post(
        reverse("admin:auth_user_password_change", args=[officer.pk]),
        {"password1": "un-long-secret-9", "password2": "un-long-secret-9"},
    )

    assert response.status_code == 403


def test_the_rights_given_to_an_account_are_in_the_trail(client):
    chief, person = UserFactory(officer=True, is_superuser=True), UserFactory()
    client.force_login(chief)
    client.post(
        reverse("admin:accounts_user_change", args=[person.pk]),
        {"email": person.email, "is_active": "on", "is_staff": "on"},
    )

    event = AuditEvent.objects.get(kind="account.edited")
    assert (event.actor_id, event.data["person"]) == (chief.pk, person.pk)


def test_a_password_that_an_officer_chooses_is_in_the_trail(client, officer):
    person = UserFactory()
    client.post(
        reverse("admin:auth_user_password_change", args=[person.pk]),
        {"password1": "un-long-secret-9", "password2": "un-long-secret-9"},
    )

    assert AuditEvent.objects.get(kind="account.password_set").data == {"person": person.pk}


def test_an_account_is_never_deleted_here(client, officer):
    person = UserFactory()

    response = client.post(reverse("admin:accounts_user_delete", args=[person.pk]), {"post": "yes"})

    assert response.status_code == 403


def test_a_membership_is_ended_not_deleted(client, officer):
    membership = MembershipFactory()
    centre = membership.centre

    client.post(
        reverse("admin:accounts_centre_change", args=[centre.pk]),
        {
            "name": centre.name,
            "kind": "SCO",
            "time_zone": "Europe/Paris",
            "memberships-TOTAL_FORMS": 1,
            "memberships-INITIAL_FORMS": 1,
            "memberships-0-id": membership.pk,
            "memberships-0-centre": centre.pk,
            "memberships-0-user": membership.user_id,
            "memberships-0-role": "member",
            "memberships-0-DELETE": "on",
        },
    )

    membership = Membership.objects.get(pk=membership.pk)
    assert (membership.role, membership.is_active) == ("member", False)


def centre_fields(centre, *memberships):
    """What the page of a centre sends: each membership as (its id or "", fields)."""
    sent = {
        "name": centre.name,
        "kind": "SCO",
        "time_zone": "Europe/Paris",
        "memberships-TOTAL_FORMS": len(memberships),
        "memberships-INITIAL_FORMS": sum(bool(pk) for pk, _fields in memberships),
    }
    for n, (pk, fields) in enumerate(memberships):
        row = {"id": pk, "centre": centre.pk, "role": "manager", **fields}
        sent |= {f"memberships-{n}-{name}": value for name, value in row.items()}
    return sent


def edit_centre(client, centre, *memberships, **fields):
    address = reverse("admin:accounts_centre_change", args=[centre.pk])
    return client.post(address, centre_fields(centre, *memberships) | fields)


def told_of(centre):
    events = AuditEvent.objects.filter(centre_id=centre.pk).order_by("pk")
    return [(event.kind, event.data.get("role")) for event in events]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"role": "member", "is_active": "on"}, [("membership.role_changed", "membre")]),
        ({"role": "manager"}, [("membership.removed", "administrateur")]),
        ({"role": "manager", "is_active": "on"}, []),
    ],
    ids=["role", "ended", "untouched"],
)
def test_what_an_officer_does_to_a_membership_is_in_the_trail(client, officer, fields, told):
    membership = MembershipFactory()
    fields |= {"user": membership.user_id}

    edit_centre(client, membership.centre, (membership.pk, fields))

    assert told_of(membership.centre) == told


def test_a_membership_given_by_an_officer_is_in_the_trail(client, officer):
    centre, user = CentreFactory(), UserFactory()

    edit_centre(client, centre, ("", {"user": user.pk, "is_active": "on"}))

    assert told_of(centre) == [("membership.granted", "administrateur")]
    assert AuditEvent.objects.get().data["person"] == user.pk


def test_a_membership_is_not_handed_to_somebody_else(client, officer):
    membership, other = MembershipFactory(), UserFactory()

    edit_centre(client, membership.centre, (membership.pk, {"user": other.pk, "is_active": "on"}))

    assert Membership.objects.get().user == membership.user


def test_what_an_officer_changes_of_a_centre_is_in_the_trail(client, officer):
    centre = CentreFactory()

    edit_centre(client, centre, time_zone="Pacific/Noumea", city="Nouméa")

    event = AuditEvent.objects.get()
    assert (event.kind, event.data["changes"]) == ("centre.edited", "Ville, Fuseau horaire")


def test_the_open_sessions_of_a_centre_follow_its_zone(client, officer):
    session = ExamSessionFactory()

    edit_centre(client, session.centre, time_zone="Pacific/Noumea")

    session.refresh_from_db()
    assert session.time_zone == "Pacific/Noumea"


def test_an_officer_reads_how_many_sessions_followed_the_zone(client, officer):
    session = ExamSessionFactory()

    edit_centre(client, session.centre, time_zone="Pacific/Noumea")

    page = client.get(reverse("admin:accounts_centre_changelist"))
    assert "1 session ouverte suit le nouveau fuseau" in page.text


def test_a_new_centre_is_in_the_trail(client, officer):
    client.post(reverse("admin:accounts_centre_add"), centre_fields(Centre(name="Lycée de Dumbéa")))

    assert told_of(Centre.objects.get()) == [("centre.created", None)]


def test_an_address_replaced_by_an_officer_no_longer_opens_the_account(client, officer):
    person = UserFactory(email="ancienne@exemple.test")
    EmailAddress.objects.create(user=person, email=person.email, primary=True)

    client.post(
        reverse("admin:accounts_user_change", args=[person.pk]),
        {"email": "nouvelle@exemple.test", "is_active": "on"},
    )

    entrance = reverse("account_login")
    old = Client().post(entrance, {"login": "ancienne@exemple.test", "password": PASSWORD})
    new = Client().post(entrance, {"login": "nouvelle@exemple.test", "password": PASSWORD})
    assert (old.status_code, new.status_code) == (422, 302)


def test_an_unknown_time_zone_is_refused(client, officer, soup):
    response = client.post(
        reverse("admin:accounts_centre_add"),
        {
            "name": "Lycée",
            "kind": "SCO",
            "time_zone": "Paris",
            "memberships-TOTAL_FORMS": 0,
            "memberships-INITIAL_FORMS": 0,
        },
    )

    assert errors_of(soup, response) == ["« Paris » n’est pas un fuseau horaire connu."]


# The trail


def test_the_trail_is_read_as_sentences(client, officer, soup, bank):
    session = situations.finalised()

    response = client.get(reverse("admin:audit_auditevent_changelist"), {"q": session.pk})

    told = [cell.text for cell in soup(response).select(".field-told")]
    assert f"{session.finalised_by.name} a finalisé la session (dans les 48 heures)." in told


def test_the_trail_tells_its_kinds_in_french(client, officer, soup, bank):
    situations.finalised()

    page = soup(client.get(reverse("admin:audit_auditevent_changelist")), "#content")

    assert "… a finalisé la session" in page.text
    assert "session.finalised" not in page.text


def test_the_trail_says_the_zone_of_its_hours(client, officer, soup, bank):
    situations.finalised()

    titles = soup(client.get(reverse("admin:audit_auditevent_changelist"))).select("thead th")

    assert "Date (heure de Paris)" in titles[0].text


def test_the_trail_is_filtered_by_kind(client, officer, soup, bank):
    situations.finalised()

    response = client.get(
        reverse("admin:audit_auditevent_changelist"), {"nature": "session.finalised"}
    )

    assert len(soup(response).select(".field-told")) == 1


def test_one_line_of_the_trail_is_read_and_not_edited(client, officer, bank):
    situations.finalised()
    event = AuditEvent.objects.first()
    path = reverse("admin:audit_auditevent_change", args=[event.pk])

    response = client.post(path, {"kind": "autre"})

    assert client.get(path).status_code == 200
    assert response.status_code == 403


@pytest.mark.parametrize("count", [1, 25])
def test_the_trail_costs_the_same_for_1_and_25_lines(
    client, officer, count, django_assert_max_num_queries
):
    centre = CentreFactory()
    AuditEvent.objects.bulk_create(
        AuditEvent(kind="centre.created", actor_id=UserFactory().pk, centre_id=centre.pk)
        for _ in range(count)
    )

    with django_assert_max_num_queries(6):
        client.get(reverse("admin:audit_auditevent_changelist"))


@pytest.mark.parametrize(
    "name",
    [
        "accounts_user_changelist",
        "accounts_user_add",
        "accounts_centre_changelist",
        "accounts_centre_add",
        "exam_question_changelist",
        "exam_question_add",
        "invigilation_incidentcode_changelist",
        "invigilation_incidentcode_add",
        "index",
    ],
)
def test_each_page_opens(client, officer, bank, name):
    assert client.get(reverse(f"admin:{name}")).status_code == 200
