"""What the jurisdiction table doesn't allow isn't approved; what it restricts needs a reason, and tells the patient."""

import html
import uuid
from typing import Any

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import Refused
from protocols.decisions.services import approve, submit_for_review
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion, Ingredient
from protocols.formulations.queries import consent_lines, is_consented, legal_obstacles
from protocols.formulations.showing import note_text
from protocols.jurisdiction.models import JurisdictionEntry, JurisdictionTableVersion
from protocols.jurisdiction.rules import Entry, rule, since_approved
from sessions.preparation.services.drafts import start_preparation
from tests.factories import PASSWORD, confirmed, make_actor
from tests.protocols.builders import allow_all, draft_formulation, make_approver, make_author

ALLOWED, NO = Entry("allowed", ""), Entry("not_allowed", "")
OFF, RX = Entry("off_label", "Not licensed for this."), Entry("prescriber_only", "Ordered for you.")
TWO = [(1, "Biotin"), (2, "Lidocaine")]
LINE = "Lidocaine (Prescriber only): Ordered for you."


@pytest.mark.parametrize(
    ("table", "obstacles", "restricted"),
    [
        (None, 1, []),
        ({}, 2, []),
        ({1: ALLOWED}, 1, []),
        ({1: ALLOWED, 2: ALLOWED}, 0, []),
        ({1: ALLOWED, 2: NO}, 1, []),
        ({1: NO, 2: NO}, 2, []),
        ({1: ALLOWED, 2: OFF}, 0, ["off_label"]),
        ({1: RX, 2: OFF}, 0, ["prescriber_only", "off_label"]),
        ({1: NO, 2: OFF}, 1, ["off_label"]),
        ({1: OFF, 3: ALLOWED}, 1, ["off_label"]),
    ],
)
def test_what_nobody_looked_up_or_the_table_forbids_stands_against_approval(
    table: Any, obstacles: int, restricted: list[str]
) -> None:
    ruling = rule(TWO, table)
    assert len(ruling.obstacles) == obstacles
    assert [note["status"] for note in ruling.notes] == restricted


@pytest.mark.parametrize(
    ("approved_under", "now", "told"),
    [
        ({1: ALLOWED, 2: ALLOWED}, None, 0),
        ({1: ALLOWED, 2: ALLOWED}, {1: ALLOWED, 2: ALLOWED}, 0),
        ({1: ALLOWED, 2: ALLOWED}, {1: ALLOWED, 2: NO}, 1),
        ({1: ALLOWED, 2: ALLOWED}, {1: ALLOWED}, 1),
        ({1: ALLOWED, 2: ALLOWED}, {1: ALLOWED, 2: OFF}, 1),
        ({1: ALLOWED, 2: OFF}, {1: ALLOWED, 2: OFF}, 0),
        ({1: ALLOWED, 2: OFF}, {1: ALLOWED, 2: ALLOWED}, 0),
        ({1: ALLOWED, 2: OFF}, {1: ALLOWED, 2: RX}, 1),
        ({1: ALLOWED, 2: OFF}, {1: ALLOWED, 2: Entry("off_label", "Other words.")}, 1),
    ],
)
def test_a_table_that_changed_says_what_an_approval_doesnt_hold(approved_under: Any, now: Any, told: int) -> None:
    assert len(since_approved(TWO, now, rule(TWO, approved_under).notes)) == told


def _in_review(site: Site, *, allowed: bool = False) -> FormulationVersion:
    author = make_author(site)
    return submit_for_review(by=author, version=draft_formulation(site, by=author, allowed=allowed), at=clock.now())


def _approve(version: FormulationVersion, reason: str = "") -> FormulationVersion:
    physician = make_approver(version.site)
    return approve(by=physician, version=version, confirmed=confirmed(physician), at=clock.now(), reason=reason)


