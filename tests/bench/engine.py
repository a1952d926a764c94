"""What `./dev bench` and `./dev drill` share: each module of a folder is run, and each figure told on one line.

Such a module has NAME, TARGET (text) and run(), which gives one Figure or several. One that also has a
SCALE (how large it is by default) is given `scale`, by `--scale N`.
"""

import argparse
import os
import platform
import sys
import sysconfig
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests.bench.figures import Figure
from tests.pg import PostgresUnavailable, postgres, stop_on_sigterm


@dataclass(frozen=True)
class Kind:
    """« bench »: the modules `tests/bench/bench_*.py`, run under these settings."""

    word: str
    folder: Path
    settings: str = "certif.settings"
    width: int = 28

    def modules(self, wanted):
        """Imported here and not before: they import models, so Django is to be set up first."""
        names = sorted(path.stem for path in self.folder.glob(f"{self.word}_*.py"))
        modules = [import_module(f"tests.{self.folder.name}.{name}") for name in names]
        return [module for module in modules if wanted in (None, module.NAME)]

    def print_figure(self, module, figure):
        verdict = "not run" if figure.ok is None else "ok" if figure.ok else "short"
        name, target = figure.name or module.NAME, figure.target or module.TARGET
        print(f"{name:<{self.width}}  {figure.measured:<30}  {target:<30}  {verdict}", flush=True)


def cpu_model():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def print_machine():
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"Machine  : {os.cpu_count()} cores, {cpu_model()}, load average {load}")


def print_versions():
    import django
    from django.db import connection

    version = ".".join(str(part) for part in connection.get_database_version())
    # Without it, everything that is written in Python takes a third longer.
    is_optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    built = "" if is_optimised else " (built without profile-guided optimisation)"
    print(
        f"Versions : Python {platform.python_version()}{built}, Django {django.__version__}, "
        f"{connection.display_name} {version}\n",
        flush=True,
    )


def set_up(url, settings):
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    import_module("tests.environment")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def figures_of(module, scale):
    """A generator's figures are told as they come."""
    scaled = {"scale": scale or module.SCALE} if hasattr(module, "SCALE") else {}
    result = module.run(**scaled)
    return [result] if isinstance(result, Figure) else result


def run_all(kind, modules, scale=None):
    all_ok = True
    for module in modules:
        for figure in figures_of(module, scale):
            kind.print_figure(module, figure)
            all_ok &= bool(figure.ok)
    return all_ok


def measure(kind, wanted, scale):
    print_machine()
    with postgres() as url:
        set_up(url, kind.settings)
        print_versions()
        modules = kind.modules(wanted)
        if not modules:
            word = kind.word
            sys.exit(f"No {word} is called {wanted}." if wanted else f"There is no {word} yet.")
        try:
            return 0 if run_all(kind, modules, scale) else 1
        finally:
            close_connections()


def close_connections():
    from django.db import connections

    connections.close_all()


def main(kind, arguments):
    stop_on_sigterm()
    parser = argparse.ArgumentParser(prog=f"python -m tests.{kind.folder.name}")
    parser.add_argument("name", nargs="?")
    parser.add_argument("--scale", type=int)
    asked = parser.parse_args(arguments)
    try:
        return measure(kind, asked.name, asked.scale)
    except PostgresUnavailable as reason:
        sys.exit(f"PostgreSQL: {reason}")
