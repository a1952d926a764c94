from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from certif.privacy.purge import BATCH, alone, count_all, is_due, purge_all


class Command(BaseCommand):
    help = (
        "Forgets personal data whose time is over (docs/privacy.md). Counts it only, unless --apply "
        "is given. To be run each night; cut off, it goes on at the next run."
    )

    def add_arguments(self, parser):
        parser.add_argument("--apply", action="store_true", help="forget, instead of counting")
        parser.add_argument("--batch", type=int, default=BATCH, help="rows in a transaction")
        parser.add_argument(
            "--nightly",
            action="store_true",
            help="with --apply: once between three and six o’clock in Paris",
        )

    def handle(self, *, apply, batch, nightly, **options):
        at = timezone.now()
        if not apply:
            run = count_all(at)
            self._tell(run)
            self.stdout.write("Rien n’a été changé : --apply pour effacer.")
            self._tell_failed(run)
            return
        with alone() as is_alone:
            if not is_alone:
                self.stdout.write("Un autre passage est en cours.")
            elif nightly and not is_due(at):
                self.stdout.write("Rien à faire à cette heure.")
            else:
                run = purge_all(at, batch=batch)
                self._tell(run)
                self._tell_failed(run)

    def _tell(self, run):
        done = {rule: rows for rule, rows in run.items() if rows is not None}
        for rule, rows in done.items():
            self.stdout.write(f"{rows:>8}  {rule.kept:14}{rule.what}")
        self.stdout.write(f"{sum(done.values()):>8}  lignes")

    def _tell_failed(self, run):
        if failed := [rule.what for rule, rows in run.items() if rows is None]:
            raise CommandError(f"En échec, à reprendre : {', '.join(failed)}.")
