import threading

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from certif.management import gestures, story
from exam.models import Question
from sessions.models import ExamSession

BEAT_SECONDS = 12
ACCOUNTS = [
    (story.CENTRE_ACCOUNT, "membre Pix Certif, administratrice : /accueil/"),
    (story.INVIGILATOR_ACCOUNT, "surveillante : /surveillance/"),
    (
        story.OFFICER_ACCOUNT,
        "équipe Pix : /admin/ (second facteur désactivé dans la démonstration)",
    ),
    *((email, "candidat : /certifications/") for email in story.CANDIDATE_ACCOUNTS),
]


class Command(BaseCommand):
    help = "Loads the demonstration's data (once), or prints its accounts and addresses."

    def add_arguments(self, parser):
        parser.add_argument("--print-accounts", action="store_true")
        parser.add_argument(
            "--animate", action="store_true", help="the pupils of the running session go on"
        )

    def handle(self, *, print_accounts, animate, **options):
        if not settings.DEMO:
            raise CommandError("Demo accounts exist only in a demonstration: set DJANGO_DEMO=1.")
        if print_accounts:
            self._print()
        elif animate:
            self._animate()
        else:
            self._load()

    def _load(self):
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA journal_mode=WAL")
        if not Question.objects.exists():
            call_command("load_bank", stdout=self.stdout)
        if story.exists():
            story.bring_up_to_date()
            self.stdout.write("Les données de démonstration sont conservées.")
            return
        story.tell()
        self.stdout.write("Les données de démonstration sont en place.")

    def _animate(self):
        pupils = story.Story()
        while not threading.Event().wait(BEAT_SECONDS):
            pupils.go_on()

    def _print(self):
        lines = ["", *(f"  {email:26} {role}" for email, role in ACCOUNTS)]
        lines += ["", f"  Mot de passe de tous les comptes : {gestures.PASSWORD}", ""]
        ready = ExamSession.objects.filter(access_code="XGDZ45").first()
        if ready:
            lines += [
                f"  Session à surveiller aujourd’hui : numéro {ready.pk}, "
                f"mot de passe {ready.password}, code d’accès {ready.access_code}",
                "  Candidats : Sophie DELARUE 04/07/2001 (candidat1), Martine DUPONT 21/06/1994,",
                "              Paul DUPONT 21/05/1997, Simon DURAND 09/03/1988 (candidat4)",
                "",
            ]
        lines += [f"certif est prêt : {settings.SITE_URL}", ""]
        self.stdout.write("\n".join(lines))
