"""What an officer sent waits here for his confirmation: in the storage, named by a signed token."""

from datetime import timedelta
from uuid import uuid4

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from certif.lib.refusals import InvalidInput
from exam.bank_files import kept_content

FOLDER = "questions-import"
WAITS = timedelta(hours=4)
SALT = "exam.bank"


def keep(data, based_on, *, by):
    """`based_on`: the bank that the preview looked at. Returns the token of its page."""
    _clear()
    name = default_storage.save(f"{FOLDER}/{uuid4()}", ContentFile(data))
    return signing.dumps({"file": name, "based_on": based_on, "by": by.pk}, salt=SALT)


def kept_by(user, token):
    """The file and the bank of a preview. Raises InvalidInput: too old, or not of this person."""
    try:
        content = signing.loads(token, salt=SALT, max_age=WAITS)
    except signing.BadSignature:
        content = {}
    data = kept_content(content["file"]) if content.get("by") == user.pk else None
    if data is None:
        raise InvalidInput(_("Cet aperçu n’est plus valable : envoyez le fichier de nouveau."))
    return data, content["based_on"]


def _clear():
    """Those that nobody can confirm any more."""
    try:
        names = default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:  # a folder not made yet, which an object storage never has
        return
    for name in names:
        stored = f"{FOLDER}/{name}"
        if default_storage.get_modified_time(stored) < timezone.now() - WAITS:
            default_storage.delete(stored)
