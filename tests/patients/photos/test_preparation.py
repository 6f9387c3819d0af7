"""The points of the preparation: ticked by who saw them fulfilled; what isn't ticked is not recorded, never a no."""

import json
import uuid
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.trail.models import TrailEvent
from patients.models import PreparationTick
from patients.photos.models import PhotoSet
from patients.photos.queries import unticked
from patients.photos.services import complete_set, record_preparation, seal_set
from tests.factories import make_actor
from tests.pages import source
from tests.patients.photos.sets import Add, taken
from tests.protocols.builders import approved, draft_photo_protocol


def point(row: PhotoSet, text: str) -> int:
    return int(row.protocol_version.points.get(text=text).pk)


def last_entry() -> dict[str, Any]:
    """Return what the last entry of the trail says."""
    entry: dict[str, Any] = json.loads(TrailEvent.objects.order_by("-id")[0].body)
    return entry


def tick(by: Actor, row: PhotoSet, *texts: str, note: str = "5 hours", **changed: Any) -> PhotoSet:
    asked = {point(row, text): note if text == "Hours since washing" else "" for text in texts}
    return record_preparation(by=by, photo_set=row, ticked=asked, at=clock.now(), **changed)


class TestRecording:
    def test_a_new_set_says_nothing_of_its_preparation(self, baseline: PhotoSet) -> None:
        assert not PreparationTick.objects.exists()
        assert unticked(baseline) == ["Hair washed", "Fully dry", "Hours since washing"]

    def test_what_is_ticked_is_kept_with_who_and_when_and_its_note(self, technician: Actor, baseline: PhotoSet) -> None:
        tick(technician, baseline, "Hair washed", "Hours since washing")
        ticks = {row.text: row for row in PreparationTick.objects.all()}
        assert set(ticks) == {"Hair washed", "Hours since washing"}
        assert ticks["Hours since washing"].note == "5 hours"
        assert ticks["Hair washed"].ticked_by == technician.user
        assert unticked(baseline) == ["Fully dry"]
        assert last_entry()["after"] == {"preparation": {"Hair washed": "", "Hours since washing": "5 hours"}}

    def test_a_tick_taken_back_leaves_no_answer_and_stays_in_the_trail(
        self, technician: Actor, baseline: PhotoSet
    ) -> None:
        tick(technician, baseline, "Hair washed", "Fully dry")
        first = PreparationTick.objects.get(text="Fully dry")
        tick(technician, baseline, "Fully dry")
        kept = PreparationTick.objects.get()
        assert (kept.text, kept.ticked_at) == ("Fully dry", first.ticked_at)
        assert last_entry()["before"] == {"preparation": {"Hair washed": "", "Fully dry": ""}}

    def test_the_same_again_writes_nothing(self, technician: Actor, baseline: PhotoSet) -> None:
        before = tick(technician, baseline, "Hair washed").row_version
        count = TrailEvent.objects.count()
        assert tick(technician, baseline, "Hair washed").row_version == before
        assert TrailEvent.objects.count() == count

    def test_refusals(self, technician: Actor, baseline: PhotoSet, other_site: Site) -> None:
        with pytest.raises(Refused, match="Write down what is asked for: Hours since washing"):
            tick(technician, baseline, "Hours since washing", note=" ")
        foreign = approved(draft_photo_protocol(other_site)).points.get(text="Fully dry")
        with pytest.raises(Refused, match="no such point"):
            record_preparation(by=technician, photo_set=baseline, ticked={foreign.pk: ""}, at=clock.now())
        with pytest.raises(StaleWrite):
            tick(technician, baseline, "Hair washed", row_version=0)
        with pytest.raises(NotAllowed):
            tick(make_actor(baseline.site, Role.FRONT_DESK), baseline, "Hair washed")
        assert not PreparationTick.objects.exists()

    def test_a_complete_set_is_closed_to_ticks_and_says_what_nobody_recorded(
        self, technician: Actor, baseline: PhotoSet, add: Add
    ) -> None:
        tick(technician, baseline, "Hair washed")
        add("frontal", taken(1))
        add("vertex", taken(2))
        complete_set(by=technician, photo_set=baseline, at=clock.now())
        assert last_entry()["after"]["preparation"] == ["Hair washed"]
        assert last_entry()["after"]["not_recorded"] == ["Fully dry", "Hours since washing"]
        with pytest.raises(Refused, match="complete"):
            tick(technician, baseline, "Fully dry")
        with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic():
            PreparationTick.objects.all().update(note="changed")
        with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic():
            PreparationTick.objects.all().delete()


