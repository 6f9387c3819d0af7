"""The one gate: what stops this session now? Values in, reasons out.

Every screen, service and command asks this rule, through `sessions.gate.gate`, and nothing else decides.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.utils.translation import gettext as _

from clinic.dates import day_text, time_text
from patients.registry.birth_dates import under_age_words, until_of_age
from sessions.gate.state import ChecklistState, GateState, Lost


class StopCode(StrEnum):
    """Why a session is stopped."""

    DECEASED = "deceased"
    UNDER_AGE = "under_age"
    PLAN_ENDED = "plan_ended"
    SURGICAL_ASSESSMENT = "surgical_assessment"
    TOO_EARLY = "too_early"
    NOT_AS_SIGNED = "not_as_signed"
    NO_INTAKE = "no_intake"
    NO_CHECKLIST = "no_checklist"
    CHECKLIST_VERDICT = "checklist_verdict"
    FORMULATION_CLOSED = "formulation_closed"
    NO_CONSENT = "no_consent"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_LACKS_LINES = "consent_lacks_lines"
    FORMULATION_CHANGED = "formulation_changed"
    UNREAD_CHANGES = "unread_changes"
    NO_BASELINE = "no_baseline"
    BASELINE_TOO_OLD = "baseline_too_old"
    NOT_ENTITLED = "not_entitled"
    FORMULATION_NOT_ACTIVE = "formulation_not_active"
    NOT_ALLOWED_HERE = "not_allowed_here"
    NO_VIAL = "no_vial"
    VIAL_FOR_ANOTHER = "vial_for_another"
    VIAL_BEYOND_USE = "vial_beyond_use"
    VIAL_WRONG_FORMULATION = "vial_wrong_formulation"
    VIAL_EMPTY = "vial_empty"
    AUDIT_NOT_PHOTOGRAPHED = "audit_not_photographed"
    AUDIT_UNSIGNED = "audit_unsigned"
    AUDIT_DECIDED_OTHERWISE = "audit_decided_otherwise"


@dataclass(frozen=True, slots=True)
class Stop:
    """One reason, in words that say what to do, and the address where it is done ("" when nowhere).

    `fact` is the part of the words that says what is so, "" where they don't fall into that and what to do.
    """

    code: StopCode
    message: str
    url: str = ""
    fact: str = ""

    @property
    def told(self) -> str:
        """What a signed record says of it: it tells nobody what to do."""
        return self.fact or self.message


class _Words(NamedTuple):
    """A stop's words: what is so, and what to do about it."""

    code: StopCode
    fact: str
    advice: str = ""


#: Where each step is done; the keys are those of `StopCode` that lead somewhere.
Links = dict[StopCode, str]


def stops(state: GateState, links: Links) -> list[Stop]:
    """Return every reason why the session may not go on, in the order in which the room works."""
    return _linked([*_before_the_room(state), *_papers(state), *_vial(state)], links)


def _linked(found: Iterable[_Words], links: Links) -> list[Stop]:
    return [
        Stop(words.code, f"{words.fact} {words.advice}".strip(), links.get(words.code, ""),
             fact=words.fact if words.advice else "")
        for words in found
    ]  # fmt: skip


def beforehand(checklist: ChecklistState | None, formulation_version_id: int | None, links: Links) -> list[Stop]:
    """Return which stops are known before a session is begun, in the words of `stops`.

    What `checklist`, today's signed one, says of the plan's formulation, and whether that has a version in force. That
    something isn't taken yet isn't among them: that is what the way to the session asks for.
    """
    said = () if checklist is None else _said_by(checklist, formulation_version_id, injected=False, begun=False)
    return _linked([*said, *_in_force(formulation_version_id)], links)


def too_old(baseline_on: date | None, *, on: date, within_days: int, links: Links) -> list[Stop]:
    """Return the stop of a first session on the day `on` whose baseline is too old by then, in the words of `stops`.

    Without a complete baseline there is none: the way to the session asks for that.
    """
    if baseline_on is None:
        return []
    return _linked(_baseline_age(baseline_on, on=on, within_days=within_days), links)


