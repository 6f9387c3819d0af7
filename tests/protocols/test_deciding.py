"""The life of a documented decision: who may move it on, what a second click does, what is signed."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils.html import escape

from clinic import clock
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.canonical import canonical, sha256
from clinic.documents.models import SealedDocument
from clinic.documents.templates import html_of
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.signing.models import Signature
from clinic.signing.services import verifies
from clinic.trail.models import TrailEvent
from clinic.trail.verify import verify_chain
from protocols.decisions.content import content_of
from protocols.decisions.errors import (
    AlreadyDecided,
    NotComplete,
    OutOfDate,
    OwnDraft,
    TooManyActive,
    WrongMove,
)
from protocols.decisions.models import Decision
from protocols.decisions.services import approve, retire, send_back, submit_for_review
from protocols.decisions.states import State
from protocols.drafts.services import discard_draft
from protocols.formulations.models import FormulationVersion
from protocols.formulations.services import update_ingredient
from protocols.models import ChecklistVersion, ConsentScriptVersion, PhotoProtocolVersion, TreatmentProtocolVersion
from tests.factories import confirmed, make_actor
from tests.protocols.builders import (
    a_line,
    an_ingredient,
    approved,
    approved_everything,
    approved_formulation,
    draft_checklist,
    draft_consent,
    draft_formulation,
    draft_photo_protocol,
    draft_treatment,
    make_author,
    next_version,
)

pytestmark = pytest.mark.django_db

DRAFTS = [draft_formulation, draft_treatment, draft_checklist, draft_consent, draft_photo_protocol]


def _submitted(site: Site, author: Any = None) -> FormulationVersion:
    author = author or make_author(site)
    return submit_for_review(by=author, version=draft_formulation(site, by=author), at=clock.now())


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_kind_goes_from_draft_through_review_to_approved_and_retired(site: Site, draft: Any) -> None:
    author, physician = make_author(site), make_actor(site, Role.PHYSICIAN)
    version = draft(site, by=author)
    assert version.status == State.DRAFT
    version = submit_for_review(by=author, version=version, at=clock.now())
    assert (version.status, version.submitted_by) == (State.IN_REVIEW, author.user)
    proof = confirmed(physician)
    version = approve(by=physician, version=version, confirmed=proof, at=proof.at)
    assert (version.status, version.approved_by, version.approved_at) == (State.APPROVED, physician.user, proof.at)
    proof = confirmed(physician)
    version = retire(by=physician, version=version, confirmed=proof, reason="No longer used", at=proof.at)
    version.refresh_from_db()
    assert (version.status, version.retire_reason) == (State.RETIRED, "No longer used")
    assert version.retirement_signature.reason == "No longer used"
    actions = [event.action for event in TrailEvent.objects.order_by("seq").filter(object_type=version._meta.label)]
    assert actions == ["create", "change", "sign", "approve", "sign", "retire"]
    assert verify_chain() is None


@pytest.mark.parametrize("draft", DRAFTS)
def test_the_approval_signs_exactly_what_the_version_says(site: Site, draft: Any) -> None:
    version = approved(draft(site))
    version = type(version).objects.get(pk=version.pk)
    signature = version.approval_signature
    assert verifies(signature)
    assert signature.content == canonical(content_of(version))
    assert signature.content_sha256 == sha256(canonical(content_of(version)))
    parts = json.loads(signature.content)["parts"]
    assert len(parts) == len(version.part_rows())


@pytest.mark.parametrize("draft", DRAFTS)
def test_an_approved_version_is_sealed_as_a_document_with_its_signature(site: Site, draft: Any) -> None:
    version = approved(draft(site))
    document = SealedDocument.objects.get(subject_type=version._meta.label, subject_id=str(version.pk))
    assert (document.kind, document.title, document.subject_version) == (version.kind, str(version), "1")
    content = json.loads(document.content)
    assert content["signatures"][0]["sha256"] == version.approval_signature.content_sha256
    assert content["signatures"][0]["meaning"] == "approved"
    # An amount stays with its unit, by a mark of its own.
    page = re.sub(r"<[^>]+>", "", html_of(document)).replace("\xa0", " ")
    for part in version.part_rows():
        assert escape(next(value for value in part.describe().values() if isinstance(value, str))) in page


def test_the_author_cant_approve(site: Site) -> None:
    author = make_actor(site, Role.PHYSICIAN)
    version = _submitted(site, author)
    with pytest.raises(OwnDraft):
        approve(by=author, version=version, confirmed=confirmed(author), at=clock.now())
    version.refresh_from_db()
    assert version.status == State.IN_REVIEW
    assert not Signature.objects.filter(object_type=version._meta.label).exists()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OPERATOR, Role.PREPARER, Role.AUDITOR, Role.FRONT_DESK])
def test_only_who_may_approve_approves_and_retires(site: Site, role: Role) -> None:
    version = _submitted(site)
    other = make_actor(site, role)
    with pytest.raises(NotAllowed):
        approve(by=other, version=version, confirmed=confirmed(other), at=clock.now())
    active = approved_formulation(site, "B")
    with pytest.raises(NotAllowed):
        retire(by=other, version=active, confirmed=confirmed(other), reason="x", at=clock.now())


def test_a_physician_of_another_site_decides_nothing_here(site: Site, other_site: Site) -> None:
    version = _submitted(site)
    stranger = make_actor(other_site, Role.PHYSICIAN)
    proof = confirmed(stranger)
    with pytest.raises(NotAllowed):
        approve(by=stranger, version=version, confirmed=proof, at=proof.at)
    with pytest.raises(NotAllowed):
        send_back(by=stranger, version=version, reason="x", at=clock.now())
    with pytest.raises(NotAllowed):
        discard_draft(by=stranger, version=draft_formulation(site, "B"), at=clock.now())


def test_somebody_elses_or_an_old_confirmation_signs_nothing(site: Site) -> None:
    version, physician = _submitted(site), make_actor(site, Role.PHYSICIAN)
    other = confirmed(make_actor(site, Role.PHYSICIAN))
    with pytest.raises(Refused, match="password"):
        approve(by=physician, version=version, confirmed=other, at=other.at)
    old = confirmed(physician)
    with pytest.raises(Refused, match="password"):
        approve(by=physician, version=version, confirmed=old, at=old.at + timedelta(minutes=3))


def test_a_second_click_of_the_same_person_changes_nothing(site: Site) -> None:
    author, physician = make_author(site), make_actor(site, Role.PHYSICIAN)
    version = draft_formulation(site, by=author)
    for _click in range(2):
        submit_for_review(by=author, version=version, at=clock.now())
    for _click in range(2):
        proof = confirmed(physician)
        approve(by=physician, version=version, confirmed=proof, at=proof.at)
    signatures = Signature.objects.filter(object_type=version._meta.label)
    assert signatures.count() == 1
    for _click in range(2):
        proof = confirmed(physician)
        retire(by=physician, version=version, confirmed=proof, reason="Done with", at=proof.at)
    assert signatures.count() == 2
    assert SealedDocument.objects.filter(kind="formulation").count() == 1


def test_another_persons_second_click_says_who_was_first(site: Site) -> None:
    author, first, second = make_author(site), make_actor(site, Role.PHYSICIAN), make_actor(site, Role.PHYSICIAN)
    version = submit_for_review(by=author, version=draft_formulation(site, by=author), at=clock.now())
    with pytest.raises(AlreadyDecided, match=author.name):
        submit_for_review(by=first, version=version, at=clock.now())
    proof = confirmed(first)
    approve(by=first, version=version, confirmed=proof, at=proof.at)
    proof = confirmed(second)
    with pytest.raises(AlreadyDecided, match=first.name):
        approve(by=second, version=version, confirmed=proof, at=proof.at)
    proof = confirmed(first)
    retire(by=first, version=version, confirmed=proof, reason="Done with", at=proof.at)
    proof = confirmed(second)
    with pytest.raises(AlreadyDecided, match=first.name):
        retire(by=second, version=version, confirmed=proof, reason="Done with", at=proof.at)


def test_what_isnt_in_review_cant_be_approved_and_what_isnt_approved_cant_be_retired(site: Site) -> None:
    physician = make_actor(site, Role.PHYSICIAN)
    version = draft_formulation(site)
    with pytest.raises(WrongMove):
        approve(by=physician, version=version, confirmed=confirmed(physician), at=clock.now())
    with pytest.raises(WrongMove):
        retire(by=physician, version=version, confirmed=confirmed(physician), reason="x", at=clock.now())
    with pytest.raises(WrongMove):
        send_back(by=physician, version=version, reason="x", at=clock.now())


def test_a_retired_version_never_returns(site: Site) -> None:
    version = approved_formulation(site)
    physician = make_actor(site, Role.PHYSICIAN)
    proof = confirmed(physician)
    retire(by=physician, version=version, confirmed=proof, reason="Recall", at=proof.at)
    with pytest.raises(WrongMove):
        submit_for_review(by=make_author(site), version=version, at=clock.now())
    with pytest.raises(WrongMove):
        approve(by=physician, version=version, confirmed=confirmed(physician), at=clock.now())
    with pytest.raises(WrongMove):
        send_back(by=physician, version=version, reason="x", at=clock.now())


def test_sending_back_needs_a_reason_which_the_author_reads_until_it_is_sent_again(site: Site) -> None:
    author, physician = make_author(site), make_actor(site, Role.PHYSICIAN)
    version = _submitted(site, author)
    for reason in ("", "   ", " . ", "- 1 -", "x" * 501):
        with pytest.raises(Refused) as refused:
            send_back(by=physician, version=version, reason=reason, at=clock.now())
        assert refused.value.field == "reason"
    version = send_back(by=physician, version=version, reason=" Less  biotin ", at=clock.now())
    assert (version.status, version.sent_back_reason, version.sent_back_by) == ("draft", "Less biotin", physician.user)
    assert version.submitted_at is None
    send_back(by=physician, version=version, reason="Less biotin", at=clock.now())
    with pytest.raises(AlreadyDecided):
        send_back(by=make_actor(site, Role.PHYSICIAN), version=version, reason="No", at=clock.now())
    version = submit_for_review(by=author, version=version, at=clock.now())
    assert (version.sent_back_at, version.sent_back_reason) == (None, "")


def test_the_author_may_take_a_version_back_from_review_and_another_writer_may_not(site: Site) -> None:
    author = make_author(site)
    version = _submitted(site, author)
    with pytest.raises(NotAllowed):
        send_back(by=make_author(site), version=version, reason="Mine now", at=clock.now())
    assert send_back(by=author, version=version, reason="Forgot a line", at=clock.now()).status == State.DRAFT


def test_an_incomplete_draft_isnt_sent_and_says_what_is_missing(site: Site) -> None:
    author = make_author(site)
    short = draft_formulation(site, by=author, lines=[a_line(an_ingredient(site), 900)])
    with pytest.raises(NotComplete) as refused:
        submit_for_review(by=author, version=short, at=clock.now())
    assert refused.value.reasons == ["The lines make 900 µL of 1000 µL per mL: 100 µL are missing."]
    with pytest.raises(NotComplete):
        submit_for_review(by=author, version=draft_checklist(site, by=author, items=[]), at=clock.now())
    with pytest.raises(NotComplete):
        submit_for_review(by=author, version=draft_consent(site, by=author, statements=["  "]), at=clock.now())
    with pytest.raises(NotComplete):
        submit_for_review(by=author, version=draft_photo_protocol(site, by=author, views=[]), at=clock.now())


def test_who_approves_approves_what_was_read(site: Site) -> None:
    author, physician = make_author(site), make_actor(site, Role.PHYSICIAN)
    version = _submitted(site, author)
    read = version.row_version
    send_back(by=author, version=version, reason="Better wording", at=clock.now())
    submit_for_review(by=author, version=version, at=clock.now())
    with pytest.raises(StaleWrite):
        approve(by=physician, version=version, confirmed=confirmed(physician), at=clock.now(), row_version=read)


def test_an_ingredient_put_right_during_review_sends_the_version_back(site: Site) -> None:
    author, physician = make_author(site), make_actor(site, Role.PHYSICIAN)
    anaesthetic = an_ingredient(site, "Lidocaine hydrochloride", by=author)
    lines = [a_line(anaesthetic, 100), a_line(an_ingredient(site, by=author), 900)]
    version = submit_for_review(by=author, version=draft_formulation(site, by=author, lines=lines), at=clock.now())
    update_ingredient(
        by=author, ingredient=anaesthetic, row_version=1, name=anaesthetic.name,
        concentration=anaesthetic.concentration, allergen_class="local_anaesthetic", pregnancy_class="clearance",
        at=clock.now(),
    )  # fmt: skip
    with pytest.raises(OutOfDate, match="Lidocaine"):
        approve(by=physician, version=version, confirmed=confirmed(physician), at=clock.now())


class TestNextVersions:
    """What happens to the version before."""

    def test_the_next_version_replaces_the_one_before_in_the_same_place(self, site: Site) -> None:
        first = approved_formulation(site, "A")
        approved_formulation(site, "B")
        physician = make_actor(site, Role.PHYSICIAN)
        second = approved(next_version(first), approver=physician)
        first.refresh_from_db()
        assert (second.number, second.active_slot) == (2, 1)
        assert (first.status, first.active_slot, first.retired_by) == (State.RETIRED, None, physician.user)
        assert first.retire_reason == "Replaced by version 2."
        assert first.retirement_signature == second.approval_signature

    @pytest.mark.parametrize(
        ("draft", "model"),
        [
            (draft_treatment, TreatmentProtocolVersion),
            (draft_checklist, ChecklistVersion),
            (draft_consent, ConsentScriptVersion),
            (draft_photo_protocol, PhotoProtocolVersion),
        ],
    )
    def test_one_version_of_each_other_document_is_in_force(
        self, site: Site, other_site: Site, draft: Any, model: type[Decision]
    ) -> None:
        elsewhere = approved(draft(other_site))
        first = approved(draft(site))
        second = approved(draft(site))
        assert list(model.objects.for_site(site).active()) == [second]
        first.refresh_from_db()
        elsewhere.refresh_from_db()
        assert (first.status, elsewhere.status, second.number) == (State.RETIRED, State.APPROVED, 2)

    def test_an_older_draft_doesnt_replace_a_newer_version_in_force(self, site: Site) -> None:
        first = approved_formulation(site)
        older, newer = next_version(first), next_version(first)
        approved(newer)
        with pytest.raises(WrongMove, match="Version 3 is in force and newer"):
            approved(older)

    def test_another_sites_formulations_take_no_place_here(self, site: Site, other_site: Site) -> None:
        for code in "ABC":
            approved_formulation(other_site, code)
        assert approved_formulation(site).active_slot == 1


class TestThree:
    """A site works with three formulations at most."""

    def test_the_fourth_is_refused_and_the_message_says_what_to_retire(self, site: Site) -> None:
        for code in "ABC":
            approved_formulation(site, code)
        with pytest.raises(TooManyActive) as refused:
            approved_formulation(site, "D")
        assert refused.value.message == (
            "3 formulations are active, and a site works with no more. "
            "Retire one first: A Formulation A v1, B Formulation B v1, C Formulation C v1."
        )
        assert FormulationVersion.objects.active().count() == 3

    def test_a_place_that_became_free_is_taken_again(self, site: Site) -> None:
        versions = [approved_formulation(site, code) for code in "ABC"]
        physician = make_actor(site, Role.PHYSICIAN)
        proof = confirmed(physician)
        retire(by=physician, version=versions[1], confirmed=proof, reason="Not used", at=proof.at)
        assert approved_formulation(site, "D").active_slot == 2

    def test_the_next_version_of_one_of_three_is_no_fourth(self, site: Site) -> None:
        versions = [approved_formulation(site, code) for code in "ABC"]
        assert approved(next_version(versions[2])).active_slot == 3


def test_a_draft_can_be_thrown_away_by_its_author_or_an_approver_and_stays_in_the_trail(site: Site) -> None:
    author = make_author(site)
    version = draft_formulation(site, by=author)
    with pytest.raises(NotAllowed):
        discard_draft(by=make_author(site), version=version, at=clock.now())
    discard_draft(by=author, version=version, at=clock.now())
    assert not FormulationVersion.objects.exists()
    event = TrailEvent.objects.order_by("-seq").first()
    assert event is not None
    assert event.action == "end"
    assert '"beyond_use_hours":24' in event.body
    discard_draft(by=make_actor(site, Role.PHYSICIAN), version=draft_consent(site), at=clock.now())


def test_only_a_draft_can_be_thrown_away(site: Site) -> None:
    version = _submitted(site)
    with pytest.raises(WrongMove):
        discard_draft(by=make_actor(site, Role.PHYSICIAN), version=version, at=clock.now())


def test_everything_approved_has_the_versions_in_force(site: Site) -> None:
    everything = approved_everything(site)
    assert [version.active_slot for version in everything.formulations] == [1, 2]
