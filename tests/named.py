"""The tests that a page of docs/ names: `tests/a.py`, `tests/a.py::test_b`, `…::test_b[case]`."""

import re

from django.conf import settings

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?(?:\[([^`]+)\])?`")


def gone(text):
    """Those that are not there. A case stands somewhere in the folder of its test."""
    return [found for found in NAMED.findall(text) if not is_there(*found)]


def is_there(path, name, case):
    test = rf"^def {name + '[(]' if name else 'test_'}"
    return bool(re.search(test, text_of(path), re.MULTILINE)) and case in folder_of(path)


def text_of(path):
    file = settings.BASE_DIR / path
    return file.read_text() if file.exists() else ""


def folder_of(path):
    folder = (settings.BASE_DIR / path).parent
    return "\n".join(file.read_text() for file in folder.glob("*.py"))
