"""What is refused as it should be takes one line of the log; a fault takes its traceback."""

import logging

import pytest

from clinic.web.logs import ShortRefusals


@pytest.mark.parametrize(("status", "kept"), [(403, False), (404, False), (500, True), (0, True)])
def test_only_a_fault_has_a_traceback(status: int, kept: bool) -> None:
    fault = (PermissionError, PermissionError("no"), None)
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "Forbidden", (), fault)
    record.status_code = status
    assert ShortRefusals().filter(record)
    assert (record.exc_info is not None) is kept
