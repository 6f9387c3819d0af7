"""The list of ingredients: classes are chosen, names stay once records refer to them."""

import html
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.models import Ingredient
from tests.protocols.builders import an_ingredient, approved_formulation, draft_formulation, make_author

pytestmark = pytest.mark.django_db


def _text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


class TestIngredients:
    """The list of ingredients."""

    DATA = {
        "name": "Lidocaine hydrochloride", "concentration": "20 mg/mL", "allergen_class": "local_anaesthetic",
        "pregnancy_class": "clearance",
        "hazard_class": "none",
    }  # fmt: skip

    def test_an_ingredient_is_added_once(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.PREPARER)
        data = self.DATA | {"submission_key": str(uuid.uuid4())}
        for _click in range(2):
            assert client.post("/protocols/ingredients/new/", data).url == "/protocols/ingredients/"
        assert Ingredient.objects.get().allergen_class == "local_anaesthetic"
        answer = client.post("/protocols/ingredients/new/", self.DATA | {"name": "LIDOCAINE  hydrochloride"})
        assert answer.status_code == 422
        assert "is on the list already" in _text(answer)

    def test_its_classes_come_without_an_answer(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.PREPARER)
        form = client.get("/protocols/ingredients/new/").context["form"]
        assert not form["allergen_class"].value()
        assert not form["pregnancy_class"].value()
        for name in ("allergen_class", "pregnancy_class"):
            assert client.post("/protocols/ingredients/new/", self.DATA | {name: ""}).status_code == 422

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "n" * 81),
            ("concentration", "c" * 41),
            ("allergen_class", "gluten"),
            ("name", "a\x07b"),
        ],
    )
    def test_what_doesnt_fit_is_refused_and_stays(
        self, client: Client, site: Site, sign_in: Any, field: str, value: str
    ) -> None:
        sign_in(site, Role.PREPARER)
        answer = client.post("/protocols/ingredients/new/", self.DATA | {field: value})
        assert answer.status_code == 422
        if field != "concentration":
            assert "20 mg/mL" in _text(answer)
        assert not Ingredient.objects.exists()

    def test_a_stale_form_shows_what_is_saved_and_can_be_sent_again(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        ingredient = an_ingredient(site, "Biotin")
        sign_in(site, Role.PREPARER)
        address = reverse("ingredient_edit", args=[ingredient.pk])
        first = self.DATA | {"row_version": 1, "name": "Biotin D"}
        assert client.post(address, first).status_code == 302
        answer = client.post(address, self.DATA | {"row_version": 1, "name": "Biotin E"})
        page = _text(answer)
        assert answer.status_code == 409
        assert 'value="Biotin E"' in page
        assert "What is saved now" in page
        assert "Biotin D" in page
        assert client.post(address, self.DATA | {"row_version": 2, "name": "Biotin E"}).status_code == 302

    def test_once_records_refer_to_it_only_its_classes_are_put_right(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        version = approved_formulation(site)
        line = version.lines.first()
        ingredient = line.ingredient
        sign_in(site, Role.PREPARER)
        address = reverse("ingredient_edit", args=[ingredient.pk])
        page = _text(client.get(address))
        assert "Records refer to this ingredient" in page
        assert str(version) in page
        same = {"name": ingredient.name, "concentration": ingredient.concentration, "row_version": 1}
        renamed = client.post(address, self.DATA | same | {"concentration": "10 mg/mL"})
        assert renamed.status_code == 422
        assert "its name and concentration stay" in _text(renamed)
        assert client.post(address, self.DATA | same).status_code == 302
        ingredient.refresh_from_db()
        line.refresh_from_db()
        assert (ingredient.allergen_class, line.allergen_class) == ("local_anaesthetic", "none")

    def test_drafts_follow_when_an_ingredient_is_put_right(self, client: Client, site: Site, sign_in: Any) -> None:
        version = draft_formulation(site, allowed=False)
        line = version.lines.first()
        sign_in(site, Role.PREPARER)
        client.post(reverse("ingredient_edit", args=[line.ingredient_id]), self.DATA | {"row_version": 1})
        line.refresh_from_db()
        assert (line.ingredient_name, line.pregnancy_class) == ("Lidocaine hydrochloride", "clearance")

    def test_another_sites_ingredient_is_not_found(
        self, client: Client, site: Site, other_site: Site, sign_in: Any
    ) -> None:
        ingredient = an_ingredient(other_site, "Elsewhere")
        sign_in(site, Role.PREPARER)
        address = reverse("ingredient_edit", args=[ingredient.pk])
        assert client.get(address).status_code == client.post(address, self.DATA).status_code == 404
        assert "Elsewhere" not in _text(client.get("/protocols/ingredients/"))

    def test_the_list_pages_and_its_queries_dont_grow(
        self, client: Client, site: Site, sign_in: Any, django_assert_max_num_queries: Any
    ) -> None:
        author = make_author(site)
        for number in range(27):
            an_ingredient(site, f"Substance {number:02}", by=author)
        sign_in(site, Role.PREPARER)
        with django_assert_max_num_queries(4):
            first = client.get("/protocols/ingredients/")
        second = client.get("/protocols/ingredients/" + first.context["page"].next_url)
        assert "Substance 24" in _text(first)
        assert "Substance 24" not in _text(second)
        assert "Substance 26" in _text(second)

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.FRONT_DESK])
    def test_who_may_not_write_changes_nothing(self, client: Client, site: Site, sign_in: Any, role: Role) -> None:
        ingredient = an_ingredient(site)
        sign_in(site, role)
        for address in ("/protocols/ingredients/new/", reverse("ingredient_edit", args=[ingredient.pk])):
            assert client.get(address).status_code == client.post(address, self.DATA).status_code == 403
