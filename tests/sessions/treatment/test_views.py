"""The treatment room's pages: what is typed stays, what stops is shown with its way out, nothing is written twice."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import day_text
from patients.consents.services import withdraw_consent
from sessions.treatment.models import SessionStatus, TreatmentSession, Zone
from sessions.treatment.services import record_zone
from tests.factories import PASSWORD, make_actor, make_site
from tests.pages import carried_by, words
from tests.sessions.rooms import Room, ready_room
from tests.sessions.treatment.pages import AT, send, shown, value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


def test_the_whole_way_from_the_plan_to_the_signature(client: Client, room: Room) -> None:
    vial = room.vial()
    started = client.post(reverse("session_start", args=[room.planned.pk]), {"submission_key": uuid.uuid4()})
    row = TreatmentSession.objects.get()
    assert started.headers["Location"] == reverse("treatment_session", args=[row.pk])
    assert "Nothing stops this session" in words(shown(client, row))
    assert send(client, "session_vial", row, code=f"https://clinic.example/v/{vial.code}/").status_code == 302
    assert send(client, "session_zone", row, zone="vertex", points="20", volume_per_site="0.06").status_code == 302
    assert "1.30 mL of the vial are left by this record" in words(shown(client, row))
    page = shown(client, row)
    rest = {"wasted": "0.1", "remaining": "1.2", "row_version": value(page, "row_version")}
    assert send(client, "session_rest", row, **rest).status_code == 302
    assert send(client, "session_briefing", row).status_code == 302
    page = shown(client, row)
    assert "Every microlitre is accounted for" in words(page)
    assert "Draft, not signed" in words(page)
    signed = send(client, "session_sign", row, password=PASSWORD, row_version=value(page, "row_version"))
    assert signed.status_code == 302
    row.refresh_from_db()
    assert row.status == SessionStatus.SIGNED
    signed_page = words(shown(client, row))
    assert "I performed this session" in signed_page or "Signed" in signed_page
    assert "Draft, not signed" not in signed_page


def test_starting_twice_leads_to_the_same_session(client: Client, room: Room) -> None:
    planned = room.planned
    address = reverse("session_start", args=[planned.pk])
    first, second = (client.post(address, {"submission_key": uuid.uuid4()}) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert TreatmentSession.objects.count() == 1


def test_all_reasons_stand_together_with_their_links(client: Client, site: Site) -> None:
    room = ready_room(site, checklist=False, consent=False, photos=False)
    client.force_login(room.operator.user)
    page = shown(client, room.begin())
    said, body = words(page), page.content.decode()
    for text, address in (
        ("checklist isn't signed", reverse("checklist_start", args=[room.patient.pk])),
        ("No consent is in force", reverse("consent_new", args=[room.patient.pk])),
        ("baseline photographs aren't complete", reverse("photo_set_new", args=[room.patient.pk])),
    ):
        assert text in said
        assert f'href="{address}"' in body
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("wasted", "0,1", "not with a comma: type 0.1"),
        ("wasted", "0,1 ml", "not with a comma: type 0.1"),
        ("wasted", "0.1 ml", "Leave out the unit"),
        ("remaining", "-1", "must be from 0.00"),
        ("remaining", "1.2345", "at most three decimals"),
        ("remaining", "", "Fill this in"),
        ("remaining", "NaN", "Leave out the unit"),
        ("remaining", "100.001", "must be from 0.00 to 100.00 mL"),
        ("notes", "x" * 1001, "1000"),
    ],
)
def test_a_bad_amount_comes_back_with_everything_typed(
    client: Client, room: Room, field: str, typed: str, told: str
) -> None:
    row = room.injected()
    data = {"wasted": "0.1", "remaining": "1.2", "anaesthesia": "Ice & vibration", "row_version": row.row_version}
    page = send(client, "session_rest", row, **data | {field: typed})
    assert page.status_code == 422
    assert told in words(page)
    assert value(page, "anaesthesia") == "Ice & vibration"
    if field != "notes" and typed:
        assert value(page, field) == typed
    row.refresh_from_db()
    assert row.wasted_ul is None


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"volume_per_site": "0,06"}, "not with a comma"),
        ({"volume_per_site": "6"}, "must be from 0.01 to 0.50 mL"),
        ({"points": "0"}, "1"),
        ({"points": "301"}, "300"),
        ({"points": "2.5"}, "whole number"),
        ({"points": "30", "volume_per_site": "0.1"}, "more than the vial held"),
        ({"zone": ""}, "Choose"),
        ({"zone": "elbow"}, "Choose"),
    ],
)
def test_a_zone_that_cant_be_comes_back(client: Client, room: Room, data: dict[str, str], told: str) -> None:
    row = room.injected()
    page = send(client, "session_zone", row, **{"zone": "vertex", "points": "20", "volume_per_site": "0.06"} | data)
    assert page.status_code == 422
    assert told in words(page)
    assert row.zones.get().points == 20


def test_a_volume_with_the_point_in_the_wrong_place_is_told_at_the_volume(client: Client, room: Room) -> None:
    row = room.injected()  # 1.2 of 2.5 mL
    page = words(send(client, "session_zone", row, zone="frontal_forelock", points="20", volume_per_site="0.5"))
    assert "Volume per site: 20 × 0.50 mL are 10.00 mL, more than the vial held for them: 1.30 mL." in page
    assert "Look at the volume again: the protocol says 0.05 to 0.10 mL per site." in page
    page = words(send(client, "session_zone", row, zone="frontal_forelock", points="30", volume_per_site="0.1"))
    assert "Points: 30 × 0.10 mL are 3.00 mL, more than the vial held for them: 1.30 mL. Count the points" in page


def test_a_row_that_stands_there_twice_is_marked_until_one_is_removed(client: Client, room: Room) -> None:
    row = room.injected(points=10)
    twice = "More than once on the map"
    send(client, "session_zone", row, zone="vertex", points="10", volume_per_site="0.07")
    assert twice not in words(shown(client, row))  # another volume
    send(client, "session_zone", row, zone="vertex", points="10", volume_per_site="0.06")
    assert words(shown(client, row)).count(twice) == 2
    send(client, "session_zone_remove", row, entry=str(row.zones.latest("pk").pk))
    assert twice not in words(shown(client, row))


def test_the_steps_above_say_of_the_amounts_and_the_briefing_what_stands_below(client: Client, room: Room) -> None:
    row = room.injected()
    rest = {"wasted": "0.1", "remaining": "1.2", "row_version": value(shown(client, row), "row_version")}
    send(client, "session_rest", row, **rest)
    send(client, "session_briefing", row)
    assert "Amounts , done" in words(shown(client, row))
    send(client, "session_zone", row, zone="vertex", points="1", volume_per_site="0.06")
    page = words(shown(client, row))
    assert "Amounts , now" in page
    assert "Briefing , done" in page


def test_a_row_is_put_right_on_an_address_of_its_own(client: Client, room: Room) -> None:
    row = room.injected()
    entry = row.zones.get()
    address = reverse("session_zone_change", args=[row.pk])
    assert f'href="{address}?entry={entry.pk}#map"' in shown(client, row).content.decode()
    page = client.get(address, {"entry": entry.pk})
    assert "Change the row: Vertex" in words(page)
    data = {
        "entry": value(page, "entry"), "zone": "vertex", "points": "0", "volume_per_site": "0.06",
        "row_version": value(page, "row_version"),
    }  # fmt: skip
    refused = client.post(address, data)
    assert refused.status_code == 422
    assert row.zones.get().points == 20
    assert client.post(address, data | {"points": "18"}).status_code == 302
    assert row.zones.get().points == 18
    for entry_id in ("", "x", str(entry.pk + 1), "9" * 30):
        assert client.get(address, {"entry": entry_id}).status_code == 302


def test_a_row_that_was_taken_out_meanwhile_is_answered_in_words(client: Client, room: Room) -> None:
    row = room.injected()
    entry = row.zones.get()
    assert send(client, "session_zone_remove", row, entry=entry.pk).status_code == 302
    data = {"entry": entry.pk, "zone": "vertex", "points": "18", "volume_per_site": "0.06", "row_version": "1"}
    page = send(client, "session_zone_change", row, **data)
    assert page.status_code == 422
    assert "was removed in the meantime" in words(page)
    page = send(client, "session_zone_explain", row, entry=entry.pk, reason="Scar tissue")
    assert "was removed in the meantime" in words(page)


def test_a_volume_outside_of_the_protocol_is_saved_and_asks_why(client: Client, room: Room) -> None:
    row = room.injected()
    sent = send(client, "session_zone", row, zone="vertex", points="2", volume_per_site="0.15")
    assert sent.status_code == 302
    page = shown(client, row)
    assert "0.15 mL per site is outside the protocol's 0.05 to 0.10 mL" in words(page)
    address, entry_id = reverse("session_zone_explain", args=[row.pk]), row.zones.latest("pk").pk
    form = re.search(r'<form[^>]*id="explain-form".*?</form>', page.content.decode(), re.DOTALL)
    assert form
    assert f'action="{address}"' in form[0]
    assert f'name="entry" value="{entry_id}"' in form[0]
    assert client.post(address, {"entry": entry_id, "reason": ""}).status_code == 422
    assert client.post(address, {"entry": entry_id, "reason": "Scar tissue"}).status_code == 302
    page = shown(client, row)
    assert "Scar tissue" in words(page)
    assert address not in page.content.decode()


def test_the_same_form_with_other_amounts_can_be_sent_again_as_another_row(client: Client, room: Room) -> None:
    row = room.injected()
    first = {"submission_key": uuid.uuid4(), "zone": "vertex", "points": "3", "volume_per_site": "0.06"}
    for _ in range(2):
        assert send(client, "session_zone", row, **first).status_code == 302
    assert row.zones.count() == 2
    page = send(client, "session_zone", row, **first | {"points": "4"})
    assert page.status_code == 409
    assert "recorded already" in words(page)
    form = re.search(r'<form[^>]*id="zone-form".*?</form>', page.content.decode(), re.DOTALL)
    assert form
    key = re.search(r'name="submission_key" value="([^"]+)"', form[0])
    assert key
    assert send(client, "session_zone", row, **first | {"points": "4", "submission_key": key[1]}).status_code == 302
    assert row.zones.count() == 3


def test_an_older_form_comes_back_with_what_was_typed_and_a_second_press_works(client: Client, room: Room) -> None:
    row = room.injected()
    old = {"wasted": "0.1", "remaining": "1.1", "notes": "Typed here", "row_version": row.row_version}
    record_zone(
        by=room.operator, treatment_session=row, zone=Zone.MID_SCALP_LEFT, points=2, volume_per_site_ul=50, at=AT
    )
    page = send(client, "session_rest", row, **old)
    assert page.status_code == 409
    assert "You changed this in another window" in words(page)
    assert "Typed here" in words(page)
    again = {**old, "row_version": re.findall(r'name="row_version" value="(\d+)"', page.content.decode())[0]}
    assert send(client, "session_rest", row, **again).status_code == 302
    row.refresh_from_db()
    assert (row.remaining_ul, row.notes) == (1_100, "Typed here")


def test_what_somebody_else_saved_meanwhile_is_said_to_be_theirs(client: Client, room: Room, site: Site) -> None:
    row = room.injected()
    old = {"wasted": "0.1", "remaining": "1.1", "row_version": row.row_version}
    record_zone(
        by=make_actor(site, Role.OPERATOR), treatment_session=row, zone=Zone.MID_SCALP_LEFT, points=2,
        volume_per_site_ul=50, at=AT,
    )  # fmt: skip
    assert "Somebody else saved this session" in words(send(client, "session_rest", row, **old))


def test_a_wrong_password_signs_nothing_and_can_be_typed_again(client: Client, room: Room) -> None:
    row = room.complete()
    page = send(client, "session_sign", row, password="wrong", row_version=row.row_version)
    assert page.status_code == 422
    assert "password" in words(page)
    row.refresh_from_db()
    assert row.status == SessionStatus.OPEN
    assert row.wasted_ul == 100
    assert send(client, "session_sign", row, password=PASSWORD, row_version=row.row_version).status_code == 302


def test_a_signed_session_says_when_the_next_one_is_due(client: Client, room: Room) -> None:
    row = room.signed()
    after = row.planned.plan.planned.get(phase=row.planned.phase, ordinal=row.planned.ordinal + 1)
    page = shown(client, row)
    assert f"{after} , {day_text(after.due_on)}" in words(page)
    assert reverse("plan", args=[after.plan_id]) in page.content.decode()


def test_a_double_click_on_sign_ends_on_the_signed_session(client: Client, room: Room) -> None:
    row = room.complete()
    answers = [send(client, "session_sign", row, password=PASSWORD, row_version=row.row_version) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]


def test_what_was_sent_to_a_closed_session_is_answered_in_words(client: Client, room: Room) -> None:
    row = room.signed()
    for step, data in (
        ("session_zone", {"zone": "vertex", "points": "1", "volume_per_site": "0.06"}),
        ("session_zone_remove", {"entry": "1"}),
        ("session_rest", {"wasted": "0.1", "remaining": "1", "row_version": row.row_version}),
        ("session_briefing", {}),
        ("session_vial", {"code": "ABCDEF"}),
        ("session_not_proceeded", {"reason": "Changed our minds"}),
    ):
        page = send(client, step, row, **data)
        assert page.status_code == 422, step
        assert "This session is closed" in words(page), step


def test_a_zone_typed_while_the_consent_was_withdrawn_is_refused_with_the_reason(client: Client, room: Room) -> None:
    row = room.injected()
    withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind", at=AT)
    page = send(client, "session_zone", row, zone="mid_scalp_left", points="3", volume_per_site="0.06")
    assert page.status_code == 422
    assert "The patient withdrew consent" in words(page)
    assert row.zones.count() == 1


def test_not_proceeding_keeps_what_was_typed_until_it_can_be_recorded(client: Client, room: Room) -> None:
    row = room.begin()
    page = send(client, "session_not_proceeded", row, reason="Cold sore on the hairline", next_on="2026-11-01")
    assert page.status_code == 422
    assert "Cold sore on the hairline" in words(page)
    assert send(client, "session_not_proceeded", row, reason="Cold sore", next_on="2026-12-01").status_code == 302
    row.refresh_from_db()
    assert (row.status, row.next_on) == (SessionStatus.NOT_PROCEEDED, datetime(2026, 12, 1, tzinfo=UTC).date())


def test_after_the_sign_in_ended_what_was_typed_is_kept_for_the_next(client: Client, room: Room) -> None:
    row = room.injected()
    client.logout()
    page = send(client, "session_rest", row, wasted="0.1", remaining="1.2", row_version=row.row_version)
    assert ("remaining", "1.2") in carried_by(page).fields
    row.refresh_from_db()
    assert row.wasted_ul is None


def test_another_sites_session_doesnt_exist(client: Client, room: Room) -> None:
    row = ready_room(make_site("S")).begin()
    for step in ("session_vial", "session_zone", "session_rest", "session_briefing", "session_sign"):
        assert send(client, step, row).status_code == 404
    assert shown(client, row).status_code == 404


def test_the_front_desk_knows_when_somebody_is_due_and_not_what_was_injected(
    client: Client, room: Room, sign_in: Any
) -> None:
    row = room.injected()
    sign_in(room.site, Role.FRONT_DESK)
    assert shown(client, row).status_code == 403
    for address in (reverse("session_list"), reverse("plan", args=[row.plan_id])):
        page = client.get(address)
        assert page.status_code == 200
        assert reverse("treatment_session", args=[row.pk]) not in page.content.decode()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
def test_others_read_and_cant_act(client: Client, room: Room, sign_in: Any, role: Role) -> None:
    row = room.injected()
    sign_in(room.site, role)
    page = shown(client, row)
    assert page.status_code == 200
    assert 'name="wasted"' not in page.content.decode()
    assert 'name="password"' not in page.content.decode()
    assert send(client, "session_briefing", row).status_code == 403


class TestWhatIsDue:
    def test_what_is_in_progress_stands_once_and_as_that(self, client: Client, room: Room) -> None:
        page = client.get(reverse("session_list"))
        assert [each["row"] for each in page.context["due"]] == [room.planned]
        room.begin()
        page = client.get(reverse("session_list"))
        assert page.context["due"] == []
        assert words(page).count(room.patient.full_name) == 1
        assert "In progress" in words(page)

    def test_what_today_calls_stopped_is_stopped_here_too(self, client: Client, room: Room) -> None:
        withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind", at=AT)
        page = words(client.get(reverse("session_list")))
        assert "A new one is taken only if the patient wants to go on. Stopped" in page


class TestQueries:
    """A list's queries don't grow with its rows."""

    def test_the_list(self, client: Client, room: Room, django_assert_max_num_queries: Any) -> None:
        room.signed()
        for _ in range(3):
            ready_room(room.site, approved=room.approved, operator=room.operator).begin()
        for _ in range(3):
            ready_room(room.site, approved=room.approved, operator=room.operator)
        # Two are for what already stops what is due: the consents, and the audits.
        with django_assert_max_num_queries(7):
            assert client.get(reverse("session_list")).status_code == 200

    def test_the_room(self, client: Client, room: Room, django_assert_max_num_queries: Any) -> None:
        row = room.injected()
        for zone in (Zone.FRONTAL_FORELOCK, Zone.MID_SCALP_LEFT, Zone.MID_SCALP_RIGHT):
            record_zone(by=room.operator, treatment_session=row, zone=zone, points=3, volume_per_site_ul=60, at=AT)
        with django_assert_max_num_queries(36):
            assert shown(client, row).status_code == 200
