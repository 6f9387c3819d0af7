"""What whoever owns the database does to the trail, past its triggers, is found and named."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.models import Action, ChainHead, TrailEvent
from clinic.trail.unit import record, unit_of_work
from clinic.trail.verifier import read_database, verify
from clinic.trail.verify import Fault, Finding, Noted, verify_chain, verify_trail
from tests.factories import make_actor, make_site

UNIQUE = "ALTER TABLE clinic_trailevent DROP CONSTRAINT trail_seq_once, DROP CONSTRAINT trail_one_successor; "
COLUMNS = (
    "epoch, recorded_at, occurred_at, actor_id, actor_name, site_id, action, object_type, object_id, object_label, "
    "patient_id, request_id, reason, body, prev_hash, hash"
)


def copied(seq: str, where: str) -> str:
    """SQL that copies entries, each to the number `seq`."""
    return (
        f"{UNIQUE} INSERT INTO clinic_trailevent (seq, {COLUMNS}) "
        f"SELECT {seq}, {COLUMNS} FROM clinic_trailevent WHERE {where}"
    )


@unit_of_work
def noted_down(by: Any, reason: str) -> None:
    record(by=by, action=Action.READ, subject=by.site, reason=reason)


def trail_of(site: Site, entries: int = 6) -> Any:
    """Write entries at the site; return who wrote them."""
    by = make_actor(site, Role.MANAGER)
    for number in range(1, entries + 1):
        noted_down(by, f"reason {number}")
    return by


def as_owner(*statements: str) -> None:
    """Run SQL with triggers switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def found(noted: Noted | None = None) -> tuple[int, Fault] | None:
    finding = verify_chain(noted)
    return finding and (finding.seq, finding.fault)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        ("UPDATE clinic_trailevent SET body = replace(body, 'reason 2', 'reason X') WHERE seq = 2", (2, Fault.ALTERED)),
        ("UPDATE clinic_trailevent SET hash = repeat('a', 64) WHERE seq = 2", (2, Fault.ALTERED)),
        ("UPDATE clinic_trailevent SET prev_hash = repeat('a', 64) WHERE seq = 2", (2, Fault.ALTERED)),
        ("UPDATE clinic_trailevent SET actor_name = 'Somebody Else' WHERE seq = 2", (2, Fault.COLUMN_ALTERED)),
        ("UPDATE clinic_trailevent SET recorded_at = recorded_at - interval '1 day' WHERE seq = 2",
         (2, Fault.COLUMN_ALTERED)),
        ("DELETE FROM clinic_trailevent WHERE seq = 1", (2, Fault.GAP)),
        ("DELETE FROM clinic_trailevent WHERE seq IN (3, 4)", (5, Fault.GAP)),
        (copied("seq", "seq = 3"), (3, Fault.FORK)),
        (f"{UNIQUE} UPDATE clinic_trailevent SET seq = 5 - seq WHERE seq IN (2, 3)", (2, Fault.REORDERED)),
        ("DELETE FROM clinic_trailevent WHERE seq > 4", (4, Fault.TRUNCATED)),
        (copied("seq + 4", "seq > 2"), (7, Fault.REORDERED)),
        ("UPDATE clinic_trailevent SET epoch = 5 WHERE seq = 3", (3, Fault.UNKNOWN_EPOCH)),
        ("UPDATE clinic_chainhead SET hash = repeat('b', 64) WHERE site_id IS NOT NULL", (6, Fault.HEAD_MISMATCH)),
        ("UPDATE clinic_chainhead SET seq = 5 WHERE site_id IS NOT NULL", (6, Fault.HEAD_MISMATCH)),
        ("DELETE FROM clinic_chainhead WHERE site_id IS NOT NULL", (6, Fault.HEAD_MISMATCH)),
    ],
)  # fmt: skip
def test_an_attack_past_the_triggers_is_found(site: Site, attack: str, expected: tuple[int, Fault]) -> None:
    trail_of(site)
    assert found() is None
    as_owner(attack)
    assert found() == expected


