from django.core.management.base import BaseCommand
from django.utils import timezone

from finalisation import actions, sealing
from finalisation.mailings import remind_centres


class Command(BaseCommand):
    help = (
        "Asks for the mails of the 48-hour clock that are due, once each, and for the PVs that were "
        "never written; gives up the publications whose last try is long past. To be run often."
    )

    def handle(self, **options):
        at = timezone.now()
        self.stdout.write(f"{remind_centres(at)} session(s) reminded.")
        self.stdout.write(f"{sealing.ask_again(at)} PV(s) asked for again.")
        self.stdout.write(f"{actions.give_up_publications(at)} publication(s) given up.")
