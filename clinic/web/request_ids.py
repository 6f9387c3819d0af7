"""The number of the request at hand, for log lines."""

from contextvars import ContextVar

current_request_id: ContextVar[str] = ContextVar("clinic_request_id", default="-")
