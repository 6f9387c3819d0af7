"""Photo sets: opening one, preparing the patient, putting photographs into it, calling it complete."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from clinic import clock
from clinic.accounts.actors import Actor
from clinic.accounts.permissions import Permission
from clinic.canonical import sha256
from clinic.dates import day_text
from clinic.documents.models import SealedDocument
from clinic.documents.queries import documents_about
from clinic.documents.services import seal
from clinic.errors import Refused, StaleWrite
from clinic.signing.rows import rows_said
from clinic.stored_files import printable_name
from clinic.submissions import already_submitted
from clinic.trail.models import Action
from clinic.trail.unit import record, unit_of_work
from patients.photos.days import day_fault
from patients.photos.documents import set_content
from patients.photos.ingest import Accepted, DecoderUnavailable, Doubt, Rejected, examine
from patients.photos.models import Derivative, DerivativeKind, Photo, PhotoSet, PreparationTick, Purpose
from patients.photos.queries import baseline_set, missing_in_words, unticked
from patients.photos.same_file import fault_of_file
from patients.photos.wording import DOUBTED, GIVEN_UP, NO_BASELINE
from patients.registry.identity import under_age_told
from patients.registry.models import Patient
from protocols.decisions.queries import active
from protocols.photos.models import PhotoProtocolVersion, PhotoView, PreparationPoint

#: The size, in pixels, that each kind of derived picture was made for.
SIZES = {DerivativeKind.SCREEN: 1600, DerivativeKind.THUMBNAIL: 320}
#: A camera that shows another zone's time may be a day off; further apart is another day's photograph.
DAYS_APART = timedelta(days=1)
SHORTEST_REASON = 3


@unit_of_work
def open_set(
    *, by: Actor, patient: Patient, purpose: Purpose, taken_on: date, submission_key: uuid.UUID, at: datetime
) -> PhotoSet:
    """Open a set under the photo protocol in force; a set of the purpose that is open already is returned.

    Raises Refused when the site has no photo protocol in force, for a day that may not be (`day_fault`), for month 6
    without a baseline that stands, and for a patient who is deceased or below the age from which the site treats.
    """
    by.require(Permission.TAKE_PHOTOS)
    if made := already_submitted(PhotoSet, submission_key, site=by.site):
        return made
    locked = Patient.objects.for_site(by.site).select_for_update(no_key=True).get(pk=patient.pk)
    if locked.deceased:
        raise Refused(_("This patient is recorded as deceased. Correct the entry first if that is wrong."))
    if words := under_age_told(locked, site=by.site, on=clock.local(at, by.site).date()):
        raise Refused(words)
    if going := PhotoSet.objects.filter(patient=patient, purpose=purpose).still_open().first():
        return going
    protocol = active(PhotoProtocolVersion, by.site)
    if protocol is None:
        raise Refused(_("The site has no photo protocol in force. A physician must approve one first."))
    if purpose == Purpose.MONTH_6 and baseline_set(locked) is None:
        raise Refused(str(NO_BASELINE), field="purpose")
    _check_day(locked, purpose, taken_on, today=clock.local(at, by.site).date())
    photo_set = PhotoSet.objects.create(
        patient=patient, site=by.site, protocol_version=protocol, purpose=purpose, taken_on=taken_on, created_at=at,
        created_by=by.user, submission_key=submission_key,
    )  # fmt: skip
    record(
        by=by, action=Action.CREATE, subject=photo_set, patient=patient, at=at,
        after={"purpose": purpose, "taken_on": taken_on, "protocol": protocol.number},
    )  # fmt: skip
    return photo_set


@unit_of_work
def change_day(
    *, by: Actor, photo_set: PhotoSet, taken_on: date, row_version: int | None = None, at: datetime
) -> PhotoSet:
    """Correct the day on which the photographs of an open set were taken; the same day changes nothing.

    Raises Refused as `open_set` does and for a set that is complete or given up, StaleWrite when somebody changed it
    since.
    """
    by.require(Permission.TAKE_PHOTOS)
    row = (
        PhotoSet.objects.for_site(by.site)
        .select_for_update(of=("self",), no_key=True)
        .select_related("patient")
        .get(pk=photo_set.pk)
    )
    _require_open(row)
    if row.taken_on == taken_on:
        return row
    if row_version is not None and row_version != row.row_version:
        raise StaleWrite(_("Somebody else changed this set since you saw it. Read it again, then change the day."))
    _check_day(row.patient, Purpose(row.purpose), taken_on, today=clock.local(at, by.site).date())
    before, row.taken_on = row.taken_on, taken_on
    row.row_version += 1
    row.save(update_fields=["taken_on", "row_version"])
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before={"taken_on": before},
        after={"taken_on": taken_on},
    )  # fmt: skip
    return row


def _check_day(patient: Patient, purpose: Purpose, taken_on: date, *, today: date) -> None:
    baseline = baseline_set(patient)
    baseline_on = baseline.taken_on if baseline is not None else None
    if fault := day_fault(purpose, taken_on, today=today, born=patient.birth_date, baseline_on=baseline_on):
        raise Refused(fault, field="taken_on")


def add_photo(
    *,
    by: Actor,
    photo_set: PhotoSet,
    view: PhotoView,
    path: Path,
    original_name: str,
    retake_reason: str = "",
    submission_key: uuid.UUID,
    at: datetime,
) -> Photo:
    """Examine the file at `path` and keep it as the photograph of `view`, untouched, with its derived pictures.

    The file is decoded by a confined process before anything is written. One that is too small to compare is kept
    and doesn't count. A view that has a photograph gets
    a retake, with the reason. Raises Refused with the sentence that the examination gives, when the set is
    complete or given up, when the same bytes are on record already (`fault_of_file`), or for a retake without a reason.
    """
    by.require(Permission.TAKE_PHOTOS)
    if made := already_submitted(Photo, submission_key, photo_set=photo_set):
        return made
    try:
        found = examine(path)
    except DecoderUnavailable as error:
        # It says nothing about the file, so the file's field stays free of blame.
        raise Refused(
            _(
                "Photographs can't be examined at the moment. There is nothing wrong with this one, and nothing was "
                "kept: try again in a minute."
            )
        ) from error
    if isinstance(found, Rejected):
        raise Refused(found.message, field="file")
    written: list[str] = []
    try:
        return _keep(
            by=by, photo_set=photo_set, view=view, path=path, found=found, written=written,
            original_name=original_name, retake_reason=retake_reason, submission_key=submission_key, at=at,
        )  # fmt: skip
    except BaseException:
        for name in written:
            default_storage.delete(name)
        raise


@unit_of_work
def _keep(
    *, by: Actor, photo_set: PhotoSet, view: PhotoView, path: Path, found: Accepted, written: list[str],
    original_name: str, retake_reason: str, submission_key: uuid.UUID, at: datetime,
) -> Photo:  # fmt: skip
    sets = PhotoSet.objects.for_site(by.site).select_related("site").select_for_update(of=("self",), no_key=True)
    row = sets.get(pk=photo_set.pk)
    if first := already_submitted(Photo, submission_key, photo_set=row):
        return first  # the same submission was being examined at the same moment
    before = _place(row=row, view=view, digest=found.sha256, retake_reason=retake_reason)
    with path.open("rb") as file:
        original = default_storage.save(f"photos/{uuid.uuid4().hex}.{found.format}", File(file))
    written.append(original)
    photo = Photo.add(
        photo_set=row, view=view, retake_of=before, retake_reason=retake_reason.strip() if before else "",
        original=original, original_name=printable_name(original_name, otherwise="photo"), sha256=found.sha256,
        bytes=found.bytes,
        format=str(found.format), width=found.width, height=found.height, uploaded_at=at, uploaded_by=by.user,
        captured_local=_as_if_utc(found.camera.captured_local), captured_offset=found.camera.offset_text,
        make=found.camera.make[:80], camera_model=found.camera.model[:80], has_gps=found.camera.has_gps,
        camera=found.camera.as_json(), quality=found.quality.as_json(), warnings=_warnings(found, row, at),
        submission_key=submission_key,
    )  # fmt: skip
    for kind, size in SIZES.items():
        made = found.derivative(size)
        name = default_storage.save(f"photos/{uuid.uuid4().hex}.jpg", ContentFile(made.data))
        written.append(name)
        Derivative.add(
            photo=photo, kind=kind, file=name, sha256=sha256(made.data), width=made.width, height=made.height
        )
    row.row_version += 1
    row.save(update_fields=["row_version"])
    record(
        by=by, action=Action.CREATE, subject=photo, patient=row.patient_id, at=at, reason=photo.retake_reason,
        after={"view": view.code, "sha256": found.sha256, "retake_of": before.pk if before else None},
    )  # fmt: skip
    return photo


def _place(*, row: PhotoSet, view: PhotoView, digest: str, retake_reason: str) -> Photo | None:
    """Return the photograph that the new one takes the place of; Refused when it has no place in the set."""
    if row.completed_at is not None:
        raise Refused(_("This set is complete. Open a new set for further photographs."))
    _require_open(row)
    if view.version_id != row.protocol_version_id:
        raise Refused(_("The set's protocol has no such view."))
    if words := fault_of_file(row, digest):
        raise Refused(words, field="file")
    before = row.photos.filter(view=view, retake__isnull=True).first()
    if before is not None and len(retake_reason.strip()) < SHORTEST_REASON:
        raise Refused(_("This view has a photograph. Say why it is taken again; both are kept."), field="retake_reason")
    return before


def _as_if_utc(local: datetime | None) -> datetime | None:
    """Keep the camera's wall clock as it is: the camera doesn't know its zone."""
    return local.replace(tzinfo=UTC) if local else None


def _warnings(found: Accepted, row: PhotoSet, at: datetime) -> list[str]:
    """Return what to look at twice: what the examination doubts, and a date of the camera that can't be right.

    That it is too small isn't among them: the photograph's size says so, wherever it is shown.
    """
    camera = found.camera
    doubts = [str(DOUBTED[doubt]) for doubt in found.doubts if doubt != Doubt.TOO_SMALL_TO_COMPARE]
    if camera.is_after(at, ZoneInfo(row.site.time_zone)):
        doubts.append(str(DOUBTED[Doubt.CAMERA_DATE_IN_FUTURE]))
    elif camera.captured_local is not None and abs(camera.captured_local.date() - row.taken_on) > DAYS_APART:
        doubts.append(
            _("The camera's date is %(camera)s, the set's is %(day)s. Make sure that this is the right photograph.")
            % {"camera": day_text(camera.captured_local.date()), "day": day_text(row.taken_on)}
        )
    return doubts


@unit_of_work
def record_preparation(
    *, by: Actor, photo_set: PhotoSet, ticked: Mapping[int, str], row_version: int | None = None, at: datetime
) -> PhotoSet:
    """Record which points of the preparation are fulfilled: `ticked` maps each point's number to its note.

    What isn't ticked isn't said; a tick that is taken back leaves no answer behind, and the trail keeps it. The same
    again writes nothing. Raises Refused when the set is complete or given up, for a point of another protocol and for a
    note that is asked for and missing, StaleWrite when somebody changed the set since `row_version`.
    """
    by.require(Permission.TAKE_PHOTOS)
    row = PhotoSet.objects.for_site(by.site).select_for_update(of=("self",), no_key=True).get(pk=photo_set.pk)
    _require_open(row)
    points = {point.pk: point for point in PreparationPoint.objects.filter(version=row.protocol_version_id)}
    if not set(ticked) <= set(points):
        raise Refused(_("The set's protocol has no such point. Load the page again."))
    notes = {number: " ".join(note.split()) for number, note in ticked.items()}
    for number, note in notes.items():
        if points[number].asks_note and not note:
            raise Refused(
                _("Write down what is asked for: %(point)s.") % {"point": points[number]}, field=f"note_{number}"
            )
    ticks = {tick.point_id: tick for tick in PreparationTick.objects.filter(photo_set=row)}
    before = {tick.text: tick.note for tick in ticks.values()}
    after = {points[number].text: note for number, note in notes.items()}
    if before == after:
        return row
    if row_version is not None and row_version != row.row_version:
        raise StaleWrite(_("Somebody else changed this set since you saw it. Read it again, then tick the points."))
    PreparationTick.objects.filter(photo_set=row).exclude(point__in=notes).delete()
    for number, note in notes.items():
        if number in ticks and ticks[number].note == note:
            continue
        tick = ticks.get(number) or PreparationTick(photo_set=row, point=points[number], text=points[number].text)
        tick.note, tick.ticked_at, tick.ticked_by = note, at, by.user
        tick.save()
    row.row_version += 1
    row.save(update_fields=["row_version"])
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at, before={"preparation": before},
        after={"preparation": after},
    )  # fmt: skip
    return row


@unit_of_work
def complete_set(*, by: Actor, photo_set: PhotoSet, at: datetime) -> PhotoSet:
    """Call a set complete, which locks it; a second time changes nothing.

    Raises Refused with the list of the required views without a photograph that counts, and for a set given up.
    """
    by.require(Permission.TAKE_PHOTOS)
    row = PhotoSet.objects.for_site(by.site).select_for_update(of=("self",), no_key=True).get(pk=photo_set.pk)
    if row.completed_at is not None:
        return row
    _require_open(row)
    if missing := missing_in_words(row):
        raise Refused(_("Views are missing:"), reasons=missing)
    row.completed_at, row.completed_by = at, by.user
    row.row_version += 1
    row.save(update_fields=["completed_at", "completed_by", "row_version"])
    record(
        by=by, action=Action.CHANGE, subject=row, patient=row.patient_id, at=at,
        after={
            "complete": True, "photos": [photo.sha256 for photo in row.photos.order_by("id")],
            "preparation": [tick.text for tick in row.preparation_ticks.all()], "not_recorded": unticked(row),
        },
        at_the_end=lambda: rows_said(PhotoSet, row.pk),
    )  # fmt: skip
    return row


@unit_of_work
def give_up_set(
    *, by: Actor, photo_set: PhotoSet, reason: str, row_version: int | None = None, at: datetime
) -> PhotoSet:
    """Give an open set up, which locks it: it stays on record with its photographs and counts for nothing.

    It can't be undone; a second time by the same person changes nothing. Raises Refused without a reason and for a set
    that is complete or that another gave up, StaleWrite when somebody changed it since `row_version`.
    """
    by.require(Permission.TAKE_PHOTOS)
    row = PhotoSet.objects.for_site(by.site).select_for_update(of=("self",), no_key=True).get(pk=photo_set.pk)
    if row.given_up_at is not None and row.given_up_by_id == by.user.pk:
        return row
    _require_open(row)
    if len(reason.strip()) < SHORTEST_REASON:
        raise Refused(_("Say why this set is given up."), field="reason")
    if row_version is not None and row_version != row.row_version:
        raise StaleWrite(_("Somebody else changed this set since you saw it. Read it again, then give it up."))
    row.given_up_at, row.given_up_by, row.given_up_reason = at, by.user, reason.strip()
    row.row_version += 1
    row.save(update_fields=["given_up_at", "given_up_by", "given_up_reason", "row_version"])
    record(
        by=by, action=Action.END, subject=row, patient=row.patient_id, reason=row.given_up_reason, at=at,
        after={"given_up": True, "photos": [photo.sha256 for photo in row.photos.order_by("id")]},
        at_the_end=lambda: rows_said(PhotoSet, row.pk),
    )  # fmt: skip
    return row


def _require_open(row: PhotoSet) -> None:
    if row.completed_at is not None:
        raise Refused(_("This set is complete. What was completed stays as it is; open a new set."))
    if row.given_up_at is not None:
        raise Refused(str(GIVEN_UP))


@unit_of_work
def seal_set(*, by: Actor, photo_set: PhotoSet, at: datetime) -> SealedDocument:
    """Return the document of a complete set, by which it can be amended; sealed at the first time that it is wanted.

    Nothing of a complete set changes, so the document says the same whenever it is made. Raises Refused for a set that
    is open or given up.
    """
    by.require(Permission.TAKE_PHOTOS)
    rows = PhotoSet.objects.for_site(by.site).select_for_update(of=("self",), no_key=True)
    row = rows.select_related("patient", "protocol_version", "completed_by", "site").get(pk=photo_set.pk)
    if row.given_up_at is not None:
        raise Refused(str(GIVEN_UP))
    if row.completed_at is None:
        raise Refused(_("This set is still open: take the view again, and say why."))
    if before := documents_about(row).first():
        return before
    return seal(by=by, kind="photo_set", subject=row, patient=row.patient, content=set_content(row), at=at)
