"""What is on record: facts, figures with their definition, signatures, differences between versions."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.template import Library
from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.amending.beside import Amending
from clinic.amending.standing import Standing, standings_of
from clinic.components.marking import Piece, marked
from clinic.components.rendering import is_blank, render
from clinic.signing.models import Method, Signature
from clinic.signing.services import is_of

register = Library()


class SignatureLike(Protocol):
    """What the panel shows of a signature."""

    printed_name: str
    role: str
    registration_number: str
    reason: str
    method: str
    content_sha256: str
    signed_at: dt.datetime
    time_zone: str

    def get_meaning_display(self) -> str: ...

    def get_method_display(self) -> str: ...


class WithdrawalLike(Protocol):
    """That something signed was taken back."""

    reason: str
    withdrawn_at: dt.datetime

    @property
    def withdrawn_by(self) -> object: ...


class Judged(Protocol):
    """How a figure stands to its limit: the chip's kind, its words, and the limit."""

    @property
    def kind(self) -> str: ...

    @property
    def words(self) -> str: ...

    @property
    def limit(self) -> str: ...


class Change(NamedTuple):
    """One field of two versions; an empty `old` was added, an empty `new` was taken away.

    The numbers are those of a line in each version, None where lines have none; `moved` says that it stands elsewhere
    among the others, with or without another text. `place` follows the label of a line: it says in words that the line
    is new or taken out, or where it stood, so that no two lines bear one name.
    """

    label: str
    old: str
    new: str
    old_number: int | None = None
    new_number: int | None = None
    moved: bool = False
    place: str = ""

    @property
    def kind(self) -> str:
        """What happened: added, removed, changed, or moved and nothing else."""
        if not self.old and self.old_number is None:
            return "added"
        if not self.new and self.new_number is None:
            return "removed"
        return "moved" if self.moved and self.old == self.new else "changed"

    @property
    def move(self) -> str:
        """Say from where to where it moved; "" when it didn't."""
        if not self.moved:
            return ""
        if self.old_number == self.new_number:
            return _("moved past others, number %(number)s as before") % {"number": self.new_number}
        return _("moved from %(old)s to %(new)s") % {"old": self.old_number, "new": self.new_number}

    @property
    def pieces(self) -> tuple[list[Piece], list[Piece]]:
        """The old and the new text in pieces, those marked that differ."""
        return marked(self.old, self.new)


@register.simple_block_tag
def definition_list(content: str) -> SafeString:
    """Terms with what they are; the slot holds `definition`s."""
    return render("definition_list", content=content)


@register.simple_block_tag
def definition(content: str, term: str, missing: str = "") -> SafeString:
    """A term with its value in the slot; an empty one says `missing` (or a dash), never nothing."""
    return render("definition", term=term, value="" if is_blank(content) else content, missing=missing)


@register.simple_block_tag
def figures(content: str, label: str = "") -> SafeString:
    """Figures side by side."""
    return render("figures", content=content, label=label)


@register.simple_tag
def figure(
    label: str, value: object, detail: str, url: str, definition: str, *, unit: str = "", of: object = "",
    judged: Judged | None = None,
) -> SafeString:  # fmt: skip
    """A number that leads to the rows it counts (`url`), with what it counts in words (`definition`).

    `of` is the whole it is part of; `detail` the interval, the missing, or "too few to judge". `judged` says how it
    stands to a limit that somebody approved; without one nothing is judged.
    """
    return render(
        "figure", label=label, value=value, detail=detail, url=url, definition=definition, unit=unit, of=of,
        judged=judged or None,
    )  # fmt: skip


class Panel(SafeString):
    """A signature as it is shown; `holds` tells whether what it stands under is what was signed, or nothing was yet."""

    holds: bool = True


def _panel(name: str, *, holds: bool = True, **values: Any) -> Panel:
    panel = Panel(render(name, holds=holds, **values))
    panel.holds = holds
    return panel


@register.simple_tag
def signature_panel(
    signature: SignatureLike | None,
    url: str = "",
    unsigned: str = "",
    *,
    about: Model | None = None,
    amending: Amending | None = None,
    standing: Standing | None = None,
    version: str = "",
    superseded_by: str = "",
    superseded_url: str = "",
    withdrawal: WithdrawalLike | str | None = None,
    gone: bool = False,
) -> Panel:
    """Show who signed, as what, meaning what and when, and whether it holds; without a signature, say that it is open.

    Where `about` names a signature that isn't there any more, or it is said to be `gone`, say that.

    `url` leads to the verification of the record. `about` is the record that it has to be made for. `amending` is what
    came after it, which `amending/beside.html` shows: the newest amendment supersedes what was signed before it, and
    the second signatures under the record follow, each with how it stands itself; nothing holds while something of
    that is gone. `standing` says how a signature stands which was looked at with others.
    `superseded_by` names what else has taken its place, `version` what it signed. `withdrawal` says who took back what
    was signed, when and why: it is revoked then.

    A page that says at its top what the record came to takes the panel `as` a name first, and says there what doesn't
    hold (`components/doesnt_hold.html`).
    """
    if gone or (not signature and about is not None and _names_one(about)):
        return _panel("signature_gone", holds=False)  # a template has "" for one whose row isn't there
    if signature is None:
        return _panel("signature_open", text=unsigned)

    others: list[Standing] = []
    if standing is None and isinstance(signature, Signature):
        after = amending or Amending([])
        signed = [(signature, 1), *((each.signature, each.version) for each in after.seconds)]
        standing, *others = standings_of(signed, after.newest)
        others = [
            replace(each, holds=each.holds and is_of(second.signature, second))
            for each, second in zip(others, after.seconds, strict=True)
        ]
    if standing is not None and standing.superseded_by:
        version = version or standing.version
        superseded_by, superseded_url = standing.superseded_by, standing.superseded_url
    # A row may name a signature that was made for another record.
    own = about is None or not isinstance(signature, Signature) or is_of(signature, about)
    whole = amending is None or not amending.gone
    local = signature.signed_at.astimezone(ZoneInfo(signature.time_zone))
    return _panel(
        "signature_panel", signature=signature, signed_at=signature.signed_at, day=formats.date_format(local, "j M Y"),
        time=local.strftime("%H:%M:%S"), zone=local.strftime("%Z"), short_hash=signature.content_sha256[:12], url=url,
        holds=own and whole and (standing is None or standing.holds), version=version, superseded_by=superseded_by,
        superseded_url=superseded_url, withdrawal=withdrawal or None, others=others,
        # Of one on paper the reason says who entered it; who saw it signed, the paper shows.
        witnessed=signature.method == Method.DRAWN and not signature.reason,
    )  # fmt: skip


def _names_one(record: Model) -> bool:
    signatures = (field for field in record._meta.concrete_fields if field.related_model is Signature)
    return any(getattr(record, field.attname) is not None for field in signatures)


@register.simple_tag
def diff(
    changes: Iterable[Change | tuple[str, str, str]], old_label: str, new_label: str, empty: str = ""
) -> SafeString:
    """Show what two versions say differently, field by field; `empty` when they say the same."""
    rows = [change if isinstance(change, Change) else Change(*change) for change in changes]
    return render("diff", rows=rows, old_label=old_label, new_label=new_label, empty=empty)
