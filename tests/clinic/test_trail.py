"""The record trail: with the fact or not at all, and a chain that shows every change."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.models import Action, ChainHead, TrailEvent
from clinic.trail.unit import OutsideUnitError, record, unit_of_work
from clinic.trail.verify import Checkpoint, Fault, verify_chain
from tests.factories import make_actor

pytestmark = pytest.mark.django_db


@unit_of_work
def rename(site: Site, name: str, by: Any) -> None:
    before = site.name
    Site.objects.filter(pk=site.pk).update(name=name)
    record(by=by, action=Action.CHANGE, subject=site, before={"name": before}, after={"name": name})


def test_a_fact_and_its_entry_are_written_together(site: Site) -> None:
    actor = make_actor(site, Role.MANAGER)
    rename(site, "Site West", actor)
    event = TrailEvent.objects.get()
    assert (event.action, event.actor, event.actor_name, event.site) == ("change", actor.user, actor.name, site)
    assert '"after":{"name":"Site West"}' in event.body
    assert verify_chain() is None


def test_when_the_fact_fails_there_is_no_entry(site: Site) -> None:
    actor = make_actor(site, Role.MANAGER)

    @unit_of_work
    def fails() -> None:
        rename(site, "Site West", actor)
        raise RuntimeError("the lights go out")

    with pytest.raises(RuntimeError):
        fails()
    site.refresh_from_db()
    assert site.name == "Site North"
    assert not TrailEvent.objects.exists()


def test_an_inner_failure_that_is_handled_leaves_no_entry_of_its_own(site: Site) -> None:
    actor = make_actor(site, Role.MANAGER)

    @unit_of_work
    def inner() -> None:
        record(by=actor, action=Action.CREATE, subject=site)
        raise ValueError("inner")

    @unit_of_work
    def outer() -> None:
        with pytest.raises(ValueError, match="inner"):
            inner()
        rename(site, "Site East", actor)

    outer()
    assert [event.action for event in TrailEvent.objects.all()] == ["change"]


def test_nothing_is_recorded_outside_a_unit(site: Site) -> None:
    with pytest.raises(OutsideUnitError):
        record(by=make_actor(site, Role.MANAGER), action=Action.READ, subject=site)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE clinic_trailevent SET reason = 'x'",
        "DELETE FROM clinic_trailevent",
        "TRUNCATE clinic_trailevent CASCADE",
        "DELETE FROM clinic_chainhead",
        "UPDATE clinic_chainhead SET hash = repeat('1', 64)",
        "TRUNCATE clinic_chainhead",
    ],
)
def test_raw_sql_on_the_trail_is_refused(site: Site, statement: str) -> None:
    rename(site, "Site West", make_actor(site, Role.MANAGER))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def _as_superuser(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize(
    ("attack", "fault"),
    [
        ("UPDATE clinic_trailevent SET body = replace(body, 'Site B', 'Site X') WHERE seq = 2", Fault.ALTERED),
        ("UPDATE clinic_trailevent SET actor_name = 'Somebody Else' WHERE seq = 2", Fault.COLUMN_ALTERED),
        ("DELETE FROM clinic_trailevent WHERE seq = 2", Fault.GAP),
        ("UPDATE clinic_trailevent SET prev_hash = repeat('a', 64) WHERE seq = 2", Fault.BROKEN_LINK),
        ("DELETE FROM clinic_trailevent WHERE seq = 3", Fault.HEAD_MISMATCH),
    ],
)
def test_an_attack_past_the_triggers_is_found(site: Site, attack: str, fault: Fault) -> None:
    actor = make_actor(site, Role.MANAGER)
    for name in ("Site A", "Site B", "Site C"):
        rename(site, name, actor)
    _as_superuser(attack)
    finding = verify_chain()
    assert finding is not None
    assert finding.fault is fault


def test_what_the_clinic_adds_meanwhile_is_read_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = make_actor(site, Role.MANAGER)
    rename(site, "Site A", actor)
    get, added = ChainHead.objects.get, []

    def work_goes_on(**wanted: Any) -> ChainHead:
        if len(added) < 3:
            added.append(f"Site {len(added)}")
            rename(site, added[-1], actor)
        return get(**wanted)

    monkeypatch.setattr(ChainHead.objects, "get", work_goes_on)
    assert verify_chain() is None
    assert len(added) == 3


def test_a_tail_cut_off_with_its_end_is_seen_against_a_checkpoint(site: Site) -> None:
    actor = make_actor(site, Role.MANAGER)
    for name in ("Site A", "Site B"):
        rename(site, name, actor)
    head = ChainHead.objects.get()
    noted = Checkpoint(head.seq, head.hash)
    first = TrailEvent.objects.get(seq=1)
    _as_superuser("DELETE FROM clinic_trailevent WHERE seq = 2")
    _as_superuser(f"UPDATE clinic_chainhead SET seq = 1, hash = '{first.hash}'")
    assert verify_chain() is None
    finding = verify_chain([noted])
    assert finding is not None
    assert finding.fault is Fault.TRUNCATED
