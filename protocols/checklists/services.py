"""Writing contraindication checklists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.accounts.actors import Actor
from clinic.errors import Refused
from clinic.trail.unit import unit_of_work
from protocols.checklists.floor import may_choose
from protocols.checklists.models import ChecklistItem, ChecklistVersion
from protocols.drafts.services import begin_draft, rewrite_draft

LOOSER = gettext_lazy("This is looser than the safety floor. Choose “Do not treat”, or leave it to a prescriber.")


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """A question before it is written: `rule` is a Rule, `hint` says what to look at or ask.

    `stricter` is what is decided where the safety floor asks a prescriber, "" to leave it to the prescriber.
    """

    code: str
    question: str
    rule: str
    hint: str = ""
    stricter: str = ""


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
            stricter=draft.stricter,
        )
        for draft in drafts
    ]  # fmt: skip
    if not all(may_choose(item.rule, item.stricter) for item in items):
        raise Refused(str(LOOSER))
    if len({item.code for item in items}) < len(items):
        raise Refused(_("Two questions have the same code. Give each its own."))
    if len({item.rule for item in items}) < len(items):
        raise Refused(_("Two questions ask about the same contraindication. Make one question of them."))
    return items
