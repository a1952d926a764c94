"""One field of a form, sent as no page sends it."""

from random import Random
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

URLENCODED = "application/x-www-form-urlencoded"
PDF = b"%PDF-1.4\n%%EOF\n"

ABSENT, DOUBLED, A_FILE, ALL_FIELDS = "absent", "doubled", "a file", "fields of a model"
VALUES = {
    "empty": "",
    "spaces": " \t\u00a0 ",
    "long": "x" * 5_000,
    "huge": "9" * 100_000,
    "NUL": "a\x00b",
    "lone surrogate": "a\ud800b",
    "emoji": "👩\u200d🏫" * 30,
    "right to left": "\u202eabc\u202c",
    "combining": "e" + "\u0301" * 200,
    "two lines": "a\r\nSet-Cookie: x=1",
    "zero": "0",
    "negative": "-1",
    "two to the 31": str(2**31),
    "two to the 63": str(2**63),
    "float": "1.5",
    "not a number": "NaN",
    "infinite": "1e999",
    "other digits": "٣",
    "superscript": "²",
    "path": "../../x",
    "markup": '"><script>alert(1)</script>',
    "template": "{{ 7 }}{% now %} %s %(n)s {0}",
    "quote": "' OR 1=1 --",
    "JSON": '{"a": [1, null]}',
    "list": "[1]",
    "first day": "0001-01-01",
    "far day": "2999-12-31",
    "last day": "9999-12-31",
    "no such day": "31/02/2027",
    "no such hour": "25:61",
    "nobody's UUID": "00000000-0000-0000-0000-000000000000",
    "unknown choice": "aucun-de-ceux-la",
    "other site": "//exemple.test/",
}
# What nobody is to set by a form that does not show it (faults.md B5).
OF_MODELS = {
    "state": "published",
    "version": "1",
    "is_staff": "on",
    "is_superuser": "on",
    "role": "manager",
    "not_held": "on",
    "granted_minutes": "99",
    "is_present": "on",
    "user": "1",
    "finalised_at": "2026-01-01",
}


def mutations(forms, others):
    """(form, field, what is sent) of every form. `others`: the ids of what is not theirs, by name."""
    sent = [*VALUES, ABSENT, DOUBLED, A_FILE, *others]
    for form in forms:
        for name in dict.fromkeys([name for name, _value in form.fields] + list(form.files)):
            if name != "csrfmiddlewaretoken":
                yield from ((form, name, what) for what in sent if fits(form, what))
        yield form, "", ALL_FIELDS


def fits(form, what):
    """No server takes an address that long."""
    return form.method == "post" or what != "huge"


def sample(everything, count, seed):
    """Of each form as much as of any other, as far as `count` goes."""
    everything, chance = list(everything), Random(seed)
    chance.shuffle(everything)
    by_form = {}
    for one in everything:
        by_form.setdefault(one[0], []).append(one)
    ranked = [(rank, one) for ones in by_form.values() for rank, one in enumerate(ones)]
    ranked.sort(key=lambda pair: pair[0])
    return [one for _rank, one in ranked[:count]]


def body_of(form, field, what, others):
    """The bytes and their type, as a browser would send them."""
    pairs = [pair for pair in form.fields if pair[0] != field]
    files = {name: _file() for name in form.files if name != field}
    before = [value for name, value in form.fields if name == field]
    if what == ALL_FIELDS:
        pairs += [*OF_MODELS.items(), *((f"{name}_id", pk) for name, pk in others.items())]
    elif what == DOUBLED:
        pairs += [(field, value) for value in [*before, *before, "1"]]
    elif what == A_FILE:
        files[field] = _file(b"\xff\xd8\xff\x00" + b"\x00" * 50)
    elif what != ABSENT:
        pairs.append((field, str(others.get(what, VALUES.get(what)))))
    if files and what != "lone surrogate":
        data = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        return encode_multipart(BOUNDARY, data | files), MULTIPART_CONTENT
    return urlencode(pairs, errors="surrogatepass").encode(), URLENCODED


def plain(form):
    """As a person fills it."""
    return form, "", ABSENT


def _file(content=PDF):
    return SimpleUploadedFile("../../photo\u202efdp.pdf", content, "application/pdf")
