"""The demonstration's data saved as docs/operations.md says, and restored into an empty place."""

import hashlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from exam.models import Answer
from tests.bench.figures import Figure
from tests.drills.fire import on_database
from tests.pg import binaries, postgres

NAME = "backup"
TARGET = "each row and file the same"
WITHIN, GONE_AFTER = 60, 300


def run():
    with tempfile.TemporaryDirectory(prefix="certif-backup-") as folder:
        media, dump, back = (Path(folder, name) for name in ("media", "dump", "back"))
        media.mkdir()
        with override_settings(MEDIA_ROOT=media):
            call_command("demo", verbosity=0)
        began = time.monotonic()
        program("pg_dump", "--format=custom", f"--file={dump}", "--dbname=" + address(connection))
        shutil.copytree(media, back)
        saved = time.monotonic()
        rows, files = rows_of(connection), files_of(media)
        with postgres() as url, on_database(url):
            # The roles of the empty place are its own.
            program("pg_restore", "--no-owner", "--exit-on-error", "--dbname=" + url, str(dump))
            call_command("migrate", verbosity=0)
            restored = time.monotonic()
            found = rows_of(connection)
            lose_a_row(connection)
            less = rows_of(connection)
        yield compared("backup, tables", rows, found)
        yield control("  the same, less one row", rows, less)
        yield compared("backup, files", files, files_of(back))
        (back / min(files)).unlink()
        yield control("  the same, less one file", files, files_of(back))
        yield Figure(
            f"saved in {saved - began:.1f} s, restored in {restored - saved:.1f} s",
            ok=restored - began < WITHIN,
            name="backup, time",
            target=f"≤ {WITHIN} s",
        )


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


def files_of(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


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
