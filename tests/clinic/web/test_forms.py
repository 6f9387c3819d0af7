"""What all forms share."""

import pytest
from django import forms

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
