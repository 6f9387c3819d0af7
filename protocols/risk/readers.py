"""Who has read a change and who hasn't yet, for its page."""

from typing import NamedTuple

from clinic.accounts.models import Membership
from clinic.accounts.permissions import ROLES, Permission, Role
from protocols.decisions.models import Decision
from protocols.risk.models import ReadReceipt, RiskChange

_READERS = [role.value for role in Role if ROLES[role].permissions & {Permission.TREAT, Permission.PREPARE}]


class Reader(NamedTuple):
    """Somebody who treats or prepares at the site; `receipt` is None until they have signed."""

    name: str
    receipt: ReadReceipt | None
    approver: bool


def readers_of(version: Decision) -> list[Reader]:
    """Return who has to read the change that `version` brought; none when it brought none; three queries."""
    change = RiskChange.objects.filter(kind=version.kind, version_id=version.pk).first()
    if change is None:
        return []
    receipts = {receipt.user_id: receipt for receipt in ReadReceipt.objects.filter(change=change)}
    people = (
        Membership.objects.current()
        .filter(site_id=version.site_id, role__in=_READERS, user__is_active=True)
        .order_by("user__full_name")
        .values_list("user_id", "user__full_name")
        .distinct()
    )
    return [Reader(name, receipts.get(pk), pk == change.approved_by_id) for pk, name in people]
