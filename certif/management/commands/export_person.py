from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from certif.management import people
from certif.privacy.person import export_account, export_candidate


class Command(BaseCommand):
    help = "Writes what is known of a person in a zip, for an access request. Noted in the history."

    def add_arguments(self, parser):
        people.add_arguments(parser)
        parser.add_argument("--output", required=True, help="a file that is not there yet")

    @transaction.atomic
    def handle(self, *, candidate, account, by, output, **options):
        by = people.officer(by)
        try:
            if candidate:
                export_candidate(people.candidate(candidate), output, by=by)
            else:
                export_account(people.account(account), output, by=by)
        except FileExistsError as error:
            raise CommandError(f"{output} existe déjà.") from error
        self.stdout.write(f"Écrit : {output}")
