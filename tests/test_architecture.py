"""What the house forbids everywhere (docs/adr, architecture.md), checked on the files themselves."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each may import those before it, never those after. The roof is above them all.
LAYERS = [
    "certif.lib",
    "certif.audit",
    "certif.accounts",
    "sessions",
    "exam",
    "invigilation",
    "finalisation",
]
ROOF = [
    "certif.apps",
    "certif.settings",
    "certif.urls",
    "certif.wsgi",
    "certif.management",
    "certif.errors",
    "certif.pages",
    "certif.watch",
    "certif.privacy",
]
TOP = [*dict.fromkeys(layer.split(".")[0] for layer in LAYERS)]

# How an upper app is reached from below without an import: related names and lookups.
UPPER_WORDS = {
    "attempt": "exam",
    "resume_requests": "exam",
    "granted_minutes": "exam",
    "reports": "invigilation",
    "closing_file": "finalisation",
    "closing_documents": "finalisation",
    "certification": "finalisation",
    "unfinished_reason": "finalisation",
    "jury": "finalisation",
    "rulings": "finalisation",
    "corrections": "finalisation",
    "sealed_records": "finalisation",
}

MODULES = sorted(
    path
    for top in TOP
    for path in (ROOT / top).rglob("*.py")
    if "migrations" not in path.parts and path.stat().st_size
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
BROWSER_TESTS = sorted((ROOT / "tests/e2e").glob("*.py"))


def name(path):
    return str(path.relative_to(ROOT))


def module_of(path):
    return name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def layer_of(module):
    return next((layer for layer in LAYERS if f"{module}.".startswith(f"{layer}.")), None)


def is_roof(module):
    return module == "certif" or any(f"{module}.".startswith(f"{top}.") for top in ROOF)


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_upwards(module, tree):
    own = LAYERS.index(layer_of(module))
    return sorted(target for target in imported(tree) if is_above(target, own))


def is_above(target, own):
    if layer := layer_of(target):
        return LAYERS.index(layer) > own
    return is_roof(target) and not is_package(target)


def is_package(target):
    return target in {"certif", "certif.lib", "certif.audit", "certif.accounts"}


def words(tree):
    """Names by which the ORM could be asked: keywords of calls, attributes, lookup strings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"^-?([a-z_]+)$", node.value)


def hidden_lookups(module, tree):
    own = LAYERS.index(layer_of(module))
    found = {word for word in words(tree) for part in [word.split("__")] if _upper(part, own)}
    return sorted(found)


def _upper(parts, own):
    return any(LAYERS.index(UPPER_WORDS[p]) > own for p in parts if p in UPPER_WORDS)


@cache
def text_of(path):
    return path.read_text()


@cache
def parse(path):
    return ast.parse(text_of(path))


def breaches(paths, found_in):
    """What is found where nothing may be, file by file: thousands of cases cost one test a rule."""
    return {name(path): found for path in paths if (found := found_in(path))}


LAYERED = [path for path in MODULES if layer_of(module_of(path))]


def test_imports_go_one_way():
    assert breaches(LAYERED, lambda path: imports_upwards(module_of(path), parse(path))) == {}


def test_no_lookup_reaches_an_upper_app():
    assert breaches(LAYERED, lambda path: hidden_lookups(module_of(path), parse(path))) == {}


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("certif.lib.text", "from certif.audit.models import record"),
        ("certif.audit.models", "import certif.accounts.models"),
        ("sessions.models", "from exam.models import Attempt"),
        ("exam.views", "def view():\n    from invigilation import models"),
        ("sessions.views", "from certif import settings"),
        ("sessions.views", "from certif.errors import refused"),
    ],
)
def test_an_import_upwards_would_be_seen(module, code):
    assert imports_upwards(module, ast.parse(code)) != []


@pytest.mark.parametrize(
    "code",
    [
        "rows.filter(attempt__started_at=None)",
        'rows.select_related("attempt")',
        'rows.order_by("-attempt__started_at")',
        "candidate.attempt.state",
        'rows.prefetch_related("reports__code")',
        "session.closing_file",
    ],
)
def test_a_hidden_lookup_would_be_seen(code):
    assert hidden_lookups("sessions.views", ast.parse(code)) != []


def test_every_module_has_a_place():
    lost = [name(path) for path in MODULES if not is_roof(module_of(path)) and path not in LAYERED]

    assert lost == []


def test_a_module_is_short():
    assert breaches(MODULES, lambda path: text_of(path).splitlines()[400:]) == {}


