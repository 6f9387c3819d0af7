"""Writing contraindication checklists."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.errors import Refused
from clinic.trail.unit import unit_of_work
from protocols.checklists.floor import objection
from protocols.checklists.models import ChecklistItem, ChecklistVersion
from protocols.checklists.topics import MOST_WEEKS, Own, fitting
from protocols.drafts.services import begin_draft, rewrite_draft


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """A question before it is written: `rule` is a Rule, `hint` says what to look at or ask.

    `stricter` is what is decided where the safety floor asks a prescriber, "" to leave it to the prescriber. Of
    `instruction`, `weeks` and `listed` (the keys of the things that ask a prescriber) only what belongs to the rule is
    kept.
    """

    code: str
    question: str
    rule: str
    hint: str = ""
    stricter: str = ""
    instruction: str = ""
    weeks: int = 0
    listed: Collection[str] = ()

    @property
    def own(self) -> Own:
        """What the question says of its own, as far as it belongs to its rule."""
        return fitting(self.rule, Own(self.instruction.strip(), self.weeks, frozenset(self.listed)))


@unit_of_work
def write_checklist(
    *,
    by: Actor,
    title: str,
    items: Sequence[ItemDraft],
    change_reason: str,
    risk_relevant: bool,
    submission_key: UUID,
    at: datetime,
) -> ChecklistVersion:
    """Write the site's next checklist as a draft."""
    version = ChecklistVersion(
        site=by.site, title=title.strip(), change_reason=change_reason, risk_relevant=risk_relevant,
        submission_key=submission_key,
    )  # fmt: skip
    return begin_draft(by=by, version=version, parts=_items(items), at=at)


@unit_of_work
def edit_checklist(
    *,
    by: Actor,
    version: ChecklistVersion,
    row_version: int,
    title: str,
    items: Sequence[ItemDraft],
    change_reason: str,
    risk_relevant: bool,
    at: datetime,
) -> ChecklistVersion:
    """Rewrite a draft."""
    values = {"title": title.strip(), "change_reason": change_reason, "risk_relevant": risk_relevant}
    return rewrite_draft(by=by, version=version, row_version=row_version, values=values, parts=_items(items), at=at)


def _items(drafts: Sequence[ItemDraft]) -> list[ChecklistItem]:
    items = [
        ChecklistItem(
            code=draft.code.strip().upper(), question=draft.question.strip(), hint=draft.hint.strip(), rule=draft.rule,
            stricter=draft.stricter, instruction=draft.own.instruction, weeks=draft.own.weeks,
            listed=sorted(draft.own.listed),
        )
        for draft in drafts
    ]  # fmt: skip
    for item in items:
        if words := objection(item.rule, item.stricter):
            raise Refused(str(words))
    if any(item.weeks > MOST_WEEKS for item in items):
        raise Refused(_("Ask about a transplant at most %(most)s weeks back.") % {"most": MOST_WEEKS})
    if len({item.code for item in items}) < len(items):
        raise Refused(_("Two questions have the same code. Give each its own."))
    if len({item.rule for item in items}) < len(items):
        raise Refused(_("Two questions ask about the same contraindication. Make one question of them."))
    return items
