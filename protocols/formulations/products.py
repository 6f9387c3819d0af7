"""Which products a line of a formulation allows: a pure rule over how they are named."""

from collections.abc import Sequence

#: So many products may stand with a line, each with so many characters.
MOST_PRODUCTS = 12
LONGEST_PRODUCT = 250


def products_in(text: str) -> list[str]:
    """Return the products that `text` names, one a line, each once."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if words := " ".join(line.split()):
            found.setdefault(words.casefold(), words)
    return list(found.values())


def is_allowed(product: str, manufacturer: str, allowed: Sequence[str]) -> bool:
    """Whether `product` may be used where `allowed` products are named; where none is, any may.

    A product is named by its name as it is received, or with its maker: "Biotin 5 mg/mL, Acme".
    """
    if not allowed:
        return True
    names = {_plain(product), _plain(f"{product}, {manufacturer}")}
    return any(_plain(each) in names for each in allowed)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
