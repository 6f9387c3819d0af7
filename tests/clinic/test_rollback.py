"""An older backup is put back: the clinic says so, is read only, and a manager begins a new epoch."""

import io
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site, User
from clinic.accounts.permissions import Role
from clinic.checkpoints.noticing import look_at_start
from clinic.checkpoints.rollback import compare
from clinic.checkpoints.services import EmptyDatabaseError, begin_epoch, look_for_rollback
from clinic.checkpoints.writing import write_checkpoint
from clinic.errors import NotAllowed, ReadOnly, Refused
from clinic.outbox import tasks
from clinic.outbox.health import health
from clinic.outbox.models import Alert, DueTick
from clinic.trail import seen
from clinic.trail.appending import End
from clinic.trail.models import Action, ChainHead, Rollback, TrailEvent, WaitingLook
from clinic.trail.unit import record, record_read, unit_of_work
from clinic.trail.verify import verify_trail
from launch.health import not_green
from tests.factories import PASSWORD, make_actor, make_site

pytestmark = pytest.mark.django_db
BEFORE = datetime(2026, 11, 2, 9, 25, 5, tzinfo=UTC)
AT = datetime(2026, 11, 2, 9, 30, 5, tzinfo=UTC)
LATER = datetime(2026, 11, 2, 9, 35, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _keys_of_its_own(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path / "data"


@unit_of_work
def written(*, by: Actor, reason: str = "") -> None:
    record(by=by, action=Action.CHANGE, subject=by.site, reason=reason)


def trail_of(site: Site, entries: int = 4) -> Actor:
    by = make_actor(site, Role.MANAGER)
    for number in range(entries):
        written(by=by, reason=f"{number}")
    return by


def put_back(site: Site, *, keep: int) -> None:
    """Leave what a backup of the site's chain would hold that was made after entry `keep`."""
    last = TrailEvent.objects.filter(site=site, seq=keep).first()
    end = (last.epoch, keep, keep, last.hash) if last else (1, 0, 0, "0" * 64)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM clinic_trailevent WHERE site_id = %s AND seq > %s", [site.pk, keep])
        cursor.execute(
            "UPDATE clinic_chainhead SET epoch = %s, seq = %s, count = %s, hash = %s WHERE site_id = %s",
            [*end, site.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def manager(site: Site) -> Actor:
    """A manager of a site with four entries, of which a backup was put back that holds two."""
    by = trail_of(site)
    write_checkpoint(at=AT)
    put_back(site, keep=2)
    return by


def begin(by: Actor, *, reason: str = "The disk failed.") -> Any:
    return begin_epoch(by=by.user, reason=reason, at=LATER)


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
    assert f"site {manager.site.pk} (N): 2 entries behind checkpoint 4 of epoch 1 ({noted[0].hash[:16]})" in said
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


def test_after_the_acknowledgement_work_goes_on_and_the_trail_is_whole(manager: Actor, capsys: Any) -> None:
    look_for_rollback(at=LATER)
    with pytest.raises(CommandError, match="entry 2: truncated"):
        call_command("verify_trail")
    begin(manager)
    written(by=manager, reason="afterwards")
    write_checkpoint(at=LATER)
    capsys.readouterr()
    call_command("verify_trail")
    said = capsys.readouterr().out
    assert "The trail is whole: 4 entries" in said
    assert f"epoch 1 of site {manager.site.pk} after entry 2, up to entry 4, is lost: {manager.name}" in said
    assert "The disk failed." in said
    head = ChainHead.objects.get(site=manager.site)
    assert (head.epoch, head.seq, head.count) == (2, 4, 4)
    found = Rollback.objects.get()
    assert (found.acknowledged_by, found.acknowledged_at) == (manager.user, LATER)


def test_only_a_manager_acknowledges_and_says_why(manager: Actor, site: Site, other_site: Site) -> None:
    with pytest.raises(Refused, match="isn’t read only"):
        begin(manager)
    look_for_rollback(at=LATER)
    for somebody in (make_actor(site, Role.PHYSICIAN), make_actor(other_site, Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            begin(somebody)
    manager.user.is_active = False
    with pytest.raises(NotAllowed):
        begin(manager)
    manager.user.is_active = True
    with pytest.raises(Refused, match="Say why"):
        begin(manager, reason=" ")
    assert Rollback.objects.get().acknowledged_at is None


def test_the_command_asks_for_the_managers_password(manager: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(password: str, by: str = manager.user.email) -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        out = io.StringIO()
        call_command("begin_epoch", by=by, reason="The disk failed.", password_stdin=True, stdout=out)
        return out.getvalue()

    with pytest.raises(CommandError, match="nobody with this"):
        run("something else entirely")
    with pytest.raises(CommandError, match="nobody with this"):
        run(PASSWORD, "nobody@clinic.example")
    said = run(PASSWORD)
    assert f"Lost: epoch 1 of site {manager.site.pk}, up to entry 4" in said
    assert f"{manager.name} has begun a new epoch" in said
    with pytest.raises(CommandError, match="isn’t read only"):
        run(PASSWORD)


def test_every_sites_chain_goes_on_in_the_new_epoch(manager: Actor, other_site: Site) -> None:
    other = trail_of(other_site, 3)
    look_for_rollback(at=LATER)
    begin(manager)
    written(by=other)
    heads = {head.site_id: (head.epoch, head.seq) for head in ChainHead.objects.exclude(site=None)}
    assert heads == {manager.site.pk: (2, 3), other_site.pk: (2, 5)}
    assert verify_trail().findings == []


def test_a_site_that_the_backup_does_not_have_keeps_its_number(manager: Actor, settings: Any) -> None:
    gone = max(manager.site.pk, 1) + 40
    for folder in settings.CHECKPOINT_FOLDERS:
        pretend(Path(folder), gone)
    look_for_rollback(at=LATER)
    lost = begin(manager)
    assert (gone, 1, 7) in [(each.site, each.epoch, each.seq) for each in lost]
    assert Site.objects.create(code="NEW", name="New", time_zone="UTC").pk > gone
    call_command("verify_trail")


def pretend(folder: Path, site: int) -> None:
    """Write a checkpoint of a site that isn't there into the newest file of a folder."""
    from clinic.checkpoints.texts import checkpoint_text

    head = ChainHead(site_id=site, epoch=1, seq=7, hash="ab" * 32, count=7)
    path = max(folder.rglob("*.txt"))
    path.write_text(f"{path.read_text()}\n{checkpoint_text(head, at=AT)}")


def test_a_backup_may_be_put_back_again(manager: Actor) -> None:
    look_for_rollback(at=LATER)
    begin(manager)
    written(by=manager)
    write_checkpoint(at=LATER)
    put_back(manager.site, keep=1)
    (said,) = look_for_rollback(at=LATER)
    assert "3 entries behind checkpoint 4 of epoch 2" in said
    lost = begin(manager)
    assert [(each.epoch, each.seq) for each in lost] == [(1, 4), (2, 4)]
    assert ChainHead.objects.get(site=manager.site).epoch == 3
    call_command("verify_trail")


def test_a_place_that_cannot_be_read_is_said_and_stops_nothing(
    site: Site, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clinic.checkpoints.places import Folder

    trail_of(site)
    write_checkpoint(at=AT)
    original = Folder.texts

    def texts(self: Folder) -> Any:
        if self.name == settings.CHECKPOINT_FOLDERS[0]:
            raise PermissionError(13, "Permission denied")
        return original(self)

    monkeypatch.setattr(Folder, "texts", texts)
    (said,) = look_for_rollback(at=LATER)
    assert settings.CHECKPOINT_FOLDERS[0] in said
    assert "Permission denied" in said
    assert not Rollback.objects.exists()
    put_back(site, keep=2)
    assert len(look_for_rollback(at=LATER)) == 2  # the other place is enough
    assert Rollback.objects.exists()


def test_a_checkpoint_that_is_not_ours_stops_nothing(site: Site, settings: Any) -> None:
    trail_of(site)
    write_checkpoint(at=AT)
    put_back(site, keep=2)
    for path in (path for folder in settings.CHECKPOINT_FOLDERS for path in Path(folder).rglob("*.txt")):
        path.write_text(path.read_text().replace("seq: 4", "seq: 9"))
    assert look_for_rollback(at=LATER) == []


@pytest.fixture
def overtaken(site: Site) -> Actor:
    """A manager of a site whose backup of two entries went on to five, with others than were noted as 3 and 4."""
    by = trail_of(site, 2)
    write_checkpoint(at=BEFORE)
    for reason in ("what", "happened"):
        written(by=by, reason=reason)
    write_checkpoint(at=AT)
    put_back(site, keep=2)
    for reason in ("another", "story", "altogether"):
        written(by=by, reason=reason)
    return by


def test_a_chain_that_has_overtaken_the_checkpoint_with_other_entries_is_noticed(overtaken: Actor) -> None:
    (said,) = look_for_rollback(at=LATER)
    assert f"site {overtaken.site.pk} (N): another entry 4 than checkpoint 4 of epoch 1" in said
    assert "verify_trail" in said
    with pytest.raises(ReadOnly), transaction.atomic():
        written(by=overtaken)
    (alert,) = Alert.objects.all()
    assert "another entry 4" in alert.text


def test_no_checkpoint_is_written_over_what_was_overtaken(overtaken: Actor, settings: Any) -> None:
    files = list(Path(settings.CHECKPOINT_FOLDERS[0]).rglob("*.txt"))
    assert write_checkpoint(at=LATER) == []
    assert list(Path(settings.CHECKPOINT_FOLDERS[0]).rglob("*.txt")) == files
    assert Rollback.objects.get().lost[0]["seq"] == 4


def test_an_epoch_begins_after_a_chain_that_was_overtaken_and_names_what_is_lost(overtaken: Actor, capsys: Any) -> None:
    look_for_rollback(at=LATER)
    with pytest.raises(CommandError, match="entry 4: checkpoint mismatch"):
        call_command("verify_trail")
    (lost,) = begin(overtaken)
    assert (lost.epoch, lost.seq, lost.after) == (1, 4, 2)
    written(by=overtaken, reason="afterwards")
    assert len(write_checkpoint(at=LATER)) == 2
    assert look_for_rollback(at=LATER) == []
    capsys.readouterr()
    call_command("verify_trail")
    said = capsys.readouterr().out
    assert f"epoch 1 of site {overtaken.site.pk} after entry 2, up to entry 4, is lost: {overtaken.name}" in said
    head = ChainHead.objects.get(site=overtaken.site)
    assert (head.epoch, head.seq, head.count) == (2, 7, 7)


def test_what_was_the_same_before_still_has_to_be_what_was_noted(overtaken: Actor) -> None:
    look_for_rollback(at=LATER)
    begin(overtaken)
    # Somebody writes entry 2, which was the same, anew: it isn't among what is said to be lost.
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE clinic_trailevent SET hash = repeat('d', 64) WHERE seq = 2")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [each.seq for each in compare(whole=True).lost] == [2]


def test_it_is_named_though_the_place_that_told_of_it_cannot_be_read_any_more(overtaken: Actor, settings: Any) -> None:
    look_for_rollback(at=LATER)
    settings.CHECKPOINT_FOLDERS = []
    (lost,) = begin(overtaken)
    assert (lost.seq, lost.after) == (4, 0)


def test_a_chain_that_is_behind_and_has_other_entries_names_since_when(site: Site) -> None:
    by = trail_of(site, 1)
    write_checkpoint(at=BEFORE)
    written(by=by, reason="what")
    write_checkpoint(at=BEFORE.replace(minute=26))
    for reason in ("happened", "then"):
        written(by=by, reason=reason)
    write_checkpoint(at=AT)
    put_back(site, keep=1)
    written(by=by, reason="another story")
    look_for_rollback(at=LATER)
    (lost,) = begin(by)
    assert (lost.seq, lost.after) == (4, 1)
    call_command("verify_trail")


@unit_of_work
def written_and_remembered(*, by: Actor) -> None:
    record(by=by, action=Action.CHANGE, subject=by.site)


@pytest.fixture
def remembers(site: Site, monkeypatch: pytest.MonkeyPatch) -> Actor:
    """A manager of a site with four entries that this process knows to be committed, and no checkpoint."""
    by = trail_of(site)
    monkeypatch.setattr(seen, "_seen", {})
    head = ChainHead.objects.get(site=site)
    seen.remember({site.pk: End(head.epoch, head.seq, head.hash, head.recorded_at, held=False)})
    return by


def test_a_process_notices_that_what_it_has_written_is_gone(remembers: Actor, client: Client) -> None:
    assert client.get(reverse("healthz")).json()["read_only"] is False
    put_back(remembers.site, keep=2)
    assert client.get(reverse("healthz")).json()["read_only"] is True
    (lost,) = Rollback.objects.get().lost
    assert (lost["epoch"], lost["seq"]) == (1, 4)
    (named,) = begin(remembers)
    assert (named.epoch, named.seq, named.after) == (1, 4, -1)
    assert client.get(reverse("healthz")).json()["read_only"] is False  # it is acknowledged


def test_the_worker_notices_it_too(remembers: Actor) -> None:
    ends = seen._here().copy()
    put_back(remembers.site, keep=2)
    seen._here().clear()
    for reason in ("another", "story", "altogether"):  # by a process that remembers nothing
        written(by=remembers, reason=reason)
    seen._here().update(ends)
    tasks.drain()
    (lost,) = Rollback.objects.get().lost
    assert lost["seq"] == 4
    (named,) = begin(remembers)
    assert (named.seq, named.after) == (4, 0)  # nothing tells since when


def test_a_unit_that_finds_its_chain_cut_off_writes_nothing(remembers: Actor) -> None:
    put_back(remembers.site, keep=2)
    with pytest.raises(ReadOnly, match="bin/manage begin_epoch"), transaction.atomic():
        written(by=remembers)
    assert TrailEvent.objects.count() == 2


def test_a_chain_that_went_on_is_no_rollback(remembers: Actor) -> None:
    written(by=remembers)
    assert seen.gone_from_here() == []
    assert look_for_rollback(at=LATER) == []


def test_only_what_was_committed_is_remembered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_seen", {})
    trail_of(site)  # inside the test's own transaction
    assert [ends for ends in seen._seen.values() if ends] == []


@pytest.mark.django_db(transaction=True)
def test_a_unit_remembers_what_it_committed_and_says_that_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "_seen", {})
    by = make_actor(make_site("N"), Role.MANAGER)
    for _number in range(3):
        written_and_remembered(by=by)
    assert [end[:2] for ends in seen._seen.values() for end in ends.values()] == [(1, 3)]
    with transaction.atomic():
        put_back(by.site, keep=1)
    with pytest.raises(ReadOnly):
        written_and_remembered(by=by)
    assert Rollback.objects.get().lost[0]["seq"] == 3


def test_a_bucket_is_compared_too(site: Site, settings: Any, tmp_path: Path) -> None:
    trail_of(site)
    settings.CHECKPOINT_FOLDERS = [str(tmp_path / "a")]
    settings.CHECKPOINT_BUCKET = "trail"
    bucket = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "bucket"}}
    settings.STORAGES = {**settings.STORAGES, "checkpoints": bucket}
    write_checkpoint(at=AT)
    settings.CHECKPOINT_FOLDERS = []
    put_back(site, keep=2)
    assert [each.seq for each in compare().lost] == [4]


def test_an_empty_database_beside_checkpoints_is_no_new_clinic(manager: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM clinic_trailevent")
        cursor.execute("DELETE FROM clinic_chainhead WHERE site_id IS NOT NULL")
        cursor.execute("DELETE FROM clinic_site")
        cursor.execute("SET LOCAL session_replication_role = origin")
        with pytest.raises(EmptyDatabaseError, match="Put a backup back"):
            look_for_rollback(at=LATER)
        with pytest.raises(CommandError, match="The database is empty"):
            call_command("prepare", without_redis=True)
        assert not Rollback.objects.exists()


def test_prepare_says_it_and_the_start_of_web_and_worker_finds_it(
    manager: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)
    look_at_start()
    assert Rollback.objects.exists()
    out = io.StringIO()
    call_command("prepare", without_redis=True, stdout=out)
    assert "READ ONLY" in out.getvalue().splitlines()[-1]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM clinic_rollback",
        "UPDATE clinic_rollback SET found_at = now()",
        "TRUNCATE clinic_rollback",
        "INSERT INTO clinic_rollback (found_at, lost) VALUES (now(), '[]')",
    ],
)
def test_that_it_was_found_stays(manager: Actor, statement: str) -> None:
    look_for_rollback(at=LATER)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    begin(manager)
    with pytest.raises(DatabaseError, match="baseline:"), transaction.atomic():
        Rollback.objects.update(acknowledged_at=AT)


def test_no_epoch_begins_without_a_rollback(manager: Actor) -> None:
    with pytest.raises(DatabaseError, match="only moves on"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE clinic_chainhead SET epoch = 2, seq = 3, count = 3, hash = repeat('a', 64) WHERE site_id = %s",
            [manager.site.pk],
        )
