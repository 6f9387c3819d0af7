"""The pages of versions: who sees what, the steps by POST, and refusals that say what to do."""

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.models import TrailEvent
from clinic.worklist.registry import work_for
from protocols.decisions.models import Decision
from protocols.decisions.services import retire, send_back, submit_for_review
from protocols.models import FormulationVersion
from tests.factories import PASSWORD, confirmed, make_actor
from tests.protocols.builders import (
    DRAFT_WORDS,
    approved,
    approved_for_opening,
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

pytestmark = pytest.mark.django_db

DRAFTS: list[Any] = [
    draft_formulation, draft_treatment, draft_checklist, draft_consent, draft_photo_protocol, draft_leaflet,
    draft_response, draft_prp, draft_combined, draft_audit_rules,
]  # fmt: skip


def _url(step: str, version: Decision) -> str:
    return reverse(f"version_{step}", args=[version.kind, version.pk])


def _in_review(site: Site) -> FormulationVersion:
    author = make_author(site)
    return submit_for_review(by=author, version=draft_formulation(site, by=author), at=clock.now())


@pytest.mark.parametrize("draft", DRAFTS)
class TestVersionPage:
    """The page of a version, of every kind."""

    def test_it_is_marked_as_a_draft_until_it_is_approved(
        self, client: Client, site: Site, sign_in: Any, draft: Any
    ) -> None:
        author = make_author(site)
        version = draft(site, by=author)
        sign_in(site, Role.OPERATOR)
        assert DRAFT_WORDS in client.get(version.get_absolute_url()).content.decode()
        submit_for_review(by=author, version=version, at=clock.now())
        page = client.get(version.get_absolute_url()).content.decode()
        assert "In review — a physician must approve" in page
        assert DRAFT_WORDS not in page

    def test_while_it_is_reviewed_no_further_version_is_begun(
        self, client: Client, site: Site, sign_in: Any, draft: Any
    ) -> None:
        author = make_author(site)
        version = submit_for_review(by=author, version=draft(site, by=author), at=clock.now())
        sign_in(site, Role.MANAGER, Role.PHYSICIAN)
        page = client.get(version.get_absolute_url()).content.decode()
        assert "New version" not in page
        assert "Write a new version" not in page

    def test_approved_it_shows_its_signature_and_no_draft_mark(
        self, client: Client, site: Site, sign_in: Any, draft: Any
    ) -> None:
        version = approved(draft(site))
        sign_in(site, Role.OPERATOR)
        page = client.get(version.get_absolute_url()).content.decode()
        assert DRAFT_WORDS not in page
        assert version.approval_signature.content_sha256[:12] in page

    def test_another_sites_version_is_not_found(
        self, client: Client, site: Site, other_site: Site, sign_in: Any, draft: Any
    ) -> None:
        version = draft(other_site)
        sign_in(site, Role.PHYSICIAN)
        edit = reverse(f"{version.kind}_edit", args=[version.pk])
        for address in (version.get_absolute_url(), edit):
            assert client.get(address).status_code == 404
        for step in ("submit", "send_back", "approve", "retire", "discard"):
            assert client.post(_url(step, version), {"password": PASSWORD, "reason": "x"}).status_code == 404
        version.refresh_from_db()
        assert version.status == "draft"

    def test_its_queries_dont_grow_with_its_parts(
        self, client: Client, site: Site, sign_in: Any, draft: Any, django_assert_max_num_queries: Any
    ) -> None:
        approved(draft(site))
        version = approved(draft(site)) if draft is not draft_formulation else approved(next_version(
            FormulationVersion.objects.get()
        ))  # fmt: skip
        sign_in(site, Role.PHYSICIAN)
        # Session, person, memberships; the version, its parts, the one before, its parts, the others, the document.
        # What the trail says of the approval's signature, and the rows that it covers.
        # Of a formulation, the jurisdiction table in force as well: whether there is one, and its entries; and
        # the plans that rest on it, for whoever may retire it.
        # Rows of a second kind are two more: those of this version and of the one before.
        more = 3 if draft is draft_formulation else 0
        with django_assert_max_num_queries(11 + more + 2 * len(version.more_parts)):
            client.get(version.get_absolute_url())


def test_unknown_kinds_and_numbers_are_not_found(client: Client, site: Site, sign_in: Any) -> None:
    sign_in(site, Role.PHYSICIAN)
    for address in (
        "/protocols/versions/nothing/", "/protocols/formulations/999999/", f"/protocols/formulations/{10**20}/",
        "/protocols/checklists/1/edit/", "/protocols/ingredients/77/", "/protocols/versions/formulation/?after=%00",
    ):  # fmt: skip
        assert client.get(address).status_code == 404
    assert client.post("/protocols/versions/nothing/1/approve/").status_code == 404


class TestSteps:
    """The steps, by POST."""

    def test_sending_an_incomplete_draft_says_what_is_missing(self, client: Client, site: Site, sign_in: Any) -> None:
        author = sign_in(site, Role.PREPARER)
        version = draft_formulation(site, by=author, lines=[])
        answer = client.post(_url("submit", version))
        assert answer.status_code == 422
        assert "The formulation has no ingredient yet." in answer.content.decode()

    def test_the_review_shows_the_difference_and_asks_for_the_password(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        author = make_author(site)
        first = approved_formulation(site)
        version = next_version(first, by=author, beyond_use_hours=12)
        submit_for_review(by=author, version=version, at=clock.now())
        sign_in(site, Role.PHYSICIAN)
        page = client.get(version.get_absolute_url()).content.decode()
        assert "What changes from version 1" in page
        assert "<del>24 hours</del>" in page
        assert "<ins>12 hours</ins>" in page
        assert 'name="password"' in page

    def test_approving_takes_the_password_and_what_was_read(self, client: Client, site: Site, sign_in: Any) -> None:
        version = _in_review(site)
        sign_in(site, Role.PHYSICIAN)
        form = {"password": PASSWORD, "row_version": version.row_version}
        assert client.post(_url("approve", version), form).url == version.get_absolute_url()
        version.refresh_from_db()
        assert version.status == "approved"

    def test_a_wrong_password_signs_nothing_and_is_in_the_trail(self, client: Client, site: Site, sign_in: Any) -> None:
        version = _in_review(site)
        sign_in(site, Role.PHYSICIAN)
        answer = client.post(_url("approve", version), {"password": "wrong", "row_version": version.row_version})
        assert answer.status_code == 422
        assert "This isn&#x27;t your password. Nothing was signed" in answer.content.decode()
        version.refresh_from_db()
        assert version.status == "in_review"
        assert TrailEvent.objects.filter(action="sign_refused").count() == 1

    @pytest.mark.parametrize("row_version", ["", "1", "0", "x"])
    def test_what_changed_since_it_was_read_isnt_approved(
        self, client: Client, site: Site, sign_in: Any, row_version: str
    ) -> None:
        version = _in_review(site)
        sign_in(site, Role.PHYSICIAN)
        answer = client.post(_url("approve", version), {"password": PASSWORD, "row_version": row_version})
        assert answer.status_code in {409, 422}
        version.refresh_from_db()
        assert version.status == "in_review"
        assert f'name="row_version" value="{version.row_version}"' in answer.content.decode()

    def test_the_author_sees_no_approval_and_is_refused_it(self, client: Client, site: Site, sign_in: Any) -> None:
        author = sign_in(site, Role.PHYSICIAN)
        version = submit_for_review(by=author, version=draft_formulation(site, by=author), at=clock.now())
        assert 'name="password"' not in client.get(version.get_absolute_url()).content.decode()
        answer = client.post(_url("approve", version), {"password": PASSWORD, "row_version": version.row_version})
        assert answer.status_code == 422
        assert "You wrote this version." in answer.content.decode()
        version.refresh_from_db()
        assert version.status == "in_review"

    def test_a_fourth_formulation_is_refused_with_what_to_retire(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        for code in "ABC":
            approved_formulation(site, code)
        author = make_author(site)
        version = submit_for_review(by=author, version=draft_formulation(site, "D", by=author), at=clock.now())
        sign_in(site, Role.PHYSICIAN)
        page = client.get(version.get_absolute_url()).content.decode()
        assert "a site works with three formulations at most. Retire one first:" in page
        assert 'name="password"' not in page  # nobody types it for nothing
        for other in FormulationVersion.objects.active():
            assert f'href="{other.get_absolute_url()}"' in page
        answer = client.post(_url("approve", version), {"password": PASSWORD, "row_version": version.row_version})
        assert answer.status_code == 422
        assert "Retire one first: A Formulation A v1" in answer.content.decode()

    def test_retiring_in_a_stale_tab_says_who_had_retired_it(self, client: Client, site: Site, sign_in: Any) -> None:
        version = approved_formulation(site)
        first = make_actor(site, Role.PHYSICIAN, name="Pia Demo")
        proof = confirmed(first)
        retire(by=first, version=version, confirmed=proof, reason="Recall", at=proof.at)
        sign_in(site, Role.PHYSICIAN)
        answer = client.post(_url("retire", version), {"password": PASSWORD, "reason": "Mine"})
        assert answer.status_code == 422
        page = html.unescape(answer.content.decode())
        assert "Pia Demo has already retired this version" in page
        assert "is retired." not in page

    def test_whoever_may_write_goes_on_from_somebody_elses_draft(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        version = draft_treatment(site)
        sign_in(site, Role.PHYSICIAN)
        page = client.get(version.get_absolute_url()).content.decode()
        assert "Write a new version from this" in page
        assert f'href="{reverse("treatment_protocol_edit", args=[version.pk])}"' not in page
        address = re.findall(r'href="([^"]+)"[^>]*>(?:(?!</a>).)*Write a new version from this', page, re.DOTALL)[0]
        assert str(version.site_volume_min_ul / 1000) in client.get(address).content.decode()

    def test_sending_back_without_a_reason_or_with_too_much_keeps_what_was_typed(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        version = _in_review(site)
        sign_in(site, Role.PHYSICIAN)
        assert client.post(_url("send_back", version), {"reason": " "}).status_code == 422
        long = "y" * 501
        answer = client.post(_url("send_back", version), {"reason": long})
        assert answer.status_code == 422
        assert long in answer.content.decode()
        assert client.post(_url("send_back", version), {"reason": "Less"}).status_code == 302
        page = client.get(version.get_absolute_url()).content.decode()
        assert "Sent back by" in page
        assert "Less" in page

    def test_retiring_needs_password_and_reason(self, client: Client, site: Site, sign_in: Any) -> None:
        version = approved_formulation(site)
        sign_in(site, Role.PHYSICIAN)
        for form in ({"password": PASSWORD}, {"reason": "Recall"}, {"password": "wrong", "reason": "Recall"}):
            answer = client.post(_url("retire", version), form)
            assert answer.status_code == 422
            assert "data-dialog-now" in answer.content.decode()
        assert client.post(_url("retire", version), {"password": PASSWORD, "reason": "Recall"}).status_code == 302
        version.refresh_from_db()
        assert version.status == "retired"
        assert "Retired on" in client.get(version.get_absolute_url()).content.decode()

    def test_a_draft_is_thrown_away_by_post_only(self, client: Client, site: Site, sign_in: Any) -> None:
        author = sign_in(site, Role.PREPARER)
        version = draft_formulation(site, by=author)
        assert client.get(_url("discard", version)).url == version.get_absolute_url()
        assert FormulationVersion.objects.exists()
        assert client.post(_url("discard", version)).url == "/protocols/"
        assert not FormulationVersion.objects.exists()

    def test_what_is_in_review_isnt_thrown_away(self, client: Client, site: Site, sign_in: Any) -> None:
        version = _in_review(site)
        sign_in(site, Role.PHYSICIAN)
        answer = client.post(_url("discard", version))
        assert answer.status_code == 422
        assert "Only a draft can be thrown away." in answer.content.decode()

    @pytest.mark.parametrize("step", ["submit", "send_back", "approve", "retire", "discard"])
    def test_loading_a_step_again_leads_to_the_version(
        self, client: Client, site: Site, sign_in: Any, step: str
    ) -> None:
        version = _in_review(site)
        sign_in(site, Role.PHYSICIAN)
        assert client.get(_url(step, version)).url == version.get_absolute_url()

    @pytest.mark.parametrize(
        ("role", "steps"),
        [
            (Role.AUDITOR, ["submit", "send_back", "approve", "retire", "discard"]),
            (Role.OPERATOR, ["submit", "send_back", "approve", "retire", "discard"]),
            (Role.MANAGER, ["approve", "retire"]),
        ],
    )
    def test_who_may_not_take_a_step_is_refused_it(
        self, client: Client, site: Site, sign_in: Any, role: Role, steps: list[str]
    ) -> None:
        version = _in_review(site)
        sign_in(site, role)
        for step in steps:
            assert client.post(_url(step, version), {"password": PASSWORD, "reason": "x"}).status_code == 403


class TestAllVersions:
    """The list of all versions of a kind."""

    def test_it_lists_the_retired_too_page_by_page(
        self, client: Client, site: Site, sign_in: Any, django_assert_max_num_queries: Any
    ) -> None:
        author = make_author(site)
        for _index in range(27):
            draft_treatment(site, by=author)
        sign_in(site, Role.AUDITOR)
        with django_assert_max_num_queries(4):
            first = client.get(reverse("version_list", args=["treatment_protocol"]))
        assert first.content.decode().count('class="row-link"') == 25
        second = client.get(reverse("version_list", args=["treatment_protocol"]) + first.context["page"].next_url)
        assert second.content.decode().count('class="row-link"') == 2


class TestWork:
    """What stands on Today."""

    def test_who_approves_sees_what_waits_and_not_their_own(self, site: Site) -> None:
        author = make_actor(site, Role.PHYSICIAN)
        version = submit_for_review(by=author, version=draft_formulation(site, by=author), at=clock.now())
        other = make_actor(site, Role.PHYSICIAN)
        assert version.get_absolute_url() in {item.url for item in work_for(other, clock.now())}
        assert version.get_absolute_url() not in {item.url for item in work_for(author, clock.now())}

    def test_the_author_sees_what_came_back_and_why(self, site: Site) -> None:
        version = _in_review(site)
        send_back(by=make_actor(site, Role.PHYSICIAN), version=version, reason="Less biotin", at=clock.now())
        author = Actor.at_site(user=version.author, site=site, roles=[Role.PREPARER])
        found = [item for item in work_for(author, clock.now()) if item.url == version.get_absolute_url()]
        assert [item.detail for item in found] == ["Sent back: Less biotin"]

    def test_a_site_that_isnt_ready_says_so_to_those_who_can_mend_it(self, site: Site) -> None:
        manager, operator = make_actor(site, Role.MANAGER), make_actor(site, Role.OPERATOR)
        assert "/protocols/opening/" in {item.url for item in work_for(manager, clock.now())}
        assert "/protocols/opening/" not in {item.url for item in work_for(operator, clock.now())}
        writer = make_actor(site, Role.PREPARER)
        assert "/protocols/opening/" in {item.url for item in work_for(writer, clock.now())}
        approved_for_opening(site)
        # what isn't set up is the manager's, and who writes protocols can do nothing about it
        assert "/protocols/opening/" in {item.url for item in work_for(manager, clock.now())}
        assert "/protocols/opening/" not in {item.url for item in work_for(writer, clock.now())}

    def test_another_sites_reviews_are_nobodys_work_here(self, site: Site, other_site: Site) -> None:
        version = _in_review(other_site)
        assert version.get_absolute_url() not in {
            item.url for item in work_for(make_actor(site, Role.PHYSICIAN), clock.now())
        }
