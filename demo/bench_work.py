"""The bench of the demo clinic: stock, and preparations measured by people who aren't all alike."""

import uuid
from datetime import datetime, timedelta
from random import Random

from clinic import clock
from clinic.accounts.actors import Actor
from demo.staff import Staff
from protocols.formulations.models import FormulationVersion, Ingredient
from sessions.preparation.models import Preparation, Vial, VisualCheck
from sessions.preparation.queries import remaining_ul
from sessions.preparation.services import (
    destroy_leftover,
    measure,
    record_look,
    sign_preparation,
    start_preparation,
    tick_steps,
)
from sessions.stock.queries import usable_lots_of
from sessions.stock.services import receive_lot

#: A careful hand: the standard deviation of a measured volume, as a share of the target.
CAREFUL = 0.008
#: The preparer who drifts, by how much more each week, since how many weeks.
DRIFTER, DRIFT_PER_WEEK, DRIFT_SINCE_WEEKS = "preparer2", 0.007, 12
#: Given where a volume is beyond its tolerance; the service keeps it only there.
DEVIATES_BECAUSE = "Read the syringe against the light; noticed at the check."
LOT_UL = 250_000
LOT_LASTS = timedelta(days=300)
BATCH_UL = 6_000


class Bench:
    """Preparing, for one demo clinic."""

    def __init__(self, staff: Staff, now: datetime, chance: Random) -> None:
        self.staff, self.now, self.chance = staff, now, chance
        self.lots = 0

    def receive(self, *, by: Actor, ingredient: Ingredient, at: datetime) -> None:
        """Receive a new lot of `ingredient`."""
        self.lots += 1
        receive_lot(
            by=by, ingredient=ingredient, product=f"{ingredient.name} {ingredient.concentration}",
            manufacturer="Demo Pharma", lot_number=f"DEMO-{self.lots:04}",
            expires_on=clock.local(at, by.site).date() + LOT_LASTS, received_ul=LOT_UL, submission_key=uuid.uuid4(),
            at=at,
        )  # fmt: skip

    def _measured_ul(self, target_ul: int, key: str, at: datetime) -> int:
        error = self.chance.gauss(0, CAREFUL)
        if key == DRIFTER:
            weeks = DRIFT_SINCE_WEEKS - (self.now - at).days / 7
            error += max(0.0, weeks) * DRIFT_PER_WEEK
        return max(1, round(target_ul * (1 + error)))

    def prepare(self, *, key: str, site: str, version: FormulationVersion, at: datetime) -> Preparation:
        """Prepare a batch as the person `key`: lots, volumes, look, signature; return it with its vial."""
        by = self.staff.actor(key, site)
        preparation = start_preparation(
            by=by, formulation_version=version, batch_ul=BATCH_UL, vial_count=1, submission_key=uuid.uuid4(), at=at
        )
        lines = list(preparation.lines.select_related("formulation_line__ingredient").order_by("ordinal"))
        ingredients = [line.formulation_line.ingredient_id for line in lines]
        usable = usable_lots_of(by.site, ingredients, on=clock.local(at, by.site).date())
        for line in lines:
            volume_ul = self._measured_ul(line.target_ul, key, at)
            lot = next(
                each.lot for each in usable[line.formulation_line.ingredient_id] if each.standing.free_ul >= volume_ul
            )
            measure(by=by, preparation=preparation, line=line, lot=lot, measured_ul=volume_ul, at=at)
        critical = preparation.critical_steps.values_list("ordinal", flat=True)
        tick_steps(by=by, preparation=preparation, done=set(critical), at=at)
        record_look(by=by, preparation=preparation, visual_check=VisualCheck.RIGHT, notes="", at=at)
        sign_preparation(
            by=by, preparation=preparation, visual_check=VisualCheck.RIGHT, deviation_reason=DEVIATES_BECAUSE,
            confirmed=self.staff.confirm(by), at=at,
        )  # fmt: skip
        preparation.refresh_from_db()
        return preparation

    def destroy(self, *, key: str, site: str, vial: Vial, at: datetime) -> None:
        """Destroy what is left in a vial at the end of the day."""
        if remaining_ul(vial):
            destroy_leftover(
                by=self.staff.actor(key, site), vial=vial, reason="End of the day", submission_key=uuid.uuid4(), at=at
            )
