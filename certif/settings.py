"""One settings file, read from the environment, safe by default.

`DJANGO_DEMO=1` is the one switch of the local demonstration: plain http on 127.0.0.1, a banner on
every page, a secret key made on first start. Everything else is the same as in production.
"""

import logging
import os
import secrets
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
env = environ.Env()

DEMO = env.bool("DJANGO_DEMO", False)
DEBUG = env.bool("DJANGO_DEBUG", False)


def _local_secret_key():
    """A key of this machine's own, made once, for the demonstration and the tests."""
    path = VAR_DIR / "secret_key"
    try:
        VAR_DIR.mkdir(exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(60))
    return path.read_text()


# Empty, it is refused by Django to whatever signs, and by certif/wsgi.py before the first page.
SECRET_KEY = env.str("SECRET_KEY", "") or (_local_secret_key() if DEMO else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"] if DEMO else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_tasks",
    "django_tasks_db",
    "certif.audit",
    "certif.accounts",
    "certif",
    "sessions",
    "exam",
    "invigilation",
    "finalisation",
]

MIDDLEWARE = [
    "certif.lib.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "certif.lib.csp.PolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "certif.lib.htmx.PrivatePagesMiddleware",
    "certif.lib.htmx.HtmxLoginRequiredMiddleware",
    "certif.accounts.middleware.GestureMiddleware",
    "certif.accounts.middleware.DeviceMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "certif.accounts.middleware.OfficerSecondFactorMiddleware",
    "certif.errors.RefusalMiddleware",
]

ROOT_URLCONF = "certif.urls"
WSGI_APPLICATION = "certif.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CSRF_FAILURE_VIEW = "certif.errors.csrf_failure"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["certif.lib.typography"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "certif.accounts.context.site",
            ],
        },
    }
]

# --- Database: a SQLite file by default, PostgreSQL by DATABASE_URL -------------------------------

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'db.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    _database["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        # FULL: what was acknowledged survives a power cut. WAL itself is set once, by `demo`.
        "init_command": f"PRAGMA synchronous={env.str('SQLITE_SYNCHRONOUS', 'FULL')}",
    }
    # The live-server tests share the database between threads: a file, never memory.
    _database["TEST"] = {"NAME": env.str("TEST_SQLITE_FILE", str(VAR_DIR / "test.sqlite3"))}
else:
    _database["ENGINE"] = "certif.lib.postgresql"
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        # There are more connections than threads: one waits for a database that does not answer,
        # and its thread is then taken from everybody (./dev drill link).
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL_SIZE", 12),
            "timeout": 2.5,
            # It tries again after 1, 2, 4… s, and meanwhile nothing else does: at the next request instead.
            "reconnect_timeout": 2,
        },
        "connect_timeout": 3,
        # A node that stands still holds a row, idle in its transaction; so do, one after the other, its moves
        # that wait for it, until they give up. Both together are less than the 9 s after which nginx would
        # take the other node, whose threads wait for that row, for dead too (./dev drill slow).
        "options": "-c statement_timeout=15000 -c lock_timeout=6000 -c idle_in_transaction_session_timeout="
        f"{env.int('DATABASE_IDLE_SECONDS', 2) * 1000}",
        "tcp_user_timeout": 3000,
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Accounts -------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["certif.accounts.backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["certif.accounts.hashers.Argon2idHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "accounts:landing"
ACCOUNT_ADAPTER = "certif.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_FORMS = {
    "login": "certif.accounts.forms.LoginForm",
    "signup": "certif.accounts.forms.SignupForm",
    "reset_password": "certif.accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "certif.accounts.forms.ResetPasswordKeyForm",
    "change_password": "certif.accounts.forms.ChangePasswordForm",
    "reauthenticate": "certif.accounts.forms.ReauthenticateForm",
}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
PASSWORD_RESET_TIMEOUT = 60 * 60  # A15; its mail and its page say it
# allauth counts by address in process memory: a school is one address, and a server is many
# processes. Ours counts by account, in the database (certif.accounts.throttle).
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "certif.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "certif"
MFA_FORMS = {
    "authenticate": "certif.accounts.forms.SecondFactorForm",
    "reauthenticate": "certif.accounts.forms.SecondFactorAgainForm",
    "activate_totp": "certif.accounts.forms.ActivateSecondFactorForm",
}
OFFICER_SECOND_FACTOR = env.bool("OFFICER_SECOND_FACTOR", not DEMO)

