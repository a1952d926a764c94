"""From a tick on one tablet to its row on the other, in two windows of a real browser; both poll as they do.

Nothing else runs: the tick under a load is told by `morning`. The ticks fall anywhere between two polls.
Times are those of the browser's own clock, from the press to the change of the row.
"""

import random
import shutil

from playwright.sync_api import sync_playwright

from sessions.models import InvigilatorAccess
from tests.bench.cores import starting_on
from tests.bench.figures import Figure
from tests.bench.server import serving
from tests.load.report import milliseconds
from tests.load.scene import enrol, ensure_bank, log_in, make_sessions, make_users

NAME = "reaction"
TARGET = "p95 ≤ 2.2 s"
ROOMS, CANDIDATES = 3, 20
SEEN_WITHIN_MS, ACKNOWLEDGED_WITHIN_MS = 2200, 300
POLL_MS = 2000
TABLET = {"viewport": {"width": 1024, "height": 768}, "locale": "fr-FR"}
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]

# The instant at which the row says « présent », as a promise.
WATCH = """
pk => {
  window.ticked = new Promise(resolve => {
    const observer = new MutationObserver(() => {
      const box = document.getElementById(`tick-${pk}`);
      if (box && box.getAttribute("aria-pressed") === "true") {
        observer.disconnect();
        resolve(Date.now());
      }
    });
    observer.observe(document.body, { subtree: true, childList: true, attributes: true });
  });
}
"""
NOTE_PRESSES = """
document.addEventListener("pointerdown", () => { window.pressedAt = Date.now(); }, true);
"""


def run():
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        return Figure("not run: no chromium here", ok=False)
    rooms = [room() for _ in range(ROOMS)]
    # Playwright's loop runs in this thread; the database is not asked any more.
    with serving() as (server, _clients), sync_playwright() as playwright:
        with starting_on("client"):
            browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        base = f"http://127.0.0.1:{server.port}"
        ticks = [
            tick
            for session, pks, logins in rooms
            for tick in watched(browser, base, session, pks, logins)
        ]
        browser.close()
    return figures(*zip(*ticks, strict=True))


def room():
    """Twenty candidates, and two invigilators who joined."""
    ensure_bank()
    (session,), users = make_sessions(1), make_users(CANDIDATES + 2)
    candidates, invigilators = enrol(session, users[2:]), users[:2]
    InvigilatorAccess.objects.bulk_create(
        InvigilatorAccess(session=session, user=user) for user in invigilators
    )
    return session.pk, [candidate.pk for candidate in candidates], log_in(invigilators)


def watched(browser, base, session, pks, logins):
    """For each tick: seconds until its own tablet says it, and until the other does."""
    tablets = [tablet(browser, base, login) for login in logins]
    for page in tablets:
        page.goto(f"/surveillance/{session}/")
    mine = tablets[0]
    mine.evaluate(NOTE_PRESSES)
    for pk in pks:
        mine.wait_for_timeout(random.uniform(0, POLL_MS))
        for page in tablets:
            page.evaluate(WATCH, pk)
        mine.click(f"#tick-{pk}")
        pressed = mine.evaluate("window.pressedAt")
        yield tuple((page.evaluate("window.ticked") - pressed) / 1000 for page in tablets)
    for page in tablets:
        page.context.close()


def tablet(browser, base, login):
    context = browser.new_context(base_url=base, **TABLET)
    name, _, value = login.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": base}])
    return context.new_page()


def figures(own, others):
    acknowledged, seen = milliseconds(own, 0.95), milliseconds(others, 0.95)
    print(
        f"  {len(own)} ticks; on the other tablet: median {milliseconds(others, 0.5):.0f} ms, longest {max(others) * 1000:.0f} ms"
    )
    return [
        Figure(f"p95 {seen / 1000:.2f} s", ok=seen <= SEEN_WITHIN_MS),
        Figure(
            f"p95 {acknowledged:.0f} ms",
            ok=acknowledged <= ACKNOWLEDGED_WITHIN_MS,
            name="reaction, acknowledged",
            target=f"p95 ≤ {ACKNOWLEDGED_WITHIN_MS} ms",
        ),
    ]
