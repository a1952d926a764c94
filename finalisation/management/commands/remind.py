from django.core.management.base import BaseCommand
from django.utils import timezone

from finalisation import sealing
from finalisation.mailings import remind_centres


class Command(BaseCommand):
    help = (
        "Asks for the mails of the 48-hour clock that are due, once each, and for the PVs that were "
        "never written. To be run often."
    )

    def handle(self, **options):
        at = timezone.now()
        self.stdout.write(f"{remind_centres(at)} session(s) reminded.")
        self.stdout.write(f"{sealing.ask_again(at)} PV(s) asked for again.")
