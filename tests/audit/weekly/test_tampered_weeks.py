"""What was decided on the deviations of a signed week stays as it was decided, and whoever changes it is named."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from audit.weekly.models import DeviationDecision, WeekReview
from audit.weekly.queries import deviations_of
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.signing.against_trail import record_faults
from protocols.formulations.models import FormulationVersion
from tests.audit.weekly.given import WEEK, decide, prepare, sign
from tests.pages import signature_states
from tests.tampering import change, past_the_triggers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]

SLIPPED_IN = (
    "INSERT INTO audit_deviationdecision (submission_key, deviation_id, site_id, verdict, text, decided_at, "
    "decided_by_id) SELECT gen_random_uuid(), deviation_id, site_id, 'explained', 'Nothing to do', "
    "decided_at + interval '1 minute', decided_by_id FROM audit_deviationdecision WHERE id = %s"
)


@pytest.fixture
def review(site: Site, manager: Actor, version: FormulationVersion) -> WeekReview:
    """A signed week with two deviations, both decided."""
    prepare(site, version, off=True)
    decide(manager, site)
    return sign(manager)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_deviationdecision SET text = 'Nothing to do' WHERE id = %s",
     "UPDATE audit_deviationdecision SET verdict = 'explained' WHERE id = %s",
     "UPDATE audit_deviationdecision SET decided_by_id = decided_by_id + 1 WHERE id = %s",
     "DELETE FROM audit_deviationdecision WHERE id = %s", SLIPPED_IN],
)  # fmt: skip
def test_a_decision_that_the_databases_owner_touches_is_named_and_the_week_isnt_called_valid(
    client: Client, manager: Actor, review: WeekReview, statement: str
) -> None:
    client.force_login(manager.user)
    address = reverse("week", args=[WEEK.year, WEEK.number])
    assert signature_states(client.get(address)) == ["Valid"]
    assert list(record_faults()) == []
    last = DeviationDecision.objects.latest("pk")
    if "decided_by_id + 1" in statement:  # somebody has to be there by that number
        statement = statement.replace("decided_by_id + 1", str(review.signature.user_id - 1))
    change(statement, last.pk)
    said = list(record_faults())
    assert all("decision on a deviation" in each.lower() for each in said)  # by its own entry, where it has one
    (of_the_week,) = [each for each in said if "rests on" in each]
    assert str(review) in of_the_week
    assert signature_states(client.get(address)) == ["Doesn't verify"]


def test_a_decision_of_another_week_is_nobodys_fault(
    site: Site, review: WeekReview, manager: Actor, version: FormulationVersion
) -> None:
    later = prepare(site, version, off=True, at=review.signed_at)
    assert deviations_of(site, WEEK).filter(preparation=later).count() == 0
    decide(manager, site, week=WEEK.after or WEEK)
    assert DeviationDecision.objects.filter(deviation__preparation=later).exists()
    assert list(record_faults()) == []


def test_nobody_with_the_applications_rights_adds_a_decision_to_a_signed_week(review: WeekReview) -> None:
    last = DeviationDecision.objects.latest("pk")
    refused = pytest.raises(DatabaseError, match="week of this deviation is signed")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SLIPPED_IN, [last.pk])
    with past_the_triggers() as cursor:
        cursor.execute("DELETE FROM audit_weekreview")
    with connection.cursor() as cursor:
        cursor.execute(SLIPPED_IN, [last.pk])
        assert cursor.rowcount == 1
