"""The component tags: they refuse what is missing or unknown, and escape what they are given."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest
from django.template import Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.safestring import SafeString

from clinic.components.amounts import in_parts, ml_column, unbroken
from clinic.components.flow import Step, duration
from clinic.components.icons import PATHS
from clinic.components.layout import Tab
from clinic.components.records import Change
from clinic.components.status import Reason
from clinic.gallery.samples import NOW, SamplePage, SamplePatient, SampleSignature
from tests.clinic.rendering import shown

SCRIPT = '<script>alert("x")</script>'


@pytest.mark.parametrize(
    "source",
    [
        "{% chip kind='stop' %}",
        "{% banner %}{% endbanner %}",
        "{% page_header %}{% endpage_header %}",
        "{% patient_banner %}{% endpatient_banner %}",
        "{% dialog id='d' %}{% enddialog %}",
        "{% link_button text='Go' %}",
        "{% figure label='n' value=1 detail='' url='#' %}",
        "{% data_table caption='c' %}{% rows %}{% enddata_table %}",
        "{% column %}",
        "{% empty_state title='Nothing' %}",
        "{% stepper steps=steps %}",
        "{% event title='x' %}{% endevent %}",
        "{% progress value=1 maximum=2 %}",
        "{% countdown until=at now=at %}",
        "{% question %}{% endquestion %}",
        "{% sign_form form=form meaning='m' %}{% endsign_form %}",
        "{% signature_panel %}",
        "{% diff changes=changes %}",
        "{% search_box url='/' label='Find' %}",
        "{% icon %}",
    ],
)
def test_a_missing_argument_stops_the_page(source: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="did not receive value"):
        Template(source)


def test_an_argument_that_no_component_takes_stops_the_page() -> None:
    with pytest.raises(TemplateSyntaxError, match="unexpected keyword argument"):
        Template("{% chip kind='stop' text='x' colour='red' %}")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% chip kind='danger' text='x' %}", "no status"),
        ("{% banner kind='red' %}{% endbanner %}", "no status"),
        ("{% link_button text='x' url='#' kind='big' %}", "no button"),
        ("{% column label='x' align='left' %}", "no alignment"),
        ("{% card title='x' link_url='#' %}{% endcard %}", "an address and a label"),
        ("{% empty_state title='x' text='y' action_url='#' %}", "an address and a label"),
    ],
)
def test_a_wrong_value_is_refused_with_what_is_allowed(source: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        shown(source)


def test_an_unknown_icon_is_refused() -> None:
    with pytest.raises(KeyError):
        shown("{% icon 'unicorn' %}")


@pytest.mark.parametrize("name", sorted(PATHS))
def test_every_icon_is_decoration_unless_it_is_labelled(name: str) -> None:
    assert 'aria-hidden="true"' in shown("{% icon name %}", name=name)
    assert 'role="img" aria-label="Close"' in shown("{% icon name 'Close' %}", name=name)


@pytest.mark.parametrize(
    "source",
    [
        "{% chip kind='stop' text=bad title=bad %}",
        "{% chip_link kind='stop' text=bad url=bad about=bad %}",
        "{% banner kind='stop' title=bad %}{{ bad }}{% endbanner %}",
        "{% toast kind='stop' text=bad %}",
        "{% reasons items=bads title=bad %}",
        "{% page_header title=bad eyebrow=bad subtitle=bad back_url=bad back_label=bad %}{{ bad }}{% endpage_header %}",
        "{% card title=bad subtitle=bad id=bad %}{{ bad }}{% endcard %}",
        "{% link_button text=bad url=bad %}",
        "{% submit_button text=bad name=bad value=bad form=bad %}",
        "{% post_button url=bad text=bad %}{{ bad }}{% endpost_button %}",
        "{% tabs items=tabs label=bad %}",
        "{% data_table caption=bad empty_title=bad %}{% column label=bad %}{% rows %}{{ bad }}{% enddata_table %}",
        "{% data_table caption=bad empty_title=bad empty_text=bad %}{% rows %}{% enddata_table %}",
        "{% figure label=bad value=bad detail=bad url=bad definition=bad unit=bad of=bad %}",
        "{% definition term=bad missing=bad %}{% enddefinition %}",
        "{% diff changes=changes old_label=bad new_label=bad %}",
        "{% stepper steps=steps label=bad %}",
        "{% event at=at title=bad who=bad url=bad %}{{ bad }}{% endevent %}",
        "{% signature_panel signature=signature url=bad %}",
        "{% signature_panel signature=None unsigned=bad %}",
        "{% search_box url=bad target=bad label=bad value=bad hint=bad placeholder=bad %}",
        "{% patient_banner patient=patient url=bad %}{{ bad }}{% endpatient_banner %}",
        "{% print_header title=bad subtitle=bad number=bad %}{% print_footer text=bad %}",
    ],
)
def test_what_is_passed_in_never_becomes_markup(source: str) -> None:
    html = shown(
        source,
        bad=SCRIPT,
        bads=[SCRIPT, Reason(SCRIPT, SCRIPT)],
        tabs=[Tab(SCRIPT, SCRIPT)],
        changes=[(SCRIPT, SCRIPT, SCRIPT)],
        steps=[Step(SCRIPT, "done", SCRIPT)],
        at=NOW,
        signature=SampleSignature(printed_name=SCRIPT, role=SCRIPT, reason=SCRIPT),
        patient=SamplePatient(full_name=SCRIPT, record_number=SCRIPT),
    )
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_status_is_colour_icon_and_word() -> None:
    html = shown("{% chip kind='ask' text='Clearance' %}")
    assert 'class="chip chip-ask"' in html
    assert "<svg" in html
    assert "Clearance</span>" in html


def test_nothing_in_the_way_shows_nothing() -> None:
    assert shown("{% reasons items=none title='What stops this' %}", none=[]) == ""


def test_a_table_without_rows_shows_the_empty_state_and_no_table() -> None:
    html = shown(
        "{% data_table caption='Vials' empty_title='No vial yet' empty_text='Prepare one.' empty_url='/new' "
        "empty_label='Prepare' %}{% column label='Vial' %}{% rows %}{% for row in none %}<tr></tr>{% endfor %}"
        "{% enddata_table %}",
        none=[],
    )
    assert "<table" not in html
    assert "No vial yet" in html
    assert 'href="/new"' in html


def sorted_column(query: str) -> str:
    """Return a sortable column's head on a page asked for with `query`."""
    request = RequestFactory().get(f"/list/{query}")
    return shown("{% column label='Name' sort='name' %}", request=request)


