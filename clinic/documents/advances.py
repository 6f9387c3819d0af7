"""How wide letters are: read from the very fonts that documents embed, once per process.

What is said is never too little: kerning counts only where it sets letters apart, and a letter that the fonts don't
have counts as the widest of its kind.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from clinic.documents.fonts import SCRIPTS, WEIGHTS, font_path

#: Letters of other scripts are set in fonts of the system. No full-width letter is wider than an em.
FULL_WIDTH_EM = 1.1
#: Of 61,000 letters in the fonts of Debian the widest one that names have (a Burmese AU) measures 2.49 em,
ELSEWHERE_EM = 2.5
#: and the widest of all (a whole sentence of Arabic, U+FDFD) 7.9 em.
WHOLE_WORDS_EM = 8.0
WHOLE_WORDS = range(0xFDF0, 0xFE00)
_PAIRS, _EXTENSION = 2, 9


def width_em(text: str, *, weight: int, tabular: bool = False) -> float:
    """Return how wide `text` is at most on one line, in ems; `weight` is one of `fonts.WEIGHTS`.

    `tabular` figures are all as wide as each other: a 1 is half as wide again as it is within words.
    """
    letters = unicodedata.normalize("NFC", text)
    # Marks stand on their letters: kerning looks past them.
    bases = [letter for letter in letters if unicodedata.category(letter) != "Mn"]
    apart = sum(_apart_em(weight, *pair) for pair in pairwise(bases))
    wider = sum(_tabular_more_em(weight, letter) for letter in letters) if tabular else 0
    return sum(_letter_em(weight, letter) for letter in letters) + apart + wider


def embedded(text: str) -> bool:
    """Whether every letter of `text` is in our own fonts."""
    return all(_script(letter) for letter in unicodedata.normalize("NFC", text))


@lru_cache(4096)
def _letter_em(weight: int, letter: str) -> float:
    script = _script(letter)
    if script:
        return _advances(script, weight)[ord(letter)]
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return FULL_WIDTH_EM
    if ord(letter) in WHOLE_WORDS or ord(letter) > 0xFFFF or not unicodedata.category(letter).startswith(("L", "M")):
        return WHOLE_WORDS_EM
    return ELSEWHERE_EM


@lru_cache(4096)
def _tabular_more_em(weight: int, letter: str) -> float:
    """Return by how much the letter's tabular form is wider: by nothing where it is narrower or there is none."""
    script = _script(letter)
    if not script:
        return 0
    font = _font(script, weight)
    name = font.getBestCmap()[ord(letter)]
    widest = max((font["hmtx"][form[name]][0] for form in _tabular(script, weight) if name in form), default=0)
    return max(widest - font["hmtx"][name][0], 0) / int(font["head"].unitsPerEm)


@cache
def _tabular(script: str, weight: int) -> list[dict[str, str]]:
    """Return by what each glyph of a cut is replaced among tabular figures."""
    font = _font(script, weight)
    if "GSUB" not in font:
        return []
    table = font["GSUB"].table
    lookups = [
        table.LookupList.Lookup[number]
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for number in record.Feature.LookupListIndex
    ]
    subtables = (getattr(subtable, "ExtSubTable", subtable) for lookup in lookups for subtable in lookup.SubTable)
    return [subtable.mapping for subtable in subtables if hasattr(subtable, "mapping")]


@lru_cache(4096)
def _script(letter: str) -> str:
    """Return the script whose font sets `letter`, "" when none of ours does."""
    return next((script for script in SCRIPTS if ord(letter) in _advances(script, WEIGHTS[0])), "")


@lru_cache(8192)
def _apart_em(weight: int, first: str, second: str) -> float:
    """Return by how much kerning sets the two letters apart at most; where it draws them together that is nothing."""
    script = _script(first)
    if not script or ord(second) not in _advances(script, WEIGHTS[0]):
        return 0
    font = _font(script, weight)
    names = font.getBestCmap()
    left, right = names[ord(first)], names[ord(second)]
    units = 0
    for subtables in _pairs(script, weight):
        units += max((_kern(subtable, left, right) for subtable in subtables), default=0)
    return max(units, 0) / int(font["head"].unitsPerEm)


def _kern(subtable: Any, left: str, right: str) -> int:
    if left not in subtable.Coverage.glyphs:
        return 0
    if subtable.Format == 1:
        pairs = subtable.PairSet[subtable.Coverage.glyphs.index(left)].PairValueRecord
        value = next((pair.Value1 for pair in pairs if pair.SecondGlyph == right), None)
    else:
        row = subtable.Class1Record[subtable.ClassDef1.classDefs.get(left, 0)]
        value = row.Class2Record[subtable.ClassDef2.classDefs.get(right, 0)].Value1
    return int(getattr(value, "XAdvance", 0) or 0)


@cache
def _pairs(script: str, weight: int) -> list[list[Any]]:
    """Return the pair tables of a cut, in the order of its kerning."""
    font = _font(script, weight)
    if "GPOS" not in font:
        return []
    return [list(_subtables(lookup)) for lookup in font["GPOS"].table.LookupList.Lookup]


def _subtables(lookup: Any) -> Iterator[Any]:
    for subtable in lookup.SubTable:
        inner = subtable.ExtSubTable if subtable.LookupType == _EXTENSION else subtable
        if inner.LookupType == _PAIRS:
            yield inner


@cache
def _advances(script: str, weight: int) -> dict[int, float]:
    font = _font(script, weight)
    metrics, per_em = font["hmtx"], int(font["head"].unitsPerEm)
    return {code: metrics[name][0] / per_em for code, name in font.getBestCmap().items()}


@cache
def _font(script: str, weight: int) -> Any:
    # fontTools takes a moment to load; only who seals labels needs it.
    from fontTools.ttLib import TTFont

    return TTFont(font_path(f"inter-{script}-{weight}.ttf"), lazy=True)
