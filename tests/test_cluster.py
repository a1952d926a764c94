"""One file of nginx for docker-compose.yml and for ./dev cluster: both fill in the same names."""

import re
from pathlib import Path

import pytest

from tests.cluster.processes import TEMPLATE, Cluster, NginxMissing, Objects, nginx

ROOT = Path(__file__).parent.parent
COMPOSE = (ROOT / "docker-compose.yml").read_text()
NAMES = set(re.findall(r"\$\{(NGINX_\w+)\}", TEMPLATE.read_text()))


class AnyPair:
    url = "postgresql:///none"


@pytest.fixture
def cluster(tmp_path):
    try:
        nginx()
    except NginxMissing as reason:
        pytest.skip(str(reason))
    return Cluster(AnyPair(), tmp_path, {})


def test_docker_compose_fills_in_every_name_of_the_template():
    assert set(re.findall(r"^\s+(NGINX_\w+):", COMPOSE, re.MULTILINE)) == NAMES


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