def test_a_column_sorts_forwards_first_and_then_turns_round() -> None:
    assert 'href="?sort=name"' in sorted_column("")
    assert "aria-sort" not in sorted_column("")
    forwards = sorted_column("?sort=name")
    assert 'aria-sort="ascending"' in forwards
    assert 'href="?sort=-name"' in forwards
    assert 'aria-sort="descending"' in sorted_column("?sort=-name")


def test_sorting_keeps_the_filter_and_starts_at_the_first_page() -> None:
    html = sorted_column("?week=47&after=abc")
    assert 'href="?week=47&amp;sort=name"' in html


def test_a_list_on_one_page_has_no_pager() -> None:
    page = SamplePage(has_next=False, has_previous=False)
    assert shown("{% pager page=page %}", page=page) == ""


def test_the_first_page_only_leads_on() -> None:
    html = shown("{% pager page=page %}", page=SamplePage(has_previous=False))
    assert 'rel="next"' in html
    assert 'rel="prev"' not in html


def test_an_event_written_down_later_says_so_and_a_prompt_one_does_not() -> None:
    source = "{% event at=at title='x' recorded_at=recorded %}{% endevent %}"
    assert "recorded" not in shown(source, at=NOW, recorded=NOW + dt.timedelta(minutes=15))
    assert "recorded" in shown(source, at=NOW, recorded=NOW + dt.timedelta(minutes=16))


