"""People in a real browser: each has a window of his own, and nothing he does goes unwatched."""

import os
import shutil
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client

from tests.e2e.proxy import network_before

AXE = Path(settings.BASE_DIR) / "static/vendor/axe/axe.min.js"
AXE_RUN = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
    "rules": {name: {"enabled": True} for name in ("heading-order", "page-has-heading-one")},
    "resultTypes": ["violations"],
    # It would write the style sheets into the page: the policy refuses, and says so after the run.
    "preload": False,
}
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK = {"viewport": {"width": 1280, "height": 900}}
TABLET = {"viewport": {"width": 768, "height": 1024}, "has_touch": True}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
# A limit, for a machine that does other work; what is waited for is always a condition.
WAIT_MS = 30_000


def chromium():
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)


class Browser:
    """A Chromium of this process of the suite. Now and then one dies: another takes its place."""

    def __init__(self, playwright, **options):
        self._launch = partial(
            playwright.chromium.launch,
            executable_path=chromium(),
            args=CHROMIUM_ARGS,
            **options,
        )
        self._running = None

    @property
    def running(self):
        if self._running is None or not self._running.is_connected():
            self._running = self._launch()
        return self._running

    def close(self):
        if self._running is not None:
            self._running.close()


@pytest.fixture(scope="session")
def playwright():
    if chromium() is None:
        pytest.skip("no chromium on this machine")
    playwright_api = pytest.importorskip("playwright.sync_api")
    # Playwright's loop runs in this thread: without this every query of a test is refused.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright_api.sync_playwright() as playwright:
        yield playwright
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser(playwright):
    browser = Browser(playwright)
    yield browser
    browser.close()


class Person:
    """Somebody at a screen. `page` is Playwright's; `look()` judges what is on it."""

    def __init__(self, browser, base_url, screen, *, asks_axe=True):
        self.base_url = base_url
        self.asks_axe = asks_axe
        self.context = browser.new_context(
            base_url=base_url, locale="fr-FR", timezone_id="Europe/Paris", **screen
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.faults = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        self.page.on("request", self._asked)

    def _heard(self, message):
        # A refusal (409, 422, 429) is an answer: Chromium logs it as a failed resource all the same.
        refusal = "the server responded with a status of 4" in message.text
        if message.type == "error" and not refusal:
            self.faults.append(f"console: {message.text}")

    def _asked(self, request):
        if urlsplit(request.url).netloc not in {urlsplit(self.base_url).netloc, ""}:
            self.faults.append(f"third-party request: {request.url}")

    def go(self, path):
        self.page.goto(path)
        return self

    def logs_in(self, email, password):
        self.go("/connexion/")
        self.look()
        self.page.get_by_label("Adresse e-mail").fill(email)
        self.page.get_by_label("Mot de passe", exact=True).fill(password)
        self.page.get_by_role("button", name="Je me connecte").click()
        self.page.wait_for_url(lambda url: "/connexion/" not in url)
        return self

    def is_logged_in(self, user):
        """As `logs_in`, without its pages."""
        client = Client()
        client.force_login(user)
        self.keeps(settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value)
        return self

    def keeps(self, cookie, value):
        self.context.add_cookies([{"name": cookie, "value": value, "url": self.base_url}])

    def look(self):
        """Nothing said in the console, asked elsewhere, against axe, out of order or too wide."""
        # The console first: meanwhile a line that is cut is heard again.
        where = f"{self.page.url} at {self.page.viewport_size}"
        assert self.faults == [], where
        if self.asks_axe:
            assert self.violations() == [], where
        width = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        assert self.page.evaluate(width), f"{where} scrolls sideways"
        self.faults.clear()

    def violations(self):
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("run => axe.run(document, run)", AXE_RUN)
        return [(v["id"], [n["target"] for n in v["nodes"]]) for v in found["violations"]]

    def press(self, name, **options):
        self.page.wait_for_load_state()
        self.page.get_by_role("button", name=name, **options).click()

    def follow(self, name, **options):
        self.page.wait_for_load_state()
        self.page.get_by_role("link", name=name, **options).first.click()

    def begins_the_question(self):
        """That on screen, if it is a timed one that waits for a press."""
        self.page.locator("#answer, #begin").wait_for()
        if self.page.locator("#begin").count():
            self.press("Commencer la question")
            self.page.locator("#answer").wait_for()

    def reads(self, text, **options):
        """The text is there, and so are the scripts of its page."""
        self.page.get_by_text(text, **options).first.wait_for(timeout=WAIT_MS)
        self.page.wait_for_load_state()


@pytest.fixture
def somebody(browser, live_server, request):
    """Open a window for a new person: `somebody(TABLET)`, on a network of his: `through=network.url`."""
    people = []
    # What it says of a page was said on the first database.
    asks_axe = not request.config.pluginmanager.has_plugin("tests.second_database")

    def arrive(screen=DESK, *, through=None):
        people.append(
            Person(browser.running, through or live_server.url, screen, asks_axe=asks_axe)
        )
        return people[-1]

    yield arrive
    for person in people:
        person.context.close()


@pytest.fixture
def network(live_server):
    """A network that does what it is told to the forms; a browser goes `through` its url."""
    with network_before(live_server.url) as network:
        network.strikes = lambda method, path: method == "POST"
        yield network
