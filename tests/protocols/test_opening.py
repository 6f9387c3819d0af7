"""Opening a site: what it needs, each with its state and link; what is set up is signed by whoever checked it."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import IntegrityError
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused
from clinic.signing.services import verifies
from clinic.worklist.registry import work_for
from protocols.opening.models import Arrangement, SetUp, SetUpEnd
from protocols.opening.queries import needs_of
from protocols.opening.services import end_set_up, record_set_up
from tests.factories import PASSWORD, confirmed, make_actor
from tests.pages import leads_back
from tests.protocols.builders import allow_all, approved_for_opening
from tests.tampering import change

pytestmark = pytest.mark.django_db

#: What a clinic decides before its first patient: formulations, needle and grid with the schedule, checklist, consent,
#: aftercare, responses, photo protocol, photo station, fridge, trained operators; and the jurisdiction table.
TITLES = [
    "Jurisdiction table", "Two or three formulations", "Treatment protocol", "Contraindication checklist",
    "Consent script", "Photo protocol", "Aftercare leaflet", "Complication responses", "Photo station", "Fridge",
    "Trained operator",
]  # fmt: skip


def today(site: Site) -> Any:
    return clock.today(site)


def record(by: Actor, arrangement: Arrangement = Arrangement.FRIDGE, **changed: Any) -> SetUp:
    proof = confirmed(by)
    values = {
        "name": "Fridge 1", "details": "Logger 7, certificate in the folder.", "person": None, "valid_until": None,
        "submission_key": uuid.uuid4(),
    } | changed  # fmt: skip
    return record_set_up(by=by, arrangement=arrangement, confirmed=proof, at=proof.at, **values)


def ready(site: Site) -> set[str]:
    return {need.title for need in needs_of(site, today(site)) if need.ready}


def test_an_empty_site_lacks_everything_and_each_thing_has_its_link(site: Site) -> None:
    needs = needs_of(site, today(site))
    assert [need.title for need in needs] == TITLES
    assert not any(need.ready for need in needs)
    assert all(need.url for need in needs)


def test_decisions_and_what_is_set_up_make_it_ready(site: Site, other_site: Site) -> None:
    approved_for_opening(site)
    assert ready(site) == set(TITLES[:8])
    manager, operator = make_actor(site, Role.MANAGER), make_actor(site, Role.OPERATOR)
    record(manager)
    record(manager, Arrangement.PHOTO_STATION, name="Photo room")
    record(manager, Arrangement.OPERATOR, person=operator.user)
    assert ready(site) == set(TITLES)
    assert ready(other_site) == set()


def test_todays_work_counts_what_the_page_counts(site: Site) -> None:
    physician = make_actor(site, Role.PHYSICIAN)
    assert _todays_count(physician) == [f"{len(TITLES)} things are missing before its first patient."]
    record(make_actor(site, Role.MANAGER))
    assert _todays_count(physician) == [f"{len(TITLES) - 1} things are missing before its first patient."]
    approved_for_opening(site)
    assert _todays_count(physician) == ["Not set up, or to be checked again: Photo station, Trained operator."]
    assert _todays_count(make_actor(site, Role.PREPARER)) == []


def test_today_tells_whoever_may_record_it_what_alone_isnt_set_up(site: Site, other_site: Site) -> None:
    manager, physician = make_actor(site, Role.MANAGER), make_actor(site, Role.PHYSICIAN)
    approved_for_opening(site)
    record(manager, valid_until=today(site))
    record(manager, Arrangement.OPERATOR, person=make_actor(site, Role.OPERATOR).user)
    record(make_actor(other_site, Role.MANAGER), Arrangement.PHOTO_STATION, name="Photo room")
    for by in (manager, physician):
        (item,) = [each for each in work_for(by, clock.now()) if "isn't ready to treat" in each.title]
        assert item.detail == "Not set up, or to be checked again: Photo station."
        assert item.url == reverse("opening")
    for role in (Role.OPERATOR, Role.PREPARER, Role.FRONT_DESK, Role.AUDITOR, Role.PHOTO_TECHNICIAN):
        assert _todays_count(make_actor(site, role)) == []
    record(manager, Arrangement.PHOTO_STATION, name="Photo room")
    assert _todays_count(manager) == _todays_count(physician) == []
    tomorrow = clock.now() + timedelta(days=1)
    assert _todays_count(manager, tomorrow) == ["Not set up, or to be checked again: Fridge."]


def test_a_formulation_that_the_jurisdiction_table_forbids_since_is_work_too(site: Site) -> None:
    physician, manager = make_actor(site, Role.PHYSICIAN), make_actor(site, Role.MANAGER)
    approved_for_opening(site)
    record(manager)
    record(manager, Arrangement.PHOTO_STATION, name="Photo room")
    record(manager, Arrangement.OPERATOR, person=make_actor(site, Role.OPERATOR).user)
    assert _todays_count(physician) == []
    allow_all(site, **{"Lidocaine hydrochloride": ("not_allowed", "")})
    assert _todays_count(physician) == ["1 thing is missing before its first patient."]
    assert ready(site) == set(TITLES) - {"Two or three formulations"}


def _todays_count(actor: Actor, at: datetime | None = None) -> list[str]:
    return [item.detail for item in work_for(actor, at or clock.now()) if "isn't ready to treat" in item.title]


def test_what_is_over_or_ended_doesnt_count(site: Site) -> None:
    manager = make_actor(site, Role.MANAGER)
    set_up = record(manager, valid_until=today(site))
    assert "Fridge" in ready(site)
    later = today(site) + timedelta(days=1)
    fridge = next(need for need in needs_of(site, later) if need.title == "Fridge")
    assert not fridge.ready
    assert "to be checked again" in fridge.text
    for _click in range(2):
        end_set_up(by=manager, set_up=set_up, reason="Broken", at=clock.now())
    assert SetUpEnd.objects.count() == 1
    assert "Fridge" not in ready(site)


def test_it_is_signed_once(site: Site) -> None:
    manager, key = make_actor(site, Role.MANAGER), uuid.uuid4()
    first = record(manager, submission_key=key)
    assert record(manager, submission_key=key) == first
    assert verifies(first.signature)
    assert SetUp.objects.count() == 1


def test_nobody_attests_their_own_training_or_that_of_somebody_who_doesnt_treat_here(
    site: Site, other_site: Site
) -> None:
    physician = make_actor(site, Role.PHYSICIAN)
    for person in (physician, make_actor(site, Role.FRONT_DESK), make_actor(other_site, Role.OPERATOR)):
        with pytest.raises(Refused):
            record(physician, Arrangement.OPERATOR, person=person.user)
    with pytest.raises(Refused):
        record(physician, Arrangement.OPERATOR, person=None)


@pytest.mark.parametrize("wrong", [{"name": " "}, {"details": ""}, {"valid_until": "yesterday"}])
def test_it_says_what_how_and_until_when(site: Site, wrong: dict[str, Any]) -> None:
    if "valid_until" in wrong:
        wrong = {"valid_until": today(site) - timedelta(days=1)}
    with pytest.raises(Refused):
        record(make_actor(site, Role.MANAGER), **wrong)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.PREPARER, Role.AUDITOR, Role.FRONT_DESK])
def test_who_may_not_record_is_refused(site: Site, role: Role) -> None:
    with pytest.raises(NotAllowed):
        record(make_actor(site, role))
    set_up = record(make_actor(site, Role.MANAGER))
    with pytest.raises(NotAllowed):
        end_set_up(by=make_actor(site, role), set_up=set_up, reason="Broken", at=clock.now())


def test_who_ends_what_somebody_else_ended_is_told_who_and_when(site: Site) -> None:
    first, second = make_actor(site, Role.MANAGER, name="Mona Demo"), make_actor(site, Role.MANAGER)
    set_up = record(first)
    end = end_set_up(by=first, set_up=set_up, reason="Broken", at=clock.now())
    assert end_set_up(by=first, set_up=set_up, reason="Broken", at=clock.now()) == end
    with pytest.raises(Refused, match=r"Mona Demo has ended this already \(\d+ "):
        end_set_up(by=second, set_up=set_up, reason="Sold", at=clock.now())


def test_another_sites_isnt_ended_here(site: Site, other_site: Site) -> None:
    set_up = record(make_actor(other_site, Role.MANAGER))
    with pytest.raises(NotAllowed):
        end_set_up(by=make_actor(site, Role.MANAGER), set_up=set_up, reason="Broken", at=clock.now())


def test_sql_refuses_an_operator_without_a_person(site: Site) -> None:
    set_up = record(make_actor(site, Role.MANAGER))
    with pytest.raises(IntegrityError, match="names_the_operator"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO protocols_setup (submission_key, site_id, arrangement, name, details, checked_at, "
            "checked_by_id, signature_id) SELECT gen_random_uuid(), site_id, 'operator', name, details, checked_at, "
            "checked_by_id, gen_random_uuid() FROM protocols_setup WHERE id = %s", [set_up.pk],
        )  # fmt: skip


class TestPages:
    """On the screen."""

    def test_the_page_lists_needs_with_links_in_a_constant_number_of_queries(
        self, client: Client, site: Site, sign_in: Any, django_assert_max_num_queries: Any
    ) -> None:
        manager = sign_in(site, Role.MANAGER)
        for number in range(12):
            record(manager, name=f"Fridge {number}")
        with django_assert_max_num_queries(14):
            page = client.get(reverse("opening")).content.decode()
        for title in TITLES:
            assert title in page
        assert reverse("set_up_new", args=["photo_station"]) in page
        assert leads_back(client.get(reverse("set_up_new", args=["photo_station"]))) == reverse("opening")
        assert "10 things are missing" in page

    @pytest.mark.parametrize("what", ["valid_until = current_date + 900", "details = 'As new'"])
    def test_what_was_changed_in_the_database_is_said_in_the_list_and_on_its_page(
        self, client: Client, site: Site, sign_in: Any, what: str
    ) -> None:
        manager = sign_in(site, Role.MANAGER)
        other, changed = record(manager), record(manager, Arrangement.PHOTO_STATION, name="Photo room")
        pages = [reverse("opening"), reverse("set_up_end", args=[changed.pk])]
        assert not any("verify: tell" in client.get(page).content.decode() for page in pages)
        change(f"UPDATE protocols_setup SET {what} WHERE id = %s", changed.pk)
        assert [client.get(page).content.decode().count("verify: tell") for page in pages] == [1, 1]
        assert "verify: tell" not in client.get(reverse("set_up_end", args=[other.pk])).content.decode()

    def test_who_may_not_record_what_is_set_up_is_led_nowhere(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.OPERATOR)
        page = client.get(reverse("opening")).content.decode()
        assert "Photo station" in page
        assert "/new/" not in page

    def test_a_fridge_is_recorded_and_ended(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse("set_up_new", args=["fridge"])
        sent = {"name": "Fridge 1", "details": "Logger 7", "valid_until": "2001-01-01", "password": PASSWORD}
        refused = client.post(address, sent)
        assert refused.status_code == 422
        assert "This day is over" in refused.content.decode()
        assert "Logger 7" in refused.content.decode()
        assert client.post(address, sent | {"valid_until": "", "password": "no"}).status_code == 422
        assert client.post(address, sent | {"valid_until": ""}).url == reverse("opening")
        end = reverse("set_up_end", args=[SetUp.objects.get().pk])
        assert client.post(end, {"reason": ""}).status_code == 422
        assert client.post(end, {"reason": "Broken"}).url == reverse("opening")
        assert "Nothing is recorded yet" in client.get(reverse("opening")).content.decode()

    def test_an_operator_is_chosen_from_those_who_treat(self, client: Client, site: Site, sign_in: Any) -> None:
        operator, desk = make_actor(site, Role.OPERATOR), make_actor(site, Role.FRONT_DESK)
        sign_in(site, Role.MANAGER)
        address = reverse("set_up_new", args=["operator"])
        page = client.get(address).content.decode()
        assert operator.name in page
        assert desk.name not in page
        sent = {"details": "Three supervised sessions.", "valid_until": "", "password": PASSWORD}
        assert client.post(address, sent | {"person": desk.user.pk}).status_code == 422
        assert client.post(address, sent | {"person": operator.user.pk}).url == reverse("opening")

    def test_an_unknown_kind_is_not_found(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.MANAGER)
        assert client.get(reverse("set_up_new", args=["spaceship"])).status_code == 404
