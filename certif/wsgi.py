"""The WSGI entry point. The fast path of the live list will be composed here, in front of Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certif.settings")

application = get_wsgi_application()
