"""The drawn signature: small, not blank, and redrawn so that it holds nothing but ink."""

import base64
import binascii
import io

from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError

from clinic.errors import Refused

#: A signature pad on a large screen at double density, and what such a picture weighs at most.
MOST_PIXELS = 3_000_000
MOST_BYTES = 400_000
#: Fewer dark pixels than a short line has is a slip of the pen, not a signature.
LEAST_INK_PIXELS = 150
LEAST_INK_EXTENT = 24
_PREFIX = "data:image/png;base64,"
_DARK = 160


def ink_from_data_url(text: str) -> bytes:
    """Return the drawing that the page sent as clean PNG bytes, grey on white.

    Raises Refused when it is blank, too large, or no drawing at all.
    """
    if not text:
        raise Refused(_("The signature is blank. Let the patient sign in the box."), field="drawing")
    if not text.startswith(_PREFIX) or len(text) > MOST_BYTES * 4 // 3 + len(_PREFIX):
        raise Refused(_("This isn't a drawn signature. Clear the box and let the patient sign again."), field="drawing")
    try:
        raw = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise Refused(
            _("The drawing arrived broken. Clear the box and let the patient sign again."), field="drawing"
        ) from None
    return clean_ink(raw)


def clean_ink(raw: bytes) -> bytes:
    """Return the PNG `raw` redrawn in grey on white; raises Refused as `ink_from_data_url` does."""
    # The size stands in the header, and is looked at before anything is unpacked.
    if int.from_bytes(raw[16:20]) * int.from_bytes(raw[20:24]) > MOST_PIXELS:
        raise Refused(_("The drawing is too large. Clear the box and sign again."), field="drawing")
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG",)) as picture:
            drawn = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise Refused(
            _("The drawing arrived broken. Clear the box and let the patient sign again."), field="drawing"
        ) from None
    paper = Image.new("RGBA", drawn.size, "white")
    paper.alpha_composite(drawn)
    grey = paper.convert("L")
    ink = grey.point([255 if level < _DARK else 0 for level in range(256)])
    box = ink.getbbox()
    if (
        box is None
        or ink.histogram()[255] < LEAST_INK_PIXELS
        or max(box[2] - box[0], box[3] - box[1]) < LEAST_INK_EXTENT
    ):
        raise Refused(_("The signature is blank. Let the patient sign in the box."), field="drawing")
    clean = Image.new("L", grey.size, 255)
    clean.paste(grey)
    out = io.BytesIO()
    clean.save(out, "PNG", optimize=True)
    return out.getvalue()
