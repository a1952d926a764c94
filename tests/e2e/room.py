"""An invigilator at his tablet, let in at once: what he does there, and where it leaves him."""

from django.conf import settings
from django.test import Client

from tests import situations
from tests.e2e.keyboard import Keyboard

LANDSCAPE = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}
IN_ROW = "id => document.getElementById(id).contains(document.activeElement)"


def opens_the_room(person, session):
    """With the access of an invigilator and his cookie: the doors have their own tests."""
    client = Client()
    client.force_login(situations.invigilator_of(session))
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": value, "url": person.base_url}
    person.context.add_cookies([cookie])
    person.go(f"/surveillance/{session.pk}/")
    person.page.locator("#rows .row").first.wait_for()
    return person


def row(tablet, candidate):
    return tablet.page.locator(f"#candidate-{candidate.pk}")


def asks_for(tablet, candidate, action):
    """The dialog of an entry of the menu, by the keyboard alone."""
    keyboard = Keyboard(tablet)
    tablet.page.locator(f"#menu-button-{candidate.pk}").focus()
    tablet.page.keyboard.press("Enter")
    keyboard.tab_to(tablet.page.locator(f"#{action}-{candidate.pk}"))
    tablet.page.keyboard.press("Enter")
    dialog = tablet.page.get_by_role("dialog")
    dialog.wait_for()
    return dialog


def confirms(tablet, dialog):
    button = dialog.locator("button.primary")
    Keyboard(tablet).tab_to(button)
    tablet.page.keyboard.press("Enter")
    dialog.wait_for(state="detached")


def is_told(tablet, sentence):
    """One sentence, in the live region, and no alarm."""
    said = tablet.page.locator("#status > span", has_text=sentence)
    said.wait_for()
    assert said.count() == 1
    assert tablet.page.locator("#status > span").inner_text().strip() == sentence
    assert tablet.page.locator("#alert").inner_text() == ""


def keeps_the_focus_in(tablet, candidate):
    """In the row at once, and still when the next poll has brought the row again."""
    where = f"candidate-{candidate.pk}"
    tablet.page.wait_for_function(IN_ROW, arg=where)
    with tablet.page.expect_response(lambda answer: "/live" in answer.url):
        pass
    tablet.page.wait_for_function(IN_ROW, arg=where)
