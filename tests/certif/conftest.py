from copy import deepcopy

import pytest

from tests.certif.marked import world


@pytest.fixture(scope="module")
def made(once):
    return world()


@pytest.fixture
def people(made):
    return deepcopy(made)
