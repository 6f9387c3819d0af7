"""The pages of the registry: the list, one patient, registering, changing, and every way to be refused."""

import json
import re
import uuid
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import OuterRef
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission, Role
from clinic.pieces import how_many
from clinic.trail.models import Action, TrailEvent
from patients.intake.models import Intake
from patients.registry import overview as registry
from patients.registry import sections
from patients.registry.models import Patient, ReportedFact
from patients.registry.overview import About, Fact, WayStep, overview_for, patient_fact, sees_the_way, way
from patients.registry.sections import Section, patient_section, sections_for
from patients.registry.services import update_patient
from tests.factories import make_actor
from tests.pages import banners, carried_by, pushed, source, words
from tests.patients.builders import answered_checklist, registered_patient, with_intake
from tests.protocols.builders import approved_everything
from tests.sessions.rooms import consented
from tests.story import tell

INTAKES = Intake.objects.filter(patient=OuterRef("pk"))


def entry(**changed: Any) -> dict[str, Any]:
    return {
        "family_name": "Demo", "given_name": "Alma", "birth_date": "14.3.1979", "sex": "female", "phone": "",
        "email": "", "address": "", "notes": "", "submission_key": str(uuid.uuid4()), **changed,
    }  # fmt: skip


class TestRegistering:
    def test_registers_and_opens_the_patient(self, at_the_desk: Client) -> None:
        response = at_the_desk.post(reverse("patient_new"), entry())
        patient = Patient.objects.get()
        assert response.url == reverse("patient", args=[patient.pk])
        assert patient.birth_date == date(1979, 3, 14)

    def test_a_double_click_registers_once(self, at_the_desk: Client) -> None:
        sent = entry()
        for _click in range(2):
            assert at_the_desk.post(reverse("patient_new"), sent).status_code == 302
        assert Patient.objects.count() == 1

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("family_name", ""), ("family_name", "???"), ("family_name", "12345"), ("family_name", "x" * 121),
            ("birth_date", ""),
            ("birth_date", "31.2.1979"), ("birth_date", "1.1.2199"), ("birth_date", "03/04/1980"),
            ("birth_date", "1.2.1780"), ("birth_date", "1979"), ("sex", "x"),
            ("phone", "call me"), ("phone", "12"), ("email", "nobody"), ("notes", "x" * 501),
            ("family_name", "De\x07mo"), ("address", "x" * 301),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_and_what_was_typed_stays(self, at_the_desk: Client, field: str, value: str) -> None:
        response = at_the_desk.post(reverse("patient_new"), entry(given_name="Typed here", **{field: value}))
        assert response.status_code == 422
        assert "Typed here" in response.content.decode()
        assert response.context["form"].errors[field]
        assert not Patient.objects.exists()

    def test_a_similar_patient_is_shown_before_a_second_entry(self, at_the_desk: Client, desk: Actor) -> None:
        first = registered_patient(desk.site, "Demo", by=desk)
        response = at_the_desk.post(reverse("patient_new"), entry(given_name="Almut"))
        text = response.content.decode()
        assert response.status_code == 422
        assert reverse("patient", args=[first.pk]) in text
        assert "Register all the same" in text
        assert "Almut" in text
        assert Patient.objects.count() == 1
        again = at_the_desk.post(reverse("patient_new"), entry(given_name="Almut", all_the_same=str(first.pk)))
        assert again.status_code == 302
        assert Patient.objects.count() == 2

    @pytest.mark.parametrize("sent", ["0", "", "9" * 5_000, "-3 ² ٣", "all"])
    def test_what_names_none_of_those_shown_is_asked_again(self, at_the_desk: Client, desk: Actor, sent: str) -> None:
        registered_patient(desk.site, "Demo", by=desk)
        page = at_the_desk.post(reverse("patient_new"), entry(given_name="Almut", all_the_same=sent))
        assert page.status_code == 422
        assert "Register all the same" in page.content.decode()

    def test_it_is_asked_in_one_box_and_the_entry_that_exists_comes_first(
        self, at_the_desk: Client, desk: Actor
    ) -> None:
        first = registered_patient(desk.site, "Demo", by=desk)
        page = at_the_desk.post(reverse("patient_new"), entry(given_name="Almut"))
        assert len(banners(page)) == 1 + len(banners(at_the_desk.get(reverse("patient_new"))))
        assert "Please put this right" not in words(page)
        form = source(page).split('id="register"', 1)[1].split("</form>", 1)[0]
        ways = re.findall(r'<(?:a|button)[^>]* class="btn [^>]*>.*?<span>([^<]+)</span>', form)
        assert ways == [f"Open Demo, {first.given_name}", "Register all the same", "Cancel"]
        assert pushed(page) == [(reverse("patient", args=[first.pk]), f"Open Demo, {first.given_name}")]

    def test_what_is_typed_anew_and_is_like_somebody_else_is_asked_again(
        self, at_the_desk: Client, desk: Actor
    ) -> None:
        first = registered_patient(desk.site, "Demo", by=desk)
        second = registered_patient(desk.site, "Other", by=desk)
        sent = entry(family_name="Other", given_name="Almut", all_the_same=f"{first.pk} x")
        page = at_the_desk.post(reverse("patient_new"), sent)
        assert page.status_code == 422
        assert reverse("patient", args=[second.pk]) in source(page)
        assert Patient.objects.count() == 2

    def test_who_isnt_signed_in_keeps_what_was_typed(self, client: Client, site: Site) -> None:
        response = client.post(reverse("patient_new"), entry(given_name="Typed here"))
        assert response.status_code == 401
        assert ("given_name", "Typed here") in carried_by(response).fields
        assert not Patient.objects.exists()


