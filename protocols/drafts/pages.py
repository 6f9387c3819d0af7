"""Pages of a kind whose form says all that its version holds: read one, write the next, edit a draft of one's own."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from protocols.decisions.models import LIFE_FIELDS, Decision, Part
from protocols.decisions.pages import version_page
from protocols.decisions.queries import begun_from, latest_approved
from protocols.drafts.forms import DraftForm
from protocols.drafts.services import begin_draft, rewrite_draft
from protocols.drafts.views import begun_eyebrow, draft_page, may_edit, why_opened

#: How the form opens: `initial` and `rows_initial`.
type Opened = dict[str, Any]


class DocumentForm(DraftForm):
    """A form whose fields are the columns of `model`, and whose rows are those of `row_model`, by the same names."""

    model: ClassVar[type[Decision]]
    row_model: ClassVar[type[Part] | None] = None

    def __init__(self, *args: Any, taken: frozenset[str] = frozenset(), fixed: str = "", **kwargs: Any) -> None:
        self.touches_consent = self.model.touches_consent
        super().__init__(*args, **kwargs)
        #: What has a document of its own already, where a site has several of this kind.
        self.taken = taken
        if fixed:  # what a document is for stays, from one version to the next
            self.fields[self.model.one_for].disabled = True
            self.initial[self.model.one_for] = fixed

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        name = self.model.one_for
        if name and cleaned.get(name) in self.taken:
            self.add_error(
                name,
                ValidationError(
                    _("The site has this document already. Open it in the list, and write its next version.")
                ),
            )
        return cleaned

    def values(self) -> dict[str, Any]:
        """Return the version's own fields as they were typed."""
        names = columns_of(self.model)
        return {name: self.cleaned_data[name] for name in self.fields if name in names}

    def parts(self) -> list[Part]:
        """Return the rows as parts, in their order."""
        if self.rows is None or self.row_model is None:
            return []
        return [self.row_model(**row) for row in self.rows.filled()]


def columns_of(model: type[Decision]) -> list[str]:
    """Return the names of what a version of `model` says itself."""
    return [field.name for field in model._meta.concrete_fields if field.name not in LIFE_FIELDS]


def opened_with(form: type[DocumentForm], version: Decision) -> Opened:
    """Return how `form` opens for `version`."""
    row_names = list(form.rows_class.form.base_fields) if form.rows_class is not None else []
    return {
        "initial": {name: getattr(version, name) for name in columns_of(form.model)},
        "rows_initial": [
            {
                field.name: field.value_from_object(part)  # of what a row refers to, its number
                for field in part._meta.concrete_fields
                if field.name in row_names
            }
            for part in version.part_rows()
        ],
    }


def document_urls(
    prefix: str,
    form: type[DocumentForm],
    *,
    example: Callable[[str], Opened],
    new_title: Promise,
    row_kwargs: Callable[[ClinicRequest], Opened] = lambda _request: {},
    more_rows: Callable[[ClinicRequest, list[Opened]], list[Opened]] = lambda _request, _rows: [],
) -> list[URLPattern]:
    """Return the addresses of the kind of `form`, under `prefix`; `example` is how the site's first one opens.

    `row_kwargs` are what the rows of a form need to know of the site, `more_rows` those that it opens with besides.

    Where a site has several of the kind, `example` is told which is asked for: `?for=` in the address, "" for none.
    """
    model = form.model
    versions = model.objects.select_related("author")
    versions = versions.prefetch_related(model.parts) if model.parts else versions

    @access(Permission.VIEW_PROTOCOLS)
    @require_safe
    def page(request: ClinicRequest, pk: int) -> HttpResponse:
        """One version."""
        return version_page(request, model, pk)

    @access(Permission.WRITE_PROTOCOLS)
    @require_http_methods(["GET", "HEAD", "POST"])
    def new(request: ClinicRequest) -> HttpResponse:
        """Write the next version; it opens with the one before, a site's first one with the example."""
        before = _begun_from(request, model)
        opened = opened_with(form, before) if before is not None else example(request.GET.get("for", ""))
        opened["rows_initial"] = [*opened["rows_initial"], *more_rows(request, opened["rows_initial"])]

        def save(form: Any) -> Decision:
            version = model(site=request.actor.site, submission_key=form.key, **form.values(), **form.why())
            return begin_draft(by=request.actor, version=version, parts=form.parts(), at=clock.now())

        return draft_page(
            request,
            make=partial(
                form, first=before is None, fixed=_which(before), row_kwargs=row_kwargs(request),
                taken=_taken(request, model) if before is None else frozenset(),
            ),
            opened=opened, save=save, model=model, title=_next_title(before, new_title), eyebrow=begun_eyebrow(before),
            back_url=reverse("protocol_list"),
        )  # fmt: skip

    @access(Permission.WRITE_PROTOCOLS)
    @require_http_methods(["GET", "HEAD", "POST"])
    def edit(request: ClinicRequest, pk: int) -> HttpResponse:
        """Edit a draft of one's own."""
        version: Decision = get_object_or_404(versions.for_site(request.actor.site), pk=pk)
        if not may_edit(request, version):
            return redirect(version)

        def save(form: Any) -> Decision:
            return rewrite_draft(
                by=request.actor, version=version, row_version=form.cleaned_data["row_version"] or 0,
                values=form.values() | form.why(version), parts=form.parts(), at=clock.now(),
            )  # fmt: skip

        opened = opened_with(form, version)
        opened["initial"] |= why_opened(version)
        opened["rows_initial"] = [*opened["rows_initial"], *more_rows(request, opened["rows_initial"])]
        make = partial(
            form, first=version.number == 1, row_version=version.row_version, fixed=_which(version),
            row_kwargs=row_kwargs(request),
        )  # fmt: skip
        return draft_page(
            request, make=make, opened=opened, save=save, model=model,
            title=_("Edit %(version)s") % {"version": version}, eyebrow=_("Protocols"),
            back_url=version.get_absolute_url(), version=version,
        )  # fmt: skip

    return [
        path(f"{prefix}/new/", new, name=f"{model.kind}_new"),
        path(f"{prefix}/<int:pk>/", page, name=model.kind),
        path(f"{prefix}/<int:pk>/edit/", edit, name=f"{model.kind}_edit"),
    ]


def _begun_from(request: ClinicRequest, model: type[Decision]) -> Decision | None:
    """Return the version that the next one begins from: the one that the address names, where there are several."""
    if not model.one_for:
        return begun_from(model, request.actor.site)
    asked = request.GET.get("from", "")
    if not asked:
        return None
    if not asked.isdecimal() or len(asked) > 18:
        raise Http404("no such version")
    rows = model.objects.for_site(request.actor.site)
    found: Decision = get_object_or_404(rows.prefetch_related(model.parts) if model.parts else rows, pk=int(asked))
    return latest_approved(found)


def _next_title(before: Decision | None, new_title: Promise) -> str:
    if before is None or not before.one_for:
        return str(new_title)
    return _("New version: %(title)s") % {"title": getattr(before, "title", before.title_of_kind)}


def _which(version: Decision | None) -> str:
    return getattr(version, version.one_for) if version is not None and version.one_for else ""


def _taken(request: ClinicRequest, model: type[Decision]) -> frozenset[str]:
    if not model.one_for:
        return frozenset()
    rows = model.objects.for_site(request.actor.site).order_by()
    return frozenset(rows.values_list(model.one_for, flat=True).distinct())
