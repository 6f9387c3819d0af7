"""An export that a later checkpoint has overtaken isn't called cut off, and one that was cut off isn't called older."""

import json
from pathlib import Path
from typing import Any

import pytest

from clinic.trail.verifier import CHECKPOINT, FORMAT, Entry, main
from tests.clinic.trail.chains import chain_of_length

MADE = "2026-11-02T10:00:00.000000Z"
BEFORE, AFTER = "2026-11-02T09:55:00.000000Z", "2026-11-02T10:05:00.000000Z"
TRAIL: list[Entry] = chain_of_length(12)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where checkpoints lie."""
    (tmp_path / "checkpoints").mkdir()
    return tmp_path / "checkpoints"


def export(path: Path, count: int, *, made: Any = MADE) -> Path:
    """Write an export of the first `count` entries, whose declared end is the last of them."""
    last = TRAIL[count - 1]
    head = {"chain": 1, "epoch": 1, "seq": last["seq"], "hash": last["hash"], "count": count}
    lines = [{"format": FORMAT, "at": made, "heads": [head]}, *TRAIL[:count]]
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return path


def checkpoint(folder: Path, seq: int, at: str, *, site: int = 1) -> None:
    digest = TRAIL[seq - 1]["hash"]
    said = {"site": site, "epoch": 1, "seq": seq, "hash": digest, "count": seq, "time": at, "key": "0" * 16}
    text = "\n".join([CHECKPOINT, *(f"{name}: {value}" for name, value in said.items())])
    (folder / f"{site}-{seq}-{at[11:13]}{at[14:16]}.txt").write_text(f"{text}\nsignature: AAAA\n")


def told(path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, list[str]]:
    code = main([str(path), "--checkpoints", str(folder)])
    return code, capsys.readouterr().out.splitlines()


def test_an_export_from_before_a_checkpoint_is_older_and_not_cut_off(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(folder, 6, BEFORE)
    checkpoint(folder, 12, AFTER)
    code, said = told(export(tmp_path / "trail.jsonl", 8), folder, capsys)
    assert code == 1
    assert said[0] == (
        "site 1, entry 8: older than a checkpoint: this export ends at entry 8 of 2026-11-01T00:08:00.000000Z; the "
        f"checkpoint of {AFTER} knows 12 entries: export anew, or check with the checkpoints up to then"
    )
    assert said[1].startswith("The trail is whole as far as it goes: 8 entries read, 2 checkpoints")


def test_with_the_checkpoints_up_to_then_it_is_whole(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(folder, 6, BEFORE)
    code, said = told(export(tmp_path / "trail.jsonl", 8), folder, capsys)
    assert (code, len(said)) == (0, 1)
    assert said[0].startswith("The trail is whole: 8 entries")


@pytest.mark.parametrize("also_known_later", [False, True])
def test_one_that_lacks_what_was_noted_before_it_was_made_is_truncated(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str], *, also_known_later: bool
) -> None:
    """Its end was cut off, and its head with it: what a checkpoint of before knows, it would hold."""
    checkpoint(folder, 10, BEFORE)
    if also_known_later:
        checkpoint(folder, 10, AFTER)
        checkpoint(folder, 12, AFTER)
    code, said = told(export(tmp_path / "trail.jsonl", 8), folder, capsys)
    assert code == 1
    assert said[0] == "site 1, entry 8: truncated: 2 entries after it that were noted down are missing"
    assert said[-1].startswith("The trail is NOT whole")


@pytest.mark.parametrize("made", [None, "", 7, ["2026"]])
def test_one_that_doesnt_say_when_it_was_made_is_held_to_every_checkpoint(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str], made: Any
) -> None:
    checkpoint(folder, 12, AFTER)
    code, said = told(export(tmp_path / "trail.jsonl", 8, made=made), folder, capsys)
    assert code == 1
    assert "truncated" in said[0]


def test_an_export_whose_lines_were_cut_but_not_its_end_stays_truncated(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(folder, 12, AFTER)
    path = export(tmp_path / "trail.jsonl", 8)
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-2]))
    code, said = told(path, folder, capsys)
    assert code == 1
    assert said[0].startswith("site 1, entry 6: truncated: the end says 8")


def test_a_site_that_came_after_the_export_is_no_missing_chain(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checkpoint(folder, 3, AFTER, site=2)
    code, said = told(export(tmp_path / "trail.jsonl", 8), folder, capsys)
    assert code == 1
    assert said[0].startswith("site 2, entry 0: older than a checkpoint: this export ends at entry 0")
