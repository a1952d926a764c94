"""Every form of the site, one field of it sent as no page sends it (tests/fuzz): an answer for a person."""

import tempfile
from collections import Counter
from secrets import randbelow

from django.test import override_settings
from django.test.utils import setup_test_environment

from tests.bench.figures import Figure
from tests.fuzz.cast import set_the_scene
from tests.fuzz.forms import forms_of
from tests.fuzz.ground import undone
from tests.fuzz.mutations import mutations, sample

NAME = "forms"
TARGET = "0 answers 500, 0 faults"
SCALE = 10_000
QUIET = {
    "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
    "TASKS": {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}},
}


def run(scale):
    """`scale`: how many mutations are sent, of all that there are."""
    setup_test_environment()
    seed = randbelow(2**32)
    with (
        tempfile.TemporaryDirectory() as folder,
        override_settings(**QUIET, MEDIA_ROOT=folder),
        undone(),
    ):
        scene, met = set_the_scene()
        forms = forms_of(scene.world, met)
        chosen = sample(mutations(forms, scene.others), scale, seed)
        yield Figure(f"{len(forms)} forms", ok=bool(forms), name=f"forms met, seed {seed}")
        for role in dict.fromkeys(form.role for form in forms):
            yield sent_by(scene, role, [one for one in chosen if one[0].role == role])


def sent_by(scene, role, chosen):
    statuses, faults = Counter(), 0
    for form, field, what in chosen:
        status, found = scene.faults(form, field, what)
        statuses[status // 100] += 1
        faults += bool(found)
        for fault in found:
            print(f"  {form.view} {field or 'itself'}: {what}: {status}, {fault}", flush=True)
    told = f"{statuses.total()} sent, {statuses[5]} were 500"
    return Figure(told, ok=not faults, name=role)
