"""Intake: why the patient comes, the stage, the way on, and corrections that leave the wrong one standing."""

import uuid
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.errors import NotAllowed, Refused, StaleWrite
from clinic.trail.models import TrailEvent
from patients.intake.models import Intake
from patients.intake.queries import current_intake
from patients.intake.services import take_intake
from patients.intake.staging import STAGE_WORDS, STAGES, Pathway, Scale, Stage
from patients.registry.models import Patient
from tests.factories import make_actor
from tests.patients.builders import registered_patient, with_intake


@pytest.fixture
def operator(site: Site) -> Actor:
    """An operator."""
    return make_actor(site, Role.OPERATOR)


@pytest.fixture
def patient(site: Site) -> Patient:
    """A patient."""
    return registered_patient(site)


def take(patient: Patient, by: Actor, **changed: Any) -> Intake:
    values: dict[str, Any] = {
        "indication": "androgenetic_alopecia", "scale": "norwood", "stage": "III", "submission_key": uuid.uuid4(),
        "at": clock.now(),
    } | changed  # fmt: skip
    return take_intake(by=by, patient=patient, **values)


class TestStages:
    @pytest.mark.parametrize(("scale", "stage"), [(scale, stage) for scale in Scale for stage in STAGES[scale]])
    def test_every_stage_has_words_of_ours_and_a_way_on(self, scale: Scale, stage: str) -> None:
        surgical = (scale, stage) in {(Scale.NORWOOD, "VI"), (Scale.NORWOOD, "VII"), (Scale.LUDWIG, "III")}
        assert STAGE_WORDS[scale][stage]
        assert (Stage(scale, stage).pathway is Pathway.SURGICAL_ASSESSMENT) is surgical


class TestWhereNoStageApplies:
    @pytest.mark.parametrize("indication", ["telogen_effluvium", "transplant_support"])
    def test_it_can_be_said_for_what_is_no_pattern_loss(
        self, patient: Patient, operator: Actor, indication: str
    ) -> None:
        intake = take(patient, operator, indication=indication, scale="none", stage="")
        assert (str(intake), intake.pathway) == ("Stage not applicable", Pathway.MESOTHERAPY)
        assert not intake.staged

    @pytest.mark.parametrize("indication", ["androgenetic_alopecia", "between_prp"])
    def test_everything_else_has_a_stage(self, patient: Patient, operator: Actor, indication: str) -> None:
        with pytest.raises(Refused, match="always has a stage") as refusal:
            take(patient, operator, indication=indication, scale="none", stage="")
        assert refusal.value.field == "stage"
        assert not Intake.objects.exists()

    @pytest.mark.parametrize(("scale", "stage"), [("none", "III"), ("norwood", ""), ("", "")])
    def test_it_is_said_and_never_left_empty(self, patient: Patient, operator: Actor, scale: str, stage: str) -> None:
        with pytest.raises(Refused):
            take(patient, operator, indication="telogen_effluvium", scale=scale, stage=stage)

    @pytest.mark.parametrize("stage", ["VI", "VII"])
    def test_a_surgical_stage_leads_to_the_surgeon_whatever_the_patient_comes_for(
        self, patient: Patient, operator: Actor, stage: str
    ) -> None:
        intake = take(patient, operator, indication="telogen_effluvium", stage=stage)
        assert intake.pathway == Pathway.SURGICAL_ASSESSMENT

    @pytest.mark.parametrize(
        ("indication", "scale", "stage"),
        [
            ("androgenetic_alopecia", "none", ""),
            ("telogen_effluvium", "none", "III"),
            ("telogen_effluvium", "ludwig", ""),
        ],
    )
    def test_postgres_refuses_it_too(
        self, patient: Patient, operator: Actor, indication: str, scale: str, stage: str
    ) -> None:
        with pytest.raises(IntegrityError, match="intake_stage_where_it_applies"), transaction.atomic():
            Intake.add(
                patient=patient, site=patient.site, indication=indication, scale=scale, stage=stage,
                pathway=Pathway.MESOTHERAPY, taken_at=clock.now(), taken_by=operator.user, submission_key=uuid.uuid4(),
            )  # fmt: skip