def too_early(*, on: date, earliest_on: date) -> str:
    """Return, in a sentence, from which day on a session may be given; "" from that day on."""
    if on >= earliest_on:
        return ""
    return _("Too early: the window opens on %(day)s.") % {"day": day_text(earliest_on)}


def _before_the_room(state: GateState) -> Iterator[_Words]:
    if state.deceased:
        yield _Words(
            StopCode.DECEASED, _("The patient is recorded as deceased. Correct the entry first if that is wrong.")
        )
    if young := under_age_words(state.born, state.on, state.minimum_age_years):
        yield _Words(StopCode.UNDER_AGE, young, _until_of_age(state))
    if not state.plan_active:
        yield _Words(StopCode.PLAN_ENDED, _("The treatment plan has ended. Make a new plan first."))
    if Lost.INTAKE in state.lost:
        yield _Words(
            StopCode.NO_INTAKE,
            _("The patient's latest intake was deleted in the database."),
            _("Call the manager. Then take the intake again."),
        )
    elif not state.has_intake:
        yield _Words(StopCode.NO_INTAKE, _("The patient has no intake. Take it first."))
    elif not state.stage_treatable:
        yield _Words(StopCode.SURGICAL_ASSESSMENT, _("The stage is one for surgical assessment, not for mesotherapy."))
    if words := too_early(on=state.on, earliest_on=state.earliest_on):
        yield _Words(StopCode.TOO_EARLY, words)
    if not state.operator_entitled:
        yield _Words(
            StopCode.NOT_ENTITLED, _("Your role doesn't treat at this site. An operator or physician takes over.")
        )
    if state.unread_changes:
        yield _Words(
            StopCode.UNREAD_CHANGES,
            _("Changed in a way that bears on risk; read and sign it first: %(versions)s.")
            % {"versions": ", ".join(state.unread_changes)},
        )


def _until_of_age(state: GateState) -> str:
    """Return from which day on the patient is old enough, and what is left to do before."""
    said = until_of_age(state.born, state.minimum_age_years)
    if state.injected:
        return f"{said} {_('Inject nothing more, and sign what was given.')}"
    return f"{said} {_('Else record that the session did not proceed.')}"


def _verdict_words(checklist: ChecklistState, *, injected: bool, begun: bool) -> tuple[str, str]:
    """Return what a checklist says that lets nobody go on, and what helps: only what the session's page offers then."""
    told = {"verdict": checklist.verdict, "other": checklist.answered_for}
    if checklist.answered_for:
        said = _("Today's checklist was answered for %(other)s and says: %(verdict)s.") % told
        return said, _("Answer and sign one for this formulation.")
    said = checklist.ended or _("Today's checklist says: %(verdict)s.") % told
    if checklist.clearance_changed:
        lost = _(
            "A clearance of this patient was withdrawn, and somebody has deleted that in the database: it doesn't "
            "count."
        )
        return f"{lost} {said}", _("Call the manager.")
    if not begun:
        cleared = _("Once a prescriber has recorded a clearance, answer and sign a new one.")
        return said, cleared if checklist.clearable else ""
    if not checklist.clearable:
        given = _("Inject nothing more, and sign what was given.")
        return said, given if injected else _("Record that the session did not proceed.")
    if injected:
        return said, _(
            "Inject nothing more: sign what was given, or go on once a prescriber has recorded a clearance and a new "
            "checklist is signed."
        )
    return said, _(
        "Once a prescriber has recorded a clearance, answer and sign a new one; else record that the session did not "
        "proceed."
    )


def consent_taken_back(ended: str, *, changed: bool, links: Links) -> list[Stop]:
    """Return the stop of a consent that was taken back, known before a session is begun; `ended` says it, else "".

    Of one that isn't taken yet, or that another script replaced, there is none: the way to the session asks for that.
    """
    if changed:
        return _linked([_consent_changed()], links)
    return _linked([_withdrawn(ended)], links) if ended else []


def _consent_changed() -> _Words:
    return _Words(
        StopCode.NO_CONSENT,
        _("The latest consent was withdrawn or amended, and somebody has deleted that in the database."),
        _("Call the manager. Then take the patient's consent again."),
    )


