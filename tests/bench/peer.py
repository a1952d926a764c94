"""pretix, in a virtual environment of its own and on a database of its own: run, never imported nor copied.

It is seeded by its own documented API, the token to it apart. It has what a large installation gives it: a
cache (in its own memory, where it costs least), and a queue for what it does later, which nobody empties.
"""

import json
import os
import subprocess
import sys
from collections import namedtuple
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from urllib.request import Request, urlopen

from django.db import connection

from tests.bench.server import Application

VERSION = "2026.8.0"
FOLDER = Path(__file__).parents[2] / ".venv" / "pretix"
PYTHON = FOLDER / "bin" / "python"
LOG = FOLDER / "install.log"
DATABASE, ORGANIZER, EVENT = "pretix", "bench", "morning"
ANSWERS_WITHIN = 60
API = f"/api/v1/organizers/{ORGANIZER}"

SETTINGS = """
from pretix.settings import *

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
"""
TOKEN = f"""
import django

django.setup()
from django_scopes import scopes_disabled
from pretix.base.models import Organizer, Team

with scopes_disabled():
    everything = dict(all_events=True, all_event_permissions=True, all_organizer_permissions=True)
    organizer = Organizer.objects.create(slug="{ORGANIZER}", name="Bench")
    team = Team.objects.create(organizer=organizer, name="Bench", **everything)
    print(team.tokens.create(name="bench").token)
"""

# `secrets`: of each seat, by order.
Seats = namedtuple("Seats", "token checkin_list secrets")


class PeerMissing(Exception):
    """The reason, in words for a person."""


def install():
    wanted = [f"pretix=={VERSION}", f"granian=={version('granian')}"]
    stamp = FOLDER / "installed"
    if stamp.exists() and stamp.read_text().split() == wanted:
        return
    print(f"  installing {' and '.join(wanted)} into .venv/pretix", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True)
    # Never shown: an installer tells where it takes its packages from.
    with LOG.open("wb") as log:
        command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", *wanted]
        if subprocess.run(command, stdout=log, stderr=log, check=False).returncode:
            raise PeerMissing(
                "pip does not install it; why is at the end of .venv/pretix/install.log"
            )
    stamp.write_text("\n".join(wanted))


def application(port):
    """Its tables made, its settings written."""
    data = FOLDER / "data"
    data.mkdir(exist_ok=True)
    (FOLDER / "peer_settings.py").write_text(SETTINGS)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {DATABASE}")
    environment = {
        "DJANGO_SETTINGS_MODULE": "peer_settings",
        "PYTHONPATH": str(FOLDER),
        "DATA_DIR": str(data),
        "PRETIX_CONFIG_FILE": "/dev/null",
        "PRETIX_PRETIX_URL": f"http://127.0.0.1:{port}",
        "PRETIX_PRETIX_LOGLEVEL": "ERROR",
        "PRETIX_DATABASE_BACKEND": "postgresql",
        "PRETIX_DATABASE_NAME": DATABASE,
        "PRETIX_DATABASE_USER": connection.settings_dict["USER"],
        "PRETIX_DATABASE_HOST": connection.settings_dict["OPTIONS"]["host"],
        "PRETIX_CELERY_BROKER": "memory://",
        "PRETIX_CELERY_BACKEND": "cache+memory://",
    }
    made = Application("pretix.wsgi:application", PYTHON, FOLDER, environment)
    print("  making the tables of pretix", flush=True)
    output_of(made, "-m", "pretix", "migrate", "--verbosity", "0")
    return made


def output_of(application, *arguments):
    done = subprocess.run(
        [application.python, *arguments],
        cwd=application.folder,
        env={**os.environ, **application.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PeerMissing(f"it does not start: {done.stderr.strip().splitlines()[-1]}")
    return done.stdout


def seated(application, server, orders, seats_each):
    """An event with as many paid orders of as many seats, and one list to check them in."""
    token = output_of(application, "-c", TOKEN).split()[-1]

    def make(what, **fields):
        asked = Request(
            f"http://127.0.0.1:{server.port}{API}/{what}/",
            json.dumps(fields).encode(),
            {"Authorization": f"Token {token}", "Content-Type": "application/json"},
        )
        with urlopen(asked, timeout=ANSWERS_WITHIN) as answer:
            return json.load(answer)

    now = datetime.now(UTC).isoformat()
    make("events", name={"en": "Morning"}, slug=EVENT, date_from=now, currency="EUR")
    seat = make(
        f"events/{EVENT}/items", name={"en": "Seat"}, default_price="0.00", tax_rate="0.00"
    )["id"]
    make(f"events/{EVENT}/quotas", name="All", size=None, items=[seat])
    room = make(f"events/{EVENT}/checkinlists", name="Room", all_products=True)["id"]
    positions = [
        {"positionid": number, "item": seat, "price": "0.00", "attendee_name": f"Camille {number}"}
        for number in range(1, seats_each + 1)
    ]
    made = [
        make(f"events/{EVENT}/orders", status="p", locale="en", positions=positions)
        for _ in range(orders)
    ]
    secrets = [[position["secret"] for position in order["positions"]] for order in made]
    return Seats(token, room, secrets)
