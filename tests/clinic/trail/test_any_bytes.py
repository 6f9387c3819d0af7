"""The verifier reads what anybody may have put there: whatever it is, it says where it is broken and ends in order."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.trail.verifier import CHECKPOINT, FORMAT, ZERO, Entry, chain_hash, main
from tests.clinic.trail.chains import chain_of_length, entry

QUICK = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
NO_ENTRIES = [
    b"[1]", b"1", b"null", b"true", b'"text"', b"{}", b"", b" ", b"nonsense", b"\xff\xfe\x00", b"[" * 100_000,
    b'{"epoch":1}', b"1" * 5_000, b'{"a":' * 50_000, b"\xef\xbb\xbf{}", b"NaN", b"\x00",
]  # fmt: skip
NOTHING_TO_COMPARE = "no checkpoints, without which a cut-off end isn't seen"


def export(entries: list[Any]) -> list[bytes]:
    """Return the lines of an export of one chain, of which any line may be bytes already."""
    there = [each for each in entries if isinstance(each, dict)]
    last = there[-1] if there else {"seq": 0, "hash": ZERO}
    head = {"chain": 1, "epoch": 1, "seq": last.get("seq", 0), "hash": last.get("hash", ZERO), "count": len(there)}
    lines = [json.dumps({"format": FORMAT, "heads": [head]}).encode()]
    return lines + [each if isinstance(each, bytes) else json.dumps(each).encode() for each in entries]


def verified(path: Path, lines: list[bytes], capsys: Any, *more: str) -> tuple[int, str]:
    path.write_bytes(b"\n".join(lines) + b"\n")
    code = main([str(path), *more])
    out, err = capsys.readouterr()
    return code, out + err


def test_an_export_that_is_whole_is_whole(tmp_path: Path, capsys: Any) -> None:
    code, said = verified(tmp_path / "trail.jsonl", export(list(chain_of_length(5))), capsys)
    assert (code, said) == (0, f"The trail is whole: 5 entries read, {NOTHING_TO_COMPARE}.\n")


@pytest.mark.parametrize("line", NO_ENTRIES, ids=range(len(NO_ENTRIES)))
def test_a_line_that_is_no_entry_is_named_as_the_first_broken_place(tmp_path: Path, capsys: Any, line: bytes) -> None:
    entries: list[Any] = list(chain_of_length(5))
    code, said = verified(tmp_path / "trail.jsonl", export([*entries[:3], line, b"[2]", *entries[3:]]), capsys)
    assert code == 1
    assert said.splitlines()[0] == "line 5: unreadable: it isn't an entry"
    assert said.splitlines()[1].startswith("The trail is NOT whole: 5 entries read")


@pytest.mark.parametrize("name", ["epoch", "seq", "site", "actor", "body", "hash", "recorded_at", "reason"])
@pytest.mark.parametrize("value", [None, True, -1, 2**63, 1.5, [], {}, "missing"])
def test_an_entry_with_another_thing_in_it_is_named(tmp_path: Path, capsys: Any, name: str, value: Any) -> None:
    entries: list[Any] = list(chain_of_length(4))
    entries[1] = {key: each for key, each in entries[1].items() if key != name} if value == "missing" else {
        **entries[1], name: value,
    }  # fmt: skip
    code, said = verified(tmp_path / "trail.jsonl", export(entries), capsys)
    assert code == 1
    assert said.splitlines()[0] == "line 3: unreadable: it isn't an entry"


@pytest.mark.parametrize(
    "first",
    [b"", b"[1]", b"{}", b"\xff", b'{"format": 1}', json.dumps({"format": FORMAT}).encode(),
     *(json.dumps({"format": FORMAT, "heads": heads}).encode()
       for heads in (None, 7, "x", {}, {"chain": 1}, [[1]], [{}], [{"chain": "1"}]))],
)  # fmt: skip
def test_a_file_that_is_no_export_is_not_verified(tmp_path: Path, capsys: Any, first: bytes) -> None:
    code, said = verified(tmp_path / "trail.jsonl", [first], capsys)
    if code:
        assert code == 2
        assert "line 1: no export of a record trail begins so" in said
    else:
        assert b'"heads": {}' in first  # no chains, as none is there


def begins_oddly(body: dict[str, Any]) -> Entry:
    """Return the first entry of a chain that says that it goes on from another, with this in its body."""
    made = entry(1, 1, 1, ZERO, action="begin_chain")
    text = json.dumps(json.loads(made["body"]) | body)
    return made | {"body": text, "hash": chain_hash(ZERO, text)}


@pytest.mark.parametrize(
    "after", [1, "x", [], [1], {"follows_seq": "x"}, {"follows_seq": []}, {"follows_seq": float("inf")}]
)
def test_a_chain_that_goes_on_from_nothing_that_can_be_read_is_named(tmp_path: Path, capsys: Any, after: Any) -> None:
    code, said = verified(tmp_path / "trail.jsonl", export([begins_oddly({"after": after})]), capsys)
    assert code == (0 if after == [] else 1)
    assert after == [] or "site 1, entry 1: unknown epoch" in said


def test_half_a_character_can_be_told_of(tmp_path: Path, capsys: Any) -> None:
    entries = chain_of_length(3)
    odd = entry(2, 1, 4, entries[-1]["hash"], action="begin_epoch", reason="\ud800", after={
        "follows": {name: entries[-1][name] for name in ("epoch", "seq", "hash")},
        "lost": [{"site": 1, "epoch": 1, "seq": 9, "hash": ZERO}],
    })  # fmt: skip
    lines = export([*entries, odd])
    lines[0] = lines[0].replace(b'"epoch": 1', b'"epoch": 2')
    code, said = verified(tmp_path / "trail.jsonl", lines, capsys)
    assert (code, r"is lost: Olga Demo" in said, r"\ud800" in said) == (0, True, True)


@QUICK
@given(st.integers(0, 10**9), ANYTHING)
def test_any_value_anywhere_in_an_export_ends_in_order(tmp_path: Path, capsys: Any, seed: int, value: Any) -> None:
    dice = random.Random(seed)
    entries: list[Any] = list(chain_of_length(5))
    at = dice.randrange(5)
    if dice.random() < 0.5:
        name = dice.choice(list(entries[at]))
        entries[at] = {**entries[at], name: value}
    else:  # in the body, hashed anew
        body = json.loads(entries[at]["body"])
        text = json.dumps(body | {dice.choice([*body, "epoch"]): value})
        entries[at] = {**entries[at], "body": text, "hash": chain_hash(entries[at]["prev_hash"], text)}
    head = export(list(chain_of_length(5)))[0]  # without a head that can be read it is no export
    code, said = verified(tmp_path / "trail.jsonl", [head, *export(entries)[1:]], capsys)
    assert code in {0, 1}
    assert ("NOT whole" in said) == bool(code)


@QUICK
@given(st.binary(max_size=400), st.integers(0, 10**9))
def test_any_bytes_in_an_export_end_in_order(tmp_path: Path, capsys: Any, garbage: bytes, seed: int) -> None:
    whole = b"\n".join(export(list(chain_of_length(4))))
    dice = random.Random(seed)
    at = dice.randrange(len(whole))
    code, said = verified(tmp_path / "trail.jsonl", [whole[:at] + garbage + whole[at + dice.randrange(40) :]], capsys)
    assert code in {0, 1, 2}
    assert said


@QUICK
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_as_a_checkpoint_end_in_order(tmp_path: Path, capsys: Any, garbage: bytes, marked: bool) -> None:
    (tmp_path / "noted").mkdir(exist_ok=True)
    numbers = b"\nsite: 1\nepoch: 1\nseq: %s\nhash: %s\nsignature: x"
    mark = CHECKPOINT.encode() + numbers % (garbage, ZERO.encode())
    (tmp_path / "noted" / "a.txt").write_bytes(mark if marked else garbage)
    lines = export(list(chain_of_length(4)))
    code, said = verified(tmp_path / "trail.jsonl", lines, capsys, "--checkpoints", str(tmp_path / "noted"))
    assert code in {0, 1}
    assert "Traceback" not in said


@pytest.mark.parametrize("block", ["[1]", "{}", "", f"{CHECKPOINT}\nseq: {'9' * 5_000}\nhash: {ZERO}\nsignature: x"])
def test_a_checkpoint_that_is_none_is_named(tmp_path: Path, capsys: Any, block: str) -> None:
    (tmp_path / "noted").mkdir()
    (tmp_path / "noted" / "a.txt").write_text(block)
    lines = export(list(chain_of_length(4)))
    code, said = verified(tmp_path / "trail.jsonl", lines, capsys, "--checkpoints", str(tmp_path / "noted"))
    assert code == 1
    assert "checkpoint mismatch" in said or "truncated" in said


def pem(secret: Any) -> bytes:
    public: bytes = secret.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return public


KEYS = [
    b"", b"nonsense", b"\xff", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    pem(X25519PrivateKey.generate()), pem(generate_private_key(SECP256R1())),
]  # fmt: skip


@pytest.mark.parametrize("key", KEYS, ids=range(len(KEYS)))
def test_a_key_that_is_none_is_said(tmp_path: Path, capsys: Any, key: bytes) -> None:
    (tmp_path / "noted").mkdir()
    (tmp_path / "noted" / "a.txt").write_text("[1]")
    (tmp_path / "trail.pub").write_bytes(key)
    more = ["--checkpoints", str(tmp_path / "noted"), "--public-key", str(tmp_path / "trail.pub")]
    code, said = verified(tmp_path / "trail.jsonl", export(list(chain_of_length(4))), capsys, *more)
    assert code in {1, 2}
    assert ("It can't be verified" in said) == (code == 2)
