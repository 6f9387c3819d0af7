"""Pages of the weekly audit."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from audit.weekly import services
from audit.weekly.forms import DecisionForm, SignWeekForm
from audit.weekly.judging import Judgement, judge_week
from audit.weekly.models import Verdict
from audit.weekly.queries import (
    deviations_of,
    entered_late_of,
    late_entries,
    outside_volume_of,
    preparations_of,
    review_of,
    week_figures,
)
from audit.weekly.weeks import Week
from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.models import User
from clinic.accounts.permissions import Permission
from clinic.amending.beside import Amending, amending_of
from clinic.amending.queries import is_amended
from clinic.documents.queries import documents_about, newest_of_each_kind
from clinic.passkeys.identify import identify
from clinic.web.forms import ClinicForm
from clinic.web.paging import keyset_page
from sessions.preparation.models import Deviation, Preparation
from sessions.treatment.documents import points_entered_late
from sessions.treatment.queries import deviations


def _week(request: ClinicRequest, year: int, number: int) -> Week:
    """Return the week; 404 for one that no year has, or that hasn't begun at the site."""
    try:
        asked = Week(year, number)
    except (ValueError, OverflowError) as error:
        raise Http404("no such week") from error
    if asked > Week.of(clock.today(request.actor.site)):
        raise Http404("this week is still to come")
    return asked


@access(Permission.VIEW_AUDIT)
@require_safe
def audit_home(request: ClinicRequest) -> HttpResponse:
    """Monday morning: last week."""
    this_week = Week.of(clock.today(request.actor.site))
    last = this_week.before or this_week
    return redirect("week", last.year, last.number)


@access(Permission.VIEW_AUDIT)
@require_safe
def week(request: ClinicRequest, year: int, number: int) -> HttpResponse:
    """One week: figures, deviations to decide, the signature."""
    return _page(request, _week(request, year, number))


def _page(
    request: ClinicRequest, shown: Week, *, refused: dict[int, DecisionForm] | None = None,
    sign_form: SignWeekForm | None = None,
) -> HttpResponse:  # fmt: skip
    site, at = request.actor.site, clock.now()
    refused = refused or {}
    figures = week_figures(site, shown)
    judgement = judge_week(site, figures, at=at)
    review = review_of(site, shown)
    documents = list(documents_about(review)) if review else []
    may_sign = request.actor.may(Permission.SIGN_WEEK) and review is None
    missing = services.missing_for_signature(figures, site=site, at=at) if review is None else []
    today = Week.of(clock.local(at, site).date())
    found = list(deviations_of(site, shown))
    state = services.state_of(figures, found)
    if sign_form is not None and sign_form.stale:
        sign_form.carry("seen", state)
    for row in found:
        if row.pk in refused and refused[row.pk].stale:
            refused[row.pk].carry("seen", len(row.decisions.all()))
    forms: list[ClinicForm] = [*refused.values(), *([sign_form] if sign_form else [])]
    context: dict[str, Any] = {
        "week": shown,
        "title": shown,
        "figures": figures,
        "judgement": judgement,
        "judged": judgement.by_indicator,
        "rules_url": _rules_url(request, judgement),
        "deviations": [
            {
                "row": row,
                "latest": row.decisions.all()[0] if row.decisions.all() else None,
                "form": refused.get(row.pk) or (_decision_form(row) if may_sign else None),
                "open": row.pk in refused,
            }
            for row in found
        ],
        "review": review,
        "late": late_entries(review, site, shown) if review else [],
        # A form that was refused and has no place on the page: its errors are said at the top.
        "lost": [] if may_sign else forms,
        "documents": newest_of_each_kind(documents),
        "amending": amending_of(request.actor, review, documents) if review else Amending([]),
        "may_sign": may_sign,
        "missing": missing,
        "nothing": services.before_all_records(figures, site=site) if review is None else "",
        "sign_form": sign_form or SignWeekForm(initial={"seen": state}),
        "rows_url": reverse("week_rows", args=[shown.year, shown.number]),
        "sessions_url": reverse("week_sessions", args=[shown.year, shown.number]),
        "deviations_url": reverse("week_deviations", args=[shown.year, shown.number]),
        "before": shown.before,
        "after": shown.after if shown < today else None,
    }
    return render(request, "audit/weekly/week.html", context, status=max((f.status for f in forms), default=200))


def _rules_url(request: ClinicRequest, judgement: Judgement) -> str:
    if not request.actor.may(Permission.VIEW_PROTOCOLS):
        return ""
    return reverse("audit_rules", args=[judgement.version.pk]) if judgement.version else reverse("protocol_list")


def _decision_form(row: Deviation) -> DecisionForm:
    # The page holds one for each deviation: a label must lead to the field of its own.
    return DecisionForm(initial={"deviation": row.pk, "seen": len(row.decisions.all())}, auto_id=f"id_{row.pk}_%s")


