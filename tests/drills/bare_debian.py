"""A minimal Debian that debootstrap makes in a folder of /tmp, and what is run in it.

It is lent what this machine fetches packages with (mirror, certificates, settings of apt and pip), and nothing else.
"""

import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from tests.drills.disks import VIEWS, view_of_its_own
from tests.drills.fire import seconds_until

ROOT = Path(__file__).parents[2]
CALLED_WITHIN, WIPED_WITHIN = 900, 60
# Mounts and processes of its own, which end with it, whatever ends it.
APART = [*VIEWS[0], "--pid", "--fork", "--kill-child"]
# The shell stays, as the first process: it buries those that lost their parent. Ctrl-C is for
# what it runs, even where the drill itself hears none.
ENTER = """
trap : INT
mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" || exit 1
debian=$1; shift
env --default-signal=INT chroot "$debian" "$@"; exit
"""
ENVIRONMENT = {
    "HOME": "/root",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
}
LENT_VARIABLES = re.compile(
    r"PIP_\w+|UV_\w+|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|\w+_proxy", re.IGNORECASE
)
LENT_FILES = [
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/apt/apt.conf",
    "/etc/apt/apt.conf.d",
    "/etc/apt/auth.conf",
    "/etc/apt/auth.conf.d",
    "/etc/pip.conf",
    "/etc/ssl/certs/ca-certificates.crt",
    "/usr/local/share/ca-certificates",
]
LENT_AT_HOME = ".config/pip"


def why_not():
    """The reason why none can be made here."""
    if os.geteuid() != 0 or view_of_its_own() != VIEWS[0]:
        return "it needs root, and to mount"
    if not shutil.which("debootstrap"):
        return "no debootstrap (apt-get install debootstrap)"
    return "" if mirror() else "apt has no mirror of Debian here"


def mirror():
    """That of the sources of apt."""
    if platform.freedesktop_os_release()["ID"] != "debian":
        return None
    command = ["apt-get", "indextargets", "--no-release-info"]
    command += ["--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in told.splitlines()]
    # Its updates have a « - », and may be elsewhere.
    return next((uri for suite, part, uri in lines if part == "main" and "-" not in suite), None)


@contextmanager
def bare_debian():
    folder = Path(tempfile.mkdtemp(prefix="certif-debian-", dir="/tmp"))
    try:
        yield Debian(folder)
    finally:
        # The last processes may still be dying in it.
        seconds_until(lambda: _is_wiped(folder), WIPED_WITHIN)


def _is_wiped(folder):
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()


class Debian:
    def __init__(self, folder):
        self.root, self.log = folder / "debian", folder / "log"
        self.clone = self.root / "root/certif"
        lent = {name: os.environ[name] for name in os.environ if LENT_VARIABLES.fullmatch(name)}
        self.environment = ENVIRONMENT | lent

    def make(self):
        command = ["debootstrap", "--variant=minbase", "stable", self.root, mirror()]
        with self._running(command, os.environ) as process:
            return ended(process)

    @property
    def version(self):
        return (self.root / "etc/debian_version").read_text().strip()

    def furnish(self):
        """What this machine fetches packages with, and a fresh clone."""
        named = [value for value in self.environment.values() if Path(value).is_file()]
        for path in map(Path, [*LENT_FILES, *named]):
            lend(path, self.root / path.relative_to("/"))
        lend(Path.home() / LENT_AT_HOME, self.root / "root" / LENT_AT_HOME)
        clone = ["git", "clone", "--quiet", "--depth=1", f"file://{ROOT}", self.clone]
        subprocess.run(clone, check=True)

    def call(self, *command, within=CALLED_WITHIN, **environment):
        with self.running(*command, **environment) as process:
            return ended(process, within)

    def running(self, *command, **environment):
        inside = ["sh", "-c", ENTER, "sh", self.root, *command]
        return self._running(inside, self.environment | environment)

    @contextmanager
    def _running(self, command, environment):
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [*APART, *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def keep_log(self):
        """Not printed: installers tell the addresses of their packages."""
        logs = [self.log, self.clone / ".venv/install.log"]
        kept, path = tempfile.mkstemp(prefix="certif-debian-", suffix=".log", dir="/tmp")
        with open(kept, "wb") as file:
            file.writelines(log.read_bytes() for log in logs if log.exists())
        return path


def lend(path, there):
    there.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        shutil.copytree(path, there, dirs_exist_ok=True)
    elif path.exists():
        shutil.copy(path, there)


def ended(process, within=CALLED_WITHIN):
    """The seconds it took, and whether it ended well."""
    began = time.monotonic()
    try:
        status = process.wait(within)
    except subprocess.TimeoutExpired:
        status = None
    return time.monotonic() - began, status == 0
