"""The first page about a patient: a line for each step and fact, all of it fetched with the patient in one query.

    @patient_fact(200, Permission.TAKE_CONSENT, Permission.VIEW_DOCUMENTS, step=True, latest=one(...))
    def consent(about: About, latest: Row | None) -> Fact: ...

Each slice, of this room and of the rooms to the right, registers its own, with what it wants of the patient's row
(`clinic.pieces`). Whoever holds none of the permissions doesn't see it, and it isn't fetched for them. A fact may be a
step of the way to the first session too; the page joins the steps in their order and says which one is next. The lists
behind the lines are the patient's history (`patients.registry.sections`), in the same order: 100 intake, 200 consent,
300 checklists, which ask about the consent, 400 photographs, 500 plan, 600 audits, 900 what is reported, 950 documents.

What is next is one thing: what goes on now (a session in progress), else the step that stops the way or what holds the
next session back, else the first step that isn't done, else what a session that is due begins with.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from django.db.models.expressions import BaseExpression
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.components.alerts import Alert, Beside, alert_pieces, alerts_of
from clinic.components.flow import Step
from clinic.pieces import Piece, fetch
from patients.registry.identity import under_age_told
from patients.registry.models import Patient


@dataclass(frozen=True, slots=True)
class About:
    """Whom the page is about, who looks, and the site's date."""

    actor: Actor
    patient: Patient
    today: date

    @property
    def under_age(self) -> str:
        """What is said of a patient whom the site doesn't treat for being too young; "" of any other."""
        return under_age_told(self.patient, site=self.actor.site, on=self.today)

    def history(self, part: str) -> str:
        """Return the address of a part of the patient's history."""
        return f"{reverse('patient_history', args=[self.patient.pk])}#{part}"


class Mark(NamedTuple):
    """How something stands: a chip of the kind `kind`."""

    kind: str
    text: str


class Link(NamedTuple):
    """Something to do, and where."""

    label: str
    url: str


class Needs(NamedTuple):
    """The step, by its label, without which another would be refused; what is said beside that one, and to do first."""

    label: str
    note: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayStep:
    """A step on the way to the first session: whether it is done, and what to do, in one sentence, while it isn't.

    A step that is `stopped` halts the way: the steps after it aren't offered. One that `ends` it closes it: nothing
    offers what it would refuse. One that `waits` would be refused itself until an earlier step is done: it says so, or
    the page finds that what it `needs` isn't. Of a step that is done, `again` is what a session that is due asks for
    anew. `under_way` is being done at this moment; nothing of one for `later` can be done today.
    """

    label: str
    done: bool
    sentence: str = ""
    url: str = ""
    action: str = ""
    stopped: bool = False
    ends: bool = False
    waits: bool = False
    needs: Needs | None = None
    again: "WayStep | None" = None
    under_way: bool = False
    later: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line: what is on record, in a few words, leading to `url`; `note` says more of it.

    `missing` stands in the place of a `text` that is empty; `more` leads to something else that is going on. `now`
    comes before every step of the way, `then` after the last one. `holds` is what the next session waits for, or is
    `stopped` by, whatever is done for it: the gate lets nobody begin with it before. `closes` are addresses of what
    leads nowhere while this is so, whichever fact offers it.
    """

    title: str
    text: str = ""
    missing: str = ""
    url: str = ""
    note: str = ""
    more: Link | None = None
    mark: Mark | None = None
    action: Link | None = None
    step: WayStep | None = None
    now: WayStep | None = None
    then: WayStep | None = None
    holds: WayStep | None = None
    closes: tuple[str, ...] = ()


class _Registered(NamedTuple):
    order: int
    piece: Piece
    step: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """A patient with the lines that one person may see, and the alerts beside the name."""

    patient: Patient
    alerts: list[Alert]
    facts: list[Fact]


_facts: list[_Registered] = []


def patient_fact[F: Callable[..., Fact | None]](
    order: int, *permissions: Permission, step: bool = False, **wants: BaseExpression
) -> Callable[[F], F]:
    """Register a line for those who hold any of `permissions`; it is given what it `wants`, by name.

    None shows nothing. `step` says that the fact is a step of the way to the first session.
    """
    if not permissions:
        raise ValueError("name who may see the fact")

    def register(build: F) -> F:
        _facts.append(_Registered(order, Piece(permissions=permissions, wants=wants, build=build), step))
        _facts.sort(key=lambda registered: registered.order)
        return build

    return register


def overview_for(actor: Actor, pk: int, today: date) -> Overview | None:
    """Return the patient `pk` of the site of `actor`, with what they may see; None for any other. One query."""
    pieces = tuple(registered.piece for registered in _facts if registered.piece.is_for(actor))
    fetched = fetch(Patient, (*pieces, *alert_pieces(actor)), pk=pk, site=actor.site.pk)
    if fetched is None:
        return None
    patient, found = fetched
    about = About(actor, patient, today)
    built: Iterable[Fact | None] = (piece.build(about, **found[piece]) for piece in pieces)
    facts = _stopped_under_way(_waiting([fact for fact in built if fact is not None]))
    return Overview(patient, alerts_of(Beside(actor, patient), found), facts)


def _waiting(facts: list[Fact]) -> list[Fact]:
    """Return `facts`, those whose step needs another that isn't done waiting for it, and offering nothing meanwhile."""
    undone = {step.label for fact in facts if (step := fact.step) is not None and not step.done and not step.ends}
    return [
        replace(
            fact, note=needs.note, action=None,
            step=replace(step, waits=True, sentence=needs.sentence, action=""),
        )
        if (step := fact.step) is not None and not step.done and (needs := step.needs) and needs.label in undone
        else fact
        for fact in facts
    ]  # fmt: skip


