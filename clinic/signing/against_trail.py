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
from clinic.signing.comparing import changed_since, telling
from clinic.signing.models import Signature
from clinic.signing.services import verifies
from clinic.trail.models import Action, TrailEvent
from clinic.trail.queries import said_after
from clinic.trail.sites import site_names

_CHUNK = 2_000
#: A version that is replaced is retired by the signature that approved the next one.
OF_A_SUCCESSOR = frozenset({"retirement_signature"})

#: The number of the site, and what is wrong there.
type _Fault = tuple[int, str]


def record_faults() -> Iterator[str]:
    """Yield, in words, every signature and document that isn't what the trail says; reads each of them once.

    Each begins with its site, since every site's chain counts its own entries.
    """
    names = site_names()
    for site, said in chain(_document_faults(), _signature_faults(), _row_faults(), _foreign_signatures()):
        yield f"{names.get(site, f'site {site}')}: {said}"


def _document_faults() -> Iterator[_Fault]:
    sealed = {row.pk: row for row in SealedDocument.objects.defer("content").iterator(chunk_size=_CHUNK)}
    rendered = set(Rendering.objects.values_list("pk", flat=True).iterator(chunk_size=_CHUNK))
    for event in _events(Action.SEAL, SealedDocument._meta.label):
        told = {"code": said_after(event).get("code", ""), "seq": event.seq}
        document = sealed.get(int(event.object_id))
        if document is None:
            said = _("document %(code)s was sealed (entry %(seq)s of the trail), and isn't there any more")
            yield event.site_id, said % told
        elif not is_as_told(document, event):
            said = _("document %(code)s isn't what was sealed, of that patient, by that person (entry %(seq)s)")
            yield event.site_id, said % told
    for event in _events(Action.CREATE, Rendering._meta.label):
        if int(event.object_id) not in rendered:
            said = _("the PDF that entry %(seq)s of the trail tells of isn't there any more")
            yield event.site_id, said % {"seq": event.seq}


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
        where = {"number": number, "seq": event.seq}
        if row is None:
            yield event.site_id, _("signature %(number)s (entry %(seq)s of the trail) isn't there any more") % where
        elif not _agrees(row, event, after) or not verifies(row):
            yield event.site_id, _("signature %(number)s isn't what was signed (entry %(seq)s of the trail)") % where
    for number in signatures.keys() - told:
        yield signatures[number].site_id, _("the trail doesn't know signature %(number)s") % {"number": number}


def _row_faults() -> Iterator[_Fault]:
    locked = TrailEvent.objects.filter(telling()).order_by("pk").iterator(chunk_size=_CHUNK)
    for some in batched(locked, _CHUNK):
        for changed in changed_since(some):
            event = changed.event
            told = {"what": event.object_label or f"{event.object_type} {event.object_id}", "seq": event.seq}
            if changed.own:
                said = _("%(what)s was changed in the database after it was locked (entry %(seq)s of the trail)") % told
                yield event.site_id, said
            for model in changed.beneath:
                said = _("what %(what)s rests on was changed in the database: %(kind)s (entry %(seq)s of the trail)")
                yield event.site_id, said % {**told, "kind": model._meta.verbose_name}
            for model, gone, of in changed.added:
                if gone:
                    said = _(
                        "%(kind)s, recorded with %(what)s by %(who)s (entry %(seq)s), isn't there any more (%(rows)s)"
                    )
                else:
                    said = _("%(kind)s, recorded with %(what)s by %(who)s (entry %(seq)s), was changed in the database")
                rows = {"who": event.actor_name, "rows": f"{gone}/{of}", "kind": model._meta.verbose_name}
                yield event.site_id, said % {**told, **rows}


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
                said = _("%(what)s bears a signature that was made for another record (%(kind)s %(number)s)")
                site = getattr(row, "site_id", None) or getattr(row, field.name).site_id
                yield site, said % {"what": row, "kind": model._meta.verbose_name, "number": row.pk}


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
