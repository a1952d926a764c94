"""The files in an object storage (S3), in a bucket that nobody reads but us."""

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionError,
    HTTPClientError,
    IncompleteReadError,
)
from django.conf import settings
from django.utils.functional import cached_property
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

# A thread waits for it: a store that does not answer is a failure of one request.
PATIENCE = {"connect_timeout": 1, "read_timeout": 3, "retries": {"total_max_attempts": 1}}

NO_ANSWER = (ConnectionError, HTTPClientError, IncompleteReadError, RetriesExceededError)


def is_away(error):
    """Nobody answers in time, or who answers cannot for now."""
    if isinstance(error, ClientError):
        return error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    return isinstance(error, NO_ANSWER)


class PrivateObjects(S3Storage):
    def get_default_settings(self):
        return super().get_default_settings() | {
            "bucket_name": settings.S3_BUCKET,
            "endpoint_url": settings.S3_ENDPOINT,
            "region_name": settings.S3_REGION,
            "file_overwrite": False,
            # Beyond this, a file that is read waits on the disk and not in memory.
            "max_memory_size": 2 * 1024 * 1024,
            # Five by default, each with its own wait.
            "transfer_config": TransferConfig(num_download_attempts=1),
            "client_config": Config(
                signature_version="s3v4", s3={"addressing_style": "path"}, **PATIENCE
            ),
        }

    @cached_property
    def _asked(self):
        # A client is of every thread, a connection is made anew by each.
        return self.connection.meta.client

    def ask(self):
        """Raises what it answers, or that it does not, unless it lets us in."""
        self._asked.head_bucket(Bucket=self.bucket_name)

    def _open(self, name, mode="rb"):
        """Here whole before any of it is given."""
        file = super()._open(name, mode)
        try:
            return file.open()
        except BaseException:
            file.close()
            raise

    def url(self, *args, **kwargs):
        """Signed, it would open a file to whoever holds it: ours are given by our views."""
        raise NotImplementedError
