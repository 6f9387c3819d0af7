"""The drawing of the data model: true to the models, and current."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clinic.management.commands import draw_data_model
from clinic.management.commands.draw_data_model import data_model
from tests.meta.project import ROOMS, our_models


def test_the_page_in_docs_is_current() -> None:
    call_command("draw_data_model", check=True)


def test_every_model_of_every_room_is_drawn_with_its_mutability() -> None:
    drawn = data_model()
    assert [line.removeprefix("## ") for line in drawn.splitlines() if line.startswith("## ")] == list(ROOMS)
    for model in our_models():
        assert f"    {model.__name__} {{\n" in drawn
        assert f"| `{model.__name__}` | `{model._meta.db_table}` |" in drawn


def test_a_column_says_its_type_its_key_and_where_it_points() -> None:
    drawn = data_model()
    assert "bigauto id PK" in drawn
    assert 'biginteger patient_id FK "to Patient, may be empty"' in drawn
    assert "char(64) prev_hash" in drawn
    assert "Patient ||--o{ NameToken : patient" in drawn
    assert "SealedDocument ||--o{ Rendering : document" in drawn


def test_a_page_that_is_out_of_date_is_refused_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "data-model.md"
    monkeypatch.setattr(draw_data_model, "PAGE", page)
    with pytest.raises(CommandError, match="draw_data_model"):
        call_command("draw_data_model", check=True)
    page.write_text("old\n")
    with pytest.raises(CommandError, match="draw_data_model"):
        call_command("draw_data_model", check=True)
    call_command("draw_data_model")
    call_command("draw_data_model", check=True)
