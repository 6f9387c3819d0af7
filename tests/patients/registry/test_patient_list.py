"""The list of patients: its pages, its search, and who has none."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.web.paging import page_address
from tests.factories import make_actor
from tests.patients.builders import registered_patient

#: The list is ordered by sort name and key.
NOBODYS_PLACES = (["demo", "x"], [1, 2], ["demo", date(2026, 1, 1)], ["demo", True], ["demo", None], ["a\x00", 1])


class TestTheList:
    def test_an_empty_clinic_says_what_to_do(self, at_the_desk: Client) -> None:
        assert "Register the first one" in at_the_desk.get(reverse("patient_list")).content.decode()

    def test_pages_by_key(self, at_the_desk: Client, site: Site, desk: Actor) -> None:
        for number in range(30):
            registered_patient(site, f"Demo {number:02d}", by=desk)
        first = at_the_desk.get(reverse("patient_list"))
        assert first.content.decode().count("row-link") == 25
        assert "Demo 24" in first.content.decode()
        second = at_the_desk.get(reverse("patient_list") + first.context["page"].next_url)
        assert second.content.decode().count("row-link") == 5
        assert "Demo 25" in second.content.decode()
        back = at_the_desk.get(reverse("patient_list") + second.context["page"].previous_url)
        assert back.context["page"].rows == first.context["page"].rows
        assert not back.context["page"].has_previous

    def test_costs_three_queries(
        self, at_the_desk: Client, site: Site, desk: Actor, django_assert_num_queries: Any
    ) -> None:
        for number in range(26):
            registered_patient(site, f"Demo {number:02d}", by=desk)
        at_the_desk.get(reverse("patient_list"))
        with django_assert_num_queries(3):
            at_the_desk.get(reverse("patient_list"))
        with django_assert_num_queries(3):
            at_the_desk.get(reverse("patient_list"), {"q": "demo"})

    def test_searches_without_scripts(self, at_the_desk: Client, site: Site, desk: Actor) -> None:
        registered_patient(site, "Novak", by=desk)
        registered_patient(site, "Demo", by=desk)
        text = at_the_desk.get(reverse("patient_list"), {"q": "nov"}).content.decode()
        assert "Novak, Alma" in text
        assert "Demo, Alma" not in text
        assert "1 patient found." in text
        assert "<html" in text

    @pytest.mark.parametrize("name", ["patient_list", "patient_search"])
    def test_htmx_gets_the_rows_alone(self, at_the_desk: Client, site: Site, desk: Actor, name: str) -> None:
        registered_patient(site, "Novak", by=desk)
        text = at_the_desk.get(reverse(name), {"q": "nov"}, headers={"HX-Request": "true"}).content.decode()
        assert "Novak, Alma" in text
        assert "<html" not in text

    def test_the_search_address_leads_to_the_list_without_htmx(self, at_the_desk: Client) -> None:
        assert at_the_desk.get(reverse("patient_search"), {"q": "nov"}).url == "/patients/?q=nov"

    def test_says_when_more_match(self, at_the_desk: Client, site: Site, desk: Actor) -> None:
        for number in range(26):
            registered_patient(site, f"Demo {number:02d}", by=desk)
        text = at_the_desk.get(reverse("patient_list"), {"q": "demo"}).content.decode()
        assert "The first 25 are shown" in text

    @pytest.mark.parametrize("cursor", ["x", "W10", "////", "eyJ9", "WzFd", *map(page_address, NOBODYS_PLACES)])
    @pytest.mark.parametrize("way", ["after", "before"])
    def test_a_broken_page_address_is_not_found(self, at_the_desk: Client, way: str, cursor: str) -> None:
        assert at_the_desk.get(reverse("patient_list"), {way: cursor}).status_code == 404

    @pytest.mark.parametrize("text", ["\x00", "%", "'", "<script>alert(1)</script>", "a" * 5000])
    def test_odd_searches_are_answered(self, at_the_desk: Client, text: str) -> None:
        response = at_the_desk.get(reverse("patient_list"), {"q": text})
        assert response.status_code == 200
        assert "<script>alert" not in response.content.decode()

    def test_another_sites_patients_are_not_listed(self, at_the_desk: Client, other_site: Site) -> None:
        registered_patient(other_site, "Elsewhere")
        assert "Elsewhere" not in at_the_desk.get(reverse("patient_list")).content.decode()

    def test_a_preparer_has_no_list(self, client: Client, site: Site) -> None:
        client.force_login(make_actor(site, Role.PREPARER).user)
        for name in ("patient_list", "patient_search", "patient_new"):
            assert client.get(reverse(name)).status_code == 403
