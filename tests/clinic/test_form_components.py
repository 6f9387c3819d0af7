"""The component tags of forms: a question has no answer of its own, and what was typed comes back."""

import pytest
from django import forms

from clinic.gallery.forms import ANSWERS, SampleForm
from clinic.gallery.samples import NOW
from clinic.web.forms import ClinicForm, VolumeField
from tests.clinic.rendering import shown


class Question(forms.Form):
    """One item of a checklist."""

    infection = forms.ChoiceField(label="Infection?", choices=ANSWERS, widget=forms.RadioSelect)


def test_a_question_comes_without_an_answer() -> None:
    html = shown("{% question field=form.infection %}{% endquestion %}", form=Question())
    assert html.count('type="radio"') == 3
    assert "checked" not in html


def test_a_saved_answer_is_shown_as_answered() -> None:
    html = shown("{% question field=form.infection %}{% endquestion %}", form=Question(initial={"infection": "no"}))
    assert 'value="no" checked' in html
    assert html.count("checked") == 1


def test_a_question_that_answers_itself_is_refused() -> None:
    form = Question()
    form.fields["infection"].initial = "no"
    with pytest.raises(ValueError, match="never comes with an answer"):
        shown("{% question field=form.infection %}{% endquestion %}", form=form)


def test_a_form_without_a_word_for_its_button_is_refused() -> None:
    with pytest.raises(ValueError, match="what the form's button says"):
        shown("{% clinic_form form=form %}{% endclinic_form %}", form=Question())


class VolumeForm(ClinicForm):
    """A volume."""

    volume_ul = VolumeField(label="Volume", min_ul=100, max_ul=5_000)
    note = forms.CharField(label="Note", max_length=5, required=False)


def test_a_volume_field_shows_its_unit_and_says_it_in_the_label() -> None:
    html = shown("{% clinic_form form=form %}{% endclinic_form %}", form=VolumeForm())
    assert '<span class="input-group-text" aria-hidden="true">mL</span>' in html
    assert '<span class="visually-hidden"> (mL)</span>' in html
    assert "(optional)" in html


def test_a_form_keeps_what_was_typed_and_leads_from_the_summary_to_each_field() -> None:
    form = VolumeForm({"volume_ul": "1,5", "note": "too long"})
    html = shown("{% clinic_form form=form %}{% endclinic_form %}", form=form)
    assert 'href="#id_volumeform_volume_ul"' in html
    assert 'href="#id_volumeform_note"' in html
    assert 'value="1,5"' in html
    assert 'value="too long"' in html
    assert 'aria-describedby="id_volumeform_volume_ul_error"' in html
    assert 'id="id_volumeform_volume_ul_error"' in html
    assert "Shorten this to 5 characters; it has 8." in html


def test_the_summary_leads_to_the_first_choice_of_a_group() -> None:
    form = SampleForm({}, on=NOW.date())
    html = shown("{% error_summary form %}", form=form)
    assert 'href="#id_sampleform_route_0"' in html
    assert "The procedure was explained to the patient: Tick this to go on." in html


def test_the_submission_key_goes_with_every_form() -> None:
    assert 'name="submission_key"' in shown("{% clinic_form form=form %}{% endclinic_form %}", form=VolumeForm())


def test_a_form_without_errors_has_no_summary() -> None:
    assert shown("{% error_summary form %}", form=VolumeForm()) == ""


def test_a_form_with_a_file_is_sent_as_one() -> None:
    class Upload(ClinicForm):
        file = forms.FileField()

    html = shown("{% clinic_form form=form %}{% endclinic_form %}", form=Upload())
    assert 'enctype="multipart/form-data"' in html
