"""Consents on the patient's pages."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.dates import day_text
from clinic.pieces import Row, one
from clinic.trail.ended import was_ended
from patients.consents.models import Consent, ConsentWithdrawal
from patients.consents.queries import consents_of, is_in_force, is_withdrawn
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Link, Mark, WayStep, patient_fact
from patients.registry.sections import Section, SectionAction, patient_section
from protocols.risk.outdated import formulations_changed, outdated

SHOWN = 4
_READERS = (Permission.TAKE_CONSENT, Permission.VIEW_DOCUMENTS)


@patient_fact(
    300, *_READERS, step=True,
    latest=one(
        Consent.objects.filter(patient=OuterRef("pk")).order_by("-signed_at", "-id"),
        pk="pk", signed_at="signed_at", script="script_version__title", version="script_version__number",
        outdated=outdated(), withdrawn=Exists(ConsentWithdrawal.objects.filter(consent=OuterRef("pk"))),
        ended=was_ended(Consent), amended=is_amended(Consent),
        changed=ArraySubquery(formulations_changed().values("title")),
    ),
)  # fmt: skip
def consent_fact(about: About, latest: Row | None) -> Fact:
    """The latest consent, the only one that can count, and whether it does."""
    may_take = about.actor.may(Permission.TAKE_CONSENT) and not about.patient.deceased
    url = reverse("consent_new", args=[about.patient.pk]) if may_take else ""
    given = latest is not None and not any(latest[why] for why in ("withdrawn", "ended", "outdated", "amended"))
    label = _("Take consent")
    # Of a formulation that was changed since, the gate asks a new consent; for the others this one counts.
    changed = ", ".join(latest["changed"]) if latest is not None and given else ""
    action = Link(label, url) if url and (changed or not given) else None
    step = WayStep(
        label=_("Consent"), done=given, sentence=_("Take the patient's consent."), url=url, action=label
    )  # fmt: skip
    if latest is None:
        return Fact(title=_("Consent"), missing=_("Not given yet"), action=action, step=step)
    signed_on = clock.local(datetime.fromisoformat(latest["signed_at"]), about.actor.site).date()
    if changed:
        mark = Mark("ask", _("In force, not for all"))
    elif given:
        mark = Mark("done", _("In force"))
    elif latest["withdrawn"] or latest["ended"]:
        mark = Mark("stop", _("Withdrawn"))
    else:
        mark = Mark("ask", _("Amended") if latest["amended"] else _("To be taken again"))
    return Fact(
        title=_("Consent"),
        text=day_text(signed_on),
        url=reverse("consent", args=[latest["pk"]]),
        note=_("%(script)s; to be taken again before %(formulations)s")
        % {
            "script": f"{latest['script']} v{latest['version']}",
            "formulations": changed,
        }
        if changed
        else f"{latest['script']} v{latest['version']}",
        mark=mark,
        action=action,
        step=step,
    )


@patient_section(300, *_READERS)
def consents(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest consents, and whether one is in force; one query."""
    rows: list[Any] = list(consents_of(patient)[:SHOWN])
    given = bool(rows) and is_in_force(rows[0])
    shown = [
        {"row": row, "withdrawn": is_withdrawn(row), "amended": row.amended, "in_force": given and place == 0}
        for place, row in enumerate(rows)
    ]
    may_take = actor.may(Permission.TAKE_CONSENT) and not patient.deceased
    url = reverse("consent_new", args=[patient.pk])
    return Section(
        id="consent",
        title=_("Consent"),
        template="patients/consents/section.html",
        context={"consents": shown},
        action=SectionAction(_("Take consent"), url) if may_take and not given else None,
    )
