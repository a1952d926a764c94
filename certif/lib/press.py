"""WeasyPrint, with the static folder for its only source. Import it late: Pango may be missing."""

import logging
import mimetypes
from functools import cache
from threading import Lock
from urllib.parse import unquote, urlsplit

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

STATIC = "https://static.invalid/"
STYLESHEET = STATIC + "css/documents.css"
SERVED = (".css", ".woff2")

logger = logging.getLogger(__name__)
# One set of fonts serves every thread, and Pango does not share it between two at once.
_one_at_a_time = Lock()


def press(html, *, variant="pdf/ua-1"):
    with _one_at_a_time:
        stylesheet, fonts = _style()
        page = HTML(string=html, base_url=STATIC, url_fetcher=StaticOnly())
        return page.write_pdf(
            stylesheets=[stylesheet],
            font_config=fonts,
            pdf_variant=variant,
            finisher=tell_scope_of_headers,
        )


@cache
def _style():
    """Reading the fonts and the rules costs as much as a document: once a process."""
    fonts = FontConfiguration()
    return CSS(url=STYLESHEET, url_fetcher=StaticOnly(), font_config=fonts), fonts


class StaticOnly(URLFetcher):
    """Serves our style sheets and fonts; no network, no disk, no `data:`, whatever a text says."""

    def fetch(self, url, headers=None):
        path = _static_path(url)
        if path is None:
            # The address may hold what a person typed: its scheme alone is told.
            logger.warning("document: refused to fetch an address (%.10s)", urlsplit(url).scheme)
            raise ValueError("refused")
        with open(path, "rb") as file:
            content_type, _ = mimetypes.guess_type(path)
            return URLFetcherResponse(url, file.read(), {"Content-Type": content_type})


def _static_path(url):
    name = unquote(urlsplit(url).path).removeprefix("/")
    if not url.startswith(STATIC) or not name.endswith(SERVED):
        return None
    try:
        return finders.find(name)
    except SuspiciousFileOperation:
        return None


def tell_scope_of_headers(document, pdf):
    """WeasyPrint ties each cell to its headers by ids; PDF/UA readers also look for the scope."""
    elements = {item.reference: item for item in pdf.objects if isinstance(item, dict)}
    for element in elements.values():
        if element.get("S") == "/TH" and "A" in element:
            row = elements[element["P"]]
            column = elements[row["P"]]["S"] == "/THead"
            element["A"]["Scope"] = "/Column" if column else "/Row"
