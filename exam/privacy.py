from certif.lib.privacy import Category, Rule, erased_values, personal, rows_deleted
from exam.enums import GrantReason
from exam.models import Answer, Attempt, Beat, Question, QuestionProblem, ResumeRequest, TimeGrant
from sessions.privacy import words_erased

PERSONAL = {
    Attempt: personal(Category.RESULT, "certificates", "certification_number")
    | personal(Category.CONNECTION, "connections", "seat_key"),
    Answer: personal(Category.EXAM, "records", "value")
    | personal(Category.RESULT, "records", "outcome")
    | personal(Category.WORDS, "texts", "neutralised_why"),
    TimeGrant: personal(Category.WORDS, "texts", "detail")
    | personal(Category.HEALTH, "extra_time", "reason"),
    QuestionProblem: personal(Category.WORDS, "texts", "text word"),
    Beat: personal(Category.CONNECTION, "connections", "last_seen_at"),
}
OURS = {
    Question: (
        "key competence kind statement choices answers image image_alt attachment link time_limit "
        "is_active"
    ),
    Attempt: "state question_ids right consent_version",
    QuestionProblem: "state",
    ResumeRequest: "state",
}
WITH_ROW = {
    Attempt: (
        "candidate right_granted_at right_granted_by resume_refused_at resume_asked_at started_at "
        "answered_count granted_minutes question_shown_at silent_since ended_at ended_by end_screen_shown_at "
        "end_screen_seen_at end_screen_seen_by"
    ),
    Answer: "attempt number question answered_at neutralised_at",
    ResumeRequest: "attempt asked_at gap_seconds answered_at answered_by",
    TimeGrant: "attempt minutes granted_at granted_by",
    QuestionProblem: "attempt number question raised_at decided_at decided_by replaced_by",
}


def erased_grant(tags):
    return erased_values(TimeGrant, tags) | {"reason": GrantReason.OTHER}


def _with_seat(limit):
    over = Attempt.objects.filter(candidate__session__ends_at__lt=limit)
    return over.filter(candidate__session__finalised_at__isnull=False).exclude(seat_key="")


def _erase_seats(attempts):
    Attempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).update(seat_key="")


def _for_extra_time(limit):
    return TimeGrant.objects.filter(
        reason=GrantReason.EXTRA_TIME, attempt__candidate__session__published_at__lt=limit
    )


def _erase_reasons(grants):
    TimeGrant.objects.filter(pk__in=[grant.pk for grant in grants]).update(reason=GrantReason.OTHER)


RULES = [
    Rule("connections", "navigateurs des tests", _with_seat, _erase_seats),
    rows_deleted(
        "connections",
        "signes de vie des tests",
        lambda limit: Beat.objects.filter(last_seen_at__lt=limit),
    ),
    Rule("extra_time", "raisons « temps majoré oublié »", _for_extra_time, _erase_reasons),
    *words_erased(
        PERSONAL,
        {
            Answer: "raisons des neutralisations",
            TimeGrant: "précisions des temps ajoutés",
            QuestionProblem: "problèmes signalés par des candidats",
        },
    ),
]
