"""The audit of a trace: an answer counts when the log of SQLite was on the disk before it left."""

import pytest

from tests.traced import answers_on_disk

WRITE = '7 pwrite64(5</d/db.sqlite3-wal>, "\\0\\0\\0\\2"..., 4096, 56) = 4096'
SYNC = "7 fdatasync(5</d/db.sqlite3-wal>) = 0"
BEGUN = "7 fdatasync(5</d/db.sqlite3-wal> <unfinished ...>"
OTHER = "9 fdatasync(6</d/other>) = 0"
DONE = "7 <... fdatasync resumed>)            = 0"
FAILED = "7 fdatasync(5</d/db.sqlite3-wal>) = -1 EIO (Input/output error)"
ANSWER = '8 sendto(9<socket:[1]>, "HTTP/1.1 200 OK\\r"..., 512, 0, NULL, 0) = 512'


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        ([WRITE, SYNC, ANSWER], [True]),
        ([WRITE, BEGUN, OTHER, DONE, ANSWER], [True]),
        ([WRITE, SYNC, ANSWER, WRITE, ANSWER], [True, False]),
        ([WRITE, SYNC, WRITE, ANSWER], [False]),
        ([WRITE, OTHER, ANSWER], [False]),
        ([WRITE, BEGUN, ANSWER, DONE], [False]),
        ([WRITE, FAILED, ANSWER], [False]),
        ([ANSWER, WRITE, SYNC, ANSWER], [True]),
    ],
    ids=[
        "synced",
        "synced in two lines",
        "the second is not",
        "written again after it",
        "another file",
        "not yet over",
        "refused by the disk",
        "an answer that wrote nothing",
    ],
)
def test_an_answer_counts_when_the_log_was_on_the_disk_before_it(calls, told):
    assert answers_on_disk(calls) == told
