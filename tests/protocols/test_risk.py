"""A change that bears on risk: read and signed before anybody goes on; patients consent anew where it touches them."""

import json
import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor, service_actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import time_text
from clinic.documents.models import SealedDocument
from clinic.errors import NotAllowed, Refused
from clinic.signing.models import Meaning
from demo.pictures import signature_png
from patients.consents.queries import consent_in_force
from patients.consents.services import take_consent
from protocols.decisions.services import approve, submit_for_review, take_effect
from protocols.drafts.services import begin_draft
from protocols.formulations.models import FormulationVersion
from protocols.jurisdiction.models import JurisdictionEntry, JurisdictionTableVersion
from protocols.risk.models import ReadReceipt, RiskChange
from protocols.risk.queries import (
    formulation_changed_since,
    unread_by,
    unread_for_preparing,
    unread_for_treating,
    unread_of,
)
from protocols.risk.services import sign_receipt
from sessions.preparation.services.drafts import start_preparation
from tests.factories import PASSWORD, confirmed, make_actor
from tests.patients.builders import registered_patient, with_intake
from tests.protocols.builders import (
    approved,
    approved_formulation,
    draft_audit_rules,
    draft_consent,
    draft_treatment,
    make_author,
    next_version,
)
from tests.protocols.test_editing_documents import _initial

pytestmark = pytest.mark.django_db


def changed_formulation(before: FormulationVersion, **why: Any) -> FormulationVersion:
    draft = next_version(before)
    FormulationVersion.objects.filter(pk=draft.pk).update(**({"risk_relevant": True} | why))
    draft.refresh_from_db()
    return approved(draft)


def read(by: Actor, change: RiskChange) -> ReadReceipt:
    proof = confirmed(by)
    return sign_receipt(by=by, change=change, confirmed=proof, at=proof.at)


def test_a_first_version_and_one_that_bears_on_no_risk_ask_nobody_to_read(site: Site) -> None:
    version = approved_formulation(site)
    changed_formulation(version, risk_relevant=False)
    assert not RiskChange.objects.exists()


def test_nobody_prepares_under_it_before_reading_and_signing(site: Site) -> None:
    version = changed_formulation(approved_formulation(site))
    by = make_actor(site, Role.PREPARER)

    def prepare() -> Any:
        return start_preparation(
            by=by, formulation_version=version, batch_ul=4_000, submission_key=uuid.uuid4(), at=clock.now()
        )

    with pytest.raises(Refused) as refused:
        prepare()
    assert refused.value.reasons == [str(version)]
    receipt = read(by, RiskChange.objects.get())
    assert (receipt.signature.meaning, receipt.signature.user) == (Meaning.READ, by.user)
    assert prepare().formulation_version == version
    assert SealedDocument.objects.filter(kind="read_receipt").count() == 1


def test_another_formulation_isnt_held_up(site: Site) -> None:
    changed_formulation(approved_formulation(site))
    other = approved_formulation(site, "B")
    by = make_actor(site, Role.PREPARER)
    assert unread_by(by, formulation_id=other.formulation_id) == []


def test_who_has_read_the_newest_change_has_read_enough(site: Site) -> None:
    second = changed_formulation(approved_formulation(site))
    changed_formulation(second)
    by = make_actor(site, Role.PREPARER)
    unread = unread_by(by, formulation_id=second.formulation_id)
    assert len(unread) == 1
    assert "v3" in unread[0].title
    read(by, unread[0])
    assert unread_by(by, formulation_id=second.formulation_id) == []


def test_the_approver_has_read_it_and_the_author_signs_like_everybody(site: Site) -> None:
    version = changed_formulation(approved_formulation(site))
    approver = Actor.at_site(user=version.approved_by, site=site, roles=[Role.PHYSICIAN])
    author = Actor.at_site(user=version.author, site=site, roles=[Role.PREPARER])
    assert unread_by(approver, formulation_id=version.formulation_id) == []
    assert len(unread_by(author, formulation_id=version.formulation_id)) == 1


def test_a_second_signature_is_the_first_one(site: Site) -> None:
    changed_formulation(approved_formulation(site))
    by = make_actor(site, Role.OPERATOR)
    assert read(by, RiskChange.objects.get()) == read(by, RiskChange.objects.get())


