"""A version approved for a day to come: the one before stays until then, and nothing has to be done on the day."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import day_text
from clinic.documents.models import SealedDocument
from clinic.errors import Refused
from clinic.outbox.models import Alert
from clinic.signing.models import Meaning, Signature
from clinic.trail.models import TrailEvent
from clinic.worklist.registry import work_for
from protocols.decisions.errors import AlreadyDecided, TooManyActive
from protocols.decisions.models import Decision
from protocols.decisions.pages import moments
from protocols.decisions.queries import active
from protocols.decisions.services import FURTHEST_EFFECT, approve, send_back, submit_for_review, take_effect
from protocols.decisions.states import State
from protocols.formulations.models import FormulationVersion
from protocols.ticks import bring_into_force
from protocols.treatment.models import TreatmentProtocolVersion
from tests.factories import PASSWORD, confirmed, make_actor
from tests.pages import words
from tests.protocols.builders import (
    allow_all,
    approved,
    approved_formulation,
    draft_checklist,
    draft_formulation,
    draft_leaflet,
    draft_photo_protocol,
    draft_prp,
    draft_treatment,
    make_author,
    next_version,
)

pytestmark = pytest.mark.django_db


def in_review(site: Site, **changed: Any) -> TreatmentProtocolVersion:
    author = make_author(site)
    return submit_for_review(by=author, version=draft_treatment(site, by=author, **changed), at=clock.now())


def ahead[D: Decision](version: D, days: int, **more: Any) -> D:
    """Approve `version` for so many days from today."""
    physician = make_actor(version.site, Role.PHYSICIAN)
    proof = confirmed(physician)
    day = clock.today(version.site) + timedelta(days=days)
    return approve(by=physician, version=version, confirmed=proof, at=proof.at, effective_from=day, **more)


def tick(site: Site, days: int) -> None:
    at = clock.now() + timedelta(days=days)
    bring_into_force({"site_id": site.pk, "period": at.date().isoformat()}, at=at)


def test_until_its_day_the_one_before_stays_and_then_it_takes_its_place(site: Site) -> None:
    before = approved(draft_treatment(site))
    version = ahead(in_review(site), 3)
    assert (version.status, version.waits) == (State.IN_REVIEW, True)
    tick(site, 2)
    assert active(TreatmentProtocolVersion, site) == before
    tick(site, 3)
    assert active(TreatmentProtocolVersion, site) == version
    before.refresh_from_db()
    version.refresh_from_db()
    assert (before.status, version.status, version.waits) == (State.RETIRED, State.APPROVED, False)
    assert version.approved_by_id == version.approval_signature.user_id
    signed = Signature.objects.filter(object_id=str(version.pk), object_type=version._meta.label)
    assert [signature.meaning for signature in signed] == [Meaning.APPROVED]
    assert version.effective_from.isoformat() in signed[0].content
    assert SealedDocument.objects.filter(subject_id=str(version.pk), kind=version.kind).count() == 1
    tick(site, 4)
    assert active(TreatmentProtocolVersion, site) == version


@pytest.mark.parametrize("days", [0, None])
def test_today_and_no_day_are_at_once(site: Site, days: int | None) -> None:
    version = in_review(site)
    if days is None:
        physician = make_actor(site, Role.PHYSICIAN)
        proof = confirmed(physician)
        version = approve(by=physician, version=version, confirmed=proof, at=proof.at)
    else:
        version = ahead(version, days)
    assert (version.status, version.effective_from) == (State.APPROVED, None)


@pytest.mark.parametrize("days", [-1, FURTHEST_EFFECT.days + 1])
def test_a_day_that_is_over_or_far_away_is_refused_and_signs_nothing(site: Site, days: int) -> None:
    version = in_review(site)
    with pytest.raises(Refused) as refused:
        ahead(version, days)
    assert refused.value.field == "effective_from"
    assert not Signature.objects.filter(object_id=str(version.pk), object_type=version._meta.label).exists()


def test_it_isnt_approved_twice_and_may_be_sent_back_until_its_day(site: Site) -> None:
    version = ahead(in_review(site), 3)
    with pytest.raises(AlreadyDecided):
        ahead(version, 5)
    physician = make_actor(site, Role.PHYSICIAN)
    back = send_back(by=physician, version=version, reason="Not that needle", at=clock.now())
    assert (back.status, back.approval_signature, back.effective_from) == (State.DRAFT, None, None)
    tick(site, 3)
    assert active(TreatmentProtocolVersion, site) is None


def test_it_was_approved_when_it_was_signed_and_came_into_force_by_itself(
    client: Client, site: Site, sign_in: Any
) -> None:
    version = ahead(in_review(site), 3)
    signed = version.approval_signature
    names = [reverse("version_list", args=[version.kind]), reverse("protocol_list")]
    sign_in(site, Role.PHYSICIAN)
    to_come = f"in force from {day_text(clock.today(site) + timedelta(days=3))}"
    for address in names:
        page = words(client.get(address))
        assert f"{day_text(clock.today(site))} {signed.printed_name}" in page.replace(",", "")
        assert to_come in page.replace("In force", "in force")
    tick(site, 3)
    version = TreatmentProtocolVersion.objects.get()
    since = clock.local(version.approved_at, site)
    assert [(each.at, each.title, each.who) for each in moments(version)[2:]] == [
        (signed.signed_at, "Approved", signed.printed_name), (version.approved_at, "In force", ""),
    ]  # fmt: skip
    for address in names:
        page = words(client.get(address))
        assert f"{day_text(clock.today(site))} {signed.printed_name}" in page.replace(",", "")
        assert f"in force since {day_text(since)}" in page.replace("In force", "in force")
        assert to_come not in page.replace("In force", "in force")
    sealed = SealedDocument.objects.get(subject_id=str(version.pk), kind=version.kind)
    assert f'{{"label":"In force since","value":"{day_text(since)}"}}' in sealed.content
    at_signing, on_the_day = TrailEvent.objects.filter(
        object_id=str(version.pk), object_type=version._meta.label
    ).exclude(action__in=["create", "sign"]).order_by("pk").values_list("action", flat=True)[1:]  # fmt: skip
    assert (at_signing, on_the_day) == ("approve", "change")


def test_nobody_is_asked_to_decide_on_it_again(site: Site) -> None:
    version = in_review(site)
    physician = make_actor(site, Role.PHYSICIAN)
    waiting = f"{version.title_of_kind} v1"
    assert waiting in [item.title for item in work_for(physician, clock.now())]
    ahead(version, 3)
    assert waiting not in [item.title for item in work_for(physician, clock.now())]


def test_a_formulation_keeps_its_place_through_the_change(site: Site) -> None:
    first = approved_formulation(site)
    draft = next_version(first)
    submit_for_review(by=_as(site, draft), version=draft, at=clock.now())
    version = ahead(draft, 2)
    first.refresh_from_db()
    assert (first.active_slot, version.active_slot) == (1, None)
    tick(site, 2)
    first.refresh_from_db()
    version.refresh_from_db()
    assert (first.active_slot, version.active_slot) == (None, 1)


def test_what_stands_against_it_on_the_day_is_an_alert_and_the_one_before_stays(site: Site) -> None:
    first = approved_formulation(site)
    draft = next_version(first)
    submit_for_review(by=_as(site, draft), version=draft, at=clock.now())
    version = ahead(draft, 2)
    allow_all(site, **{"Active A": ("not_allowed", "")})
    tick(site, 2)
    assert "doesn't allow Active A" in Alert.objects.get(kind="protocol_waits").text
    assert list(FormulationVersion.objects.for_site(site).active()) == [first]
    version.refresh_from_db()
    assert version.waits


def test_before_its_day_nobody_brings_it_into_force(site: Site) -> None:
    version = ahead(in_review(site), 3)
    assert take_effect(by=service_actor(site), version=version, at=clock.now()).status == State.IN_REVIEW


def _as(site: Site, draft: Decision) -> Any:
    return Actor.at_site(user=draft.author, site=site, roles=[Role.PREPARER])


def test_on_the_page(client: Client, site: Site, sign_in: Any) -> None:
    version = in_review(site)
    sign_in(site, Role.PHYSICIAN)
    address = reverse("version_approve", args=[version.kind, version.pk])
    day = clock.today(site) + timedelta(days=3)
    sent = {"password": PASSWORD, "row_version": version.row_version, "effective_from": "2001-01-01"}
    refused = client.post(address, sent)
    assert refused.status_code == 422
    assert "Choose a day from today" in refused.content.decode()
    page = client.post(address, sent | {"effective_from": day.isoformat()}, follow=True).content.decode()
    assert "it is in force from its day on" in page
    assert "Approved, in force from" in page
    assert 'id="approve"' not in page
    assert "Send back to the author" in page
    assert "stays in force" not in page  # there is no version before the first
    assert not re.search(r"<span[^>]*chip[^>]*>\s*(<svg.*?</svg>)?\s*In review", page, re.DOTALL)
    assert "Draft, not signed" not in page
    library = client.get(reverse("protocol_list")).content.decode()
    assert "Approved, still to come" in library
    assert not re.search(r"<span[^>]*chip[^>]*>\s*(<svg.*?</svg>)?\s*In review", library, re.DOTALL)


def test_a_formulation_to_come_keeps_its_place_among_three(site: Site) -> None:
    approved_formulation(site, "A")
    approved_formulation(site, "B")
    author = make_author(site)
    draft = draft_formulation(site, "C", by=author)
    allow_all(site)
    to_come = ahead(submit_for_review(by=author, version=draft, at=clock.now()), 5)
    with pytest.raises(TooManyActive, match=r"approved for a day to come.*C Formulation C v1"):
        approved_formulation(site, "D")
    tick(site, 5)
    to_come.refresh_from_db()
    assert to_come.status == State.APPROVED
    assert FormulationVersion.objects.active().count() == 3


@pytest.mark.parametrize(
    "kind", ["formulation", "prp_protocol", "checklist_version", "photo_protocol", "aftercare_leaflet"]
)
def test_a_new_version_begins_with_the_latest_approved_and_says_so(
    client: Client, site: Site, sign_in: Any, kind: str
) -> None:
    if kind == "formulation":
        first = approved_formulation(site)
        draft = next_version(first, indication="Of the later one")
        field, address = "indication", reverse("formulation_next", args=[first.pk])
    elif kind != "aftercare_leaflet":
        begin = {
            "prp_protocol": draft_prp,
            "checklist_version": draft_checklist,
            "photo_protocol": draft_photo_protocol,
        }
        first = approved(begin[kind](site))
        draft = begin[kind](site, title="Of the later one")
        field, address = "title", reverse(f"{kind}_new")
    else:
        first = approved(draft_leaflet(site))
        draft = draft_leaflet(site, title="Of the later one")
        field, address = "title", f"{reverse('aftercare_leaflet_new')}?from={first.pk}"
    sign_in(site, Role.PREPARER)
    page = client.get(address)
    assert page.context["form"][field].value() != "Of the later one"
    author = Actor.at_site(user=draft.author, site=site, roles=[Role.PREPARER])
    later = ahead(submit_for_review(by=author, version=draft, at=clock.now()), 3)
    page = client.get(address)
    assert page.context["form"][field].value() == "Of the later one"
    assert page.context["eyebrow"] == f"Begun from version 2: {later.state_words}"


def test_a_first_version_isnt_said_to_follow_one(client: Client, site: Site, sign_in: Any) -> None:
    first = in_review(site)
    sign_in(site, Role.PHYSICIAN)
    page = client.get(first.get_absolute_url()).content.decode()
    assert "Until that day none is in force." in page
    assert "stays in force" not in page
    approved(draft_treatment(site))
    page = client.get(in_review(site).get_absolute_url()).content.decode()
    assert "Until that day version 2 stays in force." in page


def test_the_alert_of_a_first_version_promises_none_before(site: Site) -> None:
    author = make_author(site)
    version = draft_formulation(site, by=author)
    ahead(submit_for_review(by=author, version=version, at=clock.now()), 3)
    allow_all(site, **{"Active A": ("not_allowed", "")})
    tick(site, 3)
    assert "None is in force until then." in Alert.objects.get(kind="protocol_waits").text
