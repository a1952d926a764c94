"""The web nodes, the worker and nginx, as docker-compose.yml starts them, as plain processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil

from tests.cluster.pair import pair

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "deploy/nginx.conf.template"
WHOLE = ROOT / "deploy/nginx.conf"
UNPACKED = ROOT / ".venv/nginx/usr/sbin/nginx"
READY_WITHIN = 90
GONE_WITHIN = 10
DONE_WITHIN = 300
GRANIAN = "--interface wsgi --host 127.0.0.1 --workers 1 --blocking-threads 8 --backlog 4096"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class NginxMissing(Exception):
    pass


def nginx():
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found or UNPACKED.exists():
        return found or str(UNPACKED)
    raise NginxMissing("nginx is missing (on Debian: apt-get install nginx)")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """One that may be killed and started again; what it says is in a file of the cluster's folder."""

    def __init__(self, name, folder, command, environment, port=None):
        self.name, self.command, self.environment = name, command, environment
        self.log, self.port, self.running = folder / f"{name}.log", port, None

    def start(self):
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=self.environment,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def is_running(self):
        return self.running is not None and self.running.poll() is None

    def kill(self):
        """Every process of it, at once, without a word."""
        family = psutil.Process(self.running.pid).children(recursive=True)
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()
        psutil.wait_procs(family, timeout=GONE_WITHIN)

    def freeze(self):
        """Every process of it stands still, and knows nothing of it once woken."""
        os.killpg(self.running.pid, signal.SIGSTOP)

    def wake(self):
        os.killpg(self.running.pid, signal.SIGCONT)

    def stop(self):
        if not self.is_running:
            return
        # One that is frozen hears nothing else.
        self.wake()
        self.running.terminate()
        try:
            self.running.wait(GONE_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()

    def get(self, path, timeout=10):
        return self.ask("GET", path, timeout)

    def ask(self, method, path, timeout=10):
        """The status and the text of one answer; 0 when there is none."""
        link = HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            link.request(method, path)
            answer = link.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, HTTPException) as error:
            return 0, str(error)
        finally:
            link.close()

    def wait_until_ready(self, path="/readyz"):
        limit = time.monotonic() + READY_WITHIN
        while self.is_running and time.monotonic() < limit:
            if self.get(path)[0] == 200:
                return
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} is not ready: {self.log.read_text()[-2000:]}")


class Objects(Process):
    """An object storage: moto's S3 server, which keeps everything in its memory."""

    BUCKET = "certif"
    # It asks for a key and accepts any.
    KEYS = {"AWS_ACCESS_KEY_ID": "of-this-machine", "AWS_SECRET_ACCESS_KEY": "of-this-machine"}

    def __init__(self, folder):
        port = free_port()
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        super().__init__("objects", folder, command, dict(os.environ), port)

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self):
        """In the environment of whoever keeps files there."""
        return {**self.KEYS, "S3_BUCKET": self.BUCKET, "S3_ENDPOINT": self.endpoint}

    def start_empty(self):
        self.start()
        self.wait_until_ready("/moto-api/")
        self.ask("PUT", f"/{self.BUCKET}")


@contextmanager
def standing_objects(folder):
    """An object storage, as that of production: empty, and stopped at the end."""
    folder.mkdir(exist_ok=True)
    made = Objects(folder)
    try:
        made.start_empty()
        yield made
    finally:
        made.stop()


class Cluster:
    def __init__(self, pair, folder, objects, environment, port=None):
        self.pair, self.folder, self.objects = pair, folder, objects
        self.environment = {
            **os.environ,
            **environment,
            **self.objects.settings,
            "DATABASE_URL": pair.url,
            # Those of the nodes, whatever those of the tests are.
            "DATABASE_IDLE_SECONDS": "2",
        }
        self.nodes = [self._node(f"web{number}") for number in (1, 2)]
        self.worker = self._process("worker", ["manage.py", "db_worker", "--verbosity", "0"])
        self.proxy = self._proxy(port or free_port())

    @property
    def port(self):
        return self.proxy.port

    @property
    def processes(self):
        return [*self.nodes, self.worker, self.proxy]

    def _process(self, name, arguments, port=None):
        command = [sys.executable, *arguments]
        return Process(name, self.folder, command, self.environment, port)

    def _node(self, name):
        port = free_port()
        options = ["--port", str(port), "--log-level", "warning", "certif.wsgi:application"]
        return self._process(name, ["-m", "granian", *GRANIAN.split(), *options], port)

    def _proxy(self, port):
        first, second = (f"127.0.0.1:{node.port}" for node in self.nodes)
        values = {
            "LISTEN": f"127.0.0.1:{port}",
            "NODE_1": first,
            "NODE_2": second,
            "LOG": self.folder / "nginx-requests.log",
            "SUPPORT": "certif@pix.fr",
        }
        site = TEMPLATE.read_text()
        for name, value in values.items():
            site = site.replace(f"${{NGINX_{name}}}", str(value))
        (self.folder / "site.conf").write_text(site)
        main = self.folder / "nginx.conf"
        main.write_text(self._whole())
        command = [nginx(), "-p", str(self.folder), "-c", str(main), "-g", "daemon off;"]
        return Process("nginx", self.folder, command, dict(os.environ), port)

    def _whole(self):
        """The file that is shipped, but for the user and the folders."""
        temporary = "".join(f"{name}_temp_path {self.folder}/{name};\n" for name in TEMPORARY)
        ours = {
            "user nginx;": "user root root;" if os.geteuid() == 0 else "",
            "pid /run/nginx.pid;": f"pid {self.folder}/nginx.pid;",
            "error_log /dev/stderr crit;": f"error_log {self.folder}/nginx-errors.log warn;",
            "include /etc/nginx/conf.d/default.conf;": f"{temporary}include {self.folder}/site.conf;",
        }
        whole = WHOLE.read_text()
        for theirs, mine in ours.items():
            if theirs not in whole:
                raise RuntimeError(f"{WHOLE.name} has no « {theirs} »")
            whole = whole.replace(theirs, mine)
        return whole

    def manage(self, *arguments):
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True, timeout=DONE_WITHIN)

    def start(self):
        for process in self.processes:
            process.start()
        for node in self.nodes:
            node.wait_until_ready()

    def stop(self):
        for process in reversed(self.processes):
            process.stop()


@contextmanager
def cluster(
    port=None, prepare=lambda cluster: cluster.manage("migrate", "--verbosity", "0"), **env
):
    """Two web nodes behind nginx, a worker, a primary and its standby, an object storage."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="certif-cluster-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        standing_pair = stack.enter_context(pair())
        objects = stack.enter_context(standing_objects(folder))
        made = Cluster(standing_pair, folder, objects, env, port)
        stack.callback(made.stop)
        prepare(made)
        made.start()
        yield made
