"""What the service says of itself, to anybody."""

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

DEFENDER = {
    "form": "https://formulaire.defenseurdesdroits.fr/",
    "delegates": "https://www.defenseurdesdroits.fr/saisir/delegues",
}


@require_safe
@login_not_required
def accessibility(request):
    return render(request, "pages/accessibility.html", {"defender": DEFENDER})
