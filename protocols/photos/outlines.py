"""The outline drawings of a head that a view can have; the clinic's own, as files under `static/documents/outlines`."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Outline(models.TextChoices):
    """A drawing, by the key that is also its file's name."""

    FRONT = "front", _("Front, chin level")
    FRONT_BOWED = "front-bowed", _("Front, head bowed")
    TOP = "top", _("Top, from above")
    VERTEX = "vertex", _("Vertex, from above and behind")
    LEFT = "left", _("Left side")
    RIGHT = "right", _("Right side")
    BACK = "back", _("Back of the head")
    LEFT_45 = "left-45", _("Left, 45°")
    RIGHT_45 = "right-45", _("Right, 45°")
    MACRO = "macro", _("Close-up")


#: What a drawing shows, for whoever doesn't see it.
ALTERNATIVES: dict[str, Promise] = {
    Outline.FRONT: _("Outline: a face from the front, chin level, the whole hairline in the frame"),
    Outline.FRONT_BOWED: _("Outline: a head bowed towards the camera, hairline and forelock in the middle"),
    Outline.TOP: _("Outline: a head from above, nose at the bottom, a centre parting from front to back"),
    Outline.VERTEX: _("Outline: a head from above and behind, the whorl in the middle"),
    Outline.LEFT: _("Outline: a head in profile from its left side, the temple in the middle"),
    Outline.RIGHT: _("Outline: a head in profile from its right side, the temple in the middle"),
    Outline.BACK: _("Outline: a head from behind, chin level, both ears in the frame"),
    Outline.LEFT_45: _("Outline: a head turned by 45 degrees, seen from its left"),
    Outline.RIGHT_45: _("Outline: a head turned by 45 degrees, seen from its right"),
    Outline.MACRO: _("Outline: a head with a ring at the measured point, and the point enlarged beside it"),
}
#: The drawing of a view that has none yet, by the code under which it is usual.
USUAL: dict[str, str] = {
    "frontal": Outline.FRONT, "frontal-bowed": Outline.FRONT_BOWED, "top": Outline.TOP, "vertex": Outline.VERTEX,
    "left-temporal": Outline.LEFT, "right-temporal": Outline.RIGHT, "occipital": Outline.BACK,
    "left-oblique": Outline.LEFT_45, "right-oblique": Outline.RIGHT_45, "macro": Outline.MACRO,
}  # fmt: skip


def alternative(key: str) -> str:
    """Return what the drawing `key` shows, in words; "" for no drawing."""
    return str(ALTERNATIVES.get(key, ""))
