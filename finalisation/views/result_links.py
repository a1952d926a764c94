"""What the link of a mail opens, without a login: the results of one recipient, and their files."""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from certif.audit.models import record
from finalisation.result_links import (
    LinkExpired,
    LinkUnknown,
    ResultsReplaced,
    ResultsWithdrawn,
    mailing_of,
)
from finalisation.results import results_of, tally
from finalisation.views.results import FILES, attachment

OVER = (LinkExpired, ResultsReplaced, ResultsWithdrawn)


def opened_by_link(view):
    """The address opens what it opens: it is kept by no cache and told to no other page."""

    @login_not_required
    @never_cache
    @require_GET
    @wraps(view)
    def answered(request, signed, **options):
        try:
            response = view(request, mailing_of(signed), signed, **options)
        except LinkUnknown as refusal:
            response = _closed(request, refusal, 404)
        except OVER as refusal:
            response = _closed(request, refusal, 410)
        response["Referrer-Policy"] = "strict-origin"
        response["X-Robots-Tag"] = "noindex"
        return response

    return answered


@opened_by_link
def results_by_link(request, mailing, signed):
    record("results.opened_by_link", by=None, session=mailing.session, mailing=mailing.pk)
    results = results_of(mailing.session, recipient=mailing.recipient)
    context = {
        "session": mailing.session,
        "results": results,
        "tally": tally(results),
        "signed": signed,
    }
    return render(request, "finalisation/results_by_link.html", context)


@opened_by_link
def results_file_by_link(request, mailing, signed, extension):
    session = mailing.session
    written, content_type = FILES[extension]
    content = written(results_of(session, recipient=mailing.recipient), with_comments=False)
    record(
        "results.downloaded_by_link",
        by=None,
        session=session,
        mailing=mailing.pk,
        what=extension,
    )
    return attachment(content, content_type, f"resultats-session-{session.pk}.{extension}")


def _closed(request, refusal, status):
    context = {"title": _("Les résultats ne s’ouvrent pas"), "sentence": refusal.sentence}
    return render(request, "errors/error.html", context, status=status)
