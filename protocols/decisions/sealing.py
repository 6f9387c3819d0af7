"""The sealed document of an approved version."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.dates import day_text
from clinic.documents import snapshots
from clinic.documents.models import SealedDocument
from clinic.documents.services import seal
from clinic.signing.models import Signature
from clinic.signing.services import manifestation
from protocols.decisions.models import Decision
from protocols.decisions.showing import shown


def snapshot_of(version: Decision, signature: Signature) -> dict[str, Any]:
    """Return everything that the printed version shows; `signature` is its approval."""
    seen = shown(version)
    sections = [
        snapshots.fields(
            _("This version"),
            [
                (_("Version"), str(version.number)),
                (_("Author"), version.author.full_name),
                (_("Reason for the change"), version.reason_said),
                *_in_force(version),
                (_("Risk-relevant change"), _("Yes") if version.risk_relevant else _("No")),
                *([(_("Patients consent anew"), _("Yes"))] if version.reconsent else []),
            ],
        ),
        snapshots.fields(_("Decided"), seen.facts),
    ]
    sections += [
        snapshots.table(
            table.heading, table.printed_columns, table.printed_rows, numeric=table.printed_numeric,
            wide=table.printed_wide,
            drawings=[(row.drawing, row.drawn_as) for row in table.rows] if table.drawn else (),
        )
        for table in seen.tables_shown
    ]  # fmt: skip
    sections += [snapshots.paragraphs(heading, [text]) for heading, text in seen.texts if text]
    return {"kind_title": str(version.title_of_kind), "sections": sections, "signatures": [manifestation(signature)]}


def _in_force(version: Decision) -> list[tuple[str, str]]:
    """Return since when it is in force where that isn't its approval's day, which stands beside the signature."""
    if version.in_force_since is None:
        return []
    return [(_("In force since"), day_text(clock.local(version.in_force_since, version.site).date()))]


def seal_approved(*, by: Actor, version: Decision, signature: Signature, at: datetime) -> SealedDocument:
    """Seal `version` as it was approved; its PDF is made later."""
    return seal(
        by=by, kind=version.kind, subject=version, content=snapshot_of(version, signature), at=at,
        subject_version=str(version.number), title=str(version),
    )  # fmt: skip
