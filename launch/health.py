"""Asking the running clinic how it is: while `bin/run` starts it, and for the health checks of docker-compose.yml."""

import http.client
import json
import os
import sys
from collections.abc import Sequence

PARTS = ("database", "redis", "worker", "beat")
#: And what `ok` adds to them, in words: checkpoints that are late, or deferred work that nobody does.
REST = "checkpoints or deferred work"
TIMEOUT_SECONDS = 5


def ask(place: str, host: str | None = None) -> dict[str, object] | None:
    """What `/healthz` at `place` ("127.0.0.1:8000") says of each part; None while the web server doesn't answer.

    `host` is the name that the clinic goes by, when it isn't the place itself.
    """
    link = http.client.HTTPConnection(place, timeout=TIMEOUT_SECONDS)
    try:
        link.request("GET", "/healthz", headers={"Host": host or place})
        answer = json.loads(link.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        link.close()
    return answer if isinstance(answer, dict) else None


def unwell(parts: dict[str, object] | None, wanted: Sequence[str] = PARTS) -> list[str]:
    """Those of the `wanted` parts that aren't up; the web server itself when it doesn't answer."""
    if parts is None:
        return ["web"]
    return [part for part in wanted if parts.get(part) not in (True, "ok")]


def not_green(parts: dict[str, object] | None) -> list[str]:
    """What keeps `/healthz` from being green; nothing once it is, or when a clinic that is read only is up."""
    return unwell(parts) or ([] if parts is not None and True in (parts.get("ok"), parts.get("read_only")) else [REST])


if __name__ == "__main__":
    allowed = os.environ.get("CLINIC_ALLOWED_HOSTS", "").split(",")[0]
    sys.exit(", ".join(unwell(ask(sys.argv[1], allowed or None), sys.argv[2:] or PARTS)) or None)
