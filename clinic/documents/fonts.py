"""The typeface of documents: static cuts of the variable Inter that npm brings, made once and kept.

A variable font would be cut anew for every document. The cuts keep only what documents use (kerning,
marks, tabular figures), which makes layout cheaper too. Measured in `bench/documents.py`.
"""

import hashlib
import os
import tempfile
from functools import cache
from pathlib import Path

from django.conf import settings

WEIGHTS = (400, 600)
#: Scripts in the order in which a text's letters are looked up.
SCRIPTS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext", "greek", "greek-ext", "vietnamese")
#: Changes when the recipe does, so that old cuts aren't used.
RECIPE = "1"
FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl", "tnum")


def font_faces() -> str:
    """Return the @font-face rules of all cuts.

    Each script is a family of its own ("Inter latin", "Inter greek"), named one after the other in the style
    sheet: WeasyPrint takes two files of one family and weight for the same font and mixes their letters up.
    """
    return "\n".join(
        f"@font-face {{ font-family: 'Inter {script}'; font-weight: {weight}; "
        f"src: url('asset:fonts/inter-{script}-{weight}.ttf') }}"
        for weight in WEIGHTS
        for script in SCRIPTS
    )


def font_families() -> str:
    """Return the value of `font-family` that looks letters up in all scripts, then in the system's fonts."""
    return ", ".join(f"'Inter {script}'" for script in SCRIPTS) + ", sans-serif"


@cache
def font_path(name: str) -> Path:
    """Return the file of the cut `name` ("inter-latin-400.ttf"), making it when it isn't there.

    Raises KeyError for a name that isn't one of ours, OSError when the packages were not installed.
    """
    wanted = {f"inter-{script}-{weight}.ttf": (script, weight) for script in SCRIPTS for weight in WEIGHTS}
    script, weight = wanted[name]
    source = _source(script)
    digest = hashlib.sha256(source.read_bytes() + RECIPE.encode()).hexdigest()[:16]
    path = Path(settings.DATA_DIR) / "cache" / "fonts" / f"inter-{script}-{weight}-{digest}.ttf"
    if not path.exists():
        _keep(path, _cut(source, weight))
    return path


def _source(script: str) -> Path:
    return (
        Path(settings.NODE_MODULES) / "@fontsource-variable" / "inter" / "files" / f"inter-{script}-wght-normal.woff2"
    )


def _cut(source: Path, weight: int) -> bytes:
    # fontTools takes a moment to load; a process that finds its cuts made never needs it.
    from io import BytesIO

    from fontTools import subset
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    font = instantiateVariableFont(TTFont(source), {"wght": weight}, static=True)
    font.flavor = None
    options = subset.Options(layout_features=list(FEATURES), notdef_outline=True, glyph_names=False, hinting=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=font.getBestCmap())
    subsetter.subset(font)
    out = BytesIO()
    font.save(out)
    return out.getvalue()


def _keep(path: Path, content: bytes) -> None:
    # Two processes may make the same cut: each writes its own file, and the last move wins with equal bytes.
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.stem)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).replace(path)
