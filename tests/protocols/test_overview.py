"""The page of a site's protocols, and the drafts that it begins with."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.jurisdiction.models import JurisdictionTableVersion
from protocols.kinds import KINDS
from protocols.models import AftercareLeafletVersion, ComplicationResponseVersion, FormulationVersion
from protocols.overview.queries import in_force
from protocols.responses.models import Complication
from tests.protocols.builders import (
    DRAFT_WORDS,
    approved_for_opening,
    approved_formulation,
    draft_consent,
    draft_formulation,
    next_version,
)

pytestmark = pytest.mark.django_db


class TestOverview:
    """The first page."""

    def test_it_says_what_is_missing_in_words(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.AUDITOR)
        page = client.get("/protocols/").content.decode()
        assert "2 more approved formulations are needed" in page
        assert "Not approved yet: Consent script." in page
        assert "Write the starter drafts" not in page

    def test_it_shows_what_is_in_force_and_what_waits(self, client: Client, site: Site, sign_in: Any) -> None:
        everything = approved_for_opening(site)
        draft = next_version(everything.formulations[0])
        sign_in(site, Role.OPERATOR)
        page = client.get("/protocols/").content.decode()
        assert "The site is ready to treat" in page
        assert "2 of at most 3" in page
        for version in (*everything.formulations, everything.treatment, everything.checklist, draft):
            assert f'href="{version.get_absolute_url()}"' in page

    def test_a_document_without_a_title_is_called_what_its_kind_is_in_the_readers_language(self, site: Site) -> None:
        """Its statement stands written for everybody, so no language's words are in it."""
        everything = approved_for_opening(site)
        with CaptureQueriesContext(connection) as sent:
            found = in_force(site)
        treatment = everything.treatment
        assert found[treatment.kind].title == f"{treatment.title_of_kind} v{treatment.number}"
        assert not any(str(treatment.title_of_kind) in query["sql"] for query in sent)

    def test_another_sites_protocols_arent_shown(
        self, client: Client, site: Site, other_site: Site, sign_in: Any
    ) -> None:
        approved_for_opening(other_site)
        draft_formulation(other_site, "Z")
        sign_in(site, Role.MANAGER)
        page = client.get("/protocols/").content.decode()
        assert "Formulation A" not in page
        assert "Formulation Z" not in page

    def test_its_queries_dont_grow(
        self, client: Client, site: Site, sign_in: Any, django_assert_max_num_queries: Any
    ) -> None:
        everything = approved_for_opening(site)
        sign_in(site, Role.PHYSICIAN)
        client.get("/protocols/")
        for version in everything.formulations:
            for _index in range(4):
                next_version(version)
        approved_formulation(site, "C")
        # The sign-in session, the person, the memberships; then formulations, their lines, documents, what waits.
        with django_assert_max_num_queries(9):
            client.get("/protocols/")

    @pytest.mark.parametrize("role", [Role.FRONT_DESK])
    def test_who_may_not_see_protocols_is_refused(self, client: Client, site: Site, sign_in: Any, role: Role) -> None:
        version = draft_formulation(site)
        sign_in(site, role)
        for address in ("/protocols/", version.get_absolute_url(), reverse("version_list", args=["formulation"])):
            assert client.get(address).status_code == 403


class TestStarter:
    """The first drafts of an empty site."""

    def test_a_click_writes_drafts_of_everything_and_a_second_click_nothing(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        sign_in(site, Role.MANAGER)
        assert "Write the starter drafts" in client.get("/protocols/").content.decode()
        for _click in range(2):
            assert client.post(reverse("starter_drafts")).status_code == 302
        assert FormulationVersion.objects.count() == 3
        written = {model: model.objects.count() for model in KINDS if model is not FormulationVersion}
        assert written.pop(ComplicationResponseVersion) == len(Complication)
        assert set(written.values()) == {1}
        page = client.get("/protocols/").content.decode()
        assert "Write the starter drafts" not in page
        assert "The site isn" in page

    def test_a_site_that_has_begun_gets_none(self, client: Client, site: Site, sign_in: Any) -> None:
        draft_consent(site)
        sign_in(site, Role.MANAGER)
        page = client.post(reverse("starter_drafts"), follow=True).content.decode()
        assert "This site has protocols already." in page
        assert not FormulationVersion.objects.exists()

    def test_who_may_not_write_is_refused(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.OPERATOR)
        assert client.post(reverse("starter_drafts")).status_code == 403

    def test_every_starter_draft_is_marked_and_can_be_sent_to_review(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        sign_in(site, Role.MANAGER)
        client.post(reverse("starter_drafts"))
        for model in KINDS:
            for version in model.objects.all():
                page = client.get(version.get_absolute_url()).content.decode()
                assert DRAFT_WORDS in page
                if isinstance(version, JurisdictionTableVersion):
                    assert "There is no ingredient yet." in page  # it ships empty
                    continue
                if isinstance(version, AftercareLeafletVersion):
                    assert "the telephone is missing" in page
                    AftercareLeafletVersion.objects.update(telephone="+49 30 5550 100")
                else:
                    assert "Missing before it can be reviewed" not in page
                assert client.post(reverse("version_submit", args=[version.kind, version.pk])).status_code == 302
                version.refresh_from_db()
                assert version.status == "in_review"
