"""Trail entries as people read them: a sentence, when and why, and what was there before and after."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from django.db import models
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.permissions import Role
from clinic.components.records import Change
from clinic.dates import day_text
from clinic.trail.models import Action, TrailEvent
from clinic.trail.naming import Names, names_in
from clinic.trail.values import HASHES, NAMELESS, Fact, changes, fact, model_named, text_of
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


#: A date in a thing's name, as the trail stores it.
_DATE = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as a list shows it; `intact` is false when it isn't what was hashed.

    It shows the `changes` that it made, or the `facts` that it tells of. `hashes` of rows say nothing to people: they
    are there for whoever verifies it; those of a signature stand among its facts.
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
    hashes: list[Fact] = field(default_factory=list)

    def in_words(self, arrow: str) -> str:
        """Return changes and facts in one line, with an `arrow` between what was before and after.

        Without what only verifies: the entry's own hash covers it.
        """
        facts = (f"{each.label}: {each.value}" for each in self.facts if not each.technical)
        changed = (f"{each.label}: {each.old or '–'} {arrow} {each.new or '–'}" for each in self.changes)
        return "; ".join([*facts, *changed])


def shown(events: Iterable[TrailEvent]) -> list[Entry]:
    """Return `events`, each with its patient loaded, as entries; at most three queries, for what they number."""
    read = [_Read.of(event) for event in events]
    names = names_in((each.event, each.model, [*each.before.items(), *each.after.items()]) for each in read)
    return [_entry(each, names.get(each.event.pk, NAMELESS)) for each in read]


class _Read(NamedTuple):
    """An entry, the model that it is about, and what it says."""

    event: TrailEvent
    model: type[models.Model] | None
    body: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]

    @classmethod
    def of(cls, event: TrailEvent) -> "_Read":
        """Read what `event` says."""
        body = _body(event)
        return cls(event, model_named(event.object_type), body, _said(body, "before"), _said(body, "after"))


#: What is done in an entry whose action the clinic doesn't know: somebody wrote it in the database.
_UNKNOWN = gettext_lazy("%(who)s did something unknown to %(what)s")
_AMENDED = gettext_lazy("%(who)s signed and added %(what)s; what was signed before stays as it was")
_WITNESSED = gettext_lazy("%(name)s signed %(what)s by hand, and %(who)s witnessed it")
_AS_SECOND = gettext_lazy("%(who)s signed as the second person")
#: What an amendment says, in the order in which its page shows it.
_OF_AMENDMENT = ("record", "entry", "as_signed", "correct", "version")
#: What a signature says, in its order; and what verifies it.
_OF_SIGNATURE: Mapping[str, Promise] = MappingProxyType(
    {"meaning": gettext_lazy("Meaning"), "name": gettext_lazy("Signed by")}
)
_VERIFIES: Mapping[str, Promise] = MappingProxyType(
    {
        "signature": gettext_lazy("Number of the signature"),
        "sha256": gettext_lazy("Hash of the signed text"),
        "binding": gettext_lazy("Hash of the signature"),
        "rows": gettext_lazy("Hash of the signed rows"),
        "state_rows": gettext_lazy("Hash of what moves with its state"),
        "rests_on": gettext_lazy("Hash of the rows it rests on"),
    }
)


def _entry(read: _Read, names: Names) -> Entry:
    event, model, body, before, after = read
    what = _what(event, model, after)
    if event.action == Action.READ and (part := after.pop("part", "")):
        what = _("the %(part)s of %(what)s") % {"part": part, "what": what}
    # A signature tells of its hashes in an order of its own.
    hashed = {"added": _said(body, "added")}
    if event.action != Action.SIGN:
        hashed |= {name: after.pop(name) for name in HASHES if name in after}
    hashes = [fact(None, name, value, technical=True) for name, value in hashed.items()]
    facts = _facts(event, model, {**before, **after})
    return Entry(
        seq=event.seq,
        who=event.actor_name,
        sentence=_sentence(event, what, after),
        roles=", ".join(str(role.label) for role in Role if role in _roles(body)),
        kind=KINDS.get(event.action, "plain"),
        at=event.occurred_at,
        recorded_at=event.recorded_at,
        reason=event.reason,
        patient=str(event.patient) if event.patient else "",
        patient_url=reverse("patient", args=[event.patient_id]) if event.patient_id else "",
        changes=[] if facts else changes(model, before, after, names),
        facts=facts,
        hash=event.hash,
        intact=entry_fault(event) is None,
        request_id=event.request_id,
        object_type=event.object_type,
        object_id=event.object_id,
        hashes=[each for each in hashes if each.value],
    )


def _sentence(event: TrailEvent, what: str, after: Mapping[str, Any]) -> str:
    if event.action == Action.SIGN:
        return _signed(event, what, after)
    words = _AMENDED if _amends(event) else SENTENCES.get(event.action, _UNKNOWN)
    return str(words) % {"who": event.actor_name, "what": what}


def _signed(event: TrailEvent, what: str, after: Mapping[str, Any]) -> str:
    name, meaning = after.get("name", ""), text_of(after.get("meaning"), "meaning")
    # What a patient signs by hand is recorded by who witnesses it.
    if name and name != event.actor_name:
        return str(_WITNESSED) % {"who": event.actor_name, "what": what, "name": name}
    words = _AS_SECOND if event.object_type == "clinic.CoSignature" else SENTENCES[Action.SIGN]
    said = str(words) % {"who": event.actor_name, "what": what}
    return _("%(said)s: %(meaning)s") % {"said": said, "meaning": meaning} if meaning else said


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


def _what(event: TrailEvent, model: type[models.Model] | None, after: Mapping[str, Any]) -> str:
    if event.object_type == "clinic.SealedDocument":
        return _("the document “%(label)s”") % {"label": event.object_label}
    if event.object_type == "clinic.Rendering":  # its own label is the name of a file
        code = after.get("code", "")
        return _("the PDF of the document with the code %(code)s") % {"code": code} if code else _("a PDF")
    name = str(model._meta.verbose_name) if model else event.object_type
    return _("%(kind)s “%(label)s”") % {"kind": name, "label": _label(event)} if event.object_label else name


def _label(event: TrailEvent) -> str:
    """Return what an entry calls the thing it is about, with dates as people write them; the entry keeps its own."""
    return _DATE.sub(_as_day, event.object_label)


def _as_day(written: re.Match[str]) -> str:
    try:
        return day_text(date.fromisoformat(written[0]))
    except ValueError:  # figures that are no date
        return written[0]


def _facts(event: TrailEvent, model: type[models.Model] | None, said: Mapping[str, Any]) -> list[Fact]:
    """Return what an entry tells of that changed nothing; none for one that is shown as a change."""
    told = {name.replace(" ", "_"): value for name, value in said.items()}
    if _amends(event):
        return _amendment(model, told)
    return _signature(told) if event.action == Action.SIGN else []


def _amends(event: TrailEvent) -> bool:
    """Whether it adds an amendment: nothing of a record is changed or taken away by one."""
    return (event.object_type, event.action) == ("clinic.Amendment", Action.CHANGE)


def _amendment(model: type[models.Model] | None, told: dict[str, Any]) -> list[Fact]:
    """Return what an entry says of an amendment, in its order and then what else there is.

    Those of earlier releases have half of it as what was there before.
    """
    if told.get("entry"):
        told["as_signed"] = told.get("as_signed") or _("Nothing entered.")
    elif "entry" in told:
        told["entry"] = _("The record as a whole")
    found = (fact(model, name, told[name]) for name in _in_order(told, _OF_AMENDMENT))
    return [each for each in found if each.value]


def _signature(told: Mapping[str, Any]) -> list[Fact]:
    """Return what an entry says of a signature: what it means and whose it is, then what only verifies it."""
    # Not by the fields of what was signed: a patient's "name" is none of theirs.
    words = [
        fact(None, name, told[name], label=str(_OF_SIGNATURE.get(name, "")))
        for name in _in_order({name: value for name, value in told.items() if name not in _VERIFIES}, _OF_SIGNATURE)
    ]
    hashes = [
        fact(None, name, told[name], label=str(label), technical=True)
        for name, label in _VERIFIES.items()
        if name in told
    ]
    return [each for each in (*words, *hashes) if each.value]


def _in_order(told: Mapping[str, Any], order: Iterable[str]) -> list[str]:
    """Return the names of what is told: those of `order` first."""
    known = [name for name in order if name in told]
    return [*known, *(name for name in told if name not in known)]
