"""The servers of docker-compose.yml: their settings, their scripts and their roles, on real ones."""

import psycopg
import pytest
from psycopg import errors

from certif import watch
from tests.cluster.pair import IN_COMPOSE, pair, shipped
from tests.cluster.processes import free_port
from tests.pg import PostgresUnavailable, postgres

NAME, BIRTH, ADDRESS = "Zoé Quatresous", "2009-03-14", "zoe@example.org"
OF_CERTIF, OF_STANDBY = IN_COMPOSE["POSTGRES_PASSWORD"], IN_COMPOSE["STANDBY_PASSWORD"]
INSERT = f"INSERT INTO person VALUES ('{NAME}', '{BIRTH}', '{ADDRESS}')"


@pytest.fixture(scope="module")
def server():
    try:
        with postgres(shipped()) as url:
            with psycopg.connect(url) as connection:
                connection.execute("CREATE TABLE person (name text UNIQUE, birth date, mail text)")
                connection.execute(INSERT)
            yield url
    except PostgresUnavailable as reason:
        pytest.skip(str(reason))


def log_of(url):
    folder = url.partition("?host=")[2]
    with open(f"{folder}.log", encoding="utf-8") as log:
        return log.read()


def names_nobody(text):
    return not any(word in text for word in (NAME, BIRTH, ADDRESS))


def test_a_row_refused_leaves_no_name_in_the_log_of_the_database(server):
    with psycopg.connect(server) as connection, pytest.raises(errors.UniqueViolation):
        connection.execute(INSERT)

    assert "duplicate key value" in log_of(server)
    assert names_nobody(log_of(server))


def test_a_row_waited_for_too_long_leaves_no_name_in_the_log_of_the_database(server):
    update = f"UPDATE person SET mail = '{ADDRESS}' WHERE name = '{NAME}'"
    with psycopg.connect(server) as holder, psycopg.connect(server) as waiting:
        holder.execute(update)
        waiting.execute("SET lock_timeout = '50ms'")
        with pytest.raises(errors.LockNotAvailable):
            waiting.execute(update)

    assert "lock timeout" in log_of(server)
    assert names_nobody(log_of(server))


@pytest.fixture
def scripted():
    try:
        with pair() as made:
            yield made
    except PostgresUnavailable as reason:
        pytest.skip(str(reason))


def slot(made):
    statement = "SELECT active, wal_status FROM pg_replication_slots WHERE slot_name = 'standby'"
    return made.ask(made.primary, statement)


def test_what_the_standby_lacks_is_kept_for_it_up_to_a_bound(scripted):
    assert slot(scripted) == (True, "reserved")
    assert scripted.ask(scripted.primary, "SHOW max_slot_wal_keep_size") == ("8GB",)


def test_a_standby_that_follows_nothing_is_not_well_until_it_is_promoted(scripted):
    assert scripted.is_well(scripted.primary)
    assert scripted.is_well(scripted.standby)

    scripted.kill_primary()

    scripted.wait_until(lambda: not scripted.is_well(scripted.standby))
    scripted.promote()
    assert scripted.is_well(scripted.standby)


def test_a_standby_whose_copy_was_cut_off_is_made_again_by_its_script(scripted):
    scripted.stop_standby()
    folder = scripted.standby.folder
    (folder / "data").rename(folder / "data.part")

    scripted.make_standby()

    assert slot(scripted) == (True, "reserved")


# --- Each service has a role of its own -----------------------------------------------------------


@pytest.fixture(scope="module")
def standing():
    try:
        with pair() as made:
            with psycopg.connect(made.url) as connection:
                connection.execute("CREATE TABLE person (name text UNIQUE, birth date, mail text)")
                connection.execute(INSERT)
            yield made
    except PostgresUnavailable as reason:
        pytest.skip(str(reason))


def as_role(made, role, statement):
    address = f"host={made.primary.folder} user={role} dbname=certif"
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else None


