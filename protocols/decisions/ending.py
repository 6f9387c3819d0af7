"""Why a version that was sealed isn't in force any more, for whoever holds its paper."""

from django.utils.translation import gettext as _

from clinic import clock
from clinic.dates import day_text
from clinic.documents.registry import After
from protocols.decisions.models import Decision


def why_ended(model: type[Decision], pk: str) -> str:
    """Return in a sentence what ended the version `pk` of `model`; nothing while it is in force or was never in force.

    The sentence names nobody: anyone who scans the code of a printed page reads it.
    """
    version = model.objects.filter(pk=pk).select_related("site").first()
    if version is None or version.retired_at is None:
        return ""
    day = day_text(clock.local(version.retired_at, version.site).date())
    if (later := _successor(version)) is None:
        return _("It was retired on %(day)s.") % {"day": day}
    return _("Version %(number)s took its place on %(day)s.") % {"number": later.number, "day": day}


def what_followed(model: type[Decision], pk: str) -> After | None:
    """Return what the approval of the version `pk` was superseded by; None while it is in force."""
    version = model.objects.filter(pk=pk).first()
    if version is None or version.retired_at is None:
        return None
    own = _("Version %(number)s") % {"number": version.number}
    if (later := _successor(version)) is None:
        return After(version=own, superseded_by=_("its retirement"))
    by = _("Version %(number)s") % {"number": later.number}
    return After(version=own, superseded_by=by, subject_id=str(later.pk))


def _successor(version: Decision) -> Decision | None:
    """Return the version that took the place of this one: one signature approves it and retires the one before."""
    later: Decision | None = (
        type(version).objects.filter(site=version.site_id, approval_signature=version.retirement_signature_id).first()
    )
    return later
