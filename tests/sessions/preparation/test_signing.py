"""Signing makes a record, empties the lots by what was measured, and fills the vials; nothing half."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.queries import documents_about
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.signing.models import Meaning, Signature
from clinic.signing.services import Confirmed, verifies
from protocols.decisions.services import retire
from protocols.formulations.models import FormulationVersion, LineRole
from sessions.preparation.documents import beyond_the_route
from sessions.preparation.models import DeviationKind, Preparation, PreparationStatus, Vial, VisualCheck
from sessions.preparation.queries import remaining_ul, vial_by_code
from sessions.preparation.services import measure
from sessions.stock.models import LotMovementKind
from sessions.stock.queries import balance_ul
from tests.factories import confirmed, make_actor
from tests.sessions.builders import a_draft, make_preparer, measured_preparation, signed_preparation, stocked
from tests.sessions.preparation.ending import AT, LATER, count_less, move, reject, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def preparer(site: Site) -> Actor:
    return make_preparer(site, "Pia Demo")


def test_signing_fills_the_vials_with_what_was_measured(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, [3_001, 2_000], preparer=preparer, vial_count=3, at=AT)
    vials = sign(preparer, preparation)
    preparation.refresh_from_db()
    assert (preparation.status, preparation.made_ul, preparation.finished_at) == ("signed", 5_001, LATER)
    assert [vial.volume_ul for vial in vials] == [1_667, 1_667, 1_667]
    assert len({vial.code for vial in vials}) == 3
    assert [remaining_ul(vial) for vial in vials] == [1_667, 1_667, 1_667]
    assert vial_by_code(site, vials[0].code.lower()) == vials[0]


def test_the_beyond_use_time_counts_from_the_beginning(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    sign(preparer, preparation)
    preparation.refresh_from_db()
    assert preparation.beyond_use_at == AT + timedelta(hours=24)
    assert preparation.beyond_use_reason == "the formulation's limit of 24 h"


def test_a_lot_that_expires_today_limits_the_beyond_use_time(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    stocked(site, version, at=AT - timedelta(days=9), expires_on=date(2026, 11, 22))
    preparation = signed_preparation(site, version, preparer=preparer, at=AT)
    assert preparation.beyond_use_at == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # midnight in Berlin
    assert preparation.beyond_use_reason.endswith("expires on 22 Nov 2026")


def test_a_multi_dose_lot_opened_here_limits_later_preparations_too(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    lots = stocked(site, version, at=AT, opened_limit_days=1)
    first = signed_preparation(site, version, preparer=preparer, at=AT)
    assert first.beyond_use_at == AT + timedelta(days=1)
    for lot in lots.values():
        kinds = [movement.kind for movement in lot.movements.all()]
        assert kinds == [LotMovementKind.RECEIVED, LotMovementKind.OPENED, LotMovementKind.USED]
    second = signed_preparation(site, version, preparer=preparer, at=AT + timedelta(hours=3))
    assert second.beyond_use_at == AT + timedelta(days=1)
    assert second.beyond_use_reason.endswith("may be used for 1 day once opened")
    for lot in lots.values():
        assert lot.movements.filter(kind=LotMovementKind.OPENED).count() == 1


def test_the_lots_give_what_was_measured(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    lots = stocked(site, version, at=AT)
    preparation = measured_preparation(site, version, [3_100, 1_950], preparer=preparer, at=AT)
    assert [balance_ul(lot) for lot in lots.values()] == [100_000, 100_000]
    sign(preparer, preparation)
    assert sorted(balance_ul(lot) for lot in lots.values()) == [96_900, 98_050]
    assert {movement.preparation for movement in preparation.lot_movements.all()} == {preparation}


def test_the_signature_covers_the_whole_content(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = measured_preparation(site, version, [3_200, 2_000], preparer=preparer, at=AT)
    vials = sign(preparer, preparation, deviation_reason=" Air in  the syringe ")
    preparation.refresh_from_db()
    signature = preparation.signature
    assert signature is not None
    assert verifies(signature)
    assert (signature.meaning, signature.printed_name, signature.signed_at) == (Meaning.PREPARED, "Pia Demo", LATER)
    content = json.loads(signature.content)
    assert content["number"] == preparation.number
    assert content["formulation"]["approval_sha256"] == version.approval_signature.content_sha256
    assert [(line["measured_ul"], line["within"], line["percent"]) for line in content["lines"]] == [
        (3_200, False, "6.67"), (2_000, True, "0.00"),
    ]  # fmt: skip
    assert [line["lot"]["lot_number"] for line in content["lines"]] == [
        line.lot.lot_number for line in preparation.lines.all() if line.lot
    ]
    assert [vial["code"] for vial in content["vials"]] == [vial.code for vial in vials]
    assert content["deviations"][0]["permille"] == "66.67"
    assert content["deviation_reason"] == "Air in the syringe"
    assert (content["made_ul"], content["visual_check"]) == (5_200, "right")


def test_deviations_are_recorded_and_dont_stop_the_signature(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = signed_preparation(site, version, [3_151, 2_200], preparer=preparer, at=AT)
    (deviation,) = preparation.deviations.all()
    assert preparation.deviation_count == 1
    assert (deviation.kind, deviation.permille, deviation.raised_at) == (DeviationKind.VOLUME, Decimal("50.33"), AT)
    assert deviation.line == preparation.lines.first()


def test_the_wrong_order_and_a_late_signature_are_recorded(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    lots = stocked(site, version, at=AT)
    preparation = a_draft(site, version, preparer=preparer, at=AT)
    for minutes, line in enumerate(preparation.lines.select_related("formulation_line").order_by("-ordinal")):
        lot = lots[line.formulation_line.ingredient_id]
        measure(
            by=preparer, preparation=preparation, line=line, lot=lot, measured_ul=line.target_ul,
            at=AT + timedelta(minutes=minutes),
        )  # fmt: skip
    sign(preparer, preparation, at=AT + timedelta(hours=2), deviation_reason="Called away")
    preparation.refresh_from_db()
    assert [each.kind for each in preparation.deviations.all()] == [DeviationKind.ORDER, DeviationKind.LATE]
    assert [each.line for each in preparation.deviations.all()] == [preparation.lines.last(), None]
    assert preparation.deviation_count == 2


def test_the_record_and_the_labels_are_sealed(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = signed_preparation(site, version, [3_200, 2_000], preparer=preparer, at=AT)
    documents = {each.kind: json.loads(each.content) for each in documents_about(preparation)}
    assert set(documents) == {"preparation", "label"}
    assert documents["preparation"]["record"]["number"] == preparation.number
    assert documents["preparation"]["signatures"][0]["meaning"] == "prepared as recorded"
    assert len(documents["label"]["labels"]) == 2


@pytest.mark.parametrize(
    ("warnings", "printed"),
    [
        ("Intradermal scalp only. Single patient. Contains lidocaine.", "Single patient. Contains lidocaine."),
        ("Intradermal scalp only", ""),
        ("Single patient.", "Single patient."),
        ("Never intravenous. Intradermal scalp only.", "Never intravenous."),
        ("Intradermal scalp only after a test dose.", "Intradermal scalp only after a test dose."),
        ("", ""),
    ],
)
def test_a_label_leaves_out_a_warning_that_only_repeats_the_route(warnings: str, printed: str) -> None:
    assert beyond_the_route(warnings, "INTRADERMAL SCALP") == printed


def test_a_label_names_the_clinic(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = signed_preparation(site, version, preparer=preparer, at=AT)
    label = next(json.loads(each.content) for each in documents_about(preparation) if each.kind == "label")
    assert label["clinic"] == site.name == "Site North"


def test_a_label_keeps_each_amount_with_its_substance(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = signed_preparation(site, version, preparer=preparer, at=AT)
    label = next(json.loads(each.content) for each in documents_about(preparation) if each.kind == "label")
    told = label["labels"][0]["actives"].removeprefix("per mL: ").split("; ")
    lines = version.lines.filter(role__in=[LineRole.ACTIVE, LineRole.ANAESTHETIC])
    assert len(told) == len(lines) > 0
    for part, line in zip(told, lines, strict=True):
        assert part.startswith(f"{line.volume_ul_per_ml} µL\u00a0{line.ingredient_name}")


def test_what_is_missing_is_listed_and_nothing_is_written(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = a_draft(site, version, preparer=preparer, at=AT)
    with pytest.raises(Refused, match="can't be signed yet") as refused:
        sign(preparer, preparation, visual_check="")
    assert refused.value.reasons == [
        "Active A 5 mg/mL: lot and measured volume.",
        "Diluent A 5 mg/mL: lot and measured volume.",
        "Visual check.",
    ]
    preparation.refresh_from_db()
    assert (preparation.status, Vial.objects.count()) == (PreparationStatus.DRAFT, 0)
    assert not Signature.objects.filter(meaning=Meaning.PREPARED).exists()


def _expire(preparation: Preparation, preparer: Actor) -> datetime:
    return AT + timedelta(hours=20)  # the lots expire on the 22nd, and it is past midnight


def _quarantine(preparation: Preparation, preparer: Actor) -> datetime:
    move(preparation, preparer, LotMovementKind.QUARANTINED, 0)
    return LATER


@pytest.mark.parametrize(
    ("happens", "words"),
    [(_expire, "expired on 22 Nov 2026"), (_quarantine, "is in quarantine"), (count_less, r"only 2\.999 mL of lot")],
)
def test_a_lot_that_went_wrong_after_measuring_stops_the_signature(
    site: Site, preparer: Actor, version: FormulationVersion, happens: Any, words: str
) -> None:
    stocked(site, version, at=AT - timedelta(days=9), expires_on=date(2026, 11, 22))
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    at = happens(preparation, preparer)
    with pytest.raises(Refused) as refused:
        sign(preparer, preparation, at=at)
    assert words.replace("\\", "") in " ".join(refused.value.reasons)
    assert not Vial.objects.exists()


def test_beyond_its_use_a_draft_can_only_be_rejected(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    tomorrow = AT + timedelta(hours=24)
    with pytest.raises(Refused) as refused:
        sign(preparer, preparation, at=tomorrow)
    assert refused.value.reasons == [
        "Its beyond-use time has passed (the formulation's limit of 24 h). Reject this preparation."
    ]
    assert reject(preparer, preparation, "Left open over night", at=tomorrow).status == PreparationStatus.REJECTED


def test_a_formulation_retired_meanwhile_stops_the_signature(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    physician = make_actor(site, Role.PHYSICIAN)
    retire(by=physician, version=version, confirmed=confirmed(physician, AT), reason="Recalled", at=AT)
    with pytest.raises(Refused) as refused:
        sign(preparer, preparation)
    assert refused.value.reasons == ["The formulation was retired meanwhile. Reject this preparation."]


def test_the_wrong_look_stops_the_signature(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    with pytest.raises(Refused) as refused:
        sign(preparer, preparation, visual_check=VisualCheck.WRONG)
    assert refused.value.reasons == ["It doesn't look as described. Reject this preparation."]


def test_the_second_click_finds_the_first_ones_vials(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    first = sign(preparer, preparation)
    assert sign(preparer, preparation, confirmed=Confirmed(0, AT)) == first
    assert Vial.objects.count() == 2


def test_only_who_prepared_signs(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    with pytest.raises(Refused, match="Pia Demo began this preparation"):
        sign(make_preparer(site), preparation)
    sign(preparer, preparation)
    with pytest.raises(Refused, match="is signed already"):
        sign(make_preparer(site), preparation)


def test_what_changed_since_the_page_was_opened_isnt_signed(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    with pytest.raises(StaleWrite):
        sign(preparer, preparation, row_version=preparation.row_version - 1)
    assert sign(preparer, preparation, row_version=preparation.row_version)


def test_an_old_confirmation_signs_nothing(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    with pytest.raises(Refused, match="Type your password again"):
        sign(preparer, preparation, confirmed=confirmed(preparer, LATER - timedelta(minutes=3)))
    assert not Vial.objects.exists()


def test_another_site_and_another_role_cant_sign(
    site: Site, other_site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    with pytest.raises(NotAllowed, match="another site"):
        sign(make_preparer(other_site), preparation)
    with pytest.raises(NotAllowed):
        sign(make_actor(site, Role.MANAGER), preparation)


@pytest.mark.parametrize("reason", ["", "  ", " . ", "--"])
def test_a_deviation_needs_a_reason(site: Site, preparer: Actor, version: FormulationVersion, reason: str) -> None:
    preparation = measured_preparation(site, version, [3_200, 2_000], preparer=preparer, at=AT)
    with pytest.raises(Refused) as refused:
        sign(preparer, preparation, deviation_reason=reason)
    assert refused.value.field == "deviation_reason"
    assert len(refused.value.reasons) == 1
    preparation.refresh_from_db()
    assert preparation.status == PreparationStatus.DRAFT
    assert not Vial.objects.exists()


def test_a_preparation_as_described_keeps_no_reason(site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = measured_preparation(site, version, preparer=preparer, at=AT)
    sign(preparer, preparation, deviation_reason="None needed")
    preparation.refresh_from_db()
    assert preparation.deviation_reason == ""


def test_postgres_takes_no_signed_deviation_without_its_reason(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    signed = signed_preparation(site, version, [3_200, 2_000], preparer=preparer, at=AT)
    draft = measured_preparation(site, version, preparer=preparer, at=AT)
    with pytest.raises(IntegrityError, match="preparation_deviation_has_reason"):
        Preparation.objects.filter(pk=draft.pk).update(
            status="signed", deviation_count=1, signature=Signature.objects.exclude(pk=signed.signature_id).first(),
            finished_at=AT, beyond_use_at=LATER, made_ul=5_000,
        )  # fmt: skip


@pytest.mark.parametrize("measured", [[3_000, 0], [3_000, 1_499], [3_751, 2_000], [10_000, 2_000]])
def test_what_is_grossly_off_is_another_mixture_and_cant_be_signed(
    site: Site, preparer: Actor, version: FormulationVersion, measured: list[int]
) -> None:
    lots = stocked(site, version, at=AT)
    preparation = measured_preparation(site, version, measured, preparer=preparer, at=AT)
    with pytest.raises(Refused) as refused:
        sign(preparer, preparation, deviation_reason="It was all that was left")
    (reason,) = refused.value.reasons
    assert "more than 25 % off" in reason
    assert "reject this preparation" in reason
    assert {balance_ul(lot) for lot in lots.values()} == {100_000}
    assert reject(preparer, preparation).status == PreparationStatus.REJECTED


def test_exactly_a_quarter_off_is_a_deviation_that_can_be_signed(
    site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = signed_preparation(site, version, [3_750, 1_500], preparer=preparer, at=AT)
    assert preparation.deviation_count == 2


@pytest.mark.parametrize(("count", "said"), [(1, "5.001 mL in 1 vial"), (3, "5.001 mL in 3 vials")])
def test_the_document_counts_its_vials_as_people_do(
    site: Site, preparer: Actor, version: FormulationVersion, count: int, said: str
) -> None:
    preparation = measured_preparation(site, version, [3_001, 2_000], preparer=preparer, vial_count=count, at=AT)
    sign(preparer, preparation)
    assert any(f'"{said}"' in document.content for document in documents_about(preparation))
