"""What a person asks of his data: a copy of it, or that it be forgotten before its time."""

import json
import os
from contextlib import suppress
from datetime import timedelta
from zipfile import ZIP_DEFLATED, ZipFile

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certif.accounts.models import Invitation, Membership, User
from certif.accounts.privacy import erase_accounts
from certif.audit.models import AuditEvent, record
from certif.lib.pdf import PdfUnavailable
from certif.lib.privacy import Category
from certif.lib.refusals import Refusal
from certif.privacy.accounts import reasons_to_keep
from certif.privacy.gathered import PERSONAL
from certif.privacy.told import told_to
from exam.models import Answer, ResumeRequest
from finalisation.certificates import certificates_pdf, obtained
from finalisation.models import Certificate, ClosingFile, Mailing, MailKind, SealedRecord
from finalisation.privacy import OF_CANDIDATE, erase_candidates
from invigilation.models import IncidentReport, SessionNote
from sessions.models import Candidate, ExamSession, InvigilatorAccess, Pupil, identity_key

READ_WITH = {
    Answer: ["question__key", "question__statement"],
    IncidentReport: ["code__code", "code__label"],
    Membership: ["centre__name"],
}
ABOUT_OTHERS = {Mailing: {"details"}}
ABOUT = gettext_lazy(
    "donnees.json contient ce que le service de certification sait de vous, table par table, et les "
    "lignes de l’historique qui vous concernent. Les documents transmis par le centre (feuilles "
    "d’émargement, photos) et les PV parlent aussi d’autres personnes : ils ne sont pas joints, "
    "demandez-les à part. Pour toute question : {contact}\n"
)


class NotYet(Refusal):
    """What the certification still needs is not erased, whoever asks."""


# --- A copy ---------------------------------------------------------------------------------------


def data_of_candidate(candidate):
    tables = {**OF_CANDIDATE, ResumeRequest: "attempt__candidate"}
    found = {model: model.objects.filter(**{path: candidate.pk}) for model, path in tables.items()}
    found[Pupil] = _in_the_register(candidate)
    found[Mailing] = _mails_to({candidate.results_email}).filter(session=candidate.session_id)
    session = candidate.session
    return {
        "session": {"number": session.pk, "date": session.date, "place": session.place},
        **_tables(found),
        "history": told_to(
            AuditEvent.objects.filter(candidate_id=candidate.pk),
            account=candidate.user,
            candidates=[candidate],
        ),
    }


def data_of_account(user):
    found = {
        User: User.objects.filter(pk=user.pk),
        EmailAddress: EmailAddress.objects.filter(user=user),
        Membership: user.memberships.all(),
        InvigilatorAccess: user.accesses.all(),
        Invitation: Invitation.objects.filter(email=user.email),
        Mailing: _mails_to({user.email}),
    }
    return {
        **_tables(found),
        "candidacies": [
            data_of_candidate(candidate)
            for candidate in user.candidacies.select_related("session__centre")
        ],
        "history": told_to(
            AuditEvent.objects.filter(Q(actor_id=user.pk) | Q(data__person=user.pk)),
            account=user,
            candidates=user.candidacies.all(),
        ),
    }


def export_candidate(candidate, path, *, by):
    _write(path, data_of_candidate(candidate), [candidate.pk])
    record("person.exported", by=by, session=candidate.session, candidate=candidate)


def export_account(user, path, *, by):
    _write(path, data_of_account(user), user.candidacies.values_list("pk", flat=True))
    record("account.exported", by=by, person=user.pk)


def _tables(found):
    return {
        model._meta.object_name: list(rows.values("pk", *_exported(model)))
        for model, rows in found.items()
    }


def _exported(model):
    """All but secrets, those who wrote, and what was written to them of others."""
    tags = PERSONAL.get(model, {})
    secret = {name for name, tag in tags.items() if tag.category == Category.SECRET}
    fields = [field.name for field in model._meta.concrete_fields if not field.is_relation]
    left_out = secret | ABOUT_OTHERS.get(model, set())
    return [name for name in fields if name not in left_out] + READ_WITH.get(model, [])


