"""A process knows itself what it has written, also between two checkpoints."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.checkpoints.services import look_for_rollback
from clinic.errors import ReadOnly
from clinic.outbox import tasks
from clinic.trail import seen
from clinic.trail.appending import End
from clinic.trail.models import Action, ChainHead, Rollback, TrailEvent
from clinic.trail.unit import record, unit_of_work
from tests.clinic.rollback.given import LATER, begin, put_back, trail_of, written
from tests.factories import make_actor, make_site

pytestmark = pytest.mark.django_db


@unit_of_work
def written_and_remembered(*, by: Actor) -> None:
    record(by=by, action=Action.CHANGE, subject=by.site)


@pytest.fixture
def remembers(site: Site, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """A manager of a site with four entries that this process knows to be committed, and no checkpoint."""
    by = trail_of(site)
    monkeypatch.setattr(seen, "_seen", {})
    head = ChainHead.objects.get(site=site)
    seen.remember({site.pk: End(head.epoch, head.seq, head.hash, head.recorded_at, held=False)})
    return by


def test_a_process_notices_that_what_it_has_written_is_gone(remembers: Actor, client: Client) -> None:
    assert client.get(reverse("healthz")).json()["read_only"] is False
    put_back(remembers.site, keep=2)
    assert client.get(reverse("healthz")).json()["read_only"] is True
    (lost,) = Rollback.objects.get().lost
    assert (lost["epoch"], lost["seq"]) == (1, 4)
    (named,) = begin(remembers)
    assert (named.epoch, named.seq, named.after) == (1, 4, -1)
    assert client.get(reverse("healthz")).json()["read_only"] is False  # it is acknowledged


def test_the_worker_notices_it_too(remembers: Actor) -> None:
    ends = seen._here().copy()
    put_back(remembers.site, keep=2)
    seen._here().clear()
    for reason in ("another", "story", "altogether"):  # by a process that remembers nothing
        written(by=remembers, reason=reason)
    seen._here().update(ends)
    tasks.drain()
    (lost,) = Rollback.objects.get().lost
    assert lost["seq"] == 4
    (named,) = begin(remembers)
    assert (named.seq, named.after) == (4, 0)  # nothing tells since when


def test_a_unit_that_finds_its_chain_cut_off_writes_nothing(remembers: Actor) -> None:
    put_back(remembers.site, keep=2)
    with pytest.raises(ReadOnly, match="bin/manage begin_epoch"), transaction.atomic():
        written(by=remembers)
    assert TrailEvent.objects.count() == 2


def test_a_chain_that_went_on_is_no_rollback(remembers: Actor) -> None:
    written(by=remembers)
    assert seen.gone_from_here() == []
    assert look_for_rollback(at=LATER) == []


def test_only_what_was_committed_is_remembered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_seen", {})
    trail_of(site)  # inside the test's own transaction
    assert [ends for ends in seen._seen.values() if ends] == []


@pytest.mark.django_db(transaction=True)
def test_a_unit_remembers_what_it_committed_and_says_that_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_seen", {})
    by = make_actor(make_site("N"), Role.MANAGER)
    for _number in range(3):
        written_and_remembered(by=by)
    assert [end[:2] for ends in seen._seen.values() for end in ends.values()] == [(1, 3)]
    with transaction.atomic():
        put_back(by.site, keep=1)
    with pytest.raises(ReadOnly):
        written_and_remembered(by=by)
    assert Rollback.objects.get().lost[0]["seq"] == 3
