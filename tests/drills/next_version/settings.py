from certif.settings import *  # noqa: F403
from certif.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.drills.next_version"]
