"""How each signature of a record stands: whether it verifies, which version it signed, and which is newer."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.amending.models import Amendment
from clinic.signing.models import Signature
from clinic.signing.rows import standing
from clinic.signing.services import verifies


@dataclass(frozen=True, slots=True)
class Standing:
    """How one signature stands; what it signed and what supersedes that is empty while it signed the newest version."""

    signature: Signature
    holds: bool
    version: str = ""
    superseded_by: str = ""
    superseded_url: str = ""


def standings_of(signed: Sequence[tuple[Signature, int]], amendments: Sequence[Amendment]) -> list[Standing]:
    """Return how the signatures of one record stand, each given with the version that it signed, in their order.

    `amendments` are all of the record, in their order: each makes a version, and supersedes what signed an earlier one.
    A few queries, however many they are.
    """
    stand = standing(signature for signature, _version in signed)
    newest = amendments[-1] if amendments else None
    return [
        Standing(signature, verifies(signature) and signature.pk in stand, **_superseded(version, newest))
        for signature, version in signed
    ]


def _superseded(version: int, newest: Amendment | None) -> dict[str, str]:
    if newest is None or version >= newest.number:
        return {}
    return {
        "version": version_text(version),
        "superseded_by": version_text(newest.number),
        "superseded_url": reverse("document", args=[newest.document.code]),
    }


def version_text(number: int) -> str:
    """Return the version of a record in words."""
    return _("Version %(number)s") % {"number": number}
