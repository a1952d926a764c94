"""Several documents bound into one are read back: nothing of what each told is lost."""

import io

import pikepdf
import pypdfium2
import pytest

from certif.lib.pdf_merge import Binding, Copy, NotBindable, Part
from certif.lib.press import press
from tests.certif.test_pdf import document, elements
from tests.sessions.papers import pages_of

TABLE = """<h1>{0}</h1><table><thead><tr><th scope="col">Nom</th><th scope="col">Classe</th></tr>
</thead><tbody><tr><th scope="row">{0}</th><td>3e B</td></tr></tbody></table>"""
TWO_PAGES = '<h1>Deux</h1><p>recto</p><p style="break-before: page">verso</p>'
LINKS = '<p><a href="https://exemple.test/">dehors</a> <a href="#ici">ici</a></p><p id="ici">ici'


def bind(*bodies, title="La journée", parts=()):
    file = io.BytesIO()
    binding = Binding(file)
    for number, body in enumerate(bodies, start=1):
        part = Part(press(document(body)), f"Document {number}", "Session 1", f"1-{number}, p. ")
        binding.add(part)
    for part in parts:
        binding.add(part)
    binding.close(title=title, language="fr")
    return file.getvalue()


def opened(pdf):
    return pikepdf.open(io.BytesIO(pdf))


def owners(pdf, number):
    return pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)[number]


def contents_of(page):
    """The numbers of the pieces of content of a page, in the order they are drawn."""
    operators = pikepdf.parse_content_stream(page)
    return [int(o.operands[1].MCID) for o in operators if str(o.operator) == "BDC"]


def drawn_and_owner(pdf):
    return [
        (page, number, owners(pdf, int(page.StructParents))[number])
        for page in pdf.pages
        if "/Contents" in page
        for number in contents_of(page)
    ]


def top_of(element):
    while "/P" in element:
        element = element.P
    return element


def attributes(pdf, kind):
    return [e.A for e in elements(pdf.Root.StructTreeRoot.K) if kind == e.S and "/A" in e]


# --- A file that any reader opens -----------------------------------------------------------------


def test_it_is_a_sound_file():
    with opened(bind(TABLE.format("Un"), TWO_PAGES, LINKS)) as pdf:
        assert pdf.check_pdf_syntax() == []


def test_every_page_is_there_in_order():
    pages = pages_of(bind(TWO_PAGES, TWO_PAGES.replace("recto", "encore")))

    words = [{"recto", "verso", "encore"} & set(page.split()) for page in pages]
    assert words == [{"recto"}, {"verso"}, {"encore"}, {"verso"}]


def test_a_picture_of_a_page_is_that_of_its_own_document():
    alone = press(document(TABLE.format("Łódź")))

    together = bind(TWO_PAGES, TABLE.format("Łódź"))

    assert picture(together, 2) == picture(alone, 0)


def picture(pdf, page):
    return pypdfium2.PdfDocument(pdf)[page].render(scale=1).to_pil().tobytes()


# --- Paper ----------------------------------------------------------------------------------------


def test_a_document_never_begins_on_the_back_of_another():
    pages = pages_of(bind(TABLE.format("Un"), TABLE.format("Deux")))

    assert [bool(page) for page in pages] == [True, False, True, False]


def test_what_is_cut_up_has_nothing_on_its_backs():
    slips = Part(press(document(TWO_PAGES)), "a", "b", "c", one_sided=True)

    pages = pages_of(bind(parts=[slips]))

    assert [bool(page) for page in pages] == [True, False, True, False]


def test_a_back_is_as_large_as_its_front():
    landscape = document(TABLE.format("Un"), "@page { size: A4 landscape }")

    with opened(bind(parts=[Part(press(landscape), "a", "b", "c")])) as pdf:
        assert pdf.pages[1].MediaBox == pdf.pages[0].MediaBox


# --- What a reader hears --------------------------------------------------------------------------


def test_it_says_its_title_its_language_and_that_it_is_tagged():
    with opened(bind(TWO_PAGES, title="La journée <du> 14 & 15")) as pdf:
        metadata = pdf.open_metadata()
        assert pdf.docinfo.Title == metadata["dc:title"] == "La journée <du> 14 & 15"
        assert metadata["pdfuaid:part"] == "1"
        assert pdf.Root.Lang == "fr"
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle


def test_each_part_is_one_document_in_its_language():
    with opened(bind(TABLE.format("Un"), TWO_PAGES)) as pdf:
        roots = list(pdf.Root.StructTreeRoot.K)
        assert [(str(r.S), str(r.T), str(r.Lang)) for r in roots] == [
            ("/Document", "Document 1", "fr"),
            ("/Document", "Document 2", "fr"),
        ]