@pytest.mark.django_db
class TestApproving:
    """A formulation against the table in force at its site."""

    def test_without_a_table_nothing_is_approved(self, site: Site) -> None:
        version = _in_review(site)
        with pytest.raises(Refused) as refused:
            _approve(version)
        assert "No jurisdiction table is in force" in refused.value.reasons[0]
        version.refresh_from_db()
        assert (version.status, version.active_slot) == (State.IN_REVIEW, None)

    def test_another_sites_table_allows_nothing_here(self, site: Site, other_site: Site) -> None:
        version = _in_review(site)
        draft_formulation(other_site)
        with pytest.raises(Refused):
            _approve(version)

    def test_what_it_doesnt_allow_is_named(self, site: Site) -> None:
        version = _in_review(site)
        allow_all(site, **{"Active A": ("not_allowed", "")})
        with pytest.raises(Refused) as refused:
            _approve(version)
        assert refused.value.reasons == ["The jurisdiction table doesn't allow Active A."]

    def test_a_restricted_ingredient_needs_the_reason_which_is_signed(self, site: Site) -> None:
        version = _in_review(site)
        allow_all(site, **{"Active A": ("off_label", "Not licensed for the scalp.")})
        with pytest.raises(Refused) as refused:
            _approve(version, "  ")
        assert refused.value.field == "reason"
        version = _approve(version, "Nothing licensed does it.")
        assert version.approval_signature.reason == "Nothing licensed does it."
        assert "Not licensed for the scalp." in version.approval_signature.content
        said = consent_lines(site)
        assert said == ["Where A Formulation A is used: Active A (Off-label): Not licensed for the scalp."]
        # The gate looks for the line itself, in consents from before the formulation was named too.
        (note,) = version.legal_notes
        assert is_consented(note_text(note), said)
        assert is_consented(note_text(note), ["Active A (Off-label): Not licensed for the scalp."])
        assert not is_consented(note_text(note), ["Where A Formulation A is used: Active B (Off-label): Not licensed."])
        assert not is_consented(note_text(note), [])

    def test_a_reason_isnt_kept_where_none_is_asked(self, site: Site) -> None:
        version = _approve(_in_review(site, allowed=True), "Because.")
        assert (version.legal_reason, version.legal_notes, version.approval_signature.reason) == ("", [], "")
        assert consent_lines(site) == []

    def test_sql_cant_have_a_restriction_without_a_reason(self, site: Site) -> None:
        version = draft_formulation(site)
        with pytest.raises(IntegrityError, match="restricted_says_why"), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE protocols_formulationversion SET legal_notes = '[{}]'::jsonb WHERE id = %s", [version.pk]
            )

    def test_sql_cant_restrict_an_ingredient_without_a_line_for_the_patient(self, site: Site) -> None:
        allow_all(site)
        version = draft_formulation(site)
        ingredient = Ingredient.objects.get(pk=version.lines.first().ingredient_id)
        draft = JurisdictionTableVersion.objects.create(
            site=site, number=9, author=make_author(site).user, created_at=clock.now(), change_reason="x",
            jurisdiction="Testland", method="x", submission_key=uuid.uuid4(),
        )  # fmt: skip
        with pytest.raises(IntegrityError, match="tells_the_patient"):
            JurisdictionEntry.objects.create(
                version=draft, ordinal=1, ingredient=ingredient, ingredient_name="x", legal_status="off_label",
                source="x", checked_on=clock.now().date(),
            )  # fmt: skip

    def test_a_table_that_forbids_it_later_stops_preparing(self, site: Site) -> None:
        version = _approve(_in_review(site, allowed=True))
        assert legal_obstacles(version) == []
        allow_all(site, **{"Active A": ("not_allowed", "")})
        by = make_actor(site, Role.PREPARER)
        with pytest.raises(Refused) as refused:
            start_preparation(
                by=by, formulation_version=version, batch_ul=4_000, submission_key=uuid.uuid4(), at=clock.now()
            )
        assert refused.value.reasons == ["The jurisdiction table doesn't allow Active A."]


