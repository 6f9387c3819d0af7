"""What a record's own page shows of what came after its signature, and where one adds to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Model
from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.amending.models import Amendment, CoSignature
from clinic.amending.queries import amendments_about, co_signatures_about, gone_from
from clinic.amending.standing import Newest, Standing, gone_text, newest_of, standings_of
from clinic.documents.models import SealedDocument
from clinic.documents.registry import kind_named


@dataclass(frozen=True, slots=True)
class Amending:
    """The amendments of a record in their order; `url` and `second_url` lead to where this person may add one, or sign.

    Both are empty for somebody who may not, and while the record isn't signed. `beside` has each amendment with how
    the amender's signature stands, `seconds` the second signatures under the record, `gone` in words what the record
    trail tells of and isn't there any more.
    """

    amendments: list[Amendment]
    url: str = ""
    second_url: str = ""
    beside: list[tuple[Amendment, Standing]] = field(default_factory=list)
    seconds: list[CoSignature] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    newest: Newest | None = None


def amending_of(actor: Actor, row: Model, documents: Iterable[SealedDocument]) -> Amending:
    """Return what the page of `row` shows to `actor`; `documents` are those about it, the latest first.

    Three queries, and two more for the signatures of a record that was amended; none for one that isn't signed yet.
    """
    documents = list(documents)
    if not documents and getattr(row, "signature_id", row.pk) is None:
        return Amending([])
    amendments, seconds = list(amendments_about(row)), list(co_signatures_about(row))
    gone = gone_from(row, [*amendments, *seconds])
    newest = newest_of(amendments, gone)
    standings = standings_of([(each.signature, each.number) for each in amendments], newest)
    found = Amending(
        amendments, beside=list(zip(amendments, standings, strict=True)), seconds=seconds,
        gone=[gone_text(each) for each in gone], newest=newest,
    )  # fmt: skip
    kinds = ((each, kind_named(each.kind)) for each in documents)
    document, kind = next(((each, kind) for each, kind in kinds if kind.amended_by), (None, None))
    if document is None or kind is None:
        return found
    may = any(actor.may(permission) for permission in kind.amended_by)
    return replace(
        found,
        url=reverse("amend_document", args=[document.code]) if may else "",
        second_url=reverse("co_sign_document", args=[document.code]) if kind.cosigned else "",
    )
