"""A consent script that is replaced while somebody has its form open."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from patients.consents import views
from patients.consents.models import Consent
from patients.consents.services import take_consent
from patients.registry.models import Patient
from protocols.consents.models import ConsentScriptVersion
from tests.pages import source
from tests.patients.consents.builders import drawn_again, filled
from tests.protocols.builders import approved, draft_consent


class TestTheScriptWasReplacedWhileTheFormWasOpen:
    @pytest.fixture
    def newer(self, site: Site, script: ConsentScriptVersion) -> ConsentScriptVersion:
        """The version that came into force meanwhile."""
        texts = [row.text for row in script.statements.order_by("ordinal")]
        return approved(draft_consent(site, body="Something new.\n" + script.body, statements=texts))

    @pytest.mark.usefixtures("newer")
    def test_nothing_is_recorded_and_what_is_new_is_shown(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        response = operating.post(url, filled(patient, script, signed_name="Typed Here"))
        assert response.status_code == 409
        text = source(response)
        assert "The script was replaced while this page was open" in text
        assert "Something new." in text
        assert "the signature drawn before was for the older words and is gone" in text
        assert drawn_again(response) == ""
        assert 'value="Typed Here"' in text
        assert not Consent.objects.exists()

    def test_no_statement_is_carried_over_but_the_next_press_works(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion, newer: ConsentScriptVersion
    ) -> None:
        response = operating.post(url, filled(patient, script))
        shown = response.context["form"]
        assert shown["statements"].value() is None
        assert str(shown["script"].value()) == str(newer.pk)
        assert operating.post(url, filled(patient, newer)).status_code == 302
        assert Consent.objects.get().script_version == newer

    @pytest.mark.usefixtures("newer")
    def test_an_incomplete_form_about_the_older_script_is_stale_too(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion
    ) -> None:
        assert operating.post(url, filled(patient, script, statements=[])).status_code == 409

    def test_one_replaced_in_the_very_moment_of_the_press_is_no_other_case(
        self, operating: Client, url: str, patient: Patient, site: Site, script: ConsentScriptVersion,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        def late(**values: Any) -> Consent:
            approved(draft_consent(site, body="Something new.\n" + script.body))
            return take_consent(**values)

        monkeypatch.setattr(views, "take_consent", late)
        response = operating.post(url, filled(patient, script))
        assert response.status_code == 409
        assert "Something new." in source(response)
        assert drawn_again(response) == ""
        assert not Consent.objects.exists()

    @pytest.mark.parametrize("sent", ["0", "-1", "x", "9" * 40, "²", ""])
    def test_a_script_that_is_none_is_the_one_in_force(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion, sent: str
    ) -> None:
        assert operating.post(url, filled(patient, script) | {"script": sent}).status_code == 302
        assert Consent.objects.get().script_version == script

    def test_another_sites_script_is_not_shown(
        self, operating: Client, url: str, patient: Patient, script: ConsentScriptVersion, other_site: Site
    ) -> None:
        foreign = approved(draft_consent(other_site, body="Secret of the other site. " + script.body))
        response = operating.post(url, filled(patient, foreign))
        assert response.status_code == 422
        assert "Secret of the other site" not in source(response)

    def test_without_any_script_in_force_there_is_nothing_to_consent_to(
        self, operating: Client, patient: Patient
    ) -> None:
        response = operating.get(reverse("consent_new", args=[patient.pk]))
        assert "No consent script is in force" in source(response)
