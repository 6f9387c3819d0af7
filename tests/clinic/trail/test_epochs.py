"""A chain that goes on from an older backup: what it says is lost is told of, and whatever it doesn't say is found."""

import json
from typing import Any

import pytest

from clinic.trail.verifier import ZERO, Entry, Fault, Noted, Report, verify
from tests.clinic.trail.chains import chain_of_length, changed, entry

SITE = 1


def lost(last: Entry) -> dict[str, Any]:
    """What is said of the last entry that is lost."""
    return {"site": last["site"], "epoch": last["epoch"], "seq": last["seq"], "hash": last["hash"]}


def begun(after: Entry | None, *names: Entry, epoch: int = 2, site: int = SITE, **said: Any) -> Entry:
    """Return the entry that begins an epoch after another one, and names what is lost."""
    follows = (
        {name: after[name] for name in ("epoch", "seq", "hash")} if after else {"epoch": 1, "seq": 0, "hash": ZERO}
    )
    says = {"follows": follows, "lost": [lost(name) for name in names]} | said
    reason = "The disk failed."
    return entry(epoch, site, follows["seq"] + 1, follows["hash"], action="begin_epoch", after=says, reason=reason)


def going_on(first: Entry, count: int = 3) -> list[Entry]:
    """Return an entry and those that follow it in its epoch."""
    made = [first]
    for _each in range(count):
        last = made[-1]
        made.append(entry(last["epoch"], last["site"], last["seq"] + 1, last["hash"], reason="Afterwards."))
    return made


def noted_of(*entries: Entry) -> Noted:
    noted = Noted()
    for each in entries:
        noted.add(each["site"], each["seq"], each["hash"], each["epoch"])
    return noted


def verified(entries: list[Entry], noted: Noted) -> Report:
    """Verify whole chains, with the ends that they have."""
    last = {each["site"]: each for each in entries}
    counts = {site: sum(each["site"] == site for each in entries) for site in last}
    heads = [
        {"chain": site, "epoch": each["epoch"], "seq": each["seq"], "hash": each["hash"], "count": counts[site]}
        for site, each in last.items()
    ]
    return verify(heads, entries, noted)


def faults(report: Report) -> list[tuple[int, int, Fault]]:
    return [(each.chain, each.seq, each.fault) for each in report.findings]


@pytest.fixture
def old() -> list[Entry]:
    """Ten entries, of which a backup holds the first six."""
    return chain_of_length(10)


def test_what_an_epoch_says_is_lost_is_told_and_is_no_finding(old: list[Entry]) -> None:
    chain = [*old[:6], *going_on(begun(old[5], old[9]))]
    report = verified(chain, noted_of(*old, *chain))
    assert report.findings == []
    (loss,) = report.losses
    what = "site 1, entry 7: epoch 1 of site 1 after entry 6, up to entry 10, is lost"
    assert str(loss) == f"{what}: Olga Demo, 2026-11-01T00:07:00.000000Z: The disk failed."


def test_without_the_entry_the_same_chain_is_cut_off(old: list[Entry]) -> None:
    assert faults(verified(old[:6], noted_of(*old))) == [(1, 6, Fault.TRUNCATED)]


def test_notes_that_name_no_epoch_may_be_of_what_is_lost(old: list[Entry]) -> None:
    chain = [*old[:6], *going_on(begun(old[5], old[9]), 6)]
    noted = Noted()
    for each in (old[2], old[7], old[9], chain[-1]):
        noted.add(SITE, each["seq"], each["hash"][:16])
    # Entry 10 is there as another one, and named as lost; entry 8 may be the one that is lost.
    assert verified(chain, noted).findings == []
    noted.add(SITE, 4, "ab" * 8)
    assert faults(verified(chain, noted)) == [(1, 4, Fault.CHECKPOINT_MISMATCH)]


def test_more_is_lost_than_is_said(old: list[Entry]) -> None:
    said_less = [*old[:6], *going_on(begun(old[5], old[7]), 1)]
    assert faults(verified(said_less, noted_of(*old))) == [(1, 8, Fault.TRUNCATED)]
    assert faults(verified([*old[:6], *going_on(begun(old[5], old[7]))], noted_of(old[8]))) == [
        (1, 10, Fault.CHECKPOINT_MISMATCH)
    ]


def test_another_end_is_named_than_was_noted(old: list[Entry]) -> None:
    made_up = changed(old[9], reason="Never was.")
    chain = [*old[:6], *going_on(begun(old[5], made_up), 1)]
    assert faults(verified(chain, noted_of(*old))) == [(1, 8, Fault.TRUNCATED)]


def test_what_came_before_the_break_still_has_to_be_what_was_noted(old: list[Entry]) -> None:
    rewritten = [*old[:4], changed(old[4], reason="Never was.")]
    rewritten.append(changed(old[5], rewritten[-1]["hash"]))
    chain = [*rewritten, *going_on(begun(rewritten[-1], old[9]))]
    assert faults(verified(chain, noted_of(*old))) == [(1, 5, Fault.CHECKPOINT_MISMATCH)]


