"""The code of a certificate: read aloud, typed by a stranger, and what it proves.

Sixteen letters and figures of an alphabet without look-alikes: 76 bits. Nobody guesses one; the
throttle keeps a machine from trying, and counts wrong codes only, so that a class may verify its own.
"""

import ipaddress
import secrets

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from certif.accounts.throttle import take_place
from certif.lib.forms import LineField
from certif.lib.text import fold_code
from exam.scoring import Verdict
from finalisation.models import Certificate
from sessions.enums import SessionState

ALPHABET = "0123456789ACDEFGHJKMNPRTVWXY"
LENGTH = 16
GROUP = 4
# What is not in the alphabet is read as what it looks like.
LOOK_ALIKES = str.maketrans("OQILSZBU", "0011528V")

WRONG_CODES = 30
WITHIN_SECONDS = 3600
SALT = "finalisation.verification"


def draw_code():
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def in_groups(code):
    return "-".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))


def read_code(typed):
    """What was meant: in any case, with spaces or hyphens, a letter taken for a figure. None when
    it cannot be a code."""
    code = fold_code(typed).translate(LOOK_ALIKES)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


class CodeForm(forms.Form):
    code = LineField(
        label=_("Code de vérification"),
        help_text=_(
            "Sur le certificat, à côté du QR code\u00a0: quatre groupes de quatre lettres et chiffres."
        ),
        max_length=100,
        error_messages={"required": _("Écrivez le code qui est sur le certificat.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_code(self):
        code = read_code(self.cleaned_data["code"])
        if code is None:
            raise ValidationError(
                _(
                    "Ce n’est pas un code entier\u00a0: il a %(n)s lettres et chiffres, par exemple "
                    "%(example)s."
                ),
                params={"n": LENGTH, "example": in_groups("7K3M0XD941TCVARP")},
            )
        return code


def verify_certificate(code, *, address):
    """The certificate that stands under this code, or None. Raises TooManyTries.

    The try is counted before it is judged; that of a right code is undone.
    """
    with transaction.atomic():
        take_place(
            _key(address),
            limit=WRONG_CODES,
            seconds=WITHIN_SECONDS,
            sentence=_("Trop de codes erronés depuis votre réseau."),
        )
        certificate = _standing(code)
        if certificate:
            transaction.set_rollback(True)
    return certificate


def client_address(request):
    """Where the request comes from: what the proxy in front of us saw, when there is one."""
    if settings.SECURE_PROXY_SSL_HEADER:
        *_claimed, seen = request.headers.get("X-Forwarded-For", "").split(",")
        return seen.strip() or request.META.get("REMOTE_ADDR", "")
    return request.META.get("REMOTE_ADDR", "")


def _standing(code):
    """One question to the database, and one answer for what never was, what is not published and
    what was cancelled."""
    return (
        Certificate.objects.filter(
            code=code,
            attempt__certification__verdict=Verdict.VALIDATED,
            attempt__candidate__session__state=SessionState.PUBLISHED,
        )
        .select_related("attempt__certification", "attempt__candidate__session")
        .first()
    )


def _key(address):
    """A network, never written as such. An IPv6 subscriber has 2⁶⁴ addresses: they are one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        network = address
    else:
        # An IPv4 address dressed as IPv6 by a server that listens on both is not one network with all.
        ip = getattr(ip, "ipv4_mapped", None) or ip
        network = ipaddress.ip_network((ip, 64 if ip.version == 6 else 32), strict=False)
    return f"verification:{salted_hmac(SALT, str(network), algorithm='sha256').hexdigest()[:40]}"
