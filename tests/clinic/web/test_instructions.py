"""Fields say what to do."""

from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile

from clinic.web.forms import ClinicForm
from clinic.web.instructions import instruct


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        (forms.CharField(), "", "Fill this in."),
        (forms.CharField(max_length=3), "abcd", "Shorten this to 3 characters; it has 4."),
        (forms.CharField(min_length=3), "a", "Give at least 3 characters; it has 1."),
        (forms.BooleanField(), "", "Tick this to go on."),
        (forms.ChoiceField(choices=[("a", "A")]), "", "Choose one of the answers."),
        (forms.ChoiceField(choices=[("a", "A")]), "b", "Choose one of the answers offered."),
        (forms.MultipleChoiceField(choices=[("a", "A")]), [], "Choose at least one."),
        (forms.DateField(), "", "Give the date."),
        (forms.DateField(), "31.31.2026", "This isn't a date. Give day, month and year."),
        (forms.TimeField(), "25:00", "This isn't a time. Give hours and minutes, as in 14:20."),
        (forms.IntegerField(), "3 mm", "Type digits only: a whole number, without a unit."),
        (forms.IntegerField(max_value=9), "10", "The largest possible is 9."),
        (forms.DecimalField(), "1 %", "Type digits only, as in 1.25, without a unit."),
        (forms.DecimalField(min_value=2), "1", "The smallest possible is 2."),
        (forms.EmailField(), "alma", "Type an e-mail address, as in name@example.org."),
    ],
)
def test_a_field_says_what_to_do(field: forms.Field, typed: Any, message: str) -> None:
    instruct([field])
    with pytest.raises(forms.ValidationError) as refusal:
        field.clean(typed)
    assert refusal.value.messages == [message]


def test_a_message_that_a_form_chose_stays() -> None:
    class Form(ClinicForm):
        name = forms.CharField(error_messages={"required": "Name the patient."})

    assert Form({}).errors["name"] == ["Name the patient."]


def test_a_file_whose_name_is_too_long_is_told_so() -> None:
    field = forms.FileField(max_length=8)
    instruct([field])
    with pytest.raises(forms.ValidationError) as refusal:
        field.clean(SimpleUploadedFile("a-long-name.jpg", b"x"))
    assert refusal.value.messages == ["The file's name has 15 characters. Shorten it to 8 and choose it again."]