class TestScreen:
    @pytest.fixture
    def station(self, client: Client, technician: Actor) -> Client:
        client.force_login(technician.user)
        return client

    def send(self, station: Client, row: PhotoSet, *texts: str, **more: str) -> Any:
        row.refresh_from_db()
        data = {f"point_{point(row, text)}": "on" for text in texts}
        return station.post(
            reverse("photo_set_preparation", args=[row.pk]),
            {"submission_key": str(uuid.uuid4()), "row_version": row.row_version} | data | more,
        )

    def test_nothing_is_ticked_before_somebody_does(self, station: Client, baseline: PhotoSet) -> None:
        page = station.get(reverse("photo_set", args=[baseline.pk]))
        assert [line.field.value() for line in page.context["lines"]] == [False, False, False]
        assert "Tick what you see yourself. What isn't ticked isn't recorded." in source(page)

    def test_ticks_are_saved_and_shown_with_who_ticked(
        self, station: Client, technician: Actor, baseline: PhotoSet
    ) -> None:
        answer = self.send(station, baseline, "Hair washed")
        assert answer.url == reverse("photo_set", args=[baseline.pk]) + "#preparation"
        page = station.get(answer.url)
        assert [line.ticked for line in page.context["lines"]] == [True, False, False]
        assert technician.name in source(page)

    def test_a_note_that_is_missing_or_belongs_to_no_tick_is_asked_for(
        self, station: Client, baseline: PhotoSet
    ) -> None:
        asked = self.send(station, baseline, "Hours since washing")
        assert asked.status_code == 422
        assert "Write down what is asked for: Hours since washing." in source(asked)
        stray = self.send(station, baseline, **{f"note_{point(baseline, 'Hours since washing')}": "5 hours"})
        assert "Tick the point that the note belongs to." in source(stray)
        assert "5 hours" in source(stray)
        assert not PreparationTick.objects.exists()

    def test_a_stale_page_keeps_what_was_ticked_there(
        self, station: Client, technician: Actor, baseline: PhotoSet
    ) -> None:
        old = baseline.row_version
        tick(technician, baseline, "Fully dry")
        answer = self.send(station, baseline, "Hair washed", row_version=str(old))
        assert answer.status_code == 409
        assert [line.field.value() for line in answer.context["lines"]] == [True, False, False]

    def test_a_complete_set_shows_what_was_and_was_not_recorded(
        self, station: Client, technician: Actor, baseline: PhotoSet, add: Add
    ) -> None:
        tick(technician, baseline, "Hair washed")
        add("frontal", taken(1))
        add("vertex", taken(2))
        before = source(station.get(reverse("photo_set", args=[baseline.pk])))
        assert "Preparation not recorded" in before
        complete_set(by=technician, photo_set=baseline, at=clock.now())
        page = station.get(reverse("photo_set", args=[baseline.pk]))
        assert source(page).count("Not recorded") == 2
        assert "Tick what you see" in before
        assert "Tick what you see" not in source(page)
        assert page.context["preparation_form"] is None


class TestQuality:
    @pytest.fixture
    def station(self, client: Client, technician: Actor, patient: Any) -> Client:
        from protocols.photos.thresholds import Thresholds

        approved(draft_photo_protocol(patient.site, thresholds=Thresholds(least_long_side_px=1200)))
        client.force_login(technician.user)
        return client

    def test_a_photograph_below_the_quality_is_kept_counts_and_is_said_to_be_below(
        self, station: Client, technician: Actor, baseline: PhotoSet, add: Add
    ) -> None:
        add("frontal", taken(1))
        add("vertex", taken(2, size=(1280, 960)))
        page = station.get(reverse("photo_set", args=[baseline.pk]))
        told = source(page)
        assert "The long side has 960 px, the protocol asks for 1200 px: use the camera's full size." in told
        assert page.context["below"] == ["Frontal, chin level"]
        tile = page.context["tiles"][0]
        assert tile.open
        assert tile.form.fields["retake_reason"].initial == "Below the protocol's quality"
        assert "Take again" in told
        complete_set(by=technician, photo_set=baseline, at=clock.now())
        assert "the protocol asks for 1200 px" in source(station.get(reverse("photo_set", args=[baseline.pk])))

    def test_each_view_shows_its_drawing_where_the_technician_uploads(
        self, station: Client, baseline: PhotoSet
    ) -> None:
        told = source(station.get(reverse("photo_set", args=[baseline.pk])))
        assert "documents/outlines/front." in told
        assert "documents/outlines/vertex." in told
        assert "Outline: a head from above and behind, the whorl in the middle" in told

    def test_the_sets_document_says_how_it_was_prepared_and_what_is_below(
        self, station: Client, technician: Actor, baseline: PhotoSet, add: Add
    ) -> None:
        tick(technician, baseline, "Hours since washing")
        add("frontal", taken(1))
        add("vertex", taken(2, size=(1280, 960)))
        complete_set(by=technician, photo_set=baseline, at=clock.now())
        document = seal_set(by=technician, photo_set=baseline, at=clock.now())
        sections = {section["heading"]: section for section in json.loads(document.content)["sections"]}
        rows = [[cell["text"] for cell in row["cells"]][:3] for row in sections["Preparation"]["rows"]]
        assert rows == [
            ["Hair washed", "Not recorded", ""],
            ["Fully dry", "Not recorded", ""],
            ["Hours since washing", "Ticked", "5 hours"],
        ]
        (told,) = sections["Below the protocol's quality"]["statements"]
        assert told.startswith("Frontal, chin level: The long side has 960 px")
