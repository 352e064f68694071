"""Plots mark the values that they cannot draw, and explain the marks in their captions."""

import math
from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.judging.eras import Era
from harness.report.html import render
from harness.report.model import Curve, Numbers, Report
from harness.report.plots import BITS, Plot, plots
from tests.support.reports import report

NAMES = tuple(f"tf-2.{number}" for number in range(12))
ERAS = {"tensorflow": (Era(targets=NAMES[:5], differs={}), Era(targets=NAMES[5:], differs={}))}


def with_numbers(numbers: Numbers) -> Report:
    return replace(report(), numbers=replace(numbers, eras=ERAS))


def drawn(numbers: Numbers) -> Plot:
    [plot] = plots(with_numbers(numbers))
    return plot


def curve(means: Mapping[str, float | None]) -> Numbers:
    return Numbers(curves=(Curve(scenario="a", variant="fixed", step="b", means=means),))


def bars(plot: Plot) -> list[float]:
    """The heights of all bars."""
    return [box.height for box in plot.boxes if box.colour == "bar"]


def texts(plot: Plot) -> list[str]:
    return [box.text for box in plot.boxes if box.text]


@pytest.mark.parametrize("distance", [1.0, 100.0])
def test_a_distance_is_as_high_as_it_is_far(distance: float) -> None:
    plot = drawn(Numbers(distances={"tf-2.0": distance, "tf-2.1": distance / 2}))
    high, low = bars(plot)
    assert high == pytest.approx(2 * low)
    assert "▲" not in plot.caption
    assert not plot.beyond


@pytest.mark.parametrize("others", [{}, {"tf-2.1": 3.0}])
def test_an_infinite_distance_is_drawn_to_the_top_and_marked(others: dict[str, float]) -> None:
    numbers = Numbers(distances={"tf-2.0": math.inf, **others})
    plot = drawn(numbers)
    assert len(bars(plot)) == 1 + len(others)
    assert bars(plot)[0] == plot.area.height
    assert "▲: infinitely far" in plot.caption
    assert render(with_numbers(numbers)).count(">▲</text>") == 1


def test_targets_of_one_colour_that_do_not_agree_have_numbers() -> None:
    numbers = {name: at for at, name in enumerate(NAMES)}
    plot = drawn(Numbers(bits={"a / step": numbers}))
    assert texts(plot) == [str(number) for number in range(BITS, len(NAMES))]


def test_enough_colours_need_no_numbers() -> None:
    numbers = {name: at % BITS for at, name in enumerate(NAMES)}
    assert not texts(drawn(Numbers(bits={"a / step": numbers})))


def test_neighbours_that_agree_share_a_cell_and_a_step_that_raises_has_none() -> None:
    numbers = (
        dict.fromkeys(NAMES[:4], 0) | dict.fromkeys(NAMES[4:6], -1) | dict.fromkeys(NAMES[6:], 1)
    )
    plot = drawn(Numbers(bits={"a / step": numbers, "a / same": dict.fromkeys(NAMES, 0)}))
    assert [box.colour for box in plot.boxes] == ["bits0", "bits1"]
    assert plot.boxes[1].width / plot.boxes[0].width == pytest.approx(6 / 4)
    assert [text for _, text in plot.labels] == ["a / step"]


def test_a_line_stops_where_a_step_has_no_mean() -> None:
    means = {**dict.fromkeys(NAMES, 0.5), "tf-2.2": None, "tf-2.7": math.nan}
    [line] = drawn(curve(means)).lines
    titles = [[title for *_, title in piece] for piece in line.pieces]
    assert titles == [
        [f"{name}: 0.5" for name in names] for names in (NAMES[:2], NAMES[3:7], NAMES[8:])
    ]


def test_a_line_does_not_go_from_one_family_to_the_next() -> None:
    eras = {**ERAS, "keras": (Era(targets=("keras-3.0",), differs={}),)}
    numbers = replace(curve(dict.fromkeys([*NAMES, "keras-3.0"], 0.5)), eras=eras)
    [plot] = plots(replace(report(), numbers=numbers))
    assert [len(piece) for piece in plot.lines[0].pieces] == [len(NAMES), 1]


@pytest.mark.parametrize(
    ("lowest", "highest", "expected"),
    [
        (0.0, 1.0, ["0", "0.25", "0.5", "0.75", "1"]),
        (-0.011, 0.084, ["0", "0.025", "0.05", "0.075"]),
        (3.0, 3.0, None),
        (0.0, 0.0, None),
        (-1e300, 1e300, None),
        (0.0, 5e-324, None),
    ],
)
def test_the_axis_has_a_few_round_numbers(
    lowest: float, highest: float, expected: list[str] | None
) -> None:
    plot = drawn(curve({"tf-2.0": lowest, "tf-2.1": highest, "tf-2.2": 1.7e308}))
    assert 2 <= len(plot.labels) <= 7
    assert all(plot.area.high > value > plot.area.low for value in (lowest, highest))
    if expected:
        assert [text for _, text in plot.labels] == expected


def test_eras_of_a_family_have_two_colours_in_turn() -> None:
    bands = [box for box in drawn(curve({"tf-2.0": 1.0})).boxes if box.colour.startswith("band")]
    assert [box.colour for box in bands] == ["band0", "band1"]
    assert bands[1].x == pytest.approx(bands[0].x + bands[0].width)


def test_the_page_tells_the_value_of_each_point_and_the_name_of_each_line() -> None:
    page = render(with_numbers(curve({"tf-2.0": 0.25})))
    assert "<title>tf-2.0: 0.25</title>" in page
    assert "a fixed: b</li>" in page
