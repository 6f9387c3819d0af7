"""What the pages of all drafts share: rows without saving, one write per submission, nothing typed lost."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic.accounts.access import ClinicRequest
from clinic.errors import NotAllowed
from clinic.submissions import already_submitted
from protocols.decisions.forms import carry_newest
from protocols.decisions.models import Decision
from protocols.drafts.forms import DraftForm
from protocols.drafts.rows import PREFIX, action_in, prefixes_in, rearranged, typed_rows


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

    `make` makes the form of `data`, or of `initial`, `rows_initial` and `more_initial`; `opened` are these as the page
    opens; `save` calls the service. `version` is the draft that is edited, None for a new one of `model`.
    """
    sent = list(dict.fromkeys([PREFIX, *prefixes_in(request.POST)]))
    prefix, asked = next(((each, action) for each in sent if (action := action_in(request.POST, each))), (PREFIX, ""))
    if request.method == "POST" and version is None and (before := _sent_before(request, model)) is not None:
        return redirect(before)
    if request.method != "POST":
        form = make(**opened)
    elif asked:
        typed: dict[str, Any] = {each: typed_rows(request.POST, each) for each in sent}
        typed[prefix] = rearranged(typed[prefix], asked)
        form = make(initial=request.POST.dict(), rows_initial=typed.pop(PREFIX, []), more_initial=typed)
        _let_focus_follow(form, prefix, asked)
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
        return _part(request, form, prefix, asked, context)
    return render(request, "protocols/drafts/draft.html", context, status=form.status)


def begun_eyebrow(before: Decision | None) -> str:
    """Say from which version a new draft begins, and where that stands when it isn't in force."""
    if before is None:
        return _("Protocols")
    if before.is_active:
        return _("Begun from version %(number)s") % {"number": before.number}
    return _("Begun from version %(number)s: %(state)s") % {"number": before.number, "state": before.state_words}


def _let_focus_follow(form: DraftForm, prefix: str, asked: str) -> None:
    for rows in form.all_rows:
        if rows.kind.prefix == prefix and asked == "add":
            rows.begin_in_last()
        elif rows.kind.prefix == prefix:
            rows.follow(asked)


def _part(request: ClinicRequest, form: DraftForm, prefix: str, asked: str, context: dict[str, Any]) -> HttpResponse:
    """Return the part of the page that `asked` changes: the rows, the note below them, or what stands beside one."""
    verb, _dash, number = asked.partition("-")
    rows = next((each for each in form.all_rows if each.kind.prefix == prefix), None)
    if rows is None or (verb == "beside" and int(number) >= len(rows.forms)):
        raise Http404("no such rows")
    context = {**context, "rows": rows}
    if verb == "beside":
        context |= {"row": rows.forms[int(number)], "index": int(number)}
    template = verb if verb in {"note", "beside"} else "rows"
    return render(request, f"protocols/drafts/{template}.html", context)


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
