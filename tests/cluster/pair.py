"""PostgreSQL as in production: a primary, and a standby that has each commit before it is acknowledged.

Made by the scripts of deploy/, as docker-compose.yml runs them.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from tests.pg import OPTIONS, Server

STREAMS_WITHIN = 30
ANSWERS_WITHIN = 15
IN_COMPOSE = {
    "POSTGRES_USER": "postgres",
    "POSTGRES_DB": "certif",
    "POSTGRES_PASSWORD": "of-certif",
    "STANDBY_PASSWORD": "of-standby",
}
URL = "postgresql://certif@/certif"
ROOT = Path(__file__).parents[2]


def compose():
    return (ROOT / "docker-compose.yml").read_text()


def shipped():
    """The settings that docker-compose.yml starts its servers with."""
    (command,) = re.findall(r'command: (\["postgres".*?\])', compose(), re.DOTALL)
    return dict(word.split("=") for word in json.loads(command) if "=" in word)


class Pair:
    def __init__(self, folders):
        self.primary, self.standby = (Server(folder) for folder in folders)
        self.follower = None

    @property
    def url(self):
        """libpq asks each in turn for the one that takes writes: a fail-over changes no setting."""
        hosts = f"{self.primary.folder},{self.standby.folder}"
        return f"{URL}?host={hosts}&target_session_attrs=read-write"

    @property
    def standby_url(self):
        """For who only reads."""
        return f"{URL}?host={self.standby.folder}&target_session_attrs=any"

    def start(self):
        self.primary.start(shipped())
        # As the image makes it.
        password = IN_COMPOSE["POSTGRES_PASSWORD"]
        self.ask(self.primary, f"ALTER ROLE postgres PASSWORD '{password}'")
        if self._run("postgres-primary.sh", self.primary, **IN_COMPOSE).wait():
            raise RuntimeError("the script of the primary failed")
        self.primary.stop()
        self.primary.launch(shipped())
        self.make_standby()

    def make_standby(self):
        """A copy of the primary, which then waits for it at each commit."""
        self.start_standby()
        # While it is copied, the copying itself is « sync » already.
        self.wait_until(lambda: self.is_well(self.standby) and self.sync_state() == "sync")

    def start_standby(self):
        sockets = {"listen_addresses": "", "unix_socket_directories": self.standby.folder}
        options = {**OPTIONS, **shipped(), **sockets}
        server = ["postgres", *(f"-c{name}={value}" for name, value in options.items())]
        primary = str(self.primary.folder)
        self.follower = self._run("postgres-standby.sh", self.standby, *server, PRIMARY=primary)

    def stop_standby(self):
        self.standby.stop()
        if self.follower:
            self.follower.wait()

    def is_well(self, server):
        """What the engine asks every few seconds."""
        (check,) = re.findall(r'test: (\["CMD", "sh".*\])', compose())
        return self._popen(server, json.loads(check)[1:]).wait() == 0

    def _run(self, script, server, *arguments, **names):
        with (ROOT / "deploy" / script).open() as text:
            return self._popen(server, ["sh", "-s", *arguments], stdin=text, **names)

    def _popen(self, server, command, stdin=subprocess.DEVNULL, **names):
        # Whoever is not root may be unable to enter this folder: the script comes by its input.
        paths = {"PGDATA": str(server.folder / "data"), "PGHOST": str(server.folder)}
        programs = f"{server.bin}:{os.environ['PATH']}"
        with server.folder.with_suffix(".log").open("ab") as log:
            return subprocess.Popen(
                [*server.prefix, *command],
                cwd=server.folder,
                env={**os.environ, **paths, **names, "PATH": programs},
                # Ctrl-C is for us, who stop it in its turn.
                start_new_session=True,
                stdin=stdin,
                stdout=log,
                stderr=log,
                **server.identity,
            )

    def wait_until_replayed(self):
        """What is committed now is on the standby's disk already; here until it can be read there too."""
        (written,) = self.ask(self.primary, "SELECT pg_current_wal_lsn()")
        replayed = f"SELECT pg_last_wal_replay_lsn() >= '{written}'"
        self.wait_until(lambda: self.ask(self.standby, replayed)[0])

    def wait_until(self, condition):
        limit = time.monotonic() + STREAMS_WITHIN
        while not condition():
            if time.monotonic() > limit:
                raise RuntimeError("the standby does not follow")
            time.sleep(0.1)

    def sync_state(self):
        (state,) = self.ask(self.primary, "SELECT max(sync_state) FROM pg_stat_replication")
        return state

    def ask(self, server, statement):
        with psycopg.connect(
            f"host={server.folder} user=postgres dbname=certif connect_timeout={ANSWERS_WITHIN}"
            f" options='-c statement_timeout={ANSWERS_WITHIN}s'",
            autocommit=True,
        ) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchone() if cursor.description else None

    def postmaster(self, server):
        """The process that starts every other of a server. `unshare --user` changes who, not which number."""
        pid = int((server.folder / "data/postmaster.pid").read_text().split()[0])
        process = psutil.Process(pid)
        if str(server.folder) not in " ".join(process.cmdline()):
            raise RuntimeError("the process of the server is not found")
        return process

    def kill_primary(self):
        """Every process of it at once, without a word."""
        postmaster = self.postmaster(self.primary)
        family = [postmaster, *postmaster.children(recursive=True)]
        os.kill(postmaster.pid, signal.SIGKILL)
        for each in family[1:]:
            with suppress(ProcessLookupError):
                os.kill(each.pid, signal.SIGKILL)
        psutil.wait_procs(family, timeout=5)
        (self.primary.folder / "data/postmaster.pid").unlink()

    def promote(self):
        self.standby.call("pg_ctl", "--pgdata=data", "--wait", "promote")

    def go_on_alone(self):
        """A commit waits for nobody any more."""
        self._wait_for("")

    def _wait_for(self, standby):
        self.ask(self.primary, f"ALTER SYSTEM SET synchronous_standby_names = '{standby}'")
        self.ask(self.primary, "SELECT pg_reload_conf()")

    def swap(self):
        """The promoted one is the primary, with its settings; the old one's data, never to be started again,
        is put away and a new standby made in its place. Commits wait for it once it follows."""
        self.primary, self.standby = self.standby, self.primary
        self.go_on_alone()
        self.primary.stop()
        self.follower.wait()
        self.primary.launch(shipped())
        shutil.rmtree(self.standby.folder / "data")
        self.start_standby()
        self.wait_until(lambda: self.is_well(self.standby))
        self._wait_for("standby")
        self.wait_until(lambda: self.sync_state() == "sync")

    def stop(self):
        self.primary.stop()
        self.stop_standby()


@contextmanager
def pair():
    """Stopped and wiped at the end, whatever became of it."""
    folders = [Path(tempfile.mkdtemp(prefix="certif-pg-", dir="/tmp")) for _ in range(2)]
    try:
        made = Pair(folders)
        try:
            made.start()
            yield made
        finally:
            made.stop()
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_suffix(".log").unlink(missing_ok=True)
