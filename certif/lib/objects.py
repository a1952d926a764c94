"""The files in an object storage (S3), in a bucket that nobody reads but us."""

from botocore.config import Config
from django.conf import settings
from storages.backends.s3 import S3Storage

# A thread waits for it: a store that does not answer is a failure of one request.
PATIENCE = {"connect_timeout": 1, "read_timeout": 3, "retries": {"total_max_attempts": 1}}


class PrivateObjects(S3Storage):
    def get_default_settings(self):
        return super().get_default_settings() | {
            "bucket_name": settings.S3_BUCKET,
            "endpoint_url": settings.S3_ENDPOINT,
            "region_name": settings.S3_REGION,
            "file_overwrite": False,
            # Beyond this, a file that is read waits on the disk and not in memory.
            "max_memory_size": 2 * 1024 * 1024,
            "client_config": Config(
                signature_version="s3v4", s3={"addressing_style": "path"}, **PATIENCE
            ),
        }

    def url(self, *args, **kwargs):
        """Signed, it would open a file to whoever holds it: ours are given by our views."""
        raise NotImplementedError
