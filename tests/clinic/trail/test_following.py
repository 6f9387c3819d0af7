"""Postgres itself refuses an entry that doesn't follow its chain's end, to the application's own role as well."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.appending import COLUMNS
from clinic.trail.models import Action, ChainHead, TrailEvent
from clinic.trail.unit import record, unit_of_work
from clinic.trail.verifier import ZERO, chain_hash
from clinic.trail.verify import verify_chain
from launch.postgres import APPLICATION
from tests.factories import make_actor

pytestmark = pytest.mark.django_db
INSERT = f"INSERT INTO clinic_trailevent ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"


@unit_of_work
def written(*actors: Actor, times: int = 1) -> None:
    for by in actors:
        for number in range(times):
            record(by=by, action=Action.READ, subject=by.site, reason=f"reason {number}")


@pytest.fixture
def by(site: Site) -> Actor:
    """Somebody at a site whose chain has three entries."""
    actor = make_actor(site, Role.MANAGER)
    written(actor, times=3)
    return actor


@pytest.fixture
def as_application(by: Actor) -> Iterator[Any]:
    """A cursor with the rights of web and worker."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"SET LOCAL ROLE {APPLICATION}")
        yield cursor
        cursor.execute("RESET ROLE")


def next_entry(said: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return an entry that would follow the last one, with other columns; `said` is what its body says otherwise."""
    last = TrailEvent.objects.order_by("-seq")[0]
    row = {name: getattr(last, name) for name in COLUMNS} | {"seq": last.seq + 1, "prev_hash": last.hash}
    row |= {name: value for name, value in changes.items() if name != "hash"}
    body = json.loads(last.body) | {"seq": row["seq"], "epoch": row["epoch"]} | (said or {})
    row["body"] = json.dumps(body)
    row["hash"] = changes.get("hash", chain_hash(row["prev_hash"], row["body"]))
    return row


def add(cursor: Any, *rows: dict[str, Any]) -> None:
    statement, more = INSERT, f", ({', '.join(['%s'] * len(COLUMNS))})"
    with transaction.atomic():
        cursor.execute(statement + more * (len(rows) - 1), [row[name] for row in rows for name in COLUMNS])


def test_an_entry_that_follows_moves_the_end_on(by: Actor, as_application: Any) -> None:
    add(as_application, next_entry())
    head = ChainHead.objects.get(site=by.site)
    last = TrailEvent.objects.get(seq=4)
    assert (head.seq, head.count, head.hash, head.recorded_at) == (4, 4, last.hash, last.recorded_at)
    assert verify_chain() is None


@pytest.mark.parametrize(
    "forged",
    [
        {"seq": 5},
        {"seq": 3_000},
        {"seq": 0},
        {"prev_hash": "a" * 64},
        {"prev_hash": ZERO},
        {"epoch": 2},
        {"epoch": 0},
        {"epoch": 2, "action": "begin_epoch", "said": {"action": "begin_epoch"}},  # no backup was put back
        {"recorded_at": "2020-01-01T00:00:00Z", "said": {"recorded_at": "2020-01-01T00:00:00.000000Z"}},
    ],
)
def test_an_entry_that_does_not_follow_is_refused(by: Actor, as_application: Any, forged: dict[str, Any]) -> None:
    with pytest.raises(DatabaseError, match=r"baseline:|violates check constraint|duplicate key"):
        add(as_application, next_entry(**forged))
    assert (TrailEvent.objects.count(), ChainHead.objects.get(site=by.site).seq) == (3, 3)
    assert verify_chain() is None


@pytest.mark.parametrize(
    "forged",
    [
        {"hash": "a" * 64},
        {"hash": hashlib.sha256(b"").hexdigest()},
        {"actor_name": "Somebody Else"},
        {"action": "sign"},
        {"object_id": "99"},
        {"object_label": "Another"},
        {"reason": "Another."},
        {"occurred_at": "2020-01-01T00:00:00Z"},
        {"said": {"v": 1}},
        {"said": {"seq": 9}},
        {"said": {"epoch": 3}},
        {"said": {"site": 0}},
        {"said": {"actor": 0}},
        {"said": {"patient": 7}},
        {"said": {"recorded_at": "2026-11-01T00:00:00.000000Z"}},
    ],
)
def test_an_entry_that_is_not_what_its_hash_or_its_columns_say_is_refused(
    by: Actor, as_application: Any, forged: dict[str, Any]
) -> None:
    with pytest.raises(DatabaseError, match="is not what its hash or its columns say"):
        add(as_application, next_entry(**forged))
    assert verify_chain() is None


def test_a_body_that_is_no_json_is_refused(by: Actor, as_application: Any) -> None:
    row = next_entry()
    row["body"] = "nonsense"
    row["hash"] = chain_hash(row["prev_hash"], row["body"])
    with pytest.raises(DatabaseError, match="invalid input syntax for type json"):
        add(as_application, row)


def test_two_entries_at_once_have_to_follow_each_other(by: Actor, as_application: Any) -> None:
    first = next_entry()
    with pytest.raises(DatabaseError, match="duplicate key"):
        add(as_application, first, next_entry(seq=5))
    with pytest.raises(DatabaseError, match="does not follow"):
        add(as_application, first, next_entry(seq=5, prev_hash="b" * 64))
    add(as_application, next_entry(seq=5, prev_hash=first["hash"]), first)  # in whichever order they come
    assert ChainHead.objects.get(site=by.site).seq == 5
    assert verify_chain() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinic_chainhead SET seq = seq + 1, count = count + 1, hash = repeat('a', 64) WHERE seq > 0",
        "UPDATE clinic_chainhead SET seq = seq + 1, count = count + 1 WHERE seq > 0",
        "INSERT INTO clinic_chainhead (site_id, epoch, seq, hash, count) VALUES (%s, 1, 1, repeat('0', 64), 1)",
        "INSERT INTO clinic_chainhead (site_id, epoch, seq, hash, count) VALUES (%s, 2, 0, repeat('0', 64), 0)",
        "INSERT INTO clinic_chainhead (site_id, epoch, seq, hash, count) VALUES (%s, 1, 0, repeat('a', 64), 0)",
    ],
)
def test_the_end_moves_on_to_an_entry_only(other_site: Site, as_application: Any, statement: str) -> None:
    values = [other_site.pk] if "%s" in statement else []
    with pytest.raises(DatabaseError, match="only moves on"), transaction.atomic():
        as_application.execute(statement, values)


def test_a_table_of_ones_own_does_not_stand_in_for_the_chains_end(by: Actor, as_application: Any) -> None:
    as_application.execute("RESET ROLE")
    as_application.execute("CREATE TEMPORARY TABLE clinic_chainhead ON COMMIT DROP AS TABLE public.clinic_chainhead")
    as_application.execute("UPDATE pg_temp.clinic_chainhead SET seq = 8, hash = repeat('c', 64) WHERE seq > 0")
    with pytest.raises(DatabaseError, match="does not follow"):
        add(as_application, next_entry(seq=9, prev_hash="c" * 64))


def test_entries_of_several_sites_move_their_ends_in_one_statement(
    by: Actor, other_site: Site, django_assert_num_queries: Any
) -> None:
    there = make_actor(other_site, Role.MANAGER)
    written(there)
    with django_assert_num_queries(4):  # a savepoint's two, the ends, the entries
        written(there, by, there)
    assert dict(ChainHead.objects.exclude(site=None).values_list("site_id", "count")) == {
        by.site.pk: 4,
        other_site.pk: 3,
    }
    assert verify_chain() is None


def test_more_entries_than_one_statement_holds_are_one_chain(by: Actor) -> None:
    written(by, times=2_100)
    head = ChainHead.objects.get(site=by.site)
    assert (head.seq, head.count) == (2_103, 2_103)
    assert verify_chain() is None
