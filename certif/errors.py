"""What a person reads when something is refused or breaks: what happened, what is kept, what to do."""

import sys

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh, reswap, retarget

from certif.lib.files import FileLost
from certif.lib.refusals import Refusal, status_of, with_delay
from certif.lib.shortage import is_shortage

# Seconds, as nginx says it when no node answers.
COME_BACK_AFTER = 5


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
    if is_shortage(sys.exception()):
        return short_of_room(request)
    return _error(
        request,
        500,
        _("Le service a rencontré un problème"),
        _(
            "Ce que vous veniez d’envoyer n’a peut-être pas été enregistré\u00a0: vérifiez-le, puis réessayez dans un instant. Tout ce qui avait été confirmé l’est."
        ),
        reference=getattr(request, "id", ""),
    )


def short_of_room(request):
    """503: nothing was half written, and the same form sent again is taken once there is room."""
    sentence = _(
        "Le service est momentanément indisponible. Rien de ce qui avait été confirmé n’a été perdu ; ce que vous veniez d’envoyer n’est pas encore enregistré. Réessayez dans un instant."
    )
    if request.headers.get("HX-Request"):
        response = HttpResponse(escape(sentence), status=503)
    else:
        response = _error(request, 503, _("Service momentanément indisponible"), sentence)
    response["Retry-After"] = str(COME_BACK_AFTER)
    return response


def _error(request, status, title, sentence, *, reference=""):
    context = {"title": title, "sentence": sentence, "reference": reference}
    return render(request, "errors/error.html", context, status=status)
