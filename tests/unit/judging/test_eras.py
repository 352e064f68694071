"""Eras: consecutive targets that give the same bits."""

import math

import pytest

from harness.judging.eras import eras
from harness.judging.oracle.meanings import IGNORED, USED
from harness.observing.numerics import Tolerances
from harness.observing.records import Observation
from harness.observing.snapshots import Snapshot
from tests.support.makers import LATER, accept, gives, observed, raises, taken_as

ULP = 2.0**-23
ONE, NEXT, TWO = gives(1.0), gives(1.0 + ULP), gives(2.0)
FAILS, NAN, WIDE = raises("no"), gives("nan"), gives(1.0, dtype="float64")
USES, IGNORES, NEITHER = taken_as(LATER, USED), taken_as(LATER, IGNORED), taken_as(LATER, USED, 1.0)


def targets(
    *given: Observation | None, scenario: str = "layers", variant: str = "fixed"
) -> list[Snapshot]:
    """Consecutive targets with these observations of one step; None: without the step."""
    return [
        observed({(scenario, variant): accept(seen)} if seen else {}, name=name)
        for name, seen in zip("abcdef", given, strict=False)
    ]


# the values of consecutive targets, and the eras, each with its difference in ULP
CASES: dict[str, tuple[list[Snapshot], list[tuple[str, list[float]]]]] = {
    "no target": ([], []),
    "one target": (targets(ONE), [("a", [])]),
    "the same bits": (targets(ONE, ONE, ONE), [("abc", [])]),
    "other rounding": (targets(ONE, ONE, NEXT, NEXT), [("ab", []), ("cd", [1.0])]),
    "there and back": (targets(ONE, NEXT, ONE), [("a", []), ("b", [1.0]), ("c", [1.0])]),
    "other values": (targets(ONE, TWO), [("a", []), ("b", [2.0**22])]),
    "NaN": (targets(ONE, NAN), [("a", []), ("b", [math.inf])]),
    "another dtype": (targets(ONE, WIDE), [("a", []), ("b", [math.inf])]),
    "another meaning is a change": (targets(USES, IGNORES, scenario="initial_state"), [("ab", [])]),
    "the same NaN": (targets(NAN, NAN), [("ab", [])]),
    "an error is no rounding": (targets(ONE, FAILS, FAILS), [("abc", [])]),
    "a step that a target does not have": (targets(ONE, None, NEXT), [("abc", [])]),
    "random numbers do not count": (targets(ONE, NEXT, variant="strict"), [("ab", [])]),
}


@pytest.mark.parametrize(("observed_in_a_row", "expected"), CASES.values(), ids=CASES)
def test_an_era_ends_when_the_bits_change(
    observed_in_a_row: list[Snapshot], expected: list[tuple[str, list[float]]]
) -> None:
    found = eras(observed_in_a_row, Tolerances())
    assert [("".join(era.targets), list(era.differs.values())) for era in found] == expected


@pytest.mark.parametrize("within", [0.5, 8.0])
def test_the_tolerances_do_not_affect_the_end_of_an_era(within: float) -> None:
    found = eras(targets(ONE, ONE, NEXT), Tolerances(ulp=within, mean_ulp=within))
    assert [era.targets for era in found] == [("a", "b"), ("c",)]


def test_a_value_that_no_meaning_explains_ends_an_era() -> None:
    first, second = eras(targets(USES, NEITHER, scenario="initial_state"), Tolerances())
    assert (first.targets, second.targets) == (("a",), ("b",))
    assert second.differs[f"initial_state / {LATER}"] > 1e6


def test_an_era_is_named_after_its_first_target_and_names_its_steps() -> None:
    first, second = eras(targets(ONE, NEXT, NEXT), Tolerances())
    assert (first.name, second.name) == ("era of a", "era of b")
    assert (first.differs, second.differs) == ({}, {"layers / step": 1.0})
