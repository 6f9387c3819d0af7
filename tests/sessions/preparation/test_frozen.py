"""Raw SQL can't change what was received, measured, signed or drawn."""

import uuid
from datetime import UTC, datetime

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.amending.services.amending import amend
from clinic.amending.services.cosigning import co_sign
from clinic.documents.models import SealedDocument
from clinic.frozen import FrozenRowError
from clinic.signing.against_trail import record_faults
from clinic.signing.models import Meaning
from sessions.preparation.models import Preparation, Vial, VialMovement
from sessions.preparation.services import destroy_leftover
from sessions.stock.models import LotMovement, StockLot
from tests.factories import confirmed
from tests.pages import signature_states
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import a_draft, make_preparer, signed_preparation
from tests.tampering import change

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
def preparation(site: Site) -> Preparation:
    """A signed preparation with a deviation and a movement of a vial."""
    preparer = make_preparer(site)
    signed = signed_preparation(site, approved_formulation(site), {1: 3_200}, preparer=preparer, at=AT)
    destroy_leftover(
        by=preparer, vial=signed.vials.get(ordinal=1), reason="Dropped", submission_key=uuid.uuid4(), at=AT
    )
    return signed


TABLES = ["stocklot", "lotmovement", "preparation", "preparationline", "deviation", "vial", "vialmovement"]
COLUMNS = {
    "stocklot": "expires_on = expires_on + 100", "lotmovement": "volume_ul = volume_ul + 1",
    "preparation": "deviation_count = 0", "preparationline": "measured_ul = target_ul",
    "deviation": "detail = 'Nothing'", "vial": "volume_ul = volume_ul + 1", "vialmovement": "volume_ul = 1",
}  # fmt: skip


def _refused(statement: str) -> None:
    with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_raw_sql_is_refused(preparation: Preparation, table: str, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _refused(statement.format(f"treatment_sessions_{table}", COLUMNS[table]))


def test_a_signed_preparation_gets_no_further_line(preparation: Preparation) -> None:
    _refused(
        "INSERT INTO treatment_sessions_preparationline (preparation_id, formulation_line_id, ordinal, "
        "ingredient_name, target_ul, tolerance_percent) "
        f"SELECT {preparation.pk}, formulation_line_id, 9, 'Water', 1, 5 "
        "FROM treatment_sessions_preparationline LIMIT 1"
    )


def test_a_signed_preparation_gets_no_further_vial_deviation_or_movement_of_a_lot(preparation: Preparation) -> None:
    lot = StockLot.objects.values_list("pk", flat=True)[0]
    for table, columns, values in (
        ("vial", "site_id, ordinal, code, volume_ul, made_at", f"{preparation.site_id}, 9, 'AAAAAA', 100, now()"),
        ("deviation", "kind, detail, raised_at", "'volume', 'Slipped in', now()"),
        ("lotmovement", "lot_id, kind, volume_ul, reason, moved_at, moved_by_id, submission_key",
         f"{lot}, 'used', -1, '', now(), {preparation.preparer_id}, gen_random_uuid()"),
    ):  # fmt: skip
        _refused(
            f"INSERT INTO treatment_sessions_{table} (preparation_id, {columns}) VALUES ({preparation.pk}, {values})"
        )


@pytest.mark.parametrize(
    "statement",
    ["UPDATE treatment_sessions_vial SET volume_ul = volume_ul - 1 WHERE preparation_id = %s",
     "DELETE FROM treatment_sessions_deviation WHERE preparation_id = %s",
     "UPDATE treatment_sessions_lotmovement SET volume_ul = -1 WHERE kind = 'used' AND preparation_id = %s",
     "UPDATE treatment_sessions_preparationline SET measured_ul = target_ul WHERE preparation_id = %s"],
)  # fmt: skip
def test_what_the_databases_owner_changes_is_named(preparation: Preparation, statement: str) -> None:
    assert list(record_faults()) == []
    change(statement, preparation.pk)
    assert any(preparation.number in each for each in record_faults())


@pytest.mark.parametrize("what", ["lot_number = 'L-OTHER'", "expires_on = expires_on + 100", "product = 'Other'"])
def test_so_is_a_lot_that_it_used_and_its_page_doesnt_call_it_valid(
    client: Client, preparation: Preparation, what: str
) -> None:
    client.force_login(preparation.preparer)
    address = reverse("preparation", args=[preparation.pk])
    assert signature_states(client.get(address)) == ["Valid"]
    lot = preparation.lines.latest("ordinal").lot_id
    change(f"UPDATE treatment_sessions_stocklot SET {what} WHERE id = %s", lot)
    said = list(record_faults())
    assert all("stock lot" in each.lower() for each in said)
    (of_the_preparation,) = [each for each in said if "rests on" in each]
    assert preparation.number in of_the_preparation
    assert signature_states(client.get(address)) == ["Doesn't verify"]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE clinic_amendment SET correct = 'Nothing' WHERE subject_id = %s",
     "UPDATE clinic_cosignature SET meaning = 'supervised' WHERE subject_id = %s",
     "UPDATE clinic_cosignature SET subject_id = '4711' WHERE subject_id = %s"],
)  # fmt: skip
def test_a_second_signature_and_an_amendment_stay_with_their_record(
    site: Site, preparation: Preparation, statement: str
) -> None:
    document, other = SealedDocument.objects.get(kind="preparation"), make_preparer(site)
    by = Actor.at_site(user=preparation.preparer, site=site, roles=[Role.PREPARER])
    amend(
        by=by, document=document, seen=0, entry="", correct="Made at bench 2", reason="Left out", at=AT,
        confirmed=confirmed(by, AT),
    )  # fmt: skip
    co_sign(
        by=by, other=other, document=document, seen=1, meaning=Meaning.WITNESSED, confirmed=confirmed(other, AT), at=AT
    )
    assert list(record_faults()) == []
    change(statement, str(preparation.pk))
    said = list(record_faults())
    assert said
    assert all("was changed in the database" in each for each in said)


def test_a_line_of_a_draft_isnt_moved_to_a_signed_preparation(site: Site, preparation: Preparation) -> None:
    draft = a_draft(site, preparation.formulation_version, at=AT)
    _refused(
        f"UPDATE treatment_sessions_preparationline SET preparation_id = {preparation.pk} "
        f"WHERE preparation_id = {draft.pk}"
    )


@pytest.mark.parametrize(
    ("table", "columns", "values"),
    [
        ("lotmovement", "lot_id, kind, volume_ul, reason", "{lot}, 'discarded', -1000000, 'x'"),
        ("vialmovement", "vial_id, kind, volume_ul, reason", "{vial}, 'wasted', 2601, 'x'"),
    ],
)
def test_more_than_there_is_doesnt_leave_even_by_raw_sql(
    preparation: Preparation, table: str, columns: str, values: str
) -> None:
    lot, vial = StockLot.objects.first(), preparation.vials.get(ordinal=2)
    assert lot is not None
    _refused(
        f"INSERT INTO treatment_sessions_{table} ({columns}, submission_key, moved_at, moved_by_id) "
        f"VALUES ({values.format(lot=lot.pk, vial=vial.pk)}, gen_random_uuid(), now(), {preparation.preparer_id})"
    )


@pytest.mark.parametrize("model", [StockLot, LotMovement, Vial, VialMovement])
def test_python_refuses_too(
    preparation: Preparation, model: type[StockLot | LotMovement | Vial | VialMovement]
) -> None:
    row = model.objects.first()
    assert row is not None
    for write in (row.save, row.delete, model.objects.all().delete, lambda: model.objects.update(id=1)):
        with pytest.raises(FrozenRowError):
            write()
