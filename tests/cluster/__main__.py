"""`./dev cluster`: the production topology on one machine, with the demonstration's data."""

import os
import sys
import time

from tests.cluster.processes import NginxMissing, cluster
from tests.pg import PostgresUnavailable, stop_on_sigterm


def prepare(made):
    made.manage("migrate", "--verbosity", "0")
    made.manage("demo")


def tell(made):
    print(f"\nThe service behind nginx : http://127.0.0.1:{made.port}")
    for node in made.nodes:
        print(
            f"{node.name}, process {node.running.pid:<9}: http://127.0.0.1:{node.port}/readyz /metrics"
        )
    print(f"worker, process {made.worker.running.pid}")
    print(f"object storage           : {made.objects.endpoint}, bucket {made.objects.BUCKET}")
    for name in ("primary", "standby"):
        server = getattr(made.pair, name)
        print(f"PostgreSQL {name:<8}      : psql -h {server.folder} -U postgres certif")
    standby = made.pair.standby
    print(f"to promote the standby   : {standby.bin}/pg_ctl -D {standby.folder}/data promote")
    print(f"logs                     : {made.folder}")
    print(
        "A web node or a worker that is killed is started again. Ctrl-C stops everything.\n",
        flush=True,
    )


def keep(made):
    while True:
        for process in made.processes:
            if not process.is_running:
                print(f"{process.name} ended; it is started again", flush=True)
                process.start()
        time.sleep(1)


def main():
    stop_on_sigterm()
    port = int(os.environ.get("PORT", "8000"))
    site = {"DJANGO_DEMO": "1", "SITE_URL": f"http://127.0.0.1:{port}"}
    try:
        with cluster(port, prepare, METRICS_FROM="127.0.0.0/8", **site) as made:
            made.manage("demo", "--print-accounts")
            tell(made)
            keep(made)
    except (NginxMissing, PostgresUnavailable) as reason:
        sys.exit(f"cluster: {reason}")
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
