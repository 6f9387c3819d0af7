"""The clearance's pages: decided by signature, read, withdrawn; and what waits for whom on Today."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.dates import day_text, second_text
from clinic.worklist.registry import work_for
from patients.registry.models import Patient
from patients.screening.models import Clearance
from patients.screening.services import withdraw_clearance
from protocols.checklists.models import Rule
from tests.factories import PASSWORD, make_actor
from tests.pages import leads_back, whole, words
from tests.patients.builders import answered_checklist, cleared, registered_patient, signed_checklist, with_intake
from tests.protocols.builders import Approved

ANTICOAGULANT: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban 5 mg"})}


def body(actor: Actor, **changed: Any) -> dict[str, Any]:
    today = clock.today(actor.site)
    return {
        "granted": "yes", "about": "Apixaban 5 mg", "scope": "It goes on; press each point",
        "prescriber": "Prescriber Demo",
        "valid_from": today.isoformat(), "valid_until": (today + timedelta(days=30)).isoformat(),
        "password": PASSWORD, **changed,
    }  # fmt: skip


def new_url(patient: Patient, rule: str = Rule.ANTICOAGULANT) -> str:
    return reverse("clearance_new", args=[patient.pk, rule])


class TestDeciding:
    def test_nothing_is_decided_beforehand(self, as_actor: Any, physician: Actor, patient: Patient) -> None:
        response = as_actor(physician).get(new_url(patient))
        assert response.status_code == 200
        assert " checked>" not in response.content.decode()
        assert leads_back(response) == reverse("patient", args=[patient.pk])

    def test_shows_what_was_answered(
        self, as_actor: Any, physician: Actor, operator: Actor, patient: Patient, protocols: Approved
    ) -> None:
        answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        text = as_actor(physician).get(new_url(patient)).content.decode()
        assert "apixaban 5 mg" in text
        assert "by Clara Demo" in text

    def test_shows_how_each_earlier_decision_stands(self, as_actor: Any, physician: Actor, patient: Patient) -> None:
        client = as_actor(physician)
        cleared(patient, by=physician)
        assert "Press each site for two minutes In force until" in words(client.get(new_url(patient)))
        withdraw_clearance(by=physician, clearance=Clearance.objects.get(), reason="INR not known", at=clock.now())
        page = words(client.get(new_url(patient)))
        assert "Press each site for two minutes Withdrawn" in page
        assert "In force until" not in page

    def test_signs_a_clearance(self, as_actor: Any, physician: Actor, patient: Patient) -> None:
        response = as_actor(physician).post(new_url(patient), body(physician))
        clearance = Clearance.objects.get()
        assert response.url == reverse("clearance", args=[clearance.pk])
        assert clearance.granted

    def test_a_refusal_asks_why_and_neither_days_nor_conditions(
        self, as_actor: Any, physician: Actor, patient: Patient
    ) -> None:
        page = as_actor(physician)
        sent = {"granted": "no", "about": "Apixaban 5 mg", "prescriber": "Prescriber Demo", "password": PASSWORD}
        refused = page.post(new_url(patient), {**sent, "why_not": " "})
        assert refused.status_code == 422
        assert "Say why the patient isn't cleared." in words(refused)
        for days in ({}, {"valid_from": "soon", "valid_until": "2020-01-01", "scope": "Typed before"}):
            answer = page.post(new_url(patient), {**sent, "why_not": "INR not stable", **days})
            assert answer.status_code == 302, words(answer)
            made = Clearance.objects.latest("pk")
            today = clock.today(patient.site)
            assert (made.granted, made.scope, made.valid_from) == (False, "INR not stable", today)
            assert made.valid_until - today == timedelta(days=366)
        shown = words(page.get(answer.url))
        assert "Why not INR not stable" in shown
        assert "Under which conditions" not in shown

    @pytest.mark.parametrize("left_out", ["scope", "valid_from", "valid_until"])
    def test_a_clearance_asks_for_its_conditions_and_days(
        self, as_actor: Any, physician: Actor, patient: Patient, left_out: str
    ) -> None:
        answer = as_actor(physician).post(new_url(patient), body(physician, **{left_out: ""}))
        assert answer.status_code == 422
        assert answer.context["form"].errors[left_out]
        assert not Clearance.objects.exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            {"password": "wrong"}, {"password": ""}, {"granted": ""}, {"scope": " "}, {"about": " "},
            {"prescriber": "x" * 161},
            {"valid_until": "2020-01-01"}, {"valid_until": "2199-01-01"}, {"valid_from": "soon"},
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_and_what_was_typed_stays(
        self, as_actor: Any, physician: Actor, patient: Patient, wrong: dict[str, str]
    ) -> None:
        response = as_actor(physician).post(new_url(patient), body(physician, **wrong))
        assert response.status_code == 422
        if "scope" not in wrong:
            assert "It goes on; press each point" in response.content.decode()
        assert PASSWORD not in response.content.decode()
        assert not Clearance.objects.exists()

    def test_a_double_click_signs_once(self, as_actor: Any, physician: Actor, patient: Patient) -> None:
        page, sent = as_actor(physician), body(physician, submission_key="8d9f2a53-6a53-4b9e-9c1e-3f2d1f1a0b11")
        for _click in range(2):
            assert page.post(new_url(patient), sent).status_code == 302
        assert Clearance.objects.count() == 1

    def test_who_decides_second_is_told_of_the_first_and_keeps_what_was_typed(
        self, as_actor: Any, site: Site, physician: Actor, patient: Patient
    ) -> None:
        page = as_actor(physician)
        opened = page.get(new_url(patient)).context["form"]["seen"].value()
        other = make_actor(site, Role.PHYSICIAN, name="Dr Petra Demo")
        first = cleared(patient, by=other, granted=False)
        sent = body(physician, seen=opened, submission_key="8d9f2a53-6a53-4b9e-9c1e-3f2d1f1a0b12")
        answer = page.post(new_url(patient), sent)
        assert answer.status_code == 409
        at = second_text(clock.local(first.given_at, site))
        assert f"Dr Petra Demo has decided on this question since you opened it ({at})" in words(answer)
        assert "Apixaban 5 mg, not cleared." in words(answer)
        assert "It goes on; press each point" in answer.content.decode()
        assert reverse("clearance", args=[first.pk]) in answer.content.decode()
        assert PASSWORD not in answer.content.decode()
        assert list(Clearance.objects.all()) == [first]
        again = page.post(new_url(patient), sent | {"seen": answer.context["form"]["seen"].value()})
        assert again.status_code == 302
        assert Clearance.objects.count() == 2

    def test_the_page_carries_the_newest_decision_that_it_shows(
        self, as_actor: Any, physician: Actor, patient: Patient
    ) -> None:
        assert as_actor(physician).get(new_url(patient)).context["form"]["seen"].value() == 0
        newest = [cleared(patient, by=physician), cleared(patient, by=physician)][-1]
        cleared(patient, Rule.MALIGNANCY, by=physician)
        answer = as_actor(physician).get(new_url(patient))
        assert f'name="seen" value="{newest.pk}"' in answer.content.decode()

    def test_an_unknown_question_is_not_found(self, as_actor: Any, physician: Actor, patient: Patient) -> None:
        assert as_actor(physician).get(new_url(patient, "stage")).status_code == 404

    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.PHYSICIAN])
    def test_nobody_else_decides(self, as_actor: Any, site: Site, patient: Patient, role: Role) -> None:
        actor = make_actor(site, role)
        assert as_actor(actor).post(new_url(patient), body(actor)).status_code == 403

    def test_another_sites_patient_is_not_found(self, as_actor: Any, other_site: Site, patient: Patient) -> None:
        stranger = make_actor(other_site, Role.PHYSICIAN)
        assert as_actor(stranger).post(new_url(patient), body(stranger)).status_code == 404


class TestReadingAndWithdrawing:
    def test_shows_standing_and_signature(self, as_actor: Any, physician: Actor, patient: Patient) -> None:
        clearance = cleared(patient, by=physician)
        text = whole(as_actor(physician).get(reverse("clearance", args=[clearance.pk])).content.decode())
        assert "In force until" in text
        assert "Apixaban 5 mg" in text
        assert "Press each site for two minutes" in text
        assert "cleared as prescriber" in text

    def test_of_two_decisions_the_later_one_counts(self, as_actor: Any, physician: Actor, patient: Patient) -> None:
        client = as_actor(physician)
        earlier = cleared(patient, by=physician)
        overview = reverse("patient", args=[patient.pk])
        assert "Clearance" in words(client.get(overview))
        refused = cleared(patient, by=physician, granted=False)
        assert "Decided anew since" in words(client.get(reverse("clearance", args=[earlier.pk])))
        assert "Standing Refused" in words(client.get(reverse("clearance", args=[refused.pk])))
        assert "In force until" not in words(client.get(overview))
        history = words(client.get(reverse("patient_history", args=[patient.pk])))
        assert "Decided anew since" in history
        assert "In force until" not in history
        again = cleared(patient, by=physician)
        assert "In force until" in words(client.get(overview))
        assert "Decided anew since" in words(client.get(reverse("clearance", args=[refused.pk])))
        assert "In force until" in words(client.get(reverse("clearance", args=[again.pk])))

    def test_a_refusal_is_headed_as_one_says_who_when_why_and_no_validity(
        self, as_actor: Any, physician: Actor, patient: Patient
    ) -> None:
        refused = cleared(patient, by=physician, granted=False)
        page = as_actor(physician).get(reverse("clearance", args=[refused.pk]))
        told = words(page)
        assert "Prescriber's refusal" in told
        assert "Prescriber's clearance" not in told
        assert "Not cleared: treatment is stopped by it" in told
        assert "Why not Press each site for two minutes" in told
        assert "Whose decision Prescriber Demo" in told
        at = clock.local(refused.given_at, patient.site)
        assert f"{at:%H:%M}" in told[told.index("Recorded") :]
        assert "Paul Demo" in told[told.index("Recorded") :]
        assert "Valid" not in told.partition("Whose decision")[2].partition("Paul Demo")[0]
        assert "–" not in told[told.index("Standing") : told.index("Meaning")]
        assert day_text(refused.valid_until) not in told
        assert "Withdraw" not in told

    def test_a_refusal_is_taken_back_not_withdrawn(self, as_actor: Any, physician: Actor, patient: Patient) -> None:
        refused = cleared(patient, by=physician, granted=False)
        client, url = as_actor(physician), reverse("clearance_withdraw", args=[refused.pk])
        asked = words(client.get(url))
        assert asked.count("Take the decision back") >= 2  # the page's title and its button
        assert "Withdraw" not in asked
        done = words(client.post(url, {"reason": "The INR came"}, follow=True))
        assert "The decision is taken back: the question is open again." in done
        assert "Standing Taken back" in done
        assert "The INR came" in done
        assert "Take the decision back" not in done

    def test_the_operators_checklist_says_who_refused_when_and_why(
        self, as_actor: Any, physician: Actor, operator: Actor, patient: Patient, protocols: Approved
    ) -> None:
        refused = cleared(patient, by=physician, granted=False)
        answers: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "apixaban"})}
        checklist = answered_checklist(patient, protocols.formulations[0], by=operator, answers=answers)
        told = f"Refused by Prescriber Demo on {day_text(refused.valid_from)}: Press each site for two minutes."
        assert told in words(as_actor(operator).get(reverse("checklist", args=[checklist.pk])))

    def test_the_patients_page_says_that_no_session_goes_on_by_a_refusal(
        self, as_actor: Any, physician: Actor, operator: Actor, patient: Patient
    ) -> None:
        cleared(patient, by=physician, granted=False)
        told = words(as_actor(operator).get(reverse("patient", args=[patient.pk])))
        assert "by Paul Demo: Press each site for two minutes. No session goes on by a yes to this question." in told
        assert "until" not in told[told.index("Refused") : told.index("No session goes on")]

    def test_a_decision_for_days_to_come_changes_nothing_today(
        self, as_actor: Any, physician: Actor, patient: Patient
    ) -> None:
        earlier = cleared(patient, by=physician)
        next_week = clock.today(patient.site) + timedelta(days=7)
        cleared(patient, by=physician, granted=False, valid_from=next_week)
        page = as_actor(physician).get(reverse("clearance", args=[earlier.pk]))
        assert "In force until" in words(page)

    def test_is_withdrawn_with_a_reason(self, as_actor: Any, physician: Actor, patient: Patient) -> None:
        clearance = cleared(patient, by=physician)
        page, url = as_actor(physician), reverse("clearance_withdraw", args=[clearance.pk])
        assert page.post(url, {"reason": ""}).status_code == 422
        assert page.post(url, {"reason": "Dose was changed"}).status_code == 302
        text = page.get(reverse("clearance", args=[clearance.pk])).content.decode()
        assert "Dose was changed" in text
        assert "Withdrawn" in text

    def test_an_operator_reads_and_doesnt_withdraw(
        self, as_actor: Any, physician: Actor, operator: Actor, patient: Patient
    ) -> None:
        clearance = cleared(patient, by=physician)
        page = as_actor(operator)
        assert page.get(reverse("clearance", args=[clearance.pk])).status_code == 200
        url = reverse("clearance_withdraw", args=[clearance.pk])
        assert page.post(url, {"reason": "No reason"}).status_code == 403

    @pytest.mark.parametrize("name", ["clearance", "clearance_withdraw"])
    def test_another_sites_clearance_is_not_found(
        self, as_actor: Any, other_site: Site, physician: Actor, patient: Patient, name: str
    ) -> None:
        clearance = cleared(patient, by=physician)
        stranger = as_actor(make_actor(other_site, Role.PHYSICIAN))
        assert stranger.get(reverse(name, args=[clearance.pk])).status_code == 404


class TestToday:
    def titles(self, actor: Actor) -> list[str]:
        return [item.title for item in work_for(actor, clock.now())]

    def test_a_clearance_is_asked_until_it_is_given(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        asked = [item for item in work_for(physician, clock.now()) if "Clearance asked" in item.title]
        assert [item.url for item in asked] == [new_url(patient)]
        cleared(patient, by=physician)
        assert not any("Clearance asked" in title for title in self.titles(physician))

    def test_a_clearance_of_another_medicine_leaves_it_asked(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        clearance = cleared(patient, by=physician)
        denied: Any = {Rule.ANTICOAGULANT: ("yes", {"drug": "warfarin", "cleared": f"{clearance.pk}:no"})}
        answered_checklist(patient, protocols.formulations[0], by=operator, answers=denied)
        assert any("Clearance asked" in title for title in self.titles(physician))

    def test_nothing_is_asked_that_no_clearance_can_settle(
        self, patient: Patient, protocols: Approved, operator: Actor, physician: Actor
    ) -> None:
        untreated: Any = {Rule.BLEEDING_DISORDER: ("yes", {"treated": "no"})}
        signed_checklist(patient, protocols.formulations[0], by=operator, answers=untreated)
        assert not any("Clearance asked" in title for title in self.titles(physician))

    def test_a_checklist_of_today_waits_for_its_signature(
        self, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        answered_checklist(patient, protocols.formulations[0], by=operator)
        assert "Checklist not signed yet" in self.titles(operator)

    def test_a_new_patient_waits_for_an_intake(self, site: Site, operator: Actor) -> None:
        patient = registered_patient(site)
        assert "Intake not taken yet" in self.titles(operator)
        with_intake(patient, by=operator)
        assert "Intake not taken yet" not in self.titles(operator)

    def test_a_surgical_stage_waits_for_the_physician(self, site: Site, operator: Actor, physician: Actor) -> None:
        patient = registered_patient(site)
        with_intake(patient, stage="VII", by=operator)
        assert any("surgical assessment" in title for title in self.titles(physician))
        with_intake(patient, stage="III", by=operator, notes="Transplanted since")
        assert not any("surgical assessment" in title for title in self.titles(physician))

    def test_another_sites_work_is_not_ours(
        self, other_site: Site, patient: Patient, protocols: Approved, operator: Actor
    ) -> None:
        answered_checklist(patient, protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        stranger = make_actor(other_site, Role.PHYSICIAN)
        assert self.titles(stranger) == ["Site South isn't ready to treat"]

    def test_the_number_of_queries_doesnt_grow(
        self, site: Site, protocols: Approved, operator: Actor, physician: Actor, django_assert_max_num_queries: Any
    ) -> None:
        from patients.screening.work import clearances_asked, unsigned_checklists

        for _patient in range(3):
            answered_checklist(registered_patient(site), protocols.formulations[0], by=operator, answers=ANTICOAGULANT)
        with django_assert_max_num_queries(9):
            assert len(list(clearances_asked(physician, clock.now()))) == 3
        with django_assert_max_num_queries(1):
            assert len(list(unsigned_checklists(operator, clock.now()))) == 3
