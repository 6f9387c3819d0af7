"""Writing the starter drafts of an empty site."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.models import Site
from clinic.accounts.permissions import Permission
from clinic.errors import Refused
from clinic.trail.unit import unit_of_work
from protocols.aftercare.models import AftercareLeafletVersion, LeafletParagraph
from protocols.audit_rules.models import AuditLimit, AuditRulesVersion
from protocols.checklists.models import ChecklistVersion
from protocols.checklists.services import write_checklist
from protocols.combined.models import CombinedProtocolVersion, CombinedZone
from protocols.consents.models import ConsentScriptVersion, ExpectationStatement
from protocols.decisions.examples import example_reason
from protocols.decisions.models import Decision, Part
from protocols.decisions.services import lock_site
from protocols.drafts.services import begin_draft
from protocols.formulations.models import FormulationVersion, Ingredient
from protocols.formulations.recipe import LineDraft
from protocols.formulations.services import add_ingredient, write_formulation
from protocols.jurisdiction.models import JurisdictionEntry, JurisdictionTableVersion
from protocols.kinds import KINDS
from protocols.photos.models import PhotoProtocolVersion
from protocols.photos.services import write_photo_protocol
from protocols.photos.thresholds import BASELINE_WINDOW_DAYS
from protocols.prp.models import PrpProtocolVersion, PrpSpin
from protocols.responses.models import Complication, ComplicationResponseVersion, ResponseStep
from protocols.starter import audit_rules, combined, documents, formulations, jurisdiction, leaflet, prp, responses
from protocols.starter.checklist import checklist_items
from protocols.treatment.models import AnaesthesiaChoice, TreatmentProtocolVersion

#: Submission keys of the starter drafts are made of this and the site, so that a second click writes nothing.
_NAMESPACE = uuid.UUID("6f0c3c5e-53c2-4d7f-9c0e-0d6f6e8c7d11")


@dataclass(frozen=True, slots=True)
class StarterDrafts:
    """The drafts as written: those to adopt, and an example that isn't meant to be."""

    jurisdiction: JurisdictionTableVersion
    formulations: Sequence[FormulationVersion]
    example: FormulationVersion
    treatment: TreatmentProtocolVersion
    checklist: ChecklistVersion
    consent: ConsentScriptVersion
    photos: PhotoProtocolVersion
    leaflet: AftercareLeafletVersion
    responses: Sequence[ComplicationResponseVersion]
    audit_rules: AuditRulesVersion
    prp: PrpProtocolVersion
    combined: CombinedProtocolVersion

    def to_adopt(self) -> list[Decision]:
        """Return what a site needs before it is ready, once a physician has approved it.

        The jurisdiction table isn't among them: it ships empty, and the site looks its ingredients up itself.
        """
        return [
            *self.formulations, self.treatment, self.checklist, self.consent, self.photos, self.leaflet,
            *self.responses,
        ]  # fmt: skip

    def all(self) -> list[Decision]:
        """Return everything that was written, to adopt or not."""
        return [self.jurisdiction, *self.to_adopt(), self.example, self.audit_rules, self.prp, self.combined]


def is_empty(site: Site) -> bool:
    """Whether nothing was ever written at `site`."""
    return not any(model.objects.for_site(site).exists() for model in KINDS)


