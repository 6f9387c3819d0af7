"""What is known of a patient's allergies, as it stands beside the name. Pure: what is on record in, alerts out.

Two things speak: what other systems reported, and what was answered to the checklist's question about hypersensitivity
(CI-06) the last time one was signed. What warns on a checklist that is still being answered counts at once; a "no"
only once it is signed. Nobody having asked is not "none known", and says so. A "no" takes nothing back that was
reported: both stand there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.text import Truncator
from django.utils.translation import gettext as _

from clinic.components.alerts import Alert
from clinic.dates import day_text
from patients.registry.models import FactStatus
from patients.screening.outcomes import Answer

#: So many reports are named one by one; the others are counted, and stand on the patient's page.
MOST = 6
#: A longer report is cut beside the name; all of it stands on the patient's page.
MOST_LETTERS = 100


@dataclass(frozen=True, slots=True)
class Reported:
    """An allergy that another system, or the patient, reported; or, `none_known`, that there is none."""

    text: str
    status: str
    none_known: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The answer on the last signed checklist, or a warning on one not signed yet; `what` says to what, in words."""

    on: date
    answer: Answer
    what: str = ""
    signed: bool = True


def sensitivities(reported: Iterable[Reported], asked: Asked | None) -> list[Alert]:
    """Return the alerts: what was reported, the gravest first, then what was answered, or that nobody asked."""
    reported = list(reported)
    named = list(_reported(reported))
    alerts = named[:MOST]
    if rest := named[MOST:]:
        kind = "stop" if any(alert.kind == "stop" for alert in rest) else "ask"
        alerts.append(Alert(kind, _("Allergies reported: %(more)s more on the patient's page") % {"more": len(rest)}))
    alerts.append(_answered(asked) if asked else _not_asked(reported, named))
    return alerts


def _reported(reported: list[Reported]) -> Iterator[Alert]:
    """Name each allergy once, by its gravest status; what is stated absent isn't one."""
    words = {
        FactStatus.PRESENT: ("stop", _("Allergy reported: %(what)s")),
        FactStatus.CHECK: ("ask", _("Allergy to be checked: %(what)s")),
        FactStatus.PAST: ("ask", _("Allergy reported as past: %(what)s")),
    }
    told: set[str] = set()
    for status, (kind, text) in words.items():
        for fact in reported:
            if fact.status == status and not fact.none_known and fact.text.casefold() not in told:
                told.add(fact.text.casefold())
                what = Truncator(fact.text).chars(MOST_LETTERS)
                yield Alert(kind, text % {"what": what}, "" if what == fact.text else fact.text)


def _answered(asked: Asked) -> Alert:
    words = _("Checklist signed for %(day)s") if asked.signed else _("Checklist of %(day)s, not signed yet")
    source = words % {"day": day_text(asked.on)}
    what = asked.what or _("not said to what")
    if asked.answer == Answer.NO:
        return Alert("plain", _("No allergy known when asked on %(day)s") % {"day": day_text(asked.on)}, source)
    if asked.answer == Answer.YES:
        return Alert("stop", _("Hypersensitive: %(what)s") % {"what": what}, source)
    return Alert("ask", _("Perhaps hypersensitive, not sure: %(what)s") % {"what": what}, source)


def _not_asked(reported: list[Reported], named: list[Alert]) -> Alert:
    if named:
        return Alert("ask", _("Allergies: not asked here yet"))
    if any(fact.none_known for fact in reported):
        return Alert("ask", _("Allergies: not asked here yet; reported elsewhere as none known"))
    return Alert("ask", _("Allergies: none recorded, not asked yet"))
