"""Text from outside, made fit to keep: nothing that Postgres refuses, nothing that hides what is written."""

import re
import unicodedata

# Controls except tab, line feed and carriage return; lone surrogates; bidirectional overrides, which can make a
# name read as another one. Joiners (U+200C, U+200D) stay: Persian and the Indic scripts need them.
HARMFUL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")
BREAKS = re.compile("\r\n|\r|\u2028|\u2029|\x85")
BLANKS = re.compile(r"\s+")


def clean(text: str, *, limit: int) -> str:
    """The text in NFC on one line, without control characters, trimmed, cut after `limit` characters with an ellipsis.

    A control character or a lone surrogate becomes a space, so that words don't grow together.
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    cut = text[: limit * 4]  # normalising a hostile megabyte of combining marks would cost seconds
    line = BLANKS.sub(" ", HARMFUL.sub(" ", cut)).strip()
    line = unicodedata.normalize("NFC", line)
    return line if len(line) <= limit and len(text) <= limit * 4 else line[: limit - 1].rstrip() + "…"


def clean_block(text: str, *, limit: int) -> str:
    """Like `clean`, for text of several lines: line breaks stay, as line feeds."""
    block = HARMFUL.sub(" ", BREAKS.sub("\n", text[: limit + 1])).strip()
    return block if len(text) <= limit else block[: limit - 1] + "…"
