"""`./dev bench [NAME]`: every `bench_*.py` beside this file, against a throw-away PostgreSQL."""

import sys
from pathlib import Path

from tests.bench.engine import Kind, main

if __name__ == "__main__":
    sys.exit(main(Kind("bench", Path(__file__).parent), sys.argv[1:]))
