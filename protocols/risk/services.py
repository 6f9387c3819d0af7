"""Noting a change that bears on risk, and signing that one has read it."""

from datetime import datetime

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.dates import time_text
from clinic.documents.services import seal
from clinic.documents.snapshots import fields
from clinic.errors import NotAllowed
from clinic.joining import step_of_unit
from clinic.signing.models import Meaning
from clinic.signing.reserve import with_number
from clinic.signing.services import Confirmed, manifestation, sign
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from protocols.decisions.models import Decision
from protocols.kinds import kind_named
from protocols.risk.models import ReadReceipt, RiskChange


@step_of_unit
def note_change(*, by: Actor, version: Decision, at: datetime) -> RiskChange:
    """Note that the `version`, in force from now on, changes something that bears on risk."""
    change = RiskChange.add(
        site=version.site, kind=version.kind, document=version.document_key(), version_id=version.pk,
        title=str(version), change_reason=version.change_reason, reconsent=bool(version.reconsent), approved_at=at,
        approved_by=version.approved_by,
    )  # fmt: skip
    record(
        by=by, action=Action.CREATE, subject=change, at=at,
        after={"version": str(version), "patients consent anew": change.reconsent},
    )  # fmt: skip
    return change


@unit_of_work
def sign_receipt(*, by: Actor, change: RiskChange, confirmed: Confirmed, at: datetime) -> ReadReceipt:
    """Sign that `by` has read `change`; a second signature changes nothing.

    What is signed names both when the version was approved and since when it is in force, which differ where the
    approval named a day to come. Raises NotAllowed for another site's change.
    """
    by.require(Permission.VIEW_PROTOCOLS)
    # Two windows of one person follow one another.
    held = RiskChange.objects.for_site(by.site).select_for_update(no_key=True).filter(pk=change.pk).first()
    if held is None:
        raise NotAllowed(_("This change isn't one of your site's. Open it again from Today."))
    if before := ReadReceipt.objects.filter(change=held, user=by.user).first():
        return before
    version = _version_of(held)
    receipt = with_number(ReadReceipt(change=held, user=by.user, signed_at=at))
    content = {
        "change": held.pk,
        "kind": held.kind,
        "version": held.version_id,
        "title": held.title,
        "change_reason": held.change_reason,
        "approved_at": version.signed_at,
        "in_force_since": held.approved_at,
        "reader": by.name,
    }
    receipt.signature = sign(by=by, confirmed=confirmed, meaning=Meaning.READ, subject=receipt, content=content, at=at)
    receipt.save()
    record(by=by, action=Action.CREATE, subject=receipt, after={"version": held.title}, at=at)
    seal(
        by=by, kind="read_receipt", subject=receipt, at=at, title=held.title,
        content={
            **content,
            "sections": [
                fields(
                    _("Read and understood"),
                    [
                        (_("Version"), held.title), (_("What changed, and why"), held.change_reason),
                        (_("Approved by"), version.approver), *_times(version),
                        (_("Read by"), by.name),
                    ],
                )
            ],
            "signatures": [manifestation(receipt.signature)],
        },
    )  # fmt: skip
    return receipt


def _version_of(change: RiskChange) -> Decision:
    """Return the version whose approval `change` is, with its approval's signature."""
    model = kind_named(change.kind)
    if model is None:
        raise NotAllowed(_("There is no such kind of protocol any more."))
    found: Decision = model.objects.select_related("approval_signature").get(pk=change.version_id)
    return found


def _times(version: Decision) -> list[tuple[str, str]]:
    """Return when it was approved, and since when it is in force where that is later, as its page says them."""
    times = [(_("Approved"), version.signed_at), (_("In force since"), version.in_force_since)]
    return [(label, time_text(at)) for label, at in times if at is not None]
