"""A process that imports what it is told to, as the worker does, and may be killed at it.

    python -m tests.importing      reads the numbers of imports, one a line

Each import is done by a process of its own: its number is written first, then what it does, then the end. It is a
copy of this one, where everything is loaded: what it lasts is what an import lasts.
"""

import os
import sys

import django


def main():
    django.setup()
    load_everything()
    for line in sys.stdin:
        if (process := os.fork()) == 0:
            work(line.strip())
        _process, status = os.waitpid(process, 0)
        say(f"ended {status}")


def load_everything():
    from sessions.actions import imports  # noqa: F401
    from sessions.birthplaces import check_birth_place

    check_birth_place(insee_code="", postcode="69003", city="Lyon", country="")


def work(pk):
    from sessions.actions import imports
    from sessions.models import PreparedImport

    say(f"process {os.getpid()}")
    sys.stdin.readline()
    say("reading")
    imports.prepare_import(pk)
    say("writing")
    prepared = PreparedImport.objects.select_related("created_by").get(pk=pk)
    imports.confirm_import(prepared, remove_absent=None, by=prepared.created_by)
    imports.apply_import(pk, False, by=prepared.created_by)
    os._exit(0)


def say(line):
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


if __name__ == "__main__":
    main()
