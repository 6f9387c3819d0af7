"""The verifier, attacked: every way of changing a chain is found, called by its name, and placed."""

import ast
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.trail import verifier
from clinic.trail.verifier import ZERO, Fault, Finding, chain_hash
from tests.clinic.trail.chains import Trail, changed, clean_trail, entry

#: How many changed chains are tried; each must be found, and none of the clean ones.
MUTATIONS = 5_000
CHAINS = (0, 1, 2)
type Attack = Callable[[Trail, int, random.Random], tuple[int, Fault]]


def inner(trail: Trail, chain: int, dice: random.Random) -> int:
    """Return where an entry of the chain stands that is neither its first nor its last two."""
    return dice.choice(trail.of(chain)[1:-2])


def altered(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    each = trail.entries[inner(trail, chain, dice)]
    part = dice.choice(["body", "hash", "prev_hash"])
    at = dice.randrange(len(each[part]))
    each[part] = each[part][:at] + chr(ord(each[part][at]) ^ 1) + each[part][at + 1 :]
    return each["seq"], Fault.ALTERED


def column_altered(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    each = trail.entries[inner(trail, chain, dice)]
    name = dice.choice(
        ["actor", "actor_name", "action", "object_id", "reason", "patient", "recorded_at", "occurred_at"]
    )
    each[name] = 99 if name in {"actor", "patient"} else f"{each[name]}x"
    return each["seq"], Fault.COLUMN_ALTERED


def gap(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    at = inner(trail, chain, dice)
    after = trail.entries[at + 1]["seq"]
    del trail.entries[at]
    return after, Fault.GAP


def first_deleted(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    at = trail.of(chain)[0]
    after = trail.entries[at + 1]["seq"]
    del trail.entries[at]
    return after, Fault.GAP


def inserted(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    at = inner(trail, chain, dice)
    twin = changed(trail.entries[at], reason="Slipped in.")
    trail.entries.insert(at + dice.choice([0, 1]), twin)
    # Before the true one it is what the true one doesn't follow; after it, it is the second of its number.
    return twin["seq"], Fault.FORK


def rewritten_alone(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    at = inner(trail, chain, dice)
    trail.entries[at] = changed(trail.entries[at], reason="Never was.")
    return trail.entries[at + 1]["seq"], Fault.FORK


def replayed_tail(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    places = trail.of(chain)
    tail = [dict(trail.entries[at]) for at in places[-dice.randint(2, 6) :]]
    trail.entries[places[-1] + 1 : places[-1] + 1] = tail
    return tail[0]["seq"], Fault.FORK


def swapped(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    places = trail.of(chain)
    one, two = sorted(dice.sample(places[1:-1], 2))
    rows = trail.entries
    rows[one], rows[two] = rows[two], rows[one]
    return rows[one]["seq"], Fault.REORDERED


def renumbered(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    places = trail.of(chain)
    one, two = sorted(dice.sample(places[1:-1], 2))
    rows = trail.entries
    rows[one], rows[two] = rows[two], rows[one]
    rows[one]["seq"], rows[two]["seq"] = rows[two]["seq"], rows[one]["seq"]
    return rows[one]["seq"], Fault.REORDERED


def moved(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    places = trail.of(chain)
    one, two = sorted(dice.sample(places[1:-1], 2))
    seq = trail.entries[one + 1]["seq"]
    trail.entries.insert(two, trail.entries.pop(one))
    return seq, Fault.REORDERED


def cut_off(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    places, count = trail.of(chain), dice.randint(1, 5)
    last = trail.entries[places[-count - 1]]["seq"]
    del trail.entries[places[-count] : places[-1] + 1]
    return last, Fault.TRUNCATED


def cut_off_with_its_end(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    places, count = trail.of(chain), dice.randint(1, 5)
    trail.note(places[-1])
    del trail.entries[places[-count] : places[-1] + 1]
    last = trail.entries[places[-count - 1]]
    trail.end_at(chain, last, len(places) - count)
    return last["seq"], Fault.TRUNCATED


def whole_chain_dropped(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    places = trail.of(chain)
    trail.note(places[-1])
    del trail.entries[places[0] : places[-1] + 1]
    trail.heads = [head for head in trail.heads if head["chain"] != chain]
    return 0, Fault.TRUNCATED


def head_moved(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    head = next(head for head in trail.heads if head["chain"] == chain)
    last = head["seq"]
    name = dice.choice(["seq", "hash", "count", "all"])
    if name == "all":
        trail.heads.remove(head)
    elif name == "hash":
        head["hash"] = "ab" * 32
    else:
        head[name] -= 1
    return last, Fault.HEAD_MISMATCH


def time_turned_back(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    at = inner(trail, chain, dice)
    trail.rewrite(chain, at, recorded_at="2026-10-01T00:00:00.000000Z")
    return trail.entries[at]["seq"], Fault.TIME_REGRESSION


def suffix_rewritten(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    at = inner(trail, chain, dice)
    noted = dice.choice([place for place in trail.of(chain) if place >= at])
    trail.note(noted)
    trail.rewrite(chain, at, reason="Never was.")
    return trail.entries[noted]["seq"], Fault.CHECKPOINT_MISMATCH


def epoch_column_changed(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    each = trail.entries[inner(trail, chain, dice)]
    each["epoch"] = dice.randint(2, 9)
    return each["seq"], Fault.UNKNOWN_EPOCH


def epoch_made_up(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    at = inner(trail, chain, dice)
    epoch = trail.entries[at]["epoch"]
    trail.rewrite(chain, at, v=3)
    assert trail.entries[at]["epoch"] == epoch
    return trail.entries[at]["seq"], Fault.UNKNOWN_EPOCH


def transplanted(trail: Trail, chain: int, dice: random.Random) -> tuple[int, Fault]:
    """An entry of another site, under this site's name, in the place of one of its own."""
    at, other = inner(trail, chain, dice), inner(trail, 1 if chain == 2 else 2, dice)
    seq, site = trail.entries[at]["seq"], trail.entries[at]["site"]
    trail.entries[at] = trail.entries[other] | {"seq": seq, "site": site, "epoch": trail.entries[at]["epoch"]}
    return seq, Fault.COLUMN_ALTERED


#: The epoch of entries of the first epoch decides on their chain: changing it moves them into a site's.
ATTACKS: dict[Attack, tuple[int, ...]] = {
    altered: CHAINS, column_altered: CHAINS, gap: CHAINS, first_deleted: CHAINS, inserted: (1, 2),
    rewritten_alone: CHAINS, replayed_tail: CHAINS, swapped: CHAINS, renumbered: CHAINS, moved: CHAINS,
    cut_off: CHAINS, cut_off_with_its_end: CHAINS, whole_chain_dropped: (1, 2), head_moved: CHAINS,
    time_turned_back: (1, 2), suffix_rewritten: CHAINS, epoch_column_changed: (1, 2), epoch_made_up: CHAINS,
    transplanted: CHAINS,
}  # fmt: skip


def findings_of(trail: Trail, chain: int) -> list[Finding]:
    return [finding for finding in trail.verified().findings if finding.chain == chain]


def test_thousands_of_changed_chains_are_found_and_called_by_their_names() -> None:
    dice, seen = random.Random(3), Counter[Fault]()
    clean = clean_trail()
    attacks = list(ATTACKS)
    for number in range(MUTATIONS):
        attack = attacks[number % len(attacks)]
        chain = dice.choice(ATTACKS[attack])
        trail = clean.copy()
        seq, fault = attack(trail, chain, dice)
        found = findings_of(trail, chain)
        assert [(each.seq, each.fault) for each in found] == [(seq, fault)], (attack.__name__, chain, found)
        seen[fault] += 1
    assert set(seen) == set(Fault) - {Fault.UNREADABLE, Fault.OLDER}  # which only a file can be


@given(st.tuples(*[st.integers(1, 20)] * 3), st.randoms(use_true_random=False))
def test_a_clean_trail_has_no_findings(lengths: tuple[int, int, int], dice: Any) -> None:
    trail = clean_trail(lengths)
    for at in range(len(trail.entries)):
        if dice.random() < 0.3:
            trail.note(at)
    report = trail.verified()
    assert report.findings == []
    assert report.count == len(trail.entries)


@given(st.integers(0, 10**9))
def test_a_flipped_bit_of_what_was_hashed_is_found(seed: int) -> None:
    dice, trail = random.Random(seed), clean_trail((2, 3, 4))
    each = dice.choice(trail.entries)
    part = dice.choice(["body", "prev_hash", "hash"])
    text = bytearray(each[part].encode())
    text[dice.randrange(len(text))] ^= 1 << dice.randrange(7)
    each[part] = text.decode()
    assert [(each.fault, each.seq) for each in trail.verified().findings] == [(Fault.ALTERED, each["seq"])]


def test_the_first_epoch_cut_off_is_seen_by_the_chains_that_go_on_from_it() -> None:
    trail = clean_trail()
    places = trail.of(0)
    del trail.entries[places[-1]]
    trail.end_at(0, trail.entries[places[-2]], len(places) - 1)
    assert [(each.chain, each.fault) for each in trail.verified().findings] == [(0, Fault.TRUNCATED)]


def test_the_first_epoch_written_anew_is_seen_by_the_chains_that_go_on_from_it() -> None:
    trail = clean_trail()
    trail.rewrite(0, 3, reason="Never was.")
    assert [(each.chain, each.fault) for each in trail.verified().findings] == [(0, Fault.CHECKPOINT_MISMATCH)]


def test_a_chain_moved_to_another_site_is_found() -> None:
    trail = clean_trail()
    for at in trail.of(2):
        trail.entries[at]["site"] = 3
    assert {(each.chain, each.fault) for each in trail.verified().findings} == {
        (2, Fault.TRUNCATED), (3, Fault.COLUMN_ALTERED),
    }  # fmt: skip


@pytest.mark.parametrize("digits", [16, 64])
def test_the_first_digits_of_a_hash_are_enough_to_see_a_chain_written_anew(digits: int) -> None:
    trail = clean_trail()
    trail.noted = [(chain, seq, digest[:digits]) for chain, seq, digest in _all_noted(trail)]
    assert trail.verified().findings == []
    at = trail.of(2)[4]
    trail.rewrite(2, at, reason="Never was.")
    (found,) = trail.verified().findings
    assert (found.fault, found.seq) == (Fault.CHECKPOINT_MISMATCH, 5)
    assert "after 4" in found.detail


def _all_noted(trail: Trail) -> list[tuple[int, int, str]]:
    return [(each["site"] if each["epoch"] else 0, each["seq"], each["hash"]) for each in trail.entries]


def test_two_notes_that_differ_are_a_finding_too() -> None:
    trail = clean_trail()
    at = trail.of(2)[4]
    trail.note(at)
    chain, seq, _digest = trail.noted[0]
    trail.noted.append((chain, seq, "cd" * 32))
    assert [each.fault for each in trail.verified().findings] == [Fault.CHECKPOINT_MISMATCH]


def test_an_empty_trail_is_whole() -> None:
    assert Trail([]).verified().findings == []


@pytest.mark.parametrize("body", ["", "nonsense", "[]", "null", "{}", '{"v":2,"seq":1}', '{"v":[],"seq":1}'])
def test_a_body_that_cannot_be_read_is_altered(body: str) -> None:
    each = entry(1, 1, 1, ZERO) | {"body": body, "hash": chain_hash(ZERO, body)}
    trail = Trail([each])
    trail.end_at(1, each, 1)
    assert [found.fault for found in trail.verified().findings] == [Fault.ALTERED]


def test_the_file_is_short_and_understood_by_the_python_of_the_last_two_debian_releases() -> None:
    """Whoever audits a clinic reads it, and runs it with what is there: Python 3.11, without the clinic's program."""
    text = Path(verifier.__file__).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    parsed = ast.parse(text, feature_version=(3, 11))
    imported = {
        name.split(".")[0]
        for node in ast.walk(parsed)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert not imported & {"django", "clinic", "patients", "protocols", "sessions", "audit"}
