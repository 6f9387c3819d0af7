"""The treatment room's pages as tests open them and send to them."""

import html
import re
import uuid
from datetime import UTC, datetime
from typing import Any

from django.test import Client
from django.urls import reverse

from sessions.treatment.models import TreatmentSession

#: When the session takes place.
AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def shown(client: Client, row: TreatmentSession) -> Any:
    return client.get(reverse("treatment_session", args=[row.pk]))


def send(client: Client, step: str, row: TreatmentSession, **data: Any) -> Any:
    return client.post(reverse(step, args=[row.pk]), {"submission_key": uuid.uuid4(), **data})


def value(response: Any, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', response.content.decode())
    assert found, name
    return html.unescape(found[1])
