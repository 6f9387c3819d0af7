"""The page of alerts, and the answer to whoever watches over the clinic."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.outbox import health as health_module
from clinic.outbox import views
from clinic.outbox.drain import drain
from clinic.outbox.health import begin_anew, health, heartbeat
from clinic.outbox.models import Alert, Heartbeat, OutboxEntry
from clinic.outbox.services import defer
from clinic.worklist.registry import work_for

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def fail(payload: Any, *, at: datetime) -> None:
    """Fail."""
    raise RuntimeError


@pytest.fixture
def parked(known: Any) -> OutboxEntry:
    """Work that was given up, with its alert."""
    known("test.broken", attempts=1)(fail)
    defer("test.broken", key="1", payload={})
    drain()
    return OutboxEntry.objects.get()


def test_an_alert_is_work_for_whoever_handles_alerts(parked: OutboxEntry, site: Site, sign_in: Any) -> None:
    assert [item.url for item in work_for(sign_in(site, Role.MANAGER), clock.now())].count(reverse("alert_list")) == 1
    assert reverse("alert_list") not in [item.url for item in work_for(sign_in(site, Role.OPERATOR), clock.now())]


def test_it_is_seen_to_and_tried_again_from_the_page(
    parked: OutboxEntry, site: Site, sign_in: Any, client: Client
) -> None:
    sign_in(site, Role.MANAGER)
    page = client.get(reverse("alert_list")).content.decode()
    assert "test.broken" in page
    assert reverse("work_again", args=[parked.pk]) in page
    client.post(reverse("work_again", args=[parked.pk]))
    alert = Alert.objects.get()
    client.post(reverse("alert_acknowledge", args=[alert.pk]))
    alert.refresh_from_db()
    parked.refresh_from_db()
    assert alert.acknowledged_at is not None
    assert parked.parked_at is None
    again = client.post(reverse("work_again", args=[parked.pk]), follow=True).content.decode()
    assert "being done, or done" in again
    page = client.get(reverse("alert_list")).content.decode()
    assert "Seen to" in page
    assert reverse("work_again", args=[parked.pk]) not in page


def test_without_alerts_the_page_says_that_all_is_well(
    site: Site, sign_in: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(site, Role.PHYSICIAN)
    monkeypatch.setattr(views, "place_standings", list)
    for name in ("all_on_one_disk", "works_as_owner"):
        monkeypatch.setattr(views, name, lambda *_given: False)
    assert "No alerts" in client.get(reverse("alert_list")).content.decode()


def test_under_a_warning_it_doesnt_say_that_there_are_none(
    site: Site, sign_in: Any, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "all_on_one_disk", lambda _places: True)
    sign_in(site, Role.PHYSICIAN)
    page = client.get(reverse("alert_list")).content.decode()
    assert "All checkpoints lie on one disk" in page
    assert "No alerts" not in page
    assert "Nothing besides what is said above" in page


@pytest.mark.parametrize(
    ("role", "leads"), [(Role.MANAGER, True), (Role.PHYSICIAN, True), (Role.OPERATOR, False), (Role.AUDITOR, False)]
)
def test_the_account_menu_leads_to_it_whoever_may_open_it(
    site: Site, sign_in: Any, client: Client, role: Role, leads: bool
) -> None:
    sign_in(site, role)
    menu = client.get(reverse("today")).content.decode().split('id="account-menu"', 1)[1]
    assert (f'href="{reverse("alert_list")}"' in menu) is leads


@pytest.mark.parametrize("role", Role)
def test_the_account_menu_leads_to_the_gallery_of_components_for_managers_alone(
    site: Site, sign_in: Any, client: Client, role: Role
) -> None:
    sign_in(site, role)
    menu = client.get(reverse("today")).content.decode().split('id="account-menu"', 1)[1]
    assert (f'href="{reverse("gallery")}"' in menu) is (role == Role.MANAGER)


def test_others_may_not_open_or_change_it(parked: OutboxEntry, site: Site, sign_in: Any, client: Client) -> None:
    sign_in(site, Role.AUDITOR)
    assert client.get(reverse("alert_list")).status_code == 403
    assert client.post(reverse("work_again", args=[parked.pk])).status_code == 403
    assert client.get(reverse("work_again", args=[parked.pk])).status_code == 403


@pytest.fixture
def redis_up(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis answers, and nothing of the clinic was started yet."""
    Heartbeat.objects.all().delete()  # the tests' database was made ready as a clinic's is, just now
    monkeypatch.setattr(health_module, "_redis_answers", lambda: True)