@access(Permission.VIEW_AUDIT)
@require_safe
def week_rows(request: ClinicRequest, year: int, number: int) -> HttpResponse:
    """The preparations behind a figure of the week."""
    shown = _week(request, year, number)
    kind = request.GET.get("kind", "")
    rows = preparations_of(request.actor.site, shown).select_related("preparer", "formulation_version__formulation")
    if kind == "deviation":
        rows = rows.filter(deviation_count__gt=0)
    elif kind == "rejected":
        rows = rows.filter(status="rejected")
    elif kind:
        raise Http404("no such figure")
    preparer = _preparer(request)
    rows = rows.filter(preparer=preparer) if preparer else rows
    page = keyset_page(rows.annotate(amended=is_amended(Preparation)), request, order=("finished_at", "id"))
    context = {"week": shown, "page": page, "kind": kind, "preparer": preparer}
    return render(request, "audit/weekly/rows.html", context)


@access(Permission.VIEW_AUDIT)
@require_safe
def week_sessions(request: ClinicRequest, year: int, number: int) -> HttpResponse:
    """The sessions behind a figure of the week: with a volume outside of the protocol, or with points entered late."""
    shown, late = _week(request, year, number), request.GET.get("kind") == "late"
    found = (entered_late_of if late else outside_volume_of)(request.actor.site, shown)
    page = keyset_page(found, request, order=("on", "id"))
    context = {
        "week": shown,
        "page": page,
        "late": late,
        "rows": [{"row": row, "details": points_entered_late(row) if late else deviations(row)} for row in page.rows],
        "may_read": request.actor.may(Permission.READ_SESSIONS),
    }
    return render(request, "audit/weekly/sessions.html", context)


@access(Permission.VIEW_AUDIT)
@require_safe
def week_deviations(request: ClinicRequest, year: int, number: int) -> HttpResponse:
    """The deviations behind a figure of the week: all, a preparer's, or those to decide."""
    shown = _week(request, year, number)
    kind = request.GET.get("kind", "")
    if kind not in {"", "to-decide"}:
        raise Http404("no such figure")
    rows = deviations_of(request.actor.site, shown)
    if kind:
        rows = rows.filter(decision=None)
    preparer = _preparer(request)
    rows = rows.filter(preparation__preparer=preparer) if preparer else rows
    page = keyset_page(rows, request, order=("id",))
    context = {"week": shown, "page": page, "kind": kind, "preparer": preparer}
    return render(request, "audit/weekly/deviations.html", context)


def _preparer(request: ClinicRequest) -> User | None:
    """Return the preparer asked for; None when the figure is everybody's. Raises Http404 for nobody."""
    wanted = request.GET.get("preparer", "")
    if not wanted:
        return None
    if not wanted.isdecimal() or len(wanted) > 18:
        raise Http404("no such preparer")
    found: User = get_object_or_404(
        User.objects.filter(memberships__site=request.actor.site).distinct(), pk=int(wanted)
    )
    return found


@access(Permission.SIGN_WEEK)
@require_POST
def deviation_decide(request: ClinicRequest, year: int, number: int) -> HttpResponse:
    """Decide on one deviation of the week."""
    shown = _week(request, year, number)
    wanted = request.POST.get("deviation", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        raise Http404("no such deviation")
    deviation: Deviation = get_object_or_404(deviations_of(request.actor.site, shown), pk=int(wanted))
    form = DecisionForm(request.POST, auto_id=f"id_{deviation.pk}_%s")
    made = form.carry_out(
        lambda: services.decide_deviation(
            by=request.actor,
            deviation=deviation,
            verdict=Verdict(form.cleaned_data["verdict"]),
            text=form.cleaned_data["text"],
            seen=form.cleaned_data["seen"],
            submission_key=form.key,
            at=clock.now(),
        )
    )
    if made is not None:
        return redirect("week", shown.year, shown.number)
    return _page(request, shown, refused={deviation.pk: form})


@access(Permission.SIGN_WEEK)
@require_POST
def week_sign(request: ClinicRequest, year: int, number: int) -> HttpResponse:
    """Sign the week."""
    shown = _week(request, year, number)
    form = SignWeekForm(request.POST)

    def sign() -> Any:
        confirmed = identify(request, form)
        return services.sign_week(
            by=request.actor,
            week=shown,
            note=form.cleaned_data["note"],
            seen=form.cleaned_data["seen"],
            confirmed=confirmed,
            submission_key=form.key,
            at=confirmed.at,
        )

    if form.carry_out(sign) is not None:
        return redirect("week", shown.year, shown.number)
    return _page(request, shown, sign_form=form)
