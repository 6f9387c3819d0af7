"""What the other rooms' tests stand on."""

import pytest

from clinic.accounts.models import Site
from protocols.decisions import queries
from protocols.formulations.queries import active_versions
from protocols.models import ChecklistVersion, ConsentScriptVersion, PhotoProtocolVersion, TreatmentProtocolVersion
from protocols.readiness import readiness
from tests.protocols.builders import approved_for_opening

pytestmark = pytest.mark.django_db


def test_a_site_with_everything_approved_is_ready(site: Site) -> None:
    everything = approved_for_opening(site)
    assert readiness(site).ready
    assert active_versions(site) == list(everything.formulations)
    assert queries.active(TreatmentProtocolVersion, site) == everything.treatment
    assert queries.active(ChecklistVersion, site) == everything.checklist
    assert queries.active(ConsentScriptVersion, site) == everything.consent
    assert queries.active(PhotoProtocolVersion, site) == everything.photos
