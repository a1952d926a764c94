"""Filling in the closing page as a browser does."""

from bs4 import BeautifulSoup
from django.urls import reverse

HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name, session, *args):
    return reverse(f"finalisation:{name}", args=[session.pk, *args])


def fields(response, selector="#closing"):
    """What the form of this page would send if nobody touched it."""
    (form,) = BeautifulSoup(response.content, "html.parser").select(selector)
    sent = {}
    for control in form.select("[name]"):
        if control.get("form") is None and _is_sent(control):
            sent.setdefault(control["name"], []).append(_value(control))
    return sent


def _is_sent(control):
    return control.get("type") not in {"checkbox", "radio"} or control.has_attr("checked")


def _value(control):
    if control.name == "textarea":
        return control.text.removeprefix("\r\n").removeprefix("\n")
    if control.name == "select":
        chosen = control.select("option[selected]") or control.select("option")
        return chosen[0]["value"]
    return control.get("value", "")


def dismiss(response):
    """Close the file of a download: `response.close()` would close the database as well."""
    for close in response._resource_closers:
        close()


def missing(response):
    page = BeautifulSoup(response.content, "html.parser")
    return [link["href"] for link in page.select("#missing li a[href^='#']")]


def words(node):
    return " ".join(node.get_text(" ").split())
