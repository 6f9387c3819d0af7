"""Every address of the clinic with sample arguments out of a story, enumerated from the URLconf itself."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import URLPattern, reverse

from clinic.accounts.access import Access, access_of
from clinic.checks import walk_urls
from tests.story import Story

#: What stands in an address, by the name of the view: `argument=row` is the key of that row of the story,
#: `argument=row.field` one of its fields, `argument=:text` the text itself. Several samples are parted by "|".
SAMPLES: dict[str, str] = {
    "staff_person": "pk=membership.user_id",
    "staff_end": "pk=membership.user_id",
    "staff_password": "pk=membership.user_id",
    "staff_link": "pk=membership.user_id",
    "first_password": "uid=:MQ token=:none",
    "alert_acknowledge": "pk=alert",
    "work_again": "pk=owed",
    "check_document": "code=document.code",
    "document": "code=document.code",
    "document_state": "code=document.code",
    "document_pdf": "code=document.code",
    "document_content": "code=document.code",
    "patient": "pk=patient | pk=second_patient",
    "patient_history": "pk=patient | pk=second_patient",
    "patient_edit": "pk=patient",
    "patient_trail": "pk=patient",
    "intake_new": "pk=patient",
    "intake_correct": "pk=intake",
    "checklist_start": "pk=patient",
    "checklist": "pk=open_checklist | pk=checklist",
    "checklist_save": "pk=open_checklist | pk=checklist",
    "checklist_state": "pk=open_checklist | pk=checklist",
    "checklist_formulation": "pk=open_checklist | pk=checklist",
    "checklist_sign": "pk=open_checklist | pk=checklist",
    "clearance_new": "pk=patient rule=:pregnancy",
    "clearance": "pk=clearance",
    "clearance_withdraw": "pk=clearance",
    "consent_new": "patient_id=patient",
    "consent": "pk=consent",
    "consent_drawing": "pk=consent",
    "consent_from_paper": "code=paper_consent.code",
    "paper_new": "patient_id=patient",
    "paper_form": "code=paper_form.code | code=paper_consent.code",
    "paper_not_used": "code=paper_form.code",
    "paper_take_back": "code=paper_consent.code filing_id=filing",
    "paper_enter": "code=paper_form.code",
    "paper_scan": "pk=open_scan | pk=filed_scan",
    "paper_scan_filing": "pk=open_scan | pk=filed_scan",
    "paper_scan_aside": "pk=open_scan | pk=filed_scan",
    "paper_scan_file": "pk=open_scan",
    "paper_page": "pk=scan_page",
    "photo_set_new": "patient_id=patient",
    "photo_set": "pk=open_photo_set | pk=photo_set",
    "photo_add": "pk=open_photo_set view_id=view | pk=photo_set view_id=view",
    "photo_set_day": "pk=open_photo_set | pk=photo_set",
    "photo_set_preparation": "pk=open_photo_set | pk=photo_set",
    "photo_set_complete": "pk=open_photo_set | pk=photo_set",
    "photo_set_give_up": "pk=open_photo_set | pk=photo_set",
    "photo_set_amend": "pk=open_photo_set | pk=photo_set",
    "photo_file": "pk=photo kind=:screen | pk=photo kind=:original",
    "ingredient_edit": "pk=ingredient",
    "formulation": "pk=version | pk=draft_version",
    "formulation_edit": "pk=version",
    "formulation_next": "pk=version",
    "treatment_protocol": "pk=treatment",
    "treatment_protocol_edit": "pk=treatment",
    "checklist_version": "pk=checklist_version",
    "checklist_version_edit": "pk=checklist_version",
    "consent_script": "pk=consent_script",
    "consent_script_edit": "pk=consent_script",
    "photo_protocol": "pk=photo_protocol",
    "photo_protocol_edit": "pk=photo_protocol",
    "aftercare_leaflet": "pk=leaflet",
    "aftercare_leaflet_edit": "pk=leaflet",
    "complication_response": "pk=response",
    "complication_response_edit": "pk=response",
    "prp_protocol": "pk=prp",
    "prp_protocol_edit": "pk=prp",
    "combined_protocol": "pk=combined",
    "combined_protocol_edit": "pk=combined",
    "jurisdiction_table": "pk=jurisdiction",
    "jurisdiction_table_edit": "pk=jurisdiction",
    "risk_change": "pk=risk_change",
    "set_up_new": "arrangement=:fridge | arrangement=:operator",
    "set_up_end": "pk=set_up",
    "amend_document": "code=document.code",
    "co_sign_document": "code=preparation_document.code",
    "audit_rules": "pk=audit_rules",
    "audit_rules_edit": "pk=audit_rules",
    "version_list": "kind=:formulation | kind=:treatment_protocol",
    "version_compare": "kind=:formulation pk=draft_version | kind=:treatment_protocol pk=treatment",
    "version_uses": "kind=:formulation pk=version | kind=:treatment_protocol pk=treatment",
    "version_submit": "kind=:formulation pk=draft_version | kind=:treatment_protocol pk=treatment",
    "version_send_back": "kind=:formulation pk=draft_version | kind=:checklist_version pk=checklist_version",
    "version_approve": "kind=:formulation pk=draft_version | kind=:consent_script pk=consent_script",
    "version_retire": "kind=:formulation pk=version | kind=:photo_protocol pk=photo_protocol",
    "version_discard": "kind=:formulation pk=version | kind=:treatment_protocol pk=treatment",
    "preparation": "pk=open_preparation | pk=preparation",
    "preparation_save": "pk=open_preparation | pk=preparation",
    "preparation_state": "pk=open_preparation | pk=preparation",
    "preparation_sign": "pk=open_preparation | pk=preparation",
    "preparation_reject": "pk=open_preparation | pk=preparation",
    "vial": "code=vial.code",
    "vial_destroy": "code=vial.code",
    "lot": "pk=lot",
    "lot_move": "pk=lot kind=:discarded | pk=lot kind=:released | pk=lot kind=:opened",
    "plan_new": "patient_id=patient",
    "plan": "pk=plan | pk=open_plan",
    "plan_move": "pk=plan | pk=open_plan",
    "plan_end": "pk=plan | pk=open_plan",
    "session_start": "pk=open_planned | pk=planned",
    "treatment_session": "pk=open_session | pk=session",
    "session_gate": "pk=open_session | pk=session",
    "session_take_over": "pk=open_session | pk=session",
    "session_vial": "pk=open_session | pk=session",
    "session_zone": "pk=open_session | pk=session",
    "session_zone_late": "pk=open_session | pk=session",
    "session_zone_change": "pk=open_session | pk=session",
    "session_zone_explain": "pk=open_session | pk=session",
    "session_zone_remove": "pk=open_session | pk=session",
    "session_rest": "pk=open_session | pk=session",
    "session_briefing": "pk=open_session | pk=session",
    "session_sign": "pk=open_session | pk=session",
    "session_not_proceeded": "pk=open_session | pk=session",
    "week": "year=week_review.iso_year number=week_review.iso_week | year=:2026 number=:1",
    "week_rows": "year=week_review.iso_year number=week_review.iso_week",
    "week_sessions": "year=week_review.iso_year number=week_review.iso_week",
    "week_deviations": "year=week_review.iso_year number=week_review.iso_week",
    "deviation_decide": "year=week_review.iso_year number=week_review.iso_week",
    "week_sign": "year=week_review.iso_year number=week_review.iso_week | year=:2026 number=:1",
    "photo_audit": "pk=audit",
    "photo_audit_grade": "pk=audit",
    "photo_audit_newer": "pk=audit",
    "photo_audit_sign": "pk=audit",
}

#: Arguments that name no record: a week, a kind, a question.
NO_RECORD = frozenset({"arrangement", "year", "number", "kind", "rule"})

#: Records that belong to the installation and to no site, so that whoever may handle them sees them all.
OF_NO_SITE = frozenset({"alert_acknowledge", "work_again"})

_ARGUMENT = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")

Arguments = dict[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the URLconf: the view's name, what it declared, and its arguments with their converters."""

    name: str
    access: Access
    arguments: Mapping[str, str]

    @property
    def records(self) -> tuple[str, ...]:
        """The arguments that name a record of a site."""
        if self.name in OF_NO_SITE or self.access.public:
            return ()
        return tuple(name for name in self.arguments if name not in NO_RECORD)

    @property
    def has_samples(self) -> bool:
        """Whether the address can be written out."""
        return not self.arguments or self.name in SAMPLES

    def samples(self, story: Story) -> list[Arguments]:
        """The arguments of each sample, of rows of `story`; one empty sample for an address without arguments."""
        if not self.arguments:
            return [{}]
        return [_sample(text, story) for text in SAMPLES[self.name].split("|")]

    def url(self, arguments: Mapping[str, str]) -> str:
        """The address with `arguments`."""
        return reverse(self.name, kwargs=dict(arguments)) if arguments else reverse(self.name)

    def urls(self, story: Story) -> Iterator[str]:
        """The address with the arguments of each sample."""
        for arguments in self.samples(story):
            yield self.url(arguments)


