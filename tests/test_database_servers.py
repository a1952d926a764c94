"""The servers of docker-compose.yml: their settings and their scripts, on real ones."""

import psycopg
import pytest
from psycopg import errors

from tests.cluster.pair import ScriptedPair, pair, shipped
from tests.pg import PostgresUnavailable, postgres

NAME, BIRTH, ADDRESS = "Zoé Quatresous", "2009-03-14", "zoe@example.org"
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
        with pair(ScriptedPair) as made:
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
