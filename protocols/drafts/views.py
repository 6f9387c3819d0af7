"""What the pages of all drafts share: rows without saving, one write per submission, nothing typed lost."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.access import ClinicRequest
from clinic.errors import NotAllowed
from clinic.submissions import already_submitted
from protocols.decisions.forms import carry_newest
from protocols.decisions.models import Decision
from protocols.drafts.forms import DraftForm
from protocols.drafts.rows import action_in, rearranged, typed_rows


def draft_page[F: DraftForm](
    request: ClinicRequest,
    *,
    make: Callable[..., F],
    opened: Mapping[str, Any],
    save: Callable[[F], Decision],
    model: type[Decision],
    title: str,
    eyebrow: str,
    back_url: str,
    version: Decision | None = None,
) -> HttpResponse:
    """Answer for the page of a draft.

    `make` makes the form of `data`, or of `initial` and `rows_initial`; `opened` are these two as the page opens;
    `save` calls the service. `version` is the draft that is edited, None for a new one of `model`.
    """
    asked = action_in(request.POST)
    if request.method == "POST" and version is None and (before := _sent_before(request, model)) is not None:
        return redirect(before)
    if request.method != "POST":
        form = make(**opened)
    elif asked:
        rows = rearranged(typed_rows(request.POST), asked)
        form = make(initial=request.POST.dict(), rows_initial=rows)
        if form.rows is not None:
            if asked == "add":
                form.rows.begin_in_last()
            form.rows.follow(asked)
    else:
        form = make(request.POST)
        saved = form.carry_out(lambda: save(form))
        if saved is not None:
            messages.success(request, _("%(version)s is saved as a draft.") % {"version": saved})
            return redirect(saved)
        if form.stale and version is not None:
            version.refresh_from_db(fields=["row_version"])
            carry_newest(form, version.row_version)
    context = {
        "form": form,
        "title": title,
        "eyebrow": eyebrow,
        "back_url": back_url,
        "back_label": _("Protocols") if back_url == reverse("protocol_list") else _("The version"),
        "version": version,
    }
    if asked and request.headers.get("HX-Request") == "true":
        part = "note" if asked == "note" else "rows"
        return render(request, f"protocols/drafts/{part}.html", context)
    return render(request, "protocols/drafts/draft.html", context, status=form.status)


def may_edit(request: ClinicRequest, version: Decision) -> bool:
    """Whether the page of the draft may be opened; NotAllowed for anybody but its author."""
    if not version.is_draft:
        messages.warning(request, _("This version can't be edited any more. Write a new version instead."))
        return False
    if version.author_id != request.actor.user.pk:
        raise NotAllowed(
            _("Only %(author)s, who began this draft, edits it. Write a new version with your changes instead.")
            % {"author": version.author}
        )
    return True


def _sent_before(request: ClinicRequest, model: type[Decision]) -> Decision | None:
    """Return the version that this submission has made already: a second click, with the same key."""
    try:
        key = UUID(request.POST.get("submission_key", ""))
    except ValueError:
        return None
    return already_submitted(model, key, site=request.actor.site, author=request.actor.user)


def why_opened(version: Decision) -> dict[str, str]:
    """Return how the form opens with why `version` is written."""
    yes = {True: "yes", False: "no", None: ""}
    return {
        "change_reason": version.change_reason,
        "risk_relevant": yes[version.risk_relevant],
        "reconsent": yes[version.reconsent],
    }
