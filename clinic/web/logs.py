"""Log lines: one event a line, with the request's number, and nothing that could forge a second line."""

import logging

from clinic.web.request_ids import current_request_id


class RequestIdFilter(logging.Filter):
    """Adds `request_id` to the record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get()
        return True


class EscapingFormatter(logging.Formatter):
    """Escapes control characters in the message; tracebacks keep their lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's name
        record.message = record.message.encode("unicode_escape").decode("ascii")
        return super().formatMessage(record)


class NotTheHealthCheck(logging.Filter):
    """Leave out that /healthz isn't green yet: whoever asks is answered, and the supervisor asks ten times a second."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        return not (getattr(record, "status_code", 0) == 503 and getattr(request, "path", "") == "/healthz")


class ShortRefusals(logging.Filter):
    """Leave the traceback out of what was refused as it should be (403, 404): the line says who asked for what."""

    def filter(self, record: logging.LogRecord) -> bool:
        if getattr(record, "status_code", 0) in {403, 404}:
            record.exc_info = None
        return True
