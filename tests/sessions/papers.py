"""Reading a PDF back: its words, its pages, its pictures."""

import pypdfium2


def pages_of(pdf):
    """The text of each page, on one line, its no-break spaces made plain."""
    return [
        " ".join(page.get_textpage().get_text_range().replace("\ufffe", "-").split())
        for page in pypdfium2.PdfDocument(pdf)
    ]


def text_of(pdf):
    return " ".join(pages_of(pdf))


def letters_of(pdf):
    """Its text without any space: what was cut to fit a column is whole again."""
    return text_of(pdf).replace(" ", "")


def pictures_of(pdf, *, scale=2):
    return [page.render(scale=scale).to_pil().convert("L") for page in pypdfium2.PdfDocument(pdf)]
