"""Why a photo is refused, and what is worth saying about an accepted one.

Codes only: the decoding process uses them and knows nothing of languages. `wording` has the sentences.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a file is not taken as a photo."""

    EMPTY = "empty"
    TOO_MANY_BYTES = "too_many_bytes"
    FORMAT_NOT_ALLOWED = "format_not_allowed"
    RAW_FORMAT = "raw_format"
    ANIMATED = "animated"
    SEVERAL_PICTURES = "several_pictures"
    TOO_MANY_PIXELS = "too_many_pixels"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    TRAILING_DATA = "trailing_data"
    HIDDEN_ARCHIVE = "hidden_archive"
    DECOMPRESSION_BOMB = "decompression_bomb"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    DECODER_FAILED = "decoder_failed"


class Doubt(StrEnum):
    """What the person who looks at an accepted photo should know."""

    TOO_SMALL_TO_COMPARE = "too_small_to_compare"
    NO_CAMERA_DATE = "no_camera_date"
    CAMERA_DATE_UNREADABLE = "camera_date_unreadable"
    CAMERA_DATE_IN_FUTURE = "camera_date_in_future"
    CAMERA_DATE_FROM_XMP = "camera_date_from_xmp"
    METADATA_DAMAGED = "metadata_damaged"
    STRAY_BYTES = "stray_bytes"
    EXTRA_CONTENT_IGNORED = "extra_content_ignored"
    COLOUR_PROFILE_UNUSABLE = "colour_profile_unusable"
    COLOUR_SPACE_NOT_CONVERTED = "colour_space_not_converted"
    TRANSPARENCY_ON_WHITE = "transparency_on_white"
    PICTURE_DAMAGED = "picture_damaged"


class Refusal(Exception):
    """The file is refused; raised inside the decoding process only.

    `detail` is a short technical word for the record ("gif", "8193 x 9000"), never text of the file.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
