"""What the charts of weekly shares say, by figures worked out by hand."""

from decimal import Decimal

import pytest

from audit.weekly.charts import Point, p_limits, run_chart
from audit.weekly.judging import chart_words
from audit.weekly.limits import Standing, judge_mean, judge_share
from protocols.audit_rules.models import Chart, Measure, Side

ABOVE, BELOW = Side.ABOVE, Side.BELOW


@pytest.mark.parametrize(
    ("part", "whole", "side", "threshold", "measure", "standing"),
    [
        (2, 20, ABOVE, "10.0", Measure.PERCENT, Standing.WITHIN),  # exactly at the limit
        (3, 20, ABOVE, "10.0", Measure.PERCENT, Standing.BEYOND),
        (0, 20, ABOVE, "0.0", Measure.PERCENT, Standing.WITHIN),
        (1, 1000, ABOVE, "0.0", Measure.PERCENT, Standing.BEYOND),
        (19, 20, BELOW, "95.0", Measure.PERCENT, Standing.WITHIN),
        (18, 20, BELOW, "95.0", Measure.PERCENT, Standing.BEYOND),
        (9, 9, ABOVE, "10.0", Measure.PERCENT, Standing.TOO_FEW),
        (0, 0, BELOW, "90.0", Measure.PERCENT, Standing.TOO_FEW),
        (1, 1, ABOVE, "0.0", Measure.COUNT, Standing.BEYOND),  # a count is one, however few there were
        (0, 1, ABOVE, "0.0", Measure.COUNT, Standing.WITHIN),
        (1, 20, ABOVE, "48.0", Measure.HOURS, Standing.UNLIKE),
    ],
)
def test_a_share_against_its_limit(
    part: int, whole: int, side: Side, threshold: str, measure: Measure, standing: Standing
) -> None:
    found = judge_share(
        part=part, whole=whole, side=side, threshold=Decimal(threshold), measure=measure, least=10
    )  # fmt: skip
    assert found == standing


@pytest.mark.parametrize(
    ("mean", "of", "measure", "standing"),
    [
        ("5.0", 10, Measure.PERCENT, Standing.WITHIN),
        ("5.1", 10, Measure.PERCENT, Standing.BEYOND),
        ("50.0", 9, Measure.PERCENT, Standing.TOO_FEW),
        ("5.1", 10, Measure.COUNT, Standing.UNLIKE),
    ],
)
def test_a_mean_against_its_limit(mean: str, of: int, measure: Measure, standing: Standing) -> None:
    found = judge_mean(mean=Decimal(mean), of=of, side=ABOVE, threshold=Decimal("5.0"), measure=measure, least=10)
    assert found == standing


class TestRunChart:
    """Longest run and crossings, as Anhøj and Olesen give them."""

    def test_points_on_the_median_make_no_run(self) -> None:
        chart = run_chart([1, 2, 3, 2, 1, 3])  # median 2: below, above, below, above are left
        assert chart is not None
        assert (chart.points, chart.useful, chart.longest_run, chart.crossings) == (6, 4, 1, 3)

    # round(log2(n) + 3) and the 5 % quantile of B(n - 1, 0.5): table 1 of Anhøj and Olesen.
    @pytest.mark.parametrize(
        ("useful", "limit", "fewest"), [(10, 6, 2), (12, 7, 3), (16, 7, 4), (20, 7, 6), (24, 8, 8), (30, 8, 10)]
    )
    def test_its_limits(self, useful: int, limit: int, fewest: int) -> None:
        chart = run_chart([index % 2 for index in range(useful)])
        assert chart is not None
        assert (chart.run_limit, chart.fewest_crossings) == (limit, fewest)
        assert not chart.unusual

    def test_a_shift_is_unusual(self) -> None:
        chart = run_chart([0.0] * 10 + [1.0] * 10)
        assert chart is not None
        assert (chart.longest_run, chart.crossings, chart.unusual) == (10, 1, True)

    @pytest.mark.parametrize("values", [[], [1.0], [2.0, 2.0, 2.0]])
    def test_without_points_beside_the_median_there_is_none(self, values: list[float]) -> None:
        assert run_chart(values) is None


def test_a_p_chart_has_three_sigma_limits_for_the_last_week() -> None:
    # 10 of 100 in all; sqrt(0.1 * 0.9 / 25) = 0.06.
    low, high = p_limits([Point(5, 75), Point(5, 25)])
    assert low == 0.0
    assert high == pytest.approx(0.28)


class TestWords:
    """What is told of a chart."""

    def test_too_few_weeks(self) -> None:
        words = chart_words(Chart.RUN, [Point(1, 10), Point(0, 10)], least=10, this_week=True)
        assert words == "Run chart: 2 weeks, too few to judge"

    def test_weeks_on_the_median_judge_nobody(self) -> None:
        points = [Point(0, 10)] * 20 + [Point(1, 10)] * 6
        words = chart_words(Chart.RUN, points, least=10, this_week=True)
        assert words == "Run chart: 26 weeks, too few to judge, since only 6 are above or below the median"

    def test_a_week_outside_of_its_limits(self) -> None:
        points = [Point(index % 2, 10) for index in range(11)] + [Point(9, 10)]
        words = chart_words(Chart.P, points, least=10, this_week=True)
        assert "This week is outside of its p chart's limits" in words
        assert "p chart" not in chart_words(Chart.P, points, least=10, this_week=False)
