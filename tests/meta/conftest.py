"""The two sites' stories, told once for a module and taken back after it."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.test import override_settings

from clinic import clock
from clinic.accounts.permissions import Role
from sessions.plans.models import TreatmentPlan
from sessions.plans.services import end_plan, make_plan
from tests import remembered
from tests.factories import make_site
from tests.patients.builders import registered_patient, with_intake
from tests.story import Story, tell


@dataclass(frozen=True, slots=True)
class Stories:
    """What two sites have written."""

    own: Story
    other: Story


@pytest.fixture(scope="module", autouse=True)
def _files_stay_in_the_test(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The files of a module's story lie in the module's own folder."""
    folder = tmp_path_factory.mktemp("meta")
    (folder / "static").mkdir()
    stores = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder / "files", "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    checkpoints = [str(folder / "checkpoints"), str(folder / "elsewhere")]
    with override_settings(STORAGES=stores, STATIC_ROOT=folder / "static", CHECKPOINT_FOLDERS=checkpoints):
        yield


@pytest.fixture(scope="module")
def stories(_files_stay_in_the_test: None, django_db_setup: None, django_db_blocker: object) -> Iterator[Stories]:
    """The stories of two sites, in a transaction that every test of the module works inside."""
    with django_db_blocker.unblock(), transaction.atomic():  # type: ignore[attr-defined]
        remembered.begin()
        own, other = make_site("OWN", name="Own Site", pk=2_001), make_site("OTH", name="Other Site", pk=2_002)
        told = Stories(own=tell(own), other=tell(other))
        end_a_plan(told.own)
        connection.check_constraints()  # as at the commit that doesn't come
        yield told
        transaction.set_rollback(True)


def end_a_plan(story: Story) -> None:
    """Let a further patient's plan be over."""
    plan, by = story.rows["open_plan"], story.actor(Role.PHYSICIAN)
    assert isinstance(plan, TreatmentPlan)
    patient = with_intake(registered_patient(story.site, at=story.now), by=by, at=story.now).patient
    over = make_plan(
        by=by, patient=patient, formulation=plan.formulation,
        first_on=clock.local(story.now, story.site).date(), submission_key=uuid.uuid4(), at=story.now,
    )  # fmt: skip
    end_plan(by=by, plan=over, reason="The patient moved away.", at=story.now)
