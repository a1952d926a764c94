"""The storage of a site, with an eye on it."""

from django.db import connection

from certif.lib.whole_files import WholeFiles


def watch(settings, meanwhile=lambda: None):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "tests.storages.NobodyWaits",
            "OPTIONS": {"meanwhile": meanwhile},
        }
    }


class NobodyWaits(WholeFiles):
    """Asked while no transaction is open. `meanwhile`: what happens before a file is kept."""

    def __init__(self, *, meanwhile, **options):
        super().__init__(**options)
        self.meanwhile = meanwhile

    def exists(self, name):
        assert not connection.in_atomic_block
        return super().exists(name)

    def delete(self, name):
        assert not connection.in_atomic_block
        super().delete(name)

    def _open(self, name, mode="rb"):
        assert not connection.in_atomic_block
        return super()._open(name, mode)

    def _save(self, name, content):
        assert not connection.in_atomic_block
        self.meanwhile()
        return super()._save(name, content)
