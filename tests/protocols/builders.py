"""Approved protocols for tests of every room, made through the services.

`approved_everything(site)` is what a site needs before it can treat.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Role
from clinic.trail.unit import unit_of_work
from protocols.aftercare.models import AftercareLeafletVersion, LeafletParagraph
from protocols.audit_rules.models import AuditLimit, AuditRulesVersion
from protocols.checklists.models import ChecklistVersion
from protocols.checklists.rules import ALWAYS_ASKED
from protocols.checklists.services import ItemDraft, write_checklist
from protocols.combined.models import CombinedProtocolVersion, CombinedZone
from protocols.consents.models import ConsentScriptVersion, ExpectationStatement
from protocols.decisions.models import Decision, Part
from protocols.decisions.services import approve, submit_for_review
from protocols.drafts.services import begin_draft
from protocols.formulations.models import FormulationVersion, Ingredient
from protocols.formulations.recipe import LineDraft, Recipe, StorageDraft
from protocols.formulations.services import add_ingredient, new_version, write_formulation
from protocols.formulations.steps import StepDraft
from protocols.jurisdiction.models import JurisdictionEntry, JurisdictionTableVersion, LegalStatus
from protocols.jurisdiction.queries import table_in_force
from protocols.photos.models import PhotoProtocolVersion
from protocols.photos.services import PointDraft, ViewDraft, write_photo_protocol
from protocols.prp.models import PrpProtocolVersion, PrpSpin
from protocols.responses.models import Complication, ComplicationResponseVersion, ResponseStep
from protocols.starter import audit_rules, combined, documents, leaflet, prp, responses
from protocols.starter.checklist import checklist_items
from protocols.treatment.models import AnaesthesiaChoice, TreatmentProtocolVersion
from tests.factories import confirmed, make_actor
from tests.remembered import remembered

#: Two required views and an optional one keep photo sets in tests small.
#: What stands on the page of every version that nobody approved.
DRAFT_WORDS = "Draft — a physician must approve"
FEW_VIEWS = (
    ViewDraft("frontal", "Frontal, chin level", outline="front"),
    ViewDraft("vertex", "Vertex", outline="vertex"),
    ViewDraft("macro", "Close-up", required=False),
)
FEW_POINTS = (PointDraft("Hair washed"), PointDraft("Fully dry"), PointDraft("Hours since washing", asks_note=True))


def make_author(site: Site) -> Actor:
    """Return somebody who writes protocols at `site` and can't approve them."""
    return make_actor(site, Role.PREPARER)


def make_approver(site: Site) -> Actor:
    """Return a physician of `site`."""
    return make_actor(site, Role.PHYSICIAN)


def an_ingredient(
    site: Site,
    name: str = "",
    *,
    concentration: str = "5 mg/mL",
    allergen_class: str = "none",
    pregnancy_class: str = "no_concern",
    by: Actor | None = None,
) -> Ingredient:
    """Return a new ingredient of `site`."""
    return add_ingredient(
        by=by or make_author(site), name=name or f"Substance {uuid.uuid4().hex[:6]}", concentration=concentration,
        allergen_class=allergen_class, pregnancy_class=pregnancy_class, submission_key=uuid.uuid4(), at=clock.now(),
    )  # fmt: skip


def a_line(ingredient: Ingredient, volume_ul_per_ml: int, role: str = "active", tolerance: str = "5.0") -> LineDraft:
    """Return a line of a recipe."""
    return LineDraft(ingredient, role, volume_ul_per_ml, Decimal(tolerance))


def a_recipe(**changed: Any) -> Recipe:
    """Return all of a recipe but its lines, with `changed` values."""
    recipe = Recipe(
        indication="Early pattern hair loss", beyond_use_hours=24, beyond_use_reason="Local limit",
        storage="refrigerated",
        batch_min_ul=2_000, batch_max_ul=20_000, container="Sterile vial",
        method=[StepDraft("Measure."), StepDraft("Mix.")], dosage_form="solution", strength_stated="",
        beyond_use_reference="", other_storage=[], patient_use="single", equipment="Syringes",
        environment="Clean bench",
        asepsis="Gloves", appearance="Clear.", reject_when="Cloudy.", final_check="", calculation="", example_ul=None,
        warnings="Intradermal scalp only", references="",
    )  # fmt: skip
    recipe.update(changed)  # type: ignore[typeddict-item]
    return recipe


def draft_formulation(
    site: Site, code: str = "A", *, by: Actor | None = None, lines: Sequence[LineDraft] | None = None,
    allowed: bool = True, **changed: Any,
) -> FormulationVersion:  # fmt: skip
    """Return the draft of a formulation's first version: an active (600 µL) and a diluent (400 µL) unless `lines`.

    Whoever approves it finds its ingredients in the jurisdiction table in force, unless they aren't `allowed`.
    """
    by = by or make_author(site)
    if lines is None:
        lines = [
            a_line(an_ingredient(site, f"Active {code}", by=by), 600),
            a_line(an_ingredient(site, f"Diluent {code}", by=by), 400, "diluent", "10.0"),
        ]
    version = write_formulation(
        by=by, code=code, name=f"Formulation {code}", submission_key=uuid.uuid4(), at=clock.now(), lines=lines,
        **a_recipe(**changed),
    )  # fmt: skip
    if allowed:
        allow_all(site)
    return version


