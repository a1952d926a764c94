"""People over HTTP: a real login, the forms of real pages with their tokens, sent to one server or another."""

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from bs4 import BeautifulSoup
from django.urls import reverse

from certif.lib.refusals import Refusal
from tests.factories import PASSWORD
from tests.races.seams import RANK

TIMEOUT = 30
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: object
    text: str


class Refused(Refusal):
    """A 409, with what it says."""

    def __init__(self, answer):
        super().__init__(answer.text)
        self.text = answer.text


@dataclass(frozen=True)
class Form:
    path: str
    fields: tuple


class Browser:
    def __init__(self, user, servers):
        self.user, self.servers = user, servers
        self.cookies = {}
        self.login()

    def login(self):
        typed = {"login": self.user.email, "password": PASSWORD}
        form = self.form(reverse("account_login"), "form.card", **typed)
        answer = self.ask("POST", form.path, form.fields)
        if answer.status != 302:
            raise RuntimeError(f"the login of {self.user.email} answers {answer.status}")

    def ask(self, method, path, fields=(), *, at=0, headers=()):
        """One request to the server number `at`."""
        sent = {"Cookie": self._cookies(path), "Content-Type": FORM, **dict(headers)}
        body = urlencode(fields) if method == "POST" else None
        with closing(HTTPConnection("127.0.0.1", self.servers[at].port, timeout=TIMEOUT)) as link:
            link.request(method, path, body=body, headers=sent)
            response = link.getresponse()
            answer = Answer(response.status, response.headers, response.read().decode())
        self._keep(answer.headers.get_all("Set-Cookie", []))
        return answer

    def get(self, path, *, at=0):
        """A page, whatever its status."""
        return self.ask("GET", path, at=at)

    def form(self, path, selector="form", **typed):
        """What a form of this page sends, with what is typed."""
        page = self.ask("GET", path, headers=[("HX-Request", "true")])
        return form_of(page, path, selector, **typed)

    def send(self, form, *, at):
        """As htmx does. Raises Refused; whatever is neither done nor refused breaks the race off."""
        headers = {"HX-Request": "true"}
        if (rank := RANK.get()) is not None:
            headers["X-Race-Rank"] = str(rank)
        answer = self.ask("POST", form.path, form.fields, at=at, headers=headers.items())
        if answer.status == 409:
            raise Refused(answer)
        if answer.status not in {200, 302}:
            raise RuntimeError(f"{form.path} answers {answer.status}: {answer.text[:500]}")
        return answer

    def is_refused(self, form):
        try:
            self.send(form, at=0)
        except Refused:
            return
        raise RuntimeError(f"{form.path} is not refused")

    def sends(self, form, *, at):
        return partial(self.send, form, at=at)

    def does(self, path, selector="form", **typed):
        return self.send(self.form(path, selector, **typed), at=0)

    def _cookies(self, path):
        kept = [cookie for cookie in self.cookies.values() if path.startswith(cookie["path"])]
        return "; ".join(f"{cookie.key}={cookie.coded_value}" for cookie in kept)

    def _keep(self, headers):
        for header in headers:
            for name, cookie in SimpleCookie(header).items():
                self.cookies[name] = cookie

    def forget(self, prefix):
        """Cookies of tests that are over: nobody sits three hundred of them in one browser."""
        self.cookies = {k: v for k, v in self.cookies.items() if not k.startswith(prefix)}


def form_of(page, path, selector, **typed):
    form = BeautifulSoup(page.text, "html.parser").select_one(selector)
    if form is None:
        raise RuntimeError(f"{path} ({page.status}) has no {selector}: {page.text[:500]}")
    fields = {**dict(_fields_of(form)), **typed}
    return Form(form.get("action") or path, tuple(fields.items()))


def _fields_of(form):
    for field in form.select("input[name], textarea[name], select[name]"):
        if field.name == "textarea":
            yield field["name"], field.get_text().lstrip("\n")
        elif field.name == "select":
            chosen = field.select_one("option[selected]")
            yield field["name"], chosen["value"] if chosen else ""
        elif field.get("type") not in {"radio", "checkbox"} or field.has_attr("checked"):
            yield field["name"], field.get("value", "")
