"""What confirming a file would do, as data that is kept until somebody confirms.

`compared`: the days and numbers of the sessions looked at.
`sessions`: one part per session: its `id` (None: to create), `action`, `fields`, `changes`, and the lines of its
`candidates`; or `pupils`, the lines of the register. A line is `added`, `changed`, `removed`, or `kept` (absent from the file,
but who joined stays), with the row of the file; what is `unchanged` is only counted.
"""

import hashlib
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from sessions.imports.table import Table
from sessions.models import ExamSession


@dataclass
class Plan:
    """`compared`: what the file was compared to, and `based_on` how it was (see `fingerprint`)."""

    data: dict
    errors: list
    based_on: str
    warnings: list = field(default_factory=list)


def compared_to(centre, *, days=(), numbers=()):
    return ExamSession.objects.filter(Q(date__in=days) | Q(pk__in=numbers), centre=centre)


def fingerprint(seen):
    """Of pairs (session, version): changes when one of them does, its list included."""
    return hashlib.sha256(repr(sorted(seen)).encode()).hexdigest()


def today_of(centre):
    return timezone.localdate(timezone=ZoneInfo(centre.time_zone))


def table_of(sheets, columns, optional=()):
    """The first sheet that bears the titles; else the first one, with what it lacks.

    Another sheet that bears them too is not read, and a warning says so.
    """
    tables = [Table(sheet, columns, optional) for sheet in sheets]
    fit = [table for table in tables if not table.errors]
    for other in fit[1:]:
        fit[0].warn_of_sheet(other)
    return fit[0] if fit else tables[0]
