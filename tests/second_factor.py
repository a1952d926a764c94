"""What the application of codes of an account shows."""

from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)


def code_of(secret):
    """That of now: of the codes accepted, the one in the middle."""
    accepted = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, accepted[len(accepted) // 2]))
