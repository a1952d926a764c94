from django.core.management.base import BaseCommand, CommandError

from certif.accounts.actions.seeds import seal_seeds


class Command(BaseCommand):
    help = (
        "Seals the seeds of second factors by the present SECRET_KEY: to be run before the one of "
        "before is taken out of SECRET_KEY_FALLBACKS (docs/operations.md)."
    )

    def handle(self, **options):
        sealed, unreadable = seal_seeds()
        self.stdout.write(f"{sealed:>8}  germes scellés")
        if unreadable:
            raise CommandError(
                f"{unreadable} illisibles : remettez l’ancienne clé, puis recommencez."
            )
