"""The page on which a change that bears on risk is read and signed."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.passkeys.identify import identify
from clinic.web.forms import SignatureForm, posted
from protocols.decisions.difference import difference
from protocols.decisions.pages import version_of
from protocols.decisions.queries import in_force_before
from protocols.decisions.showing import shown
from protocols.kinds import kind_named
from protocols.risk.models import ReadReceipt, RiskChange
from protocols.risk.queries import unread_of
from protocols.risk.services import sign_receipt


class ReadForm(SignatureForm):
    """Signing that one has read the change."""

    submit_label = gettext_lazy("I have read it")


@access(Permission.VIEW_PROTOCOLS)
@require_safe
def unread_changes(request: ClinicRequest) -> HttpResponse:
    """The first change that one hasn't read, for whoever comes from the gate; Today when there is none."""
    unread = unread_of(request.actor)
    return redirect("risk_change", unread[0].pk) if unread else redirect("today")


@access(Permission.VIEW_PROTOCOLS)
@require_http_methods(["GET", "HEAD", "POST"])
def risk_change(request: ClinicRequest, pk: int) -> HttpResponse:
    """What changed, line by line, and the signature that one has read it."""
    change = get_object_or_404(RiskChange.objects.for_site(request.actor.site).select_related("approved_by"), pk=pk)
    model = kind_named(change.kind)
    if model is None:
        raise Http404("no such kind of protocol")
    version = version_of(request, model, change.version_id)
    form = ReadForm(posted(request))
    if request.method == "POST":
        signed = form.carry_out(
            lambda: sign_receipt(
                by=request.actor, change=change,
                confirmed=identify(request, form),
                at=clock.now(),
            )
        )  # fmt: skip
        if signed is not None:
            messages.success(request, _("You have signed that you read %(version)s.") % {"version": change})
            return redirect("today")
    before = in_force_before(version)
    mine = ReadReceipt.objects.filter(change=change, user=request.actor.user).first()
    context = {
        "change": change,
        "version": version,
        "before": before,
        "changes": difference(shown(before), shown(version)) if before is not None else [],
        "receipt": mine,
        "own": change.approved_by_id == request.actor.user.pk,
        "form": form,
    }
    return render(request, "protocols/risk/change.html", context, status=form.status)
