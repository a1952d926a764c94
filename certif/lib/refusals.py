"""Why something is not done. Each carries a sentence for the person who asked."""

from django.utils.http import http_date


class Refusal(Exception):
    """A business refusal (409): the request is well formed, the moment or the state is not right."""

    message = ""

    def __init__(self, message=None):
        super().__init__(message or self.message)

    @property
    def sentence(self):
        return str(self.args[0])


class InvalidInput(Refusal):
    """What was typed cannot be accepted (422). `field` names the form field, if there is one."""

    def __init__(self, message=None, *, field=None):
        super().__init__(message)
        self.field = field


class TooManyTries(Refusal):
    """429: `retry_at` is the instant from which a try is counted again."""

    def __init__(self, message, *, retry_at):
        super().__init__(message)
        self.retry_at = retry_at


def status_of(refusal):
    """422 for what was typed, 429 for too many tries, 409 for the wrong moment (domain.md § 10)."""
    if isinstance(refusal, InvalidInput):
        return 422
    return 429 if isinstance(refusal, TooManyTries) else 409


def with_delay(response, refusal):
    """The response; after too many tries it also says when one is counted again."""
    if isinstance(refusal, TooManyTries):
        response["Retry-After"] = http_date(refusal.retry_at.timestamp())
    return response
