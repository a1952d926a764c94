"""Certificates: who has one, and the paper it is. Drawn anew each time; only the code is kept."""

from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certif.audit.models import record
from certif.lib.pdf import render_pdf
from certif.lib.refusals import Refusal
from certif.lib.text import fold
from certif.lib.typography import premier
from exam.models import Attempt
from exam.scoring import Verdict
from finalisation.models import Certificate
from finalisation.results import Result
from finalisation.verification import draw_code
from sessions.documents.qr import qr_of
from sessions.documents.registry import Audience, Document, Piece
from sessions.documents.runs import RunTold
from sessions.enums import SessionState, Sex
from sessions.models import of_nobody

LONG_NAME = 36
# As many as take the worker a few seconds: it gives a sign of life after each.
A_PIECE = 10
# An erased row keeps its result, for the counts: a paper would certify nobody.
OF_NOBODY = of_nobody("candidate__")
BORN = {
    Sex.FEMALE: gettext_lazy("née le %(day)s"),
    Sex.MALE: gettext_lazy("né le %(day)s"),
}


class WithoutCertificate(Refusal):
    message = gettext_lazy(
        "Aucun certificat n’est délivré pour ce test\u00a0: son résultat n’est pas publié, ou la "
        "certification n’est pas obtenue."
    )


class NoCertificateYet(Refusal):
    message = gettext_lazy(
        "Aucune certification de cette session n’est obtenue\u00a0: il n’y a pas de certificat."
    )


def give_certificates(session):
    """A code to each certification obtained, once and for all. Called by the publication."""
    validated = Attempt.objects.filter(
        ~OF_NOBODY,
        candidate__session=session,
        certification__verdict=Verdict.VALIDATED,
        certificate__isnull=True,
    )
    Certificate.objects.bulk_create(
        Certificate(attempt=attempt, code=draw_code()) for attempt in validated
    )


def obtained():
    """The tests that have a certificate to show: published, and neither rejected nor cancelled."""
    return (
        Attempt.objects.filter(
            ~OF_NOBODY,
            candidate__session__state=SessionState.PUBLISHED,
            certification__verdict=Verdict.VALIDATED,
            certificate__isnull=False,
        )
        .select_related("candidate__session__centre", "certification", "certificate", "jury")
        .order_by("candidate__identity_key", "candidate_id")
    )


def certificates_pdf(attempts):
    """A page each, one after the other."""
    address = settings.SITE_URL + reverse("verification:verify")
    papers = [Paper(attempt, address) for attempt in attempts]
    session = papers[0].session
    return render_pdf(
        "documents/certificate.html", {"papers": papers, "session": session, "address": address}
    )


def pieces_of(session):
    """The certificates of a session by name, a few at a time, each on a sheet of its own."""
    attempts = list(obtained().filter(candidate__session=session))
    return [_piece(attempts[first : first + A_PIECE]) for first in range(0, len(attempts), A_PIECE)]


def _piece(attempts):
    first, last = attempts[0].candidate, attempts[-1].candidate
    title = str(first) if first == last else f"{first} – {last}"
    return Piece(title, partial(certificates_pdf, attempts), count=len(attempts))


def note_taken(session, *, by):
    count = obtained().filter(candidate__session=session).count()
    record("certificates.downloaded", by=by, session=session, count=count)


def birth_place(person):
    """« à LYON », « à TUNIS (TUNISIE) »; nothing of what is not known."""
    abroad = person.birth_country if fold(person.birth_country) not in {"", "FRANCE"} else ""
    if not person.birth_city:
        return f"({abroad})" if abroad else ""
    place = _("à %(city)s") % {"city": person.birth_city}
    return f"{place} ({abroad})" if abroad else place


@dataclass(frozen=True)
class Paper:
    """One certificate, as its template reads it."""

    attempt: Attempt
    address: str

    @property
    def candidate(self):
        return self.attempt.candidate

    @property
    def session(self):
        return self.attempt.candidate.session

    @property
    def has_long_name(self):
        return len(str(self.candidate)) > LONG_NAME

    @property
    def born(self):
        candidate = self.candidate
        born = BORN.get(candidate.sex, _("né(e) le %(day)s"))
        born %= {"day": premier(date_format(candidate.birth_date, "j F Y"))}
        return f"{born} {place}" if (place := birth_place(candidate)) else born

    @property
    def sat(self):
        session = self.session
        centre = ", ".join(filter(None, [session.centre.name, session.centre.city]))
        day = premier(date_format(session.date, "l j F Y"))
        return _("certification obtenue, passée le %(day)s · %(centre)s") % {
            "day": day,
            "centre": centre,
        }

    @cached_property
    def result(self):
        return Result(self.attempt, self.attempt.certification)

    @property
    def code(self):
        return self.result.certificate

    @property
    def qr(self):
        """The code is behind the « # »: what is there is told to no server, and kept in no log."""
        return qr_of(f"{self.address}#{self.code}")


class CertificatesTold(RunTold):
    """The run that draws them. What was published since may be other results."""

    what = gettext_lazy("La préparation des certificats")
    ready = gettext_lazy("Les certificats sont prêts")
    drawing = gettext_lazy("Les certificats sont en cours de fabrication")
    kept = gettext_lazy(
        "Le fichier reste ici 24 heures. Il contient les noms et les résultats des candidats\u00a0: "
        "ne l’envoyez pas par courriel."
    )
    come_back = gettext_lazy(
        "Vous pouvez quitter cette page\u00a0: «\u00a0Imprimer la journée\u00a0», sur la page des "
        "sessions, y ramène pendant 24 heures."
    )
    delete = gettext_lazy("Supprimer cette préparation")
    deleted = gettext_lazy("La préparation des certificats est supprimée, avec son fichier.")
    withdrawn = gettext_lazy("Ces certificats ne sont plus valables")

    @property
    def why_withdrawn(self):
        if self.session.is_published:
            return _(
                "La session a été dépubliée, puis publiée de nouveau, depuis leur préparation. "
                "Préparez-les de nouveau depuis ses résultats, et ne remettez pas les anciens."
            )
        return _(
            "La session a été dépubliée depuis leur préparation. Ne remettez pas ceux que vous avez "
            "téléchargés\u00a0: vous en préparerez d’autres quand Pix aura publié de nouveau."
        )

    @property
    def title(self):
        return _("Certificats de la session %(n)s") % {"n": self.run.session_ids[0]}

    line = title

    @property
    def counted(self):
        done, total = self.run.progress_done, self.run.progress_total
        return ngettext(
            "%(done)s certificat sur %(total)s", "%(done)s certificats sur %(total)s", done
        ) % {"done": done, "total": total}

    @property
    def filename(self):
        return CERTIFICATES.filename(self.session)

    @property
    def back_label(self):
        label = _("Résultats de la session %(n)s") if self._has_results else _("Session %(n)s")
        return label % {"n": self.run.session_ids[0]}

    @property
    def back_url(self):
        if self._has_results:
            return reverse("finalisation:session_results", args=[self.session.pk])
        return reverse("sessions:session_detail", args=self.run.session_ids)

    @property
    def _has_results(self):
        return self.session is not None and self.session.is_published


CERTIFICATES = Document(
    key="certificats",
    title=gettext_lazy("Certificats"),
    description=gettext_lazy("Un par certification obtenue, chacun sur sa feuille, par nom."),
    audience=Audience.CANDIDATES,
    render=None,
    is_cut_up=True,
    pieces=pieces_of,
    given_since=lambda session: session.published_at,
    note_taken=note_taken,
    told_as=CertificatesTold,
)
