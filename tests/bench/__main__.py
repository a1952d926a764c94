"""`./dev bench [NAME]`: every `bench_*.py` beside this file, against a throw-away PostgreSQL."""

import sys
from pathlib import Path

from tests.bench.engine import Kind, main

KIND = Kind("bench", Path(__file__).parent, settings="tests.bench.settings")

if __name__ == "__main__":
    sys.exit(main(KIND, sys.argv[1:]))
