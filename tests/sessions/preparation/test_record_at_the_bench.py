"""What the master formulation record asks for at the bench: its critical steps ticked, its products used."""

import html
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.errors import Refused, StaleWrite
from protocols.formulations.models import FormulationVersion
from protocols.formulations.recipe import LineDraft
from protocols.formulations.steps import StepDraft
from sessions.preparation.models import CriticalStep, DeviationKind, Preparation, VisualCheck
from sessions.preparation.services import sign_preparation, tick_steps
from tests.factories import confirmed
from tests.protocols.builders import a_line, an_ingredient, approved_formulation
from tests.sessions.builders import a_draft, a_lot, make_preparer, measured_preparation

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=20)


@pytest.fixture
def version(site: Site) -> FormulationVersion:
    """A formulation with two critical steps, and one product allowed of its active."""
    active = an_ingredient(site, "Dexpanthenol", concentration="250 mg/mL")
    lines = [
        LineDraft(active, "active", 600, Decimal("5.0"), ["Panthenol Acme"], "Strong acids"),
        a_line(an_ingredient(site, "Saline"), 400, "diluent"),
    ]
    steps = [StepDraft("Measure."), StepDraft("Invert.", critical=True), StepDraft("Look.", critical=True)]
    return approved_formulation(site, lines=lines, method=steps, reject_when="Cloudy or leaking.")


@pytest.fixture
def preparer(site: Site) -> Actor:
    return make_preparer(site, "Pia Demo")


def sign(by: Actor, preparation: Preparation, **changed: Any) -> Any:
    values = {"visual_check": VisualCheck.RIGHT, "confirmed": confirmed(by, LATER)} | changed
    return sign_preparation(by=by, preparation=preparation, at=LATER, **values)


def measured(site: Site, version: FormulationVersion, preparer: Actor, product: str) -> Preparation:
    lots = {
        line.ingredient_id: a_lot(site, line.ingredient, at=AT, product=product)
        for line in version.lines.select_related("ingredient")
    }
    return measured_preparation(site, version, preparer=preparer, lots=lots, at=AT)


def test_it_is_signed_only_when_every_critical_step_is_ticked(
    site: Site, version: FormulationVersion, preparer: Actor
) -> None:
    preparation = measured(site, version, preparer, "Panthenol Acme")
    tick_steps(by=preparer, preparation=preparation, done={3}, at=AT)
    with pytest.raises(Refused) as refused:
        sign(preparer, preparation)
    assert refused.value.reasons == ["Critical step not ticked: 2. Invert."]
    tick_steps(by=preparer, preparation=preparation, done={2, 3, 1, 99}, at=LATER)
    sign(preparer, preparation)
    preparation.refresh_from_db()
    signed = json.loads(preparation.signature.content)
    assert [(step["ordinal"], step["text"]) for step in signed["critical_steps"]] == [(2, "Invert."), (3, "Look.")]
    assert list(preparation.critical_steps.values_list("done_at", flat=True)) == [LATER, AT]
    with pytest.raises(DatabaseError), transaction.atomic():
        CriticalStep.objects.filter(preparation=preparation).update(done_at=None)


def test_a_tick_is_the_preparers_alone_and_the_newest_pages(
    site: Site, version: FormulationVersion, preparer: Actor
) -> None:
    preparation = a_draft(site, version, preparer=preparer, at=AT)
    with pytest.raises(Refused):
        tick_steps(by=make_preparer(site, "Other Demo"), preparation=preparation, done={2}, at=AT)
    tick_steps(by=preparer, preparation=preparation, done={2}, row_version=1, at=AT)
    with pytest.raises(StaleWrite):
        tick_steps(by=preparer, preparation=preparation, done={3}, row_version=1, at=AT)


def test_a_formulation_without_critical_steps_asks_for_none(site: Site, preparer: Actor) -> None:
    preparation = measured_preparation(site, approved_formulation(site), preparer=preparer, at=AT)
    assert not preparation.critical_steps.exists()
    assert sign(preparer, preparation)


def test_another_product_needs_a_reason_and_is_a_deviation(
    site: Site, version: FormulationVersion, preparer: Actor
) -> None:
    preparation = measured(site, version, preparer, "Panthenol Other")
    with pytest.raises(Refused) as refused:
        sign(preparer, preparation)
    assert refused.value.reasons == ["Dexpanthenol 250 mg/mL: Panthenol Other isn't among the allowed products"]
    sign(preparer, preparation, deviation_reason="The other is out of stock")
    (deviation,) = preparation.deviations.all()
    assert (deviation.kind, deviation.line.ordinal) == (DeviationKind.PRODUCT, 1)


def test_the_bench_shows_what_the_record_says_and_takes_ticks(
    client: Client, site: Site, version: FormulationVersion, sign_in: Any
) -> None:
    by = sign_in(site, "preparer")
    preparation = measured(site, version, by, "Panthenol Other")
    tick_steps(by=by, preparation=preparation, done=set(), at=AT)
    address = reverse("preparation", args=[preparation.pk])
    page = html.unescape(client.get(address).content.decode())
    for words in (
        "Syringes", "Clean bench", "Gloves", "2. Invert.", "Allowed: Panthenol Acme", "Incompatible with: Strong acids",
        "Reject when: Cloudy or leaking.", "Panthenol Other isn't among the allowed products",
        "Critical step not ticked: 3. Look.",
    ):  # fmt: skip
        assert words in " ".join(page.split())
    preparation.refresh_from_db()
    save = reverse("preparation_save", args=[preparation.pk])
    data = {"changed": ["steps_done"], "steps_done": ["2", "3"], "row_version": preparation.row_version}
    assert client.post(save, data, headers={"X-Autosave": "1"}).json()["values"]["steps_done"] == ["2", "3"]
    # The whole form without a tick says that none is set.
    assert client.post(save, {"row_version": preparation.row_version + 1}).status_code == 302
    assert not preparation.critical_steps.exclude(done_at=None).exists()
