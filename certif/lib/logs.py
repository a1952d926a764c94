import json
import logging
import re
from contextvars import ContextVar

# Every line written while a request is answered bears its id.
REQUEST = ContextVar("the id of the request that is being answered", default=None)


class JsonFormatter(logging.Formatter):
    """One event, one line: a newline typed by somebody cannot forge another.

    `secret_after` lists the addresses whose next part opens something: it is never written.
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

    def _hidden(self, text):
        return self.secret.sub(r"\1…", text) if self.secret else text
