"""The page of alerts: what the clinic's machinery could not finish alone."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.checkpoints.standing import all_on_one_disk, last_checkpoint, place_standings
from clinic.errors import Refused
from clinic.outbox.models import Alert, OutboxEntry
from clinic.outbox.services import acknowledge, try_again
from clinic.roles.keeping import works_as_owner
from clinic.web.paging import keyset_page


@access(Permission.HANDLE_ALERTS)
@require_safe
def alert_list(request: ClinicRequest) -> HttpResponse:
    """Alerts, the latest first, each with the work that it is about while that is parked."""
    page = keyset_page(Alert.objects.select_related("acknowledged_by"), request, order=["-raised_at", "-id"])
    numbers = [int(alert.subject) for alert in page.rows if alert.kind == "outbox.parked" and alert.subject.isdigit()]
    parked = {
        str(pk)
        for pk in OutboxEntry.objects.filter(pk__in=numbers).exclude(parked_at=None).values_list("pk", flat=True)
    }
    rows = [{"alert": alert, "entry": alert.subject if alert.subject in parked else ""} for alert in page.rows]
    places = place_standings()
    warnings = {"late": last_checkpoint().late, "one_disk": all_on_one_disk(places), "owner": works_as_owner()}
    warned = any(warnings.values()) or any(each.said for each in places)
    context = {
        "page": page,
        "rows": rows,
        "places": places,
        "empty_title": _("Nothing besides what is said above") if warned else _("No alerts"),
        **warnings,
    }
    return render(request, "outbox/alerts.html", context)


@access(Permission.HANDLE_ALERTS)
@require_POST
def alert_acknowledge(request: ClinicRequest, pk: int) -> HttpResponse:
    """Note that somebody saw to an alert."""
    alert = get_object_or_404(Alert, pk=pk)
    return _do(
        request, lambda: acknowledge(by=request.actor, alert=alert, at=clock.now()), _("Noted that you saw to it.")
    )


@access(Permission.HANDLE_ALERTS)
@require_POST
def work_again(request: ClinicRequest, pk: int) -> HttpResponse:
    """Take parked work up again."""
    entry = get_object_or_404(OutboxEntry, pk=pk)
    return _do(request, lambda: try_again(by=request.actor, entry=entry, at=clock.now()), _("It is being tried again."))


def _do(request: ClinicRequest, verb: Callable[[], None], done: str) -> HttpResponse:
    try:
        verb()
    except Refused as refused:
        messages.warning(request, refused.message)
    else:
        messages.success(request, done)
    return redirect("alert_list")
