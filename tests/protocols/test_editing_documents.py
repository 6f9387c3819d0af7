"""Writing the other documents in the browser: examples to begin with, bounds, and no second writing."""

import html
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.models import (
    AftercareLeafletVersion,
    AuditRulesVersion,
    ChecklistVersion,
    CombinedProtocolVersion,
    ComplicationResponseVersion,
    ConsentScriptVersion,
    PhotoProtocolVersion,
    PrpProtocolVersion,
    TreatmentProtocolVersion,
)
from tests.protocols.builders import (
    approved,
    draft_audit_rules,
    draft_checklist,
    draft_combined,
    draft_consent,
    draft_leaflet,
    draft_photo_protocol,
    draft_prp,
    draft_response,
    draft_treatment,
)

pytestmark = pytest.mark.django_db


def _text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def _initial(client: Client, address: str) -> dict[str, Any]:
    """Return what a browser would send of the page as it opens."""
    form = client.get(address).context["form"]
    data = {field.html_name: field.value() for field in form if field.value() is not None}
    for rows in form.all_rows:
        data |= {f"{rows.prefix}-TOTAL_FORMS": len(rows.forms), f"{rows.prefix}-INITIAL_FORMS": 0}
        for row in rows:
            said = {field.html_name: field.value() for field in row}
            data |= {name: value for name, value in said.items() if value is not None and value is not False}
    return data


@pytest.mark.parametrize(
    ("model", "draft", "text"),
    [
        (TreatmentProtocolVersion, draft_treatment, "anaesthesia"),
        (ChecklistVersion, draft_checklist, "title"),
        (ConsentScriptVersion, draft_consent, "body"),
        (PhotoProtocolVersion, draft_photo_protocol, "preparation"),
        (PrpProtocolVersion, draft_prp, "eligibility"),
        (CombinedProtocolVersion, draft_combined, "rationale"),
        (AuditRulesVersion, draft_audit_rules, "consistency"),
    ],
)
class TestOtherDocuments:
    """The editors of the other documents."""

    def test_the_first_opens_with_an_example_that_can_be_saved_and_reviewed(
        self, client: Client, site: Site, sign_in: Any, model: Any, draft: Any, text: str
    ) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse(f"{model.kind}_new")
        data = _initial(client, address)
        assert client.post(address, data).url == client.post(address, data).url
        version = model.objects.get()
        assert version.gaps() == []
        assert version.change_reason == "First version."

    def test_the_next_opens_with_the_one_in_force_and_asks_why(
        self, client: Client, site: Site, sign_in: Any, model: Any, draft: Any, text: str
    ) -> None:
        in_force = approved(draft(site, **{text: "As approved"}))
        draft(site, **{text: "Somebody's unfinished draft"})
        sign_in(site, Role.MANAGER)
        address = reverse(f"{model.kind}_new", query={"from": in_force.pk} if model.one_for else {})
        data = _initial(client, address)
        assert data[text] == "As approved"
        answer = client.post(address, data)
        assert answer.status_code == 422
        assert "Reason for the change" in _text(answer)
        done = client.post(address, data | {"change_reason": "Because", "risk_relevant": "no", "reconsent": "no"})
        version = model.objects.order_by("-number").first()
        assert done.url == version.get_absolute_url()
        assert (version.number, version.risk_relevant) == (3, False)

    def test_a_draft_is_edited_and_a_stale_one_refused(
        self, client: Client, site: Site, sign_in: Any, model: Any, draft: Any, text: str
    ) -> None:
        author = sign_in(site, Role.MANAGER)
        version = draft(site, by=author)
        parts = len(version.part_rows())
        address = reverse(f"{model.kind}_edit", args=[version.pk])
        data = _initial(client, address)
        assert client.post(address, data | {text: "Changed once"}).status_code == 302
        answer = client.post(address, data | {text: "Changed from an old page"})
        assert answer.status_code == 409
        assert "Changed from an old page" in _text(answer)
        version = model.objects.get()
        assert getattr(version, text) == "Changed once"
        assert len(version.part_rows()) == parts
        assert version.change_reason == "First"

    def test_too_long_and_empty_are_refused_in_words(
        self, client: Client, site: Site, sign_in: Any, model: Any, draft: Any, text: str
    ) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse(f"{model.kind}_new")
        data = _initial(client, address)
        for value in ("", "z" * 12_001):
            answer = client.post(address, data | {text: value})
            assert answer.status_code == 422
            assert value in _text(answer)
        assert not model.objects.exists()


