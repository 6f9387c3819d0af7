"""Today's times."""

from datetime import UTC, datetime

import pytest

from clinic.accounts.models import Site
from clinic.worklist.registry import Urgency, WorkItem
from clinic.worklist.views import groups_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("due_at", "shown"),
    [
        (datetime(2026, 11, 22, 13, 20, tzinfo=UTC), "14:20"),
        (datetime(2026, 11, 21, 23, 0, tzinfo=UTC), ""),
        (datetime(2026, 11, 19, 9, 0, tzinfo=UTC), "19 Nov"),
        (datetime(2025, 11, 19, 9, 0, tzinfo=UTC), "19 Nov 2025"),
        (None, ""),
    ],
    ids=["an hour today", "today without an hour", "another day", "another year", "no time"],
)
def test_when_something_is_due_is_said_as_shortly_as_it_can_be(site: Site, due_at: datetime | None, shown: str) -> None:
    item = WorkItem(Urgency.TODAY, "Alma Demo", "Loading 3", "Open", "/plan/", "ready", due_at=due_at)
    (group,) = groups_of([item], at=NOW, site=site)
    assert group.items[0].when == shown
