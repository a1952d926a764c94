"""The child process that opens an uploaded workbook. Run as a script, never with Django.

Nothing is imported but what reading needs: the process starts in a fiftieth of a second. It is told
its limits by its arguments and its work by its standard input, and answers on its standard output,
both as `marshal` (the fastest of the formats that run no code when read).
"""

import datetime
import gc
import marshal
import os
import resource
import sys
import zlib
from io import BytesIO

LONGEST_TEXT = 32_767  # what a cell holds, in Excel as in LibreOffice
EXACT = 2**53
HALF_A_SECOND = datetime.timedelta(milliseconds=500)
DAY, MOMENT, TIME = range(3)


class Refused(Exception):
    """Its arguments are the code of the problem and what its sentence needs."""

    def __init__(self, code, **details):
        super().__init__(code, details)


def main(packages, seconds, megabytes):
    gc.disable()  # nothing here goes in circles, and the process is short
    confine(int(seconds), int(megabytes) * 1024 * 1024)
    sys.path.append(packages)
    task = marshal.load(sys.stdin.buffer)
    sys.stdout.buffer.write(marshal.dumps(answer(task), 2))
    sys.stdout.flush()
    os._exit(0)  # without taking apart, cell by cell, what is to be forgotten


def confine(seconds, memory):
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def answer(task):
    try:
        return ("read", read(*task))
    except Refused as refusal:
        return ("refused", refusal.args)
    except MemoryError:
        return ("refused", ("far", {}))


def read(data, kind, parts, max_rows, max_columns):
    formulas = look_through(data, kind, parts, max_rows, max_columns)
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        with load_workbook(BytesIO(data)) as workbook:
            sheets = list(read_sheets(workbook, max_rows, max_columns))
    except PasswordError:
        raise Refused("protected") from None
    except CalamineError:
        raise Refused("damaged") from None
    if not sheets:
        raise Refused("no_sheet")
    return [(*sheet, formulas.get(sheet[0], [])) for sheet in sheets]


# --- What calamine does not tell: lies of the archive, DTD, far corners, formulas ------------------


def look_through(data, kind, parts, max_rows, max_columns):
    """{sheet: [(row, column), …]}: the cells that hold a formula, once every part is found honest."""
    kept = {}
    # The manifest first: it says whether the others are encrypted.
    for part in sorted(parts, key=lambda part: part[0] != "META-INF/manifest.xml"):
        name, xml = part[0], unpacked(data, *part[1:])
        refuse_dangers(name, xml)
        if kind == "xlsx" and is_sheet(name):
            refuse_far_corner(xml, max_rows, max_columns)
        if name in KEPT or may_hold_formulas(name, xml):
            kept[name] = xml
    if kind == "xlsx":
        return formulas_of_xlsx(kept)
    return formulas_of_ods(kept.get("content.xml"))


