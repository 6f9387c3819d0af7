"""Taking a consent and taking it back: what is asked for, what is written, and what counts afterwards."""

import json
import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.signing.models import Meaning, Method
from clinic.trail.models import Action, TrailEvent
from demo.pictures import signature_png
from patients.consents import services
from patients.consents.models import Consent, ConsentWithdrawal
from patients.consents.queries import consent_in_force
from patients.consents.services import take_consent, withdraw_consent
from patients.registry.models import Patient
from patients.registry.services import update_patient
from protocols.consents.models import ConsentScriptVersion
from sessions.gate.gate import gate_for
from sessions.gate.stops import StopCode
from sessions.plans.services import make_plan
from tests.factories import make_actor, make_site
from tests.patients.builders import registered_patient, with_intake
from tests.protocols.builders import approved, approved_everything, draft_consent

Take = Callable[..., Consent]


def stored(kind: str = "consents") -> list[str]:
    """The files kept under `kind`."""
    folder = Path(default_storage.path(kind))
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


class TestWhatIsWritten:
    def test_the_statements_are_kept_in_the_words_shown(self, take: Take, script: ConsentScriptVersion) -> None:
        consent = take(photos_for_teaching=True)
        consent.refresh_from_db()
        assert consent.statements == [row.text for row in script.statements.order_by("ordinal")]
        assert consent.script_version == script
        assert (consent.photos_for_record, consent.photos_for_teaching) == (True, True)

    def test_the_drawing_is_signed_before_a_witness(self, take: Take, operator: Actor) -> None:
        signature = take(signed_name="  Bruno   Demo ").signature
        assert (signature.printed_name, signature.method) == ("Bruno Demo", Method.DRAWN)
        assert signature.meaning == Meaning.CONSENTED
        assert signature.user == operator.user

    def test_a_sealed_document_holds_what_was_consented_to(self, take: Take, patient: Patient) -> None:
        consent = take()
        document = SealedDocument.objects.get(kind="consent", subject_id=str(consent.pk))
        content = json.loads(document.content)
        assert content["statements"] == consent.statements
        assert content["drawing_sha256"] == consent.drawing_sha256
        assert content["script"]["body"] == consent.script_version.body
        assert content["patient"]["record_number"] == patient.record_number
        assert content["witness"] == "Clara Demo"

    def test_the_trail_says_who_took_it_and_what_for(self, take: Take, operator: Actor, patient: Patient) -> None:
        consent = take()
        event = TrailEvent.objects.get(action=Action.CREATE, object_type="patients.Consent")
        assert (event.actor, event.patient, event.object_id) == (operator.user, patient, str(consent.pk))
        assert json.loads(event.body)["after"] == {"script": 1, "teaching": False, "name": "Bruno Demo"}

    def test_the_same_submission_twice_is_one_consent(self, take: Take) -> None:
        key = uuid.uuid4()
        assert take(submission_key=key) == take(submission_key=key)
        assert Consent.objects.count() == 1
        assert len(stored()) == 1
        assert SealedDocument.objects.filter(kind="consent").count() == 1

    def test_when_it_fails_at_the_end_nothing_is_left(self, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(**kwargs: Any) -> None:
            raise RuntimeError("the sealing failed")

        monkeypatch.setattr(services, "seal", broken)
        with pytest.raises(RuntimeError):
            take()
        assert not Consent.objects.exists()
        assert not TrailEvent.objects.filter(object_type="patients.Consent").exists()
        assert stored() == []


class TestWhatIsRefused:
    @pytest.mark.parametrize("left_out", [0, 1, -1])
    def test_each_statement_has_to_be_confirmed(self, take: Take, script: ConsentScriptVersion, left_out: int) -> None:
        rows = list(script.statements.order_by("ordinal"))
        missing = rows.pop(left_out)
        with pytest.raises(Refused) as refused:
            take(statements=[row.pk for row in rows])
        assert refused.value.reasons == [missing.text]
        assert not Consent.objects.exists()

    def test_statements_of_another_script_confirm_nothing(self, take: Take, other_site: Site) -> None:
        foreign = approved(draft_consent(other_site))
        with pytest.raises(Refused):
            take(statements=[row.pk for row in foreign.statements.all()])

    def test_a_script_that_was_replaced_meanwhile_is_stale(
        self, take: Take, site: Site, script: ConsentScriptVersion
    ) -> None:
        approved(draft_consent(site, body="What is new. " + script.body))
        with pytest.raises(StaleWrite, match="replaced"):
            take()
        assert not Consent.objects.exists()

    def test_a_draft_is_no_script(self, take: Take, site: Site, script: ConsentScriptVersion) -> None:
        draft = draft_consent(site)
        with pytest.raises(StaleWrite):
            take(script_version=draft, statements=[row.pk for row in draft.statements.all()])

    def test_without_photographs_for_the_record_there_is_no_treatment(self, take: Take) -> None:
        with pytest.raises(Refused, match="can't be audited"):
            take(photos_for_record=False)

    @pytest.mark.parametrize("name", ["", "   "])
    def test_a_name_is_needed(self, take: Take, name: str) -> None:
        with pytest.raises(Refused, match="name"):
            take(signed_name=name)

    def test_a_picture_that_is_none_is_no_signature(self, take: Take) -> None:
        with pytest.raises(Refused):
            take(drawing_png=b"<svg/>")

    @pytest.mark.parametrize(("scale", "stage"), [("norwood", "VI"), ("norwood", "VII"), ("ludwig", "III")])
    def test_who_is_referred_to_surgical_assessment_has_nothing_to_consent_to(
        self, take: Take, patient: Patient, scale: str, stage: str
    ) -> None:
        with_intake(patient, scale=scale, stage=stage)
        with pytest.raises(Refused, match="surgical assessment"):
            take()

    def test_a_later_intake_of_a_treatable_stage_opens_it_again(self, take: Take, patient: Patient) -> None:
        with_intake(patient, stage="VI")
        with_intake(patient, stage="V", notes="Transplanted since")
        assert take().pk

    def test_who_is_too_young_to_be_treated_gives_no_consent(self, take: Take, site: Site) -> None:
        minor = registered_patient(site, birth_date=clock.today(site) - timedelta(days=17 * 365))
        with pytest.raises(Refused, match="this clinic treats from 18"):
            take(patient=minor)

    def test_who_has_died_gives_no_consent(self, take: Take, patient: Patient, operator: Actor) -> None:
        update_patient(
            by=operator, patient=patient, row_version=1, family_name=patient.family_name, at=clock.now(),
            given_name=patient.given_name, birth_date=patient.birth_date, sex=patient.sex, phone="", email="",
            address="", notes="", deceased=True,
        )  # fmt: skip
        with pytest.raises(Refused, match="deceased"):
            take()

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.PHOTO_TECHNICIAN, Role.FRONT_DESK, Role.AUDITOR])
    def test_not_everybody_takes_consents(self, take: Take, site: Site, role: Role) -> None:
        with pytest.raises(NotAllowed):
            take(by=make_actor(site, role))

    def test_another_sites_patient_is_not_found(self, take: Take, other_site: Site) -> None:
        with pytest.raises(Patient.DoesNotExist):
            take(patient=registered_patient(other_site))


