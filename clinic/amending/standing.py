"""How each signature of a record stands: whether it verifies, which version it signed, and which is newer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.amending.models import Amendment
from clinic.amending.queries import Added
from clinic.signing.comparing import standing
from clinic.signing.models import Signature
from clinic.signing.services import verifies


@dataclass(frozen=True, slots=True)
class Standing:
    """How one signature stands; what it signed and what supersedes that is empty while it signed the newest version."""

    signature: Signature
    holds: bool
    version: str = ""
    superseded_by: str = ""
    superseded_url: str = ""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version of a record that was amended, and where it is read; "" where that isn't there any more."""

    number: int
    url: str = ""


def newest_of(amendments: Sequence[Amendment], gone: Iterable[Added] = ()) -> Newest | None:
    """Return the newest version that the `amendments` of a record make, those that are `gone` among them."""
    found = [Newest(each.number, reverse("document", args=[each.document.code])) for each in amendments]
    found += [Newest(each.version) for each in gone if each.is_amendment]
    return max(found, key=lambda each: (each.number, each.url), default=None)


def standings_of(signed: Sequence[tuple[Signature, int]], newest: Newest | None) -> list[Standing]:
    """Return how the signatures of one record stand, each given with the version that it signed, in their order.

    `newest` is the record's newest version where it was amended: it supersedes what signed an earlier one. A few
    queries, however many they are.
    """
    stand = standing(signature for signature, _version in signed)
    return [
        Standing(signature, verifies(signature) and signature.pk in stand, **_superseded(version, newest))
        for signature, version in signed
    ]


def _superseded(version: int, newest: Newest | None) -> dict[str, str]:
    if newest is None or version >= newest.number:
        return {}
    return {
        "version": version_text(version),
        "superseded_by": version_text(newest.number),
        "superseded_url": newest.url,
    }


def version_text(number: int) -> str:
    """Return the version of a record in words."""
    return _("Version %(number)s") % {"number": number}


def gone_text(added: Added) -> str:
    """Say that something which was added to a record isn't there any more."""
    said = (
        _("The record trail holds an amendment, version %(number)s, that isn't there any more.")
        if added.is_amendment
        else _("The record trail holds a second signature under version %(number)s that isn't there any more.")
    )
    return said % {"number": added.version}
