"""Logins in the database, as Django keeps them; each request reads its own by a statement compiled once."""

from types import SimpleNamespace

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

from certif.lib.compiled import Here, Mark


def _standing(session_key, now):
    logins = SessionStore.get_model_class().objects.filter(session_key=session_key)
    return logins.filter(expire_date__gt=now).values_list("session_data")


STANDING = Here(_standing, session_key=Mark.text, now=Mark.instant)


class SessionStore(DatabaseStore):
    def _get_session_from_db(self):
        rows = STANDING.ask(session_key=self.session_key, now=timezone.now())
        if not rows:
            self._session_key = None
            return None
        return SimpleNamespace(session_data=rows[0][0])


class MessageCookie(CookieStorage):
    cookie_name = f"{settings.COOKIE_PREFIX}messages"


class Messages(FallbackStorage):
    storage_classes = (MessageCookie, SessionStorage)
