from certif.lib.privacy import ERASED_WORDS, Category, Rule, personal, rows_deleted
from invigilation.models import IncidentCode, IncidentReport, SessionNote, Watch
from sessions.privacy import words_erased

ABOUT_EXTRA_TIME = "C2"

PERSONAL = {
    IncidentReport: personal(Category.WORDS, "texts", "description resolution discarded_why"),
    SessionNote: personal(Category.WORDS, "texts", "text discarded_why"),
    Watch: personal(Category.CONNECTION, "connections", "last_seen_at"),
}
OURS = {
    IncidentCode: "code category label active_from active_until needs_description needs_question calls_for_review rank",
    IncidentReport: "written_on",
}
WITH_ROW = {
    IncidentReport: (
        "discarded_at discarded_by candidate code needs_description needs_question "
        "question_number written_at written_by resolved_at resolved_by former"
    ),
    SessionNote: "discarded_at discarded_by session written_at written_by former",
}


def _about_extra_time(limit):
    return IncidentReport.objects.filter(
        code__code=ABOUT_EXTRA_TIME, candidate__session__published_at__lt=limit
    ).exclude(description__in=["", ERASED_WORDS])


def _erase_descriptions(reports):
    IncidentReport.objects.filter(pk__in=[report.pk for report in reports]).update(
        description=ERASED_WORDS
    )


RULES = [
    Rule("extra_time", "signalements de temps majoré", _about_extra_time, _erase_descriptions),
    *words_erased(
        PERSONAL,
        {IncidentReport: "textes des signalements", SessionNote: "notes de la salle"},
    ),
    rows_deleted(
        "connections",
        "passages des surveillants",
        lambda limit: Watch.objects.filter(last_seen_at__lt=limit),
    ),
]
