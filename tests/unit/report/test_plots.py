"""Plots mark the values that they cannot draw, and explain the marks in their captions."""

import math
import re
from dataclasses import replace

import pytest

from harness.judging.eras import Era
from harness.report.model import Numbers
from harness.report.plots import BITS, Plot, plots
from tests.support.reports import report

NAMES = tuple(f"tf-2.{number}" for number in range(12))
ERAS = {"tensorflow": (Era(targets=NAMES, differs={}),)}


def drawn(numbers: Numbers) -> Plot:
    [plot] = plots(replace(report(), numbers=replace(numbers, eras=ERAS)))
    return plot


def bars(plot: Plot) -> list[float]:
    """The heights of all bars, in points."""
    collection = plot.svg[plot.svg.index('id="distances-LineCollection') :]
    lines = re.findall(
        r"M ([\d.]+) ([\d.]+) \nL \1 ([\d.]+)", collection[: collection.index("</g>")]
    )
    return [float(below) - float(above) for _, below, above in lines]


@pytest.mark.parametrize("distance", [1.0, 100.0])
def test_a_distance_is_as_high_as_it_is_far(distance: float) -> None:
    plot = drawn(Numbers(distances={"tf-2.0": distance, "tf-2.1": distance / 2}))
    high, low = bars(plot)
    assert high == pytest.approx(2 * low, rel=0.01)
    assert "▲" not in plot.caption


@pytest.mark.parametrize("others", [{}, {"tf-2.1": 3.0}])
def test_an_infinite_distance_is_drawn_to_the_top_and_marked(others: dict[str, float]) -> None:
    plot = drawn(Numbers(distances={"tf-2.0": math.inf, **others}))
    assert len(bars(plot)) == 1 + len(others)
    assert bars(plot)[0] == max(bars(plot)) > 0
    assert "▲: infinitely far" in plot.caption


def test_targets_of_one_colour_that_do_not_agree_have_numbers() -> None:
    numbers = {name: at for at, name in enumerate(NAMES)}
    texts = re.findall(r">(\d+)</text>", drawn(Numbers(bits={"a / step": numbers})).svg)
    assert texts == [str(number) for number in range(len(BITS), len(NAMES))]


def test_enough_colours_need_no_numbers() -> None:
    numbers = {name: at % len(BITS) for at, name in enumerate(NAMES)}
    assert not re.findall(r">(\d+)</text>", drawn(Numbers(bits={"a / step": numbers})).svg)
