from django.core.management.base import BaseCommand
from django.utils import timezone

from finalisation.mailings import remind_centres


class Command(BaseCommand):
    help = "Asks for the mails of the 48-hour clock that are due. Once each, however often it runs."

    def handle(self, **options):
        count = remind_centres(timezone.now())
        self.stdout.write(f"{count} session(s) reminded.")
