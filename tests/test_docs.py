"""What the guides quote is on the screens, and what they lead to is there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
GUIDES = [ROOT / "README.md", *sorted((ROOT / "docs/guides").glob("*.md"))]
PICTURES = sorted((ROOT / "docs/pictures").iterdir())
SOURCES = ["templates", "static/js", "certif", "sessions", "exam", "invigilation", "finalisation"]

LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")
# A quotation may hold another.
QUOTATION = re.compile(r"« ((?:[^«»]|«[^«»]*»)+?) »")
# What is between these words is another thing each time: a name, a number, an hour.
GAP = re.compile(r"…|\bn\b|[:,;/]|\b\w*\d\w*\b")
LARGEST, ALL_TOGETHER = 80_000, 1_200_000


def name(path):
    return str(path.relative_to(ROOT))


def plain(text):
    """On one line, each no-break space a space."""
    return " ".join(text.split())


def links_of(page):
    return LINK.findall(page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page):
    targets = [target.partition("#")[0] for _, _, target in links_of(page) if ":" not in target]

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_picture_has_its_words(page):
    assert [target for mark, words, target in links_of(page) if mark and len(words) < 12] == []


def test_every_picture_is_shown_and_taken_by_the_script():
    shown = {Path(target).name for page in PAGES for mark, _, target in links_of(page) if mark}
    taken = re.findall(r'take\(\w+, "(\w+)"\)', (ROOT / "tests/pictures.py").read_text())

    assert {path.name for path in PICTURES} == shown == {f"{word}.png" for word in taken}


def test_the_pictures_stay_small():
    sizes = [path.stat().st_size for path in PICTURES]

    assert max(sizes) <= LARGEST
    assert sum(sizes) <= ALL_TOGETHER


def strings_of(module):
    nodes = ast.walk(ast.parse(module.read_text()))
    return [node.value for node in nodes if isinstance(node, ast.Constant)]


@cache
def words_of_the_screens():
    paths = [path for folder in SOURCES for path in (ROOT / folder).rglob("*") if path.is_file()]
    modules = [path for path in paths if path.suffix == ".py"]
    others = [path for path in paths if path.suffix in {".html", ".js", ".txt"}]
    texts = [path.read_text() for path in others]
    texts += [str(value) for module in modules for value in strings_of(module)]
    return plain(" ".join(texts))


def parts_of(quotation):
    parts = [part.strip(" .?!") for part in GAP.split(quotation)]
    return [part for part in parts if part]


@pytest.mark.parametrize("guide", GUIDES, ids=name)
def test_what_a_guide_quotes_is_on_a_screen(guide):
    quotations = QUOTATION.findall(plain(guide.read_text()))

    assert len(quotations) > 10
    assert [
        quotation
        for quotation in quotations
        if not all(part in words_of_the_screens() for part in parts_of(quotation))
    ] == []


def test_every_command_of_the_readme_is_one_of_dev():
    told = set(re.findall(r"\./dev ([a-z]+)", " ".join(page.read_text() for page in PAGES)))
    known = set(re.findall(r"^    ([a-z]+)\)", (ROOT / "dev").read_text(), re.MULTILINE))

    assert told - known == set()
