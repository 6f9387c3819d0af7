"""What is done to a version past the triggers is named, and with the application's own rights it can't be done."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.signing.against_trail import record_faults
from protocols.decisions.models import Decision
from protocols.decisions.services import approve, retire, submit_for_review, take_effect
from protocols.formulations.models import FormulationVersion
from tests.factories import confirmed, make_actor
from tests.pages import signature_states
from tests.protocols.builders import (
    approved,
    approved_formulation,
    draft_consent,
    draft_formulation,
    draft_treatment,
    make_author,
    next_version,
)
from tests.tampering import change

pytestmark = pytest.mark.django_db

#: A retirement that no person decided, with every column that the table asks for.
SILENTLY = (
    "UPDATE {table} SET status = 'retired', retired_at = now(), retired_by_id = approved_by_id, retire_reason = 'x', "
    "retirement_signature_id = approval_signature_id{slot} WHERE id = %s"
)


@pytest.fixture
def physician(site: Site) -> Actor:
    """Who approves and retires."""
    return make_actor(site, Role.PHYSICIAN)


def silent_retirement(version: Decision) -> str:
    slot = ", active_slot = NULL" if isinstance(version, FormulationVersion) else ""
    return SILENTLY.format(table=version._meta.db_table, slot=slot)


def retired[D: Decision](version: D, by: Actor) -> D:
    proof = confirmed(by)
    return retire(by=by, version=version, confirmed=proof, reason="Recall", at=proof.at)


def approved_for_later(site: Site, by: Actor) -> Any:
    author, at = make_author(site), clock.now()
    version = submit_for_review(by=author, version=draft_treatment(site, by=author), at=at)
    day = clock.local(at, site).date() + timedelta(days=3)
    return approve(by=by, version=version, confirmed=confirmed(by, at), at=at, effective_from=day)


def is_named(client: Client, by: Actor, version: Decision) -> bool:
    """Whether the verifier names `version` and its page calls no signature of it valid; both agree."""
    client.force_login(by.user)
    states = set(signature_states(client.get(version.get_absolute_url())))
    said = [each for each in record_faults() if str(version) in each]
    assert bool(said) == (states == {"Doesn't verify"})
    return bool(said)


def test_the_life_of_a_version_through_the_services_is_named_by_nobody(
    client: Client, site: Site, physician: Actor
) -> None:
    first = approved_formulation(site)
    second = approved(next_version(first))
    later = approved_for_later(site, physician)
    assert not is_named(client, physician, later)
    take_effect(by=physician, version=later, at=clock.now() + timedelta(days=4))
    versions = [first, second, later, retired(approved(draft_consent(site)), physician)]
    assert [is_named(client, physician, version) for version in versions] == [False] * 4
    assert list(record_faults()) == []


@pytest.mark.parametrize(
    "what",
    ["approved_by_id = {other}", "approved_at = approved_at - interval '1 day'", "row_version = row_version + 1",
     "effective_from = current_date"],
)  # fmt: skip
@pytest.mark.parametrize("ended", [False, True])
def test_who_approved_it_and_when_and_its_count_of_changes_are_held(
    client: Client, site: Site, physician: Actor, what: str, ended: bool
) -> None:
    version = approved(draft_treatment(site), approver=physician)
    if ended:
        retired(version, physician)
    assert not is_named(client, physician, version)
    other = make_actor(site, Role.PHYSICIAN).user.pk
    change(f"UPDATE {version._meta.db_table} SET {what.format(other=other)} WHERE id = %s", version.pk)
    assert is_named(client, physician, version)


@pytest.mark.parametrize(
    "what", ["retire_reason = 'Better so'", "retired_by_id = {other}", "retired_at = retired_at + interval '1 day'"]
)
def test_why_by_whom_and_when_it_was_retired_is_held(client: Client, site: Site, physician: Actor, what: str) -> None:
    version = retired(approved(draft_treatment(site)), physician)
    other = make_actor(site, Role.PHYSICIAN).user.pk
    change(f"UPDATE {version._meta.db_table} SET {what.format(other=other)} WHERE id = %s", version.pk)
    assert is_named(client, physician, version)


@pytest.mark.parametrize("draft", [draft_formulation, draft_treatment])
def test_a_retirement_that_the_trail_doesnt_know_is_named(
    client: Client, site: Site, physician: Actor, draft: Any
) -> None:
    version = approved(draft(site))
    change(silent_retirement(version), version.pk)
    assert is_named(client, physician, version)


def test_so_is_what_is_brought_into_force_before_its_day_or_back_out_of_retirement(
    client: Client, site: Site, physician: Actor
) -> None:
    version = approved_for_later(site, physician)
    table = version._meta.db_table
    change(
        f"UPDATE {table} SET status = 'approved', approved_at = now(), approved_by_id = {physician.user.pk} "
        "WHERE id = %s",
        version.pk,
    )
    assert is_named(client, physician, version)
    over = retired(approved(draft_consent(site)), physician)
    change(
        f"UPDATE {over._meta.db_table} SET status = 'approved', retired_at = NULL, retired_by_id = NULL, "
        "retire_reason = NULL, retirement_signature_id = NULL WHERE id = %s",
        over.pk,
    )
    assert is_named(client, physician, over)


def test_so_is_another_name_of_an_approved_formulation(client: Client, site: Site, physician: Actor) -> None:
    version = approved_formulation(site)
    change("UPDATE protocols_formulation SET name = 'Another' WHERE id = %s", version.formulation_id)
    (said,) = record_faults()
    assert "rests on" in said
    assert "formulation" in said
    client.force_login(physician.user)
    assert signature_states(client.get(version.get_absolute_url())) == ["Doesn't verify"]


def committed(statement: str, *values: Any) -> None:
    """Run raw SQL as far as its commit."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
        connection.check_constraints()


