"""A fault in the middle of anything: a page for a person, nothing half done, no door left open."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from tests import test_access
from tests.factories import UserFactory
from tests.finalisation.pages import dismiss
from tests.fuzz.cast import set_the_scene
from tests.fuzz.forms import forms_of
from tests.fuzz.ground import undone
from tests.fuzz.mutations import body_of, plain
from tests.fuzz.visits import WRITES
from tests.test_access import (
    ACCESS,
    LOGGED_IN,
    NOBODY,
    PERSONAL,
    URLS,
    snapshot,
)
from tests.test_headers import opener

pytestmark = pytest.mark.django_db

# The whole cast, made once for this module.
rooms, both, world = test_access.rooms, test_access.both, test_access.world

SENTENCE = "Le service a rencontré un problème"
HTMX = {"HX-Request": "true"}


class BrokenViews:
    """The last of the middlewares: each view is found, and breaks instead of answering."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        raise ZeroDivisionError("ornithorynque")


def asks(world, name, **options):
    client = world.client(opener(name))
    client.raise_request_exception = False
    response = client.get(world.url(name), **options)
    dismiss(response)
    return response


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_each_view_that_breaks_is_a_page_in_french_with_its_reference(world, settings, headers):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.BrokenViews"]

    answers = {name: asks(world, name, headers=headers) for name in URLS}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(
        URLS, 500
    )
    assert [name for name, answer in answers.items() if not is_told(answer)] == []


def is_told(response):
    """What happened, and what to say on the telephone; nothing of the code nor of anybody."""
    text = response.content.decode()
    words = [SENTENCE, f'<code class="reference">{response["X-Request-ID"]}</code>']
    return (
        all(word in text for word in words)
        and "Traceback" not in text
        and "ornithorynque" not in text
    )


# --- Nothing half done ----------------------------------------------------------------------------


class LastWriteBroken:
    """The seam: counts the writes of a request, then breaks the last one of the same request.

    Not those of the login, which Django keeps once the view is done.
    """

    def __init__(self, breaks=0):
        self.breaks, self.count = breaks, 0

    def __call__(self, execute, sql, params, many, context):
        if WRITES.match(sql) and "django_session" not in sql:
            self.count += 1
            if self.count == self.breaks:
                raise DatabaseError("it broke")
        return execute(sql, params, many, context)


def sent(world, form, seam):
    client = Client(raise_request_exception=False)
    client.cookies.update(world.cookies.get(form.role, {}))
    body, content_type = body_of(*plain(form), {})
    with connection.execute_wrapper(seam):
        response = client.generic(form.method.upper(), form.action, body, content_type)
    dismiss(response)
    return response


def what_stays(scene, form):
    """The status and the tables changed, once the last write of this form is broken."""
    with undone():
        counted = LastWriteBroken()
        sent(scene.world, form, counted)
    if not counted.count:
        return None
    with undone():
        response = sent(scene.world, form, LastWriteBroken(counted.count))
        transaction.set_rollback(False)  # Nothing is broken but by us: what stays may be read.
        return response.status_code, scene.changed(snapshot())


@pytest.mark.ignore_template_errors
def test_a_form_whose_last_write_fails_has_written_nothing(settings, tmp_path):
    scene, met = set_the_scene()
    forms = [form for form in forms_of(scene.world, met) if form.method == "post"]

    found = {form.kind: stays for form in forms if (stays := what_stays(scene, form))}

    assert len(found) > 40
    assert {kind: stays for kind, stays in found.items() if stays != (500, [])} == {}


class BrokenAnswers(BrokenViews):
    """The view has answered, and its answer is lost on the way out."""

    def __call__(self, request):
        self.get_response(request)
        raise ZeroDivisionError

    def process_view(self, request, view, args, kwargs):
        return None


def test_an_answer_lost_after_the_writing_is_not_said_unwritten(client, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.BrokenAnswers"]
    client.raise_request_exception = False
    user = UserFactory()
    client.force_login(user)

    page = client.post("/compte/", {"first_name": "Béa", "last_name": "Durand"}).content.decode()

    user.refresh_from_db()
    assert user.first_name == "Béa"
    assert "n’a peut-être pas été enregistré" in page


# --- A right that cannot be read is no right -----------------------------------------------------

RIGHTS = ("accounts_membership", "sessions_invigilatoraccess", "sessions_candidate")
LOGINS = ("django_session", "accounts_user")


def unreadable(*tables):
    def refuse(execute, sql, params, many, context):
        if any(table in sql for table in tables):
            raise DatabaseError("away")
        return execute(sql, params, many, context)

    return connection.execute_wrapper(refuse)


def opened(world, names, tables):
    with unreadable(*tables):
        answers = {name: asks(world, name) for name in names}
    return {
        name: answer.status_code for name, answer in answers.items() if answer.status_code < 400
    }


def test_no_page_opens_when_the_rights_cannot_be_read(world):
    ours = [name for name, (_methods, allowed) in ACCESS.items() if allowed < LOGGED_IN]

    assert len(ours) > 90
    assert opened(world, ours, RIGHTS) == {}


def test_no_page_opens_when_the_login_cannot_be_read(world):
    private = [name for name, (_methods, allowed) in ACCESS.items() if NOBODY not in allowed]

    assert opened(world, [*private, *PERSONAL], LOGINS) == {}
