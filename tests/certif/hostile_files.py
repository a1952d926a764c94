"""Files that nobody sends by good will, each made by the function that bears its name."""

import io
import struct
import zipfile

from openpyxl import Workbook

SHEET = "xl/worksheets/sheet1.xml"
MEGABYTE = 1024 * 1024
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook_bytes(workbook):
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def xlsx(rows=(("nom", "prénom"), ("Œuvrard", "Zoé"))):
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)
    return workbook_bytes(workbook)


def rezipped(data, changes):
    """The zip again, some of its parts changed: {name: a function of its bytes}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            change = changes.get(entry.filename, lambda content: content)
            new.writestr(entry.filename, change(old.read(entry)), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def with_part(data, name, content):
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


def with_sheet_xml(change, data=None):
    return rezipped(data or xlsx(), {SHEET: change})


def with_sheet_data(cells):
    """A sheet whose rows are the given XML, and whose dimension is not told."""
    start = f"<worksheet {NAMESPACE}><sheetData>".encode()
    return with_sheet_xml(lambda _xml: start + cells + b"</sheetData></worksheet>")


def zip_bomb():
    """A gigabyte of spaces in a sheet of one megabyte."""
    buffer = io.BytesIO(xlsx())
    with (
        zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet2.xml", "w") as part,
    ):
        for _ in range(1024):
            part.write(b" " * MEGABYTE)
    return buffer.getvalue()


def zip_bomb_that_lies():
    """Sixty megabytes that the directory declares as one."""
    data = with_sheet_xml(lambda xml: xml + b" " * (60 * MEGABYTE))
    return declared_sizes(data, SHEET, MEGABYTE)


def declared_sizes(data, name, size):
    """The size of a part changed where it is declared: in its header and in the directory."""
    data = bytearray(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entry = archive.getinfo(name)
    struct.pack_into("<L", data, entry.header_offset + 22, size)
    struct.pack_into("<L", data, directory_offset(data, name) + 24, size)
    return bytes(data)


def directory_offset(data, name):
    return data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode()))


def small_parts_that_add_up():
    """Each part is modest, all of them are not."""
    buffer = io.BytesIO(xlsx())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(f"xl/media/{number}.xml", b" " * (MEGABYTE - 1))
    return buffer.getvalue()


def fifty_thousand_entries():
    """As many as five megabytes hold."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(50_000):
            archive.writestr(f"{number}", b"")
    return buffer.getvalue()


def overlapping_entries():
    """Two entries of the directory read the same bytes."""
    data = bytearray(xlsx())
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first, second = archive.infolist()[:2]
    struct.pack_into("<L", data, directory_offset(data, second.filename) + 42, first.header_offset)
    return bytes(data)


def encrypted_ods():
    manifest = b"<manifest:manifest><manifest:encryption-data/></manifest:manifest>"
    return ods({"content.xml": b"\x8f\x02 noise", "META-INF/manifest.xml": manifest})


def ods(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        for name, content in parts.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def ods_table(rows):
    """An .ods whose only table holds these rows of XML."""
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    body = f'<table:table table:name="F">{rows}</table:table>'
    return ods(
        {
            "content.xml": f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f"{body}</office:spreadsheet></office:body></office:document-content>".encode(),
            "META-INF/manifest.xml": b"<manifest/>",
        }
    )


def ods_cells_repeated():
    cell = (
        '<table:table-cell office:value-type="string" table:number-columns-repeated="16384">'
        "<text:p>x</text:p></table:table-cell>"
    )
    return ods_table(
        f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    )


def climbing_path():
    return with_part(xlsx(), "../../etc/cron.d/x.xml", b"<x/>")


def bad_checksum():
    data = bytearray(xlsx())
    struct.pack_into("<L", data, directory_offset(data, SHEET) + 16, 0xDEADBEEF)
    return bytes(data)


def far_cell():
    workbook = Workbook()
    workbook.active["A1"] = "nom"
    workbook.active["XFD1048576"] = "loin"
    return workbook_bytes(workbook)


def far_cell_undeclared():
    return with_sheet_xml(
        lambda xml: xml.replace(b'<dimension ref="A1:XFD1048576" />', b"").replace(
            b'<dimension ref="A1:XFD1048576"/>', b""
        ),
        far_cell(),
    )


def cell_far_right():
    workbook = Workbook()
    workbook.active["XFD1"] = "loin"
    return workbook_bytes(workbook)


def cell_far_down():
    workbook = Workbook()
    workbook.active["A1048576"] = "loin"
    return workbook_bytes(workbook)


def dimension_told(reference):
    return with_sheet_xml(lambda xml: xml.replace(b"A1:B2", reference))


def million_rows():
    """The ratio is that of a bomb."""
    return with_sheet_data(b"<row><c><v>1</v></c></row>" * 1_000_002)


def many_rows():
    """Within thirty megabytes, and of an honest ratio."""
    rows = [b"<row><c><v>%d</v></c></row>" % number for number in range(900_000)]
    return with_sheet_data(b"".join(rows))


def too_many_columns():
    return xlsx([["x"] * 61])


def billion_laughs():
    levels = b"".join(
        b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10)
    )
    return with_doctype(b'<!DOCTYPE lolz [<!ENTITY l0 "lol">%s]>' % levels, b"&l9;")


