"""The page of a version, whatever its kind: what it says, what changed, where it stands, what comes next."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.accounts.access import ClinicRequest
from clinic.accounts.actors import Actor
from clinic.codes import known
from clinic.components.flow import Step
from clinic.components.status import Reason
from clinic.dates import day_text
from clinic.documents.queries import documents_about
from clinic.web.forms import ClinicForm
from protocols.decisions.difference import difference
from protocols.decisions.forms import ApproveForm, RetireForm, SendBackForm
from protocols.decisions.models import Asks, Decision
from protocols.decisions.offers import offers
from protocols.decisions.queries import in_force_before
from protocols.decisions.showing import shown
from protocols.decisions.states import State
from protocols.decisions.uses import MOST_COUNTED, count_of, resting_on, uses_of
from protocols.risk.readers import readers_of

#: How a state is shown: the kind of chip.
CHIPS = {State.DRAFT: "plain", State.IN_REVIEW: "wait", State.APPROVED: "done", State.RETIRED: "plain"}
#: So many versions of the same document are listed on its page; all are on the page of all versions.
VERSIONS_LISTED = 12


class Moment(NamedTuple):
    """Something that happened to a version."""

    at: Any
    title: str
    who: str
    kind: str
    detail: str = ""


def chip_of(version: Decision) -> str:
    """Return the kind of chip that a version's state is shown by."""
    state = known(State, version.status)
    return CHIPS[state] if state is not None else "stop"


def version_of[D: Decision](request: ClinicRequest, model: type[D], pk: int) -> D:
    """Return the version with its parts and the people of its life; 404 for another site's."""
    versions = model.objects.for_site(request.actor.site).select_related(
        "author", "submitted_by", "sent_back_by", "approved_by", "retired_by", "approval_signature__user",
        "retirement_signature", *model.named_by,
    )  # fmt: skip
    found: D = get_object_or_404(versions.prefetch_related(*model.all_parts()), pk=pk)
    found.site = request.actor.site  # which it is of; nothing has to load it
    return found


def version_page[D: Decision](request: ClinicRequest, model: type[D], pk: int) -> HttpResponse:
    """Show a version."""
    return show_version(request, version_of(request, model, pk))


