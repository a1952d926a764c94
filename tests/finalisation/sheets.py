"""« Matériel certification », filled in the room."""

from io import BytesIO

from openpyxl import load_workbook

from sessions.imports.templates import equipment_workbook

NUMBER, MINUTES, SEEN, COMMENT = range(4)


def filled_sheet(session, filled):
    """The workbook of the site, the columns of the day filled: {candidate: {column: value}}."""
    book = load_workbook(BytesIO(equipment_workbook([session])))
    tab = book[f"Session {session.pk}"]
    title = next(
        cell for row in tab.iter_rows() for cell in row if cell.value == "N° de certification"
    )
    lines = {row[0].value: row for row in tab.iter_rows(min_row=title.row + 1)}
    for candidate, values in filled.items():
        for column, value in values.items():
            lines[candidate.pk][title.column - 1 + column].value = value
    content = BytesIO()
    book.save(content)
    return content.getvalue()