class TestParticulars:
    """What only one kind of document refuses."""

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"needle_gauge": "27"}, "Needle gauge"),
            ({"needle_length_mm": ""}, "Needle length"),
            ({"grid_spacing_mm": "4"}, "Grid spacing"),
            ({"site_volume_min_ul": "0,05"}, "with a point"),
            ({"site_volume_max_ul": "0.3"}, "from 0.02 to 0.20 mL"),
            ({"site_volume_min_ul": "0.10", "site_volume_max_ul": "0.05"}, "can't be less than the least"),
            ({"loading_count": "0"}, "Loading sessions"),
            ({"loading_interval_days": "1000"}, "Interval of loading sessions"),
            ({"audit_after_months": "six"}, "Photo audit after"),
        ],
    )
    def test_a_treatment_protocol_keeps_its_bounds(
        self, client: Client, site: Site, sign_in: Any, changed: dict[str, str], words: str
    ) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse("treatment_protocol_new")
        answer = client.post(address, _initial(client, address) | changed)
        assert answer.status_code == 422
        assert words in _text(answer)
        assert not TreatmentProtocolVersion.objects.exists()

    def test_the_first_treatment_protocol_opens_with_the_usual_numbers(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        sign_in(site, Role.MANAGER)
        data = _initial(client, reverse("treatment_protocol_new"))
        assert (data["needle_gauge"], data["needle_length_mm"], data["grid_spacing_mm"]) == (30, 4, 10)
        assert (data["site_volume_min_ul"], data["site_volume_max_ul"]) == ("0.05", "0.10")
        assert (data["loading_count"], data["audit_after_months"]) == (4, 6)
        assert (data["maintenance_first_year_months"], data["maintenance_later_months"]) == (3, 6)

    def test_a_checklist_doesnt_ask_twice(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse("checklist_version_new")
        data = _initial(client, address)
        same_rule = client.post(address, data | {"rows-1-rule": data["rows-0-rule"]})
        assert "ask about the same contraindication" in _text(same_rule)
        same_code = client.post(address, data | {"rows-1-code": data["rows-0-code"]})
        assert "Two questions have the same code." in _text(same_code)
        assert same_code.status_code == same_rule.status_code == 422

    def test_a_photo_protocol_has_each_view_once_and_codes_that_are_slugs(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse("photo_protocol_new")
        data = _initial(client, address)
        twice = client.post(address, data | {"rows-1-code": data["rows-0-code"]})
        assert "Two views have the same code." in _text(twice)
        assert "View 2, Code" in _text(client.post(address, data | {"rows-1-code": "not a slug"}))
        assert not PhotoProtocolVersion.objects.exists()


@pytest.mark.parametrize(
    ("model", "draft", "other"),
    [
        (AftercareLeafletVersion, draft_leaflet, {"language": "de"}),
        (ComplicationResponseVersion, draft_response, {"complication": "infection"}),
    ],
)
class TestOneForEach:
    """Leaflets, one for each language, and responses, one for each complication."""

    def test_another_stands_beside_the_first_and_counts_by_itself(
        self, client: Client, site: Site, sign_in: Any, model: Any, draft: Any, other: dict[str, str]
    ) -> None:
        first = approved(draft(site))
        sign_in(site, Role.MANAGER)
        address = reverse(f"{model.kind}_new")
        done = client.post(address, _initial(client, address) | other)
        second = model.objects.exclude(pk=first.pk).get()
        assert done.url == second.get_absolute_url()
        assert second.number == 1
        approved(draft(site, **other, title="Second"))
        first.refresh_from_db()
        assert first.is_active

    def test_the_same_again_is_written_as_its_next_version(
        self, client: Client, site: Site, sign_in: Any, model: Any, draft: Any, other: dict[str, str]
    ) -> None:
        first = approved(draft(site, title="As approved"))
        sign_in(site, Role.MANAGER)
        address = reverse(f"{model.kind}_new")
        again = _initial(client, address) | {model.one_for: getattr(first, model.one_for)}
        answer = client.post(address, again)
        assert answer.status_code == 422
        assert "write its next version" in _text(answer)
        next_address = f"{address}?from={first.pk}"
        data = _initial(client, next_address)
        assert data["title"] == "As approved"
        # What it is for can't be changed on the way.
        done = client.post(next_address, data | other | {"change_reason": "Because", "risk_relevant": "yes"})
        version = model.objects.get(number=2)
        assert done.url == version.get_absolute_url()
        assert getattr(version, model.one_for) == getattr(first, model.one_for)
        assert client.get(f"{first.get_absolute_url()}").context["next_url"] == next_address

    def test_what_the_address_asks_for_is_the_sites_own(
        self, client: Client, site: Site, other_site: Site, sign_in: Any, model: Any, draft: Any, other: dict[str, str]
    ) -> None:
        foreign = draft(other_site)
        sign_in(site, Role.MANAGER)
        for asked in (foreign.pk, "9" * 30, "x", "²"):
            assert client.get(reverse(f"{model.kind}_new"), {"from": asked}).status_code == 404


def test_a_new_response_opens_with_the_example_of_its_complication(client: Client, site: Site, sign_in: Any) -> None:
    sign_in(site, Role.MANAGER)
    address = reverse("complication_response_new")
    page = _text(client.get(address, {"for": "infection"}))
    assert "spreading redness, pus, fever" in page
    assert client.get(address, {"for": "\x00nonsense"}).status_code == 200