def _undone(facts: Iterable[Fact]) -> list[WayStep]:
    """Return the steps of the way that aren't done, and what holds the next session back."""
    facts = list(facts)
    steps = [fact.step for fact in facts if fact.step is not None and not fact.step.done]
    return steps + [fact.holds for fact in facts if fact.holds is not None]


def _stopped_under_way(facts: list[Fact]) -> list[Fact]:
    """Return `facts`, what is under way marked as stopped where a step that it rests on isn't done any more."""
    if not _undone(facts):
        return facts
    stopped = Mark("stop", _("In progress, stopped"))
    return [replace(fact, mark=stopped) if fact.now is not None and fact.now.under_way else fact for fact in facts]


def refused(facts: Iterable[Fact]) -> set[str]:
    """Return the addresses that would be refused: after a step that ends the way, waiting for another, or closed."""
    facts = list(facts)
    addresses = {url for fact in facts for url in fact.closes}
    ended = False
    for step in (fact.step for fact in facts if fact.step is not None):
        for url in (step.url, step.again.url if step.again is not None else ""):
            if (ended or step.waits) and url:
                addresses.add(url)
        ended = ended or step.ends
    return addresses


def without_refused(facts: list[Fact]) -> list[Fact]:
    """Return `facts` without the actions that would be refused."""
    closed = refused(facts)
    return [
        replace(
            fact,
            action=None if fact.action and fact.action.url in closed else fact.action,
            now=replace(fact.now, action="") if fact.now and fact.now.url in closed else fact.now,
        )
        for fact in facts
    ]


def sees_the_way(actor: Actor) -> bool:
    """Whether `actor` sees every step of the way: whoever sees a part of it would be told a wrong next step."""
    return all(registered.piece.is_for(actor) for registered in _facts if registered.step)


def way(facts: Iterable[Fact]) -> tuple[list[Step], WayStep | None]:
    """Return the steps for the stepper, and the one thing that is next (None when nothing is, or nothing is known).

    A step that is done leads to what is on record.
    """
    facts = list(facts)
    steps: list[Step] = []
    undone = [fact.step for fact in facts if fact.step is not None and not fact.step.done]
    held = [fact.holds for fact in facts if fact.holds is not None]
    # What stops the way comes before a step that could be done: it would be done for nothing.
    first = [*(step for step in (*undone, *held) if step.stopped), *undone, *held]
    following = first[0] if first else None
    for fact in facts:
        if (step := fact.step) is None:
            continue
        if step.done:
            steps.append(Step(step.label, "done", fact.url))
        else:
            state = "stopped" if step.stopped else "current" if step is following else "todo"
            leads = step is following and not step.waits
            steps.append(Step(step.label, state, step.url if leads else ""))
    now = next((fact.now for fact in facts if fact.now is not None), None)
    return steps, now or following or _of_a_session(facts)


def _of_a_session(facts: Iterable[Fact]) -> WayStep | None:
    """Return what comes next once every step of the way is done: what a session that is due begins with."""
    facts = list(facts)
    then = next((fact.then for fact in facts if fact.then is not None), None)
    if then is None or then.later:
        return then
    return next((fact.step.again for fact in facts if fact.step is not None and fact.step.again is not None), then)


def halts(facts: Iterable[Fact], following: WayStep | None) -> list[WayStep]:
    """Return what stops the way, or the next session, beside what is `following`.

    What is under way rests on every step: one that isn't done any more stops it.
    """
    under_way = following is not None and following.under_way
    return [step for step in _undone(facts) if (step.stopped or under_way) and step is not following]