@unit_of_work
def write_starter_drafts(*, by: Actor, at: datetime, telephone: str = "") -> StarterDrafts:
    """Write the example drafts for a site that has none; the same person's second call returns the first's.

    `telephone` is whom a patient calls, for the leaflet; without it the leaflet can't be reviewed yet.
    Raises Refused when the site has begun by itself.
    """
    by.require(Permission.WRITE_PROTOCOLS)
    lock_site(by.site)
    written_before = FormulationVersion.objects.filter(submission_key=_key(by.site, "A"), author=by.user).exists()
    if not written_before and not is_empty(by.site):
        raise Refused(_("This site has protocols already. Write new drafts one by one."))
    found = _ingredients(by, at)
    versions = []
    for starter in formulations.formulations():
        lines = [
            LineDraft(
                found[line.ingredient], line.role, line.volume_ul_per_ml, line.tolerance_percent,
                incompatibilities=line.incompatibilities,
            )
            for line in starter.lines
        ]  # fmt: skip
        version = write_formulation(
            by=by, code=starter.code, name=starter.name, change_reason=example_reason(), lines=lines,
            submission_key=_key(by.site, starter.code), at=at, **starter.recipe,
        )  # fmt: skip
        versions.append(version)
    adopted = [starter.adopt for starter in formulations.formulations()]
    return StarterDrafts(
        jurisdiction=_document(
            by, JurisdictionTableVersion, jurisdiction.opened(), JurisdictionEntry, at, key="jurisdiction"
        ),
        formulations=[version for version, adopt in zip(versions, adopted, strict=True) if adopt],
        example=versions[adopted.index(False)],
        treatment=_document(
            by, TreatmentProtocolVersion, documents.technique_opened(), AnaesthesiaChoice, at, key="treatment"
        ),
        checklist=write_checklist(
            by=by, title=_("Contraindication checklist"), items=checklist_items(), change_reason=example_reason(),
            risk_relevant=False, submission_key=_key(by.site, "checklist"), at=at,
        ),
        consent=_document(
            by, ConsentScriptVersion, documents.consent_opened(), ExpectationStatement, at, key="consent"
        ),
        photos=write_photo_protocol(
            by=by, title=_("Standard photographs"), preparation=documents.photo_preparation(),
            points=documents.photo_points(), thresholds=documents.photo_thresholds(), views=documents.photo_views(),
            baseline_window_days=BASELINE_WINDOW_DAYS, audit_window_days=documents.AUDIT_WINDOW_DAYS,
            change_reason=example_reason(), risk_relevant=False,
            submission_key=_key(by.site, "photos"), at=at,
        ),
        leaflet=_document(
            by, AftercareLeafletVersion, leaflet.opened(telephone=telephone), LeafletParagraph, at, key="leaflet"
        ),
        responses=[
            _document(by, ComplicationResponseVersion, responses.opened(each.value), ResponseStep, at, key=each.value)
            for each in Complication
        ],
        audit_rules=_document(by, AuditRulesVersion, audit_rules.opened(), AuditLimit, at, key="audit rules"),
        prp=_document(by, PrpProtocolVersion, prp.opened(), PrpSpin, at, key="prp"),
        combined=_document(by, CombinedProtocolVersion, combined.opened(), CombinedZone, at, key="combined"),
    )  # fmt: skip


def _document[D: Decision](
    by: Actor, model: type[D], opened: Mapping[str, Any], row: type[Part], at: datetime, *, key: str
) -> D:  # fmt: skip
    """Write the draft that the form of a new document opens with."""
    version = model(
        site=by.site, submission_key=_key(by.site, key), change_reason=example_reason(), risk_relevant=False,
        **opened["initial"],
    )  # fmt: skip
    return begin_draft(by=by, version=version, parts=[row(**values) for values in opened["rows_initial"]], at=at)


def _ingredients(by: Actor, at: datetime) -> dict[str, Ingredient]:
    found = {(ingredient.name, ingredient.concentration): ingredient for ingredient in _listed(by.site)}
    return {
        starter.name: found.get((starter.name, starter.concentration))
        or add_ingredient(
            by=by, name=starter.name, concentration=starter.concentration, allergen_class=starter.allergen_class,
            pregnancy_class=starter.pregnancy_class, hazard_class=starter.hazard_class,
            submission_key=_key(by.site, f"ingredient {number}"), at=at,
        )
        for number, starter in enumerate(formulations.ingredients(), start=1)
    }  # fmt: skip


def _listed(site: Site) -> list[Ingredient]:
    return list(Ingredient.objects.for_site(site))


def _key(site: Site, name: str) -> uuid.UUID:
    return uuid.uuid5(_NAMESPACE, f"{site.pk} {name}")
