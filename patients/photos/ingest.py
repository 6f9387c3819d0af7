"""Take a file as a photo, or say why not: the one door for photos.

The file is untrusted and may attack the libraries that read it, so this process never decodes it: it opens it, hashes
it, and has it decoded by a confined process (`decoder_host`) whose answer is checked (`answer`). The original is
only read. Nothing is written anywhere.
"""

import hashlib
import logging
import os
import signal
import stat
from pathlib import Path

from patients.photos import answer
from patients.photos.decoder_pool import POOL, DecoderUnavailable, Run
from patients.photos.facts import CameraFacts, Derivative, Quality
from patients.photos.limits import DEFAULT, Limits
from patients.photos.reasons import Doubt, Reason
from patients.photos.results import Accepted, Cost, Rejected

__all__ = [
    "DEFAULT",
    "Accepted",
    "CameraFacts",
    "Cost",
    "DecoderUnavailable",
    "Derivative",
    "Doubt",
    "Limits",
    "Quality",
    "Reason",
    "Rejected",
    "examine",
]

HASH_BYTES = 1024 * 1024

logger = logging.getLogger(__name__)


def examine(path: Path, *, limits: Limits = DEFAULT) -> Accepted | Rejected:
    """Return the photo in the file at `path`, or its refusal; never later than the limits' wall time and a little.

    Raises `OSError` when there is no such file to read, `ValueError` when it is no regular file, and
    `DecoderUnavailable` when this machine can't decode now, which says nothing about the file.
    """
    photo = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        before = os.fstat(photo)
        if not stat.S_ISREG(before.st_mode):
            raise ValueError(f"{path.name} is no regular file")
        if not before.st_size:
            return Rejected(reason=Reason.EMPTY, limits=limits)
        if before.st_size > limits.max_bytes:
            return Rejected(reason=Reason.TOO_MANY_BYTES, limits=limits)
        digest = hashlib.sha256()
        run = POOL.run(photo, limits, lambda: _hash(photo, digest))
        after = os.fstat(photo)
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise DecoderUnavailable("the file changed while it was read")
    finally:
        os.close(photo)
    cost = Cost(cpu_s=run.cpu_s, peak_rss_bytes=run.peak_rss_bytes)
    outcome = _outcome(run)
    if isinstance(outcome, answer.Refused):
        return Rejected(reason=outcome.reason, detail=outcome.detail, limits=limits, cost=cost)
    return Accepted(
        format=outcome.format,
        mime=outcome.format.mime,
        sha256=digest.hexdigest(),
        bytes=before.st_size,
        width=outcome.width,
        height=outcome.height,
        camera=outcome.camera,
        quality=outcome.quality,
        derivatives=outcome.derivatives,
        doubts=outcome.doubts,
        cost=cost,
    )


def _hash(photo: int, digest: "hashlib._Hash") -> None:
    at = 0
    while part := os.pread(photo, HASH_BYTES, at):
        digest.update(part)
        at += len(part)


def _outcome(run: Run) -> answer.Decoded | answer.Refused:
    if run.signal == signal.SIGKILL and not run.timed_out:
        return answer.Refused(Reason.TOO_MUCH_MEMORY, "killed")  # by the kernel, which had none left
    if run.timed_out:
        return answer.Refused(Reason.TOO_SLOW, "")
    if run.flooded or run.exit_code != 0:
        detail = "flood" if run.flooded else f"signal {run.signal}" if run.signal else f"exit {run.exit_code}"
        logger.warning("A photo's decoding process failed: %s", detail)
        return answer.Refused(Reason.DECODER_FAILED, detail)
    try:
        return answer.read(run.message)
    except answer.AnswerError as error:
        logger.warning("A photo's decoding process sent a wrong answer: %s", error)
        return answer.Refused(Reason.DECODER_FAILED, "answer")