def external_entity():
    return with_doctype(b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>', b"&e;")


def with_doctype(doctype, reference):
    sheet = b"<row><c t='inlineStr'><is><t>%s</t></is></c></row>" % reference
    return with_sheet_xml(lambda xml: doctype + xml, with_sheet_data(sheet))


def text_in_utf_16():
    return with_sheet_xml(lambda xml: xml.decode().encode("utf-16"))


def broken_xml():
    return with_sheet_xml(lambda xml: xml[:-40])


def truncated():
    data = xlsx()
    return data[: len(data) * 2 // 3]


def not_a_workbook():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("photos/1.txt", "x")
    return buffer.getvalue()


def word_document():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")
    return buffer.getvalue()


def shared_string_out_of_range():
    return with_sheet_data(b'<row r="1"><c r="A1" t="s"><v>99</v></c></row>')


def gigantic_cell():
    """Ten megabytes, compressed like a text: digits that do not repeat."""
    return xlsx_raw_text("".join(map(str, range(1_600_000))))


def shared_string_repeated():
    """A text of 32,000 characters, told once and shown by a hundred thousand cells."""
    text = "".join(map(str, range(10_000)))[:32_000]
    strings = f"<sst {NAMESPACE}><si><t>{text}</t></si></sst>"
    rows = [f'<row r="{row}">' + '<c t="s"><v>0</v></c>' * 50 + "</row>" for row in range(1, 2_001)]
    return with_part(with_sheet_data("".join(rows).encode()), "xl/sharedStrings.xml", strings)


def xlsx_raw_text(text):
    cell = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'
    return with_sheet_data(cell.encode())


def formula_cells():
    workbook = Workbook()
    workbook.active.append(["nom", "total"])
    workbook.active.append(["Œuvrard", "=1+1"])
    return workbook_bytes(workbook)


def ole(part):
    """The container of old Office files, holding a part of that name."""
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + part.encode("utf-16-le") + b"\0" * 512
    )


def encrypted():
    return ole("EncryptedPackage")


def old_excel():
    return ole("Workbook")


def web_page():
    return "<html><body><table><tr><td>Œuvrard</td></tr></table></body></html>".encode()


def pdf():
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


def png():
    return b"\x89PNG\r\n\x1a\n" + b"\0" * 100


def noise():
    return bytes(range(1, 256)) * 20


def too_heavy():
    return b"a;b\n" * (5 * MEGABYTE // 4 + 1)


def binary_excel():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.bin", b"\x83\x01\x00")
    return buffer.getvalue()


def without_a_sheet():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", f"<workbook {NAMESPACE}/>")
    return buffer.getvalue()


def many_sheets(count, *, rows, columns):
    workbook = Workbook()
    for _ in range(count):
        sheet = workbook.create_sheet()
        for _ in range(rows):
            sheet.append(["x"] * columns)
    return workbook_bytes(workbook)


def xml_workbook():
    return (
        b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    )


def control_characters():
    return b"nom;pr\x07nom\n"


def empty():
    return b""


def blank():
    return b" \r\n\t\0"


def only_a_byte_order_mark():
    return b"\xef\xbb\xbf"
