"""What a record's own page shows of what came after its signature, and where one adds to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import CharField, Exists, Model, OuterRef
from django.db.models.functions import Cast
from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.amending.models import Amendment
from clinic.amending.queries import amendments_about
from clinic.amending.standing import Standing, standings_of
from clinic.documents.models import SealedDocument
from clinic.documents.registry import kind_named


@dataclass(frozen=True, slots=True)
class Amending:
    """The amendments of a record in their order; `url` and `second_url` lead to where this person may add one, or sign.

    Both are empty for somebody who may not, and while the record isn't signed. `beside` has each amendment with how
    the amender's signature stands.
    """

    amendments: list[Amendment]
    url: str = ""
    second_url: str = ""
    beside: list[tuple[Amendment, Standing]] = field(default_factory=list)


def amending_of(actor: Actor, row: Model, documents: Iterable[SealedDocument]) -> Amending:
    """Return what the page of `row` shows to `actor`; `documents` are those about it, the latest first.

    One query, and a few more for the signatures of a record that was amended.
    """
    amendments = list(amendments_about(row))
    standings = standings_of([(each.signature, each.number) for each in amendments], amendments)
    beside = list(zip(amendments, standings, strict=True))
    kinds = ((each, kind_named(each.kind)) for each in documents)
    found = next(((each, kind) for each, kind in kinds if kind.amended_by), None)
    if found is None:
        return Amending(amendments, beside=beside)
    document, kind = found
    may = any(actor.may(permission) for permission in kind.amended_by)
    return Amending(
        amendments,
        url=reverse("amend_document", args=[document.code]) if may else "",
        second_url=reverse("co_sign_document", args=[document.code]) if kind.cosigned else "",
        beside=beside,
    )


def is_amended(model: type[Model]) -> Exists:
    """Return, for a query over `model`, whether its row was amended after it was signed."""
    # A row's number stands in an amendment as text, like in the document and the signature.
    number = Cast(OuterRef("pk"), CharField())
    return Exists(Amendment.objects.filter(subject_type=model._meta.label, subject_id=number))