def test_what_is_signed_names_the_approval_and_the_later_day_on_which_it_came_into_force(site: Site) -> None:
    draft = next_version(approved_formulation(site))
    FormulationVersion.objects.filter(pk=draft.pk).update(risk_relevant=True)
    draft.refresh_from_db()
    author = Actor.at_site(user=draft.author, site=site, roles=[Role.PREPARER])
    submit_for_review(by=author, version=draft, at=clock.now())
    physician = make_actor(site, Role.PHYSICIAN)
    proof = confirmed(physician)
    day = clock.today(site) + timedelta(days=2)
    version = approve(by=physician, version=draft, confirmed=proof, at=proof.at, effective_from=day)
    on_the_day = clock.now() + timedelta(days=2)
    version = take_effect(by=service_actor(site), version=version, at=on_the_day)
    receipt = read(make_actor(site, Role.OPERATOR), RiskChange.objects.get())
    signed = json.loads(receipt.signature.content)
    assert datetime.fromisoformat(signed["approved_at"]) == version.signed_at
    assert datetime.fromisoformat(signed["in_force_since"]) == version.in_force_since == on_the_day
    said = {"Approved": time_text(version.signed_at), "In force since": time_text(on_the_day)}
    (section,) = json.loads(SealedDocument.objects.get(kind="read_receipt").content)["sections"]
    assert said.items() <= {row["label"]: row["value"] for row in section["fields"]}.items()


def test_of_a_version_approved_at_once_the_receipt_says_one_time(site: Site) -> None:
    version = changed_formulation(approved_formulation(site))
    receipt = read(make_actor(site, Role.OPERATOR), RiskChange.objects.get())
    signed = json.loads(receipt.signature.content)
    assert signed["approved_at"] == signed["in_force_since"]
    assert datetime.fromisoformat(signed["approved_at"]) == version.signed_at
    assert "In force since" not in SealedDocument.objects.get(kind="read_receipt").content


def test_another_sites_change_isnt_signed_here(site: Site, other_site: Site) -> None:
    changed_formulation(approved_formulation(other_site))
    by = make_actor(site, Role.OPERATOR)
    assert unread_of(by) == []
    with pytest.raises(NotAllowed):
        read(by, RiskChange.objects.get())


def test_what_a_session_is_given_under_is_read_and_what_it_isnt_is_not(site: Site) -> None:
    formulation = approved_formulation(site)
    for draft in (draft_treatment, draft_audit_rules):
        approved(draft(site))
        approved(draft(site, risk_relevant=True))
    by = make_actor(site, Role.OPERATOR)
    assert [change.kind for change in unread_for_treating(by, formulation.formulation_id)] == ["treatment_protocol"]


