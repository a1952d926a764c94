"""certif.lib.prepared: statements of Django's own connection, prepared once."""

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from certif.lib.prepared import execute
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NAMES = "SELECT email FROM accounts_user WHERE id = %s"


def prepared_statements():
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [statement for (statement,) in cursor.fetchall()]


def test_it_reads_what_the_transaction_wrote():
    user = UserFactory()
    assert execute(NAMES, [user.pk]) == [(user.email,)]


def test_it_says_how_many_rows_it_changed():
    UserFactory.create_batch(2)
    assert execute("UPDATE accounts_user SET is_staff = %s", [True], gives_rows=False) == 2


def test_it_is_prepared_once():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite keeps the statements of a connection by itself")
    asked = "SELECT is_staff FROM accounts_user WHERE email = %s"
    for _turn in range(3):
        execute(asked, [UserFactory().email])
    assert prepared_statements().count(asked.replace("%s", "$1")) == 1


def test_who_listens_hears_it():
    heard = []

    def listen(run, sql, *others):
        heard.append(sql)
        return run(sql, *others)

    with connection.execute_wrapper(listen):
        execute(NAMES, [0])
    assert heard == [NAMES]


def test_a_constraint_is_told_as_django_tells_it():
    user, other = UserFactory(), UserFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        execute("UPDATE accounts_user SET id = %s WHERE id = %s", [user.pk, other.pk])


def test_nothing_is_asked_in_a_transaction_that_is_broken():
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            execute(NAMES, [0])


def test_a_rollback_undoes_what_it_wrote():
    user = UserFactory(is_staff=False)
    with transaction.atomic():
        execute("UPDATE accounts_user SET is_staff = %s", [True], gives_rows=False)
        transaction.set_rollback(True)

    user.refresh_from_db()
    assert not user.is_staff


def test_a_sign_of_per_cent_is_one():
    assert execute("SELECT %s || ' 50 %%'", ["à"]) == [("à 50 %",)]


def test_a_number_too_big_for_the_others_is_asked_all_the_same():
    assert [execute(NAMES, [big]) for big in (0, 2**20, 2**40)] == [[], [], []]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite cannot change a column")
def test_a_migration_of_what_it_reads_is_not_seen(widened):
    read = f"SELECT note FROM {widened} WHERE note <> %s"
    execute(read, [""])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {widened} ALTER note TYPE varchar(20)")

    assert execute(read, [""]) == [("one",)]
    assert execute(NAMES, [0]) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no connection to lose")
def test_a_connection_that_was_cut_is_told_as_django_tells_it():
    cut = "SELECT pg_terminate_backend(pg_backend_pid()) WHERE %s = 1"
    try:
        with pytest.raises(OperationalError):
            execute(cut, [1])
    finally:
        connection.close()


@pytest.fixture
def widened(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE widened (note varchar(10)); INSERT INTO widened VALUES ('one')"
        )
    yield "widened"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE widened")