@pytest.mark.django_db
def test_an_entry_transplanted_to_another_site_is_found(site: Site, other_site: Site) -> None:
    trail_of(site)
    trail_of(other_site, 3)
    as_owner(f"UPDATE clinic_trailevent SET site_id = {other_site.pk} WHERE site_id = {site.pk} AND seq = 4")
    findings = [(each.chain, each.seq, each.fault) for each in verify_trail().findings]
    assert findings == [(site.pk, 5, Fault.GAP), (other_site.pk, 4, Fault.COLUMN_ALTERED)]


@pytest.mark.django_db
@pytest.mark.parametrize("cut", [1, 5, 6])
def test_a_tail_cut_off_with_its_end_is_seen_against_what_was_noted(site: Site, cut: int) -> None:
    trail_of(site)
    noted, last = Noted(), TrailEvent.objects.get(seq=6)
    noted.add(site.pk, last.seq, last.hash)
    before = TrailEvent.objects.filter(seq=6 - cut).first()
    if before is None:
        as_owner("DELETE FROM clinic_trailevent", "DELETE FROM clinic_chainhead WHERE site_id IS NOT NULL")
    else:
        as_owner(
            f"DELETE FROM clinic_trailevent WHERE seq > {before.seq}",
            f"UPDATE clinic_chainhead SET seq = {before.seq}, count = {before.seq}, hash = '{before.hash}' "
            "WHERE site_id IS NOT NULL",
        )
    assert found() is None
    assert found(noted) == (6 - cut, Fault.TRUNCATED)


@pytest.mark.django_db
def test_an_old_backups_tail_that_was_put_back_is_seen_against_what_was_noted(site: Site) -> None:
    by = trail_of(site, 3)
    noted = Noted()
    with transaction.atomic():
        noted_down(by, "what happened")
        last = TrailEvent.objects.get(seq=4)
        noted.add(site.pk, last.seq, last.hash[:16])
        transaction.set_rollback(True)  # as if yesterday's dump had been restored
    noted_down(by, "what is said to have happened")
    assert found() is None
    assert found(noted) == (4, Fault.CHECKPOINT_MISMATCH)


@pytest.mark.django_db
def test_the_command_names_the_first_broken_entry_and_prints_the_ends(site: Site, capsys: Any) -> None:
    trail_of(site)
    last = TrailEvent.objects.get(seq=6)
    call_command("verify_trail", checkpoint=[f"{site.pk}:{last.seq}:{last.hash[:16]}"])
    assert f"Checkpoint: {site.pk}:6:{last.hash} of site {site.pk} (N, Site North)" in capsys.readouterr().out
    with pytest.raises(CommandError, match=rf"site {site.pk} \(N, Site North\), entry 6: checkpoint mismatch"):
        call_command("verify_trail", checkpoint=[f"{site.pk}:6:{'a' * 64}"])
    as_owner("UPDATE clinic_trailevent SET reason = 'x' WHERE seq = 3")
    with pytest.raises(
        CommandError, match=rf"site {site.pk} \(N, Site North\), entry 3: column altered: column reason"
    ):
        call_command("verify_trail")


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "6", "6:abc", "x:6:" + "a" * 16, "1:2:3:" + "a" * 16])
def test_a_checkpoint_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="SITE:NUMBER:HASH"):
        call_command("verify_trail", checkpoint=[text])


@pytest.mark.django_db(transaction=True)
def test_what_the_clinic_adds_meanwhile_is_no_finding() -> None:
    by = trail_of(make_site("N"), 5)
    other = connections.create_connection("default")
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            heads, entries = read_database(connection.connection)
            with (
                other.cursor() as cursor
            ):  # the clinic goes on between the look at the ends and the look at the entries
                cursor.execute("SET session_replication_role = replica")
                cursor.execute("UPDATE clinic_chainhead SET seq = 6, count = 6, hash = repeat('c', 64) WHERE seq = 5")
            assert verify(heads, entries).findings == []
        assert isinstance(verify_chain(), Finding)
    finally:
        other.close()
    assert by.site.pk == ChainHead.objects.exclude(site=None).get().site_id