def _write(path, data, candidate_ids):
    """For the eyes of whoever runs the command. A file that is there is not written over."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file, ZipFile(file, "w", ZIP_DEFLATED) as archive:
        written = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        archive.writestr("donnees.json", written)
        archive.writestr("LISEZ-MOI.txt", ABOUT.format(contact=settings.DATA_PROTECTION_EMAIL))
        if attempts := list(obtained().filter(candidate__in=candidate_ids)):
            with suppress(PdfUnavailable):
                archive.writestr("certificats.pdf", certificates_pdf(attempts))


# --- To be forgotten ------------------------------------------------------------------------------


@transaction.atomic
def erase_candidate(candidate, *, by, erasure, certificate_too=False):
    """Gives the sentences of what is kept all the same. Raises NotYet."""
    session = ExamSession.objects.locked().get(pk=candidate.session_id)
    candidate = Candidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    _refuse_erasure(session, candidate)
    proves = Certificate.objects.filter(attempt__candidate=candidate).exists()
    kept = _kept(session, candidate, has_certificate=proves and not certificate_too)
    _in_the_register(candidate).delete()
    _mails_about(candidate).delete()
    erase_candidates([candidate], certificate_too=certificate_too or not proves)
    record(
        "person.erased",
        by=by,
        session=session,
        candidate=candidate,
        kept=_("certificat gardé") if proves and not certificate_too else _("tout"),
        erasure=erasure,
    )
    return kept


@transaction.atomic
def erase_account(user, *, by, erasure):
    """Gives the sentences of what is kept all the same. Raises NotYet."""
    user = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    for kept, said in reasons_to_keep():
        if User.objects.filter(kept, pk=user.pk).exists():
            raise NotYet(said)
    _mails_to({user.email}).delete()
    InvigilatorAccess.objects.filter(user=user, ended_at=None).delete()
    erase_accounts([user])
    record("account.erased", by=by, person=user.pk, erasure=erasure)
    return [
        _("Inscription n° %(pk)s, session %(session)s : à effacer à part (--candidate %(pk)s).")
        % {"pk": row.pk, "session": row.session_id}
        for row in user.candidacies.order_by("pk")
    ] + [_("Historique : gardé par numéros, sous « Personne effacée ».")]


def whom(*, candidate=None, account=None):
    """By counts and initials: an officer knows him again, and a log that keeps it names nobody."""
    candidates = Candidate.objects.select_related("session__centre")
    if candidate:
        row = candidates.get(pk=candidate)
        return [*_rows([row]), *_pupils(_in_the_register(row))]
    user = User.objects.get(pk=account)
    who = _initials(user.first_name, user.last_name) or _initials(user.email)
    said = _("1 compte : n° %(pk)s (%(who)s).") % {"pk": user.pk, "who": who}
    return [said, *_rows(candidates.filter(user=user).order_by("pk"))]


def _rows(candidates):
    told = [_told(row) for row in candidates]
    sentence = ngettext(
        "%(n)s inscription : %(rows)s.", "%(n)s inscriptions : %(rows)s.", len(told)
    )
    return [sentence % {"n": len(told), "rows": " ; ".join(told)}] if told else []


def _pupils(pupils):
    told = [_initials(*_names(pupil)) for pupil in pupils]
    sentence = ngettext(
        "%(n)s élève du registre (%(who)s).", "%(n)s élèves du registre (%(who)s).", len(told)
    )
    return [sentence % {"n": len(told), "who": ", ".join(told)}] if told else []


def _told(candidate):
    session = candidate.session
    return _("n° %(pk)s, %(who)s, session %(session)s du %(day)s (%(centre)s)") % {
        "pk": candidate.pk,
        "who": _("déjà effacé") if candidate.is_erased else _initials(*_names(candidate)),
        "session": session.pk,
        "day": date_format(session.date, "d/m/Y"),
        "centre": session.centre,
    }


def _names(person):
    return person.first_name, person.birth_name


def _initials(*names):
    return " ".join(f"{name[0].upper()}." for name in names if name)


def _refuse_erasure(session, candidate):
    if session.pk in settings.RETENTION_FROZEN_SESSIONS:
        raise NotYet(_("Cette session est en litige : rien n’en est effacé."))
    if session.is_open:
        raise NotYet(
            _("La session %(number)s est ouverte : son centre retire le candidat de la liste.")
            % {"number": session.pk}
        )
    if candidate.has_started and not session.is_published:
        raise NotYet(
            _("Les résultats de la session %(number)s ne sont pas publiés.")
            % {"number": session.pk}
        )


def _kept(session, candidate, *, has_certificate):
    kept = [_("Historique : gardé par numéros, avec les raisons qui y ont été écrites.")]
    if has_certificate:
        until = _until(session.published_at, "certificates")
        kept.append(
            _("Identité, numéro et résultat de la certification : gardés jusqu’au %(day)s.")
            % {"day": until}
        )
    if SealedRecord.objects.filter(session=session).exclude(file="").exists():
        until = _until(session.ends_at, "records")
        kept.append(_("PV d’incident scellé : gardé jusqu’au %(day)s.") % {"day": until})
    if session.closing_documents.exists():
        kept.append(_("Documents transmis par le centre : à vérifier à la main."))
    if _is_written_about(session):
        until = _until(session.ends_at, "texts")
        kept.append(
            _(
                "Commentaires de la finalisation, notes de la salle, observations : gardés "
                "jusqu’au %(day)s, à relire s’ils le nomment."
            )
            % {"day": until}
        )
    if session.mailings.exists():
        kept.append(_("Courriels aux membres du centre : leur trace est gardée un an."))
    if session.centre.print_runs.exists() or session.centre.imports.exists():
        kept.append(
            _("Impressions et fichiers importés par le centre : effacés cette nuit ou la suivante.")
        )
    if candidate.user_id:
        kept.append(
            _("Compte n° %(pk)s : à effacer à part (--account %(pk)s).") % {"pk": candidate.user_id}
        )
    return kept


def _is_written_about(session):
    comments = ClosingFile.objects.filter(session=session).exclude(
        global_comment="", documents_comment=""
    )
    notes = SessionNote.objects.filter(session=session)
    return bool(session.observations) or comments.exists() or notes.exists()


def _until(moment, kept):
    return date_format(moment + timedelta(days=settings.RETENTION[kept]), "d/m/Y")


def _in_the_register(candidate):
    """His entry in the register of the school that enrolled him, which may have his former name."""
    number = candidate.external_id
    former = Q(identity_key__in=[_key(each) for each in candidate.corrections.all()])
    if number:
        # Who bears the former name under another number is somebody else.
        former = former & Q(external_id="") | Q(external_id=number)
    his = Q(identity_key=candidate.identity_key) & ~Q(identity_key="")
    return Pupil.objects.filter(his | former, centre=candidate.session.centre_id)


def _key(person):
    return identity_key(person.birth_name, person.first_name, person.birth_date)


def _mails_about(candidate):
    """What told the members of his centre why his identity was put right."""
    return Mailing.objects.filter(
        session=candidate.session_id,
        kind=MailKind.CORRECTED,
        occasion__in=candidate.corrections.values("corrected_at"),
    )


def _mails_to(addresses):
    return Mailing.objects.filter(recipient__in={each.lower() for each in addresses} - {""})