@pytest.mark.django_db
class TestScreens:
    """Writing a table, and approving under it."""

    def test_a_table_is_written_and_opens_again_with_its_rows(self, client: Client, site: Site, sign_in: Any) -> None:
        version = draft_formulation(site, allowed=False)
        ingredient = version.lines.first().ingredient
        sign_in(site, Role.PREPARER)
        rows = {
            "rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0, "rows-0-ingredient": ingredient.pk,
            "rows-0-legal_status": "off_label", "rows-0-source": "The label", "rows-0-checked_on": "2026-01-15",
            "rows-0-consent_line": "",
        }  # fmt: skip
        sent = {"jurisdiction": "Testland", "method": "Read the label."} | rows
        refused = client.post(reverse("jurisdiction_table_new"), sent)
        assert refused.status_code == 422
        assert "Write what the patient reads about it" in refused.content.decode()
        saved = client.post(
            reverse("jurisdiction_table_new"), sent | {"rows-0-consent_line": "Not licensed for this."}, follow=True
        )
        assert "Not licensed for this." in saved.content.decode()
        table = JurisdictionTableVersion.objects.get()
        form = client.get(reverse("jurisdiction_table_edit", args=[table.pk])).context["form"]
        assert form.rows.forms[0]["ingredient"].value() == ingredient.pk
        twice = {
            key.replace("rows-0", "rows-1"): value for key, value in rows.items() if key.startswith("rows-0")
        } | {"rows-TOTAL_FORMS": 2, "rows-1-legal_status": "allowed"}  # fmt: skip
        again = client.post(
            reverse("jurisdiction_table_edit", args=[table.pk]),
            sent | twice | {"rows-0-legal_status": "allowed", "row_version": table.row_version},
        )
        assert "stands in two rows" in again.content.decode()

    def test_an_approver_reads_what_is_restricted_and_gives_the_reason(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        version = _in_review(site)
        allow_all(site, **{"Active A": ("prescriber_only", "Ordered for you.")})
        sign_in(site, Role.PHYSICIAN)
        page = client.get(version.get_absolute_url()).content.decode()
        assert "Active A: Prescriber only. Ordered for you." in page
        assert 'name="reason"' in page
        address = reverse("version_approve", args=["formulation", version.pk])
        sent = {"password": PASSWORD, "row_version": version.row_version}
        assert client.post(address, sent).status_code == 422
        assert client.post(address, sent | {"reason": "Ordered for each patient."}).status_code == 302
        version.refresh_from_db()
        assert version.status == State.APPROVED
        assert "Reason: Ordered for each patient." in client.get(version.get_absolute_url()).content.decode()

    def test_what_it_forbids_since_stands_on_the_first_page(self, client: Client, site: Site, sign_in: Any) -> None:
        version = _approve(_in_review(site, allowed=True))
        sign_in(site, Role.OPERATOR)
        page = reverse("protocol_list")
        assert "not to be used now" not in client.get(page).content.decode()
        allow_all(site, **{"Active A": ("not_allowed", "")})
        text = html.unescape(client.get(page).content.decode())
        assert "In force, but not to be used now:" in text
        own = html.unescape(client.get(version.get_absolute_url()).content.decode())
        assert "In force, but not to be used now:" in own
        assert "The jurisdiction table doesn't allow Active A." in own
        opening = html.unescape(client.get(reverse("opening")).content.decode())
        assert "1 approved, not to be used now:" in opening
        assert "The jurisdiction table doesn't allow Active A." in opening
        assert f"{version}: The jurisdiction table doesn't allow Active A." in text
        assert "2 more approved formulations are needed" in text

    def test_an_obstacle_is_said_and_no_approval_is_offered(self, client: Client, site: Site, sign_in: Any) -> None:
        version = _in_review(site)
        sign_in(site, Role.PHYSICIAN)
        page = client.get(version.get_absolute_url()).content.decode()
        assert "No jurisdiction table is in force" in page
        assert 'id="approve"' not in page
