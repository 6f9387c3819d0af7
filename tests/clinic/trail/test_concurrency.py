"""Many processes write into the same chains at the same moment: no gap, no fork, nothing lost."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from clinic.accounts.actors import service_actor
from clinic.trail.models import Action, ChainHead, TrailEvent
from clinic.trail.turns import take_turn
from clinic.trail.unit import record, unit_of_work
from clinic.trail.verify import verify_trail
from tests.clinic.trail.append import address_of
from tests.factories import make_site

PROCESSES, UNITS = 32, 15


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_processes_that_write_at_once_neither_fork_the_chains_nor_leave_gaps(isolation: str) -> None:
    sites = [make_site("N"), make_site("S")]
    service_actor(sites[0])
    database = str(connection.settings_dict["NAME"])
    numbers = ",".join(str(site.pk) for site in sites)
    done = subprocess.run(
        [sys.executable, "-m", "tests.clinic.trail.append", numbers, str(UNITS), str(PROCESSES), isolation],
        check=False, cwd=settings.BASE_DIR, env={**os.environ, "DATABASE_URL": address_of(database)},
        stderr=subprocess.PIPE, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    report = verify_trail()
    assert report.findings == []
    written = set(TrailEvent.objects.values_list("reason", flat=True))
    assert written == {f"{seed} {number}" for seed in range(PROCESSES) for number in range(UNITS)}
    for site in sites:
        mine = TrailEvent.objects.filter(site=site).order_by("seq").values_list("seq", flat=True)
        assert list(mine) == list(range(1, len(mine) + 1))
        assert ChainHead.objects.get(site=site).count == len(mine) > PROCESSES * UNITS / 2


@unit_of_work
def noted_down(*, by: Any) -> None:
    record(by=by, action=Action.READ, subject=by.site)


def turns_of(captured: CaptureQueriesContext) -> list[str]:
    return [query["sql"].split()[2] for query in captured.captured_queries if query["sql"].startswith("LOCK TABLE")]


@pytest.mark.django_db(transaction=True)
def test_only_a_unit_at_repeatable_read_takes_a_turn_and_takes_it_at_its_own_site() -> None:
    by = service_actor(make_site("N"))
    with CaptureQueriesContext(connection) as captured:
        noted_down(by=by)
    assert turns_of(captured) == []
    connection.close()
    options = connection.settings_dict["OPTIONS"]
    before = options["options"]
    options["options"] = f"{before} -c default_transaction_isolation=repeatable\\ read"
    try:
        with CaptureQueriesContext(connection) as captured:
            noted_down(by=by)
            with transaction.atomic():
                take_turn()
                noted_down(by=by)
    finally:
        options["options"] = before
        connections.close_all()
    assert turns_of(captured) == [f"clinic_trailturn_{by.site.pk % 8}", "clinic_trailturn"]
    assert ChainHead.objects.get(site=by.site).seq == 3
