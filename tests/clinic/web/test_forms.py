"""What all forms share."""

import pytest
from django import forms
from django.http import QueryDict

from clinic.accounts.forms import SignInForm
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


def test_a_text_that_is_too_long_comes_back_whole_with_how_long_it_may_be() -> None:
    form = Named({"name": "x" * 900})
    assert form.errors["name"] == ["Shorten this to 20 characters; it has 900."]
    assert "x" * 900 in str(form["name"])


def test_no_field_lets_the_browser_cut_what_is_pasted() -> None:
    class Longer(Named):
        about = forms.CharField(max_length=500, widget=forms.Textarea)
        password = forms.CharField(max_length=4096, min_length=3, widget=forms.PasswordInput)

    for form in (Longer(), SignInForm(), TrailFilterLike()):
        for field in form:
            assert "maxlength" not in str(field)
            assert "minlength" not in str(field)


class TrailFilterLike(forms.Form):
    """A form of Django's own kind."""

    record_number = forms.CharField(max_length=40)
