"""What our documents add to WeasyPrint, and whether a long day of printing makes a worker swell.

The bare run draws the same page with the same styles, fonts and tags: no template, no fetcher of ours,
no scope told. What swells is measured in a fresh process.
"""

import json
import subprocess
import sys
from pathlib import Path

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone

from tests.bench.figures import Figure, interleaved_medians

NAME = "documents"
TARGET = ""
RATIO, GROWTH = 1.2, 1.1
REPETITIONS = 9
EARLY, LATE = 20, 200


def run():
    return [sheet_against_bare(), *memory_over_many()]


def sheet_against_bare():
    """The template's own time is ours. The bare run keeps its styles and fonts ready, as we do."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    from certif.lib.pdf import render_pdf

    context = sheet_context(20)
    html = render_to_string(TEMPLATE, context)
    path, fonts = finders.find("css/documents.css"), FontConfiguration()
    styles = CSS(path, font_config=fonts)

    def ours():
        return render_pdf(TEMPLATE, context)

    def bare():
        page = HTML(string=html)
        return page.write_pdf(stylesheets=[styles], font_config=fonts, pdf_variant="pdf/ua-1")

    def naive():
        return HTML(string=html).write_pdf(stylesheets=[path], pdf_variant="pdf/ua-1")

    ours(), bare()
    times = interleaved_medians(REPETITIONS, ours=ours, bare=bare, naive=naive)
    ratio, of_naive = times["ours"] / times["bare"], times["ours"] / times["naive"]
    measured = f"{ratio:.2f} × ({times['ours'] * 1000:.0f} ms; of a cold one {of_naive:.2f} ×)"
    return Figure(measured, ok=ratio <= RATIO, name="sheet", target=f"≤ {RATIO} × bare WeasyPrint")


def memory_over_many():
    """A worker's whole way: drawn, bound, written; its size read after 20 and after 200 sheets."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_documents", str(EARLY), str(LATE)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    seen = json.loads(child.stdout.splitlines()[-1])
    growth = seen["late"] / seen["early"]
    memory = f"{growth:.2f} × ({seen['early']:.0f} then {seen['late']:.0f} MiB)"
    alone = f"{seen['bound'] / seen['apart']:.2f} × ({seen['bound'] / 1e6:.1f} MB, {LATE} sheets)"
    return [
        Figure(
            memory,
            ok=growth <= GROWTH,
            name=f"{LATE} sheets in one file",
            target=f"memory ≤ {GROWTH} × that of {EARLY}",
        ),
        Figure(alone, ok=seen["bound"] <= seen["apart"], name="weight of it", target="≤ as apart"),
    ]


TEMPLATE = "documents/attendance_sheet.html"


def sheet_context(number):
    """What the attendance sheet of a full room needs, without a database."""
    from sessions.actions.documents import Issue
    from sessions.documents.papers import numbered
    from tests.factories import CandidateFactory, ExamSessionFactory

    session = ExamSessionFactory.build(pk=number, created_by=None)
    candidates = CandidateFactory.build_batch(20, session=session)
    return {
        "session": session,
        "issue": Issue(number, timezone.now()),
        "zone": "heure de Paris",
        "support_email": "certif@exemple.test",
        "pages": [numbered(candidates)],
        "by_class": True,
    }


def measure(early, late):
    from tempfile import TemporaryFile

    import psutil

    from certif.lib.pdf import render_pdf
    from certif.lib.pdf_merge import Binding, Part

    process, seen, apart = psutil.Process(), {}, 0
    with TemporaryFile() as file:
        binding = Binding(file)
        for number in range(1, late + 1):
            pdf = render_pdf(TEMPLATE, sheet_context(number))
            apart += len(pdf)
            binding.add(Part(pdf, "Feuille", f"Session {number}", f"{number}, p. "))
            seen[number] = process.memory_info().rss / 2**20
        binding.close(title="Essai", language="fr")
        last = process.memory_info().rss / 2**20
        print(
            json.dumps({"early": seen[early], "late": last, "apart": apart, "bound": file.tell()})
        )


def main():
    import django

    django.setup()
    measure(*map(int, sys.argv[1:]))


if __name__ == "__main__":
    main()
