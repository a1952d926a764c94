from django.core.management.base import BaseCommand

from certif.accounts.actions import unlock
from certif.management import people


class Command(BaseCommand):
    help = "Ends the waits of an account that others, or its person, tried too often. Noted in the history."

    def add_arguments(self, parser):
        parser.add_argument("account", type=int, metavar="ID")
        people.add_officer(parser)

    def handle(self, *, account, by, **options):
        unlock(people.account(account), by=people.officer(by))
        self.stdout.write("Plus aucune attente.")
