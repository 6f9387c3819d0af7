"""A code that the clinic doesn't know in a signed record: its page shows it as it stands, and says that it was changed.

Only who owns the database can write one. The codes are those of every record under a signature, and of its parts.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from clinic.accounts.permissions import Role
from clinic.signing.comparing import telling
from clinic.signing.models import Signature
from clinic.signing.rows import rows_under
from clinic.trail.models import TrailEvent
from tests.factories import make_actor
from tests.meta.conftest import Stories
from tests.meta.project import our_models
from tests.meta.visiting import Visitor
from tests.tampering import write_unknown

pytestmark = pytest.mark.django_db

UNKNOWN, UNKNOWN_NUMBER = "odd", "77"
#: Where a record without an address of its own is read.
PAGES = {
    "patients.PatientChecklist": "checklist", "patients.Clearance": "clearance", "patients.Consent": "consent",
    "patients.PhotoSet": "photo_set", "treatment_sessions.Preparation": "preparation",
    "treatment_sessions.TreatmentSession": "treatment_session", "audit.PhotoAudit": "photo_audit",
    "protocols.SetUp": "set_up_end",
}  # fmt: skip
#: Codes that no field of theirs lists.
MORE_CODES = {("patients.Clearance", "rule")}
#: What the record's page doesn't show in any case.
NOT_SHOWN = {"treatment_sessions.LotMovement.kind", "treatment_sessions.VialMovement.kind"}


class Code(NamedTuple):
    """A field that holds a code, in a record or a part of it; `key` is the field of a part that names the record."""

    record: type[models.Model]
    part: type[models.Model]
    field: str
    key: str

    def __str__(self) -> str:
        return f"{self.part._meta.label}.{self.field}"


def codes() -> Iterator[Code]:
    of_table = {model._meta.db_table: model for model in apps.get_models()}
    for record in our_models():
        if record._meta.label not in PAGES and not hasattr(record, "get_absolute_url"):
            continue
        for rows in rows_under(record):
            part = of_table[rows.table]
            for field in part._meta.concrete_fields:
                if field.choices or (part._meta.label, field.name) in MORE_CODES:
                    yield Code(record, part, field.name, rows.key)


def page_of(record: Any) -> str:
    name = PAGES.get(record._meta.label)
    return reverse(name, args=[record.pk]) if name else str(record.get_absolute_url())


def a_row_of(code: Code) -> tuple[Any, Any]:
    """Return a locked record that the story has, and a row of it or of its part."""
    told = TrailEvent.objects.filter(telling(), object_type=code.record._meta.label).values_list("object_id", flat=True)
    for row in code.part._default_manager.filter(**{f"{code.key}__in": list(told)}).order_by("pk"):
        record = code.record._default_manager.get(pk=getattr(row, code.key))
        return record, row
    raise AssertionError(f"the story has no row of {code.part._meta.label}")


@pytest.mark.parametrize("code", list(codes()), ids=str)
def test_the_page_of_a_record_shows_a_code_that_nobody_knows(stories: Stories, code: Code) -> None:
    record, row = a_row_of(code)
    field = code.part._meta.get_field(code.field)
    unknown = UNKNOWN_NUMBER if isinstance(field, models.IntegerField) else UNKNOWN
    visitor = Visitor("every role", make_actor(record.site, *Role).user)
    assert visitor.get(page_of(record)).status == 200
    write_unknown(code.part._default_manager.filter(pk=row.pk), code.field, unknown)
    answer = visitor.get(page_of(record))
    assert answer.status == 200, answer
    assert "verify: tell the manager" in answer.text
    for name in ("patient", "patient_history") if hasattr(record, "patient_id") else ():
        assert visitor.get(reverse(name, args=[record.patient_id])).status == 200, name
    assert (unknown in answer.text) == (str(code) not in NOT_SHOWN)


@pytest.mark.parametrize("field", ["meaning", "method"])
def test_so_does_the_panel_of_a_signature(stories: Stories, field: str) -> None:
    record: Any = stories.own.rows["preparation"]
    write_unknown(Signature.objects.filter(pk=record.signature_id), field, UNKNOWN)
    answer = Visitor("every role", make_actor(record.site, *Role).user).get(page_of(record))
    assert answer.status == 200, answer
    assert "verify: tell the manager" in answer.text
    assert UNKNOWN in answer.text
