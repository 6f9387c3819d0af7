"""The vial of a session: past its hours, not to be used, in two sessions, and its page while one has it in hand."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.permissions import Role
from sessions.treatment.models import TreatmentSession
from sessions.treatment.services import use_vial
from tests.factories import PASSWORD
from tests.pages import words
from tests.sessions.rooms import Room, ready_room
from tests.sessions.treatment.pages import AT, send, shown, value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


def test_after_the_vials_hours_what_was_injected_can_be_written_down_and_signed(client: Client, room: Room) -> None:
    row = room.injected()
    with clock.moved_to(AT + timedelta(days=2)):
        page = shown(client, row)
        assert "no further injection" in words(page)
        rest = {"wasted": "0.1", "remaining": "1.2", "row_version": value(page, "row_version")}
        assert send(client, "session_rest", row, **rest).status_code == 302
        assert send(client, "session_briefing", row).status_code == 302
        row.refresh_from_db()
        answer = send(client, "session_sign", row, password=PASSWORD, row_version=row.row_version)
        assert answer.status_code == 302


@pytest.mark.parametrize("injected", [False, True])
def test_a_vial_that_cant_be_used_stops_the_session_in_its_banner(client: Client, room: Room, injected: bool) -> None:
    vial, row = room.vial(), room.begin()
    if injected:
        room.injected(vial, row=row)
    else:
        use_vial(by=room.operator, treatment_session=row, code=vial.code, at=AT)
    assert "Nothing stops this session" in words(shown(client, row))
    room.drawn(vial, 100)
    page = shown(client, row)
    assert "Nothing stops this session" not in words(page)
    assert ("no further injection" if injected else "before the needle") in words(page)
    assert "the vial can't be used as it is" in words(page)
    assert "Scan it again" in words(page)
    answer = send(client, "session_zone", row, zone="mid_scalp_left", points="3", volume_per_site="0.06")
    assert answer.status_code == 422
    assert row.zones.count() == int(injected)


def test_a_vial_found_in_two_patients_sessions_is_no_green_banner(client: Client, room: Room) -> None:
    row, vial = room.begin(), room.vial()
    use_vial(by=room.operator, treatment_session=row, code=vial.code, at=AT)
    theirs = ready_room(room.site, approved=room.approved).begin()
    # As a record from before vials were kept to one patient has it.
    TreatmentSession.objects.filter(pk=theirs.pk).update(vial=vial, vial_start_ul=2_500)
    page = words(shown(client, row))
    assert "Nothing stops this session" not in page
    assert "drawn for another patient's session" in page
    assert send(client, "session_zone", row, zone="vertex", points="3", volume_per_site="0.06").status_code == 422
    assert not row.zones.exists()


def test_a_vials_page_leads_to_the_session_that_has_it_in_hand(client: Client, room: Room, sign_in: Any) -> None:
    row, vial = room.begin(), room.vial()
    address, session_address = reverse("vial", args=[vial.code]), reverse("treatment_session", args=[row.pk])
    assert "In use" not in words(client.get(address))
    sign_in(room.site, Role.PREPARER)
    assert "Destroy what is left" in words(client.get(address))
    client.force_login(room.operator.user)
    use_vial(by=room.operator, treatment_session=row, code=vial.code, at=AT)
    page = client.get(address)
    assert "In use In the session begun" in words(page)
    assert session_address in page.content.decode()
    sign_in(room.site, Role.PREPARER)
    page = client.get(address)
    assert "In use In a session in progress" in words(page)
    assert "Destroy what is left" not in words(page)  # the session's reconciliation says what became of it
    assert session_address not in page.content.decode()
    assert room.patient.family_name not in page.content.decode()


def test_a_vials_movement_leads_to_its_session_for_who_may_read_that(client: Client, room: Room, sign_in: Any) -> None:
    vial, row = room.vial(), room.begin()
    room.signed(room.complete(room.injected(vial, row=row)))
    address, session_address = reverse("vial", args=[vial.code]), reverse("treatment_session", args=[row.pk])
    assert f'href="{session_address}"' in client.get(address).content.decode()
    sign_in(room.site, Role.PREPARER)
    page = client.get(address)
    assert "Injected" in words(page)
    assert session_address not in page.content.decode()
    assert client.get(session_address).status_code == 403
