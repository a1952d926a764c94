import secrets
from functools import reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from certif.accounts.models import User
from certif.audit.models import AuditEvent
from certif.lib.privacy import (
    ERASED_NAME,
    ERASED_WORDS,
    Category,
    Rule,
    delete_files,
    erased_values,
    erased_words,
    personal,
    rows_deleted,
)
from sessions.enums import SessionState
from sessions.models import (
    Candidate,
    ExamSession,
    InvigilatorAccess,
    PreparedImport,
    PrintRun,
    Pupil,
    search_key,
)
from sessions.models.session import WIPED
from sessions.queries.register import register_imports

# What a certificate says of its holder, and the key under which he is found.
ON_A_CERTIFICATE = "birth_name first_name sex birth_date birth_city birth_country identity_key"
BESIDE = "birth_postcode birth_insee_code"
ADDRESSES = "convocation_email results_email"
AT_SCHOOL = "external_id school_class"

PERSONAL = {
    Candidate: personal(Category.IDENTITY, "certificates", ON_A_CERTIFICATE)
    | personal(Category.IDENTITY, "records", BESIDE)
    | personal(Category.CONTACT, "records", ADDRESSES)
    | personal(Category.SCHOOL, "records", AT_SCHOOL)
    | personal(Category.HEALTH, "extra_time", "extra_time_percent accessibility_need"),
    Pupil: personal(Category.IDENTITY, "register", f"{ON_A_CERTIFICATE} {BESIDE}")
    | personal(Category.CONTACT, "register", ADDRESSES)
    | personal(Category.SCHOOL, "register", AT_SCHOOL),
    ExamSession: personal(Category.IDENTITY, "records", "invigilators search_key")
    | personal(Category.WORDS, "texts", "observations")
    | personal(Category.SECRET, "secrets", "password access_code"),
    PreparedImport: personal(Category.FILE, "files", "filename source plan errors"),
    PrintRun: personal(Category.FILE, "files", "file"),
}
OURS = {
    ExamSession: "site room date start_time end_time time_zone state",
    PreparedImport: "kind state based_on",
    PrintRun: "session_ids document_keys state failure",
}
WITH_ROW = {
    ExamSession: (
        "centre starts_at ends_at version created_at created_by code_given_at code_given_by "
        "first_started_at started_count finalised_at finalised_by published_at published_by"
    ),
    InvigilatorAccess: "session user granted_at ended_at",
    Candidate: (
        "session user linked_at is_present presence_noted_at presence_noted_by test_started_at "
        "row_version"
    ),
    PreparedImport: (
        "created_at created_by progress_done progress_total beat_at centre session finished_at"
    ),
    PrintRun: "created_at created_by progress_done progress_total beat_at centre",
    Pupil: "centre",
}


def erased_candidate(tags):
    """What is written over a row of a list, for those of its fields that are to go."""
    values = erased_values(Candidate, tags)
    return values | {"birth_name": ERASED_NAME} if "birth_name" in values else values


def way_to_session(model):
    """The lookup from a row of this table to its session; None if it has none."""
    if model is ExamSession:
        return "pk"
    if model is AuditEvent:
        return "session_id"
    links = [field for field in model._meta.concrete_fields if field.is_relation]
    for field in links:
        if field.related_model is ExamSession:
            return field.name
    for field in links:
        if field.related_model not in {User, model} and (
            way := way_to_session(field.related_model)
        ):
            return f"{field.name}__{way}"
    return None


def words_erased(tags_of, told):
    """`told`: of which models, and how the register of processing names their texts."""
    return [_words_erased(model, what, tags_of[model]) for model, what in told.items()]


def _words_erased(model, what, tags):
    names = [name for name, tag in tags.items() if tag.category == Category.WORDS]
    written = reduce(or_, (~Q(**{f"{name}__in": ["", ERASED_WORDS]}) for name in names))
    until = "ends_at" if model is ExamSession else f"{way_to_session(model)}__ends_at"

    def due(limit):
        return model.objects.filter(written, **{f"{until}__lt": limit})

    def forget(rows):
        erased = {name: erased_words(name) for name in names}
        model.objects.filter(pk__in=[row.pk for row in rows]).update(**erased)

    return Rule("texts", what, due, forget)


def _with_secrets(limit):
    """Not those of a session that waits for a later day: they are still to be given."""
    over = ~Q(state=SessionState.CREATED) | Q(first_started_at__isnull=False)
    return ExamSession.objects.filter(over, ends_at__lt=limit).exclude(password__startswith=WIPED)


def _wipe_secrets(sessions):
    """Something that nobody was given, and nobody guesses: a blank would be matched by a blank."""
    for session in sessions:
        session.password = WIPED + secrets.token_hex(5)
        session.access_code = WIPED + secrets.token_hex(5)
    ExamSession.objects.bulk_update(sessions, ["password", "access_code"])


def _open_rooms(limit):
    over = ExamSession.objects.watched_no_more(limit)
    return InvigilatorAccess.objects.open().filter(session__in=over)


def _close_rooms(accesses):
    InvigilatorAccess.objects.filter(pk__in=[access.pk for access in accesses]).update(
        ended_at=timezone.now()
    )


def _with_invigilators(limit):
    return ExamSession.objects.filter(ends_at__lt=limit).exclude(invigilators="")


def _erase_invigilators(sessions):
    for session in sessions:
        session.invigilators = ""
        session.search_key = search_key(session.site, session.room, "")
    ExamSession.objects.bulk_update(sessions, ["invigilators", "search_key"])


def _with_extra_time(limit):
    return Candidate.objects.filter(
        ~Q(extra_time_percent=0) | ~Q(accessibility_need=""), session__published_at__lt=limit
    )


def _erase_extra_time(candidates):
    Candidate.objects.filter(pk__in=[candidate.pk for candidate in candidates]).update(
        extra_time_percent=0, accessibility_need=""
    )


def _of_left_registers(limit):
    """Of a school that sent no register since: a pupil has no date of its own."""
    sent = register_imports().filter(centre_id=OuterRef("centre_id"), at__gte=limit)
    return Pupil.objects.filter(~Exists(sent))


def _old_imports(limit):
    return PreparedImport.objects.filter(created_at__lt=limit).defer("source", "plan", "errors")


def _old_prints(limit):
    return PrintRun.objects.filter(created_at__lt=limit)


def _discard_prints(runs):
    delete_files(runs, "file")
    PrintRun.objects.filter(pk__in=[run.pk for run in runs]).delete()


RULES = [
    Rule("rooms", "accès des surveillants", _open_rooms, _close_rooms),
    Rule("secrets", "secrets de session", _with_secrets, _wipe_secrets),
    Rule(
        "extra_time",
        "temps majorés et besoins d’accessibilité",
        _with_extra_time,
        _erase_extra_time,
    ),
    *words_erased(PERSONAL, {ExamSession: "observations des sessions"}),
    Rule("records", "noms de surveillants", _with_invigilators, _erase_invigilators),
    rows_deleted("register", "élèves du registre", _of_left_registers),
    rows_deleted("files", "fichiers importés", _old_imports),
    Rule("files", "impressions groupées", _old_prints, _discard_prints),
]
