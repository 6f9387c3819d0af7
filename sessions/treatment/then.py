"""Whether points can have been injected when somebody says so afterwards: values in, reasons against it out. Pure.

The gate says whether a session may go on now. Of an earlier moment it can't be asked any more, so this rule looks at
what is known of then: the vial in hand, its hours, a checklist and a consent that counted, and what came to stop it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from clinic.clock import HasTimeZone
from clinic.dates import day_text
from clinic.moments import moment_text

#: A time is typed to the minute: it is the whole of it that may be meant.
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Stopped:
    """What came to stop a session, and since when; `words` are a sentence that doesn't say when."""

    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class Then:
    """What is known of the moment `at` in a session. Times are aware.

    `vial_at` is when the vial was taken, or when the session began where that wasn't kept. `checklist_signed` and
    `consent_signed` say whether there was one by then; `checklist_against` in a sentence why the checklist let no
    session go on then, "" where it did. `stopped` may hold what came after `at`, too.
    """

    at: datetime
    vial_at: datetime
    beyond_use_at: datetime
    checklist_signed: bool = True
    checklist_against: str = ""
    consent_signed: bool = True
    stopped: tuple[Stopped, ...] = ()


def moments_meant(typed: datetime, *, now: datetime) -> tuple[datetime, ...]:
    """Return the first and the last moment of the minute `typed` that have passed at `now`; none of one to come."""
    if typed > now:
        return ()
    return tuple(dict.fromkeys((typed, min(typed + MINUTE - timedelta.resolution, now))))


def against(then: Then, site: HasTimeZone, on: date) -> list[str]:
    """Return in sentences, told on the day `on`, why nothing can have been injected at that moment; [] if it can.

    What stops a session stops it from its first moment on, as at the gate.
    """
    return list(_against(then, site, on))


def _against(then: Then, site: HasTimeZone, on: date) -> Iterator[str]:
    if then.at < then.vial_at:
        yield _("The vial was taken %(at)s. Type a time from then on.") % {"at": moment_text(then.vial_at, site, on)}
    if then.at >= then.beyond_use_at:
        yield _("The vial was to be used before %(at)s.") % {"at": moment_text(then.beyond_use_at, site, on)}
    if not then.checklist_signed:
        yield _("No checklist of %(day)s was signed by then.") % {"day": day_text(on)}
    elif then.checklist_against:
        yield then.checklist_against
    if not then.consent_signed:
        yield _("No consent was signed by then.")
    for stopped in sorted(then.stopped, key=lambda each: each.at):
        if then.at >= stopped.at:
            yield _("Since %(at)s: %(words)s") % {"at": moment_text(stopped.at, site, on), "words": stopped.words}
