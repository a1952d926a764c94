"""One file of nginx for docker-compose.yml and for ./dev cluster: both fill in the same names."""

import re
import subprocess
import sys
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from django.db import connection

from tests.cluster.processes import TEMPLATE, Objects

ROOT = Path(__file__).parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
NAMES = set(re.findall(r"\$\{(NGINX_\w+)\}", TEMPLATE.read_text()))


def node_is_left_after():
    """In milliseconds, what is pressed in a room and in a test."""
    (room,) = re.findall(
        r"\(surveillance\|certifications\)/ \{\s+proxy_read_timeout (\d+)s;", TEMPLATE.read_text()
    )
    return int(room) * 1000


def test_a_frozen_node_is_left_before_the_page_of_the_room_gives_up():
    page = (ROOT / "templates/layout/_htmx.html").read_text()
    (gives_up,) = re.findall(r'"timeout": (\d+)', page)

    assert node_is_left_after() < int(gives_up)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL's own time-outs")
def test_the_row_of_a_frozen_node_is_free_before_the_node_that_waits_for_it_is_taken_for_dead(
    monkeypatch,
):
    monkeypatch.delenv("DATABASE_IDLE_SECONDS")
    told = (
        "from certif.settings import DATABASES; print(DATABASES['default']['OPTIONS']['options'])"
    )
    options = subprocess.run(
        [sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    limits = dict(re.findall(r"-c (\w+)=(\d+)", options))

    holds, waits = int(limits["idle_in_transaction_session_timeout"]), int(limits["lock_timeout"])
    assert holds < waits
    # The last that gave up before its turn came; then the last that had one.
    assert waits + holds < node_is_left_after()


def test_the_web_nodes_of_docker_compose_hold_a_row_no_longer():
    told = re.findall(r'DATABASE_IDLE_SECONDS: "(\d+)"', COMPOSE.partition("\nx-web:")[2])

    assert told == re.findall(
        r"'DATABASE_IDLE_SECONDS', (\d+)", (ROOT / "certif/settings.py").read_text()
    )


def test_docker_compose_fills_in_every_name_of_the_template():
    assert set(re.findall(r"^\s+(NGINX_\w+):", COMPOSE, re.MULTILINE)) == NAMES


def test_what_runs_beside_the_web_nodes_is_never_given_their_addresses():
    fixed = re.findall(r"ipv4_address: (\S+)", COMPOSE)
    (subnet,) = re.findall(r"subnet: (\S+)", COMPOSE)
    (given,) = re.findall(r"ip_range: (\S+)", COMPOSE)

    assert len(fixed) == 2
    assert ip_network(given).subnet_of(ip_network(subnet))
    assert [address for address in fixed if ip_address(address) in ip_network(given)] == []


def test_no_command_of_a_document_runs_a_second_container_at_the_address_of_a_node():
    pages = [(ROOT / "docs" / name).read_text() for name in ("operations.md", "privacy.md")]
    commands = [line for page in pages for line in re.findall(r"docker compose run [^`\n]+", page)]

    assert len(commands) > 3
    assert [line for line in commands if "--no-deps" not in line or " migrate" not in line] == []


def test_what_every_service_says_is_kept_up_to_a_size():
    services = COMPOSE.partition("\nservices:\n")[2].partition("\nnetworks:\n")[0]
    names = re.findall(r"^  \w+:\n", services, re.MULTILINE)
    bounded = re.findall(
        r"^  \w+:\n    <<: \*(?:service|application|web|database)\n", services, re.MULTILINE
    )

    assert "max-size: 50m" in COMPOSE
    assert len(bounded) == len(names) == 10


def test_both_keep_their_files_in_an_object_storage(tmp_path):
    told = set(re.findall(r"^\s+((?:S3|AWS)_\w+):", COMPOSE, re.MULTILINE))

    assert told == set(Objects(tmp_path).settings)


def test_the_cluster_leaves_no_name_open(cluster):
    assert "${NGINX_" not in (cluster.folder / "site.conf").read_text().partition("\n\n")[2]


def test_nginx_finds_nothing_wrong_with_the_file(cluster):
    proxy = cluster.proxy
    proxy.command = [*proxy.command, "-t"]
    proxy.start()

    assert proxy.running.wait(10) == 0, proxy.log.read_text()
