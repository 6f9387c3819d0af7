"""The checklist as a step of the way to a session: what is so, and whether another one is what comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.permissions import Permission
from clinic.codes import words_of
from clinic.pieces import Row
from patients.registry.overview import About, Link, WayStep
from patients.screening.counting import LastSigned, closes_one_alone, offers_another, standing_decisions
from patients.screening.ended import refused_words, rested_on_words
from patients.screening.outcomes import Outcome
from patients.screening.screen import reasons_against
from protocols.checklists.models import Rule


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of the questions that a checklist leaves to a prescriber.

    `open` are those that nobody has decided since; `against` is a decision that lets nobody be treated; `granted` says
    that a clearance was recorded since.
    """

    open: tuple[str, ...] = ()
    against: Row | None = None
    granted: bool = False


def asked_of_prescriber(
    rules: Iterable[str], decisions: Sequence[Row], *, signed_at: datetime, today: date
) -> Asked:  # fmt: skip
    """Return how the questions of `rules` stand today, of a checklist signed at `signed_at`. Pure.

    What was decided before the signature was known to it: only a refusal still says something then.
    """
    standing = {
        each.decision["rule"]: each.decision for each in standing_decisions(decisions, today) if not each.withdrawn
    }
    still_open, against, granted = [], None, False
    for rule in dict.fromkeys(rules):
        decision = standing.get(rule)
        if decision is not None and not decision["granted"]:
            against = against or decision
        elif decision is None or datetime.fromisoformat(decision["given_at"]) <= signed_at:
            still_open.append(rule)
        else:
            granted = True
    return Asked(tuple(still_open), against, granted)


def checklist_step(
    about: About, signed: Row | None, last: LastSigned | None, decisions: Sequence[Row], *, begin: Link, intake: bool
) -> WayStep:
    """Return the step, of which `begin` is what can be done about today's checklist; its url is "" for who may not.

    It is the next thing to do where it helps: not without an intake, nor before a prescriber has decided, nor again on
    a day whose checklist came to something that another one wouldn't change.
    """
    label = _("Checklist")
    if not intake:
        sentence = _("Take the intake first: without a stage the checklist lets no session go on.")
        return WayStep(label=label, done=False, sentence=sentence, url=begin.url, waits=True)
    if signed is None or last is None:
        sentence = _("Take the contraindication checklist.")
        return WayStep(label=label, done=False, sentence=sentence, url=begin.url, action=begin.label)
    if last.counts:
        again = _anew(label, begin, replaced=last.on == about.today) if offers_another(last, about.today) else None
        return WayStep(label=label, done=True, again=again)
    if last.amended:
        sentence = _("The last checklist was amended after it was signed and counts no longer. Take a new one.")
        return WayStep(label=label, done=False, sentence=sentence, url=begin.url, action=begin.label)
    signed_at = datetime.fromisoformat(signed["signed_at"])
    asked = asked_of_prescriber(_left_to_prescriber(signed, last), decisions, signed_at=signed_at, today=about.today)
    if asked.against is not None:
        return WayStep(label=label, done=False, sentence=_refused(about, asked.against), url=begin.url, stopped=True)
    if not last.ended and closes_one_alone(signed["open"], signed["chosen"]):
        then = _("It closes this formulation for the patient: plan another, and take the checklist for that one.")
        sentence = f"{_said(about, signed, last)} {then}"
        return WayStep(label=label, done=False, sentence=sentence, url=begin.url, stopped=True)
    then, following = _then(about, last, asked, begin)
    return WayStep(
        label=label, done=False, sentence=f"{_said(about, signed, last)} {then}", url=following.url,
        action=following.label, stopped=last.outcome == Outcome.STOP,
    )  # fmt: skip


def _anew(label: str, begin: Link, *, replaced: bool) -> WayStep:
    sentence = (
        _("Its questions or the formulation were replaced since it was signed today: take it anew by those in force.")
        if replaced
        else _("A session can be given. Take the checklist anew first, as on the day of each.")
    )
    return WayStep(label=label, done=False, sentence=sentence, url=begin.url, action=begin.label)


def _left_to_prescriber(signed: Row, last: LastSigned) -> list[str]:
    """Return what is asked about that a prescriber decides: open, decided against, or of an ended clearance."""
    if last.ended:
        return [ended.rule for ended in last.ended]
    against = (r for r in signed["reasons"] if r["outcome"] != Outcome.PROCEED and _concerns(r, signed["chosen"]))
    return [reason["rule"] for reason in against if reason["clearable"] or reason["clearance"]]


def _concerns(reason: Row, chosen: int) -> bool:
    return reason["formulation"] in {None, chosen}


def _refused(about: About, decision: Row) -> str:
    told = {
        "about": words_of(Rule, decision["rule"]), "said": refused_words(decision, about.actor.site, about.today),
    }  # fmt: skip
    return _("A prescriber decided against treatment (%(about)s). %(said)s Treatment is stopped by it.") % told


def _said(about: About, signed: Row, last: LastSigned) -> str:
    if last.ended:
        return " ".join(rested_on_words(ended, about.actor.site, about.today) for ended in last.ended)
    reasons = " ".join(reasons_against(signed["reasons"], signed["chosen"]))
    told = {"outcome": words_of(Outcome, last.outcome), "reasons": reasons}
    return _("The last checklist came to “%(outcome)s”: %(reasons)s") % told


def _then(about: About, last: LastSigned, asked: Asked, begin: Link) -> tuple[str, Link]:
    """Return what comes next after a checklist that doesn't count, and where it is done; no label for nothing to do."""
    nothing = Link("", begin.url)
    if asked.open:
        then = _("A new checklist is taken once a prescriber has decided.")
        clearable = last.ended or last.outcome == Outcome.CLEARANCE
        if not clearable or not begin.url or not about.actor.may(Permission.GIVE_CLEARANCE):
            return then, nothing
        url = reverse("clearance_new", args=[about.patient.pk, asked.open[0]])
        return then, Link(_("Decide as prescriber"), url)
    if asked.granted:
        return _("A clearance was recorded since: take a new checklist."), begin
    settled = _("Take a new one once that is settled.")
    return settled, nothing if _would_say_the_same(last, about.today) else begin


def _would_say_the_same(last: LastSigned, today: date) -> bool:
    """Whether another checklist today would come to the same, as far as anybody knows.

    One that asks a prescriber whose clearance is there wants it confirmed; a stage can be recorded anew.
    """
    if last.outcome in {Outcome.CLEARANCE, Outcome.REDIRECT}:
        return False
    return last.on == today or last.outcome == Outcome.STOP
