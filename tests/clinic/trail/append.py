"""Processes that write into the trail at once: python -m tests.clinic.trail.append SITES UNITS PROCESSES ISOLATION"""

import os
import random
import sys
import time
from contextlib import suppress
from urllib.parse import urlsplit

import django


def address_of(database: str) -> str:
    """Return the DATABASE_URL of another database on the tests' server."""
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()


class ThrownAwayError(Exception):
    """A unit that comes to nothing."""


def main(site_ids: list[int], events: int, seed: int) -> list[float]:
    """Write `events` entries, each in a unit of its own, with one unit in twenty thrown away; the units' times in s.

    Nothing is tried again: a unit that Postgres refuses ends the process.
    """
    from clinic.accounts.actors import Actor, service_actor
    from clinic.accounts.models import Site
    from clinic.trail.models import Action
    from clinic.trail.unit import record, unit_of_work

    dice, took = random.Random(seed), []
    actors = [service_actor(site) for site in Site.objects.filter(pk__in=site_ids).order_by("pk")]

    @unit_of_work
    def write(number: int, *, by: Actor) -> None:
        record(by=by, action=Action.READ, subject=by.site, reason=f"{seed} {number}")
        if dice.random() < 0.05:
            raise ThrownAwayError

    @unit_of_work
    def write_at_all(number: int) -> None:
        for actor in actors:
            record(by=actor, action=Action.READ, subject=actor.site, reason=f"{seed} {number}")
        if dice.random() < 0.05:
            raise ThrownAwayError

    for number in range(events):
        done = False
        while not done:
            before = time.perf_counter()
            with suppress(ThrownAwayError):
                if dice.random() < 0.2:
                    write_at_all(number)
                else:
                    write(number, by=dice.choice(actors))
                took.append(time.perf_counter() - before)
                done = True
    return took


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    from django.conf import settings

    sites, units, processes, isolation = sys.argv[1].split(","), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    options = settings.DATABASES["default"]["OPTIONS"]
    options["options"] = (
        f"{options['options']} -c default_transaction_isolation={isolation.replace(' ', chr(92) + ' ')}"
    )
    children = []
    for seed in range(processes):
        if (pid := os.fork()) == 0:
            main([int(site) for site in sites], units, seed)
            os._exit(0)
        children.append(pid)
    ended = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    sys.exit(max(map(abs, ended)))
