"""The master formulation record: strength and worked example worked out, steps as rows, what is missing, what is kept.

The expectations are worked out by hand from the lines.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from protocols.decisions.content import content_of
from protocols.decisions.difference import difference
from protocols.decisions.showing import shown
from protocols.formulations.calculation import example_batch_ul, example_gaps, portions
from protocols.formulations.forms import opened_with
from protocols.formulations.models import FormulationStep, FormulationVersion, StorageLimit
from protocols.formulations.models.versions import ADDED
from protocols.formulations.products import is_allowed, products_in
from protocols.formulations.recipe import LineDraft, StorageDraft
from protocols.formulations.steps import StepDraft, steps_from_text
from protocols.formulations.strength import strength_gaps, strength_per_ml
from tests.protocols.builders import (
    a_line,
    an_ingredient,
    approved,
    approved_formulation,
    draft_formulation,
    next_version,
)


@pytest.mark.parametrize(
    ("concentration", "volume_ul", "expected"),
    [
        ("250 mg/mL", 400, "100 mg"),
        ("5 mg/mL", 200, "1 mg"),
        ("20 mg / ml", 100, "2 mg"),
        ("0.5 %", 100, "0.5 mg"),
        ("2% w/v", 50, "1 mg"),
        ("1000 IU/5 mL", 250, "50 IU"),
        ("50 mcg/mL", 10, "0.5 µg"),
        ("1 g/3 mL", 100, "about 0.0333 g"),
        ("5 mg/mL", None, "None"),
        ("0,5 mg/mL", 100, "None"),
        ("as supplied", 100, "None"),
        ("5 mg/0 mL", 100, "None"),
        ("", 100, "None"),
    ],
)
def test_the_strength_is_worked_out_of_what_is_plain(concentration: str, volume_ul: int | None, expected: str) -> None:
    assert str(strength_per_ml(concentration, volume_ul)) == expected


def test_a_strength_that_isnt_plain_is_asked_for_unless_stated() -> None:
    lines = [("Biotin", "5 mg/mL", 200), ("Complex", "as supplied", 300), ("Other", "as supplied", None)]
    assert [gap for gap in strength_gaps(lines, "") if "Complex" in gap and "Other" not in gap]
    assert strength_gaps(lines, "Complex 2 mg") == strength_gaps(lines[:1], "") == []


@pytest.mark.parametrize(
    ("named", "volumes", "bounds", "batch"),
    [
        (2_500, [400, 600], (2_000, 20_000), 2_500),
        (None, [400, 600], (2_000, 20_000), 2_000),
        (None, [333, 667], (2_000, 20_000), 2_000),
        (None, [333, 667], (2_500, 20_000), 3_000),
        (None, [333, 667], (2_500, 2_900), None),
        (None, [400, 600], (None, 20_000), None),
        (None, [], (2_000, 20_000), None),
    ],
)
def test_the_example_is_for_the_batch_named_else_the_smallest_that_is_whole(
    named: int | None, volumes: list[int], bounds: tuple[int | None, int | None], batch: int | None
) -> None:
    assert example_batch_ul(named, volumes, bounds_ul=bounds) == batch


def test_the_example_is_the_lines_times_the_batch_and_makes_it_whole() -> None:
    found = portions([("Saline", 400), ("Biotin", 600)], 2_500)
    assert [(each.name, each.volume_ul) for each in found] == [("Saline", 1_000), ("Biotin", 1_500)]
    assert portions([("Saline", 333), ("Biotin", 667)], 2_500) == []


@pytest.mark.parametrize(
    ("named", "words"),
    [(None, ""), (2_500, ""), (2_501, "multiple of 0.005 mL"), (1_000, "no batch that may be made")],
)
def test_an_example_that_is_no_batch_keeps_the_draft_from_review(named: int | None, words: str) -> None:
    gaps = example_gaps(named, [400, 600], bounds_ul=(2_000, 20_000))
    assert bool(gaps) is bool(words)
    assert words in "".join(gaps)


def test_steps_of_one_text_are_read_with_their_numbers_and_marks() -> None:
    text = (
        "1. Wash hands.\n\n2) CRITICAL: invert ten times.\n- CRITICAL look at it\n10 minutes of rest\nCRITICALLY look"
    )
    assert steps_from_text(text) == [
        StepDraft("Wash hands."), StepDraft("invert ten times.", critical=True),
        StepDraft("look at it", critical=True), StepDraft("10 minutes of rest"), StepDraft("CRITICALLY look"),
    ]  # fmt: skip
    assert steps_from_text("") == []


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        ([], True),
        (["Biotin 5 mg/mL"], True),
        (["BIOTIN  5 mg/ml"], True),
        (["Other", "Biotin 5 mg/mL, Acme"], True),
        (["Biotin 5 mg/mL, Other maker"], False),
        (["Biotin"], False),
    ],
)
def test_a_product_is_allowed_by_its_name_or_with_its_maker(allowed: list[str], expected: bool) -> None:
    assert is_allowed("Biotin 5 mg/mL", "Acme", allowed) is expected


def test_products_are_named_one_a_line_each_once() -> None:
    assert products_in("  Biotin  forte \n\nbiotin forte\nOther") == ["Biotin forte", "Other"]


@pytest.mark.django_db
class TestRecord:
    """The record as a whole."""

    def _full(self, site: Site) -> FormulationVersion:
        active = an_ingredient(site, "Dexpanthenol", concentration="250 mg/mL")
        lines = [
            a_line(an_ingredient(site, "Saline"), 600, "diluent"),
            LineDraft(active, "active", 400, Decimal("5.0"), ["Panthenol Acme"], "Strong acids"),
        ]
        return draft_formulation(
            site, lines=lines, example_ul=2_500, calculation="Times the batch.",
            method=[StepDraft("Measure."), StepDraft("Invert.", critical=True)],
            other_storage=[StorageDraft("room", 12, "Quoted", "USP <797>")], beyond_use_reference="USP",
            final_check="pH 6 to 7", equipment="Syringes\nVials",
        )  # fmt: skip

    def test_it_is_shown_on_the_page_and_sealed_with_its_computed_example(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        version = approved(self._full(site))
        said = shown(version)
        facts = dict(said.facts)
        assert (facts["Strength per mL"], facts["Dosage form"]) == ("Dexpanthenol 100 mg", "Solution for injection")
        assert facts["For how many patients"] == "Single patient"
        tables = {table.heading: table for table in said.tables_shown}
        example = tables["Worked example for 2.50 mL, computed from the lines"]
        assert [row.cells for row in example.rows] == [
            ("Saline", "600 × 2.50 = 1500 µL", "1.500"),
            ("Dexpanthenol", "400 × 2.50 = 1000 µL", "1.000"),
            ("Together", "1000 × 2.50 = 2500 µL", "2.500"),
        ]
        assert tables["Steps"].printed_rows == (("1", "Measure.", ""), ("2", "Invert.", "Critical"))
        assert [row.cells[:2] for row in tables["Beyond use, by storage"].rows] == [
            ("2–8 °C, protected from light", "24 hours"), ("Room temperature", "12 hours"),
        ]  # fmt: skip
        sign_in(site, Role.AUDITOR)
        page = client.get(version.get_absolute_url()).content.decode()
        sealed = str(SealedDocument.objects.get(subject_id=str(version.pk), kind="formulation").content)
        for words in ("Panthenol Acme", "Strong acids", "pH 6 to 7", "Times the batch.", "2.500", "Invert."):
            assert words in page
            assert words in sealed

    def test_what_is_signed_holds_what_was_added_and_of_a_version_of_before_nothing_else(self, site: Site) -> None:
        said = content_of(self._full(site))
        assert said["content"]["example_ul"] == 2_500
        assert [step["text"] for step in said["more_parts"]["method"]] == ["Measure.", "Invert."]
        assert said["parts"][1]["products"] == ["Panthenol Acme"]
        before = approved_formulation(site, "B", method=[StepDraft("Mix.")])
        for name, value in ADDED.items():
            setattr(before, name, value)
        assert not set(content_of(before)["content"]) & set(ADDED)
        assert set(content_of(before)["parts"][0]) == {
            "ordinal", "ingredient", "name", "concentration", "role", "allergen_class", "pregnancy_class",
            "volume_ul_per_ml", "tolerance_percent",
        }  # fmt: skip

    def test_the_next_version_opens_with_all_of_it(self, site: Site) -> None:
        opened = opened_with(self._full(site))
        assert opened["initial"]["equipment"] == "Syringes\nVials"
        assert opened["rows_initial"][1]["products"] == "Panthenol Acme"
        assert opened["more_initial"]["method"][1] == {"text": "Invert.", "critical": True}
        assert opened["more_initial"]["kept"][0]["hours"] == 12

    def test_steps_of_one_text_open_as_rows(self, site: Site) -> None:
        version = draft_formulation(site, method=[])
        assert any("There is no step yet." in gap for gap in version.gaps())
        version.steps = "1. Mix.\n2. CRITICAL: look."
        assert version.gaps() == []
        assert opened_with(version)["more_initial"]["method"][1] == {"text": "look.", "critical": True}

    def test_a_difference_is_told_step_by_step_and_an_order_alone_as_nothing_else(self, site: Site) -> None:
        first = self._full(site)
        lines = [
            LineDraft(each.ingredient, each.role, each.volume_ul_per_ml, each.tolerance_percent, each.products,
                      each.incompatibilities)
            for each in first.lines.select_related("ingredient").order_by("-ordinal")
        ]  # fmt: skip
        approved(first)
        second = next_version(first, **{name: getattr(first, name) for name in ("example_ul", "calculation")})
        told = difference(shown(first), shown(second))
        assert ("Step 2", "Invert. · Critical", "") in [change[:3] for change in told]
        changes = {change.label: (change.old, change.new) for change in told}
        assert changes["Room temperature"] == ("Room temperature · 12 hours · Quoted · USP <797>", "")
        assert "Allergen classes" not in changes
        turned = draft_formulation(site, "T", lines=lines)
        straight = draft_formulation(site, "S", lines=lines[::-1])
        told = [(change.label, change.move) for change in difference(shown(straight), shown(turned))]
        assert told == [("Formulation", ""), ("Dexpanthenol", "moved from 2 to 1")]

    def test_allergens_and_pregnancy_are_told_alike_in_either_order(self, site: Site) -> None:
        one = an_ingredient(site, "Lidocaine", allergen_class="local_anaesthetic", pregnancy_class="clearance")
        two = an_ingredient(site, "Biotin", allergen_class="b_vitamin", pregnancy_class="clearance")
        straight = draft_formulation(site, "S", lines=[a_line(one, 500), a_line(two, 500)])
        turned = draft_formulation(site, "T", lines=[a_line(two, 500), a_line(one, 500)])
        told = [(change.label, change.move) for change in difference(shown(straight), shown(turned))]
        assert told == [("Formulation", ""), ("Biotin", "moved from 2 to 1")]

    @pytest.mark.parametrize("model", [FormulationStep, StorageLimit])
    def test_its_rows_are_locked_with_it(self, site: Site, model: Any) -> None:
        version = approved(self._full(site))
        row = model.objects.filter(version=version).first()
        for statement in ("UPDATE {} SET ordinal = 9 WHERE id = %s", "DELETE FROM {} WHERE id = %s"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement.format(model._meta.db_table), [row.pk])
        row.pk, row.ordinal = None, 9
        with pytest.raises(DatabaseError), transaction.atomic():
            row.save(force_insert=True)

    def test_a_version_without_steps_never_leaves_the_draft(self, site: Site) -> None:
        version = draft_formulation(site, method=[])
        with pytest.raises(DatabaseError, match="says in steps how it is made"), transaction.atomic():
            FormulationVersion.objects.filter(pk=version.pk).update(status="in_review")

    def test_one_storage_has_one_time(self, client: Client, site: Site, sign_in: Any) -> None:
        author = sign_in(site, Role.PREPARER)
        version = draft_formulation(site, by=author)
        address = reverse("formulation_edit", args=[version.pk])
        form = client.get(address).context["form"]
        data = {name: value for name, value in form.initial.items() if value is not None}
        data |= {"batch_min_ul": "2", "batch_max_ul": "20", "row_version": version.row_version}
        data |= {"rows-TOTAL_FORMS": 0, "rows-INITIAL_FORMS": 0, "method-TOTAL_FORMS": 0, "method-INITIAL_FORMS": 0}
        kept = {"storage": "refrigerated", "hours": "4", "reason": "Quoted", "reference": ""}
        data |= {"kept-TOTAL_FORMS": 1, "kept-INITIAL_FORMS": 0} | {f"kept-0-{name}": kept[name] for name in kept}
        answer = client.post(address, data)
        assert answer.status_code == 422
        assert "A storage stands twice." in answer.content.decode()

    @pytest.mark.parametrize(
        ("volumes", "words", "kind"),
        [
            (("600", "many"), "The sum isn&#x27;t known: the volume of line 2 can&#x27;t be read.", "ask"),
            (("12,5", "6 00"), "the volumes of lines 1, 2 can&#x27;t be read.", "ask"),
            (("600", ""), "400 µL are missing", "ask"),
            (("600", "400"), "The lines make exactly 1000 µL per mL.", "done"),
        ],
    )
    def test_a_volume_that_cant_be_read_isnt_counted_as_nothing(
        self, client: Client, site: Site, sign_in: Any, volumes: tuple[str, str], words: str, kind: str
    ) -> None:
        sign_in(site, Role.PREPARER)
        data = {f"rows-{index}-volume_ul_per_ml": volume for index, volume in enumerate(volumes)}
        data |= {"rows-TOTAL_FORMS": 2, "rows-INITIAL_FORMS": 0, "rows": "note"}
        answer = client.post("/protocols/formulations/new/", data, headers={"HX-Request": "true"})
        assert words in answer.content.decode()
        assert f"chip-{kind}" in answer.content.decode()
