from django.core.exceptions import ObjectDoesNotExist
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from certif.lib.refusals import Refusal
from certif.management import people
from certif.privacy.erasures import asked, carry_out, note
from certif.privacy.person import whom


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
        erasure = asked(candidate=candidate, account=account, certificate=certificate)
        try:
            told = whom(candidate=candidate, account=account)
            kept = carry_out(erasure, by=by)
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        except ObjectDoesNotExist as error:
            raise CommandError(f"Aucune ligne n° {candidate or account}.") from error
        self.stdout.write("\n".join(kept if apply else told + kept))
        if apply:
            self._note(erasure)
            self.stdout.write("Effacé.")
        else:
            transaction.set_rollback(True)
            self.stdout.write("Rien n’a été changé : --apply pour effacer.")

    def _note(self, erasure):
        try:
            note(erasure)
        except OSError as error:
            raise CommandError(
                f"Rien n’a été changé : le journal des effacements ne s’écrit pas ({error})."
            ) from error
