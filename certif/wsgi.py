"""The WSGI entry point: Django, and in front of it the polls of the pages that wait."""

import gc
import os

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certif.settings")

try:
    settings.SECRET_KEY  # noqa: B018  (Django refuses an empty one, when it is read)
except ImproperlyConfigured as error:
    raise ImproperlyConfigured(
        "SECRET_KEY is missing (or set DJANGO_DEMO=1 for a demonstration)."
    ) from error

django = get_wsgi_application()

from certif.lib.fast_path import FastPath  # noqa: E402  (once the applications are loaded)
from exam.fast_path import POLLS as OF_CANDIDATES  # noqa: E402
from invigilation.fast_path import POLLS as OF_ROOMS  # noqa: E402

application = FastPath(django, [*OF_ROOMS, *OF_CANDIDATES])

# What is loaded stays: the collector has no reason to walk through it again and again; nor, a dozen times a
# request, through what that request is still using.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 20, 50)
