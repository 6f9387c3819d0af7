"""A photo set that was opened by mistake is given up: on record with its photographs, and counting for nothing."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import day_text
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.signing.against_trail import record_faults
from clinic.trail.models import Action, TrailEvent
from clinic.trail.showing import shown
from clinic.worklist.registry import work_for
from patients.photos.models import Photo, PhotoSet, Purpose
from patients.photos.queries import baseline_set
from patients.photos.services import change_day, complete_set, give_up_set, record_preparation, seal_set
from patients.registry.models import Patient
from protocols.photos.thresholds import Thresholds
from tests.factories import make_actor
from tests.pages import banners, source, words
from tests.patients.builders import registered_patient
from tests.patients.photos.sets import Add, opened, taken
from tests.protocols.builders import approved, draft_photo_protocol
from tests.tampering import change

pytestmark = pytest.mark.django_db
WHY = "Opened for the wrong patient."
GONE = "This set was given up"
TICK = "photo_set_id, point_id, text, note, ticked_at, ticked_by_id"
ENDED = "given_up_at = now(), given_up_by_id = created_by_id, given_up_reason = 'x'"


def given_up(by: Actor, row: PhotoSet, **changed: Any) -> PhotoSet:
    values: dict[str, Any] = {"reason": WHY, "at": clock.now()} | changed
    return give_up_set(by=by, photo_set=row, **values)


def full(add: Add) -> None:
    for shade, view in enumerate(("frontal", "vertex")):
        add(view, taken(shade))


class TestGivingUp:
    def test_it_keeps_its_photographs_and_says_who_when_and_why(
        self, add: Add, technician: Actor, baseline: PhotoSet
    ) -> None:
        photo, at = add("vertex", taken()), clock.now()
        row = given_up(technician, baseline, reason=f"  {WHY} ", at=at)
        row.refresh_from_db()
        assert (row.given_up_at, row.given_up_by, row.given_up_reason) == (at, technician.user, WHY)
        assert row.completed_at is None
        assert not row.is_open
        assert list(row.photos.all()) == [photo]

    def test_the_trail_tells_of_it_with_the_hash_of_what_was_given_up(
        self, add: Add, technician: Actor, baseline: PhotoSet
    ) -> None:
        photo = add("vertex", taken())
        given_up(technician, baseline)
        event = TrailEvent.objects.get(action=Action.END)
        assert (event.object_type, event.object_id, event.patient_id) == (
            "patients.PhotoSet", str(baseline.pk), baseline.patient_id,
        )  # fmt: skip
        assert photo.sha256 in event.body
        said = shown(TrailEvent.objects.filter(pk=event.pk))[0]
        assert (said.sentence, said.reason) == (
            f"Fred Demo ended photo set “Baseline {day_text(baseline.taken_on)}”",
            WHY,
        )
        assert list(record_faults()) == []
        change("UPDATE patients_photoset SET given_up_reason = 'Another.' WHERE id = %s", baseline.pk)
        assert any("was changed in the database" in each for each in record_faults())

    @pytest.mark.parametrize("reason", ["", "  ", "ab "])
    def test_it_wants_a_reason(self, technician: Actor, baseline: PhotoSet, reason: str) -> None:
        with pytest.raises(Refused, match="Say why") as refused:
            given_up(technician, baseline, reason=reason)
        assert refused.value.field == "reason"
        assert PhotoSet.objects.get().is_open

    def test_a_second_click_changes_nothing_and_another_person_is_told(
        self, technician: Actor, baseline: PhotoSet, site: Site
    ) -> None:
        row = given_up(technician, baseline)
        again = given_up(technician, baseline, reason="Something else.", row_version=baseline.row_version)
        assert (again.given_up_at, again.given_up_reason, again.row_version) == (row.given_up_at, WHY, row.row_version)
        assert TrailEvent.objects.filter(action=Action.END).count() == 1
        with pytest.raises(Refused, match=GONE):
            given_up(make_actor(site, Role.OPERATOR), baseline)

    def test_only_who_takes_photographs_gives_a_set_up(self, baseline: PhotoSet, site: Site) -> None:
        with pytest.raises(NotAllowed):
            given_up(make_actor(site, Role.MANAGER), baseline)

    def test_another_sites_set_is_not_found(self, baseline: PhotoSet, other_site: Site) -> None:
        with pytest.raises(PhotoSet.DoesNotExist):
            given_up(make_actor(other_site, Role.PHOTO_TECHNICIAN), baseline)

    def test_a_complete_set_isnt_given_up(self, add: Add, technician: Actor, baseline: PhotoSet) -> None:
        full(add)
        complete_set(by=technician, photo_set=baseline, at=clock.now())
        with pytest.raises(Refused, match="This set is complete"):
            given_up(technician, baseline)

    def test_somebody_who_saw_it_without_the_latest_photograph_is_told(
        self, add: Add, technician: Actor, baseline: PhotoSet
    ) -> None:
        seen = baseline.row_version
        add("vertex", taken())
        with pytest.raises(StaleWrite, match="Read it again, then give it up"):
            given_up(technician, baseline, row_version=seen)


class TestForGood:
    def test_nothing_of_it_goes_on(self, add: Add, technician: Actor, baseline: PhotoSet) -> None:
        full(add)
        given_up(technician, baseline)
        point = baseline.protocol_version.points.get(text="Hair washed")
        at = clock.now()
        with pytest.raises(Refused, match=GONE):
            add("macro", taken(9))
        with pytest.raises(Refused, match=GONE):
            complete_set(by=technician, photo_set=baseline, at=at)
        with pytest.raises(Refused, match=GONE):
            change_day(by=technician, photo_set=baseline, taken_on=baseline.taken_on, at=at)
        with pytest.raises(Refused, match=GONE):
            record_preparation(by=technician, photo_set=baseline, ticked={point.pk: ""}, at=at)
        with pytest.raises(Refused, match=GONE):
            seal_set(by=technician, photo_set=baseline, at=at)
        assert Photo.objects.count() == 2

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE patients_photoset SET taken_on = taken_on - 1",
            "UPDATE patients_photoset SET given_up_at = NULL, given_up_by_id = NULL, given_up_reason = ''",
            "UPDATE patients_photoset SET given_up_at = given_up_at + interval '1 day'",
            "UPDATE patients_photoset SET given_up_reason = 'x'",
            "UPDATE patients_photoset SET completed_at = now(), completed_by_id = created_by_id",
            "DELETE FROM patients_preparationtick",
            "UPDATE patients_preparationtick SET note = 'x'",
            f"INSERT INTO patients_preparationtick ({TICK}) SELECT {TICK} FROM patients_preparationtick",
            "DELETE FROM patients_photo",
            "DELETE FROM patients_photoset",
        ],
    )
    def test_postgres_refuses_to_change_it(
        self, add: Add, technician: Actor, baseline: PhotoSet, statement: str
    ) -> None:
        add("vertex", taken())
        point = baseline.protocol_version.points.get(text="Hair washed")
        record_preparation(by=technician, photo_set=baseline, ticked={point.pk: ""}, at=clock.now())
        given_up(technician, baseline)
        with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)

    @pytest.mark.parametrize(
        "columns",
        [
            "given_up_at = now()",
            "given_up_by_id = created_by_id",
            "given_up_reason = 'x'",
            "given_up_at = now(), given_up_by_id = created_by_id",
            "given_up_at = now(), given_up_reason = 'x'",
            "given_up_by_id = created_by_id, given_up_reason = 'x'",
            f"{ENDED}, completed_at = now(), completed_by_id = created_by_id",
        ],
    )
    def test_when_who_and_why_come_together_and_a_set_ends_one_way(self, baseline: PhotoSet, columns: str) -> None:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE patients_photoset SET {columns} WHERE id = {baseline.pk}")


class TestCounting:
    def test_it_is_no_baseline_and_stops_no_other(
        self, add: Add, technician: Actor, baseline: PhotoSet, patient: Patient
    ) -> None:
        full(add)
        given_up(technician, baseline)
        assert baseline_set(patient) is None
        assert not PhotoSet.objects.standing().exists()
        assert not PhotoSet.objects.still_open().exists()
        another = opened(technician, patient)
        assert another.pk != baseline.pk
        assert opened(technician, patient) == another  # that one is gone on with
        given_up(technician, another)
        with pytest.raises(Refused, match="Take the baseline first"):
            opened(technician, patient, Purpose.MONTH_6)

    def test_today_doesnt_list_it(self, technician: Actor, baseline: PhotoSet) -> None:
        def listed() -> set[str]:
            return {item.title for item in work_for(technician, clock.now())}

        assert listed() == {"Photo set not complete: Baseline"}
        given_up(technician, baseline)
        assert listed() == set()

    def test_the_patients_page_wants_a_baseline_and_the_history_calls_it_given_up(
        self, client: Client, technician: Actor, baseline: PhotoSet, patient: Patient
    ) -> None:
        given_up(technician, baseline)
        client.force_login(technician.user)
        page: Any = client.get(reverse("patient", args=[patient.pk]))
        (fact,) = (fact for fact in page.context["facts"] if fact.title == "Baseline photographs")
        assert (fact.text, fact.mark, fact.more.label) == ("", None, "Other sets: 1")
        assert reverse("photo_set", args=[baseline.pk]) not in page.content.decode()
        history = source(client.get(reverse("patient_history", args=[patient.pk])))
        row = history.split(reverse("photo_set", args=[baseline.pk]), 1)[1].split("</li>", 1)[0]
        assert "Given up" in row
        assert "Open" not in row


class TestPage:
    @pytest.fixture
    def station(self, client: Client, technician: Actor) -> Client:
        client.force_login(technician.user)
        return client

    def test_an_open_set_is_given_up_on_its_page(self, station: Client, add: Add, baseline: PhotoSet) -> None:
        add("vertex", taken())
        page, address = reverse("photo_set", args=[baseline.pk]), reverse("photo_set_give_up", args=[baseline.pk])
        version = PhotoSet.objects.get().row_version
        assert f'action="{address}"' in station.get(page).content.decode()
        assert station.post(address, {"reason": WHY, "row_version": version}).url == page
        after = station.get(page)
        assert GONE in banners(after)
        assert "Fred Demo" in words(after)
        assert WHY in words(after)
        assert "Given up</span>" in source(after)
        assert "Not taken" in words(after)
        assert '<img class="photo-picture"' in source(after)
        for never in (
            "Take this view again",
            "Still to take",
            "Before the first picture",
            "The set is complete",
            "Another day?",
        ):
            assert never not in words(after), never
        for name in ("photo_set_give_up", "photo_set_complete", "photo_set_day", "photo_set_amend"):
            assert reverse(name, args=[baseline.pk]) not in after.content.decode()
        # The browser's second click finds it done.
        assert station.post(address, {"reason": WHY, "row_version": version}).url == page

    def test_without_a_reason_it_says_so_and_the_fold_is_open(self, station: Client, baseline: PhotoSet) -> None:
        address = reverse("photo_set_give_up", args=[baseline.pk])
        page = station.post(address, {"reason": "x", "row_version": baseline.row_version})
        assert page.status_code == 422
        assert "Say why this set is given up." in words(page)
        assert page.content.decode().count('<details class="fold no-print" open>') == 1

    def test_a_page_from_before_is_told_and_carries_the_newest_version(
        self, station: Client, add: Add, baseline: PhotoSet
    ) -> None:
        address = reverse("photo_set_give_up", args=[baseline.pk])
        add("vertex", taken())
        page: Any = station.post(address, {"reason": WHY, "row_version": baseline.row_version})
        assert page.status_code == 409
        assert "Somebody else changed this set since you saw it." in words(page)
        assert WHY in words(page)
        newest = page.context["give_up_form"].data["row_version"]
        assert station.post(address, {"reason": WHY, "row_version": newest}).status_code == 302

    def test_a_page_from_before_the_end_says_at_its_head_what_was_refused(
        self, station: Client, baseline: PhotoSet, site: Site
    ) -> None:
        given_up(make_actor(site, Role.OPERATOR), baseline)
        for name, sent in (
            ("photo_set_give_up", {"reason": WHY}),
            ("photo_set_complete", {}),
            ("photo_set_day", {"taken_on": clock.today(site).isoformat()}),
            ("photo_set_preparation", {}),
        ):
            page = station.post(reverse(name, args=[baseline.pk]), sent | {"row_version": baseline.row_version})
            assert page.status_code in {409, 422}, name
            assert "What was given up stays as it is; open a new set." in words(page), name

    def test_what_the_databases_owner_exchanges_is_said_on_the_page(self, station: Client, baseline: PhotoSet) -> None:
        given_up(make_actor(baseline.site, Role.OPERATOR), baseline)
        page = reverse("photo_set", args=[baseline.pk])
        assert "verify: tell the manager" not in words(station.get(page))
        change("UPDATE patients_photoset SET given_up_at = NULL, given_up_by_id = NULL, given_up_reason = '' "
               "WHERE id = %s", baseline.pk)  # fmt: skip
        assert "verify: tell the manager" in words(station.get(page))


class TestWhatIsSaidOfItsPhotographs:
    @pytest.fixture
    def patient(self, site: Site) -> Patient:
        """A patient of a site whose photo protocol asks for 1200 px."""
        approved(draft_photo_protocol(site, thresholds=Thresholds(least_long_side_px=1200)))
        return registered_patient(site)

    def test_none_is_said_to_count_or_to_be_taken_again(
        self, client: Client, add: Add, baseline: PhotoSet, technician: Actor
    ) -> None:
        add("frontal", taken(1, (320, 240)))
        add("vertex", taken(2))
        client.force_login(technician.user)
        page = reverse("photo_set", args=[baseline.pk])
        before = words(client.get(page))
        given_up(technician, baseline)
        after = words(client.get(page))
        assert "Below the protocol's quality" in after
        for never in ("Doesn't count", "Take it again", "it is kept and counts"):
            assert never in before, never
            assert never not in after, never
