from dataclasses import replace
from functools import partial

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from exam.models import Attempt
from invigilation.documents.unfinished import started_attempts, unfinished_of
from invigilation.models import IncidentCategory, IncidentCode, IncidentReport
from sessions.documents.papers import paper
from sessions.documents.registry import Audience, Document, document_of
from sessions.queries.candidates import candidates_of

IDENTITY = [_("Nom de naissance"), _("Prénom"), _("Date de naissance"), _("N° de certification")]
BLANKS = [""] * len(IDENTITY)
FRAUDS = [
    _("échange avec une autre personne"),
    _("téléphone ou autre appareil"),
    _("document ou aide non autorisés"),
    _("identité d’une autre personne"),
    _("autre"),
]
LINES, UNFINISHED_LINES = 14, 7
SPARE_LINES, SPARE_UNFINISHED_LINES = 4, 3


def blank_record(session):
    return paper(
        "incident_record",
        session,
        nomenclature=nomenclature_of(session),
        lines=range(LINES),
        unfinished_lines=range(UNFINISHED_LINES),
    )


def filled_record(session):
    spare = {"lines": range(SPARE_LINES), "unfinished_lines": range(SPARE_UNFINISHED_LINES)}
    return paper("incident_record", session, **record_context(session), **spare)


def record_context(session):
    """What a record that is filled in tells."""
    reports, attempts = reports_of(session), started_attempts(session)
    # Read last: whoever was enrolled meanwhile is in it, with his report.
    people = {candidate.pk: candidate for candidate in candidates_of(session)}
    numbers = {attempt.candidate_id: attempt.certification_number for attempt in attempts}
    for line in [*reports, *attempts]:
        line.candidate = people[line.candidate_id]
    for report in reports:
        report.certification_number = numbers.get(report.candidate_id)
    return {
        "is_filled": True,
        "nomenclature": nomenclature_of(session),
        "reports": reports,
        "notes": session.notes.told(),
        "unfinished": unfinished_of(session, attempts),
    }


def reports_of(session):
    """As they were written, one after the other."""
    reports = IncidentReport.objects.kept().filter(candidate__session=session)
    return list(
        reports.select_related("code", "written_by", "former__discarded_by").order_by(
            "written_at", "pk"
        )
    )


def nomenclature_of(session):
    """The two headings of the paper, with the codes of the session's date by category."""
    codes = list(IncidentCode.objects.active_on(session.date))
    about_questions = [code for code in codes if code.category == IncidentCategory.QUESTION]
    about_candidates = [code for code in codes if code.category != IncidentCategory.QUESTION]
    return [
        (_("Signalements liés au candidat"), by_category(about_candidates)),
        (_("Problème technique sur une question"), by_category(about_questions)),
    ]


def by_category(codes):
    """In the order of their ranks, which officers choose; a category comes with its first code."""
    categories = {}
    for code in codes:
        categories.setdefault(code.get_category_display(), []).append(code)
    return list(categories.items())


def fraud_report(session, candidate=None):
    who = zip(IDENTITY, identity_of(candidate) if candidate else BLANKS, strict=True)
    return paper("fraud_report", session, kinds=FRAUDS, who=list(who))


def identity_of(candidate):
    attempt = Attempt.objects.started().filter(candidate=candidate).first()
    return [
        candidate.birth_name.upper(),
        candidate.first_name,
        date_format(candidate.born, "d/m/Y") if candidate.born else "",
        attempt.certification_number if attempt else "",
    ]


def fraud_report_about(candidate):
    return replace(FRAUD_REPORT, render=partial(fraud_report, candidate=candidate))


BLANK_RECORD = Document(
    key="pv-incident",
    title=_("PV d’incident"),
    description=_(
        "À remplir à la main pendant la session\u00a0: les codes de sa date, les lignes, les "
        "certifications non terminées."
    ),
    audience=Audience.INVIGILATOR,
    render=blank_record,
)
FILLED_RECORD = Document(
    key="pv-incident-signalements",
    title=_("PV d’incident avec les signalements"),
    description=_(
        "Ceux qui ont été saisis, puis des lignes vides\u00a0; à signer par le surveillant."
    ),
    audience=Audience.INVIGILATOR,
    render=filled_record,
    printed_ahead=False,
)
FRAUD_REPORT = Document(
    key="rapport-de-fraude",
    title=_("Rapport de fraude"),
    description=_(
        "À remplir, à faire signer, puis à transmettre à la finalisation («\u00a0PV de fraude\u00a0»). Au nom "
        "d’un candidat\u00a0: depuis son signalement."
    ),
    audience=Audience.INVIGILATOR,
    render=fraud_report,
)
PAPERS = [BLANK_RECORD, FILLED_RECORD, FRAUD_REPORT]
TAKEN_IN_THE_ROOM = {"kit-surveillant", "feuille-surveillant", "feuille-emargement"}


def paper_of(key):
    """What the invigilator takes from the room by himself: of all the documents, these only."""
    taken = key in TAKEN_IN_THE_ROOM or key in {paper.key for paper in PAPERS}
    return document_of(key) if taken else None
