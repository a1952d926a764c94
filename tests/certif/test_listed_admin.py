"""The lists of the officers, when their boxes hold what no page sends."""

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LISTS = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]


@pytest.mark.parametrize("chosen", ["", "infini", "1.5", "9" * 30, "\ud800"])
@pytest.mark.parametrize("name", LISTS)
def test_a_box_that_holds_no_id_is_a_request_not_understood(client, name, chosen):
    client.force_login(UserFactory(officer=True))
    box = f"{ACTION_CHECKBOX_NAME}=".encode() + chosen.encode("utf-8", "surrogatepass")

    response = client.post(
        reverse(f"admin:{name}_changelist"),
        b"action=delete_selected&" + box,
        content_type="application/x-www-form-urlencoded",
    )

    assert response.status_code < 500
