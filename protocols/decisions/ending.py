"""Why a version that was sealed isn't in force any more, for whoever holds its paper."""

from django.utils.translation import gettext as _

from clinic import clock
from clinic.dates import day_text
from protocols.decisions.models import Decision


def why_ended(model: type[Decision], pk: str) -> str:
    """Return in a sentence what ended the version `pk` of `model`; nothing while it is in force or was never in force.

    The sentence names nobody: anyone who scans the code of a printed page reads it.
    """
    version = model.objects.filter(pk=pk).select_related("site").first()
    if version is None or version.retired_at is None:
        return ""
    day = day_text(clock.local(version.retired_at, version.site).date())
    later = model.objects.filter(
        site=version.site_id, approval_signature=version.retirement_signature_id
    ).first()  # one signature approves a version and retires the one before
    if later is None:
        return _("It was retired on %(day)s.") % {"day": day}
    return _("Version %(number)s took its place on %(day)s.") % {"number": later.number, "day": day}
