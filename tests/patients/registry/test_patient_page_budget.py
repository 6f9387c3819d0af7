"""A patient's pages cost the same for a long history as for a short one."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from demo.pictures import signature_png
from patients.consents.services import take_consent
from patients.photos.models import Purpose
from patients.photos.services import open_set
from patients.registry.models import Patient, ReportedFact
from protocols.consents.models import ConsentScriptVersion
from tests.factories import make_actor
from tests.patients.builders import cleared, with_intake
from tests.story import Story, tell

#: Signing in takes two, the trail three; the overview one, the history a constant number for each section.
AT_MOST = {"patient": 6, "patient_history": 24}


@pytest.fixture
def story(site: Site) -> Story:
    """A site's story: two patients, one with a plan, sessions and an audit."""
    return tell(site)


@contextmanager
def counted() -> Iterator[list[str]]:
    """Yield the list that the statements of the block are put into."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    # The test's own transaction makes savepoints of what are transactions otherwise.
    found.extend(query["sql"] for query in captured.captured_queries if "SAVEPOINT" not in query["sql"])


def lengthen(patient: Patient, by: Actor) -> None:
    """Give `patient` three more of everything that this room writes."""
    script = ConsentScriptVersion.objects.get(site=patient.site, approved_at__isnull=False)
    for number in range(3):
        at = clock.now() - timedelta(hours=number)
        take_consent(
            by=by, patient=patient, script_version=script, statements=[row.pk for row in script.statements.all()],
            drawing_png=signature_png(number), signed_name=patient.full_name, photos_for_record=True,
            photos_for_teaching=False, submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip
        with_intake(patient, by=by, at=at)
        cleared(patient, by=by)
        ReportedFact.add(
            patient=patient, kind="condition", category="", status="present", text=f"Finding {number}", source="file",
            source_key=uuid.uuid4().hex, content_sha256=uuid.uuid4().hex * 2, recorded_at=at, recorded_by=by.user,
        )  # fmt: skip
    open_set(
        by=by, patient=patient, purpose=Purpose.FOLLOW_UP, taken_on=clock.today(patient.site),
        submission_key=uuid.uuid4(), at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize("name", AT_MOST)
@pytest.mark.parametrize("role", [Role.PHYSICIAN, Role.MANAGER, Role.PHOTO_TECHNICIAN])
def test_a_longer_history_costs_no_more_queries(
    client: Client, site: Site, story: Story, role: Role, name: str
) -> None:
    patient = story.rows["patient"]
    assert isinstance(patient, Patient)
    client.force_login(make_actor(site, role).user)
    url = reverse(name, args=[patient.pk])
    client.get(url)
    with counted() as before:
        assert client.get(url).status_code == 200
    lengthen(patient, make_actor(site, Role.PHYSICIAN))
    with counted() as after:
        assert client.get(url).status_code == 200
    # What is reported is shown where something is: one section more, and its one query is asked for anyway.
    assert len(after) == len(before), "\n".join(after)
    assert len(after) <= AT_MOST[name]
