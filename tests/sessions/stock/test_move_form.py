"""Each movement of a lot asks for what it needs, and shows nothing else."""

import pytest
from django.template import Context, Template

from sessions.stock.forms import ASKS, MoveLotForm
from sessions.stock.models import LotMovementKind


@pytest.mark.parametrize("kind", list(ASKS))
def test_each_movement_shows_the_fields_it_asks_for(kind: LotMovementKind) -> None:
    label, asks_reason = ASKS[kind]
    html = Template("{% clinic_form form=form submit='Save' %}{% endclinic_form %}").render(
        Context({"form": MoveLotForm(kind=kind)})
    )
    assert ('name="volume_ul"' in html) is bool(label)
    assert ('name="reason"' in html) is asks_reason
