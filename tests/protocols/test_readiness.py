"""When a site may begin to treat: two or three formulations and one of each other document."""

from typing import Any

import pytest

from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.decisions.services import retire
from protocols.kinds import SINGLE
from protocols.readiness import assess, readiness
from protocols.responses.models import Complication
from tests.factories import confirmed, make_actor
from tests.protocols.builders import approved_everything, approved_for_opening, approved_formulation

#: PRP, combined sessions and the audit's rules aren't needed before the first patient.
ALL = {model.kind for model in SINGLE if model.needed} | {"aftercare_leaflet", "consent_script"}
RESPONSES = set(Complication.values)


@pytest.mark.parametrize(
    ("formulations", "kinds", "ready"),
    [
        (0, set(), False),
        (0, ALL, False),
        (1, ALL, False),
        (2, ALL, True),
        (3, ALL, True),
        *[(2, ALL - {kind}, False) for kind in sorted(ALL)],
        (3, set(), False),
    ],
)
def test_ready_means_two_or_three_formulations_and_every_other_document(
    formulations: int, kinds: set[str], ready: bool
) -> None:
    found = assess(active_formulations=formulations, active_kinds=kinds, complications=RESPONSES)
    assert found.ready is ready
    assert bool(found.missing) is not ready


def test_what_is_missing_is_said_in_words() -> None:
    missing = assess(
        active_formulations=0,
        active_kinds={"consent_script", "photo_protocol"},
        complications=RESPONSES - {"infection"},
    ).missing
    assert missing == [
        "2 more approved formulations are needed: a site works with two or three.",
        "Not approved yet: Jurisdiction table.",
        "Not approved yet: Treatment protocol.",
        "Not approved yet: Contraindication checklist.",
        "Not approved yet: Aftercare leaflet.",
        "No response is approved for: Infection.",
    ]
    assert assess(active_formulations=1, active_kinds=ALL, complications=RESPONSES).missing == [
        "1 more approved formulation is needed: a site works with two or three."
    ]


@pytest.mark.django_db
def test_an_empty_site_misses_everything(site: Site) -> None:
    assert len(readiness(site).missing) == 12


@pytest.mark.django_db
def test_another_sites_protocols_count_for_nothing(site: Site, other_site: Site) -> None:
    approved_for_opening(other_site)
    approved_formulation(site)
    assert not readiness(site).ready
    assert readiness(other_site).ready


@pytest.mark.django_db
def test_a_site_isnt_ready_any_more_when_a_document_is_retired(site: Site) -> None:
    everything = approved_for_opening(site)
    physician = make_actor(site, Role.PHYSICIAN)
    proof = confirmed(physician)
    retire(by=physician, version=everything.checklist, confirmed=proof, reason="Wrong question", at=proof.at)
    assert readiness(site).missing == ["Not approved yet: Contraindication checklist."]


@pytest.mark.django_db
def test_readiness_costs_one_query(site: Site, django_assert_num_queries: Any) -> None:
    approved_everything(site)
    with django_assert_num_queries(1):
        readiness(site)
