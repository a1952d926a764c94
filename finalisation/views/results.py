"""« Mes certifications »: what a candidate reads, once Pix has published."""

from dataclasses import dataclass

from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from exam.enums import AREAS
from exam.models import Attempt
from exam.scoring import Verdict
from finalisation.models import Certification
from sessions.enums import SessionState

VERDICTS = {
    Verdict.VALIDATED: ("success", _("Certification obtenue")),
    Verdict.REJECTED: ("neutral", _("Certification non obtenue")),
    Verdict.CANCELLED: ("wait", _("Certification annulée")),
}


@dataclass
class Result:
    attempt: Attempt
    certification: Certification | None

    @property
    def verdict_kind(self):
        return VERDICTS[self.certification.verdict][0]

    @property
    def verdict_label(self):
        return VERDICTS[self.certification.verdict][1]

    @property
    def is_cancelled(self):
        return self.certification.verdict == Verdict.CANCELLED

    @property
    def word(self):
        """What an officer says to the candidate, or ""."""
        jury = getattr(self.attempt, "jury", None)
        return jury.for_candidate if jury else ""

    @property
    def areas(self):
        """Each area of the framework: (label, percent), None when none of its questions counts."""
        for number, label in AREAS.items():
            right, counted = self.certification.areas.get(number, (0, 0))
            yield label, right * 100 // counted if counted else None


@require_safe
def my_results(request):
    attempts = list(
        Attempt.objects.started()
        .for_candidate(request.user)
        .select_related("candidate__session__centre", "jury")
        .order_by("-started_at")
    )
    # Results that are not published are not even read.
    published = Certification.objects.filter(
        attempt__in=[attempt.pk for attempt in attempts],
        attempt__candidate__session__state=SessionState.PUBLISHED,
    )
    by_attempt = {certification.attempt_id: certification for certification in published}
    results = [Result(attempt, by_attempt.get(attempt.pk)) for attempt in attempts]
    return render(request, "finalisation/my_results.html", {"results": results})
