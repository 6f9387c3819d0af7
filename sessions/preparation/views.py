"""The pages of preparations: the list, the bench, signing, and the record."""

from datetime import datetime
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.amending.beside import amending_of
from clinic.amending.queries import is_amended
from clinic.codes import unknown
from clinic.components.amounts import moment
from clinic.documents.queries import documents_about, newest_of_each_kind
from clinic.errors import StaleWrite
from clinic.passkeys.identify import identify
from clinic.web import autosave
from clinic.web.forms import ClinicForm
from clinic.web.paging import keyset_page
from protocols.formulations.queries import active_versions, against
from sessions.preparation.bench import Bench, save_fields
from sessions.preparation.forms import BenchForm, NewPreparationForm, RejectForm, SignPreparationForm
from sessions.preparation.models import Preparation, PreparationStatus
from sessions.preparation.queries import preparations_of, with_remaining
from sessions.preparation.services import reject_preparation, sign_preparation, start_preparation
from sessions.preparation.tabs import tabs

FOLDER = "sessions/preparation"


@access(Permission.VIEW_PREPARATIONS)
@require_safe
def preparation_list(request: ClinicRequest) -> HttpResponse:
    """The site's preparations, the latest first."""
    rows = preparations_of(request.actor.site).annotate(amended=is_amended(Preparation))
    page = keyset_page(rows, request, order=("-started_at", "-id"))
    context = {
        "page": page, "may_prepare": request.actor.may(Permission.PREPARE), "tabs": tabs("preparations"),
        "now": clock.now(),
    }  # fmt: skip
    return render(request, f"{FOLDER}/list.html", context)


@access(Permission.PREPARE)
@require_http_methods(["GET", "HEAD", "POST"])
def preparation_new(request: ClinicRequest) -> HttpResponse:
    """Begin a preparation."""
    in_force = active_versions(request.actor.site)
    held = against(in_force)
    versions = [version for version in in_force if version.pk not in held]
    form = NewPreparationForm(request.POST or None, versions=versions)
    if request.method == "POST":
        made = form.carry_out(
            lambda: start_preparation(
                by=request.actor,
                formulation_version=form.versions[form.cleaned_data["formulation_version"]],
                batch_ul=form.cleaned_data["batch_ul"],
                vial_count=form.cleaned_data["vial_count"],
                submission_key=form.key,
                at=clock.now(),
            )
        )
        if made is not None:
            return redirect("preparation", made.pk)
    context = {
        "form": form, "versions": versions, "in_force": in_force,
        "against": [line for lines in held.values() for line in lines],
    }  # fmt: skip
    return render(request, f"{FOLDER}/new.html", context, status=form.status)


def _rows(request: ClinicRequest) -> QuerySet[Preparation]:
    rows = preparations_of(request.actor.site).select_related(
        "site", "preparer", "signature", "formulation_version__formulation", "formulation_version__approved_by"
    )
    return rows.prefetch_related("critical_steps")


def _at_the_bench(request: ClinicRequest, row: Preparation) -> bool:
    """Whether this person measures: it is their own draft."""
    return (
        row.status == PreparationStatus.DRAFT
        and row.preparer_id == request.actor.user.pk
        and request.actor.may(Permission.PREPARE)
    )


@access(Permission.VIEW_PREPARATIONS)
@require_safe
def preparation(request: ClinicRequest, pk: int) -> HttpResponse:
    """One preparation: the bench for whoever prepares it, the record for everybody else."""
    row = get_object_or_404(_rows(request), pk=pk)
    if _at_the_bench(request, row):
        bench = Bench(row, at=clock.now())
        return _bench_page(request, bench, bench.form())
    return render(request, f"{FOLDER}/record.html", _record(request, row))


def _bench_page(request: ClinicRequest, bench: Bench, form: BenchForm, *, status: int = 200) -> HttpResponse:
    version = bench.preparation.formulation_version
    steps = version.steps_said()
    context = {
        "preparation": bench.preparation,
        "version": version,
        "bench": bench,
        "form": form,
        "rows": bench.rows(form),
        "steps": steps,
        "kept": list(version.other_storage.all()),
        "look_hint": " · ".join(filter(None, [version.appearance, bench.reject_when])),
    }
    return render(request, f"{FOLDER}/bench.html", context, status=status)


@access(Permission.PREPARE)
@require_POST
def preparation_save(request: ClinicRequest, pk: int) -> HttpResponseBase:
    """Save what was typed at the bench: the changed fields for the page's script, all of them for its button."""
    row, at = get_object_or_404(_rows(request), pk=pk), clock.now()
    bench = Bench(row, at=at)
    form = bench.form(request.POST)
    form.is_valid()
    by_script = autosave.by_script(request)
    names = autosave.changed_fields(request) if by_script else _sent(request, form)
    names = [name for name in names if name not in {"submission_key", "row_version"}]
    row_version = form.cleaned_data.get("row_version") or 0
    try:
        result = save_fields(by=request.actor, bench=bench, form=form, names=names, row_version=row_version, at=at)
    except StaleWrite as error:
        if by_script:
            return _overtaken(request, pk, at)
        form.stale = True
        form.add_error(None, error.message)
        return _bench_again(request, pk, form)
    if by_script:
        _row, values = _newest_values(request, pk, at)
        return autosave.saved(at=at, row_version=result.row_version, errors=result.errors, values=values)
    if not result.errors:
        return redirect("preparation", pk)
    for name, texts in result.errors.items():
        if name not in form.errors:
            form.add_error(name, texts)
    return _bench_again(request, pk, form)


