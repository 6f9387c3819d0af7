"""A stored file that somebody changed, or took away, is named: its row has its hash."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from clinic.accounts.actors import Actor
from clinic.documents.models import Rendering
from clinic.stored_files import altered_files
from patients.consents.models import Consent
from patients.photos.models import Derivative, Photo
from tests.patients.photos.sets import Add, taken
from tests.sessions.rooms import ready_room

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo(add: Add) -> Photo:
    """A photograph on record."""
    return add("vertex", taken(1))


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("change", [flipped, Path.unlink])
@pytest.mark.parametrize("which", ["original", "derivative"])
def test_a_photograph_and_what_was_derived_of_it(photo: Photo, which: str, change: Callable[[Path], None]) -> None:
    assert not list(altered_files())
    row = photo if which == "original" else photo.derivatives.get(kind="screen")
    name = str(photo.original if which == "original" else row.file)
    change(Path(default_storage.path(name)))
    (told,) = altered_files()
    assert told == f"{row._meta.verbose_name} {row.pk}: its file {name} is gone or altered"


def test_the_verifier_of_the_trail_says_so(photo: Photo, capsys: pytest.CaptureFixture[str]) -> None:
    flipped(Path(default_storage.path(str(photo.original))))
    with pytest.raises(CommandError, match="a stored file isn't what was stored"):
        call_command("verify_trail")
    assert str(photo.original) in capsys.readouterr().err


def test_a_drawn_signature(site: object, technician: Actor) -> None:
    ready_room(technician.site)
    besides = {Rendering, Photo, Derivative}  # the room's photographs have no files
    assert not list(altered_files(besides=besides))
    consent = Consent.objects.get()
    flipped(Path(default_storage.path(str(consent.drawing))))
    (told,) = altered_files(besides=besides)
    assert str(consent.drawing) in told
