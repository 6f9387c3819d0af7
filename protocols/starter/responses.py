"""The examples of complication responses. A physician must approve each, and the local guideline wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from protocols.responses.models import Complication


@dataclass(frozen=True, slots=True)
class StarterStep:
    """One step: words, and after how many minutes it is looked at again."""

    text: str
    timer_minutes: int | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class StarterResponse:
    """One response."""

    complication: Complication
    recognise: str
    kit: Sequence[str]
    steps: Sequence[StarterStep]

    @property
    def values(self) -> dict[str, Any]:
        """The version's own fields."""
        return {
            "complication": str(self.complication),
            "title": str(self.complication.label),
            "recognise": self.recognise,
            "leader": _("The physician on duty; until then the operator"),
            "kit": "\n".join(self.kit),
        }


def opened(complication: str = "") -> dict[str, Any]:
    """Return how a new response opens: with the example of the complication asked for, else of the first."""
    found = {str(each.complication): each for each in responses()}
    chosen = found.get(complication) or next(iter(found.values()))
    rows = [{"text": s.text, "timer_minutes": s.timer_minutes, "repeats": s.repeats} for s in chosen.steps]
    return {"initial": chosen.values, "rows_initial": rows}


def responses() -> list[StarterResponse]:
    """Return the five responses that every site needs."""
    return [_vasovagal(), _anaphylaxis(), _infection(), _local_reaction(), _toxicity()]


def _vasovagal() -> StarterResponse:
    return StarterResponse(
        Complication.VASOVAGAL,
        _(
            "During the injections or within minutes: pale, cool, sweating, slow pulse with a strong carotid; better "
            "once lying flat. A fast weak pulse, wheeze, hives or swelling speaks for anaphylaxis."
        ),
        [_("Blood pressure cuff"), _("Pulse oximeter"), _("Cold compress")],
        [
            StarterStep(_("Stop, take the needle out, call for help.")),
            StarterStep(_("Lie the patient flat, raise the legs, loosen clothes, see that the airway is clear.")),
            StarterStep(
                _("Pulse, blood pressure and oxygen saturation; a slow pulse supports a faint."), 3, repeats=True
            ),
            StarterStep(
                _("Not better lying flat, or a fast weak pulse, wheeze, hives or swelling: treat as anaphylaxis."), 2
            ),
            StarterStep(
                _("Cool and reassure. After full recovery observe for at least 15 minutes; sit first, then stand."), 15
            ),
            StarterStep(_("Advise not to drive. Record what happened.")),
        ],
    )


def _anaphylaxis() -> StarterResponse:
    return StarterResponse(
        Complication.ANAPHYLAXIS,
        _(
            "Minutes to hours after: breathing trouble, swelling, hives, a fast weak pulse, low blood pressure that "
            "lying down doesn't correct."
        ),
        [
            _("Adrenaline 1 mg/mL, at least three ampoules, with needles for the muscle of the thigh"),
            _("Oxygen with mask"),
            _("Blood pressure cuff and pulse oximeter"),
            _("Intravenous fluids, for those trained"),
            _("The emergency number beside the telephone"),
        ],
        [
            StarterStep(_("Call the emergency number and say “anaphylaxis”.")),
            StarterStep(
                _(
                    "Remove the trigger. Lie flat, legs raised; sitting up if breathing is the problem, on the left "
                    "side if pregnant or unconscious. No sudden standing."
                )
            ),
            StarterStep(
                _(
                    "Adrenaline 0.5 mg (0.5 mL of 1 mg/mL) into the muscle of the mid-outer thigh; adults and "
                    "over 12 years."
                )
            ),
            StarterStep(_("No better: repeat the adrenaline."), 5, repeats=True),
            StarterStep(_("Oxygen; pulse, blood pressure and saturation all the time.")),
            StarterStep(_("No response after two doses is refractory: emergency team, fluids by those trained.")),
            StarterStep(_("Antihistamines and steroids are not the first treatment.")),
            StarterStep(_("Hand over for observation. Quarantine the batch; keep syringe and vial.")),
            StarterStep(_("Record times and doses, flag the chart, refer to an allergist, report to the regulator.")),
        ],
    )


def _infection() -> StarterResponse:
    return StarterResponse(
        Complication.INFECTION,
        _("Ask five things: spreading redness, pus, fever, pain that gets worse after 48 hours, swollen nodes."),
        [_("Swabs and transport medium"), _("Skin marker"), _("Camera and scale")],
        [
            StarterStep(_("Look at it the same day. Mark the border; photograph it with a scale.")),
            StarterStep(_("Where there is pus, take a swab before any antibiotic.")),
            StarterStep(_("Fever, unwell, spreading, or swelling at the eye: urgent care.")),
            StarterStep(
                _(
                    "Nodules or lesions that stay longer than 3 to 4 weeks: biopsy and culture with "
                    "mycobacteria; tell the laboratory."
                )
            ),
            StarterStep(
                _("Quarantine the batch's vials; list its other patients; check fridge and preparation record.")
            ),
            StarterStep(_("See the patient again after 48 to 72 hours.")),
        ],
    )


def _local_reaction() -> StarterResponse:
    return StarterResponse(
        Complication.LOCAL_REACTION,
        _("A reaction that lasts longer than 72 hours or grows; hair loss or thinning skin at injection sites."),
        [_("Cold compress"), _("Camera and scale"), _("Dermatoscope")],
        [
            StarterStep(_("Examine and grade it; photograph it with a scale. Cold compress.")),
            StarterStep(_("Swelling of the forehead: reassure, cool, head up; check eyelids and vision.")),
            StarterStep(_("The physician makes a plan and says when it is looked at again.")),
            StarterStep(
                _(
                    "Hair loss at injection sites, or thinning skin: stop the series; trichoscopy, and "
                    "decide on a biopsy."
                )
            ),
        ],
    )


def _toxicity() -> StarterResponse:
    return StarterResponse(
        Complication.ANAESTHETIC_TOXICITY,
        _("Metallic taste, ringing in the ears, numbness around the mouth, agitation, seizure, irregular heartbeat."),
        [
            _("Oxygen with mask"),
            _("20 % lipid emulsion, where the guideline has it"),
            _("Blood pressure cuff and pulse oximeter"),
        ],
        [
            StarterStep(_("Stop giving the anaesthetic. Call the emergency number.")),
            StarterStep(_("Oxygen; keep the airway open.")),
            StarterStep(_("20 % lipid emulsion as the guideline says, where it is kept.")),
            StarterStep(_("Pulse, blood pressure and saturation until the team takes over."), 5, repeats=True),
            StarterStep(_("Record the total dose of the anaesthetic in mg and the patient's weight.")),
        ],
    )
