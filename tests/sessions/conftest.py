import tempfile

import pytest
import time_machine


@pytest.fixture(autouse=True)
def _own_reading_slots(tmp_path_factory, monkeypatch):
    """Two files are read at once on a machine: tests that run side by side each have their two."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("slots")))


@pytest.fixture
def first_of_december():
    """The tests that type a day of December 2026 type a day to come, whatever the day they run."""
    with time_machine.travel("2026-12-01 09:00 +0100"):
        yield
