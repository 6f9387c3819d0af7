"""A load of the demo that breaks off: one transaction, so nothing of it is there, and services work as before."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from clinic.accounts.models import Site, User
from clinic.clock import now
from clinic.errors import Refused
from clinic.trail.models import TrailEvent
from demo.story import Story
from patients.registry.models import Patient

pytestmark = pytest.mark.django_db
DEEDS = 4


@pytest.mark.parametrize("error", [Refused("The vial is empty."), OSError(28, "No space left on device")])
def test_it_leaves_nothing_and_the_next_block_can_be_taken_back(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    play = Story.play

    def breaks(self: Story) -> Iterator[tuple[int, int]]:
        for done, known in play(self):
            yield done, known
            if done == DEEDS:
                assert TrailEvent.objects.exists()
                with transaction.atomic():  # as within a service
                    raise error

    monkeypatch.setattr(Story, "play", breaks)
    entries = TrailEvent.objects.count()

    with pytest.raises(CommandError, match=r"vial is empty|Make room on the disk"):
        call_command("seed_demo")

    assert not User.objects.exists()
    assert not Patient.objects.exists()
    assert TrailEvent.objects.count() == entries
    assert connection.features.uses_savepoints
    sites = Site.objects.count()
    with suppress(LookupError), transaction.atomic():
        Site.objects.create(code="ZZ", name=f"A site of {now():%Y}")
        raise LookupError
    assert Site.objects.count() == sites
