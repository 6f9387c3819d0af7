"""The record trail alone: `python -m bench.trail`, on the server of DATABASE_URL, whose role may make databases.

32 processes append 500 entries each at once, one unit in 20 thrown away, at both isolation levels, all at one site and
spread over four; then the verifier reads 1,000,000 entries from an export on one core.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import django

PROCESSES, UNITS = 32, 500
SITES = (1, 4)
ENTRIES = 1_000_000
ZERO = "0" * 64


class ThrownAwayError(Exception):
    """A unit that comes to nothing."""


def append(site_id: int, seed: int, units: int) -> list[float]:
    """Write `units` entries, each in a unit of its own; how long each took in s. Nothing has to be tried again."""
    from clinic.accounts.actors import Actor, service_actor
    from clinic.accounts.models import Site
    from clinic.trail.models import Action
    from clinic.trail.unit import record, unit_of_work

    dice = random.Random(seed)
    took: list[float] = []
    actor = service_actor(Site.objects.get(pk=site_id))

    @unit_of_work
    def write(*, by: Actor) -> None:
        record(by=by, action=Action.READ, subject=by.site, reason="measured")
        if dice.random() < 0.05:
            raise ThrownAwayError

    while len(took) < units:
        before = time.perf_counter()
        with suppress(ThrownAwayError):  # a unit that comes to nothing is none of those that are timed
            write(by=actor)
            took.append(time.perf_counter() - before)
    return took


def at_once(isolation: str, sites: int) -> None:
    """Let the processes append at once, and print how many entries a second that made and how long one took."""
    from django.db import connection

    from clinic.accounts.actors import service_actor
    from clinic.accounts.models import Site
    from clinic.trail.verify import verify_trail

    code = "".join(word[0] for word in isolation.split()).upper()
    made = [
        Site.objects.create(code=f"{code}{sites}{number}", name=f"{isolation} {sites} {number}", time_zone="UTC")
        for number in range(sites)
    ]
    service_actor(made[0])
    connection.close()
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        for seed in range(PROCESSES):
            if os.fork() == 0:
                options = connection.settings_dict["OPTIONS"]
                level = isolation.replace(" ", "\\ ")
                options["options"] = f"{options['options']} -c default_transaction_isolation={level}"
                Path(folder, str(seed)).write_text(json.dumps(append(made[seed % sites].pk, seed, UNITS)))
                os._exit(0)
        for _process in range(PROCESSES):
            _pid, status = os.wait()
            if status:
                sys.exit("a process failed")
        seconds = time.perf_counter() - began
        took = sorted(each for path in Path(folder).iterdir() for each in json.loads(path.read_text()))
    report = verify_trail()
    print(
        f"{isolation}: {len(took):,} entries by {PROCESSES} processes at {sites} site{'s'[: sites - 1]}, "
        f"{len(took) / seconds:,.0f} a second, median "
        f"{1000 * statistics.median(took):.1f} ms, 99th percentile {1000 * took[int(0.99 * len(took))]:.1f} ms, "
        f"{len(report.findings)} findings",
        flush=True,
    )


def export_of(path: Path, entries: int) -> None:
    """Write an export of one long chain, with what an entry of a clinic usually holds."""
    from clinic.canonical import canonical
    from clinic.trail.verifier import FORMAT, chain_hash

    def lines() -> Iterator[str]:
        last = ZERO
        for seq in range(1, entries + 1):
            columns = {
                "epoch": 1, "seq": seq, "recorded_at": f"2026-11-02T09:30:{seq * 59 // entries:02}.000000Z",
                "occurred_at": "2026-11-02T09:30:00.000000Z", "actor": 7, "actor_name": "Olga Demo", "site": 1,
                "action": "change", "object_type": "patients.Patient", "object_id": str(seq % 5000),
                "object_label": "Adler, Alma", "patient": seq % 5000, "request_id": "d1b6a1c2f00d4c0e8a", "reason": "",
            }  # fmt: skip
            changes = {"before": {"phone": "01 555 0100"}, "after": {"phone": "01 555 0199"}}
            body = canonical({"v": 2, **columns, "roles": ["operator"], "address": "10.0.0.7", **changes})
            digest = chain_hash(last, body)
            yield json.dumps({**columns, "body": body, "prev_hash": last, "hash": digest})
            last = digest
        ends.append({"chain": 1, "epoch": 1, "seq": entries, "hash": last, "count": entries})

    ends: list[dict[str, object]] = []
    body_path = path.with_suffix(".body")
    with body_path.open("w") as file:
        file.writelines(f"{line}\n" for line in lines())
    with path.open("w") as file, body_path.open() as body:
        file.write(json.dumps({"format": FORMAT, "heads": ends}) + "\n")
        for line in body:
            file.write(line)
    body_path.unlink()


def verifying(entries: int) -> None:
    """Print how long the verifier takes over a long export, on one core."""
    from clinic.trail import verifier

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "trail.jsonl")
        export_of(path, entries)
        began, before = time.perf_counter(), time.process_time()
        code = verifier.main([str(path)])
        seconds, used = time.perf_counter() - began, time.process_time() - before
    print(
        f"verified {entries:,} entries in {seconds:.1f} s, {used:.1f} s of processor time, exit code {code}", flush=True
    )


def main() -> None:
    """Measure and print."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    django.setup()
    from bench.database import own_database

    if "--verifier" not in sys.argv:
        with own_database():
            for isolation in ("read committed", "repeatable read"):
                for sites in SITES:
                    at_once(isolation, sites)
    verifying(ENTRIES)


if __name__ == "__main__":
    main()