@pytest.mark.parametrize(
    ("minutes_left", "kind", "text"),
    [(252, "wait", "4 h 12 min"), (30, "wait", "30 min"), (29, "ask", "29 min"), (0, "stop", "Beyond use")],
)
def test_a_countdown_asks_for_attention_near_its_end_and_stops_at_it(minutes_left: int, kind: str, text: str) -> None:
    until = NOW + dt.timedelta(minutes=minutes_left)
    html = shown("{% countdown until=until now=now expired='Beyond use' %}", until=until, now=NOW)
    assert f'class="chip chip-{kind}"' in html
    assert f"<span data-countdown-text>{text}</span>" in html


def test_long_times_are_said_in_days() -> None:
    assert duration(47 * 60 + 59) == "47 h 59 min"
    assert duration(50 * 60) == "2 d 2 h"


def test_an_unknown_state_of_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="no step's state"):
        shown("{% stepper steps=steps label='x' %}", steps=[("Draft", "ready")])


def test_a_figure_leads_to_its_rows_and_says_what_it_counts() -> None:
    html = shown(
        "{% figure label='Preparations' value=3 of=41 detail='' url='/rows' definition='Released in the week.' %}"
    )
    assert '<a href="/rows">' in html
    assert "of 41" in html
    assert "Released in the week." in html


def test_a_signature_shows_name_role_meaning_time_with_zone_and_hash() -> None:
    html = shown("{% signature_panel signature=signature url='/check' %}", signature=SampleSignature())
    for part in ("Clara Demo", "Operator", "assessed the patient today", "23 Nov 2026, 10:41:07 CET", "6b1f9a0c4e52"):
        assert part in html
    assert 'href="/check"' in html


def test_an_undefined_signature_is_an_error_and_none_is_unsigned() -> None:
    assert "Not signed yet" in shown("{% signature_panel signature=signature %}", signature=None)
    with pytest.raises(AttributeError):
        shown("{% signature_panel signature=misspelt %}")


def test_a_birth_date_known_in_part_is_shown_as_reported() -> None:
    patient = SimpleNamespace(full_name="Alma Demo", birth_date=None, birth_date_text="1962-05", record_number="N-1")
    assert "1962-05" in shown("{% patient_banner patient=patient %}{% endpatient_banner %}", patient=patient)


def test_a_difference_names_what_was_added_changed_and_taken_out() -> None:
    html = shown(
        "{% diff changes=changes old_label='v1' new_label='v2' %}",
        changes=[("Biotin", "0.10 mL", "0.12 mL"), ("Tolerance", "", "5 %"), ("Beyond use", "6 h", "")],
    )
    assert "<del>0.10 mL</del>" in html
    assert "<ins>0.12 mL</ins>" in html
    assert 'class="diff-added"' in html
    assert 'class="diff-removed"' in html


def test_a_difference_says_where_a_line_stood_and_marks_its_words_only_when_they_changed() -> None:
    changes = [
        Change("Step 4", "Look.", "Look.", 5, 4, moved=True),
        Change("Step 5", "Label.", "Label it.", 6, 5),
        Change("Step 3", "Wait.", "Wait long.", 3, 3, moved=True),
    ]
    html = shown("{% diff changes=changes old_label='v1' new_label='v2' %}", changes=changes)
    assert "moved from 5 to 4" in html
    assert "moved past others, number 3 as before" in html
    assert html.count('class="diff-move"') == 2
    assert "<del>Look." not in html
    assert '<span class="diff-number">6.</span> <span class="diff-text"><del>Label.</del></span>' in html
    assert '<span class="diff-number">5.</span> <span class="diff-text"><ins>Label it.</ins></span>' in html


