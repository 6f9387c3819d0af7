"""What was decided stays decided: Postgres refuses raw SQL, and two approvals at once leave three formulations."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import Refused
from clinic.signing.models import Meaning, Signature
from clinic.signing.services import sign
from protocols.decisions.errors import TooManyActive
from protocols.decisions.models import Decision
from protocols.decisions.services import approve, retire, submit_for_review
from protocols.formulations.models import FormulationVersion
from tests.factories import confirmed, make_actor, make_site
from tests.protocols.builders import (
    approved,
    approved_formulation,
    draft_audit_rules,
    draft_checklist,
    draft_combined,
    draft_consent,
    draft_formulation,
    draft_leaflet,
    draft_photo_protocol,
    draft_prp,
    draft_response,
    draft_treatment,
    make_author,
    next_version,
)

WITH_PARTS: list[Any] = [
    draft_formulation, draft_checklist, draft_consent, draft_photo_protocol, draft_leaflet, draft_response, draft_prp,
    draft_combined, draft_audit_rules,
]  # fmt: skip
DRAFTS: list[Any] = [*WITH_PARTS, draft_treatment]


def _sql(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def _refused(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(DatabaseError, match="baseline:"):
        _sql(statement, *values)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _retired(version: Decision) -> Decision:
    physician = make_actor(version.site, Role.PHYSICIAN)
    proof = confirmed(physician)
    return retire(by=physician, version=version, confirmed=proof, reason="Recall", at=proof.at)


_APPROVE_BY_HAND = (
    "UPDATE protocols_formulationversion SET status = 'approved', approved_at = now(), approved_by_id = %s, "
    "approval_signature_id = %s, active_slot = {slot} WHERE id = %s"
)


def _a_signature(version: Decision) -> Signature:
    physician = make_actor(version.site, Role.PHYSICIAN)
    proof = confirmed(physician)
    return sign(by=physician, confirmed=proof, meaning=Meaning.APPROVED, subject=version, content={}, at=proof.at)


@pytest.mark.django_db
@pytest.mark.parametrize("draft", DRAFTS)
class TestVersions:
    """The versions themselves."""

    def test_an_approved_version_isnt_changed_deleted_or_emptied(self, site: Site, draft: Any) -> None:
        version = approved(draft(site))
        table = version._meta.db_table
        _refused(f"UPDATE {table} SET change_reason = 'x' WHERE id = %s", version.pk)
        _refused(f"UPDATE {table} SET risk_relevant = NOT risk_relevant WHERE id = %s", version.pk)
        _refused(f"UPDATE {table} SET author_id = approved_by_id WHERE id = %s", version.pk)
        _refused(f"UPDATE {table} SET approved_at = now() WHERE id = %s", version.pk)
        _refused(f"DELETE FROM {table} WHERE id = %s", version.pk)
        _refused(f"TRUNCATE {table} CASCADE")

    def test_an_approved_version_goes_nowhere_but_into_retirement(self, site: Site, draft: Any) -> None:
        version = approved(draft(site))
        for status in ("draft", "in_review"):
            _refused(f"UPDATE {version._meta.db_table} SET status = %s WHERE id = %s", status, version.pk)

    def test_a_retired_version_never_returns(self, site: Site, draft: Any) -> None:
        version = _retired(approved(draft(site)))
        table = version._meta.db_table
        for status in ("draft", "in_review", "approved"):
            _refused(f"UPDATE {table} SET status = %s WHERE id = %s", status, version.pk)
        _refused(f"UPDATE {table} SET retire_reason = 'Better so' WHERE id = %s", version.pk)
        _refused(f"DELETE FROM {table} WHERE id = %s", version.pk)

    def test_retiring_without_a_signature_or_a_reason_is_refused(self, site: Site, draft: Any) -> None:
        version = approved(draft(site))
        slot = ", active_slot = NULL" if isinstance(version, FormulationVersion) else ""
        with pytest.raises(IntegrityError, match="retired_says_why"):
            _sql(
                f"UPDATE {version._meta.db_table} SET status = 'retired', retired_at = now(), "
                f"retired_by_id = author_id, retire_reason = 'x'{slot} WHERE id = %s",
                version.pk,
            )

    def test_what_lies_in_review_keeps_its_content(self, site: Site, draft: Any) -> None:
        author = make_author(site)
        version = submit_for_review(by=author, version=draft(site, by=author), at=clock.now())
        table = version._meta.db_table
        _refused(f"UPDATE {table} SET change_reason = 'x' WHERE id = %s", version.pk)
        _refused(f"DELETE FROM {table} WHERE id = %s", version.pk)

    def test_approving_without_a_signature_or_by_the_author_is_refused(self, site: Site, draft: Any) -> None:
        author = make_author(site)
        version = submit_for_review(by=author, version=draft(site, by=author), at=clock.now())
        slot = ", active_slot = 1" if isinstance(version, FormulationVersion) else ""
        change = (
            f"UPDATE {version._meta.db_table} SET status = 'approved', approved_at = now(), approved_by_id = %s{slot} "
            "WHERE id = %s"
        )
        with pytest.raises(IntegrityError, match="approved_is_signed"):
            _sql(change, make_actor(site, Role.PHYSICIAN).user.pk, version.pk)
        with pytest.raises(IntegrityError, match=r"second_person|approved_is_signed"):
            _sql(change, author.user.pk, version.pk)

    def test_a_version_begins_as_a_draft(self, site: Site, draft: Any) -> None:
        version = draft(site)
        columns = [f'"{field.column}"' for field in version._meta.concrete_fields if field.column != "id"]
        wanted = {'"status"': "'in_review'", '"submission_key"': "gen_random_uuid()", '"number"': "number + 1"}
        _refused(
            f"INSERT INTO {version._meta.db_table} ({', '.join(columns)}) "
            f"SELECT {', '.join(wanted.get(column, column) for column in columns)} FROM {version._meta.db_table}"
        )


@pytest.mark.django_db
@pytest.mark.parametrize("draft", WITH_PARTS)
@pytest.mark.parametrize("state", ["in_review", "approved", "retired"])
def test_nothing_is_added_to_changed_in_or_taken_from_what_left_the_draft(site: Site, draft: Any, state: str) -> None:
    author = make_author(site)
    version = draft(site, by=author)
    if state == "in_review":
        submit_for_review(by=author, version=version, at=clock.now())
    else:
        approved(version)
    if state == "retired":
        _retired(version)
    parts = getattr(version, version.parts)
    table = parts.model._meta.db_table
    _refused(f"UPDATE {table} SET ordinal = ordinal + 50 WHERE version_id = %s", version.pk)
    _refused(f"DELETE FROM {table} WHERE version_id = %s", version.pk)
    _refused(f"TRUNCATE {table} CASCADE")
    columns = [field.column for field in parts.model._meta.concrete_fields if field.column != "id"]
    copied = [f"{column} + 50" if column == "ordinal" else column for column in columns]
    _refused(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(copied)} FROM {table} LIMIT 1")
    other = draft(make_site())
    other_part = getattr(other, other.parts).first()
    _refused(f"UPDATE {table} SET version_id = %s WHERE id = %s", version.pk, other_part.pk)


@pytest.mark.django_db
class TestFormulations:
    """What holds for formulations besides."""

    def test_code_and_name_are_locked_with_the_first_version_that_left_the_draft(self, site: Site) -> None:
        formulation = approved_formulation(site).formulation
        _refused("UPDATE protocols_formulation SET name = 'x' WHERE id = %s", formulation.pk)
        _refused("DELETE FROM protocols_formulation WHERE id = %s", formulation.pk)

    def test_lines_that_dont_make_one_millilitre_never_leave_the_draft(self, site: Site) -> None:
        version = draft_formulation(site)
        _sql("UPDATE protocols_formulationline SET volume_ul_per_ml = 399 WHERE role = 'diluent'")
        _refused(
            "UPDATE protocols_formulationversion SET status = 'in_review', submitted_at = now(), "
            "submitted_by_id = author_id WHERE id = %s",
            version.pk,
        )

    @pytest.mark.parametrize("slot", ["1", "2", "3", "4", "0", "NULL"])
    def test_a_fourth_active_formulation_is_refused_whatever_its_place(self, site: Site, slot: str) -> None:
        first, *_others = [approved_formulation(site, code) for code in "ABC"]
        author = make_author(site)
        fourth = submit_for_review(by=author, version=draft_formulation(site, "D", by=author), at=clock.now())
        with pytest.raises(IntegrityError, match="formulation_version_slot"):
            _sql(_APPROVE_BY_HAND.format(slot=slot), first.approved_by_id, str(_a_signature(fourth).pk), fourth.pk)

    def test_a_place_isnt_given_up_while_active(self, site: Site) -> None:
        version = approved_formulation(site)
        for slot in ("NULL", "2"):
            _refused(f"UPDATE protocols_formulationversion SET active_slot = {slot} WHERE id = %s", version.pk)

    def test_two_versions_of_one_formulation_arent_active_together(self, site: Site) -> None:
        first = approved_formulation(site)
        author = make_author(site)
        second = submit_for_review(by=author, version=next_version(first, by=author), at=clock.now())
        with pytest.raises(IntegrityError, match="formulation_version_one_active"):
            _sql(_APPROVE_BY_HAND.format(slot=2), first.approved_by_id, str(_a_signature(second).pk), second.pk)


@pytest.mark.django_db(transaction=True)
def test_two_physicians_at_the_same_moment_dont_make_four() -> None:
    site = make_site("N", name="Site North")
    author = make_author(site)
    for code in "AB":
        approved_formulation(site, code)
    waiting = [
        submit_for_review(by=author, version=draft_formulation(site, code, by=author), at=clock.now()) for code in "CD"
    ]
    physicians = [make_actor(site, Role.PHYSICIAN) for _version in waiting]
    start = threading.Barrier(2, timeout=20)
    outcomes: list[Any] = [None, None]

    def click(index: int) -> None:
        try:
            start.wait()
            proof = confirmed(physicians[index])
            outcomes[index] = approve(by=physicians[index], version=waiting[index], confirmed=proof, at=proof.at)
        except Refused as refused:
            outcomes[index] = refused
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert {type(outcome) for outcome in outcomes} == {FormulationVersion, TooManyActive}
    assert FormulationVersion.objects.active().count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_physicians_approving_the_same_version_leave_one_signature() -> None:
    site = make_site("N", name="Site North")
    author = make_author(site)
    version = submit_for_review(by=author, version=draft_formulation(site, by=author), at=clock.now())
    physicians = [make_actor(site, Role.PHYSICIAN) for _index in range(2)]
    start = threading.Barrier(2, timeout=20)
    outcomes: list[Any] = [None, None]

    def click(index: int) -> None:
        try:
            start.wait()
            proof = confirmed(physicians[index])
            outcomes[index] = approve(by=physicians[index], version=version, confirmed=proof, at=proof.at).status
        except Refused as refused:
            outcomes[index] = type(refused).__name__
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(str(outcome) for outcome in outcomes) == ["AlreadyDecided", "approved"]