def test_the_new_epoch_has_to_be_what_was_noted_of_it(old: list[Entry]) -> None:
    after = going_on(begun(old[5], old[9]))
    noted = noted_of(*old, *after)
    rewritten = [*old[:6], *after[:-1], changed(after[-1], reason="Never was.")]
    assert faults(verified(rewritten, noted)) == [(1, 10, Fault.CHECKPOINT_MISMATCH)]
    assert faults(verified([*old[:6], *after[:2]], noted)) == [(1, 8, Fault.TRUNCATED)]


@pytest.mark.parametrize(
    "said",
    [
        {"follows": None},
        {"follows": {"epoch": 1, "seq": 6, "hash": "ab" * 32}},
        {"follows": {"epoch": 1, "seq": 5, "hash": ZERO}},
        {"lost": None},
        {"lost": 7},
        {"lost": [{"site": 1}]},
        {"lost": [{"site": "x", "epoch": 1, "seq": 10, "hash": ZERO}]},
    ],
)
def test_an_epoch_that_does_not_say_what_it_goes_on_from_is_unknown(old: list[Entry], said: dict[str, Any]) -> None:
    chain = [*old[:6], *going_on(begun(old[5], old[9], **said))]
    assert faults(verified(chain, Noted())) == [(1, 7, Fault.UNKNOWN_EPOCH)]


def test_an_epoch_that_nobody_began_is_unknown(old: list[Entry]) -> None:
    first = entry(2, SITE, 7, old[5]["hash"])
    assert faults(verified([*old[:6], *going_on(first)], Noted())) == [(1, 7, Fault.UNKNOWN_EPOCH)]
    back = entry(1, SITE, 8, begun(old[5], old[9])["hash"])
    assert faults(verified([*old[:6], begun(old[5], old[9]), back], Noted())) == [(1, 8, Fault.UNKNOWN_EPOCH)]


def test_an_entry_that_begins_no_epoch_excuses_nothing(old: list[Entry]) -> None:
    same = begun(old[5], old[9], epoch=1)
    assert faults(verified([*old[:6], same], noted_of(*old))) == [(1, 7, Fault.CHECKPOINT_MISMATCH)]


def test_a_backup_may_be_put_back_twice(old: list[Entry]) -> None:
    second = going_on(begun(old[5], old[9]), 6)  # entries 7 to 13 of epoch 2
    third = going_on(begun(old[3], old[9], second[-1], epoch=3))  # goes on after entry 4
    chain = [*old[:4], *third]
    report = verified(chain, noted_of(*old, *second, *third))
    assert report.findings == []
    assert [(each.epoch, each.after, each.seq) for each in report.losses] == [(1, 4, 10), (2, 0, 13)]
    forgotten = [*old[:4], *going_on(begun(old[3], old[9], epoch=3))]
    assert faults(verified(forgotten, noted_of(*old, *second))) == [(1, 8, Fault.TRUNCATED)]


def test_a_newer_backup_of_the_ended_epoch_may_be_put_back_after_all(old: list[Entry]) -> None:
    second = going_on(begun(old[5], old[9]))
    chain = [*old[:8], *going_on(begun(old[7], old[9], second[-1], epoch=3))]
    assert verified(chain, noted_of(*old, *second, *chain)).findings == []


def test_the_chain_of_a_site_that_is_gone_is_named_by_another(old: list[Entry]) -> None:
    gone = chain_of_length(4, site=2)
    chain = [*old[:6], *going_on(begun(old[5], old[9], gone[-1]))]
    report = verified(chain, noted_of(*old, *gone))
    assert report.findings == []
    assert [(each.site, each.seq) for each in report.losses] == [(1, 10), (2, 4)]


def test_a_chain_that_has_entries_speaks_for_itself(old: list[Entry]) -> None:
    other = chain_of_length(4, site=2)
    chain = [*old[:6], *going_on(begun(old[5], old[9], other[-1])), *other[:2]]
    assert faults(verified(chain, noted_of(*other))) == [(2, 2, Fault.TRUNCATED)]


def test_a_chain_may_begin_with_an_epoch_when_nothing_of_it_is_left(old: list[Entry]) -> None:
    chain = going_on(begun(None, old[9]))
    assert verified(chain, noted_of(*old, *chain)).findings == []


def test_an_end_of_another_epoch_does_not_fit(old: list[Entry]) -> None:
    last = old[-1]
    head = {"chain": SITE, "epoch": 2, "seq": 10, "hash": last["hash"], "count": 10}
    assert faults(verify([head], old)) == [(1, 10, Fault.HEAD_MISMATCH)]


