"""The demonstration's data saved as docs/operations.md says, and restored into an empty place.

The files are in a folder, then in an object storage.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3
from django.apps import apps
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.models import FileField
from django.test import override_settings

from exam.models import Answer
from tests.bench.figures import Figure
from tests.cluster.processes import ROOT, standing_objects
from tests.drills.fire import on_database
from tests.pg import binaries, postgres

NAME = "backup"
TARGET = "each row and file the same"
WITHIN, GONE_AFTER = 60, 300


def run():
    with tempfile.TemporaryDirectory(prefix="certif-backup-") as folder:
        yield from round_trip("backup", Folder(Path(folder)))
    with (
        tempfile.TemporaryDirectory(prefix="certif-backup-") as folder,
        postgres() as url,
        on_database(url),
        standing_objects(Path(folder, "first")) as first,
        standing_objects(Path(folder, "other")) as other,
    ):
        call_command("migrate", verbosity=0)
        yield from round_trip("backup, S3", Bucket(Path(folder), first, other))


def round_trip(name, files):
    with override_settings(**files.settings):
        call_command("demo", verbosity=0)
        # Passwords, that no backup keeps.
        default_storage.save("print_runs/1.pdf", ContentFile(b"%PDF-1.7"))
    dump = files.folder / "dump"
    began = time.monotonic()
    program("pg_dump", "--format=custom", f"--file={dump}", "--dbname=" + address(connection))
    files.save()
    saved = time.monotonic()
    rows, held = rows_of(connection), files.held()
    with postgres() as url, on_database(url):
        # The roles of the empty place are its own.
        program("pg_restore", "--no-owner", "--exit-on-error", "--dbname=" + url, str(dump))
        files.restore()
        call_command("migrate", verbosity=0)
        restored = time.monotonic()
        found = rows_of(connection)
        named = set(files_named())
        lose_a_row(connection)
        less = rows_of(connection)
    yield compared(f"{name}, tables", rows, found)
    yield control("  the same, less one row", rows, less)
    back = files.held_back()
    yield compared(f"{name}, files", held, back)
    lost = named - back.keys()
    yield Figure(
        f"{len(named)} named, {len(lost)} lost",
        ok=bool(named) and not lost,
        name="  those that a row names",
        target="each is there",
    )
    files.lose(min(held))
    yield control("  the same, less one file", held, files.held_back())
    yield Figure(
        f"saved in {saved - began:.1f} s, restored in {restored - saved:.1f} s",
        ok=restored - began < WITHIN,
        name=f"{name}, time",
        target=f"≤ {WITHIN} s",
    )


# --- The files ------------------------------------------------------------------------------------


class Folder:
    """As docs/operations.md says it: a tar."""

    def __init__(self, folder):
        self.folder, self.media, self.back = folder, folder / "media", folder / "back"
        self.media.mkdir()
        self.back.mkdir()
        self.settings = {"MEDIA_ROOT": self.media}

    def save(self):
        command = ["tar", "--create", f"--file={self.folder}/media.tar", "--exclude=./print_runs"]
        subprocess.run([*command, f"--directory={self.media}", "."], check=True)

    def restore(self):
        command = ["tar", "--extract", f"--file={self.folder}/media.tar"]
        subprocess.run([*command, f"--directory={self.back}"], check=True)

    def held(self):
        return kept(files_of(self.media))

    def held_back(self):
        return files_of(self.back)

    def lose(self, name):
        (self.back / name).unlink()


class Bucket:
    """By deploy/bucket.py, from one object storage to another one that is empty."""

    def __init__(self, folder, first, other):
        self.folder, self.first, self.other = folder, first, other
        self.back = folder / "back"
        self.back.mkdir()
        storage = {
            "BACKEND": "certif.lib.objects.PrivateObjects",
            "OPTIONS": {
                "access_key": first.KEYS["AWS_ACCESS_KEY_ID"],
                "secret_key": first.KEYS["AWS_SECRET_ACCESS_KEY"],
            },
        }
        self.settings = {
            "S3_BUCKET": first.BUCKET,
            "S3_ENDPOINT": first.endpoint,
            "STORAGES": settings.STORAGES | {"default": storage},
        }

    def _run(self, word, storage):
        command = [sys.executable, "deploy/bucket.py", word, str(self.back)]
        environment = {**os.environ, **storage.settings}
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

    def save(self):
        self._run("save", self.first)

    def restore(self):
        self._run("restore", self.other)

    def held(self):
        return kept(objects_of(self.first))

    def held_back(self):
        return objects_of(self.other)

    def lose(self, name):
        bucket_of(self.other).Object(name).delete()


def bucket_of(storage):
    keys = {name.lower(): value for name, value in storage.KEYS.items()}
    client = boto3.resource("s3", endpoint_url=storage.endpoint, region_name="us-east-1", **keys)
    return client.Bucket(storage.BUCKET)


def objects_of(storage):
    return {
        held.key: hashlib.sha256(held.get()["Body"].read()).hexdigest()
        for held in bucket_of(storage).objects.all()
    }


def files_of(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def kept(files):
    return {name: told for name, told in files.items() if not name.startswith("print_runs/")}


def files_named():
    """By the rows that stand now."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, FileField):
                named = model._base_manager.exclude(**{field.name: ""})
                yield from named.values_list(field.name, flat=True)


# --- The rows -------------------------------------------------------------------------------------


def program(name, *arguments):
    """One of PostgreSQL's, of the same version as the server."""
    subprocess.run([binaries() / name, *arguments], check=True, timeout=GONE_AFTER)


def address(connection):
    parameters = connection.get_connection_params()
    return f"postgresql://postgres@/{parameters['dbname']}?host={parameters['host']}"


def rows_of(connection):
    """For each table, how many rows, and one hash of all of them in an order of their own."""
    told = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(
                f"SELECT count(*), md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), ''))"
                f' FROM "{table}" AS row'
            )
            told[table] = cursor.fetchone()
    return told


def lose_a_row(connection):
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {Answer._meta.db_table} WHERE id IN"
            f" (SELECT max(id) FROM {Answer._meta.db_table})"
        )


def different_in(before, after):
    return [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]


def control(name, before, after):
    """The negative control: what is missing is seen."""
    seen = len(different_in(before, after))
    return Figure(f"{seen} different", ok=seen == 1, name=name, target="1 different")


def compared(name, before, after):
    different = different_in(before, after)
    for key in different[:10]:
        print(f"  ! {key}: {before.get(key)}, then {after.get(key)}")
    told = f"{len(before)} compared, {len(different)} different"
    return Figure(told, ok=bool(before) and not different, name=name)
