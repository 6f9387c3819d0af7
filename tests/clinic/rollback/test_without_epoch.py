"""Ends that were noted down without their epoch, after an older backup was put back: compared, named, or told apart."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.accounts.actors import Actor
from clinic.checkpoints.noting import note_printed
from clinic.checkpoints.services import look_for_rollback
from clinic.documents.models import SealedDocument
from clinic.trail.models import TrailEvent
from clinic.trail.verifier import Fault, Noted
from clinic.trail.verify import verify_trail
from tests.clinic.rollback.given import LATER, begin, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(manager: Actor) -> dict[int, str]:
    """Hashes that somebody noted of entries that are lost, by number; the clinic has gone on to entry 5 since."""
    look_for_rollback(at=LATER)
    begin(manager)
    for _entry in range(2):
        written(by=manager, reason="afterwards")
    return {3: "3" * 64, 4: "4" * 64}


def here(by: Actor, seq: int) -> str:
    found: str = TrailEvent.objects.get(site=by.site, seq=seq).hash
    return found


def test_what_is_here_is_compared_and_what_is_lost_cannot_be_told(
    manager: Actor, lost: dict[int, str], capsys: Any
) -> None:
    site = manager.site.pk
    call_command("verify_trail", checkpoint=[f"{site}:{seq}:{here(manager, seq)}" for seq in (1, 2, 3, 4, 5)])
    assert "The trail is whole" in capsys.readouterr().out
    with pytest.raises(CommandError, match=rf"site {site} \(N, Site North\), entry 2: checkpoint mismatch"):
        call_command("verify_trail", checkpoint=[f"{site}:2:{'a' * 64}"])
    capsys.readouterr()
    with pytest.raises(CommandError, match="of 1 ends noted down without an epoch it can't be told"):
        call_command("verify_trail", checkpoint=[f"{site}:3:{lost[3]}"])
    said = capsys.readouterr().out
    assert f"site {site} (N, Site North), entry 3: can't be told: {'3' * 16} was noted down without an epoch" in said
    assert "The trail is whole" not in said


def test_with_its_epoch_it_can_be_told(manager: Actor, lost: dict[int, str], capsys: Any) -> None:
    site = manager.site.pk
    call_command("verify_trail", checkpoint=[f"{site}.1:3:{lost[3]}", f"{site}.2:3:{here(manager, 3)}"])
    assert f"Checkpoint: {site}.2:5:{here(manager, 5)}" in capsys.readouterr().out
    with pytest.raises(CommandError, match=rf"site {site} \(N, Site North\), entry 3: checkpoint mismatch"):
        call_command("verify_trail", checkpoint=[f"{site}.2:3:{lost[3]}"])


@pytest.mark.parametrize("seq", [2, 3])
def test_the_end_that_a_kept_document_prints_is_of_this_chain(manager: Actor, lost: dict[int, str], seq: int) -> None:
    def printed(digest: str) -> Noted:
        noted = Noted()
        content = json.dumps({"trail": {"seq": seq, "hash": digest[:16], "time": "2026-03-09T08:00:00.000000Z"}})
        assert note_printed(noted, SealedDocument(site=manager.site, content=content))
        return noted

    assert verify_trail(printed(here(manager, seq))).findings == []
    (finding,) = verify_trail(printed("ab" * 32)).findings
    assert (finding.chain, finding.seq, finding.fault) == (manager.site.pk, seq, Fault.CHECKPOINT_MISMATCH)