def test_a_difference_strikes_only_the_words_that_changed_and_says_where_a_line_stood() -> None:
    old, new = "Label every vial by hand. · Critical", "Label each vial by hand. · Critical"
    html = shown(
        "{% diff changes=changes old_label='v1' new_label='v2' %}",
        changes=[Change("Step 6", old, new, 5, 6, place="was step 5")],
    )
    assert "Label <del>every</del> vial by hand. · Critical</span>" in html
    assert "Label <ins>each</ins> vial by hand. · Critical</span>" in html
    assert '<th scope="row">Step 6, <span class="nowrap">was step 5</span></th>' in html


def test_a_line_that_moved_says_once_where_it_stood() -> None:
    html = shown(
        "{% diff changes=changes old_label='v1' new_label='v2' %}",
        changes=[Change("Step 3", "Look.", "Look.", 5, 3, moved=True, place="was step 5")],
    )
    assert html.count("was step 5") == 1
    assert "moved from" not in html
    assert 'class="diff-moved"' in html


@pytest.mark.parametrize(
    ("value_ul", "text"),
    [(6_400, "6.40 mL"), (1_180, "1.18 mL"), (1_234, "1.234 mL"), (0, "0.00 mL"), (None, "–")],
)
def test_volumes_are_written_exactly(value_ul: int | None, text: str) -> None:
    assert shown("{{ value|ml }}", value=value_ul) == text


def test_dates_and_times_are_written_the_clinics_way() -> None:
    at = dt.datetime(2026, 11, 22, 9, 4, 7, tzinfo=dt.UTC)
    assert shown("{{ at|day }}", at=dt.date(2026, 11, 2)) == "2 Nov 2026"
    assert shown("{{ at|moment }} {{ at|clock }} {{ at|clock_seconds }}", at=at) == "22 Nov 2026, 09:04 09:04 09:04:07"
    assert shown("{{ at|day }}{{ at|moment }}{{ at|clock }}{{ at|clock_seconds }}", at=None) == "––––"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Vertex, PREP-20261116-004 and N-00012", ["PREP-20261116-004", "N-00012"]),
        ("due on 4 Nov 2026, isn't signed", ["4 Nov 2026"]),
        ("vial 04P-RGW was to be used", []),
        ("0.193 mL too much", ["0.193 mL"]),
        ("Lidocaine 20 mg/mL: − 0.05 mL", ["20 mg/mL", "− 0.05 mL"]),
        ("Weekly audit 2026-W47", ["2026-W47"]),
        ("Apixaban 5 mg, weight 80 kg", ["5 mg", "80 kg"]),
    ],
)
def test_numbers_dates_and_amounts_stay_on_one_line(text: str, whole: list[str]) -> None:
    shown = unbroken(text)
    assert re.findall(r'<span class="nowrap">(.*?)</span>', shown) == whole


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Monday 30 Nov 2026 · Site North", "[Monday 30 Nov 2026]_· [Site North]"),
        ("Bruno Demo · N-00012", "[Bruno Demo]_· [N-00012]"),
        ("Bruno Demo", "Bruno Demo"),
        ("N-00012", "[N-00012]"),
        ("A & B · C", "[A &amp; B]_· [C]"),
        (f"{'Long name ' * 4}· N-00012", f"{'Long name ' * 3}Long name_· [N-00012]"),
        (SafeString("O&#x27;Brien · N-1"), "O&#x27;Brien_· N-1"),
    ],
)
def test_no_line_begins_with_a_separator_nor_breaks_a_short_part(text: str, written: str) -> None:
    shown = in_parts(text).replace('<span class="nowrap">', "[").replace("</span>", "]")
    assert shown.replace("\u00a0", "_") == written


def test_what_is_kept_on_one_line_is_still_escaped() -> None:
    assert unbroken("<b>N-00012</b>") == '&lt;b&gt;<span class="nowrap">N-00012</span>&lt;/b&gt;'


def test_a_column_of_volumes_has_three_decimals() -> None:
    assert [ml_column(value) for value in (6_330, 6_467, None)] == ["6.330 mL", "6.467 mL", "–"]