class TestWithTheApplicationsRights:
    """Whoever has them has the triggers too."""

    @pytest.mark.parametrize(
        "what",
        ["row_version = row_version + 1", "retire_reason = 'x'", "retired_at = now(), retired_by_id = author_id"],
    )
    @pytest.mark.parametrize("ended", [False, True])
    def test_nothing_changes_without_the_step_that_changes_it(
        self, site: Site, physician: Actor, what: str, ended: bool
    ) -> None:
        version = approved(draft_treatment(site))
        if ended:
            retired(version, physician)
        with pytest.raises(DatabaseError, match="locked"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {version._meta.db_table} SET {what} WHERE id = %s", [version.pk])

    @pytest.mark.parametrize("draft", [draft_formulation, draft_treatment])
    def test_a_version_isnt_retired_without_an_entry_in_the_trail(self, site: Site, draft: Any) -> None:
        version = approved(draft(site))
        with pytest.raises(DatabaseError, match="cannot be retired without an entry"):
            committed(silent_retirement(version), version.pk)

    def test_nor_approved(self, site: Site, physician: Actor) -> None:
        signed = approved(draft_consent(site)).approval_signature
        author = make_author(site)
        version = submit_for_review(by=author, version=draft_treatment(site, by=author), at=clock.now())
        statement = (
            f"UPDATE {version._meta.db_table} SET status = 'approved', approved_at = now(), approved_by_id = %s, "
            "approval_signature_id = %s WHERE id = %s"
        )
        with pytest.raises(DatabaseError, match="cannot be approved without an entry"):
            committed(statement, physician.user.pk, str(signed.pk), version.pk)

    def test_the_services_pass(self, site: Site, physician: Actor) -> None:
        retired(approved(next_version(approved_formulation(site))), physician)
        take_effect(by=physician, version=approved_for_later(site, physician), at=clock.now() + timedelta(days=4))
        connection.check_constraints()
