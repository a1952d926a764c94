"""What the poll of a board where nothing moved costs, beside a view that does nothing.

Both are asked by the same logged-in invigilators, through all of the middleware. The figure is the
ratio of the web server's processor time per request: it says what a core can serve, and a busy machine
moves it less than it moves a rate. The ratio of the rates is printed too.
"""

from django.urls import reverse

from tests.bench.figures import Figure, median_ratio
from tests.bench.rooms import fill
from tests.bench.server import Runs, serving

NAME = "unchanged poll"
TARGET = "≥ 25 % of an empty view, by CPU"
SHARE = 0.25
REPETITIONS, SECONDS, WARM_UP = 7, 2, 1
# The page counts its polls: the server does a little more at every fifth.
POLLS = 5


def run():
    watches = fill()
    with serving() as (server, clients):
        anonymous = [[server.request("/bench/open")] for _ in watches]
        kinds = [
            (clients(anonymous, 204), without_login := Runs()),
            (clients(asked(server, watches, empty), 204), logged_in := Runs()),
            (clients(asked(server, watches, polls), 204), poll := Runs()),
        ]
        for load, _ in kinds:
            load.run(WARM_UP)
        for _ in range(REPETITIONS):
            for load, runs in kinds:
                runs.append(load.run(SECONDS))
    print(f"  empty view, anonymous: {without_login}")
    print(f"  empty view, logged in: {logged_in}")
    print(f"  unchanged poll:        {poll}")
    share = median_ratio(logged_in.of("web_us"), poll.of("web_us"))
    rate = median_ratio(poll.of("rate"), logged_in.of("rate"))
    of_anonymous = median_ratio(without_login.of("web_us"), poll.of("web_us"))
    measured = f"{share:.0%} (by rate {rate:.0%}; of an anonymous one {of_anonymous:.0%})"
    return Figure(measured, ok=share >= SHARE)


def asked(server, watches, paths):
    return [
        [server.request(path, cookies=watch.cookie, HX_Request="true") for path in paths(watch)]
        for watch in watches
    ]


def empty(watch):
    return ["/bench/empty"]


def polls(watch):
    return [
        f"{reverse('invigilation:board_live', args=[session.pk])}?v={session.version}&n={n}"
        for session in watch.sessions
        for n in range(POLLS)
    ]
