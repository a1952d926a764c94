"""The pictures of the README and of the guides, taken from the demonstration: `./dev pictures`."""

import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from io import BytesIO
from itertools import takewhile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.e2e.conftest import CHROMIUM_ARGS, Person, chromium
from tests.real_server import free_port

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs/pictures"
DESK = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
TABLET = {
    "viewport": {"width": 1024, "height": 768},
    "has_touch": True,
    "reduced_motion": "reduce",
}
COLOURS = 224
READY = re.compile(r"numéro (\d+), mot de passe (\S+), code d’accès (\S+)")


@contextmanager
def demonstration():
    """Its address, then number, password and code of the session of today; on data of its own."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            ["./dev", "demo"],
            cwd=ROOT,
            env={
                **os.environ,
                "PORT": str(port),
                "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
                "MEDIA_ROOT": f"{folder}/media",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            said = "".join(takewhile(lambda line: "Ctrl-C" not in line, process.stdout))
            yield f"http://127.0.0.1:{port}", *READY.search(said).groups()
        finally:
            process.terminate()
            process.wait()


def take(person, name):
    """What is on the screen, in few colours, the rare ones too: a picture of some tens of kB."""
    person.page.wait_for_load_state("networkidle")
    image = Image.open(BytesIO(person.page.screenshot())).convert("RGB")
    image = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    path = FOLDER / f"{name}.png"
    image.save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB")


def opens(person, path):
    answer = person.page.goto(path)
    assert answer.ok, f"{path}: {answer.status}"


def of_the_centre(centre, number):
    centre.follow("Voir ses sessions")
    home = centre.page.url
    take(centre, "accueil")
    opens(centre, f"/sessions/{number}/")
    take(centre, "session")
    opens(centre, f"/sessions/{number}/candidats/classes/?classe=3e+B")
    for box in centre.page.locator("#pupils input[name=pupils]:enabled").all()[:3]:
        box.check()
    take(centre, "classe")
    opens(centre, f"/sessions/{number}/documents/")
    take(centre, "documents")
    opens(centre, f"{home}imprimer/")
    take(centre, "impression")
    opens(centre, "/sessions/4/finaliser/")
    take(centre, "finalisation")


def of_the_room(invigilator, number, password):
    invigilator.follow("Session 3")
    invigilator.reads("Demandent une réponse")
    take(invigilator, "surveillance")
    invigilator.page.locator(".row .menu summary").first.click()
    take(invigilator, "gestes")
    invigilator.page.keyboard.press("Escape")
    invigilator.page.locator(".row .flag").first.click()
    invigilator.page.get_by_role("heading", name="Signalement du candidat").wait_for()
    take(invigilator, "signalement")
    opens(invigilator, "/surveillance/")
    invigilator.page.get_by_label("Numéro de la session").fill(number)
    invigilator.page.get_by_label("Mot de passe de la session").fill(password)
    invigilator.press("Surveiller la session")
    invigilator.page.locator(".row").first.wait_for()
    invigilator.follow("Code à donner")
    take(invigilator, "code")


def of_the_candidate(candidate, invigilator, number, code):
    opens(candidate, "/certifications/")
    candidate.page.get_by_label("Numéro de session").fill(number)
    candidate.page.get_by_label("Prénom").fill("Sophie")
    candidate.page.get_by_label("Nom de naissance").fill("Delarue")
    candidate.page.get_by_label("Date de naissance").fill("04/07/2001")
    take(candidate, "inscription")
    candidate.press("Continuer")
    opens(invigilator, f"/surveillance/{number}/")
    invigilator.page.locator(".row .tick").first.click()
    invigilator.reads("Présent")
    candidate.page.get_by_label("Code d’accès communiqué par le surveillant").fill(code)
    take(candidate, "acces")
    candidate.press("Commencer mon test")
    candidate.reads("Question 1 / 48")
    passes_until(candidate, "#question img")
    take(candidate, "question")
    candidate.follow("Signaler un problème")
    candidate.page.locator("dialog[open]").wait_for()
    take(candidate, "probleme")
    candidate.page.keyboard.press("Escape")
    passes_until(candidate, ".end-page h1")
    take(candidate, "fin")
    opens(candidate, "/certifications/resultats/")
    take(candidate, "resultat")


def passes_until(candidate, seen):
    page = candidate.page
    while not page.locator(seen).count():
        number = page.locator("#exam-top .where").inner_text()
        candidate.begins_the_question()
        candidate.press("Je passe")
        page.wait_for_function(
            "before => document.querySelector('#exam-top .where')?.innerText !== before", arg=number
        )


def of_the_officers(officer):
    opens(officer, "/admin/exam_sessions/examsession/")
    take(officer, "piles")
    officer.page.locator("#result_list tbody a").first.click()
    officer.page.wait_for_url("**/change/**")
    take(officer, "examen")
    opens(officer, "/admin/exam_sessions/examsession/statistiques/?jours=30")
    take(officer, "statistiques")


def main():
    if chromium() is None:
        sys.exit("The pictures need chromium (on Debian: apt-get install chromium).")
    FOLDER.mkdir(exist_ok=True)
    with demonstration() as (url, number, password, code), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_ARGS)

        def somebody(name, screen):
            return Person(browser, url, screen).logs_in(f"{name}@exemple.test", "certif-demo")

        of_the_centre(somebody("centre", DESK), number)
        invigilator = somebody("surveillant", TABLET)
        of_the_room(invigilator, number, password)
        candidate = somebody("candidat1", DESK)
        of_the_candidate(candidate, invigilator, number, code)
        of_the_officers(somebody("pix", DESK))
        browser.close()


if __name__ == "__main__":
    main()
