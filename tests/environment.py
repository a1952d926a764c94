"""The environment of the tests, set before the settings are read (`-p tests.environment`)."""

import os
import tempfile

os.environ.setdefault("DJANGO_DEMO", "1")
os.environ.setdefault("DATABASE_POOL_SIZE", "24")
# A test is one transaction, in which a document may be drawn on a busy machine.
os.environ.setdefault("DATABASE_IDLE_SECONDS", "60")
os.environ.setdefault(
    "STATICFILES_BACKEND", "django.contrib.staticfiles.storage.StaticFilesStorage"
)
# One file a run: two runs at once do not share a database. No power cut is tested through it.
os.environ.setdefault(
    "TEST_SQLITE_FILE", f"{tempfile.gettempdir()}/certif-test-{os.getpid()}.sqlite3"
)
os.environ.setdefault("SQLITE_SYNCHRONOUS", "OFF")
