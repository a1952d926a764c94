"""Which template a workbook was filled from, told by a hidden sheet of it.

A hidden sheet, for it survives LibreOffice and Excel, in .xlsx as in .ods, and is read like any other.
"""

from dataclasses import dataclass

STAMP_SHEET = "_version"


@dataclass(frozen=True)
class Stamp:
    """`template` and `version` of the form; `subject`: what it was filled in for (a number, or empty)."""

    template: str
    version: int
    subject: str = ""

    def as_rows(self):
        return [["template", self.template], ["version", self.version], ["subject", self.subject]]


def stamp_of(sheets):
    """The stamp of a workbook that was read, or None: it has none, or one that nobody of ours wrote."""
    for sheet in sheets:
        if sheet.name == STAMP_SHEET:
            return _stamp(dict(row[:2] for row in sheet.rows if len(row) >= 2))
    return None


def _stamp(facts):
    template, version = facts.get("template"), facts.get("version")
    if not isinstance(template, str) or type(version) is not int:
        return None
    return Stamp(template, version, str(facts.get("subject") or ""))
