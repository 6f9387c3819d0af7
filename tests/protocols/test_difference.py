"""What one version says differently from another."""

from protocols.decisions.difference import difference
from protocols.decisions.showing import Row, Shown, Table


def _shown(*rows: tuple[str, str, str], storage: str = "2–8 °C", steps: str = "Mix.") -> Shown:
    return Shown(
        facts=(("Storage", storage), ("Batch", "2 mL")),
        texts=(("Steps", steps),),
        table=Table(
            heading="Lines",
            columns=("Substance", "µL per mL"),
            rows=tuple(Row(key=key, label=name, cells=(name, volume)) for key, name, volume in rows),
        ),
    )


BIOTIN, SALINE, WATER = ("1", "Biotin", "600"), ("2", "Saline", "400"), ("3", "Water", "400")


def test_equal_versions_differ_in_nothing() -> None:
    assert difference(_shown(BIOTIN, SALINE), _shown(BIOTIN, SALINE)) == []


def test_a_changed_fact_and_a_changed_text_are_told() -> None:
    changes = difference(_shown(BIOTIN), _shown(BIOTIN, storage="Room", steps="Mix well."))
    assert [change[:3] for change in changes] == [("Storage", "2–8 °C", "Room"), ("Steps", "Mix.", "Mix well.")]


def test_a_changed_cell_is_told_with_its_row_and_column() -> None:
    changes = difference(_shown(BIOTIN, SALINE), _shown(("1", "Biotin", "500"), SALINE))
    assert [change[:3] for change in changes] == [("Biotin: µL per mL", "600", "500")]


def test_a_line_added_and_a_line_taken_out_are_told_whole() -> None:
    changes = difference(_shown(BIOTIN, SALINE), _shown(BIOTIN, WATER))
    assert [change[:3] for change in changes] == [("Water", "", "Water · 400"), ("Saline", "Saline · 400", "")]


def test_a_line_that_stands_elsewhere_is_told_and_the_others_arent() -> None:
    changes = difference(_shown(BIOTIN, SALINE), _shown(SALINE, BIOTIN))
    assert [(change.label, change.move) for change in changes] == [("Saline", "moved from 2 to 1")]


def test_a_fact_that_is_not_there_any_more_is_told() -> None:
    old = Shown(facts=(("Storage", "Room"), ("Warnings", "")))
    assert [change[:3] for change in difference(old, Shown(facts=()))] == [("Storage", "Room", "")]


def test_a_text_of_several_lines_is_compared_line_by_line() -> None:
    old, new = "Wash hands.\nMix.\nLabel.", "Wash hands.\nMix slowly.\nLet it stand.\nLabel."
    changes = difference(_shown(BIOTIN, steps=old), _shown(BIOTIN, steps=new))
    assert [change[:3] for change in changes] == [
        ("Steps, line 2", "Mix.", "Mix slowly."), ("Steps, line 3", "", "Let it stand."),
    ]  # fmt: skip
    taken_out = difference(_shown(BIOTIN, steps=new), _shown(BIOTIN, steps=old))
    assert [change[:3] for change in taken_out] == [
        ("Steps, line 2", "Mix slowly.", "Mix."), ("Steps, line 3", "Let it stand.", ""),
    ]  # fmt: skip


def _steps(*steps: tuple[str, str]) -> Shown:
    rows = tuple(
        Row("", f"Step {number}", cells, was=f"was step {number}") for number, cells in enumerate(steps, start=1)
    )
    return Shown(facts=(), table=Table("Steps", ("Step", "Critical"), rows, numbered=True))


DRAW, MIX, LOOK, LABEL, SEAL = (
    ("Draw the saline.", ""), ("Mix slowly by turning it.", ""), ("Look against light and dark.", "Critical"),
    ("Label every vial by hand.", "Critical"), ("Close the stopper firmly.", ""),
)  # fmt: skip


def _named(old: Shown, new: Shown) -> list[str]:
    return [f"{change.label}, {change.place}".removesuffix(", ") for change in difference(old, new)]


def test_two_lines_that_bear_one_number_before_and_after_bear_two_names() -> None:
    turned = ("Mix slowly by turning it twice.", "")
    assert _named(_steps(DRAW, MIX, LOOK, LABEL), _steps(SEAL, DRAW, turned, LOOK)) == [
        "Step 1, new", "Step 3, was step 2", "Step 4, taken out",
    ]  # fmt: skip
    assert _named(_steps(DRAW, LOOK, LABEL), _steps(DRAW, SEAL, LABEL)) == ["Step 2, new", "Step 2, taken out"]


def test_a_line_that_moved_says_in_its_name_where_it_stood() -> None:
    (change,) = difference(_steps(DRAW, MIX, LOOK, LABEL), _steps(DRAW, MIX, LABEL, LOOK))
    assert (change.label, change.place, change.move) == ("Step 3", "was step 4", "moved from 4 to 3")


def test_a_line_that_kept_its_number_bears_that_alone() -> None:
    assert _named(_steps(DRAW, MIX), _steps(DRAW, ("Mix quickly by turning it.", ""))) == ["Step 2"]


def test_the_lines_of_a_text_are_told_apart_in_the_same_way() -> None:
    old, new = "Wash hands.\nMix slowly and long.\nLabel.", "Dry hands well, too.\nWash hands.\nMix slowly and longer."
    changes = difference(_shown(BIOTIN, steps=old), _shown(BIOTIN, steps=new))
    assert [(change.label, change.place) for change in changes] == [
        ("Steps, line 1", "new"), ("Steps, line 3", "was line 2"), ("Steps, line 3", "taken out"),
    ]  # fmt: skip


def test_of_a_changed_line_only_what_changed_is_marked() -> None:
    (change,) = difference(_steps(LOOK, LABEL), _steps(LOOK, ("Label every single vial by hand.", "Critical")))
    old, new = change.pieces
    assert [piece.text for piece in old if piece.differs] == []
    assert [piece.text for piece in new if piece.differs] == ["single"]
    (change,) = difference(_steps(LOOK, LABEL), _steps(LOOK, (LABEL[0], "")))
    old, new = change.pieces
    assert [piece.text for piece in old if piece.differs] == ["Critical"]
    assert [piece.text for piece in new if piece.differs] == []
