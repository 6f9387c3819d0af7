"""Whether the signatures, signed records and documents that the record trail tells of are there, as it tells of them.

A hash beside a row proves nothing against who may change both. The trail is chained, and its checkpoints lie outside:
what was signed and sealed is compared with what it says.
"""

from collections.abc import Iterator
from itertools import batched, chain
from typing import Any

from django.apps import apps
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from clinic.documents.models import Rendering, SealedDocument
from clinic.documents.verify import is_as_told
from clinic.signing.comparing import changed_among, telling, told_by
from clinic.signing.findings import (
    changes_in_words,
    document_text,
    record_text,
    row_text,
    signature_text,
    signed_text,
)
from clinic.signing.models import Signature
from clinic.signing.services import verifies
from clinic.signing.untold import KnownFacts, site_of
from clinic.trail.models import Action, TrailEvent
from clinic.trail.queries import said_after
from clinic.trail.sites import site_names

_CHUNK = 2_000
#: A version that is replaced is retired by the signature that approved the next one.
OF_A_SUCCESSOR = frozenset({"retirement_signature"})

#: The number of the site, and what is wrong there.
type _Fault = tuple[int | None, str]


def record_faults() -> Iterator[str]:
    """Yield, in words, every signature and document that isn't what the trail says; reads each of them once.

    Each begins with its site, since every site's chain counts its own entries.
    """
    names = site_names()
    for site, said in chain(_document_faults(), _signature_faults(), _row_faults(), _foreign_signatures()):
        yield f"{names.get(site, f'site {site}') if site else _('of no site')}: {said}"


def _document_faults() -> Iterator[_Fault]:
    sealed = {row.pk: row for row in SealedDocument.objects.defer("content").iterator(chunk_size=_CHUNK)}
    rendered = set(Rendering.objects.values_list("pk", flat=True).iterator(chunk_size=_CHUNK))
    for event in _events(Action.SEAL, SealedDocument._meta.label):
        document = sealed.get(int(event.object_id))
        if document is None:
            yield _fault(event, document_text(event), _("it is gone"))
        elif not is_as_told(document, event):
            yield _fault(event, document_text(event), _("it was changed, or isn't of that patient or by that person"))
    for event in _events(Action.CREATE, Rendering._meta.label):
        if int(event.object_id) not in rendered:
            yield _fault(event, _("The PDF of %(document)s") % {"document": document_text(event)}, _("it is gone"))


def _signature_faults() -> Iterator[_Fault]:
    signatures = {str(row.pk): row for row in Signature.objects.select_related("site").iterator(chunk_size=_CHUNK)}
    told: set[str] = set()
    for event in TrailEvent.objects.filter(action=Action.SIGN).order_by("pk").iterator(chunk_size=_CHUNK):
        after = said_after(event)
        number = str(after.get("signature", ""))
        if not number:
            continue  # of before signatures were named in their entries
        told.add(number)
        row = signatures.get(number)
        where = {"signature": signature_text(event), "number": number}
        if row is None:
            yield _fault(event, record_text(event), _("%(signature)s, number %(number)s, is gone") % where)
        elif not _agrees(row, event, after) or not verifies(row):
            yield _fault(event, record_text(event), _("%(signature)s, number %(number)s, was changed") % where)
    for number in signatures.keys() - told:
        row, said = signatures[number], _("%(record)s: the trail doesn't know its signature, number %(number)s")
        yield row.site_id, said % {"record": signed_text(row), "number": number}


def _row_faults() -> Iterator[_Fault]:
    locked = TrailEvent.objects.filter(telling()).order_by("pk").iterator(chunk_size=_CHUNK)
    known = KnownFacts()
    for some in batched(locked, _CHUNK):
        read = [(event, told_by(event)) for event in some]
        for event, told in read:
            known.note(event, told)
        for changed in changed_among(read):
            yield _fault(changed.event, record_text(changed.event), "; ".join(changes_in_words(changed)))
    for row in known.untold():
        yield site_of(row), _("%(row)s: no entry of the trail tells that it was recorded") % {"row": row_text(row)}


def _foreign_signatures() -> Iterator[_Fault]:
    """Yield every record that names a signature which was made for another, as somebody who writes rows can have it."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is not Signature or model is Signature:
                continue
            own: dict[str, Any] = {f"{field.name}__object_type": model._meta.label}
            if field.name not in OF_A_SUCCESSOR:
                own[f"{field.name}__object_id"] = Cast("pk", CharField())
            signed = model._default_manager.filter(**{f"{field.name}__isnull": False})
            for row in signed.exclude(**own).iterator(chunk_size=_CHUNK):
                said = _("%(record)s: it bears a signature that was made for another record")
                site = getattr(row, "site_id", None) or getattr(row, field.name).site_id
                yield site, said % {"record": row_text(row)}


def _fault(event: TrailEvent, what: str, said: str) -> _Fault:
    told = {"what": what, "said": said, "seq": event.seq}
    return event.site_id, _("%(what)s: %(said)s (entry %(seq)s of the trail)") % told


def _agrees(row: Signature, event: TrailEvent, after: dict[str, Any]) -> bool:
    return (
        row.content_sha256 == after.get("sha256")
        and row.printed_name == after.get("name")
        and str(row.meaning) == after.get("meaning")
        and row.binding_sha256 == after.get("binding", row.binding_sha256)
        and (row.object_type, row.object_id) == (event.object_type, event.object_id)
        and row.user_id == event.actor_id
    )


def _events(action: Action, object_type: str) -> Iterator[TrailEvent]:
    events = TrailEvent.objects.filter(action=action, object_type=object_type).order_by("pk")
    return events.iterator(chunk_size=_CHUNK)
