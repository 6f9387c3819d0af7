"""The demo clinic holds what its visitors are promised, and loading it twice changes nothing."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from audit.month6.models import AuditStatus, PhotoAudit
from audit.weekly.models import WeekReview
from clinic import clock
from clinic.accounts.models import Membership, Site, User
from clinic.accounts.permissions import Role
from clinic.outbox.models import Alert
from clinic.signing.models import Signature
from clinic.trail.models import ChainHead
from clinic.trail.verify import verify_chain
from demo.staff import PASSWORD
from patients.photos.models import PhotoSet, Purpose
from patients.registry.models import Patient
from patients.screening.models import PatientChecklist
from protocols.formulations.models import FormulationVersion
from protocols.readiness import readiness
from sessions.preparation.models import Preparation, PreparationStatus
from sessions.treatment.models import SessionStatus, TreatmentSession

# Each test within the transaction of the fixture, which pytest-django gives a database only for the mark.
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def _demo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The demo clinic, loaded once into a transaction that is taken back after the last test."""
    folder = tmp_path_factory.mktemp("demo")
    files = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": folder}}
    static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with (
        django_db_blocker.unblock(),
        override_settings(STORAGES={"default": files, "staticfiles": static}),
        transaction.atomic(),
    ):
        call_command("seed_demo")
        yield
        transaction.set_rollback(True)


def test_two_sites_have_somebody_for_every_role() -> None:
    assert Site.objects.count() == 2
    for site in Site.objects.all():
        assert readiness(site).missing == []
        held = set(Membership.objects.filter(site=site, ended_at=None).values_list("role", flat=True))
        assert held == {role.value for role in Role}, site.name


def test_every_site_works_with_two_formulations() -> None:
    active = Counter(FormulationVersion.objects.filter(status="approved").values_list("site__code", flat=True))
    assert active == {"N": 2, "S": 2}


def test_patients_stand_at_every_point_of_the_way() -> None:
    assert 22 <= Patient.objects.count() <= 26
    assert Patient.objects.filter(intakes=None).exists()
    assert Patient.objects.filter(intakes__pathway="surgical_assessment").exists()
    assert PatientChecklist.objects.filter(status="draft").exists()
    assert PhotoSet.objects.filter(completed_at=None).exists()
    assert PhotoSet.objects.filter(purpose=Purpose.MONTH_6, completed_at__isnull=False).exists()
    given = set(TreatmentSession.objects.values_list("status", flat=True))
    assert given == {status.value for status in SessionStatus}
    assert TreatmentSession.objects.filter(status="signed", planned__phase="maintenance").exists()


def test_twenty_six_weeks_of_preparations_by_three_of_whom_one_drifts() -> None:
    signed = Preparation.objects.filter(site__code="N", status=PreparationStatus.SIGNED)
    weeks = {row.finished_at.isocalendar()[:2] for row in signed if row.finished_at}
    assert len(weeks) >= 26
    names = Counter(signed.values_list("preparer__full_name", flat=True))
    assert len(names) >= 3
    since = clock.now() - timedelta(weeks=8)
    late = signed.filter(finished_at__gte=since)
    deviating = late.exclude(deviations=None).distinct()
    share = {
        name: deviating.filter(preparer__full_name=name).count() / late.filter(preparer__full_name=name).count()
        for name in ("Clara Demo", "Dino Demo", "Fela Demo")
    }
    assert share["Dino Demo"] > 0.3
    assert share["Dino Demo"] > 3 * max(share["Clara Demo"], share["Fela Demo"])


def test_month_6_audits_are_due_done_and_overdue() -> None:
    today = clock.today(Site.objects.get(code="N"))
    waiting = PhotoAudit.objects.filter(status=AuditStatus.OPEN)
    assert PhotoAudit.objects.filter(status=AuditStatus.SIGNED).exists()
    assert waiting.filter(due_on__gte=today - timedelta(days=14)).exists()
    assert waiting.filter(due_on__lt=today - timedelta(days=14)).exists()


def test_the_manager_has_signed_the_weeks_but_the_latest() -> None:
    assert WeekReview.objects.filter(site__code="N").count() >= 20


def test_trail_and_signatures_are_real() -> None:
    assert verify_chain() is None
    assert sum(ChainHead.objects.values_list("seq", flat=True)) > 2000
    assert Signature.objects.count() > 200
    assert not Alert.objects.exists()


def test_everybody_signs_in_with_the_password_that_is_told() -> None:
    for user in User.objects.filter(is_service=False):
        assert Client().login(username=user.email, password=PASSWORD), user.email


@pytest.mark.parametrize(
    ("email", "waits"),
    [
        ("physician@demo.example", "Month-6 photo audit"),
        ("operator@demo.example", "Intake not taken yet"),
        ("manager@demo.example", "Weekly audit of preparations"),
        ("photo@demo.example", "Photo set not complete"),
    ],
)
def test_work_waits_for(email: str, waits: str, client: Client) -> None:
    client.force_login(User.objects.get(email=email))
    assert waits in client.get(reverse("today")).text


def test_loading_it_again_changes_nothing() -> None:
    def counts() -> dict[str, int]:
        return {model._meta.label: model._default_manager.count() for model in apps.get_models()}

    before, ends = counts(), list(ChainHead.objects.order_by("pk").values_list("hash", flat=True))
    call_command("seed_demo")
    assert counts() == before
    assert list(ChainHead.objects.order_by("pk").values_list("hash", flat=True)) == ends
