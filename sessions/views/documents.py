from itertools import groupby

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_safe

from certif.lib.pdf import PdfUnavailable
from sessions import actions, queries
from sessions.documents.registry import Audience, document_of
from sessions.documents.registry import documents as all_documents

AUDIENCES = {
    Audience.INVIGILATOR: gettext_lazy("Pour les surveillants"),
    Audience.CANDIDATES: gettext_lazy("Pour les candidats"),
    Audience.CENTRE: gettext_lazy("Pour le centre"),
}
CAUTIONS = {
    Audience.INVIGILATOR: gettext_lazy(
        "Ces documents portent le mot de passe de la session, les temps majorés ou les "
        "signalements : ne les remettez pas aux candidats."
    ),
    Audience.CANDIDATES: gettext_lazy(
        "Sans mot de passe, sans code d’accès, sans temps majoré : ils peuvent circuler."
    ),
    Audience.CENTRE: gettext_lazy(
        "Ces classeurs portent les temps majorés et, pour l’un, le code d’accès : gardez-les."
    ),
}


@require_safe
def documents(request, pk):
    session = queries.session_in_scope(request.user, pk)
    groups = [
        {
            "key": audience.value,
            "label": AUDIENCES[audience],
            "caution": CAUTIONS.get(audience),
            "documents": list(listed),
        }
        for audience, listed in groupby(all_documents(), key=lambda each: each.audience)
    ]
    context = {
        **queries.session_page(session, current="sessions:documents"),
        "groups": groups,
        "has_candidates": session.candidate_count > 0,
    }
    return render(request, "sessions/documents.html", context)


@require_GET
def document(request, pk, document_key):
    """A new edition, which the history notes: asked for by GET, since it changes nothing else."""
    session = queries.session_in_scope(request.user, pk)
    chosen = document_of(document_key)
    if chosen is None or chosen.pieces:
        raise Http404
    return given(request, chosen, session)


def given(request, chosen, session, candidate=None):
    """The file of a new edition: what every page that gives a document answers."""
    try:
        content = actions.issue_document(chosen, session, by=request.user, candidate=candidate)
    except PdfUnavailable:
        return unavailable(request)
    filename = chosen.filename(session)
    return HttpResponse(
        content,
        content_type=chosen.content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "X-Content-Type-Options": "nosniff",
        },
    )


def unavailable(request):
    context = {
        "title": _("Les documents ne peuvent pas être dessinés"),
        "sentence": _(
            "Il manque au serveur la bibliothèque qui fabrique les PDF (Pango). Prévenez la personne "
            "qui l’administre ; le reste du service fonctionne."
        ),
    }
    return render(request, "errors/error.html", context, status=503)
