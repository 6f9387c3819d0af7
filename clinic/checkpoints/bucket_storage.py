"""The S3 bucket of checkpoints: a client that doesn't wait long, and that leaves no thread behind."""

from typing import Any

from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from storages.backends.s3 import S3Storage

CONNECT_S = 2.0
#: Between two pieces of an answer. A checkpoint is a few hundred bytes.
READ_S = 4.0
#: How often it is tried in all: the next checkpoint comes in five minutes anyway.
ATTEMPTS = 2


class CheckpointStorage(S3Storage):
    """Without time-outs of our own a server that accepts and never answers is waited for three minutes."""

    def get_default_settings(self) -> dict[str, Any]:
        """Return the settings of django-storages, with our client's."""
        ours = {
            "client_config": Config(
                connect_timeout=CONNECT_S, read_timeout=READ_S,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            ),
            # Its own threads would be waited for when the process ends.
            "transfer_config": TransferConfig(use_threads=False),
        }  # fmt: skip
        return dict(super().get_default_settings(), **ours)
