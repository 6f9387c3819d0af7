"""A checklist that asks all that can be asked: on the screen, in what is signed, on paper and in the session."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.documents.models import SealedDocument
from clinic.errors import Refused
from demo.pictures import signature_png
from patients.consents.models import Consent
from patients.consents.services import take_consent, withdraw_consent
from patients.registry.models import Patient
from patients.screening.contraindications import judge
from patients.screening.extras import clean_extra, extra_in_words
from patients.screening.loading import load
from patients.screening.models import PatientChecklist
from patients.screening.outcomes import Outcome
from patients.screening.queries import verdict_now
from patients.screening.services import answer_item
from protocols.checklists.models import ChecklistItem, ChecklistVersion
from protocols.checklists.rules import Rule
from protocols.checklists.services import ItemDraft
from protocols.consents.models import ConsentScriptVersion
from protocols.decisions.content import content_of
from protocols.formulations.models import FormulationVersion
from protocols.starter.checklist import checklist_items
from sessions.treatment.papers import lines, papers
from tests.factories import make_actor
from tests.patients.builders import answered_checklist, open_checklist, signed_checklist
from tests.protocols.builders import Approved, a_line, an_ingredient, approved, draft_checklist, draft_formulation
from tests.protocols.test_editing_documents import _initial, _text

pytestmark = pytest.mark.django_db
FAINTS: Any = {Rule.FAINTING: ("yes", {})}


@pytest.fixture
def asks_all(site: Site, protocols: Approved) -> Approved:
    """The protocols, with the example checklist in force."""
    return replace(protocols, checklist=approved(draft_checklist(site, items=checklist_items())))


@pytest.fixture
def with_five_ari(site: Site) -> FormulationVersion:
    """A formulation in force that holds a 5-alpha-reductase inhibitor."""
    author = make_actor(site, Role.PREPARER)
    inhibitor = an_ingredient(site, "Dutasteride", pregnancy_class="contraindicated", by=author)
    saline = an_ingredient(site, by=author)
    lines_of = [a_line(inhibitor, 200), a_line(saline, 800, "diluent")]
    return approved(draft_formulation(site, "E", by=author, lines=lines_of))


def signed_consent(patient: Patient, script: ConsentScriptVersion, *, by: Actor, at: datetime | None = None) -> Consent:
    """Return a consent of today, or of `at`."""
    return take_consent(
        by=by, patient=patient, script_version=script, statements=[row.pk for row in script.statements.all()],
        drawing_png=signature_png(patient.pk), signed_name=patient.full_name, photos_for_record=True,
        photos_for_teaching=False, submission_key=uuid.uuid4(), at=at or clock.now(),
    )  # fmt: skip


class TestAnswering:
    def test_a_question_about_an_inhibitor_is_asked_only_where_one_is_held(
        self, asks_all: Approved, with_five_ari: FormulationVersion, patient: Patient, operator: Actor, as_actor: Any
    ) -> None:
        checklist = open_checklist(patient, asks_all.formulations[0], by=operator)
        page = _text(as_actor(operator).get(reverse("checklist", args=[checklist.pk])))
        assert "0 of 16 answered." in page
        assert "give no blood" not in page
        item = checklist.version.items.get(rule=Rule.FIVE_ARI)
        with pytest.raises(Refused, match="isn't asked for the formulation"):
            answer_item(by=operator, checklist=checklist, item=item, answer="yes", at=clock.now())
        address = reverse("checklist_formulation", args=[checklist.pk])
        as_actor(operator).post(address, {"formulation": with_five_ari.pk, "submission_key": uuid.uuid4()})
        page = _text(as_actor(operator).get(reverse("checklist", args=[checklist.pk])))
        assert "0 of 17 answered." in page
        assert "give no blood" in page
        answer_item(by=operator, checklist=checklist, item=item, answer="no", at=clock.now())
        checklist.refresh_from_db()
        verdict = judge(load(checklist, checklist.on).case)
        assert with_five_ari.pk in verdict.ruled_out()

    def test_a_checklist_signed_without_that_question_opens_no_such_formulation(
        self, asks_all: Approved, with_five_ari: FormulationVersion, patient: Patient, operator: Actor
    ) -> None:
        signed = signed_checklist(patient, asks_all.formulations[0], by=operator)
        assert signed.outcome == Outcome.PROCEED
        assert signed.verdict is not None
        assert with_five_ari.pk not in signed.verdict["open_formulations"]
        content = SealedDocument.objects.get(kind="checklist").content
        assert "Not judged: it needs a question that wasn't asked today" in content
        assert "give no blood" not in content

    def test_what_each_answer_asks_besides_is_saved_from_the_page_field_by_field(
        self, asks_all: Approved, patient: Patient, operator: Actor, as_actor: Any
    ) -> None:
        checklist = answered_checklist(patient, asks_all.formulations[0], by=operator)
        numbers = {item.rule: f"q{item.pk}" for item in checklist.version.items.all()}
        sent = {
            numbers[Rule.LAST_REACTION]: "yes",
            f"{numbers[Rule.LAST_REACTION]}-which": ["lump", "fever"],
            f"{numbers[Rule.LAST_REACTION]}-note": "left temple, a week",
            numbers[Rule.TRANSPLANT]: "yes",
            f"{numbers[Rule.TRANSPLANT]}-happened_on": "2026-08-01",
            f"{numbers[Rule.TRANSPLANT]}-allowed_on": "2026-11-01",
            f"{numbers[Rule.TRANSPLANT]}-letter": "Dr Hair, 20 Oct 2026",
            numbers[Rule.BLOCK_WEIGHT]: "yes",
            f"{numbers[Rule.BLOCK_WEIGHT]}-number": "72.50",
        }
        checklist.refresh_from_db()
        data = {**sent, "changed": list(sent), "row_version": checklist.row_version, "submission_key": uuid.uuid4()}
        answer = as_actor(operator).post(reverse("checklist_save", args=[checklist.pk]), data)
        assert answer.status_code == 200, answer.content
        extra = {row.item.rule: row.extra for row in checklist.answers.select_related("item")}
        assert extra[Rule.LAST_REACTION] == {"which": ["fever", "lump"], "note": "left temple, a week"}
        assert extra[Rule.TRANSPLANT] == {
            "happened_on": "2026-08-01", "allowed_on": "2026-11-01", "letter": "Dr Hair, 20 Oct 2026",
        }  # fmt: skip
        assert extra[Rule.BLOCK_WEIGHT] == {"number": "72.5"}
        # What is saved opens again, and the same again changes nothing.
        page = _text(as_actor(operator).get(reverse("checklist", args=[checklist.pk])))
        for value in ('value="2026-08-01"', 'value="Dr Hair, 20 Oct 2026"', 'value="72.5"', "the note is the record"):
            assert value.lower() in page.lower()

    def test_a_weight_out_of_its_bounds_is_refused_at_its_field(
        self, asks_all: Approved, patient: Patient, operator: Actor, as_actor: Any
    ) -> None:
        checklist = open_checklist(patient, asks_all.formulations[0], by=operator)
        name = f"q{checklist.version.items.get(rule=Rule.BLOCK_WEIGHT).pk}"
        address = reverse("checklist_save", args=[checklist.pk])
        for typed, said in (("20", "30"), ("301", "300"), ("72.55", "decimal"), ("x", "Type")):
            checklist.refresh_from_db()
            data = {name: "yes", f"{name}-number": typed, "changed": [name, f"{name}-number"]}
            answer = as_actor(operator).post(address, data | {"row_version": checklist.row_version})
            assert answer.status_code == 422
            assert said in str(answer.json()["errors"][f"{name}-number"])
        assert checklist.answers.get().extra == {}


def test_what_has_to_be_done_is_signed_printed_and_goes_with_the_session(
    asks_all: Approved, patient: Patient, operator: Actor, as_actor: Any
) -> None:
    answers = FAINTS | {Rule.BLOCK_WEIGHT: ("yes", {})}
    signed = signed_checklist(patient, asks_all.formulations[0], by=operator, answers=answers)
    assert signed.outcome == Outcome.PROCEED
    document = SealedDocument.objects.get(kind="checklist")
    page = _text(as_actor(operator).get(reverse("checklist", args=[signed.pk])))
    for told in (page, document.content):
        assert "Lying-down protocol" in told
        assert "No block and no infiltration today" in told
        assert "No consent is in force yet" in told
    consent = signed_consent(patient, asks_all.consent, by=operator)
    kept = papers(_session_like(signed), signed, consent)
    shown = lines(kept, ended={}, site=signed.site, on=signed.on)
    said = {line.text: line.conditions for line in shown if line.conditions}
    assert said["Fainting, fasting and fear"].startswith("Lying-down protocol")
    assert said["Weight for a block or infiltration"].startswith("No block")
    # The consent is in force by now: it isn't waited for any more.
    assert "Consent and expectations" not in said


def _session_like(checklist: PatientChecklist) -> Any:
    """Return what `papers` looks at of a session."""

    class Like:
        patient, site, on = checklist.patient, checklist.site, checklist.on

    return Like()


class TestConsent:
    """CI-18: missing: gate."""

    def verdict(self, checklist: PatientChecklist) -> Outcome:
        return verdict_now(checklist, checklist.on).outcome

    def test_not_confirmed_again_it_waits_for_a_consent_of_the_day(
        self, asks_all: Approved, patient: Patient, operator: Actor
    ) -> None:
        earlier = clock.now() - timedelta(days=30)
        signed_consent(patient, asks_all.consent, by=operator, at=earlier)
        signed = signed_checklist(
            patient,
            asks_all.formulations[0],
            by=operator,
            answers={Rule.CONSENT_CURRENT: ("no", {"detail": "Expects new hair"})},
        )
        assert signed.outcome == Outcome.DEFER
        today = signed_consent(patient, asks_all.consent, by=operator)
        assert self.verdict(signed) is Outcome.PROCEED
        withdraw_consent(by=operator, consent=today, reason="Changed her mind", at=clock.now())
        # The gate stops for the consent that is missing; see its own tests.
        assert self.verdict(signed) is Outcome.PROCEED

    def test_confirmed_again_it_goes_on(self, asks_all: Approved, patient: Patient, operator: Actor) -> None:
        signed_consent(patient, asks_all.consent, by=operator, at=clock.now() - timedelta(days=30))
        signed = signed_checklist(patient, asks_all.formulations[0], by=operator)
        assert signed.outcome == Outcome.PROCEED
        content = SealedDocument.objects.get(kind="checklist").content
        assert "Confirmed again; the consent in force is of" in content


@pytest.mark.parametrize(
    ("rule", "raw", "kept", "words"),
    [
        (Rule.NEWS, {"which": ["dental"], "note": " a  crown ", "drug": "x"}, {"which": ["dental"], "note": "a crown"},
         "Dental work, a crown"),
        (Rule.HEALING, {"note": "HbA1c 9 %", "which": ["dental"]}, {"note": "HbA1c 9 %"}, "HbA1c 9 %"),
        (Rule.FAINTING, {"note": "x"}, {}, ""),
        (Rule.FIVE_ARI, {"note": "x"}, {}, ""),
        (Rule.BLOCK_WEIGHT, {"number": "80.0"}, {"number": "80"}, "Weight: 80 kg"),
        (Rule.BLOCK_WEIGHT, {"number": ""}, {}, ""),
        (Rule.TRANSPLANT, {"happened_on": "2026-08-01"}, {"happened_on": "2026-08-01"},
         "Day of the transplant: 1 Aug 2026"),
    ],
)  # fmt: skip
def test_only_what_the_kind_asks_is_kept(rule: str, raw: dict[str, Any], kept: dict[str, Any], words: str) -> None:
    assert clean_extra(rule, "unsure", raw, ingredients=()) == kept
    assert extra_in_words(rule, kept, {}) == words
    fine = "yes" if rule == Rule.FIVE_ARI else "no"
    assert clean_extra(rule, fine, raw, ingredients=()) == {}


@pytest.mark.parametrize(
    ("rule", "raw"),
    [
        (Rule.NEWS, {"which": ["patch"]}),
        (Rule.NEWS, {"which": "dental"}),
        (Rule.BLOCK_WEIGHT, {"number": "NaN"}),
        (Rule.BLOCK_WEIGHT, {"number": "1e9"}),
        (Rule.BLOCK_WEIGHT, {"number": "72.55"}),
        (Rule.BLOCK_WEIGHT, {"number": "heavy"}),
        (Rule.TRANSPLANT, {"happened_on": "1 August"}),
        (Rule.TRANSPLANT, {"letter": "x" * 121}),
    ],
)
def test_what_cant_be_meant_is_refused_at_its_field(rule: str, raw: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        clean_extra(rule, "yes", raw, ingredients=())
    assert refused.value.field == next(iter(raw))


class TestVersion:
    def test_what_a_question_says_of_its_own_is_signed_and_only_where_it_belongs(self, site: Site) -> None:
        items = [
            *checklist_items()[:6],
            ItemDraft("CI-08", "New?", Rule.NEWS, listed=("surgery", "nonsense"), instruction="no", weeks=3),
            ItemDraft("CI-11", "Fainted?", Rule.FAINTING, instruction="Flat, juice first."),
            ItemDraft("CI-14", "Transplant?", Rule.TRANSPLANT, weeks=12, listed=("surgery",)),
        ]  # fmt: skip
        parts = content_of(approved(draft_checklist(site, items=items)))["parts"]
        own = [{name: p[name] for name in ("instruction", "weeks", "listed") if name in p} for p in parts[6:]]
        assert own == [{"listed": ["surgery"]}, {"instruction": "Flat, juice first."}, {"weeks": 12}]
        assert set(parts[0]) == {"ordinal", "code", "question", "hint", "rule"}

    def test_a_transplant_without_weeks_isnt_ready_for_review(self, site: Site) -> None:
        items = [*checklist_items()[:6], ItemDraft("CI-14", "Transplant?", Rule.TRANSPLANT)]
        assert draft_checklist(site, items=items).gaps() == ["CI-14: say how many weeks back a transplant defers."]

    def test_the_database_takes_nothing_that_doesnt_belong(self, site: Site) -> None:
        version = draft_checklist(site, items=checklist_items())
        for rule, changed in (
            (Rule.NEWS, {"listed": ["nonsense"]}), (Rule.PRP, {"listed": ["surgery"]}),
            (Rule.PRP, {"instruction": "x"}), (Rule.NEWS, {"weeks": 3}), (Rule.TRANSPLANT, {"weeks": 105}),
            (Rule.LAST_REACTION, {"stricter": "defer"}), (Rule.FAINTING, {"stricter": "stop"}),
        ):  # fmt: skip
            with pytest.raises(IntegrityError, match="checklist_item_"), transaction.atomic():
                ChecklistItem.objects.filter(version=version, rule=rule).update(**changed)

    def test_the_editor_shows_what_only_some_rules_take_and_keeps_it(
        self, client: Client, site: Site, sign_in: Any
    ) -> None:
        author = sign_in(site, Role.MANAGER)
        address = reverse("checklist_version_new")
        opened = _initial(client, address)
        assert opened["rows-12-weeks"] == 26
        changed = {"rows-12-weeks": "40", "rows-7-ask_dental": "on", "rows-10-instruction": "Flat on the couch."}
        client.post(address, opened | changed)
        items = ChecklistVersion.objects.get(author=author.user).items
        assert items.get(rule=Rule.TRANSPLANT).weeks == 40
        assert items.get(rule=Rule.FAINTING).instruction == "Flat on the couch."
        assert set(items.get(rule=Rule.NEWS).listed) == {"medicine", "illness", "surgery", "dental"}
        again = _initial(client, reverse("checklist_version_edit", args=[items.first().version_id]))
        assert (again["rows-12-weeks"], again["rows-10-instruction"]) == (40, "Flat on the couch.")

    def test_what_stands_beside_follows_the_rule_chosen(self, client: Client, site: Site, sign_in: Any) -> None:
        sign_in(site, Role.MANAGER)
        address = reverse("checklist_version_new")
        data = _initial(client, address) | {"rows-3-rule": Rule.TRANSPLANT, "rows": "beside-3"}
        beside = _text(client.post(address, data, headers={"HX-Request": "true"}))
        assert "A transplant defers for" in beside
        assert "Until the day that the surgeon's letter names." in beside
        data = _initial(client, address) | {"rows-7-ask_dental": "on", "rows": "beside-7"}
        beside = _text(client.post(address, data, headers={"HX-Request": "true"}))
        assert "An operation; Dental work" in beside
