"""Trail entries as people read them: a sentence, when and why, and what was there before and after."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.permissions import Role
from clinic.components.amounts import day, ml, moment
from clinic.components.records import Change
from clinic.trail.models import Action, TrailEvent
from clinic.trail.verify import entry_fault

#: What each action did, as a sentence; a test asks that none is forgotten.
SENTENCES: Mapping[str, Promise] = MappingProxyType(
    {
        Action.CREATE: gettext_lazy("%(who)s recorded %(what)s"),
        Action.CHANGE: gettext_lazy("%(who)s changed %(what)s"),
        Action.READ: gettext_lazy("%(who)s opened %(what)s"),
        Action.SIGN: gettext_lazy("%(who)s signed %(what)s"),
        Action.SIGN_REFUSED: gettext_lazy("%(who)s tried to sign and was refused"),
        Action.APPROVE: gettext_lazy("%(who)s approved %(what)s"),
        Action.RETIRE: gettext_lazy("%(who)s retired %(what)s"),
        Action.END: gettext_lazy("%(who)s ended %(what)s"),
        Action.SEAL: gettext_lazy("%(who)s sealed %(what)s"),
        Action.PRINT: gettext_lazy("%(who)s printed %(what)s"),
        Action.EXPORT: gettext_lazy("%(who)s exported %(what)s"),
        Action.DOWNLOAD: gettext_lazy("%(who)s downloaded %(what)s"),
        Action.IMPORT: gettext_lazy("%(who)s imported %(what)s"),
        Action.OVERRIDE: gettext_lazy("%(who)s overrode %(what)s"),
        Action.SWITCH_SITE: gettext_lazy("%(who)s changed the site to work at"),
        Action.SIGN_IN: gettext_lazy("%(who)s signed in"),
        Action.BEGIN_CHAIN: gettext_lazy("%(who)s began a chain of its own for %(what)s"),
        Action.BEGIN_EPOCH: gettext_lazy("%(who)s began a new epoch of the trail after a backup was put back"),
    }
)
#: How an entry is marked in the list; what isn't named judges nothing.
KINDS: Mapping[str, str] = MappingProxyType(
    {
        Action.SIGN: "done",
        Action.APPROVE: "done",
        Action.SEAL: "done",
        Action.SIGN_REFUSED: "ask",
        Action.OVERRIDE: "ask",
        Action.BEGIN_EPOCH: "ask",
    }
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_CODE = re.compile(r"[a-z]+(_[a-z]+)+")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Fact(NamedTuple):
    """One thing that an entry says, of which nothing was before and nothing after."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a list shows it; `intact` is false when it isn't what was hashed.

    It shows the `changes` that it made, or the `facts` that it tells of.
    """

    seq: int
    who: str
    sentence: str
    roles: str
    kind: str
    at: datetime
    recorded_at: datetime
    reason: str
    patient: str
    patient_url: str
    changes: list[Change]
    facts: list[Fact]
    hash: str
    intact: bool
    request_id: str
    object_type: str
    object_id: str

    def in_words(self, arrow: str) -> str:
        """Return changes and facts in one line, with an `arrow` between what was before and after."""
        facts = (f"{each.label}: {each.value}" for each in self.facts)
        changed = (f"{each.label}: {each.old or '–'} {arrow} {each.new or '–'}" for each in self.changes)
        return "; ".join([*facts, *changed])


def shown(events: Iterable[TrailEvent]) -> list[Entry]:
    """Return `events`, each with its patient loaded, as entries."""
    return [_entry(event) for event in events]


#: What is done in an entry whose action the clinic doesn't know: somebody wrote it in the database.
_UNKNOWN = gettext_lazy("%(who)s did something unknown to %(what)s")
_AMENDED = gettext_lazy("%(who)s signed and added %(what)s; what was signed before stays as it was")
#: What an amendment says, in the order in which its page shows it.
_OF_AMENDMENT = ("record", "entry", "as_signed", "correct", "version")


def _entry(event: TrailEvent) -> Entry:
    body = _body(event)
    model = _model(event.object_type)
    before, after = _said(body, "before"), _said(body, "after")
    what = _what(event, model, after)
    if event.action == Action.READ and (part := after.pop("part", "")):
        what = _("the %(part)s of %(what)s") % {"part": part, "what": what}
    # Nothing of a record is changed or taken away by an amendment.
    amends = (event.object_type, event.action) == ("clinic.Amendment", Action.CHANGE)
    sentence = _AMENDED if amends else SENTENCES.get(event.action, _UNKNOWN)
    return Entry(
        seq=event.seq,
        who=event.actor_name,
        sentence=str(sentence) % {"who": event.actor_name, "what": what},
        roles=", ".join(str(role.label) for role in Role if role in _roles(body)),
        kind=KINDS.get(event.action, "plain"),
        at=event.occurred_at,
        recorded_at=event.recorded_at,
        reason=event.reason,
        patient=str(event.patient) if event.patient else "",
        patient_url=reverse("patient", args=[event.patient_id]) if event.patient_id else "",
        changes=[] if amends else changes(model, before, after),
        facts=_amendment(model, {**before, **after}) if amends else [],
        hash=event.hash,
        intact=entry_fault(event) is None,
        request_id=event.request_id,
        object_type=event.object_type,
        object_id=event.object_id,
    )


def _body(event: TrailEvent) -> dict[str, Any]:
    """Return what the entry says; nothing where it was altered so that it can't be read, which the page says."""
    try:
        body = json.loads(event.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _said(body: Mapping[str, Any], part: str) -> dict[str, Any]:
    said = body.get(part)
    return dict(said) if isinstance(said, dict) else {}


def _roles(body: Mapping[str, Any]) -> list[Any]:
    roles = body.get("roles")
    return roles if isinstance(roles, list) else []


def _model(label: str) -> type[models.Model] | None:
    """Return the model an entry is about; None for one that the clinic no longer has."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):  # a name that was altered may be none at all
        return None


def _what(event: TrailEvent, model: type[models.Model] | None, after: Mapping[str, Any]) -> str:
    if event.object_type == "clinic.SealedDocument":
        return _("the document “%(label)s”") % {"label": event.object_label}
    if event.object_type == "clinic.Rendering":  # its own label is the name of a file
        return _("the PDF of the document with the code %(code)s") % {"code": after.get("code", "")}
    name = str(model._meta.verbose_name) if model else event.object_type
    return _("%(kind)s “%(label)s”") % {"kind": name, "label": event.object_label} if event.object_label else name


def changes(
    model: type[models.Model] | None, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[Change]:
    """Return the fields that say something else `after` than `before`, in the order that they were recorded in."""
    old, new = before or {}, after or {}
    found = []
    for name in [*old, *(name for name in new if name not in old)]:
        if old.get(name) == new.get(name):
            continue
        field = _field(model, name)
        said = _text(old.get(name), name, field), _text(new.get(name), name, field)
        if any(said):
            found.append(Change(_label(field, name), *said))
    return found


def _amendment(model: type[models.Model] | None, said: Mapping[str, Any]) -> list[Fact]:
    """Return what an entry says of an amendment, in its order and then what else there is.

    Those of earlier releases have half of it as what was there before.
    """
    told = {name.replace(" ", "_"): value for name, value in said.items()}
    if "entry" in told:
        told["entry"] = told["entry"] or _("The record as a whole")
    names = [*(name for name in _OF_AMENDMENT if name in told), *(name for name in told if name not in _OF_AMENDMENT)]
    texts = ((name, _text(told[name], name, _field(model, name))) for name in names)
    return [Fact(_label(_field(model, name), name), text) for name, text in texts if text]


def _field(model: type[models.Model] | None, name: str) -> Any:
    if model is None:
        return None
    return next((field for field in model._meta.concrete_fields if name in {field.name, field.attname}), None)


def _label(field: Any, name: str) -> str:
    said = str(field.verbose_name) if field is not None else name.removesuffix("_ul").replace("_", " ")
    return (said[:1].upper() + said[1:]).replace("Sha256", "SHA-256").replace("sha256", "SHA-256")


def _text(value: Any, name: str, field: Any = None) -> str:
    """Write a value of the canonical JSON as people read it; nothing for None, an empty text, an empty list."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, dict) and name == "rows":  # the tables under a signature; which columns, the verifier reads
        hashes = {table: each.get("sha256") if isinstance(each, dict) else each for table, each in value.items()}
        return "; ".join(f"{table} {_text(each, '')}" for table, each in hashes.items())
    if isinstance(value, dict):
        return "; ".join(f"{_label(None, key)}: {_text(item, key) or '–'}" for key, item in value.items())
    if isinstance(value, list):
        if name == "record":
            value = _kind_and_number(value)
        return " · ".join(_text(item, name) or "–" for item in value)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, int):
        return ml(value) if name.endswith("_ul") else str(value)
    return _moment_or_text(str(value))


def _kind_and_number(record: list[Any]) -> list[Any]:
    """Return the record that an amendment or a second signature is of with its kind in words."""
    model = _model(str(record[0]))
    return [f"{model._meta.verbose_name} {record[1]}"] if model is not None and len(record) == 2 else record


def _moment_or_text(value: str) -> str:
    try:
        if _TIME.fullmatch(value):
            return moment(datetime.fromisoformat(value))
        if _DAY.fullmatch(value):
            return day(date.fromisoformat(value))
    except ValueError:  # it only looked like one
        pass
    return value.replace("_", " ") if _CODE.fullmatch(value) else value