class TestTakingBack:
    def back(self, consent: Consent, by: Actor, reason: str = "Changed his mind.") -> ConsentWithdrawal:
        return withdraw_consent(by=by, consent=consent, reason=reason, at=clock.now())

    def test_nothing_is_in_force_any_more_and_the_consent_stays_as_it_was(
        self, take: Take, operator: Actor, patient: Patient
    ) -> None:
        consent = take()
        assert consent_in_force(patient) == consent
        self.back(consent, operator)
        assert consent_in_force(patient) is None
        assert Consent.objects.get() == consent

    def test_an_earlier_consent_does_not_come_to_life_again(
        self, take: Take, operator: Actor, patient: Patient
    ) -> None:
        take(at=clock.now() - timedelta(days=30))
        self.back(take(), operator)
        assert consent_in_force(patient) is None

    def test_only_the_latest_can_be_taken_back(self, take: Take, operator: Actor, patient: Patient) -> None:
        first = take(at=clock.now() - timedelta(days=30))
        second = take()
        with pytest.raises(Refused, match="later consent"):
            self.back(first, operator)
        assert consent_in_force(patient) == second

    def test_a_new_consent_counts_again(self, take: Take, operator: Actor, patient: Patient) -> None:
        self.back(take(), operator)
        again = take()
        assert consent_in_force(patient) == again

    def test_the_reason_is_on_record(self, take: Take, operator: Actor, patient: Patient) -> None:
        consent = take()
        self.back(consent, operator, "  Afraid of needles. ")
        event = TrailEvent.objects.get(action=Action.END, object_type="patients.Consent")
        assert (event.reason, event.patient, event.object_id) == ("Afraid of needles.", patient, str(consent.pk))

    @pytest.mark.parametrize("reason", ["", "  ", "x"])
    def test_without_a_reason_nothing_is_taken_back(
        self, take: Take, operator: Actor, patient: Patient, reason: str
    ) -> None:
        consent = take()
        with pytest.raises(Refused, match="what the patient said"):
            self.back(consent, operator, reason)
        assert consent_in_force(patient) == consent

    def test_a_second_time_changes_nothing(self, take: Take, operator: Actor, site: Site) -> None:
        consent = take()
        first = self.back(consent, operator)
        assert self.back(consent, make_actor(site, Role.PHYSICIAN), "Said it again.") == first
        assert TrailEvent.objects.filter(action=Action.END, object_type="patients.Consent").count() == 1

    def test_not_everybody_takes_it_back(self, take: Take, site: Site) -> None:
        with pytest.raises(NotAllowed):
            self.back(take(), make_actor(site, Role.MANAGER))

    def test_another_sites_consent_is_not_found(self, take: Take, other_site: Site) -> None:
        consent = take()
        with pytest.raises(Patient.DoesNotExist):
            self.back(consent, make_actor(other_site, Role.OPERATOR))


