"""The real settings, and one view that does nothing: what the figures are compared with."""

from certif.settings import *  # noqa: F403
from certif.settings import STATICFILES_DIRS

ROOT_URLCONF = "tests.bench.urls"
# Nothing is collected for a bench, and whitenoise complains about a folder that does not exist.
STATIC_ROOT = STATICFILES_DIRS[0]
WHITENOISE_USE_FINDERS = True
