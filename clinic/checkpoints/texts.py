"""A checkpoint as text: where a site's chain of the record trail ended, signed; and its short form on paper."""

import base64
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.utils.translation import gettext as _

from clinic.canonical import plain
from clinic.checkpoints.signing_key import signing_key
from clinic.dates import day_text
from clinic.trail.models import ChainHead
from clinic.trail.verifier import CHECKPOINT, key_name

#: How many digits of a hash are printed, where people compare them.
SHORT = 16


def checkpoint_text(head: ChainHead, *, at: datetime) -> str:
    """Return the signed text of `head` at `at`, as the verifier reads it."""
    key = signing_key()
    public = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    text = "\n".join(
        [
            CHECKPOINT,
            f"origin: {settings.BASE_URL}",
            f"site: {head.site_id}",
            f"epoch: {head.epoch}",
            f"seq: {head.seq}",
            f"hash: {head.hash}",
            f"count: {head.count}",
            f"time: {plain(at)}",
            f"key: {key_name(public)}",
        ]
    )
    return f"{text}\nsignature: {base64.b64encode(key.sign(text.encode())).decode()}\n"


def short_form(site_id: int) -> dict[str, str | int] | None:
    """Return where a site's chain ends, as it is printed on a document; None before its first entry. One query."""
    head = ChainHead.objects.filter(site_id=site_id, seq__gt=0).first()
    if head is None or head.recorded_at is None:
        return None
    return {"epoch": head.epoch, "seq": head.seq, "hash": head.hash[:SHORT], "time": plain(head.recorded_at)}


def short_form_in_words(end: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what `short_form` says as labelled values, for people who compare it with a copy of the trail.

    What was sealed by an earlier release may name no epoch.
    """
    at = datetime.fromisoformat(end["time"]).astimezone(UTC)
    return [
        *([(_("Epoch of the trail"), str(end["epoch"]))] if "epoch" in end else []),
        (_("Entry"), str(end["seq"])),
        (_("First digits of its hash"), " ".join(textwrap.wrap(end["hash"], 4))),
        (_("Recorded"), _("%(time)s UTC") % {"time": f"{day_text(at.date())}, {at:%H:%M:%S}"}),
    ]
