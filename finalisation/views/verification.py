"""« Vérifier un certificat »: public, by the code alone, which travels in no address."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from certif.lib.refusals import TooManyTries, status_of, with_delay
from finalisation.verification import CodeForm, client_address, verify_certificate

TEMPLATE = "finalisation/verification.html"


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request):
    response = _answer(request)
    response["X-Robots-Tag"] = "noindex"
    return response


def _answer(request):
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, TEMPLATE, {"form": form})
    if not form.is_valid():
        return render(request, TEMPLATE, {"form": form}, status=422)
    code = form.cleaned_data["code"]
    try:
        found = verify_certificate(code, address=client_address(request))
    except TooManyTries as refusal:
        context = {"form": form, "refusal": refusal}
        response = render(request, TEMPLATE, context, status=status_of(refusal))
        return with_delay(response, refusal)
    return render(request, TEMPLATE, {"form": form, "asked": code, "certificate": found})
