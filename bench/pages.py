"""The list of patients and a patient's page, as whole requests in one process: signed in, every middleware."""

import random
from collections.abc import Callable

from django.test import Client, override_settings
from django.urls import reverse

from bench.clinic import BenchClinic
from bench.report import Limit, Row
from bench.timing import STATEMENTS_WARM, Work, interleaved_ms, page_row, queries_of, row
from clinic.web.paging import PAGE_SIZE, page_address
from patients.registry.models import Patient

LIST_TARGET, LIST_QUERIES = 0.30, 4
DEEP_PAGE, DEEP_TARGET = 1000, 1.5
DETAIL_TARGET, DETAIL_QUERIES = 2.0, 6


def run(clinic: BenchClinic, rounds: int) -> list[Row]:
    """Return the rows of both pages."""
    with override_settings(ROOT_URLCONF="bench.naive", ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        client = Client()
        client.force_login(clinic.operator.user)
        return [_list(client, rounds), _deep(client, clinic, rounds), _detail(client, clinic, rounds)]


def opened(client: Client, address: str, **headers: str) -> Work:
    """Return the work of opening a page; raises RuntimeError when it isn't shown."""

    def work() -> None:
        response = client.get(address, headers=headers or None)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")

    return work


def _list(client: Client, rounds: int) -> Row:
    ours = opened(client, reverse("patient_list"))
    floor = opened(client, reverse("bench_naive_list"))
    limit = Limit(name="queries", value=_page_queries(client, ours), most=LIST_QUERIES)
    return page_row(
        "list of patients, 25 rows", rounds, ours=lambda: ours, floor=lambda: floor, target=LIST_TARGET,
        limits=(limit,), detail=_ALL,
    )  # fmt: skip


def _deep(client: Client, clinic: BenchClinic, rounds: int) -> Row:
    """Return the row of page 1,000 beside page 1; of the last full page in a clinic that has fewer."""
    before = min((DEEP_PAGE - 1) * PAGE_SIZE, max(len(clinic.patient_ids) - PAGE_SIZE, 1))
    named = Patient.objects.for_site(clinic.site).order_by("sort_name", "pk").values_list("sort_name", "pk")
    address = reverse("patient_list", query={"after": page_address(named[before - 1])})
    times = interleaved_ms(
        rounds, ours=lambda: opened(client, address), floor=lambda: opened(client, reverse("patient_list")),
        warm_up=STATEMENTS_WARM,
    )  # fmt: skip
    return row("page 1,000 of that list", times, target=DEEP_TARGET, detail="the floor is page 1; wall time")


def _detail(client: Client, clinic: BenchClinic, rounds: int) -> Row:
    # Another patient every time, since a page that was opened before is warmer.
    choose = random.Random(1)

    def one(name: str) -> Callable[[], Work]:
        return lambda: opened(client, reverse(name, args=[choose.choice(clinic.patient_ids)]))

    limit = Limit(name="queries", value=_page_queries(client, one("patient")()), most=DETAIL_QUERIES)
    return page_row(
        "a patient's page", rounds, ours=one("patient"), floor=one("bench_bare_patient"), target=DETAIL_TARGET,
        limits=(limit,), detail=_ALL,
    )  # fmt: skip


_ALL = "the queries include sign-in, membership and the trail"


def _page_queries(client: Client, work: Work) -> int:
    work()
    return queries_of(work)
