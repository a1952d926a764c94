"""A tablet of the load sends what the page of a person sends."""

import pytest
from django.urls import reverse

from exam import actions
from exam.actions.resuming import authorisation_mark
from exam.models import ResumeRequest
from tests import situations
from tests.load.tablet import shown_in


@pytest.mark.django_db
def test_the_form_of_an_authorisation_says_which_request_it_answers(client, bank):
    candidate = situations.started().candidate
    actions.ask_to_resume(candidate, by=candidate.user)
    client.force_login(situations.invigilator_of(candidate.session))
    address = reverse("invigilation:resume_authorise", args=[candidate.session_id, candidate.pk])

    dialog = client.get(address, headers={"HX-Request": "true"})

    demand = ResumeRequest.objects.get()
    known = authorisation_mark(demand.attempt)
    assert shown_in(dialog.content) == {"demand": str(demand.pk), "known": str(known)}
