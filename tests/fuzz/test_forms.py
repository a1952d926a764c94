"""Every form of the site with one field as no page sends it: an answer for a person, and no more."""

import pytest

from tests.fuzz.cast import set_the_scene
from tests.fuzz.forms import forms_of
from tests.fuzz.mutations import mutations, sample

MUTATIONS = 120


@pytest.mark.django_db
@pytest.mark.ignore_template_errors
def test_no_field_of_a_form_breaks_the_server_or_reaches_what_is_not_theirs(settings, tmp_path):
    """The same ones each time; `./dev drill forms` sends ten thousand others."""
    scene, met = set_the_scene()
    forms = forms_of(scene.world, met)
    chosen = sample(mutations(forms, scene.others), MUTATIONS, seed=6)

    found = [(*one, *scene.faults(*one)) for one in chosen]

    assert [one for one in found if one[-1]] == []
