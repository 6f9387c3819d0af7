"""Search as you type against the search that looks through every row."""

import random
from typing import Any

from django.db.models import Q
from django.test import Client, override_settings
from django.urls import reverse

from bench.clinic import BenchClinic
from bench.pages import opened
from bench.report import Limit, Row
from bench.timing import percentile_95, row, statements, wall_ms
from patients.registry.models import Patient
from patients.registry.queries import SEARCH_LIMIT, search

DATABASE_P95_MS, REQUEST_P95_MS = 2.0, 10.0
SEARCHES_PER_ROUND = 6


def run(clinic: BenchClinic, rounds: int) -> list[Row]:
    """Return the row of searching: time in the database, ours and naive by turns over the same texts."""
    choose = random.Random(2)
    ours_ms: list[float] = []
    floor_ms: list[float] = []
    request_ms: list[float] = []
    with override_settings(ALLOWED_HOSTS=["testserver"], SECURE_SSL_REDIRECT=False):
        client = Client()
        client.force_login(clinic.operator.user)
        for number in range(rounds + 1):
            for text in typed(clinic, choose):
                times = (_database_ms(_naive, clinic, text), _database_ms(search, clinic, text))
                address = reverse("patient_search", query={"q": text})
                whole_ms = wall_ms(opened(client, address, hx_request="true"))
                if number:
                    floor_ms.append(times[0])
                    ours_ms.append(times[1])
                    request_ms.append(whole_ms)
    limits = (
        Limit(name="95 of 100 in the database, ms:", value=percentile_95(ours_ms), most=DATABASE_P95_MS),
        Limit(name="95 of 100 whole requests, one client, ms:", value=percentile_95(request_ms), most=REQUEST_P95_MS),
    )
    detail = "beginnings of names, two names, record number, telephone; the floor is icontains, ordered, limited alike"
    return [row("search as you type", (ours_ms, floor_ms), target=None, limits=limits, detail=detail)]


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
