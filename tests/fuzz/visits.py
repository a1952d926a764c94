"""What a mutated form did: its answer, and what it wrote; then all of it is undone."""

import re
from contextlib import contextmanager
from dataclasses import dataclass

from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test import Client

from certif.accounts.models import Centre
from exam.models import Attempt
from sessions.models import Candidate, ExamSession
from tests.finalisation.pages import dismiss
from tests.fuzz.ground import undone
from tests.fuzz.mutations import body_of
from tests.test_access import OFFICER, snapshot

WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
OWNED = (Centre, ExamSession, Candidate, Attempt)
# What a refusal writes: the try is counted; the page that is shown again is noted as opened.
# Elsewhere it says so: the invigilator is called.
WRITTEN_BY_A_REFUSAL = {"accounts.secrettries"}
CALLS = {"exam:start", "exam:join"}


@dataclass
class Scene:
    """The world of the forms: what stood before it, what it holds, and the ids of the neighbours."""

    world: object
    before: dict
    held: dict
    others: dict

    def faults(self, form, field, what):
        """(status, what is wrong with it)."""
        with undone():
            status, said, wrote = self.send(form, field, what)
            after = snapshot() if wrote and status < 500 else self.held
        return status, list(self.judge(form, status, said, after))

    def send(self, form, field, what):
        cache.clear()
        client = Client(raise_request_exception=False)
        client.cookies.update(self.world.cookies.get(form.role, {}))
        body, content_type = body_of(form, field, what, self.others)
        with written() as statements:
            if form.method == "post":
                response = client.generic("POST", form.action, body, content_type)
            else:
                query = body if content_type.endswith("urlencoded") else b""
                response = client.get(form.action, QUERY_STRING=query.decode())
        said = b"" if response.streaming else response.content
        dismiss(response)
        return response.status_code, said, bool(statements)

    def judge(self, form, status, said, after):
        if status >= 500:
            yield "the server broke"
            return
        is_refused = status >= 400 or (form.method == "post" and b"aria-invalid" in said)
        if is_refused and form.view not in CALLS and (wrote := self.changed(after)):
            yield f"refused, and wrote {wrote}"
        if form.role != OFFICER and (reached := self.reached(after)):
            yield f"reached what is not theirs: {reached}"

    def changed(self, after):
        tables = {
            table
            for table, rows in after.items()
            if without_openings(rows) != without_openings(self.held[table])
        }
        return sorted(tables - WRITTEN_BY_A_REFUSAL)

    def reached(self, after):
        """The tables where what stood before was changed, or where a new row holds on to it."""
        tables = []
        for table in self.changed(after):
            now = {tuple(row.values()) for row in map(hashable, after[table])}
            stood = {tuple(row.values()) for row in map(hashable, self.before[table])}
            held = {tuple(row.values()) for row in map(hashable, self.held[table])}
            if not (stood & held) <= now or self._holds_on(table, after[table]):
                tables.append(table)
        return tables

    def _holds_on(self, table, rows):
        links = {
            field.attname: field.related_model._meta.label_lower
            for field in apps.get_model(table)._meta.concrete_fields
            if field.related_model in OWNED
        }
        news = [row for row in rows if row not in self.held[table]]
        return any(
            row[link] in self._pks_before(owner) for row in news for link, owner in links.items()
        )

    def _pks_before(self, table):
        return {row["id"] for row in self.before[table]}


def without_openings(rows):
    return [row for row in rows if not str(row.get("kind", "")).endswith(".opened")]


def hashable(row):
    return {name: repr(value) for name, value in row.items()}


@contextmanager
def written():
    """The statements that write, while they are run."""
    statements = []

    def listen(execute, sql, parameters, many, context):
        if WRITES.match(sql):
            statements.append(sql)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(listen):
        yield statements
