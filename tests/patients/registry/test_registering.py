"""Registering a patient and changing the entry: numbers, names, duplicates, and what is refused."""

import json
import threading
import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.trail.models import Action, TrailEvent
from patients.registry.models import NameToken, Patient
from patients.registry.queries import search
from patients.registry.services import SimilarPatients, register_patient, update_patient
from tests.factories import make_actor, make_site


@pytest.fixture
def desk(site: Site) -> Actor:
    """Somebody at the front desk."""
    return make_actor(site, Role.FRONT_DESK)


def register(by: Actor, family_name: str = "Demo", **changed: Any) -> Patient:
    values: dict[str, Any] = {
        "given_name": "Alma", "birth_date": date(1979, 3, 14), "sex": "female", "submission_key": uuid.uuid4(),
        "at": clock.now(),
    } | changed  # fmt: skip
    return register_patient(by=by, family_name=family_name, **values)


def update(by: Actor, patient: Patient, **changed: Any) -> Patient:
    names = ("family_name", "given_name", "birth_date", "sex", "phone", "email", "address", "notes", "row_version")
    values = {name: getattr(patient, name) for name in names} | {"at": clock.now()} | changed
    return update_patient(by=by, patient=patient, **values)


class TestRecordNumbers:
    def test_rise_by_one_at_each_site(self, desk: Actor, other_site: Site) -> None:
        assert [register(desk).record_number, register(desk).record_number] == ["N-00001", "N-00002"]
        assert register(make_actor(other_site, Role.FRONT_DESK)).record_number == "S-00001"

    @pytest.mark.django_db(transaction=True)
    def test_are_given_once_when_many_register_at_once(self) -> None:
        desk = make_actor(make_site("Q"), Role.FRONT_DESK)
        failures: list[BaseException] = []

        def run() -> None:
            try:
                for _patient in range(3):
                    register(desk)
            except BaseException as error:  # noqa: BLE001 - shown by the assertion below
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _desk in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        numbers = sorted(Patient.objects.values_list("record_number", flat=True))
        assert numbers == [f"Q-{number:05d}" for number in range(1, 13)]


class TestRegistering:
    def test_is_in_the_trail_with_what_was_entered(self, desk: Actor) -> None:
        patient = register(desk, phone="+43 1 5550100")
        event = TrailEvent.objects.get(action=Action.CREATE, patient=patient)
        assert json.loads(event.body)["after"]["phone"] == "+43 1 5550100"

    def test_the_same_submission_registers_once(self, desk: Actor) -> None:
        key = uuid.uuid4()
        assert register(desk, submission_key=key) == register(desk, submission_key=key)
        assert Patient.objects.count() == 1

    @pytest.mark.parametrize("changed", [{"given_name": "Berta"}, {"phone": "+43 1 5550100"}, {"sex": "male"}])
    def test_the_same_form_sent_again_with_something_else_in_it_says_whom_it_registered(
        self, desk: Actor, changed: dict[str, Any]
    ) -> None:
        key = uuid.uuid4()
        made = register(desk, submission_key=key, look_for_similar=True)
        with pytest.raises(Refused, match=made.record_number) as refusal:
            register(desk, submission_key=key, look_for_similar=True, **changed)
        assert refusal.value.way is not None
        assert refusal.value.way.url == f"/patients/{made.pk}/edit/"
        assert Patient.objects.get() == made
        assert register(desk).record_number == f"{desk.site.code}-00002"

    def test_keeps_the_name_as_written_and_finds_it_normalised(self, desk: Actor) -> None:
        patient = register(desk, "  Müller-Łódź ", given_name="Änne  Zoë")
        assert (patient.family_name, patient.given_name) == ("Müller-Łódź", "Änne Zoë")
        tokens = set(NameToken.objects.filter(patient=patient).values_list("token", flat=True))
        assert {"muller", "lodz", "mullerlodz", "anne", "zoe"} <= tokens

    def test_a_name_without_letters_is_still_listed(self, desk: Actor) -> None:
        assert register(desk, "???", given_name="").sort_name == "???"

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"family_name": "  "}, "family_name"),
            ({"sex": "x"}, "sex"),
            ({"phone": "call me"}, "phone"),
            ({"phone": "123"}, "phone"),
            ({"birth_date": date(1899, 12, 31)}, "birth_date"),
        ],
    )
    def test_what_cant_be_an_entry_is_refused(self, desk: Actor, changed: dict[str, Any], field: str) -> None:
        with pytest.raises(Refused) as refusal:
            register(desk, **{"family_name": "Demo", **changed})
        assert refusal.value.field == field
        assert not Patient.objects.exists()

    def test_the_future_begins_tomorrow_on_the_sites_clock(self, desk: Actor) -> None:
        today = clock.today(desk.site)
        assert register(desk, birth_date=today)
        with pytest.raises(Refused, match="future"):
            register(desk, birth_date=today + timedelta(days=1))

    @pytest.mark.parametrize("role", [Role.PREPARER, Role.PHOTO_TECHNICIAN, Role.AUDITOR])
    def test_not_everybody_registers(self, site: Site, role: Role) -> None:
        with pytest.raises(NotAllowed):
            register(make_actor(site, role))


