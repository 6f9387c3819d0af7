"""Random patients for the contraindication rules: any answers, clearances and formulations."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from patients.screening.case import Candidate, Case, Cleared, Component, Given
from patients.screening.outcomes import Answer
from protocols.checklists.models import Rule
from protocols.formulations.models import AllergenClass, PregnancyClass
from tests.patients.screening.cases import CODE, EVERY, ITEMS, ON

classes = st.sampled_from([str(kind) for kind in AllergenClass])
components = st.builds(
    Component,
    ingredient=st.integers(1, 8),
    name=st.sampled_from(["Saline", "Vitamin", "Lidocaine", "lidocaine", "Peptide"]),
    allergen_class=classes,
    pregnancy_class=st.sampled_from([str(kind) for kind in PregnancyClass]),
)
given = st.builds(
    Given,
    answer=st.sampled_from(list(Answer)),
    treated=st.sampled_from(["", "yes", "no", "unsure"]),
    drug=st.sampled_from(["", "apixaban"]),
    status=st.sampled_from(["", "pregnant", "may_be", "planning", "breastfeeding"]),
    ingredients=st.frozensets(st.integers(1, 9), max_size=3),
    classes=st.frozensets(classes, max_size=2),
    other=st.sampled_from(["", "", "latex", "Lidocain", "peptides and latex", "Vitamin"]),
    confirmed=st.integers(0, 6),
    denied=st.integers(0, 6),
    which=st.frozensets(st.sampled_from(["patch", "lump", "medicine", "dental", "sepsis", "anaemia"]), max_size=2),
    note=st.sampled_from(["", "since May"]),
    happened_on=st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2026, 12, 31))),
    allowed_on=st.one_of(st.none(), st.dates(date(2026, 11, 1), date(2026, 12, 31))),
    letter=st.sampled_from(["", "Dr Hair"]),
    number=st.one_of(st.none(), st.decimals(20, 310, places=1)),
)
days = st.integers(-3, 3).map(lambda shift: ON + timedelta(days=shift))


@st.composite
def clearances(draw: st.DrawFn) -> tuple[Cleared, ...]:
    """Up to six decisions, each with a number of its own."""
    rows = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        first, last = sorted((draw(days), draw(days)))
        rows.append(
            Cleared(
                number=number, rule=draw(st.sampled_from(list(Rule))), granted=draw(st.booleans()),
                prescriber="Prescriber Demo", valid_from=first, valid_until=last,
                given_at=datetime(2026, 11, draw(st.integers(1, 3)), tzinfo=UTC),
            )
        )  # fmt: skip
    return tuple(rows)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any case, whole or with gaps."""
    formulations = tuple(
        Candidate(number, f"F{number}", tuple(draw(st.lists(components, min_size=1, max_size=4))))
        for number in range(1, draw(st.integers(1, 3)) + 1)
    )
    answered = draw(st.sets(st.sampled_from(list(Rule))))
    return Case(
        on=ON,
        items=draw(st.sampled_from([ITEMS, EVERY])),
        answers={CODE[rule]: draw(given) for rule in sorted(answered)},
        clearances=draw(clearances()),
        formulations=formulations,
        chosen=draw(st.sampled_from([candidate.number for candidate in formulations])),
        born=draw(st.one_of(st.none(), st.dates(date(1940, 1, 1), date(2012, 12, 31)))),
        minimum_age_years=draw(st.integers(16, 25)),
        stage=draw(st.sampled_from([None, ("III", False), ("VI", True)])),
        staged=draw(st.booleans()),
        consented_on=draw(st.sampled_from([None, ON, ON - timedelta(days=90)])),
        awaiting_look=draw(st.sampled_from([None, ON - timedelta(days=7)])),
    )
