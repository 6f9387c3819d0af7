"""The gate: nothing stops a session that is in order; each thing out of order stops it, by name."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sessions.gate.state import ChecklistState, GateState, Lost, VialState
from sessions.gate.stops import StopCode, beforehand, consent_taken_back, since_injection, stops, without_vial

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
IN_ORDER = GateState(
    on=date(2026, 11, 23),
    at=AT,
    deceased=False,
    born=date(2008, 11, 23),
    minimum_age_years=18,
    plan_active=True,
    stage_treatable=True,
    earliest_on=date(2026, 11, 16),
    checklist=ChecklistState(proceeds=True, verdict="Proceed", open_version_ids=frozenset({7})),
    consent_in_force=True,
        lines_not_consented=(),
        not_lawful=(),
    formulation_changed="",
    unread_changes=(),
    baseline_on=date(2026, 11, 9),
    first_session=True,
    baseline_photos_within_days=14,
    operator_entitled=True,
    formulation_version_id=7,
    vial=VialState(
        code="K7X2QF", formulation_version_id=7, beyond_use_at=AT + timedelta(seconds=1), remaining_ul=1
    ),
)  # fmt: skip


def codes(state: GateState) -> list[StopCode]:
    return [stop.code for stop in stops(state, {})]


def test_nothing_stops_a_session_in_order() -> None:
    assert codes(IN_ORDER) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"deceased": True}, StopCode.DECEASED),
        ({"born": date(2008, 11, 24)}, StopCode.UNDER_AGE),
        ({"born": None}, StopCode.UNDER_AGE),
        ({"minimum_age_years": 19}, StopCode.UNDER_AGE),
        ({"plan_active": False}, StopCode.PLAN_ENDED),
        ({"stage_treatable": False}, StopCode.SURGICAL_ASSESSMENT),
        ({"earliest_on": date(2026, 11, 24)}, StopCode.TOO_EARLY),
        ({"operator_entitled": False}, StopCode.NOT_ENTITLED),
        ({"checklist": None}, StopCode.NO_CHECKLIST),
        ({"checklist": ChecklistState(False, "Do not treat", frozenset({7}))}, StopCode.CHECKLIST_VERDICT),
        ({"checklist": ChecklistState(False, "Do not treat", frozenset())}, StopCode.CHECKLIST_VERDICT),
        ({"checklist": ChecklistState(True, "Proceed", frozenset({8}))}, StopCode.FORMULATION_CLOSED),
        ({"checklist": ChecklistState(False, "Do not treat", frozenset({8}))}, StopCode.FORMULATION_CLOSED),
        ({"checklist": ChecklistState(True, "Proceed", frozenset({7}), amended=True)}, StopCode.CHECKLIST_VERDICT),
        ({"consent_in_force": False}, StopCode.NO_CONSENT),
        ({"lines_not_consented": ("Lidocaine: ordered.",)}, StopCode.CONSENT_LACKS_LINES),
        ({"consent_in_force": False, "lines_not_consented": ("Lidocaine: ordered.",)}, StopCode.NO_CONSENT),
        ({"formulation_changed": "A v2"}, StopCode.FORMULATION_CHANGED),
        ({"unread_changes": ("A v2",)}, StopCode.UNREAD_CHANGES),
        ({"not_lawful": ("The table doesn't allow Lidocaine.",)}, StopCode.NOT_ALLOWED_HERE),
        ({"baseline_on": None}, StopCode.NO_BASELINE),
        ({"baseline_on": date(2026, 11, 8)}, StopCode.BASELINE_TOO_OLD),
        ({"vial": None}, StopCode.NO_VIAL),
        ({"not_as_signed": ("today's checklist",)}, StopCode.NOT_AS_SIGNED),
        ({"has_intake": False, "stage_treatable": False}, StopCode.NO_INTAKE),
        ({"lost": frozenset({Lost.INTAKE})}, StopCode.NO_INTAKE),
        ({"lost": frozenset({Lost.CHECKLIST})}, StopCode.NO_CHECKLIST),
        ({"lost": frozenset({Lost.CHECKLIST}), "checklist": None}, StopCode.NO_CHECKLIST),
        ({"lost": frozenset({Lost.CONSENT})}, StopCode.NO_CONSENT),
    ],
)
def test_each_thing_out_of_order_stops_it(change: dict[str, object], expected: StopCode) -> None:
    assert codes(replace(IN_ORDER, **change)) == [expected]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "fact", "helps"),
    [
        (
            {"born": date(2011, 3, 9)},
            "15 years old; this clinic treats from 18.",
            "old enough from 9 Mar 2029 on. Correct the date of birth first if that is wrong. Else record that",
        ),
        (
            {"born": date(2011, 3, 9), "injected": True},
            "15 years old; this clinic treats from 18.",
            "Inject nothing mo",
        ),
        (
            {"born": None, "minimum_age_years": 21},
            "The date of birth isn't known, so the patient could be under 21.",
            "Enter the date of birth first.",
        ),
    ],
)
def test_an_age_below_the_minimum_is_told_with_the_day_on_which_it_is_reached(
    change: dict[str, Any], fact: str, helps: str
) -> None:
    (stop,) = stops(replace(IN_ORDER, **change), {StopCode.UNDER_AGE: "/there"})
    assert (stop.told, stop.url) == (fact, "/there")
    assert stop.message.startswith(fact)
    assert helps in stop.message
    assert ("did not proceed" in stop.message) is not change.get("injected", False)


@pytest.mark.parametrize(
    ("said", "helps"),
    [
        ({"clearable": True}, "Once a prescriber has recorded a clearance, answer and sign a new one"),
        ({}, "says: Do not treat. Record that the session did not proceed."),
        ({"answered_for": "B Hydrating v1"}, "answered for B Hydrating v1 and says: Do not treat. Answer and sign one"),
    ],
)
def test_a_verdict_says_what_helps(said: dict[str, Any], helps: str) -> None:
    checklist = ChecklistState(False, "Do not treat", frozenset({7}), **said)
    (stop,) = stops(replace(IN_ORDER, checklist=checklist), {})
    assert helps in stop.message


ENDED = "The clearance that the checklist rests on counts no longer (Apixaban). Withdrawn 10:42 by Dr X: INR."


@pytest.mark.parametrize(
    ("said", "injected", "helps"),
    [
        ({"clearable": True, "ended": ENDED}, False, "answer and sign a new one; else record that the session did not"),
        ({"clearable": True, "ended": ENDED}, True, "Inject nothing more: sign what was given, or go on once a pres"),
        ({"clearable": True}, True, "Inject nothing more: sign what was given, or go on once a prescriber has"),
        ({"ended": ENDED}, True, "Inject nothing more, and sign what was given."),
        ({"ended": ENDED}, False, "Record that the session did not proceed."),
        ({}, True, "Inject nothing more, and sign what was given."),
    ],
)
def test_once_points_are_injected_only_what_the_page_offers_is_advised(
    said: dict[str, Any], injected: bool, helps: str
) -> None:
    checklist = ChecklistState(False, "Needs a clearance", frozenset({7}), **said)
    (stop,) = stops(replace(IN_ORDER, checklist=checklist, injected=injected), {})
    assert helps in stop.message
    assert ("did not proceed" in stop.message) is not injected
    # What ended is named in place of what the checklist says now; a signed record is told no advice.
    assert stop.told == (ENDED if "ended" in said else "Today's checklist says: Needs a clearance.")


def test_an_ended_clearance_is_named_though_the_formulation_is_closed_by_it() -> None:
    checklist = ChecklistState(False, "Do not treat", frozenset({8}), ended=ENDED)
    assert codes(replace(IN_ORDER, checklist=checklist)) == [StopCode.CHECKLIST_VERDICT]


BACK = "The patient withdrew consent on 30 Nov 2026."


@pytest.mark.parametrize(
    ("injected", "ended", "fact", "helps"),
    [
        (False, "", "No consent is in force for the current script.", "Take the patient's consent."),
        (True, "", "No consent is in force for the current script.", "Inject nothing more: sign what was given, or go"),
        (False, BACK, BACK, "if the patient wants to go on. Else record that the session did not proceed."),
        (True, BACK, BACK, "if the patient wants to go on. Inject nothing more until then, and sign what was given."),
    ],
)
def test_a_consent_taken_back_is_named(injected: bool, ended: str, fact: str, helps: str) -> None:
    state = replace(IN_ORDER, consent_in_force=False, consent_ended=ended, injected=injected)
    (stop,) = stops(state, {})
    assert stop.told == fact
    assert helps in stop.message
    # Whoever took it back isn't pressed for another.
    assert (stop.code is StopCode.CONSENT_WITHDRAWN) is bool(ended)
    assert ("A new one is taken only if the patient wants to go on." in stop.message) is bool(ended)
    assert ended == "" or "Take the" not in stop.message


@pytest.mark.parametrize(
    ("ended", "changed", "codes_found"),
    [
        ("", False, []),
        (BACK, False, [StopCode.CONSENT_WITHDRAWN]),
        ("", True, [StopCode.NO_CONSENT]),
        (BACK, True, [StopCode.NO_CONSENT]),
    ],
)
def test_a_consent_taken_back_is_known_before_a_session_is_begun(
    ended: str, changed: bool, codes_found: list[StopCode]
) -> None:
    found = consent_taken_back(ended, changed=changed, links={})
    assert [stop.code for stop in found] == codes_found
    assert not any("did not proceed" in stop.message for stop in found)


def test_the_window_opens_on_its_first_day() -> None:
    assert codes(replace(IN_ORDER, earliest_on=IN_ORDER.on)) == []


def test_old_baseline_photographs_stop_only_the_first_session() -> None:
    assert codes(replace(IN_ORDER, baseline_on=date(2026, 1, 1), first_session=False)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"beyond_use_at": AT}, StopCode.VIAL_BEYOND_USE),
        ({"beyond_use_at": AT - timedelta(hours=1)}, StopCode.VIAL_BEYOND_USE),
        ({"formulation_version_id": 8}, StopCode.VIAL_WRONG_FORMULATION),
        ({"remaining_ul": 0}, StopCode.VIAL_EMPTY),
        ({"used_for_another": True}, StopCode.VIAL_FOR_ANOTHER),
    ],
)
def test_a_vial_out_of_order_stops_it(change: dict[str, object], expected: StopCode) -> None:
    assert IN_ORDER.vial is not None
    vial = replace(IN_ORDER.vial, **change)  # type: ignore[arg-type]
    assert codes(replace(IN_ORDER, vial=vial)) == [expected]


def test_whose_vial_it_is_comes_before_what_is_left_in_it() -> None:
    assert IN_ORDER.vial is not None
    vial = replace(IN_ORDER.vial, used_for_another=True, remaining_ul=0)
    assert codes(replace(IN_ORDER, vial=vial)) == [StopCode.VIAL_FOR_ANOTHER, StopCode.VIAL_EMPTY]


@pytest.mark.parametrize(("left_ul", "helps"), [(1, ". Destroy it and take another."), (0, ". Take another.")])
def test_to_take_another_is_said_once_of_a_vial_past_its_hours_and_to_destroy_it_where_something_is_left(
    left_ul: int, helps: str
) -> None:
    assert IN_ORDER.vial is not None
    vial = replace(IN_ORDER.vial, beyond_use_at=AT, remaining_ul=left_ul)
    (stop,) = stops(replace(IN_ORDER, vial=vial), {})
    assert stop.code is StopCode.VIAL_BEYOND_USE
    assert stop.message.endswith(f"UTC{helps}")


def test_another_patients_vial_isnt_forgiven_by_the_passing_of_time() -> None:
    assert IN_ORDER.vial is not None
    found = stops(replace(IN_ORDER, vial=replace(IN_ORDER.vial, used_for_another=True)), {})
    assert without_vial(found) == []
    left = since_injection(found, same_day=False, vial_was_in_time=True)
    assert [stop.code for stop in left] == [StopCode.VIAL_FOR_ANOTHER]


def test_without_an_active_formulation_no_vial_is_right() -> None:
    assert codes(replace(IN_ORDER, formulation_version_id=None)) == [
        StopCode.FORMULATION_NOT_ACTIVE, StopCode.VIAL_WRONG_FORMULATION,
    ]  # fmt: skip


def test_all_reasons_are_listed_in_the_order_of_the_room() -> None:
    everything = replace(
        IN_ORDER, plan_active=False, checklist=None, consent_in_force=False, baseline_on=None, vial=None
    )
    assert codes(everything) == [
        StopCode.PLAN_ENDED, StopCode.NO_CONSENT, StopCode.NO_CHECKLIST, StopCode.NO_BASELINE, StopCode.NO_VIAL,
    ]  # fmt: skip


def test_a_stop_leads_to_where_it_is_dealt_with() -> None:
    found = stops(replace(IN_ORDER, consent_in_force=False), {StopCode.NO_CONSENT: "/patients/1/consent/"})
    assert [(stop.code, stop.url) for stop in found] == [(StopCode.NO_CONSENT, "/patients/1/consent/")]


def test_stops_about_the_vial_can_be_left_out() -> None:
    found = stops(replace(IN_ORDER, vial=None, consent_in_force=False), {})
    assert [stop.code for stop in without_vial(found)] == [StopCode.NO_CONSENT]


@pytest.mark.parametrize(
    ("checklist", "version", "expected", "told"),
    [
        (None, 7, [], ""),
        (ChecklistState(True, "Proceed", frozenset({7})), 7, [], ""),
        (ChecklistState(True, "Proceed", frozenset({8})), 7, [StopCode.FORMULATION_CLOSED], "Plan another formulation"),
        (ChecklistState(False, "Do not treat", frozenset({8})), 7, [StopCode.FORMULATION_CLOSED], "Plan another"),
        (None, None, [StopCode.FORMULATION_NOT_ACTIVE], "no approved version in force"),
        (ChecklistState(False, "Do not treat", frozenset()), 7, [StopCode.CHECKLIST_VERDICT], "says: Do not treat."),
        (
            ChecklistState(False, "Needs a clearance", frozenset({7}), clearable=True), 7, [StopCode.CHECKLIST_VERDICT],
            "Once a prescriber has recorded a clearance, answer and sign a new one.",
        ),
        (
            ChecklistState(False, "Do not treat", frozenset({7}), answered_for="B v1"), 7, [StopCode.CHECKLIST_VERDICT],
            "Answer and sign one for this formulation.",
        ),
        (
            ChecklistState(True, "Proceed", frozenset({7}), amended=True), 7, [StopCode.CHECKLIST_VERDICT],
            "Answer and sign a new one.",
        ),
    ],
)  # fmt: skip
def test_before_a_session_is_begun_only_what_is_known_then_stops_it(
    checklist: ChecklistState | None, version: int | None, expected: list[StopCode], told: str
) -> None:
    found = beforehand(checklist, version, {StopCode.FORMULATION_CLOSED: "/plan/"})
    assert [stop.code for stop in found] == expected
    assert all(told in stop.message and "did not proceed" not in stop.message for stop in found)
    assert all(stop.url == ("/plan/" if stop.code == StopCode.FORMULATION_CLOSED else "") for stop in found)
    # The gate says of the same papers the same, and perhaps more.
    assert set(expected) <= set(codes(replace(IN_ORDER, checklist=checklist, formulation_version_id=version)))
