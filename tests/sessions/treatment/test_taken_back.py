"""A clearance or consent taken back while a session runs: named at once, and signed with what was given under it."""

import json
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Role
from clinic.amending.entries import entries_of
from clinic.amending.services import amend
from clinic.dates import day_text
from clinic.documents.models import SealedDocument
from clinic.errors import Refused
from clinic.trail.models import Action, TrailEvent
from clinic.worklist.registry import Urgency
from patients.consents.services import withdraw_consent
from patients.screening.models import Clearance, PatientChecklist
from sessions.treatment.models import InjectionZone, SessionStatus, TreatmentSession, Zone
from sessions.treatment.services import change_zone, record_zone, remove_zone
from sessions.treatment.work import sessions_open
from tests.factories import PASSWORD, confirmed, make_actor
from tests.pages import pushed, words
from tests.patients.builders import cleared
from tests.sessions.rooms import Room, consented
from tests.sessions.treatment.late import LATER, WHEN, screened, withdrawn
from tests.sessions.treatment.pages import AT, send, shown, value

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


@pytest.fixture
def room(cleared_room: Room) -> Room:
    return cleared_room


def inject(room: Room, row: TreatmentSession, zone: Zone, *, at: Any = AT, points: int = 5) -> InjectionZone:
    return record_zone(
        by=room.operator, treatment_session=row, zone=zone, points=points, volume_per_site_ul=60, at=at,
        submission_key=uuid.uuid4(),
    )  # fmt: skip


def resumed(room: Room, physician: Actor) -> TreatmentSession:
    """Return a session in which a clearance was withdrawn after the vertex, and the temple given under new papers."""
    row = room.injected()
    withdrawn(room, physician)
    with clock.moved_to(LATER):
        screened(room, cleared(room.patient, by=physician, at=LATER), at=LATER)
        inject(room, row, Zone.TEMPORAL_LEFT, at=LATER)
    row.refresh_from_db()
    return row


def sealed() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(SealedDocument.objects.get(kind="treatment_session").content)
    return content


class TestWhatIsKept:
    def test_each_entry_keeps_its_time_and_its_papers(self, room: Room, physician: Actor) -> None:
        row = resumed(room, physician)
        first, second = row.zones.all()
        assert (first.recorded_at, second.recorded_at) == (AT, LATER)
        old, new = PatientChecklist.objects.order_by("pk")
        assert [first.papers["checklist"], second.papers["checklist"]] == [old.pk, new.pk]
        assert [entry["id"] for entry in first.papers["clearances"]] == [Clearance.objects.earliest("pk").pk]
        assert old.signature is not None
        assert first.papers["checklist_sha256"] == old.signature.content_sha256

    def test_a_correction_changes_neither(self, room: Room, physician: Actor) -> None:
        row = resumed(room, physician)
        entry = row.zones.earliest("pk")
        change_zone(
            by=room.operator, treatment_session=row, entry_id=entry.pk, zone=Zone.VERTEX, points=19,
            volume_per_site_ul=60, at=LATER,
        )  # fmt: skip
        after = row.zones.get(pk=entry.pk)
        assert (after.points, after.recorded_at, after.papers) == (19, AT, entry.papers)

    def test_what_was_recorded_by_mistake_leaves_no_papers_behind(self, room: Room, physician: Actor) -> None:
        row = resumed(room, physician)
        first, second = row.zones.all()
        remove_zone(by=room.operator, treatment_session=row, entry_id=second.pk, at=LATER)
        row.refresh_from_db()
        assert (row.injected_at, row.papers) == (AT, first.papers)
        assert row.checklist == PatientChecklist.objects.earliest("pk")
        remove_zone(by=room.operator, treatment_session=row, entry_id=first.pk, at=LATER)
        row.refresh_from_db()
        assert (row.injected_at, row.papers, row.checklist, row.consent) == (None, {}, None, None)

    def test_postgres_keeps_both_or_neither(self, room: Room) -> None:
        entry = room.injected().zones.get()
        for change in ({"recorded_at": None}, {"papers": None}):
            with pytest.raises(IntegrityError, match="recorded_with_papers"), transaction.atomic():
                InjectionZone.objects.filter(pk=entry.pk).update(**change)
        InjectionZone.objects.filter(pk=entry.pk).update(recorded_at=None, papers=None)


