"""Pages of the month-6 photo audit."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from audit.month6 import queries, services
from audit.month6.continuing import unsupported
from audit.month6.forms import GradesForm, SignAuditForm
from audit.month6.models import AuditStatus, Decision, PhotoAudit
from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.amending.beside import amending_of
from clinic.amending.queries import is_amended
from clinic.codes import unknown
from clinic.documents.queries import documents_about, newest_of_each_kind
from clinic.passkeys.identify import identify
from clinic.trail.unit import record_read
from clinic.web.forms import ClinicForm
from clinic.web.paging import keyset_page


@access(Permission.VIEW_AUDIT)
@require_safe
def photo_audit_list(request: ClinicRequest) -> HttpResponse:
    """The audits of the site: open ones by due date, or the signed."""
    status = AuditStatus.SIGNED if request.GET.get("status") == AuditStatus.SIGNED else AuditStatus.OPEN
    audits = queries.audits_of(request.actor.site).filter(status=status).annotate(amended=is_amended(PhotoAudit))
    page = keyset_page(audits, request, order=("due_on", "id"))
    today = clock.today(request.actor.site)
    return render(
        request,
        "audit/month6/list.html",
        {
            "page": page,
            "signed": status == AuditStatus.SIGNED,
            "late": {row.pk for row in page.rows if row.is_late(today)},
        },
    )


def _audit(request: ClinicRequest, pk: int) -> PhotoAudit:
    return get_object_or_404(
        queries.audits_of(request.actor.site).select_related("baseline__protocol_version", "signature", "opened_by"),
        pk=pk,
    )


@access(Permission.VIEW_AUDIT)
@require_safe
def photo_audit(request: ClinicRequest, pk: int) -> HttpResponse:
    """One audit: the pairs, their grades, the decision."""
    audit = _audit(request, pk)
    record_read(by=request.actor, subject=audit, patient=audit.patient)
    return _page(request, audit)


def _page(
    request: ClinicRequest, audit: PhotoAudit, *, grades_form: GradesForm | None = None,
    sign_form: SignAuditForm | None = None, newer_form: ClinicForm | None = None,
) -> HttpResponse:  # fmt: skip
    pairs = queries.pairs_of(audit)
    is_open = audit.status == AuditStatus.OPEN
    is_grader = is_open and request.actor.may(Permission.GRADE_PHOTOS)
    not_independent = queries.not_independent(request.actor, audit) if is_grader else ""
    may_grade = is_grader and not not_independent
    later = queries.month_6_set(audit)
    documents = [] if is_open else list(documents_about(audit))
    missing = services.missing_for_signature(pairs, decision="chosen") if is_open else []
    doubt = unsupported(queries.grades_of(pairs))
    refused: list[ClinicForm] = [form for form in (grades_form, sign_form, newer_form) if form]
    grades_form = grades_form or GradesForm(pairs=pairs, row_version=audit.row_version)
    context: dict[str, Any] = {
        "audit": audit,
        "patient": audit.patient,
        "is_open": is_open,
        "unknown_state": unknown(AuditStatus, audit.status),
        "later": later,
        "newer": queries.newer_set(audit),
        "newer_form": newer_form or ClinicForm(row_version=audit.row_version),
        "window_fault": queries.window_fault(audit, later),
        "not_independent": not_independent,
        "comparability": queries.comparability(audit, later, pairs),
        "pairs": [
            {
                "pair": pair,
                "words": services.grade_words(pair.grade),
                "options": grades_form.options(pair) if may_grade else [],
                "grade": grades_form[f"grade_{pair.view_code}"] if may_grade and pair.assessable else None,
                "why": grades_form[f"why_{pair.view_code}"] if may_grade else None,
            }
            for pair in pairs
        ],
        "grades_form": grades_form,
        # One primary action: once every view is judged it is the signature.
        "grades_kind": "primary" if missing else "plain",
        "open_count": sum(pair.grade is None or pair.outdated for pair in pairs),
        "may_grade": may_grade,
        "may_take": request.actor.may(Permission.TAKE_PHOTOS),
        "missing": missing,
        "sign_form": sign_form or SignAuditForm(row_version=audit.row_version, doubt=doubt),
        # A form that was refused and has no place on the page: its errors are said at the top.
        "lost": [form for form in refused if form is newer_form or not may_grade],
        "documents": newest_of_each_kind(documents),
        "amending": amending_of(request.actor, audit, documents),
    }
    return render(request, "audit/month6/audit.html", context, status=max((f.status for f in refused), default=200))


@access(Permission.GRADE_PHOTOS)
@require_POST
def photo_audit_grade(request: ClinicRequest, pk: int) -> HttpResponse:
    """Save the grades that are filled in."""
    audit = _audit(request, pk)
    form = GradesForm(request.POST, pairs=queries.pairs_of(audit), row_version=audit.row_version)
    done = form.carry_out(
        lambda: services.grade_views(
            by=request.actor,
            audit=audit,
            judgements=form.judgements(),
            row_version=form.cleaned_data["row_version"] or 0,
            at=clock.now(),
        )
    )
    if done is not None:
        return redirect("photo_audit", audit.pk)
    audit = _audit(request, pk)
    if form.stale:
        form.carry_version(audit.row_version)
    return _page(request, audit, grades_form=form)


@access(Permission.GRADE_PHOTOS)
@require_POST
def photo_audit_newer(request: ClinicRequest, pk: int) -> HttpResponse:
    """Judge the newer photographs."""
    audit = _audit(request, pk)
    form = ClinicForm(request.POST, row_version=audit.row_version)
    done = form.carry_out(
        lambda: services.judge_newer(
            by=request.actor, audit=audit, row_version=form.cleaned_data["row_version"] or 0, at=clock.now()
        )
    )
    if done is not None:
        return redirect("photo_audit", audit.pk)
    audit = _audit(request, pk)
    if form.stale:
        form.carry_version(audit.row_version)
    return _page(request, audit, newer_form=form)


@access(Permission.GRADE_PHOTOS)
@require_POST
def photo_audit_sign(request: ClinicRequest, pk: int) -> HttpResponse:
    """Sign the audit."""
    audit = _audit(request, pk)
    doubt = unsupported(queries.grades_of(queries.pairs_of(audit)))
    form = SignAuditForm(request.POST, row_version=audit.row_version, doubt=doubt)

    def sign() -> PhotoAudit:
        confirmed = identify(request, form)
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
