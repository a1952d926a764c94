"""Finished PDFs bound into one that still tells its structure (PDF/UA): tags, languages, headers.

Written as the parts come, straight into a file: binding two hundred takes no more memory than two.
A part is a tagged PDF made by `certif.lib.press`; pikepdf reads it, and each object that its pages
or its structure need is copied under a number of its own.
"""

import hashlib
import io
import re
import zlib
from dataclasses import dataclass
from itertools import chain
from xml.sax.saxutils import escape

import pikepdf
from pikepdf import Array, String

PRODUCER = "certif"
STRUCTURE = {"/Type", "/K", "/ParentTree"}
CATALOG, PAGES, STRUCTURE_ROOT, OWNERS, IDENTIFIERS = range(1, 6)
# Strings are matched to be left alone: what looks like a reference within one is a text.
REFERENCE = re.compile(rb"\((?:[^\\()]|\\.)*\)|<[0-9a-fA-F]*>|(\d+) (\d+) R\b", re.DOTALL)


class NotBindable(ValueError):
    """A part whose structure could not be kept whole."""


@dataclass(frozen=True)
class Part:
    """`chapter`: the bookmark its own stands under. `label`: what its page numbers begin with.

    `one_sided`: its pages are to be cut up, so that the back of each stays blank.
    """

    pdf: bytes
    title: str
    chapter: str
    label: str
    one_sided: bool = False


class Binding:
    """Open a file to write, `add` each part, then `close`: before that, it is not a PDF yet."""

    def __init__(self, file):
        self.file = file
        self.offsets = Offsets(IDENTIFIERS)
        self.page_count = 0
        self.next_owner = 0
        self.roots = {PAGES: [], STRUCTURE_ROOT: [], OWNERS: [], IDENTIFIERS: []}
        self.chapters = {}
        self.labels = []
        self.known_streams = {}
        file.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, part):
        """Each part begins on a sheet of its own, whichever side the paper is printed on."""
        with pikepdf.open(io.BytesIO(part.pdf)) as source:
            refuse_unknown(source, part)
            copy = Copy(self, source)
            copy.run(part)
        self.labels.append((self.page_count, part.label))
        self.chapters.setdefault(part.chapter, []).append((part.title, copy.first_page))
        self.page_count += copy.page_count
        self.next_owner += copy.owner_count

    def close(self, *, title, language):
        outlines = self._outlines()
        metadata = self.write_stream(
            b"/Type /Metadata /Subtype /XML", xmp(title, language).encode()
        )
        info = self.offsets.new()
        objects = {
            CATALOG: b"<< /Type /Catalog /Pages %d 0 R /StructTreeRoot %d 0 R /Lang %s"
            b" /MarkInfo << /Marked true >> /ViewerPreferences << /DisplayDocTitle true >>"
            b" /Metadata %d 0 R /Outlines %d 0 R /PageMode /UseOutlines"
            b" /PageLabels << /Nums [ %s ] >> >>"
            % (PAGES, STRUCTURE_ROOT, text(language), metadata, outlines, self._labels()),
            PAGES: b"<< /Type /Pages /Count %d /Kids %s >>"
            % (self.page_count, references(self.roots[PAGES])),
            STRUCTURE_ROOT: b"<< /Type /StructTreeRoot /K %s /ParentTree %d 0 R"
            b" /ParentTreeNextKey %d /IDTree %d 0 R >>"
            % (references(self.roots[STRUCTURE_ROOT]), OWNERS, self.next_owner, IDENTIFIERS),
            OWNERS: b"<< /Kids %s >>" % references(self.roots[OWNERS]),
            IDENTIFIERS: b"<< /%s %s >>"
            % (
                b"Kids" if self.roots[IDENTIFIERS] else b"Names",
                references(self.roots[IDENTIFIERS]),
            ),
            info: b"<< /Title %s /Producer %s >>" % (text(title), text(PRODUCER)),
        }
        self.write_objects(objects)
        self._write_end(info)

    def _labels(self):
        return b" ".join(
            b"%d << /S /D /P %s >>" % (page, text(label)) for page, label in self.labels
        )

    def _outlines(self):
        """Chapters, and their parts below. Folded: a day is read by its sessions."""
        root = self.offsets.new()
        tops = []
        for chapter, parts in self.chapters.items():
            top = self.offsets.new()
            tops.append((chapter, parts[0][1], top, self._siblings(top, parts)))
        items = [(title, page, number) for title, page, number, _ in tops]
        children = {number: items_below for _, _, number, items_below in tops}
        self.write_objects(
            {
                **outline_items(items, root, children),
                root: b"<< /Type /Outlines /Count %d %s >>" % (len(items), ends_of(items)),
            }
        )
        return root

    def _siblings(self, parent, parts):
        items = [(title, page, self.offsets.new()) for title, page in parts]
        self.write_objects(outline_items(items, parent, {}))
        return items

    def write_stream(self, entries, data, *, number=None):
        number = number or self.offsets.new()
        self.offsets.put(number, 1, self.file.tell(), 0)
        self.file.write(
            b"%d 0 obj\n<< %s /Length %d >>\nstream\n%s\nendstream\nendobj\n"
            % (number, entries, len(data), data)
        )
        return number

    def write_objects(self, objects):
        """Many small objects, in one compressed stream."""
        place, header, body = self.offsets.new(), [], []
        length = 0
        for index, (number, written) in enumerate(objects.items()):
            self.offsets.put(number, 2, place, index)
            header.append(b"%d %d" % (number, length))
            body.append(written)
            length += len(written) + 1
        head = b" ".join(header) + b"\n"
        entries = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode" % (len(body), len(head))
        self.write_stream(entries, zlib.compress(head + b"\n".join(body)), number=place)

    def _write_end(self, info):
        number, start = self.offsets.new(), self.file.tell()
        self.offsets.put(number, 1, start, 0)
        table = self.offsets.table()
        entries = (
            b"/Type /XRef /Size %d /W [ %d %d %d ] /Root %d 0 R /Info %d 0 R /Filter /FlateDecode"
            % (number + 1, *Offsets.WIDTHS, CATALOG, info)
        )
        self.write_stream(entries, zlib.compress(table), number=number)
        self.file.write(b"startxref\n%d\n%%%%EOF\n" % start)


