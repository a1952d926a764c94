from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from certif.lib.refusals import Refusal
from certif.management import people
from certif.privacy.person import erase_account, erase_candidate


class Command(BaseCommand):
    help = (
        "Forgets a person before the time of the data is over, and tells what is kept. Changes "
        "nothing unless --apply is given. Noted in the history."
    )

    def add_arguments(self, parser):
        people.add_arguments(parser)
        parser.add_argument(
            "--certificate", action="store_true", help="the proof of the certification too"
        )
        parser.add_argument("--apply", action="store_true", help="forget, instead of telling")

    @transaction.atomic
    def handle(self, *, candidate, account, by, certificate, apply, **options):
        by = people.officer(by)
        try:
            if candidate:
                row = people.candidate(candidate)
                kept = erase_candidate(row, by=by, certificate_too=certificate)
            else:
                kept = erase_account(people.account(account), by=by)
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write("\n".join(kept))
        if apply:
            self.stdout.write("Effacé.")
        else:
            transaction.set_rollback(True)
            self.stdout.write("Rien n’a été changé : --apply pour effacer.")