SESSION_ENGINE = "certif.accounts.sessions"
# In minutes: without a gesture; at the longest; without a gesture in the room or in a test, which
# prolongs the longest as much (docs/adr/0012). Whoever is about to be put out is told so before.
LOGIN_IDLE = timedelta(minutes=env.int("LOGIN_IDLE", 30))
LOGIN_LASTS = timedelta(minutes=env.int("LOGIN_LASTS", 10 * 60))
LOGIN_SITTING = timedelta(minutes=env.int("LOGIN_SITTING", 4 * 60))
LOGIN_WARNING = timedelta(minutes=env.int("LOGIN_WARNING", 5))
SESSION_COOKIE_AGE = int((LOGIN_LASTS + LOGIN_SITTING).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
# By it a browser is known again at the next login (certif.accounts.devices).
DEVICE_COOKIE_NAME = "device"
DEVICE_COOKIE_AGE = 31_536_000

# --- Security -------------------------------------------------------------------------------------

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
# Of the cookies of one path; the browser keeps a name that begins so for https.
COOKIE_PREFIX = "" if DEMO else "__Secure-"
MESSAGE_STORAGE = "certif.accounts.sessions.Messages"
if not DEMO:
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    DEVICE_COOKIE_NAME = "__Host-device"
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", True)
    if env.bool("BEHIND_TLS_PROXY", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    if env.bool("SECURE_SSL_REDIRECT_EXEMPT_HEALTH", True):
        SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

# --- Language, time, files ------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("Français"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(VAR_DIR / "media")))
# Several nodes: an object storage instead (requirements-s3.txt). Its keys: AWS_ACCESS_KEY_ID,
# AWS_SECRET_ACCESS_KEY, or what the machine is given.
S3_BUCKET = env.str("S3_BUCKET", "")
S3_ENDPOINT = env.str("S3_ENDPOINT", "") or None
S3_REGION = env.str("S3_REGION", "us-east-1")
# What a node has read of the files of the bank, when they are in that storage. Nothing is lost with it.
BANK_CACHE = Path(env.str("BANK_CACHE", str(VAR_DIR / "bank")))
STORAGES = {
    "default": {
        "BACKEND": "certif.lib.objects.PrivateObjects"
        if S3_BUCKET
        else "certif.lib.whole_files.WholeFiles"
    },
    "staticfiles": {
        "BACKEND": env.str(
            "STATICFILES_BACKEND", "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600

# --- How long personal data is kept, in days (docs/privacy.md; forgotten by `manage.py purge`) ------

# The trigger of the history refuses to lose a line younger than six years.
AUDIT_KEPT_AT_LEAST = 2193
RETENTION = {
    "tries": env.int("RETENTION_TRIES_DAYS", 2),
    "logins": env.int("RETENTION_LOGINS_DAYS", 1),
    "files": env.int("RETENTION_FILES_DAYS", 1),
    "tasks": env.int("RETENTION_TASKS_DAYS", 7),
    "rooms": env.int("RETENTION_ROOMS_DAYS", 7),
    "secrets": env.int("RETENTION_SECRETS_DAYS", 30),
    "extra_time": env.int("RETENTION_EXTRA_TIME_DAYS", 122),
    "never_started": env.int("RETENTION_NEVER_STARTED_DAYS", 183),
    "documents": env.int("RETENTION_DOCUMENTS_DAYS", 183),
    "connections": env.int("RETENTION_CONNECTIONS_DAYS", 365),
    "mailings": env.int("RETENTION_MAILINGS_DAYS", 365),
    "invitations": env.int("RETENTION_INVITATIONS_DAYS", 365),
    "register": env.int("RETENTION_REGISTER_DAYS", 400),
    "texts": env.int("RETENTION_TEXTS_DAYS", 730),
    "accounts": env.int("RETENTION_ACCOUNTS_DAYS", 1096),
    "records": env.int("RETENTION_RECORDS_DAYS", 2192),
    "audit": max(AUDIT_KEPT_AT_LEAST, env.int("RETENTION_AUDIT_DAYS", AUDIT_KEPT_AT_LEAST)),
    "certificates": env.int("RETENTION_CERTIFICATES_DAYS", 3653),
}
# Sessions in dispute: nothing of them is forgotten.
RETENTION_FROZEN_SESSIONS = env.list("RETENTION_FROZEN_SESSIONS", cast=int, default=[])
# Who was erased on request, by numbers: kept apart from what is restored (docs/operations.md).
ERASURES_JOURNAL = Path(env.str("ERASURES_JOURNAL", str(VAR_DIR / "erasures.jsonl")))

# --- Mail, tasks, logs ----------------------------------------------------------------------------

# Without an address a mail is refused, which officers see; printed, it would be taken for sent.
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://" if DEMO else "smtp://localhost:25")
EMAIL_TIMEOUT = 30
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "certif@example.org")
# Where the links of the mails lead.
SITE_URL = env.str(
    "SITE_URL",
    f"https://{ALLOWED_HOSTS[0]}" if ALLOWED_HOSTS and not DEMO else "http://127.0.0.1:8000",
)
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", "certif@pix.fr")
DATA_PROTECTION_EMAIL = env.str("DATA_PROTECTION_EMAIL", "dpo@pix.fr")
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# /metrics is nobody's (404) until a token or a network is named: METRICS_FROM=10.0.0.0/24,127.0.0.1
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
METRICS_FROM = [ip_network(network) for network in env.list("METRICS_FROM", default=[])]
METRICS_DIR = VAR_DIR / "metrics"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": "certif.lib.logs.JsonFormatter",
            "secret_after": ["/invitations/", "/mot-de-passe/nouveau/", "/resultats/lien/"],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["console"], "level": logging.INFO},
    # Django's own sentences may quote what was typed (a bad form value, a bad host).
    "loggers": {
        # A line a request; the demonstration's console is for whoever tries it.
        "certif.request": {"level": "WARNING" if DEMO else "INFO"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # The address of a page that is none: somebody may have typed a name there. Ours tells the route.
        "django.request": {"level": "ERROR"},
        # What draws the documents tells each of its steps, and quotes letters that a font lacks.
        "weasyprint": {"level": "ERROR"},
        "weasyprint.progress": {"level": "ERROR"},
        "fontTools": {"level": "WARNING"},
    },
}
