"""A print run as its pages tell it: the papers of a day. A long document has words of its own."""

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certif.lib.typography import premier


class RunTold:
    """`what` is feminine wherever it is told. `is_withdrawn`: nothing of it is given any more."""

    what = gettext_lazy("L’impression")
    ready = gettext_lazy("Le PDF est prêt")
    drawing = gettext_lazy("Les documents sont en cours de fabrication")
    kept = gettext_lazy(
        "Le fichier reste ici 24 heures. Il contient des noms de candidats et, selon les documents, "
        "les mots de passe des sessions\u00a0: ne l’envoyez pas par courriel."
    )
    come_back = gettext_lazy(
        "Vous pouvez quitter cette page\u00a0: vous la retrouverez dans «\u00a0Imprimer la "
        "journée\u00a0»."
    )
    delete = gettext_lazy("Supprimer cette impression")
    deleted = gettext_lazy("L’impression est supprimée, avec son fichier.")
    withdrawn = ""
    why_withdrawn = ""

    def __init__(self, run, sessions, *, is_withdrawn):
        self.run = run
        self.is_withdrawn = is_withdrawn
        self.session = sessions[0] if sessions else None

    @property
    def day(self):
        return self.session.date if self.session else None

    @property
    def title(self):
        if not self.day:
            return _("Impression de la journée")
        return _("Documents du %(day)s") % {"day": premier(date_format(self.day, "l j F Y"))}

    @property
    def line(self):
        """In a list of runs."""
        count = len(self.run.session_ids)
        return ngettext("%(n)s session", "%(n)s sessions", count) % {"n": count}

    @property
    def counted(self):
        done, total = self.run.progress_done, self.run.progress_total
        return ngettext(
            "%(done)s document sur %(total)s", "%(done)s documents sur %(total)s", done
        ) % {"done": done, "total": total}

    @property
    def filename(self):
        """No name of a person: it is seen on screens, and in the logs of proxies."""
        return f"documents-{self.day}.pdf" if self.day else "documents.pdf"

    @property
    def back_label(self):
        return _("Imprimer la journée")

    @property
    def back_url(self):
        page = reverse("sessions:print_day", args=[self.run.centre_id])
        return f"{page}?{urlencode({'jour': self.day})}" if self.day else page
