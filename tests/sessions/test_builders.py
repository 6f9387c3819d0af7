"""What the builders make is what the clinic makes."""

import pytest

from clinic.accounts.models import Site
from sessions.preparation.models import PreparationStatus
from sessions.preparation.queries import remaining_ul
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import signed_preparation, stocked

pytestmark = pytest.mark.django_db


def test_a_signed_preparation_has_full_vials(site: Site) -> None:
    version = approved_formulation(site)
    lots = stocked(site, version)
    preparation = signed_preparation(site, version)
    assert preparation.status == PreparationStatus.SIGNED
    assert [remaining_ul(vial) for vial in preparation.vials.all()] == [2_500, 2_500]
    assert {line.lot_id for line in preparation.lines.all()} == {lot.pk for lot in lots.values()}


def test_a_measured_volume_can_be_given_by_its_place(site: Site) -> None:
    preparation = signed_preparation(site, approved_formulation(site), {1: 3_200})
    assert [line.measured_ul for line in preparation.lines.all()] == [3_200, 2_000]
    assert preparation.deviation_count == 1
