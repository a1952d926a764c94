"""The server of a negative control: the product's application, with its protections made harmless.

Known to the tests alone (granian is told this module). A request that carries the rank of an actor
waits for its turn before its first write; any other is served at once.
"""

from certif.wsgi import application as product
from tests.races import seams

HEADER = "X-Race-Rank"

_harmless = seams.code_made_harmless()
_harmless.__enter__()


def application(environ, start_response):
    rank = environ.get("HTTP_X_RACE_RANK")
    if rank is None:
        return product(environ, start_response)
    with seams.meeting_before_writing(rank):
        return product(environ, start_response)
