"""deploy/alerts.yml: each alert of docs/operations.md is in it, and each of its metrics and jobs is there."""

import re
import shutil
import subprocess
from datetime import timedelta

import pytest
import time_machine
import yaml
from django.conf import settings
from django.db import connection
from django.utils import timezone

from certif import watch
from certif.lib import metrics
from tests import situations
from tests.factories import ExamSessionFactory, MembershipFactory
from tests.finalisation.mails import deliver
from tests.real_server import free_port

RULES = [
    rule
    for group in yaml.safe_load((settings.BASE_DIR / "deploy/alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
READER = yaml.safe_load((settings.BASE_DIR / "deploy/prometheus.yml").read_text())
JOBS = {job["job_name"] for job in READER["scrape_configs"]}
OPERATIONS = (settings.BASE_DIR / "docs/operations.md").read_text()
WATCH = OPERATIONS.partition("| Alert | When | Why | What to do |\n|---|---|---|---|\n")[2]
WHEN = dict(re.findall(r"^\| (.+?) \| (.+?) \|", WATCH.partition("\n\n")[0], re.MULTILINE))
# Of Prometheus itself, of blackbox_exporter, and of node_exporter.
OF_OTHERS = {"up", "probe_success", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"}
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


def test_each_job_of_a_rule_is_of_the_example_and_none_is_blind_unseen():
    asked = set(re.findall(r'job="([^"]+)"', "".join(rule["expr"] for rule in RULES)))
    (watched,) = re.findall(r'job=~"([^"]+)"', "".join(rule["expr"] for rule in RULES))

    assert asked <= JOBS
    assert [job for job in JOBS if not re.fullmatch(watched, job)] == []


# `stale`: /metrics was read, and the database had told it nothing within a second.
SILENT_FOR_A_MOMENT = """
  - interval: 5s
    input_series:
      - {series: certif_reminders_late, values: 1x100 stale _x3 1x300}
      - {series: certif_mails_not_sent, values: 1x100 stale _x3 1x300}
      - {series: certif_records_not_written, values: 1x20 stale _x3 1x300}
    alert_rule_test:
      - {eval_time: 16m, alertname: RemindersLate, exp_alerts: [{exp_annotations: {summary: Reminders}}]}
      - {eval_time: 31m, alertname: MailsStay, exp_alerts: [{exp_annotations: {summary: Mails stay}}]}
      - {eval_time: 5m, alertname: RecordsMissing, exp_alerts: [{exp_annotations: {summary: PVs}}]}
"""
OF_WHAT_LASTS = ["certif_reminders_late", "certif_mails_not_sent", "certif_records_not_written"]


@pytest.fixture
def promtool(tmp_path):
    """What it says of these tests of the rules."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed")

    def said(tests):
        rules = f"rule_files: [{settings.BASE_DIR}/deploy/alerts.yml]\nevaluation_interval: 5s\n"
        (tmp_path / "tests.yml").write_text(f"{rules}tests:{tests}")
        command = ["promtool", "test", "rules", "tests.yml"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        return run.stdout + run.stderr

    return said


@pytest.mark.parametrize("gauge", OF_WHAT_LASTS)
def test_a_gauge_that_is_missing_for_a_moment_begins_no_wait_again(gauge):
    told = [rule["expr"] for rule in RULES if gauge in metrics_in(rule["expr"])]

    assert told
    assert all(f"max_over_time({gauge}[1m])" in expression for expression in told)


def test_an_alert_that_waits_does_not_begin_again_when_the_database_is_slow_for_a_moment(promtool):
    assert "SUCCESS" in promtool(SILENT_FOR_A_MOMENT)


@pytest.fixture
def exposed(client, transactional_db, settings, tmp_path, monkeypatch):
    """What /metrics gives, on a machine that may be slow."""
    monkeypatch.setattr(watch.Bounded, "WITHIN", 30)
    settings.METRICS_TOKEN, settings.METRICS_DIR = "s3cret", tmp_path / "metrics"
    metrics.counts.cache_clear()
    yield lambda: client.get("/metrics", headers={"Authorization": "Bearer s3cret"}).text
    metrics.counts.cache_clear()


@pytest.fixture
def told(exposed, settings):
    """Its metrics."""
    settings.S3_BUCKET = "certif"
    return set(re.findall(r"^([a-z_]+)[ {]", exposed(), re.MULTILINE))


def test_each_metric_of_a_rule_is_told(told):
    named = {rule["alert"]: metrics_in(rule["expr"]) for rule in RULES}

    assert all(named.values())
    assert set().union(*named.values()) - OF_OTHERS - told == set()


def test_a_metric_is_known_from_what_is_around_it():
    expression = 'sum by (le) (rate(certif_some_total{kind!="fast"}[2m])) > 0.5 or other == 0'

    assert metrics_in(expression) == {"certif_some_total", "other"}


# --- From what happens to the alert ---------------------------------------------------------------


@pytest.fixture
def reminder_that_nobody_asked_for():
    session = ExamSessionFactory()
    MembershipFactory(centre=session.centre)
    situations.ended(session=session)
    situations.over(session)


@pytest.fixture
def mail_that_is_refused(settings):
    session = ExamSessionFactory()
    MembershipFactory(centre=session.centre)
    situations.finalised(session)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    deliver()


@pytest.fixture
def record_that_nobody_wrote():
    with time_machine.travel(timezone.now() - timedelta(minutes=46)):
        situations.finalised()


@pytest.fixture
def clock_that_is_ahead():
    with time_machine.travel(timezone.now() + timedelta(seconds=3)):
        yield


HAPPENS = {
    "MailsStay": "mail_that_is_refused",
    "RemindersLate": "reminder_that_nobody_asked_for",
    "RecordsMissing": "record_that_nobody_wrote",
    "ClocksDiffer": "clock_that_is_ahead",
}


@pytest.fixture(params=HAPPENS)
def driven(request, exposed, bank):
    """(the rule, its metric while nothing is wrong, its metric once something is)"""
    if request.param == "ClocksDiffer" and connection.vendor == "sqlite":
        pytest.skip("SQLite has no clock of its own")
    (rule,) = [rule for rule in RULES if rule["alert"] == request.param]
    (gauge,) = metrics_in(rule["expr"])

    def read():
        return float(re.search(rf"^{gauge} (\S+)$", exposed(), re.MULTILINE)[1])

    quiet = read()
    request.getfixturevalue(HAPPENS[request.param])
    return rule, quiet, read()


def test_what_happens_takes_the_metric_over_its_threshold(driven):
    rule, quiet, loud = driven
    threshold = float(re.search(r" > (\d+)$", rule["expr"])[1])

    assert abs(quiet) <= threshold < abs(loud)


SECONDS = {"s": 1, "m": 60}
# Quiet for 5 min, then loud until a minute after it fires, then quiet.
FROM_QUIET_TO_FIRING = """
  - interval: 5s
    input_series:
      - {{series: {gauge}, values: {quiet}x59 {loud}x{times} {quiet}x60}}
    alert_rule_test:
      - {{eval_time: {before}s, alertname: {alert}, exp_alerts: []}}
      - {{eval_time: {fires}s, alertname: {alert}, exp_alerts: [{{exp_annotations: {{summary: {summary}}}}}]}}
      - {{eval_time: {over}s, alertname: {alert}, exp_alerts: []}}
"""


def test_what_happens_fires_after_the_wait_of_the_page_and_is_over_once_mended(driven, promtool):
    rule, quiet, loud = driven
    (gauge,) = metrics_in(rule["expr"])
    fires = 300 + int(rule["for"][:-1]) * SECONDS[rule["for"][-1]]

    said = promtool(
        FROM_QUIET_TO_FIRING.format(
            gauge=gauge,
            quiet=quiet,
            loud=loud,
            times=(fires - 300 + 60) // 5,
            before=fires - 5,
            fires=fires,
            over=fires + 130,
            alert=rule["alert"],
            summary=rule["annotations"]["summary"],
        )
    )

    assert "SUCCESS" in said, said