class TestWhatIsSigned:
    def test_every_paper_is_named_with_its_points_and_what_ended_it(
        self, room: Room, physician: Actor, client: Client
    ) -> None:
        signed = room.signed(room.complete(resumed(room, physician), at=LATER), at=LATER)
        content = sealed()
        first, second = content["given_under"]
        assert first["heading"] == "Given under: Vertex (recorded 10:00)"
        assert second["heading"] == "Given under: Temporal, left (recorded 11:00)"
        said = dict(first["lines"])
        assert said["Clearance"].endswith("Withdrawn 10:42 by Dr Petra Demo: INR not known.")
        assert "Withdrawn" not in dict(second["lines"])["Clearance"]
        (interruption,) = content["interruptions"]
        assert interruption.startswith("10:42: Dr Petra Demo withdrew the clearance (Anticoagulant")
        assert (content["since"], content["not_treated"]) == ([], [])
        printed = json.dumps(content["sections"])
        assert interruption in printed
        assert first["heading"] in printed
        page = words(client.get(reverse("treatment_session", args=[signed.pk])))
        for told in (interruption, first["heading"], second["heading"]):
            assert told in page

    def test_a_checklist_that_was_amended_meanwhile_is_an_interruption_too(self, room: Room, physician: Actor) -> None:
        row = room.injected()
        document = SealedDocument.objects.get(kind="checklist", patient=room.patient)
        proof = confirmed(room.operator, WHEN)
        amend(
            by=room.operator, document=document, confirmed=proof, at=proof.at, seen=0,
            entry=entries_of(json.loads(document.content))[0].label, correct="A wound at the vertex, healed.",
            reason="Seen when the scalp was cleaned.",
        )  # fmt: skip
        with clock.moved_to(LATER):
            screened(room, Clearance.objects.get(), at=LATER)
            inject(room, row, Zone.TEMPORAL_LEFT, at=LATER)
        row.refresh_from_db()
        room.signed(room.complete(row, at=LATER), at=LATER)
        content = sealed()
        told = "10:42: Olga Demo amended the checklist, which counted no longer: Seen when the scalp was cleaned."
        assert content["interruptions"] == [told]
        first, second = content["given_under"]
        assert "Amended 10:42 by Olga Demo" in dict(first["lines"])["Checklist"]
        assert "Amended" not in dict(second["lines"])["Checklist"]

    def test_stopping_there_is_signed_with_the_zones_not_treated(self, room: Room, physician: Actor) -> None:
        row = room.injected()
        withdrawn(room, physician)
        row = room.complete(row, notes="Stopped when the clearance was withdrawn.", at=LATER)
        assert room.signed(row, at=LATER).status == SessionStatus.SIGNED
        content = sealed()
        assert "Vertex" not in content["not_treated"]
        assert {"Temporal, left", "Occipital, upper"} <= set(content["not_treated"])
        (since,) = content["since"]
        assert "Withdrawn 10:42 by Dr Petra Demo: INR not known." in since
        assert "Inject nothing more" not in SealedDocument.objects.get(kind="treatment_session").content
        assert "Not treated" in json.dumps(content["sections"])

    def test_a_withdrawal_after_the_signature_isnt_told_of_by_the_session(
        self, room: Room, physician: Actor, client: Client
    ) -> None:
        signed = room.signed()
        assert sealed()["interruptions"] == []
        withdrawn(room, physician)
        with clock.moved_to(LATER):
            page = words(client.get(reverse("treatment_session", args=[signed.pk])))
        assert "Interrupted" not in page
        assert "INR not known" not in page

    def test_an_ordinary_session_has_one_part_and_names_no_interruption(self, room: Room) -> None:
        room.signed()
        content = sealed()
        assert [part["zones"] for part in content["given_under"]] == [["Vertex"]]
        headings = [section["heading"] for section in content["sections"]]
        assert headings.count("Given under") == 1
        assert not any(heading.startswith("Given under:") for heading in headings)

    def test_entries_from_before_papers_were_kept_are_signed_with_those_of_the_last_injection(self, room: Room) -> None:
        row = room.injected()
        InjectionZone.objects.update(recorded_at=None, papers=None)
        room.signed(room.complete(row))
        (part,) = sealed()["given_under"]
        assert part["papers"]["checklist"] == PatientChecklist.objects.get().pk

    def test_an_entry_of_before_beside_one_of_after_says_that_it_wasnt_kept(self, room: Room, physician: Actor) -> None:
        row = resumed(room, physician)
        InjectionZone.objects.filter(zone=Zone.VERTEX).update(recorded_at=None, papers=None)
        room.signed(room.complete(row, at=LATER), at=LATER)
        first, second = sealed()["given_under"]
        assert first["lines"] == [["Papers", "recorded before they were kept with each entry"]]
        assert second["zones"] == ["Temporal, left"]


