"""`./dev bench [NAME]`: every `bench_*.py` beside this file, against a throw-away PostgreSQL.

Such a module has NAME, TARGET (text) and run(), which gives one Figure or several.
"""

import os
import platform
import sys
from importlib import import_module
from pathlib import Path

from tests.bench.figures import Figure
from tests.pg import PostgresUnavailable, postgres, stop_on_sigterm


def discover(wanted):
    """Modules are imported here and not before: they import models, so Django is to be set up first."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    modules = [import_module(f"tests.bench.{name}") for name in names]
    return [module for module in modules if wanted in (None, module.NAME)]


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
    print(
        f"Versions : Python {platform.python_version()}, Django {django.__version__}, "
        f"{connection.display_name} {version}\n",
        flush=True,
    )


def set_up(url):
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certif.settings")
    import_module("tests.environment")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def figures_of(module):
    result = module.run()
    return [result] if isinstance(result, Figure) else result


def print_figure(module, figure):
    verdict = "ok" if figure.ok else "short"
    name, target = figure.name or module.NAME, figure.target or module.TARGET
    print(f"{name:<28}  {figure.measured:<30}  {target:<30}  {verdict}", flush=True)


def run_all(modules):
    all_ok = True
    for module in modules:
        for figure in figures_of(module):
            print_figure(module, figure)
            all_ok &= figure.ok
    return all_ok


def bench(wanted):
    print_machine()
    with postgres() as url:
        set_up(url)
        print_versions()
        modules = discover(wanted)
        if not modules:
            sys.exit(f"No bench is called {wanted}." if wanted else "There is no bench yet.")
        try:
            return 0 if run_all(modules) else 1
        finally:
            close_connections()


def close_connections():
    from django.db import connections

    connections.close_all()


def main(arguments):
    stop_on_sigterm()
    if len(arguments) > 1:
        sys.exit("usage: python -m tests.bench [NAME]")
    try:
        return bench(*(arguments or [None]))
    except PostgresUnavailable as reason:
        sys.exit(f"PostgreSQL: {reason}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
