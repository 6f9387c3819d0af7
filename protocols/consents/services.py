"""Writing consent scripts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from clinic.accounts.actors import Actor
from clinic.trail.unit import unit_of_work
from protocols.consents.models import ConsentScriptVersion, ExpectationStatement
from protocols.drafts.services import begin_draft, rewrite_draft


@unit_of_work
def write_consent_script(
    *,
    by: Actor,
    title: str,
    body: str,
    statements: Sequence[str],
    change_reason: str,
    risk_relevant: bool,
    submission_key: UUID,
    at: datetime,
) -> ConsentScriptVersion:
    """Write the site's next consent script as a draft; `statements` are confirmed by the patient one by one."""
    version = ConsentScriptVersion(
        site=by.site, title=title.strip(), body=body.strip(), change_reason=change_reason, risk_relevant=risk_relevant,
        submission_key=submission_key,
    )  # fmt: skip
    return begin_draft(by=by, version=version, parts=_statements(statements), at=at)


@unit_of_work
def edit_consent_script(
    *,
    by: Actor,
    version: ConsentScriptVersion,
    row_version: int,
    title: str,
    body: str,
    statements: Sequence[str],
    change_reason: str,
    risk_relevant: bool,
    at: datetime,
) -> ConsentScriptVersion:
    """Rewrite a draft."""
    values = {
        "title": title.strip(), "body": body.strip(), "change_reason": change_reason, "risk_relevant": risk_relevant,
    }  # fmt: skip
    return rewrite_draft(
        by=by, version=version, row_version=row_version, values=values, parts=_statements(statements), at=at
    )


def _statements(texts: Sequence[str]) -> list[ExpectationStatement]:
    return [ExpectationStatement(text=tidy) for text in texts if (tidy := " ".join(text.split()))]