def test_what_was_noted_of_an_epoch_that_is_not_there_is_missing(old: list[Entry]) -> None:
    noted = Noted()
    noted.add(SITE, 5, old[4]["hash"], 3)
    assert faults(verified(old, noted)) == [(1, 10, Fault.CHECKPOINT_MISMATCH)]


def test_a_beginning_that_was_altered_is_altered(old: list[Entry]) -> None:
    first = begun(old[5], old[9])
    first["body"] = json.dumps(json.loads(first["body"]) | {"reason": "Another."})
    assert faults(verified([*old[:6], first], Noted())) == [(1, 7, Fault.ALTERED)]


def test_a_chain_that_went_on_with_other_entries_names_since_when(old: list[Entry]) -> None:
    # The backup held four entries; the clinic went on to nine before somebody noticed.
    other = [*old[:4], *going_on(changed(old[4], old[3]["hash"], reason="Another."), 4)]
    said = {"lost": [lost(old[9]) | {"after": 4}]}
    chain = [*other, *going_on(begun(other[-1], **said))]
    report = verified(chain, noted_of(*old, *chain[9:]))
    assert report.findings == []
    assert [(each.after, each.seq) for each in report.losses] == [(4, 10)]
    # What was the same, and what came later, still has to be what was noted.
    for said_after, found in ((5, 5), (9, 5)):
        less = [*other, *going_on(begun(other[-1], lost=[lost(old[9]) | {"after": said_after}]))]
        assert faults(verified(less, noted_of(*old))) == [(1, found, Fault.CHECKPOINT_MISMATCH)]
    nothing = [*other, *going_on(begun(other[-1]))]
    assert faults(verified(nothing, noted_of(*old))) == [(1, 5, Fault.CHECKPOINT_MISMATCH)]


def test_the_last_of_the_lost_entries_has_to_be_the_one_that_was_noted(old: list[Entry]) -> None:
    other = [*old[:4], *going_on(changed(old[4], old[3]["hash"], reason="Another."), 4)]
    made_up = lost(changed(old[7], reason="Never was.")) | {"after": 4}
    chain = [*other, *going_on(begun(other[-1], lost=[made_up]))]
    assert faults(verified(chain, noted_of(*old[:8]))) == [(1, 8, Fault.CHECKPOINT_MISMATCH)]
    assert verified(chain, noted_of(*old[:7])).findings == []


@pytest.mark.parametrize("after", [None, "x", [], {}, float("nan"), float("inf")])
def test_a_beginning_that_does_not_say_a_number_is_unknown(old: list[Entry], after: Any) -> None:
    chain = [*old[:6], *going_on(begun(old[5], lost=[lost(old[9]) | {"after": after}]))]
    assert faults(verified(chain, Noted())) == [(1, 7, Fault.UNKNOWN_EPOCH)]


def without_epoch(*entries: Entry) -> Noted:
    noted = Noted()
    for each in entries:
        noted.add(SITE, each["seq"], each["hash"][:16])
    return noted


def test_what_the_backup_held_is_compared_though_its_note_names_no_epoch(old: list[Entry]) -> None:
    # Two backups were put back: of the second epoch nothing says where it began.
    second = going_on(begun(old[5], old[9]), 6)
    chain = [*old[:4], *going_on(begun(old[3], old[9], second[-1], epoch=3))]
    assert verified(chain, without_epoch(*old[:4], *chain[4:])).findings == []
    made_up = changed(old[1], reason="Never was.")
    assert faults(verified(chain, without_epoch(made_up))) == [(1, 2, Fault.CHECKPOINT_MISMATCH)]


def test_of_a_note_that_nothing_is_left_to_compare_with_it_cannot_be_told(old: list[Entry]) -> None:
    chain = [*old[:6], *going_on(begun(old[5], old[9]), 1)]  # to entry 8
    # Of the lost ones 10 is named; 8 is another entry here, and none is 9.
    report = verified(chain, without_epoch(old[2], old[7], old[8], old[9], chain[6]))
    assert report.findings == []
    assert sorted(report.walks[SITE].untold) == [(8, old[7]["hash"][:16]), (9, old[8]["hash"][:16])]
    assert verified(chain, without_epoch(chain[6], old[9])).walks[SITE].untold == []
    assert verified(chain, noted_of(*old)).walks[SITE].untold == []


def test_a_note_of_an_entry_that_no_chain_has_met_is_missing(old: list[Entry]) -> None:
    first = chain_of_length(4, epoch=0)
    chain = chain_of_length(5, after=first[-1])
    noted = Noted()
    noted.add(SITE, 2, "ab" * 8)  # an entry of the first epoch, noted as one of the site's own
    heads = [
        {"chain": at, "epoch": last["epoch"], "seq": last["seq"], "hash": last["hash"], "count": count}
        for at, last, count in ((0, first[-1], 4), (SITE, chain[-1], 5))
    ]
    assert faults(verify(heads, [*first, *chain], noted)) == [(1, 9, Fault.CHECKPOINT_MISMATCH)]
