from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from certif.privacy.gathered import RULES
from certif.privacy.purge import BATCH, due, purge


class Command(BaseCommand):
    help = (
        "Forgets personal data whose time is over (docs/privacy.md). Counts it only, unless --apply "
        "is given. To be run each night; cut off, it goes on at the next run."
    )

    def add_arguments(self, parser):
        parser.add_argument("--apply", action="store_true", help="forget, instead of counting")
        parser.add_argument("--batch", type=int, default=BATCH, help="rows in a transaction")

    def handle(self, *, apply, batch, **options):
        _let_it_look_long()
        at = timezone.now()
        total = 0
        for rule in RULES:
            count = purge(rule, at, batch=batch) if apply else due(rule, at).count()
            total += count
            self.stdout.write(f"{count:>8}  {rule.kept:14}{rule.what}")
        done = "effacées" if apply else "à effacer (rien n’a été changé : --apply pour effacer)"
        self.stdout.write(f"{total:>8}  lignes {done}")


def _let_it_look_long():
    """Over a large table, longer than a page may. What is found is held for a batch only."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '10min'")
