from copy import deepcopy

import pytest
import time_machine

from certif import settings as shipped
from tests.certif.logins import LIMITS, MORNING
from tests.certif.marked import world
from tests.factories import ExamSessionFactory


@pytest.fixture(scope="module")
def made(once):
    return world()


@pytest.fixture
def people(made):
    return deepcopy(made)


@pytest.fixture
def shipped_logins(settings):
    """The limits of production: the rest of the suite stretches them (tests/conftest.py)."""
    for name in LIMITS:
        setattr(settings, name, getattr(shipped, name))


@pytest.fixture
def clock():
    with time_machine.travel(MORNING, tick=False) as clock:
        yield clock


@pytest.fixture
def session(clock):
    return ExamSessionFactory(starts_at=MORNING)


@pytest.fixture
def rotate(settings):
    """Change the key; `forget` is the last step, once nothing signed with the old one is in use."""

    def change(*, forget=False):
        settings.SECRET_KEY_FALLBACKS = [] if forget else [settings.SECRET_KEY]
        settings.SECRET_KEY = "another-secret-key-than-that-of-before-0123456789"

    return change