KEPT = {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"}


def is_sheet(name):
    return name.startswith("xl/") and "sheet" in name.lower() and name.endswith(".xml")


def unpacked(data, start, packed_size, size, crc, method):
    """Never more than what the directory declared, and nothing else than what it declared."""
    packed = memoryview(data)[start : start + packed_size]
    xml = bytes(packed) if method == 0 else inflated(packed, size)
    if len(xml) != size or zlib.crc32(xml) != crc:
        raise Refused("damaged")
    return xml


def inflated(packed, size):
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        xml = inflater.decompress(packed, size)
        more = inflater.decompress(inflater.unconsumed_tail, 1)
    except zlib.error:
        raise Refused("damaged") from None
    if more:
        raise Refused("bomb")
    return xml


def refuse_dangers(name, xml):
    if name == "META-INF/manifest.xml" and b"encryption-data" in xml:
        raise Refused("protected")
    if b"\0" in xml[:4] or xml.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("damaged")  # UTF-16, in which nothing below would be seen
    if b"<!DOCTYPE" in xml:
        raise Refused("forbidden")


def refuse_far_corner(xml, max_rows, max_columns):
    """A sheet that says itself it ends far away in both directions: its cells would fill the memory."""
    _before, found, rest = xml[:4096].partition(b'dimension ref="')
    corner = rest.partition(b'"')[0].rpartition(b":")[2]
    letters = corner.rstrip(b"0123456789")
    if not found or not letters.isalpha() or letters == corner:
        return
    column = 0
    for letter in letters.upper():
        column = column * 26 + letter - ord("A") + 1
    if int(corner[len(letters) :]) > max_rows and column > max_columns:
        raise Refused("far")


def may_hold_formulas(name, xml):
    """Quick and on the safe side: what it finds is then looked at closely."""
    if name == "content.xml":
        return b":formula=" in xml
    if not is_sheet(name):
        return False
    end = xml.rfind(b"</sheetData>")
    # Without that end, the names may bear a prefix: « x:f ».
    return xml.find(b"<f", 0, end) >= 0 if end > 0 else True


def formulas_of_xlsx(kept):
    suspects = {name: xml for name, xml in kept.items() if name not in KEPT}
    if not suspects:
        return {}
    paths = paths_of_sheets(*(kept.get(name, b"") for name in sorted(KEPT)))
    return {
        sheet: cells_with_formula(suspects[path])
        for path, sheet in paths.items()
        if path in suspects
    }


def paths_of_sheets(relations, workbook):
    targets, paths = {}, {}

    def relation(tag, attributes):
        if tag == "Relationship":
            target = attributes.get("Target", "")
            targets[attributes.get("Id")] = target[1:] if target[:1] == "/" else f"xl/{target}"

    def sheet(tag, attributes):
        if tag == "sheet":
            paths[targets.get(attributes.get("id"))] = attributes.get("name")

    walk(relations, relation)
    walk(workbook, sheet)
    return paths


def cells_with_formula(xml):
    """In the bytes when every cell tells its name, as they nearly always do; else tag by tag."""
    end = xml.rfind(b"</sheetData>")
    try:
        return list(named_cells_with_formula(xml, end)) if end > 0 else counted_cells(xml)
    except ValueError:
        return counted_cells(xml)


def named_cells_with_formula(xml, end):
    at = xml.find(b"<f", 0, end)
    while at >= 0:
        if xml[at + 2 : at + 3] in (b">", b"/", b" ", b"\n", b"\r", b"\t"):
            tag = xml[xml.rindex(b"<c", 0, at) : at]
            start = tag.index(b' r="') + len(b' r="')
            yield position(tag[start : tag.index(b'"', start)].decode())
        at = xml.find(b"<f", at + 2, end)


def counted_cells(xml):
    found = []
    row = column = 0
    in_cell = False

    def start(tag, attributes):
        nonlocal row, column, in_cell
        if tag == "row":
            row, column = int(attributes.get("r", row + 1)), 0
        elif tag == "c":
            in_cell = True
            row, column = position(attributes["r"]) if "r" in attributes else (row, column + 1)
        elif tag == "f" and in_cell:
            found.append((row, column))

    def end(tag):
        nonlocal in_cell
        in_cell = in_cell and tag != "c"

    walk(xml, start, end)
    return found


def position(name):
    letters = name.rstrip("0123456789")
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(name[len(letters) :]), column


def formulas_of_ods(xml):
    """Rows and cells may be repeated: the place of one is known by those before it."""
    found = {}
    sheet, row, rows, column = "", 0, 1, 0

    def start(tag, attributes):
        nonlocal sheet, row, rows, column
        if tag == "table":
            sheet, row, rows = attributes.get("name", ""), 0, 1
        elif tag == "table-row":
            row, column = row + rows, 1
            rows = int(attributes.get("number-rows-repeated", 1))
        elif tag in ("table-cell", "covered-table-cell"):
            if "formula" in attributes:
                found.setdefault(sheet, []).append((row, column))
            column += int(attributes.get("number-columns-repeated", 1))

    if xml:
        walk(xml, start)
    return found


def walk(xml, start, end=None):
    """Tags and attributes come without their prefixes, which each program chooses."""
    from xml.parsers import expat

    def local(name):
        return name.rpartition(":")[2]

    def started(name, attributes):
        start(local(name), {local(key): value for key, value in attributes.items()})

    parser = expat.ParserCreate()
    parser.StartElementHandler = started
    if end:
        parser.EndElementHandler = lambda name: end(local(name))
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError, TypeError):
        raise Refused("damaged") from None


# --- The values, in what `marshal` can carry -------------------------------------------------------


def read_sheets(workbook, max_rows, max_columns):
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    cells = 0
    for sheet in workbook.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            continue
        table = workbook.get_sheet_by_name(sheet.name)
        cells += refuse_size(table, max_rows, max_columns)
        if cells > max_rows * max_columns:
            raise Refused("bomb")
        rows = table.to_python(skip_empty_area=False)
        yield (sheet.name, sheet.visible != SheetVisibleEnum.Visible, *plain(rows, sheet.name))


def refuse_size(table, max_rows, max_columns):
    rows, columns = (table.end[0] + 1, table.end[1] + 1) if table.end else (0, 0)
    if rows > max_rows:
        raise Refused("rows", sheet=table.name, found=rows, most=max_rows)
    if columns > max_columns:
        raise Refused("columns", sheet=table.name, found=columns, most=max_columns)
    return rows * columns


def plain(rows, sheet):
    """The rows, and apart from them the dates and times: (row, column, kind, value)."""
    times = []

    def other(value, row, column):
        if isinstance(value, str):
            raise Refused("long_text", sheet=sheet, position=(row + 1, column + 1))
        if isinstance(value, (bool, int)):
            return value
        if isinstance(value, float):
            return value if abs(value) < float("inf") else str(value)
        time = plain_time(value)
        if time is None:
            return str(value)
        times.append((row, column, *time))
        return None

    whole = float.is_integer
    # One expression a cell: this loop is what reading costs above calamine's own.
    plain_rows = [
        [
            (value or None)
            if type(value) is str and len(value) <= LONGEST_TEXT
            else int(value)
            if type(value) is float and whole(value) and -EXACT < value < EXACT
            else other(value, row, column)
            for column, value in enumerate(values)
        ]
        for row, values in enumerate(rows)
    ]
    return plain_rows, times


def plain_time(value):
    if isinstance(value, datetime.datetime):
        return MOMENT, (value + HALF_A_SECOND).timetuple()[:6]
    if isinstance(value, datetime.date):
        return DAY, value.toordinal()
    if isinstance(value, datetime.time):
        return TIME, (value.hour, value.minute, value.second)
    # A duration, which is how a column of hours may be shaped.
    if datetime.timedelta() <= value < datetime.timedelta(days=1):
        minutes, seconds = divmod(value.seconds, 60)
        return TIME, (*divmod(minutes, 60), seconds)
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
