"""The pages of the staff."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import ROLES, Role
from tests.factories import make_actor, make_user

pytestmark = pytest.mark.django_db
GOOD = "seven herons over slow water"
NEW = {"email": "nora@clinic.example", "full_name": "Nora Neu", "registration_number": "", "roles": ["operator"]}


def test_the_list_shows_this_sites_people_with_their_roles_and_what_each_role_is_for(
    site: Site, other_site: Site, sign_in: Any, client: Client
) -> None:
    make_actor(site, Role.OPERATOR, Role.PREPARER, name="Olga Here")
    make_actor(other_site, Role.OPERATOR, name="Otto Elsewhere")
    sign_in(site, Role.MANAGER)
    page = client.get(reverse("staff_list")).content.decode()
    assert "Olga Here" in page
    assert "Operator, Preparer" in page
    assert "Otto Elsewhere" not in page
    for bundle in ROLES.values():
        assert str(bundle.sentence) in page


@pytest.mark.parametrize("people", [2, 24])
def test_the_list_costs_the_same_queries_however_many_work_here(
    site: Site, sign_in: Any, client: Client, django_assert_max_num_queries: Any, people: int
) -> None:
    for _number in range(people):
        make_actor(site, Role.OPERATOR, Role.PREPARER)
    sign_in(site, Role.MANAGER)
    # session, account, memberships, the people, their memberships here
    with django_assert_max_num_queries(5):
        client.get(reverse("staff_list"))


def test_a_person_is_added_and_chooses_the_password_by_the_link(site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.MANAGER)
    page = client.post(reverse("staff_new"), NEW, follow=True).content.decode()
    person = User.objects.get(email="nora@clinic.example")
    assert "No password" in page
    shown = client.post(reverse("staff_link", args=[person.pk]))
    assert shown["Cache-Control"] == "no-store"
    match = re.search(r'value="http://testserver(/welcome/[^"]+)"', shown.content.decode())
    assert match is not None
    theirs = Client()
    assert "Welcome, Nora Neu" in theirs.get(match[1]).content.decode()
    answer = theirs.post(match[1], {"password": GOOD, "again": GOOD})
    assert answer["Location"] == reverse("account_login")
    theirs.post(reverse("account_login"), {"login": "nora@clinic.example", "password": GOOD})
    assert theirs.get(reverse("today")).status_code == 200
    assert theirs.get(match[1]).status_code == 404  # it worked once
    assert "No password" not in client.get(reverse("staff_person", args=[person.pk])).content.decode()


def test_two_different_passwords_are_sent_back(site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.MANAGER)
    client.post(reverse("staff_new"), NEW)
    person = User.objects.get(email="nora@clinic.example")
    page = client.post(reverse("staff_link", args=[person.pk])).content.decode()
    match = re.search(r'value="http://testserver(/welcome/[^"]+)"', page)
    assert match is not None
    answer = Client().post(match[1], {"password": GOOD, "again": GOOD + "!"})
    assert answer.status_code == 422
    assert "aren&#x27;t the same" in answer.content.decode()


def test_a_refusal_keeps_what_was_typed(site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.MANAGER)
    known = make_user(site=site, roles=[Role.PREPARER])
    answer = client.post(reverse("staff_new"), {**NEW, "email": known.email})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "works here already" in page
    assert 'value="Nora Neu"' in page


def test_roles_changed_meanwhile_come_back_with_what_was_ticked(site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.MANAGER)
    person = make_user(site=site, roles=[Role.PREPARER])
    url = reverse("staff_person", args=[person.pk])
    sent = {"roles": ["physician"], "shown": "operator", "reason": "Qualified."}
    answer = client.post(url, sent)
    assert answer.status_code == 409
    assert 'name="shown" value="preparer"' in answer.content.decode()
    client.post(url, {**sent, "shown": "preparer"})
    held = Membership.objects.current().filter(user=person).values_list("role", flat=True)
    assert set(held) == {"physician"}


def test_the_last_manager_stays(site: Site, sign_in: Any, client: Client) -> None:
    manager = sign_in(site, Role.MANAGER)
    url = reverse("staff_person", args=[manager.user.pk])
    answer = client.post(url, {"roles": ["operator"], "shown": "manager", "reason": "Tired."})
    assert answer.status_code == 422
    assert Membership.objects.current().filter(user=manager.user, role="manager").exists()
    assert reverse("staff_end", args=[manager.user.pk]) not in client.get(url).content.decode()


def test_ending_needs_a_reason_and_takes_the_person_off_the_list(site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.MANAGER)
    person = make_user("Olga Leaving", site=site, roles=[Role.OPERATOR])
    url = reverse("staff_end", args=[person.pk])
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "Moved."})["Location"] == reverse("staff_list")
    page = client.get(reverse("staff_list"))
    assert "signed out everywhere" in page.content.decode()
    assert [row["person"].full_name for row in page.context["rows"]].count("Olga Leaving") == 0
    assert client.get(reverse("staff_person", args=[person.pk])).status_code == 404
