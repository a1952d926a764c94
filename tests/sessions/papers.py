"""Reading a PDF back: its words, its pages, its pictures."""

import pypdfium2
import segno
from pypdfium2.raw import FPDF_PAGEOBJ_PATH


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


def qr_holds(pdf, text):
    """Whether the QR code drawn on the first page, as it is printed, says this."""
    page = pypdfium2.PdfDocument(pdf)[0]
    paths = page.get_objects(filter=[FPDF_PAGEOBJ_PATH])
    left, bottom, right, top = max((path.get_bounds() for path in paths), key=_height_of_a_square)
    matrix = [list(row) for row in segno.make_qr(text, error="m").matrix]
    scale = 8 * len(matrix) / (right - left)
    printed = page.render(scale=scale, crop=_around(page, left, bottom, right, top)).to_pil()
    seen = printed.convert("1").resize((len(matrix), len(matrix)), resample=0)
    return [[not seen.getpixel((x, y)) for x in range(seen.width)] for y in range(seen.height)] == [
        [bool(module) for module in row] for row in matrix
    ]


def _height_of_a_square(bounds):
    left, bottom, right, top = bounds
    return top - bottom if abs((right - left) - (top - bottom)) < 0.5 else 0


def _around(page, left, bottom, right, top):
    width, height = page.get_size()
    return left, bottom, width - right, height - top