@pytest.mark.parametrize("forbidden", ["mark_safe", "csrf_exempt", "SafeString", "time.sleep"])
def test_a_dangerous_word_is_absent(forbidden):
    assert breaches(MODULES, lambda path: forbidden in text_of(path)) == {}


def writes(tree):
    written = {"save", "create", "bulk_create", "get_or_create", "update_or_create"}
    calls = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return sorted(written & calls)


def test_a_view_writes_nothing_by_itself():
    views = [path for path in MODULES if "views" in module_of(path)]

    assert breaches(views, lambda path: writes(parse(path))) == {}


def test_a_view_that_writes_would_be_seen():
    assert writes(ast.parse("Session.objects.create(room=1)")) == ["create"]


# --- Templates ------------------------------------------------------------------------------------

FORBIDDEN_IN_TEMPLATES = {
    "unescaped text": r"\|\s*safe\b|safeseq|autoescape\s+off",
    "a script in the page": r"<script(?![^>]*\bsrc=)[^>]*>",
    "a style in the page": r"<style\b|\sstyle=",
    "an event handler in the page": r"\son[a-z]+\s*=|hx-on|javascript:",
    "another site's resource": r"""(?:src|href)=["'](?:https?:)?//(?!certif)""",
}


@pytest.mark.parametrize("what", FORBIDDEN_IN_TEMPLATES)
def test_a_template_holds_no(what):
    forbidden = re.compile(FORBIDDEN_IN_TEMPLATES[what], re.IGNORECASE)

    assert breaches(TEMPLATES, lambda path: forbidden.findall(text_of(path))) == {}


@pytest.mark.parametrize(
    ("what", "markup"),
    [
        ("unescaped text", "{{ name|safe }}"),
        ("a script in the page", "<script>alert(1)</script>"),
        ("a style in the page", '<p style="color: red">'),
        ("an event handler in the page", '<p onclick="alert(1)">'),
        ("another site's resource", '<img src="https://elsewhere.example/a.png">'),
    ],
)
def test_what_is_forbidden_in_a_template_would_be_seen(what, markup):
    assert re.search(FORBIDDEN_IN_TEMPLATES[what], markup, re.IGNORECASE)


INCLUDE = re.compile(r"""{%-?\s*include\s+["']([^"']+)["'].*?%}""")
POST_FORM = re.compile(r"<form\b[^>]*?(?:method=.post|hx-post).*?</form>", re.S | re.I)
# allauth's own views answer these forms: they know nothing of our operations.
TO_ALLAUTH = re.compile(r"""{% url ["'](?:account|mfa)_""")
OF_ALLAUTH = ("templates/account/", "templates/allauth/", "templates/mfa/")
# A question that must travel in no address; a login that lasts longer.
CHANGES_NOTHING = ("templates/finalisation/verification.html", "templates/layout/_stay.html")


def with_includes(text):
    return INCLUDE.sub(lambda found: with_includes(included(found[1])), text)


def included(template):
    path = ROOT / "templates" / template
    return text_of(path) if path.exists() else ""


def post_forms():
    """Each form by its template and its number, with what it includes."""
    return {
        f"{name(path)}-{number}": with_includes(form)
        for path in TEMPLATES
        for number, form in enumerate(POST_FORM.findall(text_of(path)), start=1)
    }


def test_a_post_form_is_protected_from_other_sites():
    forms = post_forms()

    assert [place for place, form in forms.items() if "{% csrf_token %}" not in form] == []
    assert len(forms) > 50


def test_a_post_form_carries_an_operation():
    ours = {
        place: form
        for place, form in post_forms().items()
        if not place.startswith((*OF_ALLAUTH, *CHANGES_NOTHING)) and not TO_ALLAUTH.search(form)
    }

    assert [place for place, form in ours.items() if "{% operation_field %}" not in form] == []


def test_a_form_that_asks_something_leaves_it_to_us_to_say_what_is_wrong():
    """Not to the browser, in its words and its language."""
    asking = {place: form for place, form in post_forms().items() if "{{ field.errors }}" in form}
    told_by_browser = re.compile(r"<form\b(?![^>]*\snovalidate)")

    assert [place for place, form in asking.items() if told_by_browser.match(form)] == []
    assert len(asking) > 20


def waited_for_by_text(path):
    waited = re.findall(r'wait_for_function\(\s*f?"([^"]*)', text_of(path))
    return [text for text in waited if "=>" not in text]


def test_what_a_page_is_waited_for_is_a_function():
    """A text would be evaluated anew, which the content policy refuses: unless true at once, it fails."""
    assert breaches(BROWSER_TESTS, waited_for_by_text) == {}