class TestOnePatient:
    def test_opening_is_recorded(self, at_the_desk: Client, desk: Actor) -> None:
        patient = registered_patient(desk.site, by=desk)
        at_the_desk.get(reverse("patient", args=[patient.pk]))
        event = TrailEvent.objects.get(action=Action.READ, patient=patient)
        assert event.actor == desk.user

    def test_the_front_desk_sees_no_health(self, at_the_desk: Client, desk: Actor) -> None:
        patient = registered_patient(desk.site, by=desk)
        with_intake(patient)
        text = at_the_desk.get(reverse("patient", args=[patient.pk])).content.decode()
        assert "Norwood" not in text
        assert "Change the entry" in text

    def test_an_operator_sees_what_is_next(self, client: Client, site: Site) -> None:
        approved, patient = approved_everything(site), registered_patient(site)
        operator = make_actor(site, Role.OPERATOR)
        client.force_login(operator.user)
        assert "Take the intake:" in client.get(reverse("patient", args=[patient.pk])).content.decode()
        with_intake(patient)
        page = client.get(reverse("patient", args=[patient.pk]))
        assert "Take the patient's consent." in words(page)
        assert [step.label for step in page.context["steps"]] == [
            "Intake", "Consent", "Checklist", "Baseline photographs", "Plan",
        ]  # fmt: skip
        consented(patient, approved, by=operator, at=clock.now())
        assert "Take the contraindication checklist." in words(client.get(reverse("patient", args=[patient.pk])))

    def test_a_surgical_stage_says_so_plainly_and_offers_no_plan(self, client: Client, site: Site) -> None:
        patient = registered_patient(site)
        with_intake(patient, scale="ludwig", stage="III")
        client.force_login(make_actor(site, Role.OPERATOR).user)
        response = client.get(reverse("patient", args=[patient.pk]))
        assert "Ludwig III: refer for surgical assessment." in response.content.decode()
        assert response.context["following"].stopped

    def test_shows_reported_allergies_beside_the_name(self, client: Client, site: Site, desk: Actor) -> None:
        patient = registered_patient(site)
        ReportedFact.add(
            patient=patient, kind="allergy", category="allergy", status="present", text="lidocaine", source="import",
            source_key="1", content_sha256="0" * 64, recorded_at=clock.now(), recorded_by=desk.user,
        )  # fmt: skip
        client.force_login(make_actor(site, Role.OPERATOR).user)
        text = client.get(reverse("patient", args=[patient.pk])).content.decode()
        assert "Allergy reported: lidocaine" in text

    @pytest.mark.parametrize("role", Role)
    def test_costs_at_most_six_queries_the_sign_in_and_the_trail_included(
        self, client: Client, site: Site, role: Role
    ) -> None:
        if role == Role.PREPARER:
            return
        patient = tell(site).rows["patient"]
        client.force_login(make_actor(site, role).user)
        client.get(reverse("patient", args=[patient.pk]))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("patient", args=[patient.pk]))
        # The test's own transaction makes savepoints of what are transactions otherwise.
        sent = [query["sql"] for query in asked.captured_queries if "SAVEPOINT" not in query["sql"]]
        assert len(sent) <= 6, "\n".join(sent)

    @pytest.mark.parametrize("name", ["patient", "patient_history", "patient_edit", "intake_new"])
    def test_another_sites_patient_and_an_unknown_one_are_not_found(
        self, client: Client, site: Site, other_site: Site, name: str
    ) -> None:
        patient = registered_patient(other_site)
        client.force_login(make_actor(site, Role.PHYSICIAN).user)
        assert client.get(reverse(name, args=[patient.pk])).status_code == 404
        assert client.get(reverse(name, args=[987_654])).status_code == 404


