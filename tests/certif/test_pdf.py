"""A document fetches nothing, says what it is to those who listen, and draws every letter right."""

import io
import logging
import socket

import pikepdf
import pypdfium2
import pytest
from django.contrib.staticfiles import finders
from PIL import Image, ImageChops, ImageFont, ImageOps, ImageStat

from certif.lib.pdf import PdfUnavailable, render_pdf
from certif.lib.press import press

NAMES = "Ÿ Łódź Şükrü Nguyễn Œuvré d’Arc O'Neil Jean‑Pierre ß Ø ğ ẞ"
WEIGHTS = {400: "Inter-Regular", 600: "Inter-SemiBold", 700: "Inter-Bold"}
SCALE = 3
SIZE = 40


def document(body, style=""):
    return (
        f'<!doctype html><html lang="fr"><head><title>Essai</title><style>{style}</style></head>'
        f"<body>{body}</body></html>"
    )


# --- Fetching -------------------------------------------------------------------------------------


@pytest.fixture
def listening():
    """A socket of this machine: whoever connects is noticed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


HOSTILE = {
    "img": '<img alt="" src="{}">',
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{}" width="9" height="9"/></svg>',
    "object": '<object data="{}"></object>',
    "embed": '<embed src="{}">',
    "style sheet": '<link rel="stylesheet" href="{}">',
    "import": "<style>@import url({});</style>",
    "background": '<p style="background: url({})">a</p>',
    "content": '<p style="content: url({})">a</p>',
    "font": "<style>@font-face {{ font-family: X; src: url({}) }} p {{ font-family: X }}</style><p>a",
    "attachment of the document": '<link rel="attachment" href="{}">',
    "attachment of a link": '<a rel="attachment" href="{}">a</a>',
}


def nobody_came(server):
    with pytest.raises(BlockingIOError):
        server.accept()
    return True


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE)
def test_nothing_is_asked_to_the_network(listening, markup):
    port = listening.getsockname()[1]

    press(document(markup.format(f"http://127.0.0.1:{port}/x.css")))

    assert nobody_came(listening)


@pytest.mark.parametrize("markup", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "url", ["file://{}", "data:text/css,p%7B%7D", "https://static.invalid/..{}"]
)
def test_nothing_is_read_from_the_disk_nor_from_the_text(tmp_path, caplog, markup, url):
    secret = tmp_path / "secret.css"
    secret.write_bytes(b"a secret of the server")

    with caplog.at_level(logging.WARNING, "certif.lib.press"):
        pdf = press(document(markup.format(url.format(secret))))

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert not opened.attachments
        assert all(b"secret of" not in stream.read_bytes() for stream in streams(opened))
    assert all(str(secret) not in record.getMessage() for record in ours(caplog))


def test_a_refusal_is_told_without_the_address(caplog):
    press(document('<img alt="" src="http://example.test/DUPONT">'))

    assert [record.getMessage() for record in ours(caplog)] == [
        "document: refused to fetch an address (http)"
    ]


def test_a_base_address_of_the_text_moves_nothing(listening):
    port = listening.getsockname()[1]

    press(document(f'<base href="http://127.0.0.1:{port}/"><img alt="" src="x.woff2">'))

    assert nobody_came(listening)


def streams(opened):
    return [item for item in opened.objects if isinstance(item, pikepdf.Stream)]


def ours(caplog):
    return [record for record in caplog.records if record.name == "certif.lib.press"]


# --- What a reader hears --------------------------------------------------------------------------

TABLE = """<h1>Liste</h1><table><thead><tr><th scope="col">Nom</th><th scope="col">Classe</th></tr>
</thead><tbody><tr><th scope="row">Dupont</th><td>3e B</td></tr></tbody></table>"""


@pytest.fixture
def table():
    with pikepdf.open(io.BytesIO(press(document(TABLE)))) as opened:
        yield opened


def elements(node):
    """Every element of the structure tree, from the top."""
    if isinstance(node, pikepdf.Array):
        return [found for child in node for found in elements(child)]
    if isinstance(node, pikepdf.Dictionary) and "/S" in node:
        return [node, *elements(node.get("/K", pikepdf.Array()))]
    return []


def test_it_says_its_language_and_its_title(table):
    assert table.Root.Lang == "fr"
    assert table.docinfo.Title == "Essai"
    assert table.Root.ViewerPreferences.DisplayDocTitle


def test_it_says_it_is_tagged_for_universal_access(table):
    assert table.Root.MarkInfo.Marked
    assert table.open_metadata()["pdfuaid:part"] == "1"
    assert {str(e.S) for e in elements(table.Root.StructTreeRoot.K)} >= {"/H1", "/Table", "/TH"}


def test_the_headers_of_a_table_say_what_they_head(table):
    headers = [e for e in elements(table.Root.StructTreeRoot.K) if e.S == "/TH" and "/A" in e]

    assert [str(header.A.Scope) for header in headers] == ["/Column", "/Column", "/Row"]


def test_the_same_page_gives_the_same_bytes():
    assert press(document(TABLE)) == press(document(TABLE))


# --- What a reader sees ---------------------------------------------------------------------------


@pytest.mark.parametrize("weight", WEIGHTS)
def test_every_letter_of_a_name_is_drawn_right(weight):
    """A picture: split font files draw wrong letters, while the text still reads right."""
    drawn = letters_of(press(document(f"<p>{NAMES}</p>", style_of(weight))))
    font = font_of(weight)

    wrong = [c for c, picture in drawn if not alike(picture, letter(font, c))]

    assert [c for c, _ in drawn] == [c for c in NAMES if c != " "]
    assert wrong == []


@pytest.mark.parametrize(("one", "other"), ["Ÿn", "Łh", "Ş/", "ŞS", "ễe", "ŸY", "łl", "’'", "‑n"])
def test_two_letters_are_not_taken_for_one_another(one, other):
    font = font_of(400)

    assert alike(letter(font, one), letter(font, one))
    assert not alike(letter(font, one), letter(font, other))


def style_of(weight):
    # Apart from one another, so that each letter can be cut out.
    apart = f'p {{ font: {weight} {SIZE}pt/1.6 "Document"; letter-spacing: 8pt }}'
    return apart + "@page { @bottom-right { content: none } }"


def font_of(weight):
    path = finders.find(f"vendor/inter/{WEIGHTS[weight]}.woff2")
    return ImageFont.truetype(path, SIZE * SCALE)


def letters_of(pdf):
    """Each letter of the first page, cut out of its picture."""
    page = pypdfium2.PdfDocument(pdf)[0]
    picture = ImageOps.invert(page.render(scale=SCALE).to_pil().convert("L"))
    text, height = page.get_textpage(), page.get_height()
    cut = []
    for index in range(text.count_chars()):
        character = text.get_text_range(index, 1)
        left, bottom, right, top = text.get_charbox(index)
        box = (left - 1, height - top - 1, right + 1, height - bottom + 1)
        if character.strip():
            cut.append((character, to_ink(picture.crop([round(at * SCALE) for at in box]))))
    return cut


def letter(font, character):
    picture = Image.new("L", (SIZE * SCALE * 2, SIZE * SCALE * 2))
    mask = font.getmask(character, mode="L")
    drawn = Image.frombytes("L", mask.size, bytes(mask))
    picture.paste(drawn, (10, 10))
    return to_ink(picture)


def to_ink(picture):
    return picture.crop(picture.point(lambda grey: 255 * (grey > 60)).getbbox())


def alike(one, other):
    """Of the same shape, and of the same ink but for the softness of the edges."""
    if abs(one.width - other.width) > 3 or abs(one.height - other.height) > 3:
        return False
    difference = ImageChops.difference(one, other.resize(one.size))
    return ImageStat.Stat(difference).mean[0] < 30


# --- Without the system libraries -----------------------------------------------------------------


def test_a_missing_library_has_its_own_name(without_pango):
    with pytest.raises(PdfUnavailable):
        render_pdf("account/email/password_reset_key_subject.txt", {})