class Copy:
    """One part on its way into the binding."""

    def __init__(self, binding, source):
        self.binding, self.source = binding, source
        self.numbers, self.waiting, self.written = {}, [], {}
        self.pages_node = binding.offsets.new()
        self.numbers[source.Root.Pages.objgen[0]] = self.pages_node
        self.numbers[source.Root.StructTreeRoot.objgen[0]] = STRUCTURE_ROOT
        self.owner_count = 0

    def run(self, part):
        make_destinations_explicit(self.source)
        identified = self._tell_identifiers_apart()
        pages = [page.obj for page in self.source.pages]
        self._move_owners(pages)
        page_numbers = self._with_blank_backs(pages, part.one_sided)
        self.first_page, self.page_count = page_numbers[0], len(page_numbers)
        added = {
            PAGES: [self.pages_node],
            STRUCTURE_ROOT: [self.number_of(each) for each in self._named_documents(part)],
            OWNERS: [self._owners()],
            IDENTIFIERS: [self._identifiers(identified)] if identified else [],
        }
        self.written[self.pages_node] = b"<< /Type /Pages /Parent %d 0 R /Count %d /Kids %s >>" % (
            PAGES,
            self.page_count,
            references(page_numbers),
        )
        self._copy_what_is_needed()
        self.binding.write_objects(self.written)
        # Last: a part that failed on the way is in no tree, and the binding is still sound.
        for root, numbers in added.items():
            self.binding.roots[root] += numbers

    def _tell_identifiers_apart(self):
        """The headers of two tables may bear one name: each part puts its own before it."""
        mark = b"%06d/" % len(self.binding.roots[OWNERS])
        identified = []
        for element in self.source.objects:
            if not isinstance(element, pikepdf.Dictionary) or "/S" not in element:
                continue
            if "/ID" in element:
                element.ID = String(mark + bytes(element.ID))
                identified.append((bytes(element.ID), element))
            if "/Headers" in element.get("/A", {}):
                element.A.Headers = Array([String(mark + bytes(i)) for i in element.A.Headers])
        return sorted(identified, key=lambda pair: pair[0])

    def _move_owners(self, pages):
        for page in pages:
            page.StructParents = int(page.StructParents) + self.binding.next_owner
            for annotation in page.get("/Annots", []):
                if "/StructParent" in annotation:
                    moved = int(annotation.StructParent) + self.binding.next_owner
                    annotation.StructParent = moved

    def _named_documents(self, part):
        elements = list(self.source.Root.StructTreeRoot.K)
        for element in elements:
            element.T = String(part.title)
            element.Lang = self.source.Root.Lang
        return elements

    def _owners(self):
        """This part's leaf of the parent tree: which element owns each piece of content."""
        tree = pikepdf.NumberTree(self.source.Root.StructTreeRoot.ParentTree)
        leaf, entries, first = self.binding.offsets.new(), [], self.binding.next_owner
        for number, owner in tree.items():
            entries.append(b"%d %s" % (first + number, self.renumbered(owner)))
            self.owner_count = max(self.owner_count, number + 1)
        self.written[leaf] = b"<< /Limits [ %d %d ] /Nums [ %s ] >>" % (
            first,
            first + self.owner_count - 1,
            b" ".join(entries),
        )
        return leaf

    def _identifiers(self, identified):
        leaf = self.binding.offsets.new()
        ends = [String(identified[end][0]).unparse() for end in (0, -1)]
        names = [
            b"%s %d 0 R" % (String(identifier).unparse(), self.number_of(element))
            for identifier, element in identified
        ]
        self.written[leaf] = b"<< /Limits [ %s %s ] /Names [ %s ] >>" % (*ends, b" ".join(names))
        return leaf

    def _with_blank_backs(self, pages, one_sided):
        numbers = []
        for page in pages:
            numbers.append(self.number_of(page))
            if one_sided:
                numbers.append(self._blank_page(page))
        return numbers if len(numbers) % 2 == 0 else [*numbers, self._blank_page(pages[-1])]

    def _blank_page(self, like):
        """The back of a sheet: nothing, not even something to skip."""
        number = self.binding.offsets.new()
        self.written[number] = b"<< /Type /Page /Parent %d 0 R /MediaBox %s /Resources << >> >>" % (
            self.pages_node,
            like.MediaBox.unparse(),
        )
        return number

    def _copy_what_is_needed(self):
        while self.waiting:
            number, item = self.waiting.pop()
            self.written[number] = self.renumbered(item, resolved=True)

    def number_of(self, item):
        """Under which number an object of the source is copied; read when it is first met."""
        own = item.objgen[0]
        if own not in self.numbers:
            if isinstance(item, pikepdf.Stream):
                self.numbers[own] = self._copy_stream(item)
            else:
                self.numbers[own] = self.binding.offsets.new()
                self.waiting.append((self.numbers[own], item))
        return self.numbers[own]

    def _copy_stream(self, stream):
        """Two sessions often need the same letters: what is the same is stored once."""
        entries, data = stream.stream_dict, stream.read_raw_bytes()
        del entries.Length
        entries = self.renumbered(entries, resolved=True).removeprefix(b"<<").removesuffix(b">>")
        key = hashlib.sha256(b"%s\0%s" % (entries, data)).digest()
        known = self.binding.known_streams
        if key not in known:
            known[key] = self.binding.write_stream(entries.strip(), data)
        return known[key]

    def renumbered(self, item, *, resolved=False):
        def new_reference(match):
            if match[1] is None:
                return match[0]
            target = self.source.get_object(int(match[1]), int(match[2]))
            return b"%d 0 R" % self.number_of(target)

        return REFERENCE.sub(new_reference, item.unparse(resolved=resolved))


