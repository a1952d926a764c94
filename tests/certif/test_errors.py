from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.test import RequestFactory

from certif.errors import refused
from certif.lib.refusals import Refusal, TooManyTries

NINE = datetime(2026, 12, 14, 9, 0, tzinfo=UTC)


def request(*, htmx):
    request = RequestFactory().post("/")
    request.htmx, request.resolver_match = htmx, None
    request.user = SimpleNamespace(is_authenticated=False)
    return request


@pytest.mark.parametrize("htmx", [True, False], ids=["fragment", "page"])
def test_too_many_tries_say_when_one_counts_again(htmx):
    response = refused(request(htmx=htmx), TooManyTries("Trop d’essais.", retry_at=NINE))

    assert response.status_code == 429
    assert response["Retry-After"] == "Mon, 14 Dec 2026 09:00:00 GMT"
    assert "Trop d’essais." in response.content.decode()


def test_another_refusal_has_no_delay():
    response = refused(request(htmx=True), Refusal("Trop tard."))

    assert response.status_code == 409
    assert "Retry-After" not in response


def test_the_sentence_of_a_fragment_is_escaped():
    response = refused(request(htmx=True), Refusal("<b>Ada</b>"))

    assert response.content.decode() == "&lt;b&gt;Ada&lt;/b&gt;"
