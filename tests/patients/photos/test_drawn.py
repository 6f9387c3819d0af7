"""The drawn scalps of the demo clinic."""

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from PIL import Image, ImageStat

from patients.photos.drawn import LUDWIG, NORWOOD, VIEWS, draw_scalp
from patients.photos.ingest import Accepted
from tests.patients.photos import files

SMALL = {"width": 400, "height": 300, "captured_at": files.TAKEN, "camera": "Station 1"}


def darkness(data: bytes) -> float:
    """How much dark hair a picture shows: the mean of the inverted luma above its writing."""
    image = Image.open(io.BytesIO(data)).convert("L").crop((0, 30, 400, 250))
    return 255 - ImageStat.Stat(image).mean[0]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_taken_as_a_photo_of_a_fixed_station(accepted: Callable[[bytes], Accepted], view: str) -> None:
    data = draw_scalp(view=view, stage="norwood III", density=0.9, seed=4, captured_at=files.TAKEN, camera="Station 1")
    photo = accepted(data)
    assert (photo.format, photo.width, photo.height, photo.doubts) == ("jpeg", 1600, 1200, ())
    assert photo.camera.captured_local == datetime.fromisoformat("2026-05-04T09:30:15")
    assert (photo.camera.captured_offset, photo.camera.has_gps) == (timedelta(hours=2), False)
    assert (photo.camera.make, photo.camera.model) == ("Baseline Demo Camera", "Station 1")


def test_the_same_seed_draws_the_same_head() -> None:
    def drawn(seed: int) -> bytes:
        return draw_scalp(view="top", stage="ludwig I", density=0.8, seed=seed, **SMALL)  # type: ignore[arg-type]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_density_and_stage_show() -> None:
    def drawn(density: float, stage: str) -> float:
        return darkness(draw_scalp(view="top", stage=stage, density=density, seed=1, **SMALL))  # type: ignore[arg-type]

    densities = [drawn(density, "norwood I") for density in (0.2, 0.5, 0.8, 1.0)]
    assert all(thin < thick for thin, thick in pairwise(densities))
    assert drawn(0.9, "norwood VI") < drawn(0.9, "norwood III") < drawn(0.9, "norwood I")
    assert drawn(0.9, "ludwig III") < drawn(0.9, "ludwig I")


def test_every_stage_can_be_drawn() -> None:
    for stage in [*(f"norwood {name}" for name in NORWOOD), *(f"ludwig {name}" for name in LUDWIG)]:
        assert draw_scalp(view="vertex", stage=stage, density=0.9, seed=1, **SMALL)  # type: ignore[arg-type]


@pytest.mark.parametrize(("view", "stage"), [("nose", "norwood II"), ("top", "III"), ("top", "norwood VIII")])
def test_what_does_not_exist_is_not_drawn(view: str, stage: str) -> None:
    with pytest.raises(ValueError, match="no "):
        draw_scalp(view=view, stage=stage, density=1, seed=1, captured_at=datetime.now(UTC), camera="x")