class TestChanging:
    def url(self, patient: Patient) -> str:
        return reverse("patient_edit", args=[patient.pk])

    def test_shows_the_entry_as_it_is(self, at_the_desk: Client, desk: Actor) -> None:
        patient = registered_patient(desk.site, "Novak", by=desk)
        text = at_the_desk.get(self.url(patient)).content.decode()
        assert 'value="Novak"' in text
        assert 'value="14 Mar 1979"' in text

    def test_a_date_of_birth_that_is_known_is_asked_for_as_when_registering(
        self, at_the_desk: Client, desk: Actor
    ) -> None:
        patient = registered_patient(desk.site, "Demo", by=desk)
        assert at_the_desk.get(self.url(patient)).context["form"].fields["birth_date"].required
        response = at_the_desk.post(self.url(patient), entry(birth_date="", reason="typing error", row_version=1))
        assert response.status_code == 422
        assert response.context["form"].errors["birth_date"] == ["Fill this in."]
        patient.refresh_from_db()
        assert patient.birth_date is not None

    def test_an_entry_without_a_whole_date_of_birth_can_be_put_right_otherwise(
        self, at_the_desk: Client, desk: Actor
    ) -> None:
        patient = registered_patient(desk.site, "Demo", by=desk, birth_date=None, birth_date_text="1962")
        sent = entry(
            given_name=patient.given_name, sex=patient.sex, birth_date="", phone="+43 1 5550100", row_version=1
        )
        assert at_the_desk.post(self.url(patient), sent).status_code == 302
        patient.refresh_from_db()
        assert (patient.birth_date, patient.birth_date_text) == (None, "1962")

    def test_saves_a_change(self, at_the_desk: Client, desk: Actor) -> None:
        patient = registered_patient(desk.site, "Demo", by=desk)
        response = at_the_desk.post(self.url(patient), entry(phone="+43 1 5550100", row_version=1))
        assert response.status_code == 302
        patient.refresh_from_db()
        assert patient.phone == "+43 1 5550100"

    def test_a_new_name_asks_why(self, at_the_desk: Client, desk: Actor) -> None:
        patient = registered_patient(desk.site, "Demo", by=desk)
        response = at_the_desk.post(self.url(patient), entry(family_name="Novak", row_version=1))
        assert response.status_code == 422
        assert response.context["form"].errors["reason"]

    def test_after_somebody_elses_save_both_are_shown_and_saving_again_is_a_choice(
        self, at_the_desk: Client, desk: Actor
    ) -> None:
        patient = registered_patient(desk.site, "Demo", by=desk)
        update_patient(
            by=desk, patient=patient, row_version=1, family_name="Demo", given_name="Alma",
            birth_date=patient.birth_date, sex="female", phone="+43 1 5550111", email="", address="", notes="",
            at=clock.now(),
        )  # fmt: skip
        other = make_actor(desk.site, Role.FRONT_DESK, name="Paul Demo")
        update_patient(
            by=other, patient=patient, row_version=2, family_name="Demo", given_name="Alma",
            birth_date=patient.birth_date, sex="unknown", phone="+43 1 5550111", email="", address="", notes="",
            reason="Asked her.", at=clock.now(),
        )  # fmt: skip
        response = at_the_desk.post(self.url(patient), entry(phone="+43 1 5550100", row_version=1))
        text = response.content.decode()
        assert response.status_code == 409
        assert "Saved by Paul Demo" in text
        assert [(change.label, change.old, change.new) for change in response.context["changes"]] == [
            ("Sex", "Not recorded", "Female"), ("Telephone", "+43 1 5550111", "+43 1 5550100"),
        ]  # fmt: skip
        assert "+43 1 5550111" in text
        assert "+43 1 5550100" in text
        assert 'name="row_version" value="3"' in text
        patient.refresh_from_db()
        assert patient.phone == "+43 1 5550111"
        again = entry(phone="+43 1 5550100", row_version=3, reason="Asked her again.")
        assert at_the_desk.post(self.url(patient), again).status_code == 302
        patient.refresh_from_db()
        assert (patient.phone, patient.sex) == ("+43 1 5550100", "female")

    def test_without_a_row_version_nothing_is_written(self, at_the_desk: Client, desk: Actor) -> None:
        patient = registered_patient(desk.site, "Demo", by=desk)
        assert at_the_desk.post(self.url(patient), entry(phone="+43 1 5550100")).status_code == 409

    @pytest.mark.parametrize("role", [Role.AUDITOR, Role.PHOTO_TECHNICIAN, Role.PREPARER])
    def test_not_everybody_changes_entries(self, client: Client, site: Site, role: Role) -> None:
        patient = registered_patient(site)
        client.force_login(make_actor(site, role).user)
        assert client.post(self.url(patient), entry(row_version=1)).status_code == 403


