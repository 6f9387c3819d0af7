"""The pages of preparations and vials: who may, what comes back, and nothing written twice."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.decisions.services import retire
from protocols.formulations.models import FormulationVersion
from sessions.preparation.models import Preparation, PreparationStatus, Vial
from tests.factories import PASSWORD, confirmed, make_actor
from tests.pages import words
from tests.protocols.builders import approved_formulation
from tests.sessions.builders import a_draft, a_lot, measured_preparation, signed_preparation, stocked

pytestmark = pytest.mark.django_db


def autosave(client: Client, preparation: Preparation, row_version: int, **fields: Any) -> Any:
    data = {"changed": list(fields), "row_version": row_version, **fields}
    return client.post(reverse("preparation_save", args=[preparation.pk]), data, headers={"X-Autosave": "1"})


def test_each_field_is_saved_by_itself(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    lots = stocked(site, version, by=preparer)
    preparation = a_draft(site, version, preparer=preparer)
    line = preparation.lines.select_related("formulation_line").get(ordinal=1)
    lot = lots[line.formulation_line.ingredient_id]
    answer = autosave(client, preparation, 1, lot_1=lot.pk)
    assert (answer.status_code, answer.json()["row_version"]) == (200, 2)
    answer = autosave(client, preparation, 2, measured_1="3.2")
    assert (answer.status_code, answer.json()["row_version"]) == (200, 3)
    answer = autosave(client, preparation, 3, visual_check="right", notes="Shaken")
    assert answer.json()["row_version"] == 5
    line.refresh_from_db()
    preparation.refresh_from_db()
    assert (line.lot, line.measured_ul) == (lot, 3_200)
    assert (preparation.visual_check, preparation.notes) == ("right", "Shaken")
    state = words(client.get(reverse("preparation_state", args=[preparation.pk])))
    assert "Deviation 0.20 mL too much (+6.67 %), tolerance ± 5.0 %" in state
    assert "1 thing is missing" in state


def test_a_bad_field_doesnt_keep_back_a_good_one(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = a_draft(site, version, preparer=preparer)
    answer = autosave(client, preparation, 1, measured_1="3,00", measured_2="2.00", notes="x" * 501)
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert set(errors) == {"measured_1", "notes"}
    assert "not with a comma" in errors["measured_1"][0]
    assert [line.measured_ul for line in preparation.lines.all()] == [None, 2_000]


def test_a_refused_volume_was_measured_when_it_was_typed(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = a_draft(site, version, preparer=preparer)
    assert autosave(client, preparation, 1, measured_1="3,00").status_code == 422
    assert autosave(client, preparation, 1, measured_2="2.00").status_code == 200
    assert autosave(client, preparation, 2, measured_1="3.00").status_code == 200
    first, second = preparation.lines.order_by("ordinal")
    assert first.measured_at < second.measured_at
    state = words(client.get(reverse("preparation_state", args=[preparation.pk])))
    assert "was measured before" not in state


def test_a_volume_that_was_taken_back_is_measured_anew(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = a_draft(site, version, preparer=preparer)
    autosave(client, preparation, 1, measured_1="3,00")
    autosave(client, preparation, 1, measured_1="3.00")
    autosave(client, preparation, 2, measured_1="")
    autosave(client, preparation, 3, measured_2="2.00")
    autosave(client, preparation, 4, measured_1="3.00")
    first, second = preparation.lines.order_by("ordinal")
    assert first.measured_at > second.measured_at


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("10.001", "from 0.00 to 10.00 mL"),
        ("-1", "from 0.00 to 10.00 mL"),
        ("2,55", "type 2.55"),
        ("1,000,5", "without commas"),
        ("3.0001", "three decimals"),
        ("3 ml", "Leave out the unit"),
        ("٣", "Leave out the unit|from 0.00"),
    ],
)
def test_a_bad_volume_is_refused_at_its_field(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion, typed: str, told: str
) -> None:
    preparation = a_draft(site, version, preparer=preparer)
    answer = autosave(client, preparation, 1, measured_1=typed)
    if typed == "٣":  # an Arabic-Indic three is a three
        assert answer.status_code == 200
        return
    assert answer.status_code == 422
    assert re.search(told, answer.json()["errors"]["measured_1"][0])


def test_a_lot_of_another_ingredient_or_site_isnt_a_choice(
    client: Client, site: Site, other_site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    lots = stocked(site, version, by=preparer)
    preparation = a_draft(site, version, preparer=preparer)
    second = preparation.lines.select_related("formulation_line").get(ordinal=2)
    elsewhere = approved_formulation(other_site).lines.select_related("ingredient").first()
    assert elsewhere is not None
    for lot in (lots[second.formulation_line.ingredient_id], a_lot(other_site, elsewhere.ingredient)):
        answer = autosave(client, preparation, 1, lot_1=lot.pk)
        assert answer.status_code == 422
        assert "lot_1" in answer.json()["errors"]


def test_an_older_page_is_told_so(client: Client, site: Site, preparer: Actor, version: FormulationVersion) -> None:
    preparation = a_draft(site, version, preparer=preparer)
    assert autosave(client, preparation, 1, measured_1="3.00").status_code == 200
    answer = autosave(client, preparation, 1, measured_2="2.00")
    assert answer.status_code == 409
    assert answer.json()["row_version"] == 2
    assert (answer.json()["values"]["measured_1"], answer.json()["values"]["measured_2"]) == (["3.00"], [])
    assert answer.json()["authors"][""]["yourself"] is True
    response = client.post(
        reverse("preparation_save", args=[preparation.pk]),
        {"row_version": "1", "measured_1": "3.10", "measured_2": "2.00", "notes": "typed", "lot_1": "", "lot_2": ""},
    )
    assert response.status_code == 409
    text = response.content.decode()
    assert "saved elsewhere meanwhile" in words(response)
    assert 'value="3.10"' in text
    assert 'name="row_version" value="2"' in text


def test_the_whole_bench_can_be_saved_by_its_button(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    lots = stocked(site, version, by=preparer)
    preparation = a_draft(site, version, preparer=preparer)
    ids = [
        lots[line.formulation_line.ingredient_id].pk for line in preparation.lines.select_related("formulation_line")
    ]
    data = {
        "row_version": "1", "lot_1": ids[0], "lot_2": ids[1], "measured_1": "3.00", "measured_2": "2,00",
        "visual_check": "right", "notes": "",
    }  # fmt: skip
    response = client.post(reverse("preparation_save", args=[preparation.pk]), data)
    assert response.status_code == 422
    assert "not with a comma" in words(response)
    assert 'value="2,00"' in response.content.decode()
    data |= {"row_version": "5", "measured_2": "2.00"}
    assert client.post(reverse("preparation_save", args=[preparation.pk]), data).status_code == 302
    assert [line.measured_ul for line in preparation.lines.all()] == [3_000, 2_000]


@pytest.mark.parametrize("row_version", ["", "x", "-1", "9" * 30])
def test_a_broken_row_version_is_stale(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion, row_version: str
) -> None:
    preparation = a_draft(site, version, preparer=preparer)
    data = {"changed": ["measured_1"], "row_version": row_version, "measured_1": "3.00"}
    answer = client.post(reverse("preparation_save", args=[preparation.pk]), data, headers={"X-Autosave": "1"})
    assert answer.status_code == 409


def sign(client: Client, preparation: Preparation, **changed: Any) -> Any:
    data = {"password": PASSWORD, "row_version": preparation.row_version, "submission_key": uuid.uuid4()} | changed
    return client.post(reverse("preparation_sign", args=[preparation.pk]), data)


def test_the_way_to_signing_waits_for_the_saving_of_the_bench(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, [3_200, 2_000], preparer=preparer)
    text = client.get(reverse("preparation", args=[preparation.pk])).content.decode()
    assert f'href="{reverse("preparation_sign", args=[preparation.pk])}" data-after-autosave="bench"' in text
    assert 'id="bench"' in text


def test_what_is_signed_is_shown_before_and_the_record_after(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, [3_200, 2_000], preparer=preparer)
    said = words(client.get(reverse("preparation_sign", args=[preparation.pk])))
    assert "This will be recorded with deviations" in said
    assert "5.20 mL in 2 vials" in said
    response = sign(client, preparation)
    assert response.status_code == 422
    assert "Why it deviates" in words(response)
    response = sign(client, preparation, deviation_reason="Air in the syringe")
    assert response.url == reverse("preparation", args=[preparation.pk])
    said = words(client.get(response.url))
    assert "prepared as recorded" in said
    assert "Reason given: Air in the syringe" in said
    assert all(vial.shown_code in said for vial in Vial.objects.all())
    assert "Volume beyond tolerance" in said
    assert sign(client, preparation).status_code == 302  # the second click
    assert Vial.objects.count() == 2


def test_a_wrong_password_signs_nothing(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer)
    response = sign(client, preparation, password="not mine")
    assert response.status_code == 422
    assert "This isn't your password" in words(response)
    assert not Vial.objects.exists()


def test_what_changed_since_the_page_isnt_signed(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer)
    response = sign(client, preparation, row_version=preparation.row_version - 1)
    assert response.status_code == 409
    assert f'name="row_version" value="{preparation.row_version}"' in response.content.decode()
    assert not Vial.objects.exists()


def test_what_is_missing_is_said_instead_of_a_password_field(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = a_draft(site, version, preparer=preparer)
    response = client.get(reverse("preparation_sign", args=[preparation.pk]))
    assert "Active A 5 mg/mL: lot and measured volume." in words(response)
    assert b'type="password"' not in response.content
    response = sign(client, preparation)
    assert response.status_code == 422
    assert not Vial.objects.exists()


def test_a_rejection_asks_for_reason_and_password(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer)
    address = reverse("preparation_reject", args=[preparation.pk])
    data = {"password": PASSWORD, "row_version": preparation.row_version, "reason": ""}
    assert client.post(address, data).status_code == 422
    assert client.post(address, data | {"reason": "x" * 301}).status_code == 422
    assert client.post(address, data | {"reason": "Cloudy"}).status_code == 302
    preparation.refresh_from_db()
    assert preparation.status == PreparationStatus.REJECTED
    assert "Rejected: not to be used Cloudy" in words(client.get(reverse("preparation", args=[preparation.pk])))
    assert client.get(address).status_code == 302


def test_anothers_draft_is_read_not_measured(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = a_draft(site, version)
    said = words(client.get(reverse("preparation", args=[preparation.pk])))
    assert "Only who began it can measure and sign" in said
    answer = autosave(client, preparation, 1, measured_1="3.00")
    assert answer.status_code == 422
    assert "began this preparation" in answer.json()["errors"]["measured_1"][0]
    assert sign(client, preparation).status_code == 422


ADDRESSES = ["preparation", "preparation_save", "preparation_state", "preparation_sign", "preparation_reject"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_another_sites_preparation_isnt_there(client: Client, other_site: Site, preparer: Actor, name: str) -> None:
    preparation = a_draft(other_site, approved_formulation(other_site))
    address = reverse(name, args=[preparation.pk])
    if name != "preparation_save":
        assert client.get(address).status_code == 404
    if name not in {"preparation", "preparation_state"}:
        assert client.post(address, {}).status_code == 404


@pytest.mark.parametrize("name", [*ADDRESSES[1:], "preparation_new"])
def test_who_doesnt_prepare_is_turned_away(
    client: Client, site: Site, version: FormulationVersion, sign_in: Any, name: str
) -> None:
    preparation = a_draft(site, version)
    sign_in(site, Role.MANAGER)
    address = reverse(name, args=[] if name == "preparation_new" else [preparation.pk])
    assert {client.get(address).status_code, client.post(address, {}).status_code} == {403}


def test_the_front_desk_sees_no_preparations(client: Client, site: Site, sign_in: Any) -> None:
    sign_in(site, Role.FRONT_DESK)
    assert client.get(reverse("preparation_list")).status_code == 403


def test_an_unknown_preparation_is_a_page_of_our_own(client: Client, preparer: Actor) -> None:
    for address in ("/preparation/999999/", "/preparation/99999999999999999999/", "/vials/K7P2QX/", "/vials/%00/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("count", [1, 8])
def test_the_list_costs_the_same_however_long(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion, django_assert_num_queries: Any, count: int
) -> None:
    stocked(site, version, by=preparer)
    for _ in range(count):
        signed_preparation(site, version, {1: 3_200}, preparer=preparer)
    with django_assert_num_queries(3):  # who is signed in (2), and the list
        response = client.get(reverse("preparation_list"))
    assert words(response).count("1 deviation") == count


def test_the_list_goes_on_by_pages(client: Client, site: Site, preparer: Actor, version: FormulationVersion) -> None:
    for _ in range(26):
        a_draft(site, version, preparer=preparer)
    first = client.get(reverse("preparation_list"))
    next_url = re.search(r'href="(\?after=[^"]+)"', first.content.decode())
    assert next_url is not None
    second = client.get(reverse("preparation_list") + next_url[1])
    assert "PREP-" in words(second)
    assert client.get(reverse("preparation_list") + "?after=broken!").status_code == 404


def test_the_bench_of_a_version_retired_meanwhile_says_so_at_its_top_at_once(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer)
    bench, state = (reverse(name, args=[preparation.pk]) for name in ("preparation", "preparation_state"))
    told = "Measure nothing more: it can't be signed. Reject this preparation."
    assert told not in words(client.get(bench))
    physician = make_actor(site, Role.PHYSICIAN)
    proof = confirmed(physician, clock.now())
    retire(by=physician, version=version, confirmed=proof, reason="Recalled", at=proof.at)
    page = words(client.get(bench))
    assert page.index(told) < page.index("Ingredients, in the order of adding")
    # With the next save it comes into a page that was open before.
    assert told in words(client.get(state))
    assert 'id="bench-retired" aria-live="polite" hx-swap-oob="true"' in client.get(state).content.decode()


def test_the_bench_costs_a_constant_number_of_queries(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion, django_assert_max_num_queries: Any
) -> None:
    preparation = measured_preparation(site, version, preparer=preparer)
    with django_assert_max_num_queries(9):
        client.get(reverse("preparation", args=[preparation.pk]))