class TestTaking:
    def test_keeps_the_stage_and_its_way_on(self, patient: Patient, operator: Actor) -> None:
        assert take(patient, operator).pathway == Pathway.MESOTHERAPY
        assert take(patient, operator, stage="VI").pathway == Pathway.SURGICAL_ASSESSMENT
        intake = current_intake(patient)
        assert intake is not None
        assert intake.stage == "VI"

    @pytest.mark.parametrize(("scale", "stage"), [("norwood", "V"), ("ludwig", "II"), ("none", "")])
    def test_the_way_back_from_surgical_assessment_says_what_was_found_since(
        self, patient: Patient, operator: Actor, scale: str, stage: str
    ) -> None:
        take(patient, operator, stage="VII")
        back: dict[str, str] = {"indication": "telogen_effluvium", "scale": scale, "stage": stage}
        for nothing in ("", "  ", "."):
            with pytest.raises(Refused, match="Norwood–Hamilton VII, asked for surgical assessment") as refused:
                take(patient, operator, notes=nothing, **back)
            assert refused.value.field == "notes"
        assert take(patient, operator, stage="VI").pathway == Pathway.SURGICAL_ASSESSMENT, "another one needs no note"
        found = take(patient, operator, notes="Transplanted in Porto, 3 Feb 2026", **back)
        assert found.pathway == Pathway.MESOTHERAPY
        assert take(patient, operator).pathway == Pathway.MESOTHERAPY, "told once"

    def test_a_surgical_stage_that_was_recorded_wrongly_is_corrected_with_its_reason(
        self, patient: Patient, operator: Actor
    ) -> None:
        wrong = take(patient, operator, stage="VII")
        right = take(patient, operator, corrects=wrong, correction_reason="typed VII for III")
        assert right.pathway == Pathway.MESOTHERAPY

    def test_the_same_submission_is_one_intake(self, patient: Patient, operator: Actor) -> None:
        key = uuid.uuid4()
        assert take(patient, operator, submission_key=key) == take(patient, operator, submission_key=key)

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"stage": "VIII"}, "stage"), ({"scale": "ludwig", "stage": "IV"}, "stage"), ({"scale": "x"}, "scale"),
            ({"indication": "x"}, "indication"),
        ],
    )  # fmt: skip
    def test_what_isnt_one_is_refused(
        self, patient: Patient, operator: Actor, changed: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(Refused) as refusal:
            take(patient, operator, **changed)
        assert refusal.value.field == field

    @pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.AUDITOR, Role.PREPARER, Role.MANAGER])
    def test_not_everybody_takes_intakes(self, site: Site, patient: Patient, role: Role) -> None:
        with pytest.raises(NotAllowed):
            take(patient, make_actor(site, role))

    def test_another_sites_patient_doesnt_exist(self, other_site: Site, patient: Patient) -> None:
        with pytest.raises(Patient.DoesNotExist):
            take(patient, make_actor(other_site, Role.OPERATOR))

    def test_sql_cant_change_an_intake(self, patient: Patient, operator: Actor) -> None:
        take(patient, operator)
        for sql in ("UPDATE patients_intake SET stage = 'I'", "DELETE FROM patients_intake"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql)


class TestCorrecting:
    def test_a_correction_is_a_new_intake_that_says_why(self, patient: Patient, operator: Actor) -> None:
        wrong = take(patient, operator)
        right = take(patient, operator, stage="IV", corrects=wrong, correction_reason="Read the wrong line")
        assert current_intake(patient) == right
        assert right.corrects == wrong
        assert TrailEvent.objects.filter(reason="Read the wrong line", patient=patient).exists()
        wrong.refresh_from_db()
        assert wrong.stage == "III"

    def test_without_a_reason_it_is_refused(self, patient: Patient, operator: Actor) -> None:
        with pytest.raises(Refused) as refusal:
            take(patient, operator, corrects=take(patient, operator), correction_reason=" ")
        assert refusal.value.field == "correction_reason"

    def test_only_the_intake_that_counts_is_corrected(self, patient: Patient, operator: Actor) -> None:
        wrong = take(patient, operator)
        take(patient, operator, stage="IV")
        with pytest.raises(StaleWrite):
            take(patient, operator, corrects=wrong, correction_reason="Too late")

    def test_another_patients_intake_is_refused(self, site: Site, patient: Patient, operator: Actor) -> None:
        other = take(registered_patient(site), operator)
        with pytest.raises(Refused):
            take(patient, operator, corrects=other, correction_reason="Wrong patient")


