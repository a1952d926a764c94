"""For which durations docs/privacy.md is true: asked by each command that is begun, so by `purge`."""

from django.conf import settings
from django.core.checks import Error, register

ORDERS = [
    ("extra_time", "texts", "the words of a report would go before what they say of a health"),
    ("texts", "records", "what is written of a session would name those of whom it is forgotten"),
    ("mailings", "records", "a mail would name those of whom the session is forgotten"),
    ("never_started", "records", "who was absent would be kept for longer than who came"),
    ("documents", "records", "those of a session that is not published go with its records"),
    ("records", "certificates", "a certificate would be forgotten before what it rests on"),
    ("records", "audit", "the history would be forgotten before what it tells"),
    ("register", "audit", "the history tells how old a register is"),
]


@register
def retention(app_configs, **kwargs):
    return [*_not_positive(), *_out_of_order()]


def _not_positive():
    return [
        Error(f"{_name(kept)} is not a positive whole number of days.", id="certif.E001")
        for kept, days in settings.RETENTION.items()
        if not _is_positive(days)
    ]


def _out_of_order():
    kept = {kept: days for kept, days in settings.RETENTION.items() if _is_positive(days)}
    return [
        Error(f"{_name(less)} is more than {_name(more)}.", hint=f"Else {why}.", id="certif.E002")
        for less, more, why in ORDERS
        if less in kept and more in kept and kept[less] > kept[more]
    ]


def _is_positive(days):
    return isinstance(days, int) and days > 0


def _name(kept):
    return f"RETENTION_{kept.upper()}_DAYS"
