"""`./dev drill [NAME]`: every `drill_*.py` beside this file, on real servers and a throw-away PostgreSQL.

A bench says how fast; a drill says whether what was promised held, and ends in error when it did not.
"""

import sys
from pathlib import Path

from tests.bench.engine import Kind, main

KIND = Kind("drill", Path(__file__).parent, settings="tests.drills.settings", width=46)

if __name__ == "__main__":
    sys.exit(main(KIND, sys.argv[1:]))
