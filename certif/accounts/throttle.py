"""Slows down who guesses a secret: per account and per secret, in the database, never by address.

Each try is counted *before* it is judged, by one atomic statement: sixteen parallel tries cannot
all read « four failures » and pass. A right answer clears the count, where only the holder of the
secret knows one; elsewhere it takes back its own try.
"""

import hashlib
import time
from datetime import UTC, datetime

from django.db.models import F, Q
from django.utils.translation import ngettext

from certif.accounts.models import SecretTries
from certif.lib.prepared import execute
from certif.lib.refusals import TooManyTries

FREE_TRIES = 5
FIRST_DELAY_SECONDS = 60
LONGEST_DELAY_SECONDS = 64 * 60
FORGOTTEN_AFTER_SECONDS = 24 * 3600

# The fifth failure opens the first wait; it doubles at each following one.
_TAKE = f"""
INSERT INTO accounts_secrettries (key, failures, last_at, blocked_until) VALUES (%s, 1, %s, 0)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN accounts_secrettries.last_at < excluded.last_at - {FORGOTTEN_AFTER_SECONDS}
                    THEN 1 ELSE accounts_secrettries.failures + 1 END,
    last_at = excluded.last_at,
    blocked_until = CASE
        WHEN accounts_secrettries.last_at < excluded.last_at - {FORGOTTEN_AFTER_SECONDS} THEN 0
        WHEN accounts_secrettries.failures + 1 < {FREE_TRIES} THEN 0
        WHEN accounts_secrettries.failures + 1 > {FREE_TRIES} + 6
            THEN excluded.last_at + {LONGEST_DELAY_SECONDS}
        ELSE excluded.last_at
            + {FIRST_DELAY_SECONDS} * (1 << (accounts_secrettries.failures + 1 - {FREE_TRIES}))
    END
WHERE accounts_secrettries.blocked_until <= excluded.last_at
RETURNING failures
"""

_COUNT = f"""
INSERT INTO accounts_secrettries (key, failures, last_at, blocked_until) VALUES (%s, 1, %s, 0)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN accounts_secrettries.last_at < excluded.last_at - {FORGOTTEN_AFTER_SECONDS}
                    THEN 1 ELSE accounts_secrettries.failures + 1 END,
    last_at = excluded.last_at
"""

# Places in an hour, counted together; the first one taken opens the hour.
_TAKE_PLACE = """
INSERT INTO accounts_secrettries (key, failures, last_at, blocked_until) VALUES (%s, 1, %s, %s)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN accounts_secrettries.blocked_until <= excluded.last_at
                    THEN 1 ELSE accounts_secrettries.failures + 1 END,
    last_at = excluded.last_at,
    blocked_until = CASE WHEN accounts_secrettries.blocked_until <= excluded.last_at
                         THEN excluded.blocked_until ELSE accounts_secrettries.blocked_until END
WHERE accounts_secrettries.failures < %s OR accounts_secrettries.blocked_until <= excluded.last_at
RETURNING failures
"""

_ONCE = """
INSERT INTO accounts_secrettries (key, failures, last_at, blocked_until) VALUES (%s, 0, %s, 0)
ON CONFLICT (key) DO NOTHING RETURNING failures
"""

_CLEAR = "DELETE FROM accounts_secrettries WHERE key = %s"


def _now():
    return int(time.time())


def take_try(key):
    """Count a try; raises TooManyTries while the account has to wait. Call it outside a transaction
    that the failure would roll back."""
    if execute(_TAKE, [key, _now()]):
        return
    blocked_until = (
        SecretTries.objects.filter(key=key).values_list("blocked_until", flat=True).first()
    )
    if blocked_until is None:  # a right answer cleared the count meanwhile
        take_try(key)
        return
    minutes = max(1, -(-(blocked_until - _now()) // 60))
    raise TooManyTries(
        ngettext(
            "Trop d’essais. Réessayez dans %(n)s minute, ou demandez de l’aide sur place.",
            "Trop d’essais. Réessayez dans %(n)s minutes, ou demandez de l’aide sur place.",
            minutes,
        )
        % {"n": minutes},
        retry_at=datetime.fromtimestamp(blocked_until, UTC),
    )


def take_place(key, *, limit, seconds, sentence):
    """Count one of the few times a thing may be done in a while; raises TooManyTries after that.

    Called inside the transaction of the thing: what is not done is not counted.
    """
    now = _now()
    if execute(_TAKE_PLACE, [key, now, now + seconds, limit]):
        return
    free_at = SecretTries.objects.values_list("blocked_until", flat=True).get(key=key)
    minutes = max(1, -(-(free_at - now) // 60))
    wait = ngettext("Réessayez dans %(n)s minute.", "Réessayez dans %(n)s minutes.", minutes) % {
        "n": minutes
    }
    raise TooManyTries(f"{sentence} {wait}", retry_at=datetime.fromtimestamp(free_at, UTC))


def give_place_back(key):
    """The thing was done rightly: it takes no place. The hour that was opened goes on."""
    SecretTries.objects.filter(key=key).update(failures=F("failures") - 1)


def clear(key):
    execute(_CLEAR, [key], gives_rows=False)


def clear_everywhere(key):
    """With what is counted apart by browser."""
    SecretTries.objects.filter(Q(key=key) | Q(key__startswith=f"{key}:")).delete()


def give_back(key):
    """The try was right: it is no failure. Those before it stay counted."""
    tries = SecretTries.objects.filter(key=key)
    tries.update(failures=F("failures") - 1, blocked_until=0)
    tries.filter(failures__lte=0).delete()


def count_once(key, operation):
    """The try just counted was wrong. Sent again because its answer was lost, it is not another one.

    The same id with another content is: a guess that hides behind it stays counted.
    """
    if operation is None:
        return
    name = f"{key}:{operation.id}:{operation.fingerprint}"
    seen = f"once:{hashlib.sha256(name.encode()).hexdigest()}"
    forgotten = _now() - FORGOTTEN_AFTER_SECONDS
    SecretTries.objects.filter(key__startswith="once:", last_at__lt=forgotten).delete()
    if not execute(_ONCE, [seen, _now()]):
        give_back(key)


def count_failure(key):
    """A total that only warns: it never delays anybody."""
    execute(_COUNT, [key, _now()], gives_rows=False)


def failures(key):
    return (
        SecretTries.objects.filter(key=key, last_at__gte=_now() - FORGOTTEN_AFTER_SECONDS)
        .values_list("failures", flat=True)
        .first()
        or 0
    )
