"""How a clearance stands on a day, as a chip."""

from datetime import date

from django.utils.translation import gettext as _

from clinic.dates import day_text
from clinic.trail.ended import lost_withdrawal
from patients.screening.chips import Chip
from patients.screening.extras import extra_in_words
from patients.screening.models import ChecklistAnswer, Clearance
from protocols.formulations.models import Ingredient


def standing_chip(clearance: Clearance, on: date) -> Chip:
    """Return whether `clearance`, loaded by `with_standing`, is in force on the day `on`.

    Of two decisions on one question that are valid that day the later one counts, as it does for the rules. A refusal
    has no validity that anybody chose, so none is said.
    """
    first, last = (day_text(day) for day in (clearance.valid_from, clearance.valid_until))
    loaded = vars(clearance)  # annotated, which no type knows
    if getattr(clearance, "withdrawal", None) is not None:
        return Chip("plain", _("Withdrawn") if clearance.granted else _("Taken back"), "")
    if loaded["ended_at"]:
        taken_back = _("Withdrawn; changed in the database since")
        return Chip("stop", taken_back if clearance.granted else _("Taken back; changed in the database since"), "")
    if on > clearance.valid_until:
        return Chip("plain", _("Ended %(day)s") % {"day": last}, "")
    if loaded["later_from"] is not None and loaded["later_from"] <= on <= loaded["later_until"]:
        return Chip("plain", _("Decided anew since"), "")
    if not clearance.granted:
        return Chip("stop", _("Refused"), "")
    if on < clearance.valid_from:
        return Chip("wait", _("From %(day)s") % {"day": first}, "")
    return Chip("done", _("In force until %(day)s") % {"day": last}, "")


def gone_of(clearance: Clearance) -> list[str]:
    """Say, in words, what the trail tells of `clearance`, loaded by `with_standing`, and isn't there."""
    return lost_withdrawal(clearance, ended=vars(clearance)["ended_at"])


def asked_words(answer: ChecklistAnswer) -> str:
    """Return an answer as a prescriber reads it: "Yes: apixaban 5 mg. Answered 22 Nov 2026 by Clara Demo"."""
    named = Ingredient.objects.filter(pk__in=answer.extra.get("ingredients", ()))
    extra = extra_in_words(answer.item.rule, answer.extra, {row.pk: row.name for row in named})
    more = " · ".join(part for part in (extra, answer.detail) if part)
    told = {
        "answer": answer.get_answer_display(), "more": f": {more}" if more else "",
        "day": day_text(answer.checklist.on), "name": answer.answered_by.full_name,
    }  # fmt: skip
    return _("%(answer)s%(more)s. Answered %(day)s by %(name)s.") % told
