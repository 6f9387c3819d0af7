"""A clinic has gone on from an older backup: its chain is long enough, and holds other entries."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.checkpoints.rollback import compare
from clinic.checkpoints.services import look_for_rollback
from clinic.checkpoints.writing import write_checkpoint
from clinic.errors import ReadOnly
from clinic.outbox.models import Alert
from clinic.trail.models import ChainHead, Rollback
from tests.clinic.rollback.given import AT, BEFORE, LATER, begin, put_back, trail_of, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def overtaken(site: Site) -> Actor:
    """A manager of a site whose backup of two entries went on to five, with others than were noted as 3 and 4."""
    by = trail_of(site, 2)
    write_checkpoint(at=BEFORE)
    for reason in ("what", "happened"):
        written(by=by, reason=reason)
    write_checkpoint(at=AT)
    put_back(site, keep=2)
    for reason in ("another", "story", "altogether"):
        written(by=by, reason=reason)
    return by


def test_a_chain_that_has_overtaken_the_checkpoint_with_other_entries_is_noticed(overtaken: Actor) -> None:
    (said,) = look_for_rollback(at=LATER)
    assert f"site {overtaken.site.pk} (N, Site North): another entry 4 than checkpoint 4 of epoch 1" in said
    assert "verify_trail" in said
    with pytest.raises(ReadOnly), transaction.atomic():
        written(by=overtaken)
    (alert,) = Alert.objects.all()
    assert "another entry 4" in alert.text


def test_no_checkpoint_is_written_over_what_was_overtaken(overtaken: Actor, settings: Any) -> None:
    files = list(Path(settings.CHECKPOINT_FOLDERS[0]).rglob("*.txt"))
    assert write_checkpoint(at=LATER) == []
    assert list(Path(settings.CHECKPOINT_FOLDERS[0]).rglob("*.txt")) == files
    assert Rollback.objects.get().lost[0]["seq"] == 4


def test_an_epoch_begins_after_a_chain_that_was_overtaken_and_names_what_is_lost(overtaken: Actor, capsys: Any) -> None:
    look_for_rollback(at=LATER)
    with pytest.raises(CommandError, match="entry 4: checkpoint mismatch"):
        call_command("verify_trail")
    (lost,) = begin(overtaken)
    assert (lost.epoch, lost.seq, lost.after) == (1, 4, 2)
    written(by=overtaken, reason="afterwards")
    assert len(write_checkpoint(at=LATER)) == 2
    assert look_for_rollback(at=LATER) == []
    capsys.readouterr()
    call_command("verify_trail")
    said = capsys.readouterr().out
    where = f"site {overtaken.site.pk} (N, Site North)"
    assert f"epoch 1 of {where} after entry 2, up to entry 4, is lost: {overtaken.name}" in said
    head = ChainHead.objects.get(site=overtaken.site)
    assert (head.epoch, head.seq, head.count) == (2, 7, 7)


def test_what_was_the_same_before_still_has_to_be_what_was_noted(overtaken: Actor) -> None:
    look_for_rollback(at=LATER)
    begin(overtaken)
    # Somebody writes entry 2, which was the same, anew: it isn't among what is said to be lost.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE clinic_trailevent SET hash = repeat('d', 64) WHERE seq = 2")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [each.seq for each in compare(whole=True).lost] == [2]


def test_it_is_named_though_the_place_that_told_of_it_cannot_be_read_any_more(overtaken: Actor, settings: Any) -> None:
    look_for_rollback(at=LATER)
    settings.CHECKPOINT_FOLDERS = []
    (lost,) = begin(overtaken)
    assert (lost.seq, lost.after) == (4, 0)


def test_a_chain_that_is_behind_and_has_other_entries_names_since_when(site: Site) -> None:
    by = trail_of(site, 1)
    write_checkpoint(at=BEFORE)
    written(by=by, reason="what")
    write_checkpoint(at=BEFORE.replace(minute=26))
    for reason in ("happened", "then"):
        written(by=by, reason=reason)
    write_checkpoint(at=AT)
    put_back(site, keep=1)
    written(by=by, reason="another story")
    look_for_rollback(at=LATER)
    (lost,) = begin(by)
    assert (lost.seq, lost.after) == (4, 1)
    call_command("verify_trail")