def show_version(
    request: ClinicRequest,
    version: Decision,
    *,
    approval: ApproveForm | None = None,
    sending_back: SendBackForm | None = None,
    retirement: RetireForm | None = None,
    refusals: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Render the page of `version`; a form that is given came back with errors."""
    before = in_force_before(version)
    seen = shown(version)
    others = list(version.of_same_document().named().order_by("-number")[:VERSIONS_LISTED])
    offered = offers(version, request.actor)
    asks = version.asks_of_approver() if version.status in (State.DRAFT, State.IN_REVIEW) else Asks()
    decides = version.status == State.IN_REVIEW and not version.waits
    crowded = [
        Reason(str(other), other.get_absolute_url()) for other in (version.holders_of_places() if decides else [])
    ]
    sent = (
        (approval, offered.approve and not crowded),
        (sending_back, offered.send_back or offered.take_back),
        (retirement, offered.retire),
    )
    in_force = next((other for other in others if other.is_active), None)
    return render(
        request,
        "protocols/decisions/version.html",
        {
            "version": version,
            "shown": seen,
            "chip": chip_of(version),
            "offers": offered,
            "gaps": version.gaps() if version.is_draft else [],
            "before": before,
            "changes": difference(shown(before), seen) if before is not None else [],
            "steps": steps(version),
            "moments": moments(version),
            "others": [{"version": other, "chip": chip_of(other)} for other in others],
            "in_force": in_force,
            "superseded": _superseded(version, others),
            "documents": document_links(version),
            "asks": asks,
            "against": version.held_against() if version.is_active else [],
            "crowded": crowded,
            "approval": approval
            or ApproveForm(row_version=version.row_version, asks_reason=bool(asks.reason_for), in_force=in_force),
            "sending_back": sending_back or SendBackForm(auto_id="back_%s"),
            "retirement": retirement or RetireForm(auto_id="retire_%s"),
            "resting": resting_on(version) if offered.retire else "",
            "refusals": [*refusals, *_unseen([form for form, shown_again in sent if form and not shown_again])],
            "edit_url": reverse(f"{version.kind}_edit", args=[version.pk]),
            "next_url": next_url(version),
            "readers": readers_of(version) if version.approved_at is not None and version.risk_relevant else [],
            "uses": uses_shown(version, request.actor),
        },
        status=status,
    )


def _superseded(version: Decision, others: Sequence[Decision]) -> dict[str, str]:
    """Return what took the place of `version`: the version whose approval retired it; empty texts for none."""
    if version.retirement_signature_id is None:
        return {"text": "", "url": ""}
    later = next((each for each in others if each.approval_signature_id == version.retirement_signature_id), None)
    if later is None:
        return {"text": _("its retirement"), "url": "#retirement"}
    return {"text": str(later), "url": later.get_absolute_url()}


def uses_shown(version: Decision, actor: Actor) -> dict[str, str] | None:
    """Return how often the version was used, in words, and where they are listed; None for who may not see it."""
    found = uses_of(version)
    if found is None or not actor.may(found.permission) or version.approved_at is None:
        return None
    count = count_of(version) or 0
    if count > MOST_COUNTED:
        text = _("Used by more than %(count)s sessions") % {"count": MOST_COUNTED}
    else:
        text = ngettext("Used by %(count)s session", "Used by %(count)s sessions", count) % {"count": count}
    return {"text": text, "url": reverse("version_uses", args=[version.kind, version.pk]) if count else ""}


def _unseen(forms: Sequence[ClinicForm]) -> list[str]:
    """Return what is wrong with forms that aren't shown again, since the step isn't offered any more."""
    return [str(error) for form in forms for errors in form.errors.values() for error in errors]


def next_url(version: Decision) -> str:
    """Return where the next version of the same document is written."""
    if version.kind == "formulation":
        return reverse("formulation_next", args=[version.pk])
    address = reverse(f"{version.kind}_new")
    return f"{address}?from={version.pk}" if version.one_for else address


def document_links(version: Decision) -> list[dict[str, str]]:
    """Return the sealed documents of `version`: code and address."""
    if version.approved_at is None:
        return []
    return [
        {"code": document.code, "url": reverse("document", args=[document.code])}
        for document in documents_about(version).prefetch_related(None)  # their codes are enough here
    ]


def steps(version: Decision) -> list[Step]:
    """Return where on its way the version stands."""
    way = [State.DRAFT, State.IN_REVIEW, State.APPROVED]
    if version.status == State.RETIRED:
        return [*(Step(str(state.label), "done") for state in way), Step(str(State.RETIRED.label), "current")]
    if version.waits:
        return [*(Step(str(state.label), "done") for state in way), Step(str(version.state_words), "current")]
    # A state that the clinic doesn't know was written in the database; it stands after the others.
    here = way.index(state) if (state := known(State, version.status)) else len(way)
    marks = ["done"] * here + ["current"] + ["todo"] * (len(way) - here - 1)
    names = [*(str(each.label) for each in way), version.state_words]
    return [Step(name, mark) for name, mark in zip(names, marks, strict=False)]


def moments(version: Decision) -> list[Moment]:
    """Return what happened to the version, the latest last."""
    told = [Moment(version.created_at, _("Written"), str(version.author), "plain", version.reason_said)]
    if version.sent_back_at is not None:
        told.append(
            Moment(version.sent_back_at, _("Sent back"), str(version.sent_back_by), "ask", version.sent_back_reason)
        )
    if version.submitted_at is not None:
        told.append(Moment(version.submitted_at, _("Sent to review"), str(version.submitted_by), "wait"))
    signed = version.approval_signature
    if signed is not None:
        day = _("In force from %(day)s") % {"day": day_text(version.effective_from)} if version.effective_from else ""
        told.append(Moment(signed.signed_at, _("Approved"), version.approver, "done", day))
    if version.in_force_since is not None:
        itself = _("It came into force by itself, as it was approved.")
        told.append(Moment(version.in_force_since, _("In force"), "", "done", itself))
    if version.retired_at is not None:
        told.append(
            Moment(version.retired_at, _("Retired"), str(version.retired_by), "plain", version.retire_reason or "")
        )
    return told
