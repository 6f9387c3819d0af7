"""Real workers make each document's PDF once, however many try and wherever one of them dies."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from clinic.accounts.permissions import Role
from clinic.canonical import sha256
from clinic.documents import registry
from clinic.documents.models import Rendering, SealedDocument
from clinic.documents.registry import register
from clinic.documents.services import seal
from clinic.outbox.models import OutboxEntry
from clinic.outbox.services import defer
from tests.factories import make_actor, make_site
from tests.faults.conftest import Stack, let_leases_run_out, open_entries, wait_for

pytestmark = [pytest.mark.fault, pytest.mark.slow]
START_S = 60.0
AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_kinds", dict(registry._kinds))
    monkeypatch.setattr(
        registry, "_kinds", {name: kind for name, kind in registry._kinds.items() if name != "fault_form"}
    )
    register("fault_form", title="Fault form")


@pytest.fixture
def hold() -> Iterator[Path]:
    """The file that keeps a worker between its stored file and its commit while it is there."""
    path = Path(settings.DATA_DIR) / "hold-rendering"
    begun = path.with_name("rendering-begun")
    begun.unlink(missing_ok=True)
    path.touch()
    yield path
    path.unlink(missing_ok=True)
    begun.unlink(missing_ok=True)


def sealed_forms(number: int) -> list[SealedDocument]:
    """Seal so many forms; their PDFs are owed to the workers."""
    site = make_site()
    by = make_actor(site, Role.OPERATOR, name="Nora Demo")
    return [
        seal(by=by, kind="fault_form", subject=site, content={"sections": [], "number": each}, at=AT)
        for each in range(number)
    ]


def stored_pdfs() -> set[Path]:
    """Return the PDFs in the workers' file store."""
    return set((Path(settings.DATA_DIR) / "files" / "documents").rglob("*.pdf"))


def all_done() -> bool:
    """Whether nothing is owed any more; what failed because another was first is tried again at once."""
    let_leases_run_out()
    return open_entries() == 0


def test_two_workers_asked_twice_for_each_document_make_it_once(stack: Stack) -> None:
    before = stored_pdfs()
    documents = sealed_forms(12)
    with transaction.atomic():
        for document in documents:
            defer("documents.render", key=f"{document.code} again", payload={"document_id": document.pk})
    stack.worker(processes=2)
    stack.worker(processes=2)
    stack.beat()
    wait_for(all_done, within_s=START_S + 120, why="all PDFs are made")
    assert OutboxEntry.objects.filter(done_at__isnull=False, effect="documents.render").count() == 24
    made = {rendering.document_id: rendering for rendering in Rendering.objects.all()}
    assert set(made) == {document.pk for document in documents}
    new = stored_pdfs() - before
    assert {sha256(path.read_bytes()) for path in new} == {rendering.sha256 for rendering in made.values()}
    assert len(new) == 12


def test_a_worker_killed_between_file_and_commit_makes_none_and_the_sweep_makes_it_later(
    stack: Stack, hold: Path
) -> None:
    (document,) = sealed_forms(1)
    before = stored_pdfs()
    worker = stack.worker(processes=1)
    stack.beat()
    wait_for(hold.with_name("rendering-begun").exists, within_s=START_S, why="the rendering has begun")
    stack.kill(worker)
    assert not Rendering.objects.exists()
    (left,) = stored_pdfs() - before
    hold.unlink()
    stack.worker(processes=1)
    wait_for(all_done, within_s=START_S + 30, why="another worker has made it")
    rendering = Rendering.objects.get()
    assert rendering.document_id == document.pk
    assert Path(rendering.file.name).name != left.name, "nobody takes over what was left half done"
    kept = Path(settings.DATA_DIR) / "files" / rendering.file.name
    assert sha256(kept.read_bytes()) == rendering.sha256
