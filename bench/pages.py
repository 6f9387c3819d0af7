"""The list of patients and a patient's page, as whole requests in one process: signed in, every middleware."""

import random
from collections.abc import Callable

from django.test import Client, override_settings
from django.urls import reverse

from bench.clinic import BenchClinic
from bench.report import Limit, Row
from bench.timing import STATEMENTS_WARM, Work, interleaved_ms, queries_of, row

LIST_TARGET, LIST_QUERIES = 0.30, 4
DETAIL_TARGET, DETAIL_QUERIES = 2.0, 6


def run(clinic: BenchClinic, rounds: int) -> list[Row]:
    """Return the rows of both pages."""
    with override_settings(ROOT_URLCONF="bench.naive", ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        client = Client()
        client.force_login(clinic.operator.user)
        return [_list(client, rounds), _detail(client, clinic, rounds)]


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
    times = interleaved_ms(rounds, ours=lambda: ours, floor=lambda: floor, warm_up=STATEMENTS_WARM)
    limit = Limit(name="queries", value=_page_queries(client, ours), most=LIST_QUERIES)
    return row("list of patients, 25 rows", times, target=LIST_TARGET, limits=(limit,), detail=_ALL)


def _detail(client: Client, clinic: BenchClinic, rounds: int) -> Row:
    # Another patient every time, since a page that was opened before is warmer.
    choose = random.Random(1)

    def one(name: str) -> Callable[[], Work]:
        return lambda: opened(client, reverse(name, args=[choose.choice(clinic.patient_ids)]))

    times = interleaved_ms(rounds, ours=one("patient"), floor=one("bench_bare_patient"), warm_up=STATEMENTS_WARM)
    limit = Limit(name="queries", value=_page_queries(client, one("patient")()), most=DETAIL_QUERIES)
    return row("a patient's page", times, target=DETAIL_TARGET, limits=(limit,), detail=_ALL)


_ALL = "wall time of the whole request; the queries include sign-in, membership and the trail"


def _page_queries(client: Client, work: Work) -> int:
    work()
    return queries_of(work)