class TestThePage:
    def test_the_withdrawal_stands_there_at_the_next_load(self, room: Room, physician: Actor, client: Client) -> None:
        row = room.injected()
        before = words(shown(client, row))
        assert "Cleared under conditions" in before
        withdrawn(room, physician)
        with clock.moved_to(WHEN):
            page = words(shown(client, row))
        assert "Stop: no further injection" in page
        assert page.count("Withdrawn 10:42 by Dr Petra Demo: INR not known.") >= 2  # the stop, and beside the paper
        assert "Cleared under conditions" not in page
        assert "Needs a clearance" not in page
        assert "sign what was given, or go on once a prescriber has recorded a clearance" in page
        assert "did not proceed" not in page

    def test_a_refusal_since_is_named_as_well(self, room: Room, physician: Actor, client: Client) -> None:
        row = room.injected()
        cleared(room.patient, by=physician, granted=False, at=WHEN)
        with clock.moved_to(WHEN):
            page = words(shown(client, row))
        assert "Not cleared any more since 10:42, by Dr Petra Demo" in page
        assert "Inject nothing more, and sign what was given." in page

    def test_before_the_needle_it_can_still_be_recorded_that_it_did_not_proceed(
        self, room: Room, physician: Actor, client: Client
    ) -> None:
        row = room.begin()
        withdrawn(room, physician)
        with clock.moved_to(WHEN):
            page = shown(client, row)
        assert "Withdrawn 10:42 by Dr Petra Demo" in words(page)
        assert "else record that the session did not proceed" in words(page)
        assert 'id="not-proceeding"' in page.content.decode()

    def test_the_open_page_asks_by_itself_and_hears_of_it_without_another_reading_on_record(
        self, room: Room, physician: Actor, client: Client
    ) -> None:
        row = room.injected()
        page = shown(client, row)
        assert "Nothing stops this session" in words(page)
        said = page.context["gate"].state
        asked = reverse("session_gate", args=[row.pk]) + f"?said={said}"
        assert f'hx-get="{asked}"' in page.content.decode()
        readings = TrailEvent.objects.filter(action=Action.READ)
        before = readings.count()
        assert client.get(asked).status_code == 204  # nothing else is to be said
        withdrawn(room, physician)
        with clock.moved_to(WHEN):
            panel = client.get(asked)
            again = client.get(reverse("session_gate", args=[row.pk]) + f"?said={panel.context['gate'].state}")
        assert "Stop: no further injection" in words(panel)
        assert "Withdrawn 10:42 by Dr Petra Demo" in words(panel)
        assert "<form" not in panel.content.decode()  # what is being typed beside it stays
        assert again.status_code == 204
        assert readings.count() == before

    def test_the_plans_page_says_of_the_session_in_progress_what_its_own_page_does(
        self, room: Room, physician: Actor, client: Client, django_assert_max_num_queries: Any
    ) -> None:
        row = room.injected()
        plan = reverse("plan", args=[room.plan.pk])
        assert "stopped" not in words(client.get(plan))
        withdrawn(room, physician)
        with clock.moved_to(WHEN):
            (stop,) = shown(client, row).context["gate"].paper_stops
            # Eleven of the page that nothing stops, and the gate itself: what its own page costs.
            with django_assert_max_num_queries(43):
                page = client.get(plan)
        assert "The session in progress is stopped" in words(page)
        assert "This stops the next session" not in words(page)
        assert "Inject nothing more" in stop.text
        assert stop.text in words(page)
        assert "In progress, stopped" in words(page)
        assert pushed(page) == [(reverse("treatment_session", args=[row.pk]), "Go on with the session")]

    def test_nothing_is_said_to_stop_a_session_whose_vial_is_next(self, room: Room, client: Client) -> None:
        room.begin()
        for by in (room.operator, make_actor(room.site, Role.FRONT_DESK)):
            client.force_login(by.user)
            assert "stopped" not in words(client.get(reverse("plan", args=[room.plan.pk])))

    def test_the_patients_page_says_that_it_is_stopped(self, room: Room, physician: Actor, client: Client) -> None:
        row = room.injected()
        patient = reverse("patient", args=[room.patient.pk])
        assert "stopped" not in words(client.get(patient))
        withdrawn(room, physician)
        with clock.moved_to(WHEN):
            page = client.get(patient)
        assert "In progress, stopped" in words(page)
        (halt,) = page.context["halts"]
        assert "Withdrawn 10:42 by Dr Petra Demo" in halt.sentence
        assert pushed(page) == [(reverse("treatment_session", args=[row.pk]), "Back to the session")]

    def test_a_consent_taken_back_stands_beside_it_on_today_and_for_the_front_desk(
        self, room: Room, client: Client
    ) -> None:
        room.injected()
        (item,) = sessions_open(room.operator, AT)
        assert (item.urgency, item.chip) == (Urgency.DUE_NOW, "ready")
        withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind", at=WHEN)
        (item,) = sessions_open(room.operator, WHEN)
        assert (item.urgency, item.chip) == (Urgency.STOPPED, "stop")
        assert "The patient withdrew consent on" in item.detail
        client.force_login(make_actor(room.site, Role.FRONT_DESK).user)
        with clock.moved_to(WHEN):
            for name, number in (("patient", room.patient.pk), ("plan", room.plan.pk)):
                said = words(client.get(reverse(name, args=[number])))
                assert "In progress, stopped" in said, name
                assert "Changed her mind" not in said, name

    def test_the_open_page_hears_that_the_session_was_signed_elsewhere(self, room: Room, client: Client) -> None:
        row = room.injected()
        asked = reverse("session_gate", args=[row.pk]) + f"?said={shown(client, row).context['gate'].state}"
        room.signed(room.complete(row))
        panel = client.get(asked)
        assert "This session is closed" in words(panel)
        assert "hx-get" not in panel.content.decode()

    def test_new_papers_are_shown_before_the_next_point(self, room: Room, physician: Actor, client: Client) -> None:
        row = room.injected()
        withdrawn(room, physician)
        with clock.moved_to(LATER):
            screened(room, cleared(room.patient, by=physician, at=LATER), at=LATER)
            page = words(shown(client, row))
        assert "Nothing stops this session" in page
        assert "From now on" in page
        assert page.count("Cleared under conditions") == 1
        assert "Interrupted" in page

    def test_a_consent_taken_back_is_named_with_who_recorded_it(self, room: Room, client: Client) -> None:
        row = room.injected()
        withdraw_consent(by=room.operator, consent=room.patient.consents.get(), reason="Changed her mind", at=WHEN)
        with clock.moved_to(WHEN):
            page = words(shown(client, row))
        day = day_text(WHEN.date())
        assert f"The patient withdrew consent on {day}. Recorded 10:42 by Olga Demo: Changed her mind." in page
        assert "A new one is taken only if the patient wants to go on." in page
        assert "Interrupted" not in page  # the stop says it
        with clock.moved_to(LATER):
            consented(room.patient, room.approved, by=room.operator, at=LATER)
            page = words(shown(client, row))
        assert "From now on" in page
        assert "Interrupted" in page

    def test_nothing_is_injected_and_what_was_is_signed_by_the_page_alone(
        self, room: Room, physician: Actor, client: Client
    ) -> None:
        row = room.injected()
        withdrawn(room, physician)
        with pytest.raises(Refused) as refused:
            inject(room, row, Zone.TEMPORAL_LEFT, at=WHEN)
        assert any("Withdrawn 10:42" in reason for reason in refused.value.reasons)
        with clock.moved_to(WHEN):
            rest = {"wasted": "0.1", "remaining": "1.2", "notes": "Stopped: the clearance was withdrawn."}
            version = value(shown(client, row), "row_version")
            assert send(client, "session_rest", row, **rest, row_version=version).status_code == 302
            assert send(client, "session_briefing", row).status_code == 302
            version = value(shown(client, row), "row_version")
            assert send(client, "session_sign", row, password=PASSWORD, row_version=version).status_code == 302
            row.refresh_from_db()
        assert row.status == SessionStatus.SIGNED