class TestDuplicates:
    @pytest.mark.parametrize(
        ("family_name", "given_name"),
        [
            ("Demo", "Alma"),
            ("demo", "ALMA"),
            ("Alma", "Demo"),
            ("Démo", "Alma"),
            ("Demo", "Someone"),
            ("Demmo", "Alma"),
        ],
    )
    def test_the_same_day_and_a_similar_name_is_shown(self, desk: Actor, family_name: str, given_name: str) -> None:
        first = register(desk)
        with pytest.raises(SimilarPatients) as found:
            register(desk, family_name, given_name=given_name, look_for_similar=True)
        assert found.value.patients == [first]
        assert Patient.objects.count() == 1

    @pytest.mark.parametrize(
        ("family_name", "given_name", "born"),
        [("Other", "Person", date(1979, 3, 14)), ("Demo", "Alma", date(1979, 3, 15)), ("Demo", "Alma", None)],
    )
    def test_another_name_or_day_is_somebody_else(
        self, desk: Actor, family_name: str, given_name: str, born: date | None
    ) -> None:
        register(desk)
        assert register(desk, family_name, given_name=given_name, birth_date=born, look_for_similar=True)

    def test_another_sites_patient_is_not_shown(self, desk: Actor, other_site: Site) -> None:
        register(make_actor(other_site, Role.FRONT_DESK))
        assert register(desk, look_for_similar=True)


class TestChanging:
    def test_keeps_before_and_after_and_the_reason(self, desk: Actor) -> None:
        patient = register(desk)
        changed = update(desk, patient, family_name="Novak", reason="Married")
        assert (changed.family_name, changed.row_version) == ("Novak", 2)
        event = TrailEvent.objects.get(action=Action.CHANGE, patient=patient)
        body = json.loads(event.body)
        assert (body["before"], body["after"]) == ({"family_name": "Demo"}, {"family_name": "Novak"})
        assert event.reason == "Married"

    def test_the_new_name_is_found_and_the_old_one_isnt(self, desk: Actor) -> None:
        patient = register(desk)
        update(desk, patient, family_name="Novak", reason="Married")
        tokens = set(NameToken.objects.filter(patient=patient).values_list("token", flat=True))
        assert tokens == {"novak", "alma"}

    def test_the_new_name_is_found_beside_what_stayed(self, desk: Actor) -> None:
        patient = register(desk)
        update(desk, patient, family_name="Kovač", reason="Married")
        assert [found.pk for found in search(desk.site, "alma kovac")] == [patient.pk]
        assert search(desk.site, "alma demo") == []

    def test_an_older_form_is_told_so_and_writes_nothing(self, desk: Actor) -> None:
        patient = register(desk)
        update(desk, patient, phone="+43 1 5550100")
        with pytest.raises(StaleWrite):
            update(desk, patient, phone="+43 1 5550199")
        assert Patient.objects.get(pk=patient.pk).phone == "+43 1 5550100"

    def test_saving_what_is_there_writes_nothing(self, desk: Actor) -> None:
        patient = register(desk)
        before = TrailEvent.objects.count()
        assert update(desk, patient).row_version == 1
        assert TrailEvent.objects.count() == before

    @pytest.mark.parametrize(
        "changed", [{"family_name": "Novak"}, {"birth_date": date(1980, 1, 1)}, {"sex": "male"}, {"given_name": "Ann"}]
    )
    def test_who_somebody_is_changes_with_a_reason_only(self, desk: Actor, changed: dict[str, Any]) -> None:
        with pytest.raises(Refused) as refusal:
            update(desk, register(desk), **changed)
        assert refusal.value.field == "reason"

    def test_a_telephone_number_needs_no_reason(self, desk: Actor) -> None:
        assert update(desk, register(desk), phone="+43 1 5550100").phone_digits == "4315550100"

    def test_a_whole_date_takes_the_place_of_a_partial_one(self, desk: Actor) -> None:
        patient = register(desk, birth_date=None, birth_date_text="1962")
        changed = update(desk, patient, birth_date=date(1962, 5, 1), reason="Asked")
        assert changed.birth_date_text == ""

    def test_another_sites_patient_doesnt_exist(self, desk: Actor, other_site: Site) -> None:
        stranger = make_actor(other_site, Role.FRONT_DESK)
        with pytest.raises(Patient.DoesNotExist):
            update(stranger, register(desk), phone="+43 1 5550100")
