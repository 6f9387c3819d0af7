"""Writing formulations in the browser: nothing typed is lost, nothing written twice, refusals say what to do."""

import uuid
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.decisions.errors import NotComplete
from protocols.decisions.services import submit_for_review
from protocols.models import (
    Formulation,
    FormulationVersion,
)
from tests.protocols.builders import (
    an_ingredient,
    approved_formulation,
    draft_checklist,
    draft_consent,
    draft_formulation,
    draft_photo_protocol,
    draft_treatment,
)
from tests.protocols.sent import EMPTY, NEW, sent_formulation, sent_line, sent_rows, sent_steps, text_of

pytestmark = pytest.mark.django_db


class TestFormulations:
    """The editor of formulations."""

    def test_a_formulation_is_written_with_its_lines_in_order(
        self, client: Client, site: Site, sign_in: Any, two: Any
    ) -> None:
        actor = sign_in(site, Role.PREPARER)
        answer = client.post(NEW, sent_formulation(sent_line(two[1], 400, "diluent", "10.5"), sent_line(two[0])))
        version = FormulationVersion.objects.get()
        assert answer.url == version.get_absolute_url()
        assert (version.author, version.status, version.number) == (actor.user, "draft", 1)
        assert (version.batch_min_ul, version.batch_max_ul) == (2_000, 20_000)
        assert [
            (line.ordinal, line.ingredient_name, line.volume_ul_per_ml, str(line.tolerance_percent))
            for line in version.lines.all()
        ] == [(1, "Saline", 400, "10.5"), (2, "Biotin", 600, "5.0")]
        assert version.gaps() == []

    def test_the_same_submission_twice_writes_one(self, client: Client, site: Site, sign_in: Any, two: Any) -> None:
        sign_in(site, Role.PREPARER)
        data = sent_formulation(sent_line(two[0]))
        assert client.post(NEW, data).url == client.post(NEW, data).url
        assert FormulationVersion.objects.count() == Formulation.objects.count() == 1

    def test_a_draft_is_saved_before_its_lines_make_one_millilitre_and_says_what_is_missing(
        self, client: Client, site: Site, sign_in: Any, two: Any
    ) -> None:
        sign_in(site, Role.PREPARER)
        page = text_of(client.post(NEW, sent_formulation(sent_line(two[0], 999)), follow=True))
        assert "The lines make 999 µL of 1000 µL per mL: 1 µL are missing." in page

    def test_code_and_name_are_enough_and_what_is_missing_is_said_in_words(
        self, client: Client, site: Site, sign_in: Any, two: Any
    ) -> None:
        actor = sign_in(site, Role.PREPARER)
        blank = {name: "" for name in sent_formulation() if "-0-" not in name} | EMPTY
        blank |= {"submission_key": str(uuid.uuid4()), "code": "Q", "name": "New"}
        line = {"ingredient": two[0].pk, "role": "", "volume_ul_per_ml": "", "tolerance_percent": ""}
        page = text_of(client.post(NEW, blank | sent_rows(line), follow=True))
        version = FormulationVersion.objects.get()
        assert (version.beyond_use_hours, version.storage, version.lines.get().role) == (None, "", "")
        for words in (
            "Not given yet: indication.", "Not given yet: smallest batch in µL.", "There is no step yet.",
            "Not given yet: dosage form.", "Not given yet: when to reject.",
            "Line 1, Biotin: role, µL per mL, tolerance not given yet.",
        ):  # fmt: skip
            assert words in page
        with pytest.raises(NotComplete) as refused:
            submit_for_review(by=actor, version=version, at=clock.now())
        assert "Not given yet: storage." in refused.value.reasons
        with pytest.raises(DatabaseError), transaction.atomic():
            FormulationVersion.objects.filter(pk=version.pk).update(status="in_review")
        address = reverse("formulation_edit", args=[version.pk])
        assert client.get(address).status_code == 200
        answer = client.post(address, blank | sent_rows(line) | {"row_version": "1"} | sent_steps("Mix."))
        assert answer.status_code == 302
        assert [(step.text, step.critical) for step in version.method.all()] == [("Mix.", False)]

    def test_a_number_with_a_comma_is_told_how_it_is_written_and_in_which_line(
        self, client: Client, site: Site, sign_in: Any, two: Any
    ) -> None:
        sign_in(site, Role.PREPARER)
        page = text_of(client.post(NEW, sent_formulation(sent_line(two[0], tolerance="5,5"))))
        assert "Line 1, Tolerance ± %: Write the number with a point, not with a comma: type 5.5." in page
        page = text_of(client.post(NEW, sent_formulation(sent_line(two[0], tolerance="five"))))
        assert "Line 1, Tolerance ± %: Type digits only" in page

    def test_blank_rows_are_left_out(self, client: Client, site: Site, sign_in: Any, two: Any) -> None:
        sign_in(site, Role.PREPARER)
        blank = {"ingredient": "", "role": "", "volume_ul_per_ml": "", "tolerance_percent": ""}
        client.post(NEW, sent_formulation(blank, sent_line(two[0]), blank))
        assert [line.ordinal for line in FormulationVersion.objects.get().lines.all()] == [1]

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("code", "", "Code"),
            ("code", "ABCDEFGHI", "8"),
            ("code", "A b", "Use letters, figures and dashes only."),
            ("name", "n" * 81, "80"),
            ("indication", "i" * 201, "200"),
            ("beyond_use_hours", "soon", "Beyond use after"),
            ("beyond_use_hours", "0", "1"),
            ("beyond_use_hours", "337", "336"),
            ("beyond_use_hours", "1.5", "Beyond use after"),
            ("batch_min_ul", "2,5", "with a point"),
            ("batch_min_ul", "2 mL", "Leave out the unit"),
            ("batch_min_ul", "0.0001", "smallest step"),
            ("batch_max_ul", "1000", "from 0.10 to 100.00 mL"),
            ("batch_max_ul", "1", "can't be smaller than the smallest batch"),
            ("storage", "fridge", "Storage"),
            ("method-0-text", "s" * 401, "400"),
            ("name", "Bio\u202etin", "can't be printed"),
            ("container", "a\x00b", "Container"),
        ],
    )
    def test_what_doesnt_fit_is_refused_in_words_and_everything_typed_stays(
        self, client: Client, site: Site, sign_in: Any, two: Any, field: str, value: str, words: str
    ) -> None:
        sign_in(site, Role.PREPARER)
        data = sent_formulation(sent_line(two[0], 777), **{field: value})
        answer = client.post(NEW, data)
        page = text_of(answer)
        assert answer.status_code == 422
        assert words in page
        assert "Please put this right" in page
        assert 'value="777"' in page
        assert data["submission_key"] in page
        if field != "indication":
            assert "Early hair loss" in page
        assert not FormulationVersion.objects.exists()

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"volume_ul_per_ml": "many"}, "Line 1, µL per mL"),
            ({"volume_ul_per_ml": "0"}, "Line 1, µL per mL"),
            ({"volume_ul_per_ml": "1001"}, "Line 1, µL per mL"),
            ({"volume_ul_per_ml": "12.5"}, "Line 1, µL per mL"),
            ({"tolerance_percent": "0"}, "Line 1, Tolerance"),
            ({"tolerance_percent": "26"}, "Line 1, Tolerance"),
            ({"tolerance_percent": "5.55"}, "Line 1, Tolerance"),
            ({"tolerance_percent": "NaN"}, "Line 1, Tolerance"),
            ({"ingredient": "999999"}, "Line 1, Ingredient"),
            ({"ingredient": ""}, "Line 1, Ingredient"),
            ({"role": "poison"}, "Line 1, Role"),
        ],
    )
    def test_a_line_that_doesnt_fit_is_named_as_the_form_numbers_it(
        self, client: Client, site: Site, sign_in: Any, two: Any, changed: dict[str, str], words: str
    ) -> None:
        sign_in(site, Role.PREPARER)
        answer = client.post(NEW, sent_formulation(sent_line(two[0]) | changed))
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert not FormulationVersion.objects.exists()

    def test_another_sites_ingredient_cant_be_chosen(
        self, client: Client, site: Site, other_site: Site, sign_in: Any
    ) -> None:
        sign_in(site, Role.PREPARER)
        answer = client.post(NEW, sent_formulation(sent_line(an_ingredient(other_site))))
        assert answer.status_code == 422
        assert not FormulationVersion.objects.exists()

    def test_an_ingredient_in_two_lines_is_refused(self, client: Client, site: Site, sign_in: Any, two: Any) -> None:
        sign_in(site, Role.PREPARER)
        answer = client.post(NEW, sent_formulation(sent_line(two[0], 300), sent_line(two[0], 700)))
        assert answer.status_code == 422
        assert "Biotin 5 mg/mL stands in two lines" in text_of(answer)

    def test_a_code_that_is_taken_is_refused_at_its_field(
        self, client: Client, site: Site, sign_in: Any, two: Any
    ) -> None:
        draft_formulation(site, "A")
        sign_in(site, Role.PREPARER)
        answer = client.post(NEW, sent_formulation(sent_line(two[0]), code="a"))
        assert answer.status_code == 422
        assert "The code A is taken by Formulation A." in text_of(answer)

    @pytest.mark.parametrize(
        "broken", [{"rows-TOTAL_FORMS": "x"}, {"rows-TOTAL_FORMS": "-1"}, {"rows-INITIAL_FORMS": ""}]
    )
    def test_rows_that_arrive_broken_are_refused(
        self, client: Client, site: Site, sign_in: Any, two: Any, broken: dict[str, str]
    ) -> None:
        sign_in(site, Role.PREPARER)
        answer = client.post(NEW, sent_formulation(sent_line(two[0])) | broken)
        assert answer.status_code == 422
        assert "The rows didn't arrive whole." in text_of(answer)
        assert not FormulationVersion.objects.exists()

    def test_far_too_many_rows_are_refused(self, client: Client, site: Site, sign_in: Any, two: Any) -> None:
        sign_in(site, Role.PREPARER)
        answer = client.post(NEW, sent_formulation(*[sent_line(two[0])] * 60) | {"rows-TOTAL_FORMS": "60000"})
        assert answer.status_code == 422

    def test_the_next_version_opens_with_what_stands_and_asks_why(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        first = approved_formulation(site)
        sign_in(site, Role.PREPARER)
        address = reverse("formulation_next", args=[first.pk])
        page = text_of(client.get(address))
        assert "Local limit" in page
        assert 'value="600"' in page
        assert 'name="code"' not in page
        line = first.lines.first()
        answer = client.post(address, sent_formulation(sent_line(line.ingredient, 1000)))
        assert answer.status_code == 422
        assert "Reason for the change" in text_of(answer)
        assert "Does the change bear on risk?" in text_of(answer)
        done = client.post(
            address,
            sent_formulation(
                sent_line(line.ingredient, 1000), change_reason="Simpler", risk_relevant="yes", reconsent="no"
            ),
        )
        second = FormulationVersion.objects.get(number=2)
        assert done.url == second.get_absolute_url()
        assert (second.formulation, second.change_reason, second.risk_relevant) == (first.formulation, "Simpler", True)

    def test_whether_a_change_bears_on_risk_is_never_answered_beforehand(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        first = approved_formulation(site)
        sign_in(site, Role.PREPARER)
        form = client.get(reverse("formulation_next", args=[first.pk])).context["form"]
        assert not form["risk_relevant"].value()


class TestEditing:
    """Editing a draft."""

    def _data(self, version: FormulationVersion, step: str = "Mix.", **changed: Any) -> dict[str, Any]:
        lines = [sent_line(line.ingredient, line.volume_ul_per_ml, line.role) for line in version.lines.all()]
        data = sent_formulation(*lines, row_version=version.row_version) | {"name": "Formulation A"}
        return data | sent_steps(step) | changed

    def test_the_author_edits_a_draft(self, client: Client, site: Site, sign_in: Any) -> None:
        author = sign_in(site, Role.PREPARER)
        version = draft_formulation(site, by=author)
        address = reverse("formulation_edit", args=[version.pk])
        assert 'value="Formulation A"' in text_of(client.get(address))
        assert client.post(address, self._data(version, "Shake.", name="Better name")).status_code == 302
        version = FormulationVersion.objects.get(pk=version.pk)
        assert [step.text for step in version.method.all()] == ["Shake."]
        assert (version.formulation.name, version.row_version) == ("Better name", 2)
        assert version.lines.count() == 2

    @pytest.mark.parametrize("sent", ["1", "", "x"])
    def test_a_stale_form_keeps_what_was_typed_and_can_be_sent_again_by_choice(
        self, client: Client, site: Site, sign_in: Any, sent: str
    ) -> None:
        author = sign_in(site, Role.PREPARER)
        version = draft_formulation(site, by=author)
        address = reverse("formulation_edit", args=[version.pk])
        client.post(address, self._data(version, "From another window."))
        answer = client.post(address, self._data(version, "Typed here.") | {"row_version": sent})
        page = text_of(answer)
        assert answer.status_code in {409, 422}
        assert "Typed here." in page
        version = FormulationVersion.objects.get(pk=version.pk)
        assert [step.text for step in version.method.all()] == ["From another window."]
        if sent == "1":
            assert answer.status_code == 409
            assert "saved elsewhere meanwhile" in page
            assert 'name="row_version" value="2"' in page
            assert client.post(address, self._data(version, "Typed here.")).status_code == 302

    def test_somebody_elses_draft_is_refused(self, client: Client, site: Site, sign_in: Any) -> None:
        version = draft_formulation(site)
        sign_in(site, Role.PHYSICIAN)
        answer = client.get(reverse("formulation_edit", args=[version.pk]))
        assert answer.status_code == 403
        assert "who began this draft, edits it." in text_of(answer)

    def test_what_is_in_review_or_approved_isnt_edited(self, client: Client, site: Site, sign_in: Any) -> None:
        author = sign_in(site, Role.PREPARER)
        version = submit_for_review(by=author, version=draft_formulation(site, by=author), at=clock.now())
        address = reverse("formulation_edit", args=[version.pk])
        assert client.get(address).url == version.get_absolute_url()
        page = text_of(client.post(address, self._data(version, "Secretly."), follow=True))
        assert "can't be edited any more" in page
        version.refresh_from_db()
        assert not version.method.filter(text="Secretly.").exists()

    @pytest.mark.parametrize("role", [Role.OPERATOR, Role.AUDITOR, Role.PHOTO_TECHNICIAN, Role.FRONT_DESK])
    def test_who_may_not_write_opens_no_editor(self, client: Client, site: Site, sign_in: Any, role: Role) -> None:
        versions = [
            draft_formulation(site), draft_treatment(site), draft_checklist(site), draft_consent(site),
            draft_photo_protocol(site),
        ]  # fmt: skip
        sign_in(site, role)
        for version in versions:
            for address in (reverse(f"{version.kind}_new"), reverse(f"{version.kind}_edit", args=[version.pk])):
                assert client.get(address).status_code == 403
                assert client.post(address, {}).status_code == 403
