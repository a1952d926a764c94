"""After the day: files, mails, results; and the candidates of a session, with all that was theirs."""

from functools import partial, reduce
from operator import or_

from django.db.models import Exists, OuterRef, Q

from certif.lib.privacy import (
    Category,
    Rule,
    delete_files,
    erased_values,
    personal,
    rows_deleted,
)
from exam import privacy as of_exam
from exam.models import Answer, Attempt, Beat, QuestionProblem, TimeGrant
from finalisation.models import (
    AskedPublication,
    Certificate,
    Certification,
    ClosingDocument,
    ClosingFile,
    IdentityCorrection,
    JuryDecision,
    Mailing,
    PublicationRun,
    QuestionRuling,
    SealedRecord,
    Sealing,
    UnfinishedTest,
)
from invigilation import privacy as of_invigilation
from invigilation.models import IncidentReport
from sessions import privacy as of_sessions
from sessions.enums import SessionState
from sessions.models import Candidate, ExamSession
from sessions.privacy import erased_candidate, words_erased

PERSONAL = {
    ClosingFile: personal(Category.WORDS, "texts", "global_comment documents_comment"),
    UnfinishedTest: personal(Category.RESULT, "records", "reason"),
    ClosingDocument: personal(Category.FILE, "documents", "file name"),
    SealedRecord: personal(Category.FILE, "records", "file"),
    Certification: personal(Category.RESULT, "certificates", "verdict areas"),
    Certificate: personal(Category.RESULT, "certificates", "code"),
    QuestionRuling: personal(Category.WORDS, "texts", "why"),
    JuryDecision: personal(Category.WORDS, "texts", "for_candidate for_centre")
    | personal(Category.RESULT, "certificates", "verdict"),
    IdentityCorrection: personal(
        Category.IDENTITY,
        "records",
        "birth_name first_name birth_date sex birth_postcode birth_city birth_insee_code "
        "birth_country",
    )
    | personal(Category.WORDS, "texts", "why"),
    Mailing: personal(Category.CONTACT, "mailings", "recipient")
    | personal(Category.WORDS, "mailings", "details"),
}
OURS = {
    ClosingDocument: "kind content_type",
    SealedRecord: "sha256 audit_sha256",
    Sealing: "error",
    Mailing: "kind error",
    AskedPublication: "refusal",
}
WITH_ROW = {
    PublicationRun: "asked_at asked_by",
    AskedPublication: "run session version settled_at",
    ClosingFile: (
        "session has_incident has_incident_at has_incident_by global_comment_at "
        "global_comment_by documents_comment_at documents_comment_by not_held officer "
        "officer_since saved_at saved_by"
    ),
    UnfinishedTest: "attempt given_at given_by",
    ClosingDocument: "session size added_at added_by",
    SealedRecord: "session finalised_at sealed_at",
    Sealing: "session finalised_at tries tried_at next_at",
    Certification: "attempt right counted neutralised scored_at",
    Certificate: "attempt given_at",
    QuestionRuling: "attempt number neutralised ruled_at ruled_by",
    JuryDecision: "attempt decided_at decided_by",
    IdentityCorrection: "candidate corrected_at corrected_by",
    Mailing: "session occasion created_at tries tried_at is_under_way sent_at",
}

# Where the rows of a candidate are, from each table that holds some of his.
OF_CANDIDATE = {
    Candidate: "pk",
    Attempt: "candidate",
    Answer: "attempt__candidate",
    TimeGrant: "attempt__candidate",
    QuestionProblem: "attempt__candidate",
    Beat: "attempt__candidate",
    IncidentReport: "candidate",
    UnfinishedTest: "attempt__candidate",
    Certification: "attempt__candidate",
    Certificate: "attempt__candidate",
    QuestionRuling: "attempt__candidate",
    JuryDecision: "attempt__candidate",
    IdentityCorrection: "candidate",
}
DELETED = {Beat, IdentityCorrection}
TAGS = of_sessions.PERSONAL | of_exam.PERSONAL | of_invigilation.PERSONAL | PERSONAL


def erase_candidates(candidates, *, certificate_too):
    """Their rows stay, as those of nobody: the counts of the session still stand.

    Unless `certificate_too`, what proves a certification obtained is kept: the identity, the number
    of the certification and its result.
    """
    ids = [candidate.pk for candidate in candidates]
    _forget_results_mails(candidates)
    for model, path in OF_CANDIDATE.items():
        rows = model.objects.filter(**{f"{path}__in": ids})
        if model in DELETED:
            rows.delete()
        elif values := _erased(model, certificate_too=certificate_too):
            rows.update(**values)
    if certificate_too:
        Certificate.objects.filter(attempt__candidate__in=ids).delete()
        Candidate.objects.filter(pk__in=ids).update(user=None, linked_at=None, test_started_at=None)


