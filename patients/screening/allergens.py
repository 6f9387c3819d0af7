"""Whether what a person typed as an allergy names an ingredient. Pure: texts in, matches out."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

#: From so many letters on, the beginning of a word is as good as the word: "lidocain" is lidocaine.
STEM_LETTERS = 5
#: Amounts and little words; they say nothing about a substance. (The micro sign reads as the Greek letter.)
NOISE = frozenset({
    "mg", "ml", "g", "mcg", "ug", "\u03bcg", "iu", "ie", "percent", "a", "an", "the", "of", "in", "to", "and", "or",
    "with", "without", "for", "from", "by", "not", "no",
})  # fmt: skip
#: Words that many names share: alone they name nothing, so they count only with the whole name.
SHARED = frozenset({
    "acid", "acetate", "calcium", "chloride", "citrate", "complex", "cross", "extract", "free", "hydrochloride",
    "injection", "injections", "linked", "magnesium", "phosphate", "potassium", "sodium", "solution", "sulfate",
    "sulphate", "vitamin",
})  # fmt: skip


def words_of(text: str) -> list[str]:
    """Return the words of `text` without case, accents, amounts and little words, each once, in their order."""
    loose = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(char for char in loose if not unicodedata.combining(char))
    found = [word for word in re.findall(r"[^\W_]+", plain) if not word[0].isdigit() and word not in NOISE]
    return list(dict.fromkeys(found))


def alike(one: str, other: str) -> bool:
    """Whether two words are the same, or one, of five letters or more, is the beginning of the other."""
    short, long = sorted((one, other), key=len)
    return short == long or (len(short) >= STEM_LETTERS and long.startswith(short))


def names(typed: Iterable[str], ingredient: str) -> bool:
    """Whether the words `typed` name `ingredient`: by a telling word of its name, or by all of its words."""
    typed = list(typed)
    wanted = words_of(ingredient)
    said = {word for word in wanted if any(alike(word, each) for each in typed)}
    return bool(said - SHARED) or (bool(wanted) and len(said) == len(wanted))


@dataclass(frozen=True, slots=True)
class Named:
    """Which ingredients' names a text names, and the words that are left: they belong to none of these names."""

    names: frozenset[str]
    left: str


def named_in(text: str, ingredients: Iterable[str]) -> Named:
    """Return which of `ingredients`, by name, `text` names; `left` is all of the text when it names none."""
    typed = words_of(text)
    found = frozenset(name for name in ingredients if names(typed, name))
    if not found:
        return Named(found, text)
    known = [word for name in found for word in words_of(name)]
    return Named(found, " ".join(word for word in typed if not any(alike(word, each) for each in known)))