class Offsets:
    """Where each object is: the cross-reference table, nine bytes an object."""

    WIDTHS = (1, 4, 4)

    def __init__(self, reserved):
        self._table = bytearray(sum(self.WIDTHS) * (reserved + 1))

    def new(self):
        self._table += bytes(sum(self.WIDTHS))
        return len(self._table) // sum(self.WIDTHS) - 1

    def put(self, number, *fields):
        packed = [f.to_bytes(w, "big") for f, w in zip(fields, self.WIDTHS, strict=True)]
        start = number * sum(self.WIDTHS)
        self._table[start : start + sum(self.WIDTHS)] = b"".join(packed)

    def table(self):
        return bytes(self._table)


def refuse_unknown(source, part):
    root = source.Root.get("/StructTreeRoot")
    flat = all(page.obj.Parent.objgen == source.Root.Pages.objgen for page in source.pages)
    if root is None or set(root.keys()) - STRUCTURE or not flat:
        raise NotBindable(part.title)


def make_destinations_explicit(source):
    """A name leads somewhere within its own file only: the place itself is written instead."""
    names = source.Root.get("/Names", {}).get("/Dests")
    for annotation in chain.from_iterable(page.get("/Annots", []) for page in source.pages):
        if isinstance(annotation.get("/Dest"), String):
            annotation.Dest = pikepdf.NameTree(names)[str(annotation.Dest)]


def outline_items(items, parent, children):
    written = {}
    for index, (title, page, number) in enumerate(items):
        near = {b"Prev": index - 1, b"Next": index + 1}
        links = [
            b"/%s %d 0 R" % (key, items[place][2])
            for key, place in near.items()
            if 0 <= place < len(items)
        ]
        if below := children.get(number):
            links.append(b"/Count -%d %s" % (len(below), ends_of(below)))
        written[number] = b"<< /Title %s /Parent %d 0 R /Dest [ %d 0 R /Fit ] %s >>" % (
            text(title),
            parent,
            page,
            b" ".join(links),
        )
    return written


def ends_of(items):
    return b"/First %d 0 R /Last %d 0 R" % (items[0][2], items[-1][2])


def references(numbers):
    return b"[ %s ]" % b" ".join(b"%d 0 R" % number for number in numbers)


def text(value):
    return String(str(value)).unparse()


def xmp(title, language):
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part><pdf:Producer>{PRODUCER}</pdf:Producer>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{escape(language)}</rdf:li></rdf:Bag></dc:language>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