def test_every_piece_of_content_has_its_element_on_its_page():
    with opened(bind(TABLE.format("Un"), TWO_PAGES, TABLE.format("Trois"))) as pdf:
        found = drawn_and_owner(pdf)
        assert len(found) == 17
        assert all(owner.Pg.objgen == page.obj.objgen for page, _, owner in found)
        assert all(number in list(owner.K) for _, number, owner in found)
        root = pdf.Root.StructTreeRoot.objgen
        assert {top_of(owner).objgen for _, _, owner in found} == {root}


def test_the_headers_of_a_table_keep_their_scope():
    with opened(bind(TABLE.format("Un"), TABLE.format("Deux"))) as pdf:
        scopes = [str(a.Scope) for a in attributes(pdf, "/TH")]
        assert scopes == ["/Column", "/Column", "/Row"] * 2


def test_a_cell_leads_to_the_headers_of_its_own_table():
    with opened(bind(TABLE.format("Un"), TABLE.format("Deux"))) as pdf:
        named = pikepdf.NameTree(pdf.Root.StructTreeRoot.IDTree)
        cells = [[str(i) for i in a.Headers] for a in attributes(pdf, "/TD")]
        assert len({identifier for cell in cells for identifier in cell}) == 4
        heard = [named[identifier] for cell in cells for identifier in cell]
        assert [str(element.S) for element in heard] == ["/TH"] * 4
        assert len(named) == 6


def test_a_link_is_owned_and_leads_within_its_own_part():
    with opened(bind(TWO_PAGES, LINKS)) as pdf:
        outside, inside = pdf.pages[2].Annots
        assert outside.A.URI == "https://exemple.test/"
        assert inside.Dest[0].objgen == pdf.pages[2].obj.objgen
        assert [str(owners(pdf, int(a.StructParent)).S) for a in (outside, inside)] == ["/Link"] * 2


# --- Finding one’s way ----------------------------------------------------------------------------


def test_bookmarks_go_by_chapter_then_by_part():
    part = Part(press(document(TWO_PAGES)), "Kit Łódź", "Session 2", "2, p. ")
    with opened(bind(TABLE.format("Un"), TWO_PAGES, parts=[part])) as pdf:
        with pdf.open_outline() as outline:
            told = [(c.title, [below.title for below in c.children]) for c in outline.root]
            first = outline.root[1].children[0].destination[0]
        assert told == [
            ("Session 1", ["Document 1", "Document 2"]),
            ("Session 2", ["Kit Łódź"]),
        ]
        assert first.objgen == pdf.pages[4].obj.objgen


def test_pages_are_numbered_within_their_part():
    with opened(bind(TABLE.format("Un"), TWO_PAGES)) as pdf:
        labels = [page.label for page in pdf.pages]
        assert labels == ["1-1, p. 1", "1-1, p. 2", "1-2, p. 1", "1-2, p. 2"]


# --- Weight ---------------------------------------------------------------------------------------


def test_what_two_parts_share_is_stored_once():
    one, twelve = bind(TABLE.format("Un")), bind(*[TABLE.format("Un")] * 12)

    assert len(twelve) < 3 * len(one)


# --- What is refused ------------------------------------------------------------------------------


def saved(pdf):
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def test_an_untagged_part_is_refused():
    pdf = pikepdf.new()
    pdf.add_blank_page()

    with pytest.raises(NotBindable):
        bind(parts=[Part(saved(pdf), "a", "b", "c")])


def test_a_structure_with_more_than_we_know_is_refused():
    pdf = opened(press(document(TWO_PAGES)))
    pdf.Root.StructTreeRoot.RoleMap = pikepdf.Dictionary(Titre=pikepdf.Name.H1)

    with pytest.raises(NotBindable):
        bind(parts=[Part(saved(pdf), "a", "b", "c")])


def test_a_part_that_fails_on_its_way_leaves_the_others_whole(monkeypatch):
    file, good = io.BytesIO(), Part(press(document(TABLE.format("Un"))), "a", "b", "c")
    binding = Binding(file)
    binding.add(good)
    with monkeypatch.context() as patch:
        patch.setattr(Copy, "_copy_what_is_needed", lambda copy: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            binding.add(good)
    binding.add(good)
    binding.close(title="La journée", language="fr")

    with opened(file.getvalue()) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == 4
        assert len(drawn_and_owner(pdf)) == 12


def test_an_unfinished_binding_is_no_file():
    file = io.BytesIO()
    Binding(file).add(Part(press(document(TWO_PAGES)), "a", "b", "c"))

    with pytest.raises(pikepdf.PdfError):
        pikepdf.open(io.BytesIO(file.getvalue()), attempt_recovery=False)


@pytest.mark.parametrize(
    "text", ["12 0 R", "(3 0 R", ") 4 0 R (", "\\) 5 0 R", "<6 0 R>", "é 7 0 R"]
)
def test_a_text_that_looks_like_a_reference_stays_a_text(text):
    with opened(bind(parts=[Part(press(document(TWO_PAGES)), text, text, text)])) as pdf:
        assert str(pdf.Root.StructTreeRoot.K[0].T) == text
        assert pdf.pages[0].label == f"{text}1"
