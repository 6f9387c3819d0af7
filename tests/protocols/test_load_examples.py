"""`bin/manage load_examples`: every kind as a draft, marked as an example, once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import translation

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.examples import example_reason
from protocols.decisions.models import Decision
from protocols.decisions.services import approve, submit_for_review
from protocols.jurisdiction.models import JurisdictionTableVersion
from protocols.kinds import KINDS
from protocols.responses.models import Complication
from tests.factories import confirmed, make_actor
from tests.pages import words
from tests.protocols.builders import draft_consent

#: It ships empty: whose rules, and which ingredients, the site says itself.
EMPTY_TABLE = ["Say whose rules these are: the country or region.", "There is no ingredient yet."]

pytestmark = pytest.mark.django_db


def _load(*arguments: str) -> str:
    out = StringIO()
    call_command("load_examples", *arguments, stdout=out)
    return out.getvalue()


def _counts() -> dict[str, int]:
    return {model.kind: model.objects.count() for model in KINDS}


def test_every_kind_is_written_once_as_a_marked_draft(site: Site) -> None:
    author = make_actor(site, Role.MANAGER)
    said = _load(site.code, "--author", author.user.email.upper(), "--telephone", "+49 30 5550 100")
    counts = _counts()
    assert counts.pop("formulation") == 3
    assert counts.pop("complication_response") == len(Complication)
    assert set(counts.values()) == {1}
    for model in KINDS:
        for version in model.objects.all():
            assert (version.status, version.author) == ("draft", author.user)
            assert "Example, to be approved by your physician" in version.change_reason
            assert version.gaps() == ([] if model is not JurisdictionTableVersion else EMPTY_TABLE)
            assert str(version) in said
    before = _counts()
    _load(site.code, "--author", author.user.email)
    assert _counts() == before


def test_without_a_telephone_the_leaflet_says_what_it_lacks(site: Site) -> None:
    _load(site.code, "--author", make_actor(site, Role.MANAGER).user.email)
    leaflet = next(model for model in KINDS if model.kind == "aftercare_leaflet").objects.get()
    assert leaflet.gaps() == ["Say whom the patient calls: the telephone is missing."]


def test_a_site_that_has_begun_by_itself_gets_none(site: Site) -> None:
    draft_consent(site)
    before = _counts()
    with pytest.raises(CommandError, match="has protocols already"):
        _load(site.code, "--author", make_actor(site, Role.MANAGER).user.email)
    assert _counts() == before


def test_an_example_that_goes_to_review_loses_its_mark_whatever_language_wrote_it(site: Site) -> None:
    author = make_actor(site, Role.MANAGER)
    _load(site.code, "--author", author.user.email, "--telephone", "+49 30 5550 100")
    draft = next(model for model in KINDS if model.kind == "prp_protocol").objects.get()
    with translation.override("de"):
        version = submit_for_review(by=author, version=draft, at=clock.now())
    assert "xample, to be approved" not in version.change_reason
    assert approved_by_somebody(version).change_reason == "First version, written after the example."
    own = submit_for_review(by=author, version=draft_consent(site, by=author), at=clock.now())
    assert own.change_reason == "First"


def test_an_example_is_marked_on_its_page_and_in_the_library_until_it_is_approved(site: Site, client: Client) -> None:
    author = make_actor(site, Role.MANAGER)
    _load(site.code, "--author", author.user.email, "--telephone", "+49 30 5550 100")
    version = next(model for model in KINDS if model.kind == "prp_protocol").objects.get()
    client.force_login(author.user)
    marked = "Example, to be approved by your physician."
    for moved in (lambda: version, lambda: submit_for_review(by=author, version=version, at=clock.now())):
        moved()
        assert marked in words(client.get(version.get_absolute_url()))
    assert "in review · an example" in words(client.get(reverse("protocol_list")))
    approved_by_somebody(version)
    assert marked not in words(client.get(version.get_absolute_url()))
    assert "in review · an example" not in words(client.get(reverse("protocol_list")))


def test_what_was_approved_with_the_mark_is_read_without_it_and_signed_with_it(site: Site) -> None:
    draft = draft_consent(site, change_reason=example_reason())
    assert draft.reason_said == example_reason()
    approved = ConsentScriptVersion(change_reason=example_reason(), approval_signature_id=1, site=site)
    assert approved.reason_said == "First version, written after the example."
    assert approved.change_reason == example_reason()


def approved_by_somebody(version: Decision) -> Decision:
    """Approve `version` as a physician of its site."""
    physician = make_actor(version.site, Role.PHYSICIAN)
    proof = confirmed(physician)
    return approve(by=physician, version=version, confirmed=proof, at=proof.at)


@pytest.mark.parametrize(
    ("site_code", "author", "words"),
    [
        ("XX", "manager", "there is no site XX; the sites are: N"),
        ("N", "nobody@demo.example", "nobody with the address nobody@demo.example works at"),
        ("N", "elsewhere", "works at"),
        ("N", "operator", "allow this"),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    site: Site, other_site: Site, site_code: str, author: str, words: str
) -> None:  # fmt: skip
    people = {
        "manager": make_actor(site, Role.MANAGER), "elsewhere": make_actor(other_site, Role.MANAGER),
        "operator": make_actor(site, Role.OPERATOR),
    }  # fmt: skip
    address = people[author].user.email if author in people else author
    with pytest.raises(CommandError) as refused:
        _load(site_code, "--author", address)
    assert words in str(refused.value)
    assert not any(_counts().values())


def test_a_telephone_that_is_too_long_is_refused(site: Site) -> None:
    with pytest.raises(CommandError, match="at most 120 characters"):
        _load(site.code, "--author", make_actor(site, Role.MANAGER).user.email, "--telephone", "1" * 121)