def next_version(version: FormulationVersion, *, by: Actor | None = None, **changed: Any) -> FormulationVersion:
    """Return a draft of the version after `version`, with the same lines."""
    lines = [
        LineDraft(
            line.ingredient, line.role, line.volume_ul_per_ml, line.tolerance_percent, line.products,
            line.incompatibilities,
        )
        for line in version.lines.select_related("ingredient")
    ]  # fmt: skip
    return new_version(
        by=by or make_author(version.site), formulation=version.formulation, change_reason="Better",
        risk_relevant=False, submission_key=uuid.uuid4(), at=clock.now(), lines=lines, **a_recipe(**changed),
    )  # fmt: skip


@unit_of_work
def approved[D: Decision](version: D, *, approver: Actor | None = None, at: datetime | None = None) -> D:
    """Send the draft to review as its author and approve it as a physician; return it as approved."""
    at = at or clock.now()
    author = Actor.at_site(user=version.author, site=version.site, roles=[Role.PREPARER])
    approver = approver or make_approver(version.site)
    submit_for_review(by=author, version=version, at=at)
    if isinstance(version, FormulationVersion):
        allow_all(version.site)
    return approve(by=approver, version=version, confirmed=confirmed(approver, at), at=at)


def allow_all(site: Site, *, at: datetime | None = None, **statuses: tuple[str, str]) -> None:
    """Have a jurisdiction table in force that allows every ingredient of `site`; the one in force stays if it does.

    `statuses` are a status and a line for the patient, by the ingredient's name.
    """
    at = at or clock.now()
    listed = list(Ingredient.objects.filter(site=site))
    if not listed:
        return
    in_force = table_in_force(site)
    if in_force is not None and not statuses and {one.pk for one in listed} <= set(in_force):
        return
    allowed = (LegalStatus.ALLOWED.value, "")
    entries = [
        JurisdictionEntry(
            ingredient=one, ingredient_name=str(one), source="Looked up for a test", checked_on=at.date(),
            legal_status=statuses.get(one.name, allowed)[0], consent_line=statuses.get(one.name, allowed)[1],
        )
        for one in listed
    ]  # fmt: skip
    author, approver = make_author(site), make_approver(site)
    table = JurisdictionTableVersion(
        site=site, submission_key=uuid.uuid4(), change_reason="For a test", risk_relevant=False,
        jurisdiction="Testland", method="Asked the tests.",
    )  # fmt: skip
    table = begin_draft(by=author, version=table, parts=entries, at=at)
    submit_for_review(by=author, version=table, at=at)
    approve(by=approver, version=table, confirmed=confirmed(approver, at), at=at)


def approved_formulation(
    site: Site, code: str = "A", *, approver: Actor | None = None, **draft: Any
) -> FormulationVersion:
    """Return an approved formulation version; `draft` is passed to `draft_formulation`."""
    return approved(draft_formulation(site, code, **draft), approver=approver)


def draft_treatment(site: Site, *, by: Actor | None = None, **changed: Any) -> TreatmentProtocolVersion:
    """Return a draft of the treatment protocol: the starter's, with `changed` values."""
    return a_document(
        TreatmentProtocolVersion, documents.technique_opened(), AnaesthesiaChoice, by=by or make_author(site), **changed
    )


def usual_questions() -> list[ItemDraft]:
    """Return the questions that every checklist asks, as the starter words them."""
    return [item for item in checklist_items() if item.rule in ALWAYS_ASKED]


def draft_checklist(site: Site, *, by: Actor | None = None, **changed: Any) -> ChecklistVersion:
    """Return a draft of the checklist: what every checklist asks, with `changed` values."""
    values = {"title": "Contraindication checklist", "items": usual_questions()} | changed
    return write_checklist(
        by=by or make_author(site), change_reason="First", risk_relevant=False, submission_key=uuid.uuid4(),
        at=clock.now(), **values,
    )  # fmt: skip


def draft_consent(site: Site, *, by: Actor | None = None, **changed: Any) -> ConsentScriptVersion:
    """Return a draft of the consent script: the starter's, with `changed` values."""
    values = {"title": "Consent to treatment"} | changed
    opened = documents.consent_opened()
    if "statements" in values:
        opened["rows_initial"] = [{"text": text} for text in values.pop("statements") if text.strip()]
    return a_document(ConsentScriptVersion, opened, ExpectationStatement, by=by or make_author(site), **values)