class TestTheOverview:
    def test_a_room_adds_its_line_and_its_step(self, site: Site, monkeypatch: Any) -> None:
        monkeypatch.setattr(registry, "_facts", [])

        @patient_fact(20, Permission.TREAT, step=True)
        def second(about: About) -> Fact:
            return Fact(title="Plan", step=WayStep(label="Plan", done=False, sentence="Make the plan.", url="/plan/"))

        @patient_fact(10, Permission.VIEW_PATIENTS, step=True, intakes=how_many(INTAKES, of="patient"))
        def first(about: About, intakes: int) -> Fact:
            step = WayStep(label="Consent", done=False, sentence="Take the consent.", url="/c/")
            return Fact(title=f"Consent {intakes}", step=step)

        @patient_fact(30, Permission.VIEW_PATIENTS)
        def nothing(about: About) -> None:
            return None

        patient = registered_patient(site)
        with_intake(patient)
        operator, desk = make_actor(site, Role.OPERATOR), make_actor(site, Role.FRONT_DESK)
        shown = overview_for(operator, patient.pk, clock.today(site))
        assert shown is not None
        assert shown.patient == patient
        assert [fact.title for fact in shown.facts] == ["Consent 1", "Plan"]
        steps, following = way(shown.facts)
        assert [(step.label, step.state, step.url) for step in steps] == [
            ("Consent", "current", "/c/"), ("Plan", "todo", ""),
        ]  # fmt: skip
        assert following is not None
        assert following.sentence == "Take the consent."
        less = overview_for(desk, patient.pk, clock.today(site))
        assert less is not None
        assert [fact.title for fact in less.facts] == ["Consent 1"]
        # Whoever sees a part of the way would be told a wrong next step.
        assert sees_the_way(operator)
        assert not sees_the_way(desk)

    def test_what_somebody_may_not_see_is_not_fetched_for_them(
        self, site: Site, django_assert_num_queries: Any
    ) -> None:
        patient, desk = registered_patient(site), make_actor(site, Role.FRONT_DESK)
        with django_assert_num_queries(1) as asked:
            overview_for(desk, patient.pk, clock.today(site))
        (statement,) = asked.captured_queries
        for table in ("intake", "checklist", "reportedfact", "photoset", "photoaudit", "sealeddocument"):
            assert table not in statement["sql"]
        # Of consents the line of the plan asks when the latest was withdrawn: the front desk calls the patient in.
        for column in ("signed_name", "script_version_id", "drawing_sha256", "withdrawn_by_id"):
            assert column not in statement["sql"]

    def test_a_line_names_who_may_see_it(self) -> None:
        with pytest.raises(ValueError, match="who may see"):
            patient_fact(10)

    def test_says_what_is_on_record_a_line_each(self, client: Client, site: Site) -> None:
        story = tell(site)
        patient = story.rows["patient"]
        client.force_login(make_actor(site, Role.PHYSICIAN).user)
        page = client.get(reverse("patient", args=[patient.pk]))
        facts = {fact.title: fact for fact in page.context["facts"]}
        assert list(facts) == [
            "Intake", "Consent", "Checklist", "Baseline photographs", "Treatment plan", "Month-6 photo audit",
            "Documents",
        ]  # fmt: skip
        assert facts["Consent"].url == reverse("consent", args=[story.rows["consent"].pk])
        assert facts["Treatment plan"].url == reverse("plan", args=[story.rows["plan"].pk])
        assert facts["Intake"].url == reverse("patient_history", args=[patient.pk]) + "#intake"

    def test_today_s_draft_is_gone_on_with(self, client: Client, site: Site) -> None:
        formulation = approved_everything(site).formulations[0]
        patient = registered_patient(site)
        operator = make_actor(site, Role.OPERATOR)
        draft = answered_checklist(patient, formulation, by=operator)
        client.force_login(operator.user)
        page = client.get(reverse("patient", args=[patient.pk]))
        (fact,) = [fact for fact in page.context["facts"] if fact.title == "Checklist"]
        assert fact.action == ("Go on with today's checklist", reverse("checklist", args=[draft.pk]))
        assert fact.more is not None