def _withdrawn(ended: str, *also: str) -> _Words:
    """Return that a consent was taken back; `also` is what is left to do in a session.

    Whoever took it back isn't pressed for another.
    """
    only = _("A new one is taken only if the patient wants to go on.")
    return _Words(StopCode.CONSENT_WITHDRAWN, ended, " ".join([only, *also]))


def _no_consent(state: GateState) -> _Words:
    """Return that no consent is in force, how the last one ended where it was taken back, and what helps."""
    if state.consent_ended and state.injected:
        return _withdrawn(state.consent_ended, _("Inject nothing more until then, and sign what was given."))
    if state.consent_ended:
        return _withdrawn(state.consent_ended, _("Else record that the session did not proceed."))
    said = _("No consent is in force for the current script.")
    if state.injected:
        more = _("Inject nothing more: sign what was given, or go on once the patient has consented again.")
        return _Words(StopCode.NO_CONSENT, said, more)
    return _Words(StopCode.NO_CONSENT, said, _("Take the patient's consent."))


def _papers(state: GateState) -> Iterator[_Words]:
    if state.not_as_signed:
        yield _Words(
            StopCode.NOT_AS_SIGNED,
            _("Changed in the database since it was signed: %(papers)s.") % {"papers": "; ".join(state.not_as_signed)},
            _("Rely on nothing of it. Call the manager."),
        )
    # The checklist asks about the consent.
    yield from _consent(state)
    yield from _checklist(state)
    yield from _baseline(state)


def _checklist(state: GateState) -> Iterator[_Words]:
    checklist = state.checklist
    if Lost.CHECKLIST in state.lost:
        yield _Words(
            StopCode.NO_CHECKLIST,
            _("Today's last checklist was deleted in the database."),
            _("Call the manager. Then answer and sign a new one."),
        )
    elif checklist is None:
        words = _("Today's contraindication checklist isn't signed. Answer and sign it first.")
        yield _Words(StopCode.NO_CHECKLIST, words)
    else:
        yield from _said_by(checklist, state.formulation_version_id, injected=state.injected)


def _said_by(
    checklist: ChecklistState, formulation_version_id: int | None, *, injected: bool, begun: bool = True
) -> Iterator[_Words]:
    """Yield what a signed checklist says against the session; `begun` says whether there is one that can be ended."""
    if checklist.changed:
        yield _Words(
            StopCode.CHECKLIST_VERDICT,
            _("Today's checklist was amended, and somebody has deleted that in the database."),
            _("Call the manager. Then answer and sign a new one."),
        )
    elif checklist.amended:
        words = _("Today's checklist was amended after it was signed and counts no longer. Answer and sign a new one.")
        yield _Words(StopCode.CHECKLIST_VERDICT, words)
    elif checklist.closes(formulation_version_id) and not (checklist.ended and not checklist.proceeds):
        words = _("Today's checklist closes this formulation for the patient. Plan another formulation.")
        yield _Words(StopCode.FORMULATION_CLOSED, words)
    elif not checklist.proceeds:
        yield _Words(StopCode.CHECKLIST_VERDICT, *_verdict_words(checklist, injected=injected, begun=begun))


def _consent(state: GateState) -> Iterator[_Words]:
    if Lost.CONSENT in state.lost:
        yield _Words(
            StopCode.NO_CONSENT,
            _("The latest consent was deleted in the database."),
            _("Call the manager. Then take the patient's consent again."),
        )
    elif state.consent_changed:
        yield _consent_changed()
    elif not state.consent_in_force:
        yield _no_consent(state)
    elif state.lines_not_consented:
        yield _Words(
            StopCode.CONSENT_LACKS_LINES,
            _("The consent doesn't say yet: %(lines)s Take the patient's consent again.")
            % {"lines": " ".join(state.lines_not_consented)},
        )
    elif state.formulation_changed:
        yield _Words(
            StopCode.FORMULATION_CHANGED,
            _("%(version)s was approved since the patient consented. Take the consent again.")
            % {"version": state.formulation_changed},
        )


def _baseline(state: GateState) -> Iterator[_Words]:
    if state.baseline_on is None:
        yield _Words(
            StopCode.NO_BASELINE,
            _("The baseline photographs aren't complete. Take each view that is missing or doesn't count."),
        )
    elif state.first_session:
        yield from _baseline_age(state.baseline_on, on=state.on, within_days=state.baseline_photos_within_days)


