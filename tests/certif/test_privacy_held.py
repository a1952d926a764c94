"""The purge while people work: apart, because it needs two connections."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from certif.privacy.gathered import RULES
from certif.privacy.purge import purge
from tests.factories import UserFactory


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no lock of a row")
@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_holds_is_left_and_not_waited_for(settings):
    users = [UserFactory(), UserFactory()]
    (rule,) = [rule for rule in RULES if rule.what == "comptes inutilisés"]
    at = timezone.now() + timedelta(days=settings.RETENTION["accounts"] + 1)
    other = connection.copy()

    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT 1 FROM accounts_user WHERE id = %s FOR UPDATE", [users[0].pk])
        first = purge(rule, at)
        cursor.execute("ROLLBACK")
    other.close()

    assert (first, purge(rule, at)) == (1, 1)