class TestTheHistory:
    def test_opening_is_recorded_as_such(self, at_the_desk: Client, desk: Actor) -> None:
        patient = registered_patient(desk.site, by=desk)
        assert at_the_desk.get(reverse("patient_history", args=[patient.pk])).status_code == 200
        event = TrailEvent.objects.get(action=Action.READ, patient=patient)
        assert json.loads(event.body)["after"] == {"part": "history"}

    def test_lists_what_the_overview_counts(self, client: Client, site: Site) -> None:
        patient = tell(site).rows["patient"]
        client.force_login(make_actor(site, Role.PHYSICIAN).user)
        text = client.get(reverse("patient_history", args=[patient.pk])).content.decode()
        for part in ("intake", "checklists", "consent", "photographs", "plan", "audit", "documents"):
            assert f'id="{part}"' in text

    def test_shows_each_role_what_it_may_see(self, site: Site, monkeypatch: Any) -> None:
        monkeypatch.setattr(sections, "_sections", [])

        @patient_section(20, Permission.TREAT)
        def second(actor: Actor, patient: Patient, at: Any) -> Section:
            return Section(id="plan", title="Plan", template="plan.html")

        @patient_section(10, Permission.VIEW_PATIENTS)
        def first(actor: Actor, patient: Patient, at: Any) -> Section:
            return Section(id="consent", title="Consent", template="consent.html")

        @patient_section(30, Permission.VIEW_PATIENTS)
        def nothing(actor: Actor, patient: Patient, at: Any) -> None:
            return None

        patient = registered_patient(site)
        shown = sections_for(make_actor(site, Role.OPERATOR), patient, clock.now())
        assert [section.title for section in shown] == ["Consent", "Plan"]
        desk = make_actor(site, Role.FRONT_DESK)
        assert [section.title for section in sections_for(desk, patient, clock.now())] == ["Consent"]