def _baseline_age(baseline_on: date, *, on: date, within_days: int) -> Iterator[_Words]:
    if on - baseline_on > timedelta(days=within_days):
        yield _Words(
            StopCode.BASELINE_TOO_OLD,
            _("The baseline photographs are older than %(days)s days. Take them again before the first session.")
            % {"days": within_days},
        )


def _in_force(formulation_version_id: int | None) -> Iterator[_Words]:
    if formulation_version_id is None:
        yield _Words(StopCode.FORMULATION_NOT_ACTIVE, _("The plan's formulation has no approved version in force."))


def _vial(state: GateState) -> Iterator[_Words]:
    yield from _in_force(state.formulation_version_id)
    for reason in state.not_lawful:
        yield _Words(StopCode.NOT_ALLOWED_HERE, reason)
    vial = state.vial
    if vial is None:
        yield _Words(StopCode.NO_VIAL, _("No vial has been scanned. Scan the vial, or type the code on its label."))
        return
    if vial.used_for_another:
        yield _Words(
            StopCode.VIAL_FOR_ANOTHER,
            _("This vial was drawn for another patient's session. Scan the patient's own vial, or prepare one."),
        )
    if state.at >= vial.beyond_use_at:
        words = _("Vial %(code)s was to be used before %(time)s. Destroy it and take another.")
        if vial.remaining_ul <= 0:  # there is nothing to destroy
            words = _("Vial %(code)s was to be used before %(time)s. Take another.")
        yield _Words(StopCode.VIAL_BEYOND_USE, words % {"code": vial.code, "time": time_text(vial.beyond_use_at)})
    if vial.older_version and vial.formulation_version_id != state.formulation_version_id:
        yield _Words(
            StopCode.VIAL_WRONG_FORMULATION,
            _(
                "Vial %(code)s was made from %(version)s, which isn't in force any more. Prepare from the version "
                "that is."
            )
            % {"code": vial.code, "version": vial.older_version},
        )
    elif vial.formulation_version_id != state.formulation_version_id:
        yield _Words(
            StopCode.VIAL_WRONG_FORMULATION,
            _("Vial %(code)s holds another formulation than the plan's. Take a vial of the plan's formulation.")
            % {"code": vial.code},
        )
    # Past its hours it is destroyed and replaced, whatever is left in it: that is said once.
    if vial.remaining_ul <= 0 and state.at < vial.beyond_use_at:
        yield _Words(StopCode.VIAL_EMPTY, _("Vial %(code)s is empty. Take another.") % {"code": vial.code})


#: What a session needs before the vial is chosen; the vial's own stops come after.
VIAL_STOPS = frozenset({
    StopCode.NO_VIAL, StopCode.VIAL_FOR_ANOTHER, StopCode.VIAL_BEYOND_USE, StopCode.VIAL_WRONG_FORMULATION,
    StopCode.VIAL_EMPTY,
})  # fmt: skip


def without_vial(found: Iterable[Stop]) -> list[Stop]:
    """Return the stops that have nothing to do with the vial."""
    return [stop for stop in found if stop.code not in VIAL_STOPS]


#: What nothing but another plan lets go on.
OF_THE_PLAN = frozenset({StopCode.AUDIT_DECIDED_OTHERWISE})

#: What the next day brings by itself: a checklist is signed for one day.
OF_THE_DAY = frozenset({StopCode.NO_CHECKLIST, StopCode.CHECKLIST_VERDICT, StopCode.FORMULATION_CLOSED})


def since_injection(found: Iterable[Stop], *, same_day: bool, vial_was_in_time: bool) -> list[Stop]:
    """Return the stops at the signature of a session that was injected, less what the passing of time brought about.

    `same_day` says whether it is still the day of the last injection, `vial_was_in_time` whether the vial was
    within its hours then. An empty vial is what an injection leaves.
    """
    passed = {StopCode.VIAL_EMPTY} | (set() if same_day else OF_THE_DAY)
    if vial_was_in_time:
        passed.add(StopCode.VIAL_BEYOND_USE)
    return [stop for stop in found if stop.code not in passed]
