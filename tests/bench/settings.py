"""The real settings, and one view that does nothing: what the figures are compared with."""

from certif.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.urls"
