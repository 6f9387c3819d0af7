"""A clinic whose older backup was put back is read only, and says so."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Role
from clinic.checkpoints.rollback import compare
from clinic.checkpoints.services import look_for_rollback
from clinic.checkpoints.writing import write_checkpoint
from clinic.errors import ReadOnly
from clinic.outbox import tasks
from clinic.outbox.health import health
from clinic.outbox.models import Alert, DueTick
from clinic.trail.models import Action, Rollback, TrailEvent, WaitingLook
from clinic.trail.unit import record_read
from launch.health import not_green
from tests.clinic.rollback.given import AT, LATER, begin, trail_of, written
from tests.factories import make_actor

pytestmark = pytest.mark.django_db


def test_a_clinic_that_is_as_it_was_noted_is_not_read_only(site: Site) -> None:
    by = trail_of(site)
    write_checkpoint(at=AT)
    written(by=by)
    assert look_for_rollback(at=LATER) == []
    assert not Rollback.objects.exists()


def test_it_says_behind_which_checkpoint_it_is_and_by_how_much(manager: Actor) -> None:
    noted = compare().lost
    assert [(each.site, each.epoch, each.seq) for each in noted] == [(manager.site.pk, 1, 4)]
    (said,) = look_for_rollback(at=LATER)
    assert (
        f"site {manager.site.pk} (N, Site North): 2 entries behind checkpoint 4 of epoch 1 ({noted[0].hash[:16]})"
        in said
    )
    assert "READ ONLY" in said
    assert "bin/manage begin_epoch" in said
    (alert,) = Alert.objects.all()
    assert "2 entries behind checkpoint 4" in alert.text
    assert len(look_for_rollback(at=LATER)) == 1
    assert Rollback.objects.count() == Alert.objects.count() == 1


def test_writes_are_refused_and_leave_nothing_behind(manager: Actor) -> None:
    look_for_rollback(at=LATER)
    with pytest.raises(ReadOnly, match="bin/manage begin_epoch"), transaction.atomic():
        written(by=manager)
    assert TrailEvent.objects.count() == 2
    assert not WaitingLook.objects.exists()


def test_records_can_be_opened_and_the_looks_wait_for_the_new_epoch(manager: Actor) -> None:
    look_for_rollback(at=LATER)
    record_read(by=manager, subject=manager.site, part="name")
    assert TrailEvent.objects.count() == 2
    assert WaitingLook.objects.count() == 1
    begin(manager)
    begins, look = TrailEvent.objects.filter(seq__gt=2).order_by("seq")
    assert (begins.action, begins.epoch, begins.reason) == (Action.BEGIN_EPOCH, 2, "The disk failed.")
    assert (look.action, look.epoch, look.seq, look.actor) == (Action.READ, 2, 4, manager.user)
    assert '"roles":["manager"]' in look.body
    assert '"after":{"part":"name"}' in look.body
    assert look.occurred_at < look.recorded_at
    assert not WaitingLook.objects.exists()


def test_a_page_that_is_sent_says_that_the_clinic_is_read_only_and_one_that_is_opened_works(
    manager: Actor, client: Client
) -> None:
    look_for_rollback(at=LATER)
    client.force_login(manager.user)
    alert = Alert.objects.get()
    sent = client.post(reverse("alert_acknowledge", args=[alert.pk]))
    assert sent.status_code == 503
    page = sent.content.decode()
    assert "The clinic is read only" in page
    assert "bin/manage begin_epoch" in page
    assert Alert.objects.get().acknowledged_at is None
    by_script = client.post(reverse("alert_acknowledge", args=[alert.pk]), headers={"X-Autosave": "1"})
    assert (by_script.status_code, list(by_script.json())) == (409, ["closed"])
    for opened in ("today", "alert_list", "trail_list"):
        answer = client.get(reverse(opened))
        assert answer.status_code == 200, opened
    assert "2 entries behind checkpoint 4" in client.get(reverse("alert_list")).content.decode()


def test_every_page_says_that_nothing_is_saved_and_what_the_reader_does_about_it(
    manager: Actor, client: Client, django_assert_num_queries: Any
) -> None:
    client.force_login(manager.user)
    title = "The clinic is read only: nothing is saved"
    with CaptureQueriesContext(connection) as before:
        assert title not in client.get(reverse("today")).content.decode()
    look_for_rollback(at=LATER)
    with django_assert_num_queries(len(before)):
        page = client.get(reverse("today")).content.decode()
    assert title in page
    assert f"bin/manage begin_epoch --by {manager.user.email}" in page
    client.force_login(make_actor(manager.site, Role.OPERATOR).user)
    for opened in ("today", "patient_list"):
        page = client.get(reverse(opened)).content.decode()
        assert title in page
        assert "The manager looks at what is missing" in page
        assert "begin_epoch" not in page
    begin(manager)
    assert title not in client.get(reverse("today")).content.decode()


def test_what_was_typed_waits_on_the_page_and_can_be_sent_again(manager: Actor, client: Client, site: Site) -> None:
    look_for_rollback(at=LATER)
    client.force_login(manager.user)
    typed = {
        "full_name": "Zoë <Demo>", "email": "zoe@clinic.example", "roles": ["operator", "physician"],
        "password": "a secret", "registration_number": "RN 7",
    }  # fmt: skip
    sent = client.post(reverse("staff_new"), typed)
    assert sent.status_code == 503
    page = sent.content.decode()
    assert f'<form method="post" action="{reverse("staff_new")}">' in page
    for name, value in (("full_name", "Zoë &lt;Demo&gt;"), ("roles", "operator"), ("roles", "physician")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page
    assert "a secret" not in page
    assert "Send it again" in page
    begin(manager)
    assert not User.objects.filter(email="zoe@clinic.example").exists()
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    carried: dict[str, list[str]] = {}
    for name, value in fields:
        carried.setdefault(name, []).append(unescape(value))
    assert client.post(reverse("staff_new"), carried).status_code == 302
    assert User.objects.get(email="zoe@clinic.example").full_name == "Zoë <Demo>"


def test_a_part_of_a_page_that_is_sent_says_it_on_the_page_that_holds_what_was_typed(
    manager: Actor, client: Client
) -> None:
    look_for_rollback(at=LATER)
    client.force_login(manager.user)
    alert = Alert.objects.get()
    sent = client.post(reverse("alert_acknowledge", args=[alert.pk]), headers={"HX-Request": "true"})
    assert (sent.status_code, sent["HX-Retarget"]) == (409, "[data-toasts]")
    assert "bin/manage begin_epoch" in sent.content.decode()
    assert "<html" not in sent.content.decode()


def test_healthz_says_it_and_the_start_does_not_wait_for_green(manager: Actor, client: Client) -> None:
    assert health()["read_only"] is False
    look_for_rollback(at=LATER)
    answer = client.get(reverse("healthz"))
    assert (answer.status_code, answer.json()["read_only"], answer.json()["ok"]) == (503, True, False)
    up = dict.fromkeys(("database", "redis", "worker", "beat"), True)
    assert not_green({**up, "ok": False, "read_only": True}) == []
    assert not_green({**up, "ok": False, "read_only": False}) != []
    assert not_green({**up, "worker": False, "ok": False, "read_only": True}) == ["worker"]


def test_the_worker_does_nothing_and_writes_no_checkpoint_that_would_hide_what_is_lost(
    manager: Actor, settings: Any
) -> None:
    files = list(Path(settings.CHECKPOINT_FOLDERS[0]).rglob("*.txt"))
    assert write_checkpoint(at=LATER) == []  # finds it too, without a start
    assert Rollback.objects.count() == 1
    assert list(Path(settings.CHECKPOINT_FOLDERS[0]).rglob("*.txt")) == files
    with pytest.raises(CommandError, match="read only"):
        call_command("write_checkpoint")
    tasks.write_due_ticks()
    tasks.drain()
    assert not DueTick.objects.exists()
    begin(manager)
    assert len(write_checkpoint(at=LATER)) == 2
    assert look_for_rollback(at=LATER) == []
