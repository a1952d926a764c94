"""The pages of a candidate, open in a browser, asked in front of Django and of Django; what ends their right."""

import json
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from sessions.models import Candidate
from tests.exam.browsers import browser, holding
from tests.factories import UserFactory
from tests.in_front import cookies_of, in_front
from tests.invigilation.pages import element


class Page:
    """A page of a candidate, open in a browser: its cookies, and the token of its head."""

    def __init__(self, name, candidate, client):
        self.candidate, self.browser = candidate, client
        self.browser.handler.enforce_csrf_checks = True
        page = self.browser.get(self.at(name))
        self.token = json.loads(element(page, "body")["hx-headers"])["x-csrftoken"]

    def at(self, name):
        return reverse(f"exam:{name}", args=[self.candidate.pk])

    def cookies(self, **changes):
        return {**cookies_of(self.browser), **changes}


class Test(Page):
    """The page that shows a question."""

    __test__ = False

    def __init__(self, attempt, client=None):
        super().__init__("test", attempt.candidate, client or holding(attempt))

    def in_front(self, query="", *, cookies=None, **values):
        values = {"REQUEST_METHOD": "POST", "HTTP_X_CSRFTOKEN": self.token} | values
        return in_front(self.at("beat") + query, cookies or self.cookies(), **values)

    def of_django(self, query="", **headers):
        headers = {"X-CSRFToken": self.token} | headers
        return self.browser.post(self.at("beat") + query, headers=headers)


class Door(Page):
    """The page that waits for the tick, or for an authorisation."""

    def __init__(self, candidate, client=None):
        super().__init__("start", candidate, client or browser(candidate.user))

    def in_front(self, state, *, cookies=None, **values):
        address = f"{self.at('waiting')}?state={state}"
        return in_front(address, cookies or self.cookies(), **values)

    def of_django(self, state):
        return self.browser.get(self.at("waiting"), {"state": state})


def seat_name(attempt):
    return f"seat-{attempt.candidate_id}"


def sent(page, *left_out, **headers):
    cookies = {name: value for name, value in page.cookies().items() if name not in left_out}
    text = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"Cookie": text, "X-CSRFToken": page.token, "HX-Request": "true", **headers}


# --- What ends a login ----------------------------------------------------------------------------


def close_account(page):
    type(page.candidate.user).objects.update(is_active=False)


def change_password(page):
    page.candidate.user.set_password("un autre mot de passe")
    page.candidate.user.save()


def log_out_elsewhere(page):
    Session.objects.all().delete()


def let_the_login_expire(page):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def give_row_to_somebody_else(page):
    Candidate.objects.update(user=UserFactory())


END_OF_RIGHT = [
    close_account,
    change_password,
    log_out_elsewhere,
    let_the_login_expire,
    give_row_to_somebody_else,
]
