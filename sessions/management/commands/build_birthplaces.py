from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from sessions.birthplaces.build import build
from sessions.birthplaces.communes import FILE


class Command(BaseCommand):
    help = "Rebuild the list of communes from the unpacked npm package @etalab/decoupage-administratif."

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="the unpacked package, with its data/ folder")

    def handle(self, *, folder, **options):
        if not (folder / "data" / "communes.json").is_file():
            raise CommandError(f"No data/communes.json in {folder}.")
        count = build(folder)
        self.stdout.write(f"{count} communes, {FILE.stat().st_size // 1024} KiB in {FILE.name}")
