"""What all forms share."""

import pytest
from django import forms
from django.http import QueryDict

from clinic.web.forms import ClinicForm


class Named(ClinicForm):
    """Two texts."""

    name = forms.CharField(max_length=20)
    note = forms.CharField(required=False)


@pytest.mark.parametrize("hidden", ["\x07", "\x1b", "\u202e", "\u2066", "\x7f"])
def test_characters_that_cant_be_printed_are_refused_in_words(hidden: str) -> None:
    form = Named({"name": f"Bio{hidden}tin", "note": f"{hidden}x"})
    assert not form.is_valid()
    for field in ("name", "note"):
        assert form.errors[field] == ["This text holds characters that can't be printed. Type it again."]


def test_text_is_kept_in_one_unicode_form() -> None:
    form = Named({"name": "Mu\u0308ller"})
    assert form.is_valid()
    assert form.cleaned_data["name"] == "Müller"


def test_a_form_that_came_back_stale_carries_the_newest_version_and_every_value_of_every_field() -> None:
    class Edited(ClinicForm):
        zones = forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B"), ("c", "C")])

    form = Edited(QueryDict("zones=a&zones=c&row_version=1"), row_version=2)
    form.carry_version(2)
    assert form["zones"].value() == ["a", "c"]
    assert form["row_version"].value() == "2"
