"""A template made into a tagged PDF (PDF/UA). WeasyPrint is loaded by the first document only."""

from django.template.loader import render_to_string


class PdfUnavailable(Exception):
    """The system libraries that WeasyPrint draws with (Pango) are not installed."""


ARCHIVED = "pdf/a-3a"


def render_pdf(template_name, context, **options):
    """The bytes of a document: the same template and context always give the same.

    The template extends `documents/base.html`; its styles are in `css/documents.css`. With
    `variant=ARCHIVED` it is written to be kept, and is tagged all the same.
    """
    html = render_to_string(template_name, context)
    try:
        from certif.lib.press import press
    except OSError as error:
        raise PdfUnavailable from error
    return press(html, **options)
