"""A manager acknowledges that an older backup was put back, and the record trail goes on in a new epoch."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.checkpoints.services import look_for_rollback
from clinic.checkpoints.writing import write_checkpoint
from clinic.errors import NotAllowed, Refused
from clinic.trail.models import ChainHead, Rollback
from clinic.trail.verify import verify_trail
from tests.clinic.rollback.given import AT, LATER, begin, put_back, trail_of, written
from tests.factories import PASSWORD, make_actor

pytestmark = pytest.mark.django_db


def test_after_the_acknowledgement_work_goes_on_and_the_trail_is_whole(manager: Actor, capsys: Any) -> None:
    look_for_rollback(at=LATER)
    with pytest.raises(CommandError, match="entry 2: truncated"):
        call_command("verify_trail")
    begin(manager)
    written(by=manager, reason="afterwards")
    write_checkpoint(at=LATER)
    capsys.readouterr()
    call_command("verify_trail")
    said = capsys.readouterr().out
    assert "The trail is whole: 4 entries" in said
    assert (
        f"epoch 1 of site {manager.site.pk} (N, Site North) after entry 2, up to entry 4, is lost: {manager.name}"
        in said
    )
    assert "The disk failed." in said
    head = ChainHead.objects.get(site=manager.site)
    assert (head.epoch, head.seq, head.count) == (2, 4, 4)
    found = Rollback.objects.get()
    assert (found.acknowledged_by, found.acknowledged_at) == (manager.user, LATER)


def test_only_a_manager_acknowledges_and_says_why(manager: Actor, site: Site, other_site: Site) -> None:
    with pytest.raises(Refused, match="isn’t read only"):
        begin(manager)
    look_for_rollback(at=LATER)
    for somebody in (make_actor(site, Role.PHYSICIAN), make_actor(other_site, Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            begin(somebody)
    manager.user.is_active = False
    with pytest.raises(NotAllowed):
        begin(manager)
    manager.user.is_active = True
    with pytest.raises(Refused, match="Say why"):
        begin(manager, reason=" ")
    assert Rollback.objects.get().acknowledged_at is None


def test_the_command_asks_for_the_managers_password(manager: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(password: str, by: str = manager.user.email) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        out = io.StringIO()
        call_command("begin_epoch", by=by, reason="The disk failed.", password_stdin=True, stdout=out)
        return out.getvalue()

    with pytest.raises(CommandError, match="nobody with this"):
        run("something else entirely")
    with pytest.raises(CommandError, match="nobody with this"):
        run(PASSWORD, "nobody@clinic.example")
    said = run(PASSWORD)
    assert f"Lost: epoch 1 of site {manager.site.pk} (N, Site North), up to entry 4" in said
    assert f"{manager.name} has begun a new epoch" in said
    with pytest.raises(CommandError, match="isn’t read only"):
        run(PASSWORD)


def test_every_sites_chain_goes_on_in_the_new_epoch(manager: Actor, other_site: Site) -> None:
    other = trail_of(other_site, 3)
    look_for_rollback(at=LATER)
    begin(manager)
    written(by=other)
    heads = {head.site_id: (head.epoch, head.seq) for head in ChainHead.objects.exclude(site=None)}
    assert heads == {manager.site.pk: (2, 3), other_site.pk: (2, 5)}
    assert verify_trail().findings == []


def test_a_site_that_the_backup_does_not_have_keeps_its_number(manager: Actor, settings: Any) -> None:
    gone = max(manager.site.pk, 1) + 40
    for folder in settings.CHECKPOINT_FOLDERS:
        pretend(Path(folder), gone)
    look_for_rollback(at=LATER)
    lost = begin(manager)
    assert (gone, 1, 7) in [(each.site, each.epoch, each.seq) for each in lost]
    assert Site.objects.create(code="NEW", name="New", time_zone="UTC").pk > gone
    call_command("verify_trail")


def pretend(folder: Path, site: int) -> None:
    """Write a checkpoint of a site that isn't there into the newest file of a folder."""
    from clinic.checkpoints.texts import checkpoint_text

    head = ChainHead(site_id=site, epoch=1, seq=7, hash="ab" * 32, count=7)
    path = max(folder.rglob("*.txt"))
    path.write_text(f"{path.read_text()}\n{checkpoint_text(head, at=AT)}")


def test_a_backup_may_be_put_back_again(manager: Actor) -> None:
    look_for_rollback(at=LATER)
    begin(manager)
    written(by=manager)
    write_checkpoint(at=LATER)
    put_back(manager.site, keep=1)
    (said,) = look_for_rollback(at=LATER)
    assert "3 entries behind checkpoint 4 of epoch 2" in said
    lost = begin(manager)
    assert [(each.epoch, each.seq) for each in lost] == [(1, 4), (2, 4)]
    assert ChainHead.objects.get(site=manager.site).epoch == 3
    call_command("verify_trail")


def test_no_epoch_begins_without_a_rollback(manager: Actor) -> None:
    with pytest.raises(DatabaseError, match="only moves on"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clinic_chainhead SET epoch = 2, seq = 3, count = 3, hash = repeat('a', 64) WHERE site_id = %s",
            [manager.site.pk],
        )