class TestWhatCounts:
    def test_a_script_that_was_replaced_asks_for_a_new_consent(
        self, take: Take, patient: Patient, site: Site, script: ConsentScriptVersion
    ) -> None:
        take()
        approved(draft_consent(site, body="What is new. " + script.body))
        assert consent_in_force(patient) is None

    def test_the_gate_stops_a_session_before_and_after_the_consent_but_not_while_it_is_in_force(
        self, site: Site, patient: Patient, operator: Actor
    ) -> None:
        everything, at = approved_everything(site), clock.now()
        plan = make_plan(
            by=operator, patient=patient, formulation=everything.formulations[0].formulation,
            first_on=clock.local(at, site).date(), submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip
        planned = plan.planned.order_by("due_on", "id")[0]

        def stopped() -> set[StopCode]:
            found = {stop.code for stop in gate_for(by=operator, planned=planned, vial=None, at=at)}
            return found & {StopCode.NO_CONSENT, StopCode.CONSENT_WITHDRAWN}

        assert stopped() == {StopCode.NO_CONSENT}
        consent = take_consent(
            by=operator, patient=patient, script_version=everything.consent, signed_name="Bruno Demo",
            statements=[row.pk for row in everything.consent.statements.all()], drawing_png=signature_png(1),
            photos_for_record=True, photos_for_teaching=False, submission_key=uuid.uuid4(), at=at,
        )  # fmt: skip
        assert not stopped()
        withdraw_consent(by=operator, consent=consent, reason="Changed his mind.", at=at)
        assert stopped() == {StopCode.CONSENT_WITHDRAWN}


def at_once(*verbs: Callable[[], object]) -> list[BaseException]:
    """Run `verbs` at the same moment, each with a connection of its own; return what failed."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(verbs))

    def run(verb: Callable[[], object]) -> None:
        try:
            start.wait()
            verb()
        except BaseException as error:  # noqa: BLE001 - looked at by the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    def test_one_submission_that_arrives_four_times_is_one_consent(self, take: Take) -> None:
        key = uuid.uuid4()
        assert at_once(*[lambda: take(submission_key=key)] * 4) == []
        assert Consent.objects.count() == 1
        assert len(stored()) == 1

    def test_of_two_consents_one_is_the_latest_and_counts(self, take: Take, patient: Patient) -> None:
        at = clock.now()
        assert at_once(lambda: take(at=at), lambda: take(at=at)) == []
        assert consent_in_force(patient) == Consent.objects.order_by("-id")[0]

    def test_taken_back_twice_is_one_withdrawal(self, take: Take, operator: Actor) -> None:
        consent = take()

        def back() -> None:
            withdraw_consent(by=operator, consent=consent, reason="Changed his mind.", at=clock.now())

        assert at_once(back, back, back) == []
        assert ConsentWithdrawal.objects.count() == 1


def test_sites_have_scripts_of_their_own(take: Take, script: ConsentScriptVersion) -> None:
    elsewhere = make_site("Z")
    foreign = approved(draft_consent(elsewhere))
    with pytest.raises(ConsentScriptVersion.DoesNotExist):
        take(script_version=foreign, statements=[row.pk for row in foreign.statements.all()])


class TestWhoSigns:
    """The patient signs under the name of the entry; anybody else says in which relation."""

    @pytest.mark.parametrize("name", ["Someone Else", "Bruno", "Demo"])
    def test_another_name_isnt_the_patients(self, take: Callable[..., Consent], name: str) -> None:
        with pytest.raises(Refused, match="This isn't the patient's name, Bruno Demo") as refused:
            take(signed_name=name)
        assert refused.value.field == "signed_name"
        assert not Consent.objects.exists()

    def test_the_same_name_typed_otherwise_is(self, take: Callable[..., Consent]) -> None:
        assert take(signed_name="  bruno   DEMO ").relation == ""

    @pytest.mark.parametrize("name", ["Bruno Demo", " bruno  demo"])
    def test_somebody_else_has_another_name_than_the_patient(self, take: Callable[..., Consent], name: str) -> None:
        with pytest.raises(Refused, match="the patient's own name") as refused:
            take(signed_name=name, relation="father")
        assert refused.value.field == "signed_name"
        assert take(signed_name="Bruno Demo senior", relation="father").relation == "father"

    def test_somebody_else_signs_as_what_they_are(self, take: Callable[..., Consent]) -> None:
        consent = take(signed_name="Dora Demo", relation=" mother ")
        assert (consent.signed_name, consent.relation) == ("Dora Demo", "mother")
        assert consent.signature.role == "For the patient: mother"
        document = SealedDocument.objects.get(kind="consent")
        content = json.loads(document.content)
        assert content["relation"] == "mother"
        assert "Dora Demo (mother), before Clara Demo" in document.content
        assert content["signatures"][0]["role"] == "For the patient: mother"
