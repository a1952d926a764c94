from django.core.management.base import BaseCommand
from django.utils import timezone

from certif.privacy.gathered import RULES
from certif.privacy.purge import BATCH, count, purge


class Command(BaseCommand):
    help = (
        "Forgets personal data whose time is over (docs/privacy.md). Counts it only, unless --apply "
        "is given. To be run each night; cut off, it goes on at the next run."
    )

    def add_arguments(self, parser):
        parser.add_argument("--apply", action="store_true", help="forget, instead of counting")
        parser.add_argument("--batch", type=int, default=BATCH, help="rows in a transaction")

    def handle(self, *, apply, batch, **options):
        at = timezone.now()
        total = 0
        for rule in RULES:
            rows = purge(rule, at, batch=batch) if apply else count(rule, at)
            total += rows
            self.stdout.write(f"{rows:>8}  {rule.kept:14}{rule.what}")
        done = "effacées" if apply else "à effacer (rien n’a été changé : --apply pour effacer)"
        self.stdout.write(f"{total:>8}  lignes {done}")
