import pytest

from tests import situations
from tests.factories import ExamSessionFactory


@pytest.fixture
def session(db):
    return ExamSessionFactory()


@pytest.fixture
def invigilator(session, client):
    user = situations.invigilator_of(session)
    client.force_login(user)
    return user
