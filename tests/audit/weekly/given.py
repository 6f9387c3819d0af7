"""What the tests of a week stand on: its times, and preparations, decisions and a signature in it."""

import uuid
from datetime import UTC, datetime

from audit.weekly.models import Verdict, WeekReview
from audit.weekly.queries import deviations_of
from audit.weekly.services import decide_deviation, sign_week
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from protocols.formulations.models import FormulationVersion
from sessions.preparation.models import Preparation
from tests.factories import confirmed
from tests.sessions.builders import signed_preparation

#: A Tuesday morning of week 47, and the Monday after it.
AT = datetime(2026, 11, 17, 8, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WEEK = Week(2026, 47)


def prepare(
    site: Site, version: FormulationVersion, *, by: Actor | None = None, off: bool = False, at: datetime = AT
) -> Preparation:
    """Sign a preparation; `off` measures both ingredients beyond their tolerance: two deviations."""
    # Of 5 mL: 3 mL ± 5 % of the active, 2 mL ± 10 % of the diluent.
    with clock.moved_to(at):
        return signed_preparation(site, version, [3_300, 1_700] if off else None, preparer=by, at=at)


def decide(by: Actor, site: Site, *, week: Week = WEEK, at: datetime = MONDAY) -> None:
    for deviation in deviations_of(site, week).filter(decision=None):
        decide_deviation(
            by=by, deviation=deviation, verdict=Verdict.TALKED, text="Talked through", submission_key=uuid.uuid4(),
            at=at,
        )  # fmt: skip


def sign(by: Actor, *, week: Week = WEEK, at: datetime = MONDAY, note: str = "") -> WeekReview:
    return sign_week(
        by=by, week=week, note=note, confirmed=confirmed(by, at), submission_key=uuid.uuid4(), at=at
    )  # fmt: skip