def draft_photo_protocol(site: Site, *, by: Actor | None = None, **changed: Any) -> PhotoProtocolVersion:
    """Return a draft of the photo protocol: two required views and an optional one, with `changed` values."""
    values = {
        "title": "Standard photographs", "preparation": "Fixed camera, two lights.", "audit_window_days": 21,
        "baseline_window_days": 14, "points": FEW_POINTS, "views": FEW_VIEWS,
    } | changed  # fmt: skip
    return write_photo_protocol(
        by=by or make_author(site), change_reason="First", risk_relevant=False, submission_key=uuid.uuid4(),
        at=clock.now(), **values,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Approved:
    """All that a site has approved, by whom."""

    author: Actor
    approver: Actor
    formulations: tuple[FormulationVersion, FormulationVersion]
    treatment: TreatmentProtocolVersion
    checklist: ChecklistVersion
    consent: ConsentScriptVersion
    photos: PhotoProtocolVersion


@unit_of_work
@remembered
def approved_everything(site: Site, **treatment: Any) -> Approved:
    """Return what a ready site has: formulations A (nothing special) and B (with a local anaesthetic, amide type;
    in pregnancy only with a clearance), and one of each other document; `treatment` changes its protocol.
    """
    author, approver = make_author(site), make_approver(site)
    saline = an_ingredient(site, "Sodium chloride", concentration="9 mg/mL", by=author)
    vitamin = an_ingredient(site, "Dexpanthenol", concentration="250 mg/mL", allergen_class="b_vitamin", by=author)
    lidocaine = an_ingredient(
        site, "Lidocaine hydrochloride", concentration="20 mg/mL", allergen_class="local_anaesthetic",
        pregnancy_class="clearance", by=author,
    )  # fmt: skip
    a_lines = [a_line(vitamin, 600), a_line(saline, 400, "diluent", "10.0")]
    b_lines = [a_line(vitamin, 500), a_line(lidocaine, 100, "anaesthetic", "3.0"), a_line(saline, 400, "diluent")]
    return Approved(
        author=author,
        approver=approver,
        formulations=(
            approved(
                draft_formulation(
                    site,
                    "A",
                    by=author,
                    lines=a_lines,
                    other_storage=[StorageDraft("room", 12, "Local limit")],
                    method=[StepDraft("Measure."), StepDraft("Mix.", critical=True)],
                ),
                approver=approver,
            ),
            approved(draft_formulation(site, "B", by=author, lines=b_lines), approver=approver),
        ),
        treatment=approved(draft_treatment(site, by=author, **treatment), approver=approver),
        checklist=approved(draft_checklist(site, by=author), approver=approver),
        consent=approved(draft_consent(site, by=author), approver=approver),
        photos=approved(draft_photo_protocol(site, by=author), approver=approver),
    )


def approved_for_opening(site: Site, **treatment: Any) -> Approved:
    """Approve everything that a site needs before its first patient: leaflet and complication responses too."""
    everything = approved_everything(site, **treatment)
    by = make_author(site)
    at = clock.now()
    written: list[Decision] = [
        a_document(AftercareLeafletVersion, leaflet.opened(telephone="+49 30 5550 100"), LeafletParagraph, by=by)
    ]
    written += [
        a_document(ComplicationResponseVersion, responses.opened(each.value), ResponseStep, by=by)
        for each in Complication
    ]
    for version in written:
        approved(version, at=at)
    return everything


def a_document[D: Decision](model: type[D], opened: Mapping[str, Any], row: type[Part], *, by: Actor, **more: Any) -> D:
    """Return a draft of `model` with the content that its form opens with, `more` in its place."""
    values = {"change_reason": "First", "risk_relevant": False} | opened["initial"] | more
    version = model(site=by.site, submission_key=uuid.uuid4(), **values)
    return begin_draft(by=by, version=version, parts=[row(**each) for each in opened["rows_initial"]], at=clock.now())


def draft_leaflet(site: Site, *, by: Actor | None = None, **changed: Any) -> AftercareLeafletVersion:
    """Return a draft of the English leaflet: the starter's, with `changed` values."""
    opened = leaflet.opened(telephone="+49 30 5550 100")
    return a_document(AftercareLeafletVersion, opened, LeafletParagraph, by=by or make_author(site), **changed)


def draft_response(site: Site, *, by: Actor | None = None, **changed: Any) -> ComplicationResponseVersion:
    """Return a draft of the response to anaphylaxis."""
    opened = responses.opened(Complication.ANAPHYLAXIS.value)
    return a_document(ComplicationResponseVersion, opened, ResponseStep, by=by or make_author(site), **changed)


def draft_prp(site: Site, *, by: Actor | None = None, **changed: Any) -> PrpProtocolVersion:
    """Return a draft of the PRP protocol."""
    return a_document(PrpProtocolVersion, prp.opened(), PrpSpin, by=by or make_author(site), **changed)


def draft_combined(site: Site, *, by: Actor | None = None, **changed: Any) -> CombinedProtocolVersion:
    """Return a draft of the combined protocol."""
    return a_document(CombinedProtocolVersion, combined.opened(), CombinedZone, by=by or make_author(site), **changed)


def draft_audit_rules(site: Site, *, by: Actor | None = None, **changed: Any) -> AuditRulesVersion:
    """Return a draft of the audit rules."""
    return a_document(AuditRulesVersion, audit_rules.opened(), AuditLimit, by=by or make_author(site), **changed)
