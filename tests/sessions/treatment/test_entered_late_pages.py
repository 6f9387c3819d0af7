"""Points that are entered after a stop: what Postgres keeps, what is signed, and the page's forms."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Role
from sessions.treatment.models import InjectionZone, SessionStatus, TreatmentSession
from tests.factories import make_actor
from tests.pages import words
from tests.patients.builders import cleared
from tests.sessions.rooms import Room
from tests.sessions.treatment.late import BEFORE, LATER, WHEN, WHY, in_hand, late, screened, sealed, withdrawn
from tests.sessions.treatment.pages import AT, send, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


@pytest.fixture
def room(cleared_room: Room) -> Room:
    return cleared_room


class TestPostgres:
    @pytest.mark.parametrize(
        "change",
        [
            {"injected_at": AT}, {"late_reason": WHY}, {"injected_at": AT, "late_reason": ""},
            {"injected_at": AT, "late_reason": " "}, {"injected_at": AT + timedelta(minutes=1), "late_reason": WHY},
            {"injected_at": AT, "late_reason": WHY, "recorded_at": None, "papers": None},
        ],
    )  # fmt: skip
    def test_it_says_when_and_why_or_neither(self, room: Room, change: dict[str, Any]) -> None:
        entry = room.injected().zones.get()
        with pytest.raises(IntegrityError, match="late_says_when_and_why"), transaction.atomic():
            InjectionZone.objects.filter(pk=entry.pk).update(**change)

    def test_a_signed_session_keeps_both(self, room: Room) -> None:
        row = room.signed()
        with pytest.raises(DatabaseError, match="belong to a locked record"), transaction.atomic():
            row.zones.update(injected_at=AT, late_reason=WHY)

    def test_a_time_of_the_vial_is_of_a_vial(self, room: Room) -> None:
        row = room.begin()
        with pytest.raises(IntegrityError, match="vial_at_of_a_vial"), transaction.atomic():
            TreatmentSession.objects.filter(pk=row.pk).update(vial_at=AT)


class TestWhatIsSigned:
    def test_the_document_says_when_and_why_and_doesnt_call_the_zone_untreated(
        self, room: Room, physician: Actor, client: Client
    ) -> None:
        row = room.injected()
        withdrawn(room, physician)
        late(room, row)
        row.refresh_from_db()
        row = room.complete(row, notes="Stopped when the clearance was withdrawn.", at=LATER)
        signed = room.signed(row, at=LATER)
        assert signed.status == SessionStatus.SIGNED
        content = sealed()
        assert "Temporal, left" not in content["not_treated"]
        assert "Temporal, right" in content["not_treated"]
        vertex, temple = content["zones"]
        assert "injected_at" not in vertex
        assert datetime.fromisoformat(temple["injected_at"]) == BEFORE
        assert temple["late_reason"] == WHY
        assert content["injected"] == "10:30"
        told = f"injected 10:30, entered 11:00: {WHY}"
        assert f"Temporal, left – {told}" in json.dumps(content["sections"], ensure_ascii=False)
        (part,) = content["given_under"]
        assert part["heading"] == "Given under: Vertex, Temporal, left (injected 10:00 to 10:30)"
        assert told in words(client.get(reverse("treatment_session", args=[row.pk])))

    def test_what_only_time_brought_about_since_isnt_told(self, room: Room) -> None:
        row, tomorrow = in_hand(room), AT + timedelta(days=1)
        late(room, row, at=tomorrow)
        row.refresh_from_db()
        with clock.moved_to(tomorrow):
            room.signed(room.complete(row, at=tomorrow), at=tomorrow)
        content = sealed()
        assert content["since"] == []
        assert f"injected 10:30, entered 25 Nov 2026, 10:00: {WHY}" in content["zones"][0]["late"]


class TestThePage:
    TYPED = {"zone": "temporal_left", "points": "7", "volume_per_site": "0.06"}

    def test_what_was_typed_and_refused_comes_back_in_the_form_of_what_was_before(
        self, room: Room, physician: Actor, client: Client
    ) -> None:
        row = in_hand(room)
        assert "Injected before the stop" not in words(shown(client, row))
        withdrawn(room, physician)
        key = uuid.uuid4()
        with clock.moved_to(LATER):
            back = send(client, "session_zone", row, **self.TYPED, submission_key=key)
            said, body = words(back), back.content.decode()
            assert back.status_code == 422
            assert "The session is stopped." in said
            assert "What you typed stands below" in said
            form = body[body.index('id="late-form"') :]
            for kept in ('value="7"', 'value="0.06"', f'value="{key}"', '<option value="temporal_left" selected'):
                assert kept in form, kept
            assert "On 24 Nov 2026, not before 10:00." in said
            assert "If anything was injected before the stop, it did proceed" in said
            typed = {**self.TYPED, "submission_key": key, "injected_at": "10:30", "late_reason": WHY}
            assert send(client, "session_zone_late", row, **typed).status_code == 302
            entry = row.zones.get()
            assert (entry.points, entry.injected_at, entry.submission_key) == (7, BEFORE, key)
            assert f"injected 10:30, entered 11:00: {WHY}" in words(shown(client, row))

    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            ({"injected_at": ""}, "Give the time."), ({"injected_at": "half past"}, "Give hours and minutes"),
            ({"late_reason": ""}, "Fill this in."), ({"late_reason": "-"}, "Give at least 3 characters"),
            ({"injected_at": "10:50"}, "By the record nothing can have been injected at 10:50."),
            ({"injected_at": "09:59"}, "The vial was taken 10:00."), ({"points": "0"}, ""),
        ],
    )  # fmt: skip
    def test_what_was_refused_keeps_all_that_was_typed(
        self, room: Room, physician: Actor, client: Client, wrong: dict[str, str], said: str
    ) -> None:
        row = in_hand(room)
        withdrawn(room, physician)
        typed = {**self.TYPED, "injected_at": "10:30", "late_reason": WHY} | wrong
        with clock.moved_to(LATER):
            back = send(client, "session_zone_late", row, **typed)
        assert back.status_code == 422
        assert said in words(back)
        form = back.content.decode()
        form = form[form.index('id="late-form"') :]
        for kept in (typed["points"], typed["injected_at"], typed["volume_per_site"]):
            assert f'value="{kept}"' in form or not kept
        assert typed["late_reason"] in form
        assert not row.zones.exists()

    def test_once_the_session_goes_on_it_is_folded_below_the_ordinary_form(
        self, room: Room, physician: Actor, client: Client
    ) -> None:
        row = room.injected()
        withdrawn(room, physician)
        with clock.moved_to(WHEN):
            body = shown(client, row).content.decode()
            assert 'id="zone-form"' not in body
            assert '<details class="late-zone" open>' in body
        with clock.moved_to(LATER):
            screened(room, cleared(room.patient, by=physician, at=LATER), at=LATER)
            body = shown(client, row).content.decode()
        assert body.index('id="zone-form"') < body.index('<details class="late-zone" >') < body.index('id="late-form"')

    def test_whoever_doesnt_treat_sees_no_form_and_cant_send_it(
        self, room: Room, physician: Actor, client: Client
    ) -> None:
        row = in_hand(room)
        withdrawn(room, physician)
        client.force_login(make_actor(room.site, Role.AUDITOR).user)
        assert "late-form" not in shown(client, row).content.decode()
        typed = {**self.TYPED, "injected_at": "10:30", "late_reason": WHY}
        assert send(client, "session_zone_late", row, **typed).status_code == 403
        assert not row.zones.exists()
