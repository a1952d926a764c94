"""The polls in front of Django as production runs them: https said by a proxy, and cookies named for it."""

from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.urls import reverse

from certif.accounts.hashers import Argon2idHasher
from exam import seat
from tests import situations
from tests.beside import write_ahead_log
from tests.factories import PASSWORD, ExamSessionFactory
from tests.real_server import Server

pytestmark = pytest.mark.django_db(transaction=True)

LOGIN, TOKEN = "__Host-sessionid", "__Host-csrftoken"
# Every answer of Django bears it, and none of those in front.
OF_DJANGO = "X-Request-ID"
IN_FRONT, BY_DJANGO = "in front", "by Django"


@pytest.fixture
def production():
    names = {"DJANGO_DEMO": "0", "ALLOWED_HOSTS": "127.0.0.1", "BEHIND_TLS_PROXY": "1"}
    with write_ahead_log():
        server = Server(**names)
        server.start()
        yield server
        server.kill()


class Browser:
    """Keeps the cookies that it is given as a browser keeps those of such names, and sends them back."""

    def __init__(self, server):
        self.server, self.jar = server, SimpleCookie()

    def takes(self, cookies):
        for name, morsel in SimpleCookie(cookies).items():
            assert morsel["secure"]
            assert name.startswith("__Secure-") or (
                name.startswith("__Host-") and morsel["path"] == "/"
            )
            self.jar[name] = morsel

    def ask(self, method, path, *, without=None, body=None, **headers):
        kept = [
            f"{name}={morsel.value}"
            for name, morsel in self.jar.items()
            if name != without and path.startswith(morsel["path"])
        ]
        origin = f"https://127.0.0.1:{self.server.port}"
        of_a_browser = {
            "Cookie": "; ".join(kept),
            "X-Forwarded-Proto": "https",
            "Origin": origin,
            "HX-Request": "true",
        }
        status, told = self.server.ask(method, path, body=body, headers=of_a_browser | headers)
        for cookies in told.get_all("Set-Cookie", []):
            self.takes(cookies)
        return status, told

    def logs_in(self, user):
        user.password = Argon2idHasher().encode(PASSWORD, "salt-of-a-test")
        user.save()
        path = reverse("account_login")
        self.ask("GET", path)
        fields = {"login": user.email, "password": PASSWORD}
        form = {"Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": self.token}
        self.ask("POST", path, body=urlencode(fields), **form)
        assert LOGIN in self.jar

    @property
    def token(self):
        return self.jar[TOKEN].value


def test_a_poll_of_the_board_and_a_beat_are_answered_in_front_of_production(
    production, bank, settings
):
    settings.COOKIE_PREFIX, settings.SESSION_COOKIE_SECURE = "__Secure-", True
    session = ExamSessionFactory()
    attempt = situations.started(session=session)
    tablet, seated = Browser(production), Browser(production)
    tablet.logs_in(situations.invigilator_of(session))
    seated.logs_in(attempt.candidate.user)
    seated.takes(seat.keep(HttpResponse(), attempt).cookies.output(header=""))

    tablet.ask("GET", reverse("invigilation:board", args=[session.pk]))
    session.refresh_from_db()
    poll = f"{reverse('invigilation:board_live', args=[session.pk])}?v={session.version}&n=0"
    seated.ask("GET", reverse("exam:test", args=[attempt.candidate_id]))
    beat = reverse("exam:beat", args=[attempt.candidate_id])

    assert answered(tablet.ask("GET", poll)) == (204, IN_FRONT)
    assert answered(tablet.ask("GET", poll, without="__Secure-board")) == (204, BY_DJANGO)
    token = {"X-CSRFToken": seated.token}
    assert answered(seated.ask("POST", beat, **token)) == (204, IN_FRONT)
    without = {"without": "__Secure-candidate"}
    assert answered(seated.ask("POST", beat, **without, **token)) == (204, BY_DJANGO)


def answered(answer):
    status, headers = answer
    return status, BY_DJANGO if OF_DJANGO in headers else IN_FRONT
