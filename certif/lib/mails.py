"""What every mail shares: when it is tried again, and why it did not leave, in words."""

import smtplib
from datetime import timedelta

from django.utils.translation import gettext as _

# Between two tries. After the last one, a person decides.
PAUSES = [timedelta(minutes=n) for n in (1, 5, 30, 120, 480)]
TRIES = len(PAUSES) + 1


def reason_of(error):
    """What a person can act upon. The server's own words may quote anything: its code alone is kept."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        (code, _words), *_others = error.recipients.values()
        return _("Adresse refusée par le serveur de messagerie (%(code)s).") % {"code": code}
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _("Le serveur de messagerie a refusé le mot de passe du service.")
    if isinstance(error, smtplib.SMTPResponseException):
        return _("Refusé par le serveur de messagerie (%(code)s).") % {"code": error.smtp_code}
    if isinstance(error, OSError):
        return _("Serveur de messagerie injoignable.")
    return _("Le courriel n’a pas pu être écrit (%(kind)s).") % {"kind": type(error).__name__}
