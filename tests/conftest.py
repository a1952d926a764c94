import sys
from datetime import timedelta
from importlib import import_module

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.db import connection, transaction
from django.db.backends.sqlite3.base import DatabaseOperations
from django.db.models.signals import post_migrate
from django.test import override_settings
from hypothesis import settings as hypothesis_settings

from certif.lib import compiled
from tests.beside import write_ahead_log
from tests.cluster.processes import Cluster, NginxMissing, Objects, nginx, standing_objects
from tests.factories import QuestionFactory
from tests.real_server import Server

audit_triggers = import_module("certif.audit.migrations.0002_append_only")
nomenclature = import_module("invigilation.migrations.0002_nomenclature")

# A loaded machine is slow, not wrong: speed is told by `./dev bench`.
hypothesis_settings.register_profile("suite", deadline=None)
hypothesis_settings.load_profile("suite")


# Begun first, so that no process ends alone with one of them.
LONGEST = (
    "tests/e2e/",
    "tests/races/test_two",
    "tests/test_kill",
    "tests/test_morning",
    "tests/test_short",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


@pytest.fixture(scope="session", autouse=True)
def _flush_leaves_a_database_as_migrated():
    """SQLite flushes by DELETE, which the audit refuses; and a flush loses the nomenclature."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _with_the_audit_open(DatabaseOperations))
        invigilation = apps.get_app_config("invigilation")
        post_migrate.connect(_ship_nomenclature_again, sender=invigilation)
        yield
        post_migrate.disconnect(_ship_nomenclature_again, sender=invigilation)


def _with_the_audit_open(operations):
    sql_flush = operations.sql_flush
    _no_update, no_delete = audit_triggers.SQLITE

    def lifted(self, style, tables, **options):
        statements = sql_flush(self, style, tables, **options)
        return ["DROP TRIGGER IF EXISTS audit_no_delete", *statements, no_delete]

    return lifted


def _ship_nomenclature_again(sender, **kwargs):
    """The flush of a transactional test ends by `post_migrate`, as a migration does."""
    if not sender.get_model("IncidentCode").objects.exists():
        nomenclature.ship(apps, None)


@pytest.fixture(scope="session", autouse=True)
def _quick():
    """Set once: what Django does after each change of its settings costs as much as a short test."""
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        WHITENOISE_AUTOREFRESH=True,  # no collected files to read, nothing to warn about
        TASKS={"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}},
        # A test may move the clock by hours; these limits have their own (test_logins, test_login_end).
        LOGIN_IDLE=timedelta(hours=10),
        LOGIN_SITTING=timedelta(hours=10),
    ):
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient():
    """On a starved machine a connection takes longer than a person would wait for it."""
    if pool := connection.settings_dict["OPTIONS"].get("pool"):
        pool["timeout"] = 15


@pytest.fixture(autouse=True)
def _private(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.ERASURES_JOURNAL = tmp_path / "erasures.jsonl"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """A thread of a server that is stopping may still hold the database that is to be dropped, and a
    pool take it again."""
    yield
    if connection.vendor == "postgresql":
        name = connection.settings_dict["NAME"]
        with django_db_blocker.unblock(), connection._nodb_cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            cursor.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                [name],
            )


@pytest.fixture(scope="module")
def once(django_db_setup, django_db_blocker, tmp_path_factory):
    """What the tests of a module share is written once, in a transaction around theirs.

    Gives the folder of its files. Each test takes a copy (`deepcopy`) of the objects made.
    """
    folder = tmp_path_factory.mktemp("once")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=folder), transaction.atomic():
        yield folder
        transaction.set_rollback(True)


@pytest.fixture
def soup():
    """Parse a response and, with a selector, give its one element."""

    def parse(response, selector=None):
        page = BeautifulSoup(response.content, "html.parser")
        if selector is None:
            return page
        (element,) = page.select(selector)
        return element

    return parse


@pytest.fixture
def bank(db):
    """Three questions a competence: the least a test can be drawn from."""
    return QuestionFactory.create_bank()


@pytest.fixture
def server():
    with write_ahead_log():
        server = Server()
        server.start()
        yield server
        server.kill()


class AnyPair:
    url = "postgresql:///none"


@pytest.fixture
def cluster(tmp_path):
    """The shape of production as its files tell it: nothing of it runs yet."""
    try:
        nginx()
    except NginxMissing as reason:
        pytest.skip(str(reason))
    return Cluster(AnyPair(), tmp_path, Objects(tmp_path), {})


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    with standing_objects(tmp_path_factory.mktemp("objects")) as made:
        yield made


@pytest.fixture
def no_connection_is_left():
    """None of those in front of Django, which would be of a database that is gone."""
    yield
    compiled.SHELF.close()


class WithoutPango:
    """Importing WeasyPrint, on a machine where what it draws with is missing."""

    def find_spec(self, name, path=None, target=None):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")


@pytest.fixture
def without_pango(monkeypatch):
    monkeypatch.setattr(sys, "meta_path", [WithoutPango(), *sys.meta_path])
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.delitem(sys.modules, "certif.lib.press", raising=False)
