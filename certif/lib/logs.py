import json
import logging
import re
import traceback
from contextvars import ContextVar

# Every line written while a request is answered bears its id.
REQUEST = ContextVar("the id of the request that is being answered", default=None)


class JsonFormatter(logging.Formatter):
    """One event, one line: a newline typed by somebody cannot forge another.

    `secret_after` lists the addresses whose next part opens something: it is never written. Nor is
    the message of an exception, which quotes what was typed, or the row that PostgreSQL refused.
    """

    def __init__(self, *, secret_after=()):
        super().__init__()
        starts = "|".join(re.escape(start).replace("/", "(?:/|%2F)") for start in secret_after)
        self.secret = re.compile(rf"({starts})[^/%\s\"'?&]+", re.IGNORECASE) if starts else None

    def format(self, record):
        line = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": self._hidden(record.getMessage()),
        }
        if request := REQUEST.get():
            line["request"] = request
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self._hidden(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)

    def formatException(self, exc_info):
        """Where it broke, and of what kind, from the first failure to the last."""
        told, error, seen = [], exc_info[1], set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            told.append("".join(traceback.format_tb(error.__traceback__)) + _kind(error))
            hidden = None if error.__suppress_context__ else error.__context__
            error = error.__cause__ or hidden
        return "\n".join(reversed(told))

    def _hidden(self, text):
        return self.secret.sub(r"\1…", text) if self.secret else text


def _kind(error):
    """With the constraint that was broken: it is ours."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None)
    return f"{name} ({constraint})" if constraint else name