class TestTheForm:
    @pytest.fixture
    def operating(self, client: Client, operator: Actor) -> Client:
        client.force_login(operator.user)
        return client

    def test_chooses_nothing_beforehand_and_marks_the_surgical_stages(
        self, operating: Client, patient: Patient
    ) -> None:
        text = operating.get(reverse("intake_new", args=[patient.pk])).content.decode()
        assert " checked" not in text
        assert text.count("→ surgical assessment") == 3

    def test_saves_and_goes_back_to_the_patient(self, operating: Client, patient: Patient) -> None:
        body = {"indication": "telogen_effluvium", "stage": "ludwig:II", "notes": "since spring"}
        response = operating.post(reverse("intake_new", args=[patient.pk]), body)
        assert response.url == reverse("patient", args=[patient.pk])
        assert str(current_intake(patient)) == "Ludwig II"

    def test_says_that_no_stage_applies(self, operating: Client, patient: Patient) -> None:
        body = {"indication": "transplant_support", "stage": "none:"}
        assert operating.post(reverse("intake_new", args=[patient.pk]), body).status_code == 302
        assert str(current_intake(patient)) == "Stage not applicable"
        page = operating.get(reverse("patient_history", args=[patient.pk])).content.decode()
        assert "No pattern of loss that Norwood or Ludwig describes" in page

    def test_refuses_it_at_the_stage_where_one_is_required(self, operating: Client, patient: Patient) -> None:
        body = {"indication": "androgenetic_alopecia", "stage": "none:", "notes": "since spring"}
        response = operating.post(reverse("intake_new", args=[patient.pk]), body)
        assert response.status_code == 422
        assert response.context["form"].errors["stage"] == [
            "Early to moderate androgenetic alopecia always has a stage. Look again and choose it."
        ]
        assert response.context["form"]["stage"].value() == "none:"

    def test_a_correction_shows_that_no_stage_applied(
        self, operating: Client, patient: Patient, operator: Actor
    ) -> None:
        wrong = take(patient, operator, indication="telogen_effluvium", scale="none", stage="")
        response = operating.get(reverse("intake_correct", args=[wrong.pk]))
        assert response.context["form"]["stage"].value() == "none:"
        assert 'value="none:"' in response.content.decode()

    @pytest.mark.parametrize(
        "wrong", [{"stage": ""}, {"stage": "norwood:IX"}, {"indication": ""}, {"notes": "x" * 1001}]
    )
    def test_what_is_wrong_is_said_and_what_was_typed_stays(
        self, operating: Client, patient: Patient, wrong: dict[str, str]
    ) -> None:
        body = {"indication": "telogen_effluvium", "stage": "ludwig:II", "notes": "since spring", **wrong}
        response = operating.post(reverse("intake_new", args=[patient.pk]), body)
        assert response.status_code == 422
        assert response.context["form"].errors
        assert not Intake.objects.exists()

    def test_a_double_click_is_one_intake(self, operating: Client, patient: Patient) -> None:
        body = {"indication": "telogen_effluvium", "stage": "ludwig:II", "submission_key": str(uuid.uuid4())}
        for _click in range(2):
            assert operating.post(reverse("intake_new", args=[patient.pk]), body).status_code == 302
        assert Intake.objects.count() == 1

    def test_a_correction_shows_the_wrong_one_and_asks_why(
        self, operating: Client, patient: Patient, operator: Actor
    ) -> None:
        wrong = with_intake(patient, by=operator)
        url = reverse("intake_correct", args=[wrong.pk])
        assert "The wrong intake stays on record" in operating.get(url).content.decode()
        body = {"indication": "androgenetic_alopecia", "stage": "norwood:IV"}
        assert operating.post(url, body).status_code == 422
        assert operating.post(url, {**body, "correction_reason": "Wrong line"}).status_code == 302
        assert operating.post(url, {**body, "correction_reason": "Wrong line"}).status_code == 409

    def test_another_sites_intake_is_not_found(self, client: Client, other_site: Site, patient: Patient) -> None:
        intake = with_intake(patient)
        client.force_login(make_actor(other_site, Role.OPERATOR).user)
        assert client.get(reverse("intake_correct", args=[intake.pk])).status_code == 404

    @pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.AUDITOR, Role.MANAGER, Role.PREPARER])
    def test_not_everybody_may(self, client: Client, site: Site, patient: Patient, role: Role) -> None:
        client.force_login(make_actor(site, role).user)
        assert client.get(reverse("intake_new", args=[patient.pk])).status_code == 403
        assert client.post(reverse("intake_new", args=[patient.pk]), {}).status_code == 403


class TestTakenMeanwhile:
    """A form that was opened before somebody else took an intake doesn't overrule it unseen."""

    def test_a_newer_one_is_shown_and_what_was_typed_stays(
        self, client: Client, patient: Patient, operator: Actor, site: Site
    ) -> None:
        colleague = make_actor(site, Role.PHYSICIAN)
        client.force_login(operator.user)
        address = reverse("intake_new", args=[patient.pk])
        opened = client.get(address).context["form"]
        take(patient, colleague, stage="VII")
        sent = {
            "indication": "androgenetic_alopecia", "stage": "norwood:III", "notes": "since 2019",
            "row_version": opened["row_version"].value(),
        }  # fmt: skip
        refused = client.post(address, sent)
        assert refused.status_code == 409
        assert "Norwood–Hamilton VII" in refused.content.decode()
        assert "since 2019" in refused.content.decode()
        assert str(current_intake(patient)) == "Norwood–Hamilton VII"
        again = {**sent, "row_version": refused.context["form"]["row_version"].value()}
        assert client.post(address, again).status_code == 302
        assert str(current_intake(patient)) == "Norwood–Hamilton III"

    def test_a_form_without_a_number_knew_of_none(self, client: Client, patient: Patient, operator: Actor) -> None:
        take(patient, operator, stage="VII")
        client.force_login(operator.user)
        sent = {"indication": "androgenetic_alopecia", "stage": "norwood:III"}
        assert client.post(reverse("intake_new", args=[patient.pk]), sent).status_code == 409
