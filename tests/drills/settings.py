"""The real settings, and beside the real passwords the quick ones of the tests: a drill makes thousands of accounts."""

from certif.settings import *  # noqa: F403
from certif.settings import PASSWORD_HASHERS, STATICFILES_DIRS

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
# Nothing is collected for a drill, and whitenoise complains about a folder that does not exist.
STATIC_ROOT = STATICFILES_DIRS[0]
