"""A number is taken as it was typed, or refused with what to do; it is never changed on the way."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError

from clinic.web.forms import ClinicForm, VolumeField
from clinic.web.numbers import DecimalNumberField, WholeNumberField


def whole() -> WholeNumberField:
    return WholeNumberField(min_value=1, max_value=1000)


def tenths() -> DecimalNumberField:
    return DecimalNumberField(min_value=Decimal("0.1"), max_value=Decimal(25), decimals=1)


def microlitres() -> WholeNumberField:
    return WholeNumberField(min_value=1, max_value=1000, unit="µL")


def said_by(field: forms.Field, typed: str) -> list[str]:
    class Form(ClinicForm):
        number = field

    form = Form({"number": typed})
    told: list[str] = form.errors.get("number", [])
    assert f'value="{typed}"' in str(form["number"]), "what was typed is still there"
    return told


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("40,5", "Type a whole number, without decimals."),
        ("1,2", "Type a whole number, without decimals."),
        ("40.5", "Type a whole number, without decimals."),
        ("1,000", "Type the number without a separator between the thousands: 1000."),
        ("1.000", "Type the number without a separator between the thousands: 1000."),
        ("12 000", "Type the number without a separator between the thousands: 12000."),
        ("1,0000", "Type a whole number, without decimals."),
        (",5", "Type a whole number, without decimals."),
        ("40 µL", "Type digits only: a whole number, without a unit."),
        ("1e2", "Type digits only: a whole number, without a unit."),
        ("1_0", "Type digits only: a whole number, without a unit."),
        ("4 0", "Type digits only: a whole number, without a unit."),
        ("forty", "Type digits only: a whole number, without a unit."),
        ("-40", "Type the number without a sign."),
        ("+40", "Type the number without a sign."),
        ("−40", "Type the number without a sign."),
        ("0", "The smallest possible is 1."),
        ("1001", "The largest possible is 1000."),
        ("9" * 25, "The largest possible is 1000."),
        ("9" * 5000, "The largest possible is 1000."),
    ],
)
def test_a_whole_number_that_cant_be_meant_is_refused_with_what_to_do(typed: str, message: str) -> None:
    assert said_by(whole(), typed) == [message]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("5,5", "Write the number with a point, not with a comma: type 5.5."),
        ("1,000", "1,000 can be read in two ways. Type 1000 without a separator, or 1.000 with a point."),
        ("1,000,000", "Type the number without a separator between the thousands: 1000000."),
        ("1 000", "Type the number without a separator between the thousands: 1000."),
        ("1,000,5", "Type digits only, as in 1.25, without a unit."),
        ("5 %", "Type digits only, as in 1.25, without a unit."),
        ("1e1", "Type digits only, as in 1.25, without a unit."),
        ("NaN", "Type digits only, as in 1.25, without a unit."),
        ("-5", "Type the number without a sign."),
        ("5.25", "Give at most 1 decimal."),
        ("0", "The smallest possible is 0.1."),
        ("25.1", "The largest possible is 25."),
        ("9" * 30, "The largest possible is 25."),
    ],
)
def test_a_number_with_decimals_that_cant_be_meant_is_refused_with_what_to_do(typed: str, message: str) -> None:
    assert said_by(tenths(), typed) == [message]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("40 µL", "Leave out the unit: type 40."),
        ("40\N{GREEK SMALL LETTER MU}l", "Leave out the unit: type 40."),
        ("40uL", "Leave out the unit: type 40."),
        # With another unit the figures mean another number.
        ("40 mL", "Type digits only: a whole number, without a unit."),
        ("µL", "Type digits only: a whole number, without a unit."),
        ("0.5 µL", "Type digits only: a whole number, without a unit."),
    ],
)
def test_the_fields_own_unit_behind_a_number_is_answered_with_what_to_type(typed: str, message: str) -> None:
    assert said_by(microlitres(), typed) == [message]
    assert microlitres().clean("40") == 40


def test_a_unit_behind_a_number_with_decimals_is_answered_alike() -> None:
    share = DecimalNumberField(min_value=Decimal(0), max_value=Decimal(100), decimals=1, unit="%")
    assert said_by(share, "5.5 %") == ["Leave out the unit: type 5.5."]
    assert said_by(share, "5.5 mL") == ["Type digits only, as in 1.25, without a unit."]


@pytest.mark.parametrize(
    ("field", "typed", "meant"),
    [
        (whole(), "40", 40),
        (whole(), " 40 ", 40),
        (whole(), "0040", 40),
        (whole(), "٤٠", 40),
        (tenths(), "5", Decimal(5)),
        (tenths(), "5.5", Decimal("5.5")),
        (tenths(), "5.50", Decimal("5.5")),
        (tenths(), ".5", Decimal("0.5")),
    ],
)
def test_a_number_in_figures_is_taken(field: forms.Field, typed: str, meant: object) -> None:
    assert field.clean(typed) == meant


def test_nothing_typed_is_asked_for_where_it_is_needed_and_none_elsewhere() -> None:
    class Form(ClinicForm):
        needed = WholeNumberField(min_value=1, max_value=9)
        free = WholeNumberField(min_value=1, max_value=9, required=False)

    form = Form({"needed": " ", "free": " "})
    assert form.errors == {"needed": ["Type the number."]}
    assert form.cleaned_data["free"] is None


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("50,5 mL", "Write the volume with a point, not with a comma: type 50.5."),
        ("1,000", "1,000 can be read in two ways. Type 1000 without a separator, or 1.000 with a point."),
        ("1,25", "Write the volume with a point, not with a comma: type 1.25."),
        ("50.5 mL", "Leave out the unit: type 50.5."),
        ("6ml", "Leave out the unit: type 6."),
        ("500 µL", "Type digits only, in mL, as in 1.25. Leave out the unit."),
        ("1e1", "Type digits only, in mL, as in 1.25. Leave out the unit."),
        ("-1", "The volume must be from 0.00 to 100.00 mL."),
    ],
)
def test_a_volume_is_answered_with_the_number_that_was_typed(typed: str, message: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        VolumeField(max_ul=100_000).clean(typed)
    assert refusal.value.messages == [message]


def test_the_bounds_are_said_below_the_field_and_the_keyboard_is_one_of_figures() -> None:
    class Form(ClinicForm):
        spacing = WholeNumberField(min_value=5, max_value=20, unit="mm", help_text="10 mm is one site per cm².")
        share = DecimalNumberField(min_value=Decimal("0.1"), max_value=Decimal(25), decimals=1)

    form = Form()
    assert str(form["spacing"].help_text) == "From 5 to 20. 10 mm is one site per cm²."
    assert str(form["share"].help_text) == "From 0.1 to 25."
    assert 'type="text"' in str(form["spacing"])
    assert 'inputmode="numeric"' in str(form["spacing"])
    assert 'inputmode="decimal"' in str(form["share"])


def forms_of_the_clinic() -> Iterator[type[forms.Form]]:
    """Every form class that the applications define."""
    apps.check_apps_ready()
    waiting = list(forms.Form.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.split(".")[0] in {"clinic", "protocols", "patients", "sessions", "audit"}:
            yield form


def test_no_form_of_the_clinic_asks_for_a_number_by_an_input_that_drops_what_it_cant_read() -> None:
    found = {form.__name__: form for form in forms_of_the_clinic()}
    assert len(found) > 30
    for form in found.values():
        for name, field in form.base_fields.items():
            shown = not field.widget.is_hidden
            by_number = field.widget.input_type == "number" if hasattr(field.widget, "input_type") else False
            assert not by_number, f"{form.__name__}.{name}"
            if shown and isinstance(field, forms.IntegerField):
                assert isinstance(field, WholeNumberField | DecimalNumberField), f"{form.__name__}.{name}"
