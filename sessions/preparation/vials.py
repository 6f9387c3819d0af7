"""Vials: a made volume divided to the microlitre, and the code that each label carries."""

import re
import secrets

#: Figures and capitals without I, L, O and U, which people misread.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 6
_LOOK_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE = re.compile(rf"[{CODE_ALPHABET}]{{{CODE_LENGTH}}}")


def divide_ul(made_ul: int, count: int) -> list[int]:
    """Return the volumes of `count` vials, in microlitres, that hold exactly `made_ul`; the first may hold 1 µL more.

    Raises ValueError when there isn't a microlitre for each.
    """
    if count < 1 or made_ul < count:
        raise ValueError("each vial needs something in it")
    share, over = divmod(made_ul, count)
    return [share + 1 if index < over else share for index in range(count)]


def new_code() -> str:
    """Return a random code that says nothing of what is in the vial."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def shown_code(code: str) -> str:
    """Return a code as printed: two groups of three, "K7P-2QX"."""
    return f"{code[:3]}-{code[3:]}"


def read_code(typed: str) -> str | None:
    """Return the code that somebody typed or scanned (any case, with or without the dash); None for what isn't one."""
    code = re.sub(r"[\s-]", "", typed).upper().translate(_LOOK_ALIKE)
    return code if _CODE.fullmatch(code) else None
