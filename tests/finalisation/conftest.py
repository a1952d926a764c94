import pytest

from tests.factories import ExamSessionFactory, MembershipFactory


@pytest.fixture
def session(bank):
    return ExamSessionFactory()


@pytest.fixture
def member(session, client):
    """Logged in, of the centre of the session."""
    user = MembershipFactory(centre=session.centre).user
    client.force_login(user)
    return user