def silence(name: str, seconds: int) -> None:
    """Let the last sign of life of `name` be so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clinic_heartbeat SET at = at - %s * interval '1 second' WHERE name = %s", [seconds, name]
        )


@pytest.mark.usefixtures("redis_up")
def test_a_clinic_whose_worker_and_beat_live_is_well(client: Client) -> None:
    heartbeat(Heartbeat.Name.WORKER)
    heartbeat(Heartbeat.Name.BEAT)
    response = client.get("/healthz")
    assert response.status_code == 200
    found = response.json()
    assert found["ok"] is True
    assert [found[part] for part in ("database", "redis", "worker", "beat")] == [True] * 4
    assert found["worker_age_s"] < 5


@pytest.mark.usefixtures("redis_up")
def test_a_clinic_just_started_is_not_well_yet(client: Client) -> None:
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["worker"] is False
    assert response.json()["beat_age_s"] is None


@pytest.mark.usefixtures("redis_up")
@pytest.mark.parametrize("part", ["worker", "beat"])
def test_a_part_that_was_silent_for_half_a_minute_is_away(client: Client, part: str) -> None:
    heartbeat(Heartbeat.Name.WORKER)
    heartbeat(Heartbeat.Name.BEAT)
    silence(part, 31)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()[part] is False
    heartbeat(Heartbeat.Name(part))
    assert client.get("/healthz").status_code == 200


@pytest.mark.usefixtures("redis_up")
def test_work_that_nobody_does_is_noticed_though_worker_and_beat_live(known: Any) -> None:
    known("test.note")(fail)
    heartbeat(Heartbeat.Name.WORKER)
    heartbeat(Heartbeat.Name.BEAT)
    OutboxEntry.objects.create(
        effect="test.note", key="1", run_after=clock.now() - timedelta(minutes=6),
        created_at=clock.now() - timedelta(minutes=6),
    )  # fmt: skip
    assert health()["ok"] is False
    assert 355 < health()["oldest_work_s"] < 400


@pytest.mark.usefixtures("redis_up")
def test_much_work_that_somebody_is_at_isnt_an_illness_for_half_an_hour() -> None:
    heartbeat(Heartbeat.Name.WORKER)
    heartbeat(Heartbeat.Name.BEAT)
    since = clock.now() - timedelta(minutes=6)
    OutboxEntry.objects.create(effect="a", key="waits", run_after=since, created_at=since)
    OutboxEntry.objects.create(
        effect="a", key="at it", run_after=since, created_at=since, leased_by="worker-1",
        lease_until=clock.now() + timedelta(minutes=1),
    )  # fmt: skip
    assert health()["ok"] is True
    longer = clock.now() - timedelta(minutes=31)
    OutboxEntry.objects.create(effect="a", key="waits longer", run_after=longer, created_at=longer)
    assert health()["ok"] is False


@pytest.mark.usefixtures("redis_up")
def test_work_for_later_and_work_just_entered_with_an_old_due_date_dont_count_as_waiting() -> None:
    heartbeat(Heartbeat.Name.WORKER)
    heartbeat(Heartbeat.Name.BEAT)
    OutboxEntry.objects.create(effect="a", key="1", run_after=clock.now() + timedelta(days=1))
    OutboxEntry.objects.create(effect="a", key="2", run_after=clock.now() - timedelta(days=100))
    assert health()["ok"] is True
    assert health()["oldest_work_s"] < 10


@pytest.mark.usefixtures("redis_up")
def test_a_start_is_well_only_by_its_own_worker_and_beat_and_whatever_waited_while_it_was_closed() -> None:
    since = clock.now() - timedelta(hours=10)
    OutboxEntry.objects.create(effect="a", key="waits", run_after=since, created_at=since)
    for name in (Heartbeat.Name.WORKER, Heartbeat.Name.BEAT, Heartbeat.Name.CHECKPOINT):
        heartbeat(name)
    silence("checkpoint", 36_000)
    assert health()["ok"] is False
    begin_anew()
    assert (health()["worker"], health()["beat"]) == (False, False)
    heartbeat(Heartbeat.Name.WORKER)
    heartbeat(Heartbeat.Name.BEAT)
    assert health()["ok"] is True
    # Open for six minutes, the same work still waits: now it counts.
    silence("start", 360)
    assert 355 < health()["oldest_work_s"] < 400
    assert health()["ok"] is False
    silence("start", 900)
    assert health()["checkpoint"] is False


def test_without_redis_it_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_module, "_redis_answers", lambda: False)
    heartbeat(Heartbeat.Name.WORKER)
    heartbeat(Heartbeat.Name.BEAT)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["redis"] is False
    assert response.json()["worker"] is True


@pytest.mark.usefixtures("redis_up")
def test_without_a_database_it_answers_all_the_same(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Any:
        raise OperationalError("connection refused")

    monkeypatch.setattr(health_module, "_database_side", away)
    response = client.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"ok": False, "database": False, "redis": True, "worker": False, "beat": False}
