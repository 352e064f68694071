"""The two sides of an attribution, and mixes of them, also where weights are drawn anew."""

from types import SimpleNamespace
from typing import Any

import pytest

from harness.base.errors import UncheckedError
from harness.search.attribute import Sides
from harness.search.attribution import Shows
from harness.search.bisection import END_RUNS, FEW_RUNS
from tests.support.places import TARGETS

Shown = tuple[str, ...]  # what each run shows
OLD, NEW = TARGETS["tf-2.15"], TARGETS["tf-2.16"]


def value(shown: Shown) -> str | None:
    """What stays the same from run to run; None if nothing does."""
    return shown[0] if len(set(shown)) == 1 else None


def made(old: Shown, new: Shown) -> Sides:
    """Sides that show this, compared in what stays the same."""

    def differences(one: Shown, other: Shown) -> list[str]:
        return [] if value(one) == value(other) else [f"{other} instead of {one}"]

    subject = SimpleNamespace(
        name="something",
        differences=differences,
        each_run=lambda shown: [(each,) for each in shown],
        not_compared=lambda *_: [],
        require=lambda *_: None,
    )
    runner: Any = SimpleNamespace(subject=subject)
    return Sides(runner, (OLD, old), (NEW, new))


STEADY = made(("old",) * 6, ("new",) * 6)
DRAWN = made(("a", "b", "c", "d", "e", "f"), ("raises",) * 6)


@pytest.mark.parametrize(
    ("sides", "mix", "shows"),
    [
        (STEADY, ("old", "old"), Shows.OLD),
        (STEADY, ("new", "new"), Shows.NEW),
        (STEADY, ("third", "third"), Shows.NEITHER),
        (STEADY, ("old", "new"), Shows.NOT_TOLD),
        (DRAWN, ("raises",) * 6, Shows.NEW),
        (DRAWN, ("u", "v", "w", "x", "y", "z"), Shows.OLD),
        (DRAWN, ("third",) * 6, Shows.NEITHER),
        (DRAWN, ("raises", "raises", "w", "x", "y", "z"), Shows.NOT_TOLD),
    ],
)
def test_a_mix_is_like_the_side_that_shows_the_same(sides: Sides, mix: Shown, shows: Shows) -> None:
    assert sides.shows(mix)[0] is shows


def test_a_side_that_is_another_each_time_is_compared_and_its_mixes_run_more_often() -> None:
    assert DRAWN.require()
    assert (STEADY.runs, DRAWN.runs) == (FEW_RUNS, END_RUNS)


def test_a_side_of_which_some_runs_agree_cannot_be_told() -> None:
    flaky = made(("old", "old", "other", "old", "old", "old"), ("new",) * 6)
    with pytest.raises(UncheckedError, match=r"tf-2\.15: only some of its runs agree"):
        flaky.require()
