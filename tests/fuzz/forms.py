"""Every form of the site, as each person meets it in each situation, filled in as he would."""

import re
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup
from django.urls import Resolver404, resolve, reverse

from tests.finalisation.pages import dismiss
from tests.fuzz.ground import undone
from tests.test_access import (
    ACCESS,
    CANDIDATE,
    INVIGILATOR,
    MANAGER,
    NOBODY,
    OFFICER,
    PERSONAL,
    PUBLIC,
    SOMEBODY,
    URLS,
)

ROLES = [NOBODY, MANAGER, INVIGILATOR, CANDIDATE]
# A file, or a piece of a page that holds no form of its own.
NO_PAGE = re.compile(
    r"_(csv|xlsx|file|template|record|live)$|document$|fraud|health|ready|metrics|deadline|by_link|root"
    r"|certificate$|:(live|site|waiting|question|problem_wait|back_in|landing)$"
)
SITUATED = {
    "exam:start",
    "exam:test",
    "exam:problem",
    "invigilation:board",
    "invigilation:problem_accept",
    "invigilation:problem_reject",
    "invigilation:resume_authorise",
    "invigilation:reopen_test",
    "finalisation:closing_file",
    "finalisation:confirm",
    "sessions:session_detail",
    "sessions:candidate_edit",
}
MOST_DESK_PAGES = 50
# What a person writes where the page gives nothing, by the type of the control; else a word.
TYPED = {
    "date": "2008-12-10",
    "time": "09:00",
    "number": "1",
    "email": "ada@exemple.test",
    "password": "Une longue phrase de passe 7",
    "checkbox": "on",
}


@dataclass(frozen=True)
class Form:
    role: str
    action: str
    view: str
    method: str
    fields: tuple
    files: tuple

    @property
    def kind(self):
        """Two pages that show the same form show it once."""
        names = tuple(sorted({name for name, _value in self.fields}))
        return self.role, self.view, self.method, names, self.files


def forms_of(world, situations):
    """Each kind of form once. What reading the pages wrote is undone."""
    found = {}
    with undone():
        for role, address, page in pages(world, situations):
            for form in forms_on(role, address, page):
                found.setdefault(form.kind, form)
    return list(found.values())


def pages(world, situations):
    """Each page, with who opens it; what depends on the situation of a session, in each."""
    for role, address in addresses(world, situations):
        yield role, address, page_at(world, role, address)
    yield from desk_pages(world)


def addresses(world, situations):
    for name, (methods, allowed) in ACCESS.items():
        role = next((role for role in ROLES if role in allowed), None)
        if role and "get" in methods and not NO_PAGE.search(name):
            met = situations if name in SITUATED else situations[:1]
            yield from ((role, address_of(world, name, ids)) for ids in met)
    yield from ((SOMEBODY, reverse(name)) for name in PERSONAL)
    yield from ((NOBODY, world.url(name)) for name in PUBLIC)


def address_of(world, name, ids):
    ids = world.ids | ids
    return reverse(name, kwargs={parameter: ids[parameter] for parameter in URLS[name]})


def desk_pages(world):
    """The pages of the officers, by their links, the nearest first; one of each kind is read."""
    kinds, waiting = set(), [reverse("admin:index")]
    while waiting and len(kinds) < MOST_DESK_PAGES:
        address = waiting.pop(0)
        kind = view_of(address) + "?" * bool(urlsplit(address).query)
        if kind in kinds or not kind.startswith("admin:") or kind == "admin:logout":
            continue
        kinds.add(kind)
        page = page_at(world, OFFICER, address)
        yield OFFICER, address, page
        waiting += [urljoin(address, link["href"]) for link in page.select("a[href]")]


def page_at(world, role, address):
    response = world.client(role).get(address)
    is_page = response.status_code == 200 and response["Content-Type"].startswith("text/html")
    page = BeautifulSoup(response.content if is_page else b"", "html.parser")
    dismiss(response)
    return page


def forms_on(role, address, page):
    for form in page.select("form"):
        action = urljoin(address, form.get("action") or address).partition("#")[0]
        presses = form.select("button[formaction]")
        for place in {action, *(urljoin(address, press["formaction"]) for press in presses)}:
            if view := view_of(place):
                yield Form(
                    role,
                    place,
                    view,
                    form.get("method", "get").lower(),
                    tuple(filled(page, form)),
                    tuple(control["name"] for control in form.select("input[type=file][name]")),
                )


def view_of(address):
    """The name of the view; empty when it is not ours."""
    parts = urlsplit(address)
    if parts.netloc:
        return ""
    try:
        return resolve(parts.path).view_name
    except Resolver404:
        return ""


def filled(page, form):
    controls = form.select("[name]")
    if form.get("id"):
        controls += page.select(f"[form='{form['id']}'][name]")
    radios = set()
    for control in controls:
        kind = control.get("type", "text")
        if control.has_attr("disabled") or kind in {"file", "submit", "button"}:
            continue
        if kind == "radio" and control["name"] in radios:
            continue
        radios.add(control["name"])
        yield control["name"], value_of(control, kind)
    for press in form.select("button[name][value]")[:1]:
        yield press["name"], press["value"]


def value_of(control, kind):
    if control.name == "select":
        options = [option.get("value", "") for option in control.select("option")]
        chosen = [option.get("value", "") for option in control.select("option[selected]")]
        return next(filter(None, [*chosen, *options]), "")
    if control.name == "textarea":
        return control.text.strip() or "Une coupure de courant"
    return control.get("value") or TYPED.get(kind, "Une raison")
