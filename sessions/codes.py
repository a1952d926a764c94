"""The two secrets of a session (domain.md § 2): drawn from `secrets`, compared in constant time."""

import hmac
import secrets

from certif.lib.text import fold_code

PASSWORD_ALPHABET = "2346789BCDFGHJKMPQRTVWXY"
CODE_LETTERS = "BCDFGHJKMPQRTVWXY"
CODE_DIGITS = "2346789"


def draw_password():
    """Five characters, shown `C-XXXXX`."""
    return "C-" + "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(5))


def draw_access_code():
    """Four letters then two digits."""
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(4))
    return letters + "".join(secrets.choice(CODE_DIGITS) for _ in range(2))


def _same(left, right):
    return hmac.compare_digest(left.encode(), right.encode())


def password_matches(typed, password):
    """Typed in any case, with or without `C-`, with spaces. Five characters are the whole secret:
    a password that itself begins with C is not mistaken for its prefix."""
    typed, expected = fold_code(typed), fold_code(password)
    if len(typed) == len(expected) - 1:
        typed = "C" + typed
    return _same(typed, expected)


def code_matches(typed, code):
    return _same(fold_code(typed), fold_code(code))