def _sent(request: ClinicRequest, form: BenchForm) -> list[str]:
    """Return the fields that came with the whole form; of ticks none may have come, which says that none is set."""
    return [name for name in form.fields if name in request.POST or name == "steps_done"]


def _newest_values(request: ClinicRequest, pk: int, at: datetime) -> tuple[Preparation, autosave.Values]:
    row = get_object_or_404(_rows(request), pk=pk)
    return row, autosave.values_of(Bench(row, at=at).form())


def _overtaken(request: ClinicRequest, pk: int, at: datetime) -> HttpResponse:
    """Tell the page's script what is saved now; only the preparer saves here, so it was in another window."""
    row, values = _newest_values(request, pk, at)
    author = autosave.author(by=row.preparer.full_name, yourself=row.preparer_id == request.actor.user.pk)
    return autosave.stale(row_version=row.row_version, values=values, authors={"": author})


def _bench_again(request: ClinicRequest, pk: int, form: BenchForm) -> HttpResponse:
    """Show the bench with what was typed."""
    row = get_object_or_404(_rows(request), pk=pk)
    _newest(form, row)
    return _bench_page(request, Bench(row, at=clock.now()), form, status=form.status)


@access(Permission.PREPARE)
@require_safe
def preparation_state(request: ClinicRequest, pk: int) -> HttpResponse:
    """What the bench knows now, to be put into the page after each save."""
    bench = Bench(get_object_or_404(_rows(request), pk=pk), at=clock.now())
    context = {"preparation": bench.preparation, "bench": bench, "rows": bench.rows(), "partial": True}
    return render(request, f"{FOLDER}/bench_state.html", context)


@access(Permission.PREPARE)
@require_http_methods(["GET", "HEAD", "POST"])
def preparation_sign(request: ClinicRequest, pk: int) -> HttpResponse:
    """Show all that will be signed, and take the signature."""
    row = get_object_or_404(_rows(request), pk=pk)
    if row.status != PreparationStatus.DRAFT:
        return redirect("preparation", pk)
    bench = Bench(row, at=clock.now())
    form = SignPreparationForm(request.POST or None, row_version=row.row_version, deviates=bool(bench.found))
    if request.method == "POST":
        vials = form.carry_out(
            lambda: sign_preparation(
                by=request.actor,
                preparation=row,
                visual_check=row.visual_check,
                deviation_reason=form.cleaned_data.get("deviation_reason", ""),
                confirmed=identify(request, form),
                row_version=form.cleaned_data["row_version"],
                at=clock.now(),
            )
        )
        if vials is not None:
            return redirect("preparation", pk)
        row = get_object_or_404(_rows(request), pk=pk)
        _newest(form, row)
        bench = Bench(row, at=clock.now())
    context = {"preparation": row, "version": row.formulation_version, "bench": bench, "rows": bench.rows()}
    context |= {"form": form, "mine": _at_the_bench(request, row)}
    return render(request, f"{FOLDER}/sign.html", context, status=form.status)


def _newest(form: ClinicForm, row: Preparation) -> None:
    """Let the form that came back carry the newest version, so that sending it again is a choice."""
    data = cast("QueryDict", form.data).copy()
    data["row_version"] = str(row.row_version)
    form.data = data


@access(Permission.PREPARE)
@require_http_methods(["GET", "HEAD", "POST"])
def preparation_reject(request: ClinicRequest, pk: int) -> HttpResponse:
    """Reject a draft, with the reason and a signature."""
    row = get_object_or_404(_rows(request), pk=pk)
    if row.status != PreparationStatus.DRAFT:
        return redirect("preparation", pk)
    form = RejectForm(request.POST or None, row_version=row.row_version)
    if request.method == "POST":
        rejected = form.carry_out(
            lambda: reject_preparation(
                by=request.actor,
                preparation=row,
                reason=form.cleaned_data["reason"],
                confirmed=identify(request, form),
                row_version=form.cleaned_data["row_version"],
                at=clock.now(),
            )
        )
        if rejected is not None:
            return redirect("preparation", pk)
        row = get_object_or_404(_rows(request), pk=pk)
        _newest(form, row)
    bench = Bench(row, at=clock.now())
    context = {"preparation": row, "bench": bench, "rows": bench.rows(), "form": form}
    return render(request, f"{FOLDER}/reject.html", context, status=form.status)


def _record(request: ClinicRequest, row: Preparation) -> dict[str, Any]:
    at = clock.now()
    bench = Bench(row, at=at)
    documents = list(documents_about(row))
    vials = list(with_remaining(row.vials.order_by("ordinal")))
    return {
        "preparation": row,
        "version": row.formulation_version,
        "rows": bench.rows(),
        "vials": vials,
        "deviations": list(row.deviations.order_by("id")),
        "documents": newest_of_each_kind(documents),
        "amending": amending_of(request.actor, row, documents),
        "now": at,
        "use_before": _("Use before %(moment)s") % {"moment": moment(row.beyond_use_at)},
        "is_draft": row.status == PreparationStatus.DRAFT,
        "unknown_state": unknown(PreparationStatus, row.status),
        "may_prepare": request.actor.may(Permission.PREPARE),
        "back_url": reverse("preparation_list"),
    }
