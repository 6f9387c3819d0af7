"""Beginning a preparation: what comes back, nothing written twice, and which formulations are offered."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from protocols.formulations.models import FormulationVersion
from sessions.preparation.models import Preparation
from tests.pages import words
from tests.protocols.builders import allow_all, approved_formulation

pytestmark = pytest.mark.django_db


def begin(client: Client, version: FormulationVersion, **changed: Any) -> Any:
    data = {"formulation_version": version.pk, "batch_ul": "5.00", "vial_count": "2", "submission_key": uuid.uuid4()}
    return client.post(reverse("preparation_new"), data | changed)


def test_a_preparation_is_begun_and_opens_at_the_bench(
    client: Client, preparer: Actor, version: FormulationVersion
) -> None:
    response = begin(client, version)
    preparation = Preparation.objects.get()
    assert response.url == reverse("preparation", args=[preparation.pk])
    said = words(client.get(response.url))
    assert "Active A 5 mg/mL" in said
    assert "2.85 to 3.15 mL · ± 5.0 %" in said
    assert "3 things are missing before you can sign" in said


def test_a_double_submission_begins_one(client: Client, preparer: Actor, version: FormulationVersion) -> None:
    key = uuid.uuid4()
    first, second = (begin(client, version, submission_key=key) for _ in range(2))
    assert first.url == second.url
    assert Preparation.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("5,00", "with a point, not with a comma: type 5.00"),
        ("5 mL", "Leave out the unit"),
        ("5.0001", "at most three decimals"),
        ("-5", "must be from"),
        ("9" * 20, "must be from"),
        ("9" * 21, "Shorten this to 20 characters"),
        ("1e3", "Leave out the unit"),
        ("", "Fill this in"),
        ("five", "Leave out the unit"),
        ("1.9", "from 2.00 to 20.00 mL"),
        ("0", "from 2.00 to 20.00 mL"),
        ("20.001", "from 2.00 to 20.00 mL"),
        ("2.001", "would need parts of a microlitre. Make 2.00 or 2.005 mL"),
    ],
)
def test_a_batch_that_cant_be_comes_back_with_what_to_do(
    client: Client, preparer: Actor, version: FormulationVersion, typed: str, told: str
) -> None:
    response = begin(client, version, batch_ul=typed)
    assert response.status_code == 422
    assert told in words(response)
    assert f'value="{typed}"' in response.content.decode() or not typed
    assert not Preparation.objects.exists()


@pytest.mark.parametrize("changed", [{"formulation_version": 0}, {"vial_count": "21"}, {"vial_count": "two"}])
def test_other_bad_input_comes_back_too(
    client: Client, preparer: Actor, version: FormulationVersion, changed: dict[str, Any]
) -> None:
    assert begin(client, version, **changed).status_code == 422


def test_without_a_formulation_the_page_says_what_comes_first(client: Client, preparer: Actor) -> None:
    assert "No formulation is in force" in words(client.get(reverse("preparation_new")))


def test_what_the_jurisdiction_table_forbids_is_not_offered_and_the_page_says_why(
    client: Client, site: Site, preparer: Actor, version: FormulationVersion
) -> None:
    other = approved_formulation(site, "B")
    allow_all(site, **{"Active A": ("not_allowed", "")})
    page = client.get(reverse("preparation_new"))
    assert [pk for pk, _text in page.context["form"]["formulation_version"].field.choices] == [other.pk]
    assert "doesn't allow Active A" in words(page)
    assert begin(client, version).status_code == 422
    assert begin(client, other).status_code == 302
    allow_all(site, **{"Active A": ("not_allowed", ""), "Active B": ("not_allowed", "")})
    none = words(client.get(reverse("preparation_new")))
    assert "No formulation may be prepared now" in none
    assert "doesn't allow Active B" in none
