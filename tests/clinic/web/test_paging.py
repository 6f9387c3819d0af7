"""Pages by key: every row once, in order, there and back, whatever the columns' directions."""

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.web.paging import KeysetPage, keyset_page
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient

DIRECTIONS = (["sort_name", "id"], ["-sort_name", "-id"], ["sort_name", "-id"], ["-sort_name", "id"])


@pytest.fixture
def namesakes(site: Site) -> QuerySet[Patient]:
    """Eleven patients, three of each name."""
    desk = make_actor(site, Role.FRONT_DESK)
    for number in range(11):
        registered_patient(site, f"Demo {number // 3}", by=desk)
    return Patient.objects.for_site(site)


def page(rows: QuerySet[Patient], order: list[str], url: str = "") -> KeysetPage[Patient]:
    return keyset_page(rows, RequestFactory().get("/" + url), order=order, size=4)


@pytest.mark.parametrize("order", DIRECTIONS)
def test_every_row_comes_once_in_order(namesakes: QuerySet[Patient], order: list[str]) -> None:
    shown, seen = page(namesakes, order), []
    while True:
        seen.append(list(shown.rows))
        if not shown.has_next:
            break
        shown = page(namesakes, order, shown.next_url)
    assert [row for rows in seen for row in rows] == list(namesakes.order_by(*order))
    for before in reversed(seen[:-1]):
        shown = page(namesakes, order, shown.previous_url)
        assert list(shown.rows) == before
    assert not shown.has_previous


@pytest.mark.parametrize("order", DIRECTIONS)
def test_a_page_is_entered_by_its_first_column(namesakes: QuerySet[Patient], order: list[str]) -> None:
    """An OR alone would have the database read every page before.

    Eleven rows are as quickly read by any index and sorted; so neither reading all nor sorting all is allowed.
    """
    following = page(namesakes, order).next_url
    with CaptureQueriesContext(connection) as queries:
        page(namesakes, order, following)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert [line for line in plan.splitlines() if "Index Cond" in line and "sort_name" in line], plan


@pytest.mark.parametrize("cursor", ["x", "W10", "WzFd", "WyJ4IiwgInkiXQ"])
def test_a_broken_address_is_not_found(namesakes: QuerySet[Patient], cursor: str) -> None:
    with pytest.raises(Http404):
        page(namesakes, ["sort_name", "id"], f"?after={cursor}")
