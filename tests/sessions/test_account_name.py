import pytest

from sessions.queries import account_name_differs
from tests.factories import CandidateFactory, UserFactory

pytestmark = pytest.mark.django_db


def candidate(**names):
    account = UserFactory(**names)
    return CandidateFactory.build(user=account, birth_name="Œuvrard-Łódź", first_name="Zoé")


@pytest.mark.parametrize(
    ("first_name", "last_name"),
    [("Zoé", "Œuvrard-Łódź"), ("ZOE", "oeuvrard lodz"), ("Oeuvrard Lodz", "Zoe"), ("", "")],
)
def test_the_same_name_is_no_difference(first_name, last_name):
    assert not account_name_differs(candidate(first_name=first_name, last_name=last_name))


@pytest.mark.parametrize(
    ("first_name", "last_name"), [("Ada", "Œuvrard-Łódź"), ("Zoé", "Lovelace"), ("Zoé", "")]
)
def test_another_name_is_a_difference(first_name, last_name):
    assert account_name_differs(candidate(first_name=first_name, last_name=last_name))


def test_a_row_without_account_differs_from_nobody():
    assert not account_name_differs(CandidateFactory.build(user=None))
