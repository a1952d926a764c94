from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from certif.lib.refusals import Refusal
from certif.management import people
from certif.privacy.erasures import carry_out_again, not_settled


class Command(BaseCommand):
    help = (
        "After a restore, and before anybody is let in: erases again who was erased since the "
        "backup, from the journal ERASURES_JOURNAL. Changes nothing unless --apply is given. Noted "
        "in the history; run twice, it finds nothing to do."
    )

    def add_arguments(self, parser):
        people.add_officer(parser)
        parser.add_argument("--apply", action="store_true", help="erase, instead of telling")

    def handle(self, *, by, apply, **options):
        by = people.officer(by)
        if not settings.ERASURES_JOURNAL.exists():
            raise CommandError(f"Aucun journal : {settings.ERASURES_JOURNAL}")
        refused = [self._replay(erasure, by, apply) for erasure in not_settled()].count(False)
        if refused:
            raise CommandError(f"{refused} effacement(s) refusé(s) : à rejouer plus tard.")
        self.stdout.write("Terminé." if apply else "Rien n’a été changé : --apply pour effacer.")

    @transaction.atomic
    def _replay(self, erasure, by, apply):
        """False when it was refused."""
        try:
            found = carry_out_again(erasure, by=by)
        except Refusal as refusal:
            self.stdout.write(f"{erasure} : {refusal.sentence}")
            return False
        told = "rejoué" if found else "n’est pas dans cette base"
        self.stdout.write(f"{erasure} : {told}")
        transaction.set_rollback(not apply)
        return True
