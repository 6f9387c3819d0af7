"""The photo benchmark runs and measures what it says."""

import io

import pytest
from PIL import Image

from bench import photos


def test_it_gives_a_row_beside_its_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "SIZES", (("small", 800, 600, 0.5, 120),))
    (row,) = photos.run(rounds=1)
    assert row.name == "photo ingest, small"
    assert row.ours_ms > 0
    assert row.ratio == pytest.approx(row.ours_ms / row.floor_ms)
    assert row.reached is (row.ratio <= 0.5)
    assert "MiB" in row.detail


def test_the_photo_is_like_a_cameras() -> None:
    image = Image.open(io.BytesIO(photos.drawn_photo(800, 600)))
    assert image.getexif()[0x0112] == 6
    assert image.getexif().get_ifd(0x8825)
