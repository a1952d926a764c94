"""Small memory disks, in a view of the file system that ends with who looks at it, and how one is filled."""

import subprocess
from contextlib import contextmanager
from pathlib import Path

BLOCK = bytes(4096)
# The command before that of a process: who is not root takes a user namespace too.
VIEWS = (["unshare", "--mount"], ["unshare", "--user", "--map-root-user", "--mount"])


def view_of_its_own():
    """None where no disk may be mounted."""
    return next(filter(_may_mount, VIEWS), None)


def _may_mount(view):
    probe = [*view, "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


@contextmanager
def full(folder, but=0):
    """Its disk has no block left, or only so many."""
    ballast = Path(folder, "ballast")
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(BLOCK):
                pass
        except OSError:
            file.truncate(max(0, file.tell() - but * len(BLOCK)))
    try:
        yield
    finally:
        ballast.unlink()
