from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from exam import bank


class Command(BaseCommand):
    help = "Charge la banque de questions : tout, ou rien. Recommencer ne change rien."

    def add_arguments(self, parser):
        parser.add_argument("--folder", type=Path, default=bank.FOLDER)

    def handle(self, *args, folder, **options):
        try:
            counts = bank.load(folder)
        except bank.BankError as error:
            raise CommandError(f"Rien n’a été chargé.\n{error}") from error
        self.stdout.write(
            f"Questions : {counts['created']} ajoutées, {counts['updated']} modifiées, "
            f"{counts['equal']} inchangées."
        )
