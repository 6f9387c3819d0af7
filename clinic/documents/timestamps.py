"""Asking a time-stamp service (RFC 3161) for the time of a seal. It may be away; who asks goes on without it.

CLINIC_TIMESTAMP_URL   the service's address (http or https); without it seals have no time stamp
"""

import os
from asyncio import to_thread
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError

#: What a token with its certificates may weigh; this much room is kept in the file.
MOST_TOKEN_BYTES = 8_192
TIMEOUT_S = 10


def timestamp_address() -> str:
    """Return the address of the time-stamp service, "" when none is set."""
    return os.environ.get("CLINIC_TIMESTAMP_URL", "").strip()


def timestamp_fault() -> str:
    """Return in one line what is wrong with the address that is set, "" when nothing is."""
    address = timestamp_address()
    if not address or (urlsplit(address).scheme in {"http", "https"} and urlsplit(address).hostname):
        return ""
    return "CLINIC_TIMESTAMP_URL is no address of a time-stamp service: it begins with http:// or https://."


class TimeStampClient(TimeStamper):
    """Asks by one POST: no redirects, no proxies, ten seconds, a bounded answer. Raises TimestampRequestError."""

    def __init__(self, address: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._address = address

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Return the service's answer to `req`."""
        return await to_thread(self._ask, req.dump())

    def _ask(self, request: bytes) -> tsp.TimeStampResp:
        try:
            parts = urlsplit(self._address)
            kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
            link = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
            try:
                headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
                link.request("POST", parts._replace(scheme="", netloc="").geturl() or "/", request, headers)
                with link.getresponse() as answer:
                    content = answer.read(MOST_TOKEN_BYTES)
            finally:
                link.close()
            if answer.status != 200:
                raise TimestampRequestError(f"it answered {answer.status}")
            response = tsp.TimeStampResp.load(content)
            response.native  # noqa: B018 - reads all of it, so that a half answer is found here
        except (OSError, HTTPException, ValueError, TypeError) as error:
            raise TimestampRequestError(str(error) or type(error).__name__) from error
        return response
