"""Whoever takes a formulation out of force is told first how many patients' plans stop by it."""

import pytest
from django.test import Client

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from sessions.plans.services import end_plan
from tests.factories import make_actor
from tests.pages import words
from tests.protocols.builders import approved_everything
from tests.sessions.rooms import ready_room

pytestmark = pytest.mark.django_db
ONE = "1 treatment plan rests on this formulation: its next session doesn't go on"


def test_the_way_to_retire_says_how_many_plans_stop(client: Client, site: Site, other_site: Site) -> None:
    room = ready_room(site)
    version = room.plan.formulation.versions.get(status="approved")
    client.force_login(make_actor(site, Role.PHYSICIAN).user)
    assert ONE in words(client.get(version.get_absolute_url()))
    ready_room(other_site)  # whose plan rests on a formulation of its own
    assert ONE in words(client.get(version.get_absolute_url()))

    end_plan(by=room.operator, plan=room.plan, reason="Moved away.", at=clock.now())
    assert "rest on this formulation" not in words(client.get(version.get_absolute_url()))
    assert "rests on this formulation" not in words(client.get(version.get_absolute_url()))


def test_what_nobody_is_treated_with_says_nothing(client: Client, site: Site) -> None:
    version = approved_everything(site).formulations[0]
    client.force_login(make_actor(site, Role.PHYSICIAN).user)
    page = words(client.get(version.get_absolute_url()))
    assert "Retire this version?" in page
    assert "this formulation:" not in page
