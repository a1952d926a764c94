"""deploy/alerts.yml: each alert of docs/operations.md is in it, and each of its metrics is told."""

import re

import pytest
import yaml
from django.conf import settings

from certif import watch
from certif.lib import metrics

RULES = [
    rule
    for group in yaml.safe_load((settings.BASE_DIR / "deploy/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
OPERATIONS = (settings.BASE_DIR / "docs/operations.md").read_text()
WATCH = OPERATIONS.partition("| Alert | When | Why | What to do |\n|---|---|---|---|\n")[2]
WHEN = dict(re.findall(r"^\| (.+?) \| (.+?) \|", WATCH.partition("\n\n")[0], re.MULTILINE))
# Of blackbox_exporter, and of node_exporter.
OF_OTHERS = {"probe_success", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"}
UNITS = {"s": "s", "m": "min"}


def metrics_in(expression):
    """What is left of it without its labels, ranges, functions and words."""
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]|\bby \([^)]*\)|\bor\b", " ", expression)
    return set(re.findall(r"\b[a-z]\w+\b(?!\s*\()", bare))


def test_each_alert_of_the_page_is_a_rule_and_each_rule_is_told():
    assert [rule["annotations"]["summary"] for rule in RULES] == list(WHEN)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_the_page_tells_the_very_rule(rule):
    when = WHEN[rule["annotations"]["summary"]]
    told = f"`{rule['expr']}`"
    if wait := rule.get("for"):
        told += f" for {wait[:-1]} {UNITS[wait[-1]]}"

    assert when.startswith(told)


def test_each_rule_has_a_name_of_its_own():
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


@pytest.fixture
def told(client, transactional_db, settings, tmp_path, monkeypatch):
    """The metrics that /metrics gives, on a machine that may be slow."""
    monkeypatch.setattr(watch.Bounded, "WITHIN", 30)
    settings.METRICS_TOKEN, settings.METRICS_DIR = "s3cret", tmp_path / "metrics"
    settings.S3_BUCKET = "certif"
    metrics.counts.cache_clear()
    text = client.get("/metrics", headers={"Authorization": "Bearer s3cret"}).text
    metrics.counts.cache_clear()
    return set(re.findall(r"^([a-z_]+)[ {]", text, re.MULTILINE))


def test_each_metric_of_a_rule_is_told(told):
    named = {rule["alert"]: metrics_in(rule["expr"]) for rule in RULES}

    assert all(named.values())
    assert set().union(*named.values()) - OF_OTHERS - told == set()


def test_a_metric_is_known_from_what_is_around_it():
    expression = 'sum by (le) (rate(certif_some_total{kind!="fast"}[2m])) > 0.5 or other == 0'

    assert metrics_in(expression) == {"certif_some_total", "other"}
