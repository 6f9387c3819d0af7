"""On which days photographs of a set may have been taken: the rule alone, which the services apply."""

from datetime import date, timedelta

from django.utils.translation import gettext as _

from clinic.dates import day_text
from patients.photos.models import Purpose

#: A baseline or a month-6 set decides what is done next, so it is recorded at most so many days after it was taken.
MOST_DAYS_AGO = 92
RECORDED_SOON = frozenset({Purpose.BASELINE, Purpose.MONTH_6})


def day_fault(purpose: Purpose, taken_on: date, *, today: date, born: date | None, baseline_on: date | None) -> str:
    """Return what is wrong with `taken_on` and what to do, in sentences; "" for a day that may be.

    `today` is the site's day on which it is recorded, `born` the patient's birth date where it is known, and
    `baseline_on` the day of the baseline that stands, with which every other set is compared.
    """
    if taken_on > today:
        return _("This date is in the future. Type the date again.")
    if born is not None and taken_on < born:
        return _("The patient was born on %(day)s. Type the date again.") % {"day": day_text(born)}
    later_baseline = baseline_on if baseline_on is not None and taken_on < baseline_on else None
    if purpose != Purpose.BASELINE and later_baseline is not None:
        return _(
            "This is before the baseline photographs of %(day)s, with which it is compared. Type the date again."
        ) % {"day": day_text(later_baseline)}
    if purpose in RECORDED_SOON and today - taken_on > timedelta(days=MOST_DAYS_AGO):
        old = _("This is more than %(days)s days ago, too long for a set of the purpose %(purpose)s.") % {
            "days": MOST_DAYS_AGO, "purpose": purpose.label,
        }  # fmt: skip
        # What is older than the baseline that stands has no place among the follow-ups either.
        instead = _("Type the date again, or put older photographs into a set of the purpose %(other)s.") % {
            "other": Purpose.FOLLOW_UP.label
        }
        return f"{old} {_('Type the date again.') if later_baseline else instead}"
    return ""
