"""Consents on the patient's pages."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.amending.queries import is_amended
from clinic.dates import day_text
from clinic.moments import moment_text, stopped
from clinic.pieces import Row, one
from patients.consents.models import Consent
from patients.consents.queries import consents_of, is_in_force, is_withdrawn, withdrawal_says
from patients.registry.identity import born_at_latest, under_age
from patients.registry.models import Patient
from patients.registry.overview import About, Fact, Link, Mark, WayStep, patient_fact
from patients.registry.sections import Section, SectionAction, patient_section
from protocols.risk.outdated import formulations_changed, outdated

SHOWN = 4
_READERS = (Permission.TAKE_CONSENT, Permission.VIEW_DOCUMENTS)


@patient_fact(
    200, *_READERS, step=True,
    latest=one(
        Consent.objects.filter(patient=OuterRef("pk")).order_by("-signed_at", "-id"),
        pk="pk", signed_at="signed_at", script="script_version__title", version="script_version__number",
        outdated=outdated(), amended=is_amended(Consent), withdrawn_at=withdrawal_says("withdrawn_at", "occurred_at"),
        withdrawn_by=withdrawal_says("withdrawn_by__full_name", "actor_name"), why=withdrawal_says("reason", "reason"),
        changed=ArraySubquery(formulations_changed().values("title")),
    ),
)  # fmt: skip
def consent_fact(about: About, latest: Row | None) -> Fact:
    """The latest consent, the only one that can count, and whether it does."""
    young = about.under_age
    may_take = about.actor.may(Permission.TAKE_CONSENT) and not about.patient.deceased and not young
    url = reverse("consent_new", args=[about.patient.pk]) if may_take else ""
    given = latest is not None and not any(latest[why] for why in ("withdrawn_at", "outdated", "amended"))
    label = _("Take consent")
    # Of a formulation that was changed since, the gate asks a new consent; for the others this one counts.
    changed = ", ".join(latest["changed"]) if latest is not None and given else ""
    action = Link(label, url) if url and (changed or not given) else None
    step = WayStep(
        label=_("Consent"), done=given, sentence=_("Take the patient's consent."), url=url, action=label
    )  # fmt: skip
    back = _withdrawn(about, latest) if latest is not None and latest["withdrawn_at"] else ""
    if back:
        # Whoever took it back isn't pressed for another: that is theirs to say, and a plain action.
        only = _("Nothing is treated on it. Take a new one only if the patient wants to go on.")
        step = replace(step, sentence=f"{back} {only}", action="", stopped=True)
    if young:
        step = _too_young(about, young)
    if latest is None:
        return Fact(title=_("Consent"), missing=_("Not given yet"), action=action, step=step)
    signed_on = clock.local(datetime.fromisoformat(latest["signed_at"]), about.actor.site).date()
    if changed:
        mark = Mark("ask", _("In force, not for all"))
    elif given:
        mark = Mark("done", _("In force"))
    elif latest["withdrawn_at"]:
        mark = Mark("stop", _("Withdrawn"))
    else:
        mark = Mark("ask", _("Amended") if latest["amended"] else _("To be taken again"))
    return Fact(
        title=_("Consent"),
        text=day_text(signed_on),
        url=reverse("consent", args=[latest["pk"]]),
        note=_note(latest, changed=changed, back=back),
        mark=mark,
        action=action,
        step=step,
    )


def _too_young(about: About, words: str) -> WayStep:
    """Return the step of a patient whom the site doesn't treat: it ends the way, whatever was signed before."""
    label = _("Consent")
    if born_at_latest(about.patient) is not None or not about.actor.may(Permission.REGISTER_PATIENTS):
        return WayStep(label=label, done=False, sentence=words, stopped=True, ends=True)
    return WayStep(
        label=label, done=False, sentence=words, stopped=True, ends=True, action=_("Enter the date of birth"),
        url=reverse("patient_edit", args=[about.patient.pk]),
    )  # fmt: skip


def _withdrawn(about: About, latest: Row) -> str:
    """Return, in a sentence, when the consent was taken back, who recorded it and why."""
    told = {
        "at": moment_text(datetime.fromisoformat(latest["withdrawn_at"]), about.actor.site, about.today),
        "who": latest["withdrawn_by"], "why": stopped(latest["why"]),
    }  # fmt: skip
    return _("The consent was withdrawn %(at)s, recorded by %(who)s: %(why)s") % told


def _note(latest: Row, *, changed: str, back: str) -> str:
    script = f"{latest['script']} v{latest['version']}"
    if changed:
        told = {"script": script, "formulations": changed}
        return _("%(script)s; to be taken again before %(formulations)s") % told
    return f"{script} · {back}" if back else script


@patient_section(200, *_READERS)
def consents(actor: Actor, patient: Patient, at: datetime) -> Section:
    """The latest consents, and whether one is in force; one query."""
    rows: list[Any] = list(consents_of(patient)[:SHOWN])
    given = bool(rows) and is_in_force(rows[0])
    shown = [
        {"row": row, "withdrawn": is_withdrawn(row), "amended": row.amended, "in_force": given and place == 0}
        for place, row in enumerate(rows)
    ]
    young = under_age(patient, site=actor.site, on=clock.local(at, actor.site).date())
    may_take = actor.may(Permission.TAKE_CONSENT) and not patient.deceased and not young
    url = reverse("consent_new", args=[patient.pk])
    return Section(
        id="consent",
        title=_("Consent"),
        template="patients/consents/section.html",
        context={"consents": shown},
        action=SectionAction(_("Take consent"), url) if may_take and not given else None,
    )
