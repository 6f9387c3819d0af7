"""What a decoder host and the process that uses it say to each other over the control socket."""

import json
import struct
from dataclasses import asdict

from patients.photos.limits import Limits

READY = b"ready\n"
REQUEST_BYTES = 1024  # the limits as JSON, padded; two descriptors come along: the photo and the way back
ENDED = struct.Struct(">iiqd?")  # exit code, signal, peak RSS in bytes, CPU seconds, killed for its time


def request(limits: Limits) -> bytes:
    """Return the bytes that ask for one photo under `limits`."""
    return json.dumps(asdict(limits)).encode("ascii").ljust(REQUEST_BYTES)


def limits_in(message: bytes) -> Limits:
    """Return the limits of a request."""
    return Limits(**json.loads(message))
