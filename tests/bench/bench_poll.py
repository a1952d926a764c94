"""What the poll of a board where nothing moved costs, beside a view that does nothing.

In front of Django: with the pass of the page, beside an empty view behind the whole middleware that asks
nobody who he is. Inside Django: without the pass, beside the same view behind a login. Rates are of one
web process; the processor time per request is printed too.
"""

from django.urls import reverse

from tests.bench.figures import interleaved_ratio
from tests.bench.rooms import CANDIDATES, fill
from tests.bench.server import interleave, serving

NAME = "unchanged poll"
TARGET = "≥ 150 % of an empty view"
SHARE, SHARE_INSIDE = 1.5, 0.25
FEW, MOST_FOR_FEW, MOST_FOR_ALL = 2, 5, 10
REPETITIONS, SECONDS, WARM_UP = 5, 2, 1
# The page counts its polls: the server does a little more at every fifth.
POLLS = 5


def run():
    watches = fill()
    move_a_few(watches)
    with serving() as (server, clients):
        anonymous = [[server.request("/bench/open")] for _ in watches]
        kinds = {
            "empty view, anonymous": clients(anonymous, 204),
            "empty view, logged in": clients(asked(server, watches, empty), 204),
            "poll inside Django": clients(asked(server, watches, polls), 204),
            "poll in front": clients(with_passes(server, watches, polls_of), 204),
            "changed, 2 rows": clients(with_passes(server, watches, two_rows), 200),
            "changed, 20 rows": clients(with_passes(server, watches, twenty_rows), 200),
        }
        runs = interleave(kinds, REPETITIONS, SECONDS, WARM_UP)
    for kind, loads in runs.items():
        print(f"  {kind + ':':<23}{loads}")
    bare, logged_in, inside, front, few, everybody = runs.values()
    return [
        interleaved_ratio(front.of("rate"), bare.of("rate"), least=SHARE),
        interleaved_ratio(
            logged_in.of("web_us"),
            inside.of("web_us"),
            least=SHARE_INSIDE,
            name="unchanged poll, inside",
            target="≥ 25 % of an empty one, by CPU",
        ),
        changed(few, bare, MOST_FOR_FEW, f"changed poll, {FEW} rows"),
        changed(everybody, bare, MOST_FOR_ALL, f"changed poll, {CANDIDATES} rows"),
    ]


def changed(loads, bare, most, name):
    target = f"≤ {most} × an empty view, by CPU"
    return interleaved_ratio(
        loads.of("web_us"), bare.of("web_us"), most=most, name=name, target=target
    )


BEFORE, AFTER = 5, 10


def move_a_few(watches):
    """In every room two rows moved last."""
    for session in (session for watch in watches for session in watch.sessions):
        moved = session.candidates.order_by("pk").values_list("pk", flat=True)[:FEW]
        session.candidates.update(row_version=BEFORE)
        session.candidates.filter(pk__in=list(moved)).update(row_version=AFTER)
        session.version = AFTER
        session.save(update_fields=["version"])


def two_rows(session):
    return changed_since(session, AFTER - 1)


def twenty_rows(session):
    return changed_since(session, BEFORE - 1)


def changed_since(session, version):
    """The group on top is held: nobody asks."""
    live = reverse("invigilation:board_live", args=[session.pk])
    return [f"{live}?v={version}&n={n}&a=&s=" for n in range(POLLS)]


def polls_of(session):
    live = reverse("invigilation:board_live", args=[session.pk])
    return [f"{live}?v={session.version}&n={n}&r=x&a=&s=" for n in range(POLLS)]


def with_passes(server, watches, polls=polls_of):
    """Each session’s poll with the pass that its page gave."""
    return [
        [
            server.request(path, cookies=f"{watch.cookie}; {given}", HX_Request="true")
            for session in watch.sessions
            for given in [pass_of(server, watch, session)]
            for path in polls(session)
        ]
        for watch in watches
    ]


def pass_of(server, watch, session):
    headers, _page = server.get(reverse("invigilation:board", args=[session.pk]), watch.cookie)
    cookies = [cookie.partition(";")[0] for cookie in headers.get_all("Set-Cookie")]
    return "; ".join(cookies)


def asked(server, watches, paths):
    return [
        [server.request(path, cookies=watch.cookie, HX_Request="true") for path in paths(watch)]
        for watch in watches
    ]


def empty(watch):
    return ["/bench/empty"]


def polls(watch):
    return [path for session in watch.sessions for path in polls_of(session)]