@pytest.mark.parametrize(
    ("role", "rights"),
    [
        ("certif", (False, False, False, False, False)),
        ("backup", (False, False, False, False, False)),
        ("standby", (False, False, False, True, False)),
    ],
)
def test_no_service_is_a_superuser(standing, role, rights):
    columns = "rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
    statement = f"SELECT {columns} FROM pg_roles WHERE rolname = '{role}'"

    assert as_role(standing, "postgres", statement) == [rights]


def test_the_application_owns_its_database_and_what_it_makes(standing):
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'certif'"
    owners = "SELECT tableowner FROM pg_tables WHERE tablename = 'person'"

    assert as_role(standing, "certif", owner) == [("certif",)]
    assert as_role(standing, "certif", owners) == [("certif",)]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_read_file('postgresql.conf')",
        "COPY person FROM PROGRAM 'echo'",
        "ALTER SYSTEM SET synchronous_standby_names = ''",
        "CREATE ROLE another",
        "SELECT pg_drop_replication_slot('standby')",
        "SELECT rolpassword FROM pg_authid",
    ],
)
def test_the_application_is_nothing_to_the_server(standing, statement):
    with pytest.raises(errors.InsufficientPrivilege):
        as_role(standing, "certif", statement)


def test_a_backup_reads_everything_and_writes_nothing(standing):
    assert len(as_role(standing, "backup", "SELECT name FROM person")) == 1

    with pytest.raises(errors.InsufficientPrivilege):
        as_role(standing, "backup", "DELETE FROM person")


def test_what_the_role_of_backups_saves_the_application_restores(standing):
    primary = standing.primary
    at = f"--host={primary.folder}"
    primary.call(
        "pg_dump", at, "--username=backup", "--format=custom", "--file=saved.dump", "certif"
    )
    primary.call("createdb", at, "--username=postgres", "--owner=certif", "empty")
    restored = ["--no-owner", "--exit-on-error", "--dbname=empty", "saved.dump"]
    primary.call("pg_restore", at, "--username=certif", *restored)

    with psycopg.connect(f"{at[2:]} user=certif dbname=empty") as connection:
        assert connection.execute("SELECT name FROM person").fetchall() == [(NAME,)]


def test_the_role_of_replication_reads_no_table(standing):
    with pytest.raises(errors.InsufficientPrivilege):
        as_role(standing, "standby", "SELECT name FROM person")


@pytest.fixture
def from_outside(scripted):
    """Whether this role is let in over the network, with this password."""
    port = free_port()
    scripted.go_on_alone()
    # Who is kept out is not so for want of a password.
    for role in ("postgres", "backup"):
        scripted.ask(scripted.primary, f"ALTER ROLE {role} PASSWORD '{OF_CERTIF}'")
    scripted.primary.stop()
    scripted.primary.launch(shipped() | {"listen_addresses": "127.0.0.1", "port": port})

    def is_let_in(role, password):
        try:
            psycopg.connect(
                f"host=127.0.0.1 port={port} user={role} password={password} dbname=certif"
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    return is_let_in


def test_the_network_lets_in_the_application_and_the_standby_by_passwords_of_their_own(
    from_outside,
):
    assert from_outside("certif", OF_CERTIF)
    assert from_outside("standby", OF_STANDBY)
    assert not from_outside("certif", OF_STANDBY)
    assert not from_outside("standby", OF_CERTIF)


@pytest.mark.parametrize("role", ["postgres", "backup"])
def test_nobody_else_comes_in_by_the_network(from_outside, role):
    assert not from_outside(role, OF_CERTIF)


def test_the_superuser_has_no_password(standing):
    statement = "SELECT rolpassword FROM pg_authid WHERE rolname = 'postgres'"

    assert as_role(standing, "postgres", statement) == [(None,)]


def test_the_application_tells_whether_its_standby_follows(scripted):
    assert as_role(scripted, "certif", watch.STANDBY_FOLLOWS) == [(True,)]

    scripted.stop_standby()

    scripted.wait_until(lambda: as_role(scripted, "certif", watch.STANDBY_FOLLOWS) == [(False,)])
