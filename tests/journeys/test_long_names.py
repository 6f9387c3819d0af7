"""A name of one long word stays within the page: it goes on in the next line."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from patients.registry.models import Patient
from tests.factories import make_user
from tests.journeys.conftest import sign_in_by_cookie
from tests.patients.builders import registered_patient
from tests.sessions.rooms import Room, ready_room

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]

#: Of the 120 letters that a name may have.
NAME = "Wolfeschlegelsteinhausenbergerdorff" * 3 + "Wolfeschlegel"


@pytest.fixture
def room(site: Site) -> Room:
    assert len(NAME) == 118
    room = ready_room(site)
    Patient.objects.filter(pk=room.patient.pk).update(family_name=NAME, given_name=NAME, sort_name=NAME.lower())
    return room


def test_a_name_of_one_long_word_fits_on_every_page(page: Page, live_server: Any, room: Room) -> None:
    registered_patient(room.site, NAME)
    row = room.begin()
    user = make_user("Clara Demo", site=room.site, roles=[Role.OPERATOR, Role.MANAGER])
    sign_in_by_cookie(page, live_server.url, user)
    checklist = room.patient.checklists.latest("pk")
    pages: dict[str, tuple[object, ...]] = {
        "today": (), "patient_list": (), "document_list": (), "session_list": (), "trail_list": (),
        "patient": (room.patient.pk,), "patient_history": (room.patient.pk,), "patient_edit": (room.patient.pk,),
        "checklist": (checklist.pk,), "plan": (room.plan.pk,), "treatment_session": (row.pk,),
    }  # fmt: skip
    too_wide = {}
    for name, args in pages.items():
        page.goto(live_server.url + reverse(name, args=args))
        if name not in {"document_list", "session_list"}:  # one shows no name, the other no open session
            assert NAME in page.content(), name
        if over := page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
            too_wide[name] = over
    assert too_wide == {}
