"""Pages of the month-6 photo audit."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from audit.month6 import queries, services
from audit.month6.forms import GradeForm, SignAuditForm
from audit.month6.models import AuditStatus, Decision, PhotoAudit
from audit.month6.queries import Pair
from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.documents.queries import documents_about
from clinic.signing.services import confirm_identity
from clinic.trail.unit import record_read
from clinic.web.forms import ClinicForm
from clinic.web.paging import keyset_page


@access(Permission.VIEW_AUDIT)
@require_GET
def photo_audit_list(request: ClinicRequest) -> HttpResponse:
    """The audits of the site: open ones by due date, or the signed."""
    status = AuditStatus.SIGNED if request.GET.get("status") == AuditStatus.SIGNED else AuditStatus.OPEN
    page = keyset_page(queries.audits_of(request.actor.site).filter(status=status), request, order=("due_on", "id"))
    return render(
        request,
        "audit/month6/list.html",
        {"page": page, "signed": status == AuditStatus.SIGNED, "today": clock.today(request.actor.site)},
    )


def _audit(request: ClinicRequest, pk: int) -> PhotoAudit:
    return get_object_or_404(
        queries.audits_of(request.actor.site).select_related("baseline__protocol_version", "signature", "opened_by"),
        pk=pk,
    )


@access(Permission.VIEW_AUDIT)
@require_GET
def photo_audit(request: ClinicRequest, pk: int) -> HttpResponse:
    """One audit: the pairs, their grades, the decision."""
    audit = _audit(request, pk)
    record_read(by=request.actor, subject=audit, patient=audit.patient)
    return _page(request, audit)


def _page(
    request: ClinicRequest, audit: PhotoAudit, *, refused: dict[str, GradeForm] | None = None,
    sign_form: SignAuditForm | None = None,
) -> HttpResponse:  # fmt: skip
    refused = refused or {}
    pairs = queries.pairs_of(audit)
    is_open = audit.status == AuditStatus.OPEN
    is_grader = is_open and request.actor.may(Permission.GRADE_PHOTOS)
    not_independent = queries.not_independent(request.actor, audit) if is_grader else ""
    may_grade = is_grader and not not_independent
    later = queries.month_6_set(audit)
    missing = services.missing_for_signature(pairs, decision="chosen") if is_open else []
    forms: list[ClinicForm] = [*refused.values(), *([sign_form] if sign_form else [])]
    views = {pair.view_code for pair in pairs}
    context: dict[str, Any] = {
        "audit": audit,
        "patient": audit.patient,
        "is_open": is_open,
        "later": later,
        "window_fault": queries.window_fault(audit, later),
        "not_independent": not_independent,
        "pairs": [
            {
                "pair": pair,
                "words": services.grade_words(pair.grade),
                "form": (refused.get(pair.view_code) or _grade_form(pair)) if may_grade else None,
                "open": pair.view_code in refused or (pair.assessable and (pair.grade is None or pair.outdated)),
            }
            for pair in pairs
        ],
        "may_grade": may_grade,
        "may_take": request.actor.may(Permission.TAKE_PHOTOS),
        "missing": missing,
        "sign_form": sign_form or SignAuditForm(row_version=audit.row_version),
        # A form that was refused and has no place on the page: its errors are said at the top.
        "lost": [
            *(form for code, form in refused.items() if not may_grade or code not in views),
            *([sign_form] if sign_form and not may_grade else []),
        ],
        "documents": [] if is_open else documents_about(audit),
    }
    return render(request, "audit/month6/audit.html", context, status=max((f.status for f in forms), default=200))


def _own_ids(view_code: str) -> str:
    # The page holds a form for each view: a label must lead to the field of its own.
    return f"id_{view_code}_%s"


def _grade_form(pair: Pair) -> GradeForm:
    saved = pair.grade
    return GradeForm(
        auto_id=_own_ids(pair.view_code),
        assessable=pair.assessable,
        initial={
            "view_code": pair.view_code,
            "grade": saved.grade if saved else None,
            "not_assessable": saved.not_assessable if saved else "",
        },
    )


@access(Permission.GRADE_PHOTOS)
@require_POST
def photo_audit_grade(request: ClinicRequest, pk: int) -> HttpResponse:
    """Grade one view."""
    audit = _audit(request, pk)
    code = request.POST.get("view_code", "")
    pair = next((pair for pair in queries.pairs_of(audit) if pair.view_code == code), None)
    own_ids = _own_ids(pair.view_code if pair else "unknown")
    form = GradeForm(request.POST, auto_id=own_ids, assessable=pair.assessable if pair else True)
    done = form.carry_out(
        lambda: services.grade_view(
            by=request.actor,
            audit=audit,
            view_code=form.cleaned_data["view_code"],
            grade=form.cleaned_data.get("grade"),
            not_assessable=form.cleaned_data["not_assessable"],
            at=clock.now(),
        )
    )
    if done is not None:
        return redirect("photo_audit", audit.pk)
    return _page(request, audit, refused={code: form})


@access(Permission.GRADE_PHOTOS)
@require_POST
def photo_audit_sign(request: ClinicRequest, pk: int) -> HttpResponse:
    """Sign the audit."""
    audit = _audit(request, pk)
    form = SignAuditForm(request.POST, row_version=audit.row_version)

    def sign() -> PhotoAudit:
        confirmed = confirm_identity(by=request.actor, password=form.cleaned_data["password"])
        return services.sign_audit(
            by=request.actor,
            audit=audit,
            decision=Decision(form.cleaned_data["decision"]),
            note=form.cleaned_data["note"],
            row_version=form.cleaned_data["row_version"] or 0,
            confirmed=confirmed,
            at=confirmed.at,
        )

    if form.carry_out(sign) is not None:
        return redirect("photo_audit", audit.pk)
    audit = _audit(request, pk)
    if form.stale:
        form.carry_version(audit.row_version)
    return _page(request, audit, sign_form=form)
