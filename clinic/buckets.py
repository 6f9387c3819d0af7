"""S3 buckets: clients that don't wait long, and that leave no thread behind."""

from typing import Any, ClassVar

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from storages.backends.s3 import S3Storage


class _Bucket(S3Storage):
    """Without time-outs of our own a server that accepts and never answers is waited for three minutes."""

    connect_s: ClassVar[float]
    #: Between two pieces of an answer.
    read_s: ClassVar[float]
    #: How often it is tried in all.
    attempts: ClassVar[int]

    def get_default_settings(self) -> dict[str, Any]:
        """Return the settings of django-storages, with our client's."""
        ours = {
            "client_config": Config(
                connect_timeout=self.connect_s, read_timeout=self.read_s,
                retries={"mode": "standard", "total_max_attempts": self.attempts},
            ),
            # Its own threads would be waited for when the process ends.
            "transfer_config": TransferConfig(use_threads=False),
        }  # fmt: skip
        return dict(super().get_default_settings(), **ours)


class CheckpointStorage(_Bucket):
    """Checkpoints: a few hundred bytes, and the next one comes in five minutes anyway."""

    connect_s, read_s, attempts = 2.0, 4.0, 2


class FileStorage(_Bucket):
    """The clinic's files, photographs of some megabytes among them; somebody waits for them before a screen."""

    connect_s, read_s, attempts = 3.0, 10.0, 2
