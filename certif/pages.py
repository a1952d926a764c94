"""What the service says of itself, to anybody."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

DEFENDER = {
    "form": "https://formulaire.defenseurdesdroits.fr/",
    "delegates": "https://www.defenseurdesdroits.fr/saisir/delegues",
}


@require_safe
@login_not_required
def accessibility(request):
    return render(request, "pages/accessibility.html", {"defender": DEFENDER})


@require_safe
@login_not_required
def security(request):
    """To whom a weakness is told (RFC 9116)."""
    lines = {
        "Contact": f"mailto:{settings.SUPPORT_EMAIL}",
        "Expires": f"{timezone.now() + timedelta(days=180):%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages": "fr, en",
        "Canonical": f"{settings.SITE_URL}{request.path}",
    }
    text = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
