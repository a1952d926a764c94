import tempfile

import pytest


@pytest.fixture(autouse=True)
def _own_reading_slots(tmp_path_factory, monkeypatch):
    """Two files are read at once on a machine: tests that run side by side each have their two."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("slots")))