def _sample(text: str, story: Story) -> Arguments:
    return {name: _value(spec, story) for name, spec in (part.split("=", 1) for part in text.split())}


def _value(spec: str, story: Story) -> str:
    if spec.startswith(":"):
        return spec[1:]
    row, _dot, field = spec.partition(".")
    return str(getattr(story.rows[row], field or "pk"))


def routes() -> list[Route]:
    """Every route of the URLconf, in its order."""
    return [_route(text, pattern) for text, pattern in walk_urls()]


def _route(text: str, pattern: URLPattern) -> Route:
    declared = access_of(pattern.callback)
    assert declared is not None, f"the view at /{text} doesn't say who may open it"
    assert pattern.name, f"the address /{text} has no name"
    found = {match["name"]: match["converter"] or "str" for match in _ARGUMENT.finditer(text)}
    return Route(pattern.name, declared, found)


def without_samples() -> list[str]:
    """What to add to, or take out of, SAMPLES: a sentence each."""
    known = {route.name: route for route in routes()}
    told = [
        f"{name} takes {', '.join(route.arguments)}: give it sample arguments in tests/meta/routes.py"
        for name, route in known.items()
        if route.arguments and name not in SAMPLES
    ]
    told += [f"{name} in SAMPLES is no address any more" for name in SAMPLES if name not in known]
    for name, text in SAMPLES.items():
        if name in known:
            given = [{part.split("=", 1)[0] for part in sample.split()} for sample in text.split("|")]
            told += [
                f"{name} takes {sorted(known[name].arguments)}, its sample gives {sorted(names)}"
                for names in given
                if names != set(known[name].arguments)
            ]
    return told
