"""A login about to end: the page asks, one press or typing prolongs, and what is typed outlives the end."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import expect

from tests.e2e.conftest import DESK
from tests.factories import PASSWORD, CentreFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

WARNED_AT = "26:00"
TEXT = "Marie-Ange"


@pytest.fixture
def user():
    return UserFactory(first_name="", last_name="Le Goff")


@pytest.fixture
def person(somebody, user, settings):
    settings.LOGIN_IDLE, settings.LOGIN_WARNING = timedelta(minutes=30), timedelta(minutes=5)
    person = somebody(DESK).is_logged_in(user)
    person.page.clock.install()
    person.go("/compte/")
    person.page.get_by_label("Prénom").fill(TEXT)
    return person


def time_passes(person):
    """As much as it takes the page to look at what remains."""
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=4))
    person.page.clock.fast_forward(WARNED_AT)


def asks(person):
    time_passes(person)
    person.page.locator("#stay").get_by_text("vous serez déconnecté dans").wait_for()


def presses_while(person, network, sentence):
    """What staying is answered meanwhile; the page itself cannot be asked for."""
    person.page.route("**/compte/rester/", network)
    person.page.route("**/compte/", busy)
    person.press("Rester connecté")
    person.reads(sentence)
    person.page.unroute("**/compte/rester/")
    person.page.unroute("**/compte/")
    person.faults.clear()


def cut(route):
    route.abort()


def busy(route):
    route.fulfill(status=503)


def refused(route):
    route.fulfill(status=403)


def silent(route):
    """Neither answered nor cut: what is sent on this line is lost."""


def is_prolonged(person):
    person.page.locator("#stay").wait_for(state="hidden")
    return Session.objects.get().expire_date > timezone.now() + timedelta(minutes=29)


def ends(person):
    Session.objects.all().delete()
    person.page.clock.fast_forward("31:00")
    person.page.get_by_text("Votre connexion au service a expiré").wait_for()


def logs_in_again(person, user):
    with person.page.expect_popup() as opened:
        person.page.get_by_role("link", name="Me reconnecter").click()
    tab = opened.value
    tab.get_by_label("Adresse e-mail").fill(user.email)
    tab.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Je me connecte").click()
    tab.get_by_role("heading", name="Vous êtes de nouveau connecté").wait_for()
    tab.close()
    person.page.bring_to_front()
    person.page.clock.fast_forward("00:20")
    person.page.locator("#login").wait_for(state="hidden")


def test_what_is_typed_outlives_the_warning_and_the_end(person, user):
    field = person.page.get_by_label("Prénom")
    with person.page.expect_response("**/compte/rester/"):
        time_passes(person)
    assert is_prolonged(person), "by what was typed since the page came"

    asks(person)
    person.look()
    presses_while(person, cut, "Connexion interrompue")
    presses_while(person, busy, "Le serveur n’a pas répondu")
    presses_while(person, refused, "Cela n’a pas été accepté")
    person.press("Rester connecté")
    assert is_prolonged(person)

    asks(person)
    field.press("End")
    field.press_sequentially("l")
    assert is_prolonged(person)

    ends(person)
    person.look()
    person.press("Enregistrer")
    assert field.input_value() == TEXT + "l"

    logs_in_again(person, user)
    person.press("Enregistrer")
    person.reads("Votre nom est enregistré")
    user.refresh_from_db()
    assert user.first_name == TEXT + "l"


def test_the_warning_counts_the_minutes_left_and_tells_no_hour_of_the_screen(person):
    with person.page.expect_response("**/compte/rester/"):
        time_passes(person)
    asks(person)
    left = person.page.locator("#stay-in")
    expect(left).to_have_text("4\u00a0minutes")

    person.page.context.set_offline(True)
    person.page.clock.fast_forward("01:00")

    expect(left).to_have_text("3\u00a0minutes")
    person.faults.clear()


def test_what_is_sent_after_an_end_that_nobody_saw_is_still_there_after_the_login(person, user):
    field = person.page.get_by_label("Prénom")
    person.page.clock.fast_forward("02:00")
    person.page.context.set_offline(True)
    person.press("Enregistrer")
    cut_off = person.page.get_by_text("Connexion interrompue : rien n’est changé")
    cut_off.wait_for()
    person.page.context.set_offline(False)
    person.faults.clear()

    person.page.route("**/compte/connexion/", silent)
    person.press("Enregistrer")
    cut_off.wait_for(state="hidden")
    person.page.locator("form.is-sending").wait_for()
    person.page.clock.fast_forward("00:10")
    cut_off.wait_for()
    assert person.page.locator("form.is-sending").count() == 0
    person.page.unroute("**/compte/connexion/")
    Session.objects.all().delete()

    person.press("Enregistrer")
    person.reads("Votre connexion au service a expiré")
    cut_off.wait_for(state="hidden")
    assert field.input_value() == TEXT

    logs_in_again(person, user)
    person.press("Enregistrer")
    person.reads("Votre nom est enregistré")
    user.refresh_from_db()
    assert user.first_name == TEXT


def test_an_officer_is_warned_and_keeps_what_is_typed(somebody, settings):
    settings.LOGIN_IDLE, settings.LOGIN_WARNING = timedelta(minutes=30), timedelta(minutes=5)
    centre = CentreFactory(name="Lycée Ancien")
    officer = UserFactory(officer=True)
    person = somebody(DESK).is_logged_in(officer)
    person.page.clock.install()
    person.go(f"/admin/accounts/centre/{centre.pk}/change/")
    asks(person)
    person.look()
    person.press("Rester connecté")
    assert is_prolonged(person)

    field = person.page.get_by_label("Nom :")
    field.fill("Lycée Nouveau")
    ends(person)
    person.look()
    logs_in_again(person, officer)
    person.press("Enregistrer", exact=True)
    person.page.wait_for_url("**/admin/accounts/centre/")
    centre.refresh_from_db()
    assert centre.name == "Lycée Nouveau"


def test_a_screen_that_nobody_touches_does_not_prolong_itself(somebody, user, settings):
    settings.LOGIN_IDLE, settings.LOGIN_WARNING = timedelta(seconds=4), timedelta(seconds=1)
    person = somebody(DESK).is_logged_in(user).go("/compte/")

    person.page.wait_for_url("**/connexion/?next=/compte/")

    assert not Session.objects.filter(expire_date__gt=timezone.now()).exists()


def test_a_page_where_nothing_is_typed_is_left_for_the_login(person):
    person.page.get_by_label("Prénom").fill("")
    Session.objects.all().delete()

    person.page.clock.fast_forward("31:00")

    person.page.wait_for_url("**/connexion/?next=/compte/")
