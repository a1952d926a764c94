"""What a person reads when something is refused or breaks: what happened, what is kept, what to do."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh, reswap, retarget

from certif.lib.files import FileLost
from certif.lib.refusals import Refusal, status_of, with_delay


def refused(request, refusal):
    """A refusal that no view answered with its own page: the sentence, and the way back."""
    status = status_of(refusal)
    if request.htmx:
        response = HttpResponse(escape(refusal.sentence), status=status)
        return with_delay(reswap(retarget(response, "#alert"), "innerHTML"), refusal)
    context = {"title": _("Rien n’a été changé"), "sentence": refusal.sentence}
    return with_delay(render(request, "errors/error.html", context, status=status), refusal)


class RefusalMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        return refused(request, exception) if isinstance(exception, Refusal) else None


def csrf_failure(request, reason=""):
    """The page is older than the login: reload it, nothing was written."""
    if request.headers.get("HX-Request"):
        return HttpResponseClientRefresh()
    context = {
        "title": _("Cette page a expiré"),
        "sentence": _(
            "Rien n’a été enregistré. Revenez en arrière, rechargez la page, puis recommencez."
        ),
    }
    return render(request, "errors/error.html", context, status=403)


def bad_request(request, exception):
    return _error(
        request,
        400,
        _("Demande incomprise"),
        _("Rien n’a été enregistré. Revenez en arrière, puis recommencez."),
    )


def forbidden(request, exception):
    return _error(
        request, 403, _("Accès refusé"), _("Votre compte ne permet pas d’ouvrir cette page.")
    )


def not_found(request, exception):
    if isinstance(exception, FileLost):
        return _error(
            request,
            404,
            _("Fichier introuvable"),
            _(
                "Ce fichier a été enregistré, mais le service ne le retrouve plus. Prévenez l’équipe Pix."
            ),
            reference=getattr(request, "id", ""),
        )
    return _error(
        request,
        404,
        _("Page introuvable"),
        _("Cette page n’existe pas, ou n’est pas accessible avec ce compte."),
    )


def server_error(request):
    return _error(
        request,
        500,
        _("Le service a rencontré un problème"),
        _(
            "Ce que vous veniez d’envoyer n’a pas été enregistré. Tout ce qui avait été confirmé l’est. Réessayez dans un instant."
        ),
        reference=getattr(request, "id", ""),
    )


def _error(request, status, title, sentence, *, reference=""):
    context = {"title": title, "sentence": sentence, "reference": reference}
    return render(request, "errors/error.html", context, status=status)
