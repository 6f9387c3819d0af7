"""Today is opened all day: what it asks stands written, for every role, and is asked again with other values alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.sql.compiler import SQLCompiler

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.worklist.registry import work_for
from tests.factories import make_actor
from tests.patients.builders import registered_patient, with_intake
from tests.protocols.builders import approved_everything

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("ready", [False, True], ids=["an empty site", "a site at work"])
def test_django_writes_no_statement_of_todays_a_second_time(
    site: Site, other_site: Site, role: Role, ready: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if ready:
        approved_everything(site)
        registered_patient(site)
        with_intake(registered_patient(site), by=make_actor(site, Role.OPERATOR))
    for each in (site, other_site):
        work_for(make_actor(each, role), clock.now())
    actor = make_actor(site, role)

    def written(self: SQLCompiler, *_args: Any, **_kwargs: Any) -> None:
        raise AssertionError(f"written anew, about {self.query.model}")

    monkeypatch.setattr(SQLCompiler, "as_sql", written)
    work_for(actor, clock.now() + timedelta(days=1))
