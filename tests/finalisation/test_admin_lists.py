"""Each list that officers work with asks a bounded number of queries, whatever its length."""

from copy import deepcopy

import pytest
from django.contrib import admin

from tests.bench.bench_admin import MOST_QUERIES, PAGES, fill

pytestmark = pytest.mark.django_db

MORE_THAN_A_PAGE = 60


@pytest.fixture(scope="module")
def whoever_reads(once):
    return fill(MORE_THAN_A_PAGE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_list_takes_few_queries(client, whoever_reads, page, django_assert_max_num_queries):
    client.force_login(deepcopy(whoever_reads))

    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get(page.address)

    assert response.status_code == 200


def test_no_list_is_forgotten():
    listed = {f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry}

    assert {page.model for page in PAGES} == listed
