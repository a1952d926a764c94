"""Reading the board as a person does."""

import re

from bs4 import BeautifulSoup
from django.urls import reverse

HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name, target, **query):
    """The address of a page of the session, or of one of its candidates."""
    session_id = getattr(target, "session_id", None)
    args = [session_id, target.pk] if session_id else [target.pk]
    return reverse(f"invigilation:{name}", args=args, query=query or None)


def live(client, session, version, **query):
    return client.get(url("board_live", session, v=version, **query), **HTMX)


def element(response, selector):
    page = BeautifulSoup(response.content, "html.parser")
    (found,) = page.select(selector)
    return found


def row(response, candidate):
    return element(response, f"#candidate-{candidate.pk}")


def words(node):
    """The text of an element, single spaces."""
    return " ".join(node.get_text(" ").split())


def names(response):
    page = BeautifulSoup(response.content, "html.parser")
    return [words(name) for name in page.select("#rows .row .name")]


def rows_sent(response):
    page = BeautifulSoup(response.content, "html.parser")
    return [found["id"] for found in page.select(".row")]


def normal(node):
    """What differs between two renderings of the same thing: tokens, operations, the swap itself.

    And who watches, which the page keeps.
    """
    text = re.sub(r'name="csrfmiddlewaretoken"[^>]*value="[^"]*"', "csrf", str(node))
    text = re.sub(r'name="csrfmiddlewaretoken" type="hidden"[^>]*', "csrf", text)
    text = re.sub(r'name="operation"[^>]*', "operation", text)
    text = re.sub(r'<span[^>]*id="watchers"[^>]*>[^<]*</span>', "watchers", text)
    text = re.sub(r' data-server-now="\d+"| hx-swap-oob="true"', "", text)
    return re.sub(r"\s+", " ", text)
