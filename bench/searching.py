"""Search as you type against the search that looks through every row."""

import random
import statistics
from typing import Any

from django.db.models import Q
from django.test import Client
from django.urls import reverse

from bench.clinic import BenchClinic
from bench.report import Limit, Row
from bench.server import served, times_at_once
from bench.timing import STATEMENTS_WARM, percentile_95, row, statements
from patients.registry.models import Patient
from patients.registry.queries import SEARCH_LIMIT, search

DATABASE_P95_MS, REQUEST_P95_MS = 2.0, 10.0
SEARCHES_PER_ROUND = 6
#: Rounds of searches alone for one of ours and the naive by turns.
ALONE = 4
#: Four people at once, each twice as quick as somebody who types fast.
CLIENTS, KEY_EVERY_S = 4, 0.1


def run(clinic: BenchClinic, rounds: int) -> list[Row]:
    """Return the row of searching: time in the database, ours and naive by turns over the same texts, then ours alone.

    Whole requests are those of `CLIENTS` people who type at the clinic's own web server.
    """
    choose = random.Random(2)
    ours_ms: list[float] = []
    floor_ms: list[float] = []
    for number in range(rounds + 1):
        for text in typed(clinic, choose):
            times = (_database_ms(_naive, clinic, text), _database_ms(search, clinic, text))
            if number:
                floor_ms.append(times[0])
                ours_ms.append(times[1])
    # The 95th of 100 is of searches alone: one that has read every row leaves caches that no clinic ever has.
    alone_ms = [_database_ms(search, clinic, text) for _ in range(ALONE * rounds) for text in typed(clinic, choose)]
    with served() as port:
        typing_ms, hurried_ms = whole_requests_ms(clinic, port, rounds, choose)
    limits = (
        Limit(name="95 of 100 in the database, ms:", value=percentile_95(alone_ms), most=DATABASE_P95_MS),
        Limit(
            name=f"95 of 100 whole requests, {CLIENTS} people at {1 / KEY_EVERY_S:.0f} keys a second, ms:",
            value=percentile_95(typing_ms), most=REQUEST_P95_MS,
        ),
    )  # fmt: skip
    detail = (
        "beginnings of names, two names, record number, telephone; the floor is icontains, ordered, limited alike; "
        f"without a pause between the keys {statistics.median(hurried_ms):.1f} ms, "
        f"95 of 100 {percentile_95(hurried_ms):.1f} ms"
    )
    return [row("search as you type", (ours_ms, floor_ms), target=None, limits=limits, detail=detail)]


def whole_requests_ms(
    clinic: BenchClinic, port: int, rounds: int, choose: random.Random
) -> tuple[list[float], list[float]]:
    """Return what requests of `CLIENTS` people at once take at the server on `port`, once it is warm.

    First of people who type, then of such as never pause: the most that the server can bear.
    """
    browser = Client()
    browser.force_login(clinic.operator.user)
    session = str(browser.session.session_key)

    def searches(times: int) -> list[list[str]]:
        return [
            [reverse("patient_search", query={"q": text}) for _ in range(times) for text in typed(clinic, choose)]
            for _ in range(CLIENTS)
        ]

    # Every process has several threads, each with a connection of its own to be warmed.
    times_at_once(port, session, searches(STATEMENTS_WARM))
    typing = times_at_once(port, session, searches(rounds), key_every_s=KEY_EVERY_S)
    return typing, times_at_once(port, session, searches(rounds))


def typed(clinic: BenchClinic, choose: random.Random) -> list[str]:
    """Return what somebody may have typed so far, about patients who are there."""
    ids = [choose.choice(clinic.patient_ids) for _ in range(SEARCHES_PER_ROUND)]
    someone = list(Patient.objects.filter(pk__in=ids))
    first, last = someone[0], someone[-1]
    return [
        first.family_name[:2], first.family_name[:4], first.family_name, f"{first.given_name} {first.family_name[:3]}",
        last.record_number, last.phone_digits[2:12],
    ]  # fmt: skip


def _naive(site: Any, text: str, limit: int) -> list[Patient]:
    words = Q()
    for word in text.split():
        anywhere = Q(family_name__icontains=word) | Q(given_name__icontains=word)
        words &= anywhere | Q(record_number__icontains=word) | Q(phone_digits__icontains=word)
    return list(Patient.objects.for_site(site).filter(words).order_by("sort_name", "id")[:limit])


def _database_ms(find: Any, clinic: BenchClinic, text: str) -> float:
    with statements() as counted:
        find(clinic.site, text, SEARCH_LIMIT)
    return counted.ms
