"""Pages of the photo station."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import clock
from clinic.accounts.access import ClinicRequest, access
from clinic.accounts.permissions import Permission
from clinic.amending.beside import Amending, amending_of
from clinic.documents.queries import documents_about, newest_of_each_kind
from clinic.signing.comparing import is_as_locked
from clinic.stored_files import is_intact
from clinic.trail.models import Action
from clinic.trail.unit import record_read
from clinic.web.forms import ClinicForm, posted
from clinic.web.uploads import on_disk, sandboxed
from patients.consents.queries import lacks_consent
from patients.photos.forms import ACCEPT, DayForm, GiveUpForm, PhotoForm, PhotoSetForm, PreparationForm
from patients.photos.models import Derivative, DerivativeKind, Photo, PhotoSet, Purpose
from patients.photos.queries import baseline_set, missing_in_words, ticks_of
from patients.photos.screen import below_in_words, preparation_lines, tiles_of
from patients.photos.services import (
    add_photo,
    change_day,
    complete_set,
    give_up_set,
    open_set,
    record_preparation,
    seal_set,
)  # fmt: skip
from patients.registry.following import next_or_under_way
from patients.registry.models import Patient
from patients.registry.overview import WayStep
from protocols.photos.models import PhotoView


@access(Permission.TAKE_PHOTOS)
@require_http_methods(["GET", "HEAD", "POST"])
def photo_set_new(request: ClinicRequest, patient_id: int) -> HttpResponse:
    """Open a set."""
    site = request.actor.site
    patient = get_object_or_404(Patient.objects.for_site(site), pk=patient_id)
    if request.method != "POST":
        record_read(by=request.actor, subject=patient, patient=patient)
    at = clock.now()
    form = PhotoSetForm(
        posted(request), today=clock.local(at, site).date(), has_baseline=baseline_set(patient) is not None,
        purpose=request.GET.get("purpose", ""),
    )  # fmt: skip
    if request.method == "POST":
        made = form.carry_out(
            lambda: open_set(
                by=request.actor,
                patient=patient,
                purpose=Purpose(form.cleaned_data["purpose"]),
                taken_on=form.cleaned_data["taken_on"],
                submission_key=form.key,
                at=at,
            )
        )
        if made is not None:
            if made.taken_on != form.cleaned_data["taken_on"]:
                messages.info(request, _("This set was open already. Complete it before you open another one."))
            return redirect("photo_set", made.pk)
    return render(request, "patients/photos/new.html", {"patient": patient, "form": form}, status=form.status)


def _set(request: ClinicRequest, pk: int) -> PhotoSet:
    return get_object_or_404(
        PhotoSet.objects.for_site(request.actor.site).select_related(
            "patient", "protocol_version", "created_by", "completed_by", "given_up_by"
        ),
        pk=pk,
    )


@access(Permission.VIEW_PHOTOS)
@require_safe
def photo_set(request: ClinicRequest, pk: int) -> HttpResponse:
    """One set, view by view."""
    row = _set(request, pk)
    record_read(by=request.actor, subject=row, patient=row.patient)
    return _page(request, row)


def _anew(request: ClinicRequest, pk: int, form: ClinicForm) -> PhotoSet:
    """Return the set as it is now, for the page with a `form` that came back; a stale one is about it from then on."""
    row = _set(request, pk)
    if form.stale:
        form.carry_version(row.row_version)
    return row


def _page(
    request: ClinicRequest,
    row: PhotoSet,
    *,
    refused: dict[int, PhotoForm] | None = None,
    form: ClinicForm | None = None,
    day_form: DayForm | None = None,
    give_up_form: GiveUpForm | None = None,
    preparation: PreparationForm | None = None,
) -> HttpResponse:
    may_take = request.actor.may(Permission.TAKE_PHOTOS) and row.is_open
    tiles = tiles_of(row, refused=refused or {}, may_take=may_take)
    points, ticks = list(row.protocol_version.points.all()), ticks_of(row)
    if may_take and points and preparation is None:
        preparation = PreparationForm(points=points, ticks=ticks, row_version=row.row_version)
    lines = preparation_lines(points, ticks, preparation)
    sent = (*(refused or {}).values(), form, day_form, give_up_form, preparation)
    documents = list(documents_about(row)) if row.completed_at else []
    today = clock.today(request.actor.site)
    blank_day = DayForm(today=today, row_version=row.row_version, initial={"taken_on": row.taken_on})
    return render(
        request,
        "patients/photos/set.html",
        {
            "row": row,
            "patient": row.patient,
            "tiles": tiles,
            "may_take": may_take,
            "without_consent": may_take and lacks_consent(row.patient),
            "may_consent": request.actor.may(Permission.TAKE_CONSENT),
            "missing": missing_in_words(row) if row.is_open else [],
            "as_locked": is_as_locked(row),
            "stands": not any(tile.uncounted and tile.view.required for tile in tiles),
            "below": below_in_words(tiles),
            "lines": lines,
            "unticked": [line.text for line in lines if not line.ticked],
            "preparation_form": preparation,
            "form": form or ClinicForm(),
            "day_form": day_form or blank_day,
            "give_up_form": give_up_form or GiveUpForm(row_version=row.row_version),
            "accept": ACCEPT,
            "max_bytes": settings.PHOTO_MAX_BYTES,
            "following": _following(request, row, today),
            "documents": newest_of_each_kind(documents),
            "amending": amending_of(request.actor, row, documents) if row.completed_at else Amending([]),
            # A set that nobody amended yet has no document: the first amendment seals one.
            "may_seal": row.completed_at and not documents and request.actor.may(Permission.TAKE_PHOTOS),
        },
        status=max((found.status for found in sent if found is not None), default=200),
    )


def _following(request: ClinicRequest, row: PhotoSet, today: date) -> WayStep | None:
    """Return what to do after a set that was completed today; nothing on any other day but a session in progress."""
    if row.completed_at is None:
        return None
    fresh = clock.local(row.completed_at, request.actor.site).date() == today
    if fresh and row.purpose == Purpose.MONTH_6:
        return WayStep(label="", done=False, sentence=_("The month-6 audit is next: who grades it finds it on Today."))
    return next_or_under_way(request.actor, row.patient_id, today, fresh=fresh)


@access(Permission.TAKE_PHOTOS)
@require_http_methods(["GET", "HEAD", "POST"])
def photo_add(request: ClinicRequest, pk: int, view_id: int) -> HttpResponse:
    """Take one photograph into the set; whoever comes back to the address of a refused one finds the set."""
    row = _set(request, pk)
    view = get_object_or_404(PhotoView, pk=view_id, version_id=row.protocol_version_id)
    if request.method != "POST":
        return redirect(f"{reverse('photo_set', args=[row.pk])}#view-{view.code}")
    before = row.photos.filter(view=view, retake=None).first()
    form = PhotoForm(request.POST, request.FILES, view_code=view.code, retake_of=before)

    def keep() -> Photo:
        upload: Any = form.cleaned_data["file"]
        with on_disk(upload) as path:
            return add_photo(
                by=request.actor,
                photo_set=row,
                view=view,
                path=path,
                original_name=upload.name,
                retake_reason=form.cleaned_data.get("retake_reason", ""),
                submission_key=form.key,
                at=clock.now(),
            )

    if form.carry_out(keep) is not None:
        return redirect("photo_set", row.pk)
    return _page(request, row, refused={view.pk: form})


@access(Permission.TAKE_PHOTOS)
@require_POST
def photo_set_day(request: ClinicRequest, pk: int) -> HttpResponse:
    """Correct the day of an open set."""
    row = _set(request, pk)
    form = DayForm(request.POST, today=clock.today(request.actor.site), row_version=row.row_version)
    done = form.carry_out(
        lambda: change_day(
            by=request.actor, photo_set=row, taken_on=form.cleaned_data["taken_on"],
            row_version=form.cleaned_data["row_version"] or 0, at=clock.now(),
        )
    )  # fmt: skip
    if done is not None:
        return redirect("photo_set", row.pk)
    row = _anew(request, pk, form)
    return _page(request, row, day_form=form, form=None if row.is_open else form)


@access(Permission.TAKE_PHOTOS)
@require_POST
def photo_set_preparation(request: ClinicRequest, pk: int) -> HttpResponse:
    """Record which points of the preparation are fulfilled."""
    row = _set(request, pk)
    form = PreparationForm(
        request.POST, points=list(row.protocol_version.points.all()), ticks=ticks_of(row), row_version=row.row_version
    )
    done = form.carry_out(
        lambda: record_preparation(
            by=request.actor, photo_set=row, ticked=form.ticked(), row_version=form.cleaned_data["row_version"] or 0,
            at=clock.now(),
        )
    )  # fmt: skip
    if done is not None:
        return redirect(f"{reverse('photo_set', args=[row.pk])}#preparation")
    row = _anew(request, pk, form)
    return _page(request, row, preparation=form if row.is_open else None, form=form)


@access(Permission.TAKE_PHOTOS)
@require_POST
def photo_set_complete(request: ClinicRequest, pk: int) -> HttpResponse:
    """Call the set complete."""
    row = _set(request, pk)
    form = ClinicForm(request.POST)
    if form.carry_out(lambda: complete_set(by=request.actor, photo_set=row, at=clock.now())) is not None:
        return redirect("photo_set", row.pk)
    return _page(request, row, form=form)


@access(Permission.TAKE_PHOTOS)
@require_POST
def photo_set_give_up(request: ClinicRequest, pk: int) -> HttpResponse:
    """Give the set up."""
    row = _set(request, pk)
    form = GiveUpForm(request.POST, row_version=row.row_version)
    done = form.carry_out(
        lambda: give_up_set(
            by=request.actor, photo_set=row, reason=form.cleaned_data["reason"],
            row_version=form.cleaned_data["row_version"] or 0, at=clock.now(),
        )
    )  # fmt: skip
    if done is not None:
        return redirect("photo_set", row.pk)
    row = _anew(request, pk, form)
    # The page of a set that isn't open any more has no place for the form, and says at its head what was refused.
    return _page(request, row, give_up_form=form, form=None if row.is_open else form)


@access(Permission.TAKE_PHOTOS)
@require_POST
def photo_set_amend(request: ClinicRequest, pk: int) -> HttpResponse:
    """Seal the document of a complete set that has none yet, and go where it is amended."""
    row = _set(request, pk)
    form = ClinicForm(request.POST)
    sealed = form.carry_out(lambda: seal_set(by=request.actor, photo_set=row, at=clock.now()))
    if sealed is not None:
        return redirect("amend_document", sealed.code)
    return _page(request, row, form=form)


@access(Permission.VIEW_PHOTOS)
@require_safe
def photo_file(request: ClinicRequest, pk: int, kind: str) -> HttpResponseBase:
    """Send a picture: "screen" or "thumbnail" to look at, "original" as a download."""
    photo = get_object_or_404(
        Photo.objects.select_related("photo_set").filter(photo_set__site=request.actor.site), pk=pk
    )
    if kind == "original":
        return _original(request, photo)
    if kind not in DerivativeKind.values:
        raise Http404("no such kind of picture")
    if kind == DerivativeKind.SCREEN:
        record_read(by=request.actor, subject=photo, patient=photo.photo_set.patient_id)
    picture = get_object_or_404(Derivative, photo=photo, kind=kind)
    return sandboxed(FileResponse(picture.file.open("rb"), content_type="image/jpeg"))


def _original(request: ClinicRequest, photo: Photo) -> HttpResponseBase:
    """Hand out the bytes as they came; anything else than those is not handed out."""
    if not is_intact(photo.original, photo.sha256):
        messages.error(request, _("The stored file isn't the photograph that was uploaded, so it isn't handed out."))
        return redirect("photo_set", photo.photo_set_id)
    record_read(by=request.actor, subject=photo, patient=photo.photo_set.patient_id, action=Action.DOWNLOAD)
    return sandboxed(
        FileResponse(
            photo.original.open("rb"), as_attachment=True, filename=f"photo-{photo.pk}.{photo.format}",
            content_type="application/octet-stream",
        )
    )  # fmt: skip
