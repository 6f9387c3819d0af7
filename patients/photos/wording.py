"""The sentences for what `reasons` codes: what happened and what to do now."""

from django.utils.translation import gettext_lazy as _

from patients.photos.reasons import Doubt, Reason

REFUSED = {
    Reason.EMPTY: _("The file is empty. Choose the photo again."),
    Reason.TOO_MANY_BYTES: _("The file is larger than %(megabytes)s MB. Save the photo as JPEG and choose that file."),
    Reason.FORMAT_NOT_ALLOWED: _(
        "This is not a photo in a format we take. Choose a JPEG, HEIC, AVIF, WebP, PNG or TIFF file."
    ),
    Reason.RAW_FORMAT: _("This is a camera's raw file. Export it as JPEG and choose that file."),
    Reason.ANIMATED: _("This is a moving picture. Take a still photo and choose that file."),
    Reason.SEVERAL_PICTURES: _("The file holds several pages. Save the one photo as JPEG and choose that file."),
    Reason.TOO_MANY_PIXELS: _(
        "The photo has too many pixels (JPEG and HEIC up to %(camera_megapixels)s megapixels, other formats up to "
        "%(other_megapixels)s). Set the camera to a smaller size, or save a smaller copy as JPEG."
    ),
    Reason.TRUNCATED: _("The file is cut off: part of the photo is missing. Copy it from the camera again."),
    Reason.DAMAGED: _("The file is damaged and can't be read to its end. Copy it from the camera again."),
    Reason.TRAILING_DATA: _(
        "Something that no camera wrote stands behind the photo in this file. Export the photo again as JPEG."
    ),
    Reason.HIDDEN_ARCHIVE: _("The file holds an archive besides the photo. Export the photo again as JPEG."),
    Reason.DECOMPRESSION_BOMB: _("The file unpacks to far more than a photo. Export the photo again as JPEG."),
    Reason.TOO_SLOW: _("The photo takes too long to read. Save it as JPEG and choose that file."),
    Reason.TOO_MUCH_MEMORY: _("The photo takes too much memory to read. Save a smaller copy as JPEG."),
    Reason.DECODER_FAILED: _("The file can't be read as a photo. Export it again as JPEG."),
}

DOUBTED = {
    Doubt.TOO_SMALL_TO_COMPARE: _("The photo is too small to compare with others. Take it again at full size."),
    Doubt.NO_CAMERA_DATE: _("The camera wrote no date into the photo; the set's day counts."),
    Doubt.CAMERA_DATE_UNREADABLE: _(
        "The camera's date can't be read; the day of the set counts. Set the camera's clock."
    ),
    Doubt.CAMERA_DATE_IN_FUTURE: _("The camera's date lies in the future. Set the camera's clock."),
    Doubt.CAMERA_DATE_FROM_XMP: _("The date comes from a program's record of the photo, not from the camera's own."),
    Doubt.METADATA_DAMAGED: _("The camera's record inside the file is damaged and isn't relied on."),
    Doubt.STRAY_BYTES: _("The file carries bytes that belong to no picture. They stay in the original only."),
    Doubt.EXTRA_CONTENT_IGNORED: _("The file holds more than one picture, or a video. Only the main picture is used."),
    Doubt.COLOUR_PROFILE_UNUSABLE: _("The photo's colour profile can't be used. Colours may be shown wrongly."),
    Doubt.COLOUR_SPACE_NOT_CONVERTED: _("The photo's colour space isn't converted. Colours may be shown wrongly."),
    Doubt.TRANSPARENCY_ON_WHITE: _("Transparent parts of the picture are shown white."),
    Doubt.PICTURE_DAMAGED: _("Part of the picture may be missing or damaged. Look at it before you use it."),
}

#: What stands at a view whose photograph doesn't count; the sizes are in pixels.
TOO_SMALL = _(
    "%(width)s × %(height)s px is too small to compare: the shorter side needs %(least)s px. The photograph is kept, "
    "and doesn't count for this view. Take it again at the camera's full size, and choose the camera's own file, not a "
    "preview, a screenshot or a copy from a messenger."
)
TOO_SMALL_SHORT = _("too small to compare")
TOO_SMALL_REASON = _("Too small to compare")
NOTHING_SEEN = _(
    "Nothing can be seen on this photograph: it is all but %(colour)s. It is kept, and doesn't count for this view. "
    "See to the lens cap, the light and the exposure, and take it again."
)
NOTHING_SEEN_SHORT = _("nothing can be seen on it")
NOTHING_SEEN_REASON = _("Nothing can be seen on it")
BLACK, WHITE = _("black"), _("white")
BELOW_REASON = _("Below the protocol's quality")

#: What is said of a set that was given up to whoever goes on with it.
GIVEN_UP = _("This set was given up. What was given up stays as it is; open a new set.")

#: Why there is no month-6 set, at the page that opens one.
NO_BASELINE = _(
    "Month 6 is compared with the baseline, and this patient has no complete baseline set that can be compared. Take "
    "the baseline first."
)
