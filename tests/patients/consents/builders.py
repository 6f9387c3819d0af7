"""What the consent form of a browser sends."""

import base64
import io
import json
import uuid
from html import unescape
from typing import Any

from PIL import Image, ImageDraw

from demo.pictures import signature_png
from patients.consents.services import digest_of
from patients.registry.models import Patient
from protocols.consents.models import ConsentScriptVersion
from protocols.formulations.queries import consent_lines


def data_url(png: bytes) -> str:
    """Return the picture as the pad sends it."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


def drawn(*points: tuple[float, float], size: tuple[int, int] = (480, 160)) -> bytes:
    """Return the PNG of a line through `points`, on nothing, as the pad draws it."""
    image = Image.new("RGBA", size, (0, 0, 0, 0))
    if points:
        ImageDraw.Draw(image).line(points, fill=(27, 36, 39, 255), width=3)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def strokes(*paths: list[tuple[float, float]], width: float = 480, height: float = 160) -> str:
    """Return the way of the pen as the pad sends it."""
    told = [[{"x": x, "y": y} for x, y in path] for path in paths]
    return json.dumps({"width": width, "height": height, "strokes": told})


SIGNED = strokes([(40, 80), (120, 40), (200, 110)])


def filled(patient: Patient, script: ConsentScriptVersion, **changed: Any) -> dict[str, Any]:
    """Return the form, complete and signed, but for what is `changed`."""
    return {
        "script": script.pk,
        "lines_read": digest_of(consent_lines(patient.site)),
        "statements": [row.pk for row in script.statements.all()],
        "photos_for_record": "on",
        "signed_as": "patient",
        "relation": "",
        "signed_name": patient.full_name,
        "signature_image": data_url(signature_png(patient.pk)),
        "signature_strokes": SIGNED,
        "submission_key": str(uuid.uuid4()),
    } | changed


def drawn_again(response: Any) -> str:
    """What the pad of the page is to draw again."""
    return unescape(response.content.decode().split('data-signature-drawn="', 1)[1].split('"', 1)[0])
