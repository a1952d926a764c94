"""The papers of a session that need nothing more than its list."""

from datetime import timedelta
from math import ceil

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from certif.accounts.models import CentreKind
from certif.lib.pdf import render_pdf
from certif.lib.wallclock import zone_label
from sessions.documents.qr import qr_of
from sessions.documents.registry import Audience, Document
from sessions.models import CANDIDATES_PER_INVIGILATOR, TEST_DURATION
from sessions.queries.candidates import candidates_of

ROWS_PER_PAGE = CANDIDATES_PER_INVIGILATOR
SLIPS_PER_ROW = 2


def kit(session):
    address = settings.SITE_URL + reverse("invigilation:join")
    qr = qr_of(f"{address}?session={session.pk}")
    return paper("kit", session, address=address, qr=qr)


def attendance_sheet(session):
    candidates = candidates_of(session)
    context = {
        "pages": in_rows_of(ROWS_PER_PAGE, numbered(candidates)),
        "by_class": reads_by_class(session, candidates),
    }
    return paper("attendance_sheet", session, **context)


def invigilator_sheet(session):
    candidates = numbered(candidates_of(session))
    for candidate in candidates:
        candidate.extra_minutes = extra_minutes(candidate)
    return paper("invigilator_sheet", session, candidates=candidates)


def slips(session):
    address = settings.SITE_URL + reverse("exam:join")
    rows = in_rows_of(SLIPS_PER_ROW, candidates_of(session))
    return paper("slips", session, rows=rows, address=address)


def paper(name, session, **context):
    context |= {
        "session": session,
        "issue": session.issue,
        "zone": zone_label(session.time_zone),
        "support_email": settings.SUPPORT_EMAIL,
    }
    return render_pdf(f"documents/{name}.html", context)


def numbered(candidates):
    for number, candidate in enumerate(candidates, start=1):
        candidate.row_number = number
    return candidates


def in_rows_of(size, items):
    """At least one row: an empty list still makes a page."""
    return [items[i : i + size] for i in range(0, len(items), size)] or [[]]


def reads_by_class(session, candidates):
    """Schools know their pupils by class, unless they only gave numbers."""
    if session.centre.kind != CentreKind.SCO:
        return False
    has_class = any(candidate.school_class for candidate in candidates)
    return has_class or not any(candidate.external_id for candidate in candidates)


def extra_minutes(candidate):
    return ceil(TEST_DURATION * candidate.extra_time_percent / 100 / timedelta(minutes=1))


PAPERS = [
    Document(
        key="kit-surveillant",
        title=_("Kit surveillant"),
        description=_("Les trois secrets, les cinq étapes, l’emploi du PV d’incident. Deux pages."),
        audience=Audience.INVIGILATOR,
        render=kit,
    ),
    Document(
        key="feuille-surveillant",
        title=_("Feuille du surveillant"),
        description=_(
            "Les temps majorés, et des colonnes à remplir\u00a0: présence, n° de certification, temps "
            "accordé, écran de fin vu, commentaires."
        ),
        audience=Audience.INVIGILATOR,
        render=invigilator_sheet,
        needs_candidates=True,
    ),
    Document(
        key="feuille-emargement",
        title=_("Feuille d’émargement"),
        description=_("À faire signer par les candidats et le surveillant. 20 candidats par page."),
        audience=Audience.CANDIDATES,
        render=attendance_sheet,
        needs_candidates=True,
    ),
    Document(
        key="coupons-candidats",
        title=_("Coupons candidats"),
        description=_(
            "À découper et à remettre à chacun\u00a0: numéro de session, heure, lieu, adresse."
        ),
        audience=Audience.CANDIDATES,
        render=slips,
        needs_candidates=True,
        is_cut_up=True,
    ),
]
