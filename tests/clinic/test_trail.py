"""The record trail: with the fact or not at all, and a chain that shows every change."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.models import Action, ChainHead, TrailEvent
from clinic.trail.unit import OutsideUnitError, record, unit_of_work
from clinic.trail.verify import verify_chain
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
        "UPDATE clinic_chainhead SET seq = seq + 1",
        "UPDATE clinic_chainhead SET seq = seq + 1, count = count + 1, epoch = epoch + 1",
        "UPDATE clinic_chainhead SET seq = seq + 1, count = count + 1 WHERE site_id IS NULL",
        "UPDATE clinic_chainhead SET seq = seq + 1, count = count + 1, recorded_at = '2020-01-01'",
        "TRUNCATE clinic_chainhead",
    ],
)
def test_raw_sql_on_the_trail_is_refused(site: Site, statement: str) -> None:
    rename(site, "Site West", make_actor(site, Role.MANAGER))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_each_site_has_a_chain_of_its_own(site: Site, other_site: Site) -> None:
    for place, name in ((site, "Site A"), (other_site, "Site B"), (site, "Site C")):
        rename(place, name, make_actor(place, Role.MANAGER))
    numbers = TrailEvent.objects.order_by("id").values_list("site", "epoch", "seq")
    assert list(numbers) == [(site.pk, 1, 1), (other_site.pk, 1, 1), (site.pk, 1, 2)]
    ends = ChainHead.objects.exclude(site=None).order_by("site_id").values_list("site", "seq", "count")
    assert list(ends) == [(site.pk, 2, 2), (other_site.pk, 1, 1)]
    assert verify_chain() is None


def test_a_unit_of_several_sites_locks_their_ends_in_the_order_of_their_ids(
    site: Site, other_site: Site, django_assert_num_queries: Any
) -> None:
    here, there = make_actor(site, Role.MANAGER), make_actor(other_site, Role.MANAGER)
    rename(site, "Site A", here)
    rename(other_site, "Site B", there)

    @unit_of_work
    def both() -> None:
        for actor in (there, here, there):
            record(by=actor, action=Action.READ, subject=actor.site)

    with django_assert_num_queries(4) as queries:  # a savepoint's two, the ends, the entries
        both()
    lock = next(query["sql"] for query in queries.captured_queries if "FOR UPDATE" in query["sql"])
    assert "ORDER BY site_id FOR UPDATE" in lock
    assert list(ChainHead.objects.exclude(site=None).order_by("site_id").values_list("seq", flat=True)) == [2, 3]
    assert verify_chain() is None


def test_a_clock_that_was_set_back_is_held_at_the_chains_last_time(site: Site) -> None:
    actor, now = make_actor(site, Role.MANAGER), clock.now()
    with clock.moved_to(now):
        rename(site, "Site A", actor)
    with clock.moved_to(now - timedelta(hours=3)):
        rename(site, "Site B", actor)
    first, second = TrailEvent.objects.order_by("seq")
    assert (second.recorded_at, second.occurred_at) == (first.recorded_at, now - timedelta(hours=3))
    assert verify_chain() is None


def test_text_is_kept_in_one_form_in_the_columns_too(site: Site) -> None:
    actor = make_actor(site, Role.MANAGER, name="Zoe\u0308 Demo")
    rename(site, "A\u0308rztehaus", actor)
    event = TrailEvent.objects.get()
    assert event.actor_name == "Zo\u00eb Demo"
    assert "\u00c4rztehaus" in event.body
    assert verify_chain() is None


def test_a_chain_that_forked_in_spite_of_the_lock_is_refused(site: Site) -> None:
    rename(site, "Site A", make_actor(site, Role.MANAGER))
    event = TrailEvent.objects.get()
    for changed in ({"seq": 2}, {"prev_hash": "1" * 64}):
        event.pk, event._state.adding = None, True
        for name, value in changed.items():
            setattr(event, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            event.save()
        event = TrailEvent.objects.get()
