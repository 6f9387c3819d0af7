"""The quality that a photo protocol asks: what is below it, in words; exactly at a threshold is enough."""

import pytest

from protocols.photos.thresholds import Measured, Thresholds, shortfalls

ASKED = Thresholds(
    least_long_side_px=1600, least_sharpness=100, most_highlights_tenth_percent=50, most_shadows_tenth_percent=5
)
GOOD = Measured(long_side_px=1600, sharpness=100.0, clipped_highlights=0.05, clipped_shadows=0.005)


@pytest.mark.parametrize(
    ("measured", "told"),
    [
        ({}, []),
        (
            {"long_side_px": 1599},
            ["The long side has 1599 px, the protocol asks for 1600 px: use the camera's full size."],
        ),
        ({"sharpness": 99.996}, ["Sharpness is 99.99, the protocol asks for 100: focus on the hair and hold still."]),
        ({"sharpness": 40.19}, ["Sharpness is 40.19, the protocol asks for 100: focus on the hair and hold still."]),
        (
            {"clipped_highlights": 0.0948},
            ["Burnt-out highlights: 9.48 % of the picture, the protocol allows 5.0 %: less light."],
        ),
        (
            {"clipped_shadows": 0.006},
            ["Black shadows: 0.60 % of the picture, the protocol allows 0.5 %: more light."],
        ),
        (
            {"sharpness": None, "clipped_highlights": None, "clipped_shadows": None},
            [
                "Sharpness wasn't measured: look at the picture at its full size.",
                "Burnt-out highlights weren't measured: look at the brightest parts.",
                "Black shadows weren't measured: look at the darkest parts.",
            ],
        ),
    ],
)  # fmt: skip
def test_what_is_below_the_threshold_is_told_with_what_to_do(measured: dict[str, float], told: list[str]) -> None:
    values = {name: getattr(GOOD, name) for name in Measured.__slots__} | measured
    assert shortfalls(ASKED, Measured(**values)) == told


def test_a_version_that_asks_nothing_finds_nothing_wanting() -> None:
    assert shortfalls(Thresholds(), Measured(long_side_px=1)) == []
