"""Names as they are searched: words without case, accents and punctuation, in any script. Pure.

Stored names stay as people write them; only the search column and the query go through here, both by the same rules:

- Latin, Greek and Cyrillic lose their accents (Mejía is mejia, Müller is muller, İ and ı are i) and letters that are
  no accent are spelt plainly (ß ss, ł l, ø o, æ ae, đ d, þ th).
- Arabic and Hebrew lose the vowel points that are seldom written; Persian and Arabic forms of one letter are one.
- Other scripts keep their marks, which are vowels there (Devanagari, Thai, Khmer) or make another letter (Kana).
- Han and Hangul are taken sign by sign, because a name is written there without a space: 王大明 is found by 大明.
- A name with ä, ö, ü, å or ø is found as well as passports spell it (mueller, soeren).
- Apostrophes, hyphens and all other punctuation divide words.
"""

import unicodedata
from functools import lru_cache
from itertools import groupby

MOST_TOKENS = 40
TOKEN_CHARS = 60
TEXT_CHARS = 1000

PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ŧ": "t",
        "ŋ": "n",
        "ı": "i",
        "ə": "e",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ĸ": "k",
        "ی": "ي",  # Persian yeh and kaf, and the dotless final yeh, are one letter each to a reader
        "ى": "ي",
        "ک": "ك",
        "ـ": None,  # tatweel only stretches a word
        "\u200c": None,  # joiners
        "\u200d": None,
        "\u00ad": None,  # soft hyphen
    }
)
#: Letters that a passport's machine-readable lines spell in two (ICAO Doc 9303, part 3, section 6).
SPELT_IN_TWO = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
JOINING = "'’‘ʼʻ`´＇-‐‑"
ACCENTED = ("LATIN ", "GREEK ", "CYRILLIC ")
VOWEL_POINTS = frozenset(map(chr, (*range(0x064B, 0x0653), 0x0670, *range(0x0591, 0x05BE), 0x05BF, 0x05C1, 0x05C2)))


def search_tokens(text: str) -> list[str]:
    """The words of a name or a query, each once, in order: at most 40 of at most 60 characters."""
    tokens: dict[str, None] = {}
    for word in _words(_folded(text)):
        for token in _split_signs(word):
            tokens[unicodedata.normalize("NFC", token)[:TOKEN_CHARS]] = None
    return list(tokens)[:MOST_TOKENS]


def index_tokens(text: str) -> list[str]:
    """The words that a name is found by: its `search_tokens`, and those of how else it is written.

    What apostrophe or hyphen divides is also one word, and what passports spell otherwise has that spelling too:
    O'Brien is found by `brien` and by `obrien`, Jean-Luc by `luc` and by `jeanluc`, Müller by `muller` and `mueller`.
    """
    joined = text[:TEXT_CHARS].translate(dict.fromkeys(map(ord, JOINING)))
    spellings = [text, joined, _as_in_passports(text), _as_in_passports(joined)]
    tokens = dict.fromkeys(token for spelling in dict.fromkeys(spellings) for token in search_tokens(spelling))
    return list(tokens)[:MOST_TOKENS]


def _as_in_passports(text: str) -> str:
    return unicodedata.normalize("NFC", text[:TEXT_CHARS].casefold()).translate(SPELT_IN_TWO)


def _folded(text: str) -> str:
    # Decomposed before and after the lower case: İ becomes i and a dot, which then falls away as an accent.
    loose = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text[:TEXT_CHARS]).casefold())
    kept: list[str] = []
    accents_fall = False
    for char in loose:
        if unicodedata.combining(char) or unicodedata.category(char) == "Mn":
            if not accents_fall and char not in VOWEL_POINTS:
                kept.append(char)
        else:
            accents_fall = _loses_accents(char)
            kept.append(char)
    return "".join(kept).translate(PLAIN)


@lru_cache(maxsize=4096)
def _loses_accents(char: str) -> bool:
    return unicodedata.name(char, "").startswith(ACCENTED)


def _words(text: str) -> list[str]:
    return "".join(char if _in_word(char) else " " for char in text).split()


def _in_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LM" or unicodedata.category(char) == "Nd"


def _split_signs(word: str) -> list[str]:
    """The word, its Han and Hangul signs one by one."""
    parts: list[str] = []
    for single, run in groupby(unicodedata.normalize("NFC", word), key=_stands_alone):
        signs = list(run)
        parts.extend(signs if single else ["".join(signs)])
    return parts


@lru_cache(maxsize=16384)
def _stands_alone(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("CJK UNIFIED", "CJK COMPATIBILITY IDEO", "HANGUL SYLLABLE"))
