"""A second reading of the contraindication list, as plain as can be, to compare the rules with.

Written from the list, not from the rules: one table per row, first matching line wins, and one loop over formulations.
"""

from datetime import date
from typing import Any

P, C, D, R, X = "proceed", "clearance", "defer", "redirect", "stop"
ORDER = [P, C, D, R, X]

#: row: [(answer, detail, clearance, outcome)]; "*" matches everything. A clearance is "yes", "refused" or "none".
TABLE: dict[str, list[tuple[str, str, str, str]]] = {
    "scalp_infection": [
        ("no", "seen", "*", P), ("*", "*", "none", D), ("*", "*", "refused", X), ("*", "*", "yes", P),
    ],
    "bleeding_disorder": [
        ("no", "*", "*", P), ("*", "untreated", "*", X), ("*", "*", "none", C), ("*", "*", "refused", X),
        ("*", "*", "yes", P),
    ],
    "anticoagulant": [("no", "*", "*", P), ("*", "*", "none", C), ("*", "*", "refused", X), ("*", "*", "yes", P)],
    "malignancy": [("no", "*", "*", P), ("*", "*", "none", X), ("*", "*", "refused", X), ("*", "*", "yes", P)],
    "pregnancy": [
        ("no", "*", "*", P), ("*", "contraindicated", "*", X), ("*", "*", "none", C),
        ("*", "*", "refused", X), ("*", "*", "yes", P),
    ],
    "hypersensitivity": [
        ("no", "*", "*", P), ("*", "holds", "*", X), ("*", "clean", "*", P), ("*", "*", "none", C),
        ("*", "*", "refused", X), ("*", "*", "yes", P),
    ],
}  # fmt: skip
#: What a reader takes each typed text for: the ingredients it names, and whether it names something else besides.
TYPED: dict[str, dict[str, Any]] = {
    "": {"names": [], "besides": False},
    "latex": {"names": [], "besides": True},
    "LIDOCAÏNE 20 mg/mL": {"names": ["lidocaine"], "besides": False},
    "Lidocain, latex": {"names": ["lidocaine"], "besides": True},
    "peptides": {"names": ["peptide"], "besides": False},
}
GRAVER = ["no_concern", "clearance", "contraindicated"]


def outcome(snapshot: dict[str, Any], formulation: int) -> str:
    """Return what the stored case comes to for `formulation`."""
    found = [age(snapshot), stage(snapshot)]
    for row in TABLE:
        found += [read(row, *line) for line in lines(snapshot, row, formulation)]
    return max(found, key=ORDER.index)


def read(row: str, answer: str, detail: str, cleared: str) -> str:
    for line in TABLE[row]:
        if all(want in ("*", have) for want, have in zip(line, (answer, detail, cleared), strict=False)):
            return line[3]
    raise AssertionError(f"{row} has no line for {answer}, {detail}, {cleared}")


def lines(snapshot: dict[str, Any], row: str, formulation: int) -> list[tuple[str, str, str]]:
    codes = {item["rule"]: item["code"] for item in snapshot["items"]}
    given = snapshot["answers"].get(codes.get(row, "?"))
    answer = given["answer"] if given else "unsure"
    cleared = clearance(snapshot, row, given["confirmed"] if given else 0)
    parts = next(f["components"] for f in snapshot["formulations"] if f["number"] == formulation)
    if row == "scalp_infection":
        return [(answer, "waits" if snapshot["awaiting_look"] else "seen", cleared)]
    if row == "bleeding_disorder":
        return [(answer, "treated" if given and given["treated"] == "yes" else "untreated", cleared)]
    if row == "pregnancy":
        return [(answer, max((part[3] for part in parts), key=GRAVER.index), cleared)]
    if row == "hypersensitivity":
        return reactions(snapshot, given, answer, cleared, parts)
    return [(answer, "-", cleared)]


def reactions(
    snapshot: dict[str, Any], given: dict[str, Any] | None, answer: str, cleared: str, parts: list[Any]
) -> list[tuple[str, str, str]]:
    if answer == "no":
        return [("no", "-", cleared)]
    if given is None or not (given["ingredients"] or given["classes"] or given["other"]):
        return [(answer, "holds", cleared)]
    classes = set(given["classes"])
    typed = TYPED[given["other"]]
    names = set(typed["names"])
    for every in snapshot["formulations"]:
        for number, name, allergen_class, _pregnancy in every["components"]:
            if number in given["ingredients"] or name.lower() in typed["names"]:
                names.add(name.lower())
                classes.add(allergen_class)
    classes -= {"none", "other"}
    holds = any(p[0] in given["ingredients"] or p[1].lower() in names or p[2] in classes for p in parts)
    found = [(answer, "holds" if holds else "clean", cleared)]
    listed = any(p[1].lower() in typed["names"] for f in snapshot["formulations"] for p in f["components"])
    asks = typed["besides"] or (given["other"] and not listed)
    return [*found, (answer, "elsewhere", cleared)] if asks else found


def clearance(snapshot: dict[str, Any], row: str, confirmed: int) -> str:
    valid = [
        c for c in snapshot["clearances"]
        if c["rule"] == row and c["valid_from"] <= snapshot["on"] <= c["valid_until"]
    ]  # fmt: skip
    if not valid:
        return "none"
    last = max(valid, key=lambda c: (c["given_at"], c["number"]))
    if not last["granted"]:
        return "refused"
    # A clearance of something else is none.
    return "yes" if last["number"] == confirmed else "none"


def stage(snapshot: dict[str, Any]) -> str:
    if snapshot["stage"] is None:
        return D
    # Not applicable is no stage for a surgeon: it is looked at again today, and the session goes on.
    return R if snapshot["stage"][1] else P


def age(snapshot: dict[str, Any]) -> str:
    if snapshot["born"] is None:
        return X
    born, on = date.fromisoformat(snapshot["born"]), date.fromisoformat(snapshot["on"])
    years = on.year - born.year
    if (on.month, on.day) < (born.month, born.day):
        years -= 1
    return P if years >= snapshot["minimum_age_years"] else X