def _erased(model, *, certificate_too):
    tags = {
        name: tag
        for name, tag in TAGS[model].items()
        if certificate_too or tag.kept != "certificates"
    }
    if model is Candidate:
        return erased_candidate(tags)
    return of_exam.erased_grant(tags) if model is TimeGrant else erased_values(model, tags)


def _forget_results_mails(candidates):
    """To an address that was given for these candidates only."""
    ids = [candidate.pk for candidate in candidates]
    for candidate in candidates:
        theirs = Candidate.objects.filter(results_email__iexact=candidate.results_email)
        others = theirs.filter(session=candidate.session_id).exclude(pk__in=ids)
        if candidate.results_email and not others.exists():
            Mailing.objects.filter(
                session=candidate.session_id, recipient__iexact=candidate.results_email
            ).delete()


def _candidates_erased(kept, what, due, *, certificate_too=True):
    forget = partial(erase_candidates, certificate_too=certificate_too)
    return Rule(kept, what, due, forget, also=frozenset(OF_CANDIDATE))


HAS_CERTIFICATE = Exists(Certificate.objects.filter(attempt__candidate=OuterRef("pk")))
# What a partial erasure leaves nothing of: the rule is done with whoever has none.
BESIDE_CERTIFICATE = reduce(
    or_,
    [
        Exists(Answer.objects.filter(attempt__candidate=OuterRef("pk"), value__isnull=False)),
        Exists(IdentityCorrection.objects.filter(candidate=OuterRef("pk"))),
        *(~Q(**{name: ""}) for name, tag in TAGS[Candidate].items() if tag.kept == "records"),
    ],
)


def _absent(limit):
    """Registered, and never started: of a session that other candidates sat."""
    return Candidate.objects.known().filter(
        ~Q(session__state=SessionState.CREATED),
        test_started_at=None,
        session__first_started_at__isnull=False,
        session__ends_at__lt=limit,
    )


def _without_certificate(limit):
    return Candidate.objects.known().filter(~HAS_CERTIFICATE, session__ends_at__lt=limit)


def _beside_certificate(limit):
    return Candidate.objects.filter(BESIDE_CERTIFICATE, HAS_CERTIFICATE, session__ends_at__lt=limit)


def _with_certificate(limit):
    return Candidate.objects.known().filter(HAS_CERTIFICATE, session__published_at__lt=limit)


def _never_started(limit):
    """One that was closed « non tenue » keeps its evidence, as long as its records."""
    return ExamSession.objects.filter(
        state=SessionState.CREATED, first_started_at=None, ends_at__lt=limit
    )


def _delete_sessions(sessions):
    ids = [session.pk for session in sessions]
    delete_files(ClosingDocument.objects.filter(session__in=ids), "file")
    delete_files(SealedRecord.objects.filter(session__in=ids), "file")
    ExamSession.objects.filter(pk__in=ids).delete()


def _old_documents(limit):
    """Of a session that was not held: its closing is the end of it, if nobody publishes it."""
    closed_not_held = Q(
        session__closing_file__not_held=True,
        session__published_at=None,
        session__finalised_at__lt=limit,
    )
    return ClosingDocument.objects.filter(Q(session__published_at__lt=limit) | closed_not_held)


def _left_documents(limit):
    """Of a session that nobody published, nor closed « non tenue »: as long as its candidates."""
    return ClosingDocument.objects.filter(session__ends_at__lt=limit)


def _delete_documents(documents):
    delete_files(documents, "file")
    ClosingDocument.objects.filter(pk__in=[document.pk for document in documents]).delete()


def _old_records(limit):
    return SealedRecord.objects.filter(session__ends_at__lt=limit).exclude(file="")


def _delete_records(records):
    """The row stays: without one, the record would be drawn anew."""
    delete_files(records, "file")
    SealedRecord.objects.filter(pk__in=[record.pk for record in records]).update(file="")


RULES = [
    Rule("never_started", "sessions jamais commencées", _never_started, _delete_sessions),
    _candidates_erased("never_started", "candidats absents", _absent),
    Rule("documents", "documents transmis", _old_documents, _delete_documents),
    rows_deleted(
        "mailings", "courriels", lambda limit: Mailing.objects.filter(created_at__lt=limit)
    ),
    *words_erased(
        PERSONAL,
        {
            ClosingFile: "commentaires des finalisations",
            IdentityCorrection: "raisons des corrections d’identité",
            QuestionRuling: "raisons des décisions sur une question",
            JuryDecision: "commentaires du jury",
        },
    ),
    Rule("records", "PV scellés", _old_records, _delete_records),
    Rule("records", "documents d’une session jamais publiée", _left_documents, _delete_documents),
    _candidates_erased("records", "candidats sans certificat", _without_certificate),
    _candidates_erased(
        "records",
        "candidats certifiés, hors certificat",
        _beside_certificate,
        certificate_too=False,
    ),
    _candidates_erased("certificates", "candidats certifiés", _with_certificate),
]