def test_a_jurisdiction_table_is_read_by_who_treats_and_who_prepares(site: Site) -> None:
    version = approved_formulation(site)
    author = make_author(site)
    entries = [
        JurisdictionEntry(
            ingredient=entry.ingredient, ingredient_name=entry.ingredient_name, source="A ruling",
            checked_on=entry.checked_on, legal_status=entry.legal_status, consent_line=entry.consent_line,
        )
        for entry in JurisdictionEntry.objects.filter(version__site=site)
    ]  # fmt: skip
    draft = JurisdictionTableVersion(
        site=site, submission_key=uuid.uuid4(), change_reason="A new ruling", risk_relevant=True,
        jurisdiction="Testland", method="Asked the tests.",
    )  # fmt: skip
    approved(begin_draft(by=author, version=draft, parts=entries, at=clock.now()))
    for role in (Role.OPERATOR, Role.PREPARER):
        assert "jurisdiction_table" in [change.kind for change in unread_of(make_actor(site, role))]
    operator, preparer = make_actor(site, Role.OPERATOR), make_actor(site, Role.PREPARER)
    assert [change.kind for change in unread_for_treating(operator, version.formulation_id)] == ["jurisdiction_table"]
    assert [change.kind for change in unread_for_preparing(preparer, version.formulation_id)] == ["jurisdiction_table"]


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id + 1", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["protocols_riskchange", "protocols_readreceipt"])
def test_sql_takes_nothing_back(site: Site, table: str, statement: str) -> None:
    changed_formulation(approved_formulation(site))
    read(make_actor(site, Role.OPERATOR), RiskChange.objects.get())
    with pytest.raises(Exception, match="cannot be changed"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


class TestConsents:
    """Which changes a consent doesn't outlive."""

    @pytest.fixture
    def patient(self, site: Site) -> Any:
        operator = make_actor(site, Role.OPERATOR)
        patient = registered_patient(site)
        with_intake(patient, by=operator)
        script = approved(draft_consent(site))
        take_consent(
            by=operator, patient=patient, script_version=script, drawing_png=signature_png(3),
            statements=[row.pk for row in script.statements.all()], signed_name=patient.full_name,
            photos_for_record=True, photos_for_teaching=False, submission_key=uuid.uuid4(), at=clock.now(),
        )  # fmt: skip
        return patient

    @pytest.mark.parametrize(
        ("why", "stays"),
        [
            ({"reconsent": False}, True),
            ({"risk_relevant": True, "reconsent": False}, True),
            ({"risk_relevant": True, "reconsent": True}, False),
            ({"reconsent": None}, False),
        ],
    )
    def test_a_new_script_asks_anew_unless_its_author_said_it_doesnt(
        self, site: Site, patient: Any, why: dict[str, Any], stays: bool
    ) -> None:
        approved(draft_consent(site, body="New words.", **why))
        assert (consent_in_force(patient) is not None) is stays

    def test_a_script_in_another_language_asks_nobody_anew(self, site: Site, patient: Any) -> None:
        approved(draft_consent(site, language="de"))
        approved(draft_consent(site, language="de", risk_relevant=True, reconsent=True))
        assert consent_in_force(patient) is not None

    def test_a_treatment_protocol_that_touches_consent_asks_anew(self, site: Site, patient: Any) -> None:
        approved(draft_treatment(site))
        approved(draft_treatment(site, risk_relevant=True, reconsent=False))
        assert consent_in_force(patient) is not None
        approved(draft_treatment(site, risk_relevant=True, reconsent=True))
        assert consent_in_force(patient) is None

    def test_another_sites_change_asks_nobody_here(self, other_site: Site, patient: Any) -> None:
        approved(draft_treatment(other_site))
        approved(draft_treatment(other_site, risk_relevant=True, reconsent=True))
        assert consent_in_force(patient) is not None

    def test_a_formulations_change_asks_anew_for_that_formulation_only(self, site: Site, patient: Any) -> None:
        consent = consent_in_force(patient)
        assert consent is not None
        version = changed_formulation(approved_formulation(site), reconsent=True)
        other = approved_formulation(site, "B")
        assert consent_in_force(patient) is not None
        assert formulation_changed_since(site, version.formulation_id, consent.signed_at) is not None
        assert formulation_changed_since(site, other.formulation_id, consent.signed_at) is None


class TestPages:
    """On the screen."""

    def test_it_stands_on_today_is_read_and_signed(self, client: Client, site: Site, sign_in: Any) -> None:
        before = approved_formulation(site)
        version = changed_formulation(before, change_reason="Less lidocaine.", reconsent=True)
        sign_in(site, Role.OPERATOR)
        change = RiskChange.objects.get()
        address = reverse("risk_change", args=[change.pk])
        assert address in client.get("/today/").content.decode()
        assert client.get(reverse("unread_changes")).url == address
        page = client.get(address).content.decode()
        assert "Less lidocaine." in page
        assert "Patients consent anew" in page
        assert client.post(address, {"password": "wrong"}).status_code == 422
        assert client.post(address, {"password": PASSWORD}).url == "/today/"
        assert "You have read it" in client.get(address).content.decode()
        assert address not in client.get("/today/").content.decode()
        assert client.get(reverse("unread_changes")).url == "/today/"
        assert "Read and signed" in client.get(version.get_absolute_url()).content.decode()

    def test_who_neither_treats_nor_prepares_isnt_asked(self, client: Client, site: Site, sign_in: Any) -> None:
        changed_formulation(approved_formulation(site))
        sign_in(site, Role.PHOTO_TECHNICIAN)
        assert "Read and sign" not in client.get("/today/").content.decode()

    def test_another_sites_change_is_not_found(
        self, client: Client, site: Site, other_site: Site, sign_in: Any
    ) -> None:
        changed_formulation(approved_formulation(other_site))
        sign_in(site, Role.OPERATOR)
        assert client.get(reverse("risk_change", args=[RiskChange.objects.get().pk])).status_code == 404

    def test_the_form_asks_both_questions_from_the_second_version_on(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        version = approved(draft_treatment(site, by=make_author(site)))
        sign_in(site, Role.MANAGER)
        sent = _initial(client, reverse("treatment_protocol_new"))
        sent |= {"change_reason": "Other needle", "risk_relevant": "no", "reconsent": "yes"}
        answer = client.post(reverse("treatment_protocol_new"), sent)
        assert "bears on risk. Answer yes" in answer.content.decode()
        client.post(reverse("treatment_protocol_new"), sent | {"risk_relevant": "yes"})
        newest = type(version).objects.order_by("-number").first()
        assert (newest.number, newest.risk_relevant, newest.reconsent) == (2, True, True)
