"""A template made into a tagged PDF (PDF/UA). WeasyPrint is loaded by the first document only."""

from django.template.loader import render_to_string


class PdfUnavailable(Exception):
    """The system libraries that WeasyPrint draws with (Pango) are not installed."""


def render_pdf(template_name, context):
    """The bytes of a document: the same template and context always give the same.

    The template extends `documents/base.html`; its styles are in `css/documents.css`.
    """
    html = render_to_string(template_name, context)
    try:
        from certif.lib.press import press
    except OSError as error:
        raise PdfUnavailable from error
    return press(html)
