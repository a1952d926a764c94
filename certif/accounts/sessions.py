"""Logins in the database, as Django keeps them; each request reads its own by a statement compiled once."""

from datetime import timedelta
from types import SimpleNamespace

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone
from django.utils.http import int_to_base36

from certif.lib.compiled import Mark, Rows


def _standing(session_key, now):
    logins = SessionStore.get_model_class().objects.filter(session_key=session_key)
    return logins.filter(expire_date__gt=now).values_list("session_data", "expire_date")


def key_begins(user_id):
    """How the keys of an account begin: its logins are found by them, without asking what each holds."""
    return f"{int_to_base36(int(user_id))}-"


def key_by_account(request, **kwargs):
    """The account was not known yet when the key was drawn."""
    request.session.cycle_key()


STANDING = Rows(_standing, session_key=Mark.text, now=Mark.instant)


class SessionStore(DatabaseStore):
    """Its end moves by the gestures of its person alone (certif.accounts.logins)."""

    _ends_at = None

    @property
    def ends_at(self):
        return self._ends_at or timezone.now() + settings.LOGIN_IDLE

    @property
    def seconds_left(self):
        """Rounded up: who asks again once they are over finds that the login is."""
        return -((timezone.now() - max(self.ends_at, timezone.now())) // timedelta(seconds=1))

    @property
    def warning(self):
        """Seconds before the end, from which the pages ask whether one stays."""
        return settings.LOGIN_WARNING // timedelta(seconds=1)

    def _get_new_session_key(self):
        drawn = super()._get_new_session_key()
        return key_begins(self[SESSION_KEY]) + drawn if SESSION_KEY in self else drawn

    def _get_session_from_db(self):
        rows = STANDING.ask(session_key=self.session_key, now=timezone.now())
        if not rows:
            self._session_key = None
            return None
        session_data, self._ends_at = rows[0]
        return SimpleNamespace(session_data=session_data)

    def create_model_instance(self, data):
        """What is written in a login does not prolong it."""
        row = super().create_model_instance(data)
        row.expire_date = self._ends_at = self.ends_at
        return row

    def stand_until(self, end):
        self.model.objects.filter(session_key=self.session_key).update(expire_date=end)
        self._ends_at = end

    def flush(self):
        super().flush()
        self._ends_at = None


class MessageCookie(CookieStorage):
    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class Messages(FallbackStorage):
    storage_classes = (MessageCookie, SessionStorage)
