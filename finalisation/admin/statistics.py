from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from certif.lib.numbers import number_in
from finalisation.admin.pages import render_page
from finalisation.statistics import PERIODS, Statistics

DAYS = 7


@require_safe
def statistics_page(request):
    days = number_in(request.GET, "jours")
    statistics = Statistics(days if days in PERIODS else DAYS)
    context = {"statistics": statistics, "periods": PERIODS.items()}
    return render_page(request, "admin/review/statistics.html", _("Statistiques"), context)
