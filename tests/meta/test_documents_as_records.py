"""A sealed document says what its record says: whoever may not open the record can't open its document either."""

import pytest

from clinic.accounts.access import access_of
from clinic.accounts.permissions import ROLES, Role
from clinic.checks import walk_urls
from clinic.documents.registry import kind_named, kinds
from protocols.kinds import KINDS

#: The view of the record that a kind of document prints.
RECORD = {
    "checklist": "checklist",
    "consent": "consent",
    "treatment_session": "treatment_session",
    "paper_checklist": "paper_form",
    "paper_consent": "paper_form",
    "preparation": "preparation",
    "label": "preparation",
    "photo_audit": "photo_audit",
    "photo_set": "photo_set",
    "week_review": "week",
    "read_receipt": "risk_change",
    "signature_certification": "certify_signature",
    "trail_extract": "trail_list",
}


def _view(name: str) -> object:
    found = [pattern.callback for _route, pattern in walk_urls() if pattern.name == name]
    assert found, f"no view is called {name}"
    return found[0]


def test_every_kind_names_its_record_or_is_a_protocol() -> None:
    # The bench registers a form of its own, in the process that measures.
    assert {kind.name for kind in kinds()} - {"bench_form"} == {*RECORD, *(model.kind for model in KINDS)}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("kind", RECORD)
def test_a_role_opens_no_document_of_a_record_that_is_closed_to_it(kind: str, role: Role) -> None:
    access = access_of(_view(RECORD[kind]))
    assert access is not None
    held = ROLES[role].permissions
    opens_document = bool(held & set(kind_named(kind).permissions))
    assert not opens_document or access.allows(held)
