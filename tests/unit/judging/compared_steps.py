"""Pairs of accepted and new runs of a step, with the outcome of their comparison."""

from collections.abc import Sequence

from harness.judging.compare import Compared, compare
from harness.judging.verdicts import Outcome, Standing
from harness.observing.numerics import Tolerances
from harness.observing.records import Run
from harness.observing.results import Result, combine
from tests.support.makers import array, differently, gives, raises, sees, twice

Runs = Sequence[Run]

COMPARED = (Standing.UNCHANGED, Standing.FIXED, Standing.REGRESSED)
ELSEWHERE = (Outcome.MISSING,)  # of a step that only one side has

NAN_AND_ONE = twice(gives("nan", 1.0))
ONE_AND_TWO = twice(gives(1.0, 2.0))
FAILS = twice(raises("no such state"))
UNSEEDED = differently(gives(1.0, 2.0), gives(3.0, 4.0))

CASES = {
    "the same values": (ONE_AND_TWO, ONE_AND_TWO, Outcome.IDENTICAL),
    "zeros of another sign": (twice(gives(0.0)), twice(gives(-0.0)), Outcome.IDENTICAL),
    "the same NaN": (NAN_AND_ONE, NAN_AND_ONE, Outcome.IDENTICAL),
    "no values at all": (
        twice(gives(shape=(0, 3))),
        twice(gives(shape=(0, 3))),
        Outcome.IDENTICAL,
    ),
    "a scalar": (twice(gives(1.5, shape=())), twice(gives(1.5, shape=())), Outcome.IDENTICAL),
    "nothing seen": (twice(sees()), twice(sees()), Outcome.IDENTICAL),
    "values and mean within tolerance": (
        ONE_AND_TWO,
        twice(gives(1.0 + 4e-7, 2.0 - 4e-7)),
        Outcome.EQUAL,
    ),
    "large values within the relative tolerance": (
        twice(gives(1000.0, 2000.0)),
        twice(gives(1000.0005, 1999.9995)),
        Outcome.EQUAL,
    ),
    "all values by a little in one direction": (
        ONE_AND_TWO,
        twice(gives(1.0 + 2e-7, 2.0 + 2e-7)),
        Outcome.EQUAL,
    ),
    "the mean alone drifts": (ONE_AND_TWO, twice(gives(1.0 + 7e-7, 2.0 + 7e-7)), Outcome.DRIFT),
    "a small value within the rounding of a large one": (
        twice(gives(1e-6, 1.0)),
        twice(gives(1.1e-6, 1.0)),
        Outcome.EQUAL,
    ),
    "a small value alone": (twice(gives(1e-6)), twice(gives(1.1e-6)), Outcome.DRIFT),
    "float64 that differs as float32 may": (
        twice(gives(1.0, 2.0, dtype="float64")),
        twice(gives(1.0 + 4e-7, 2.0 - 4e-7, dtype="float64")),
        Outcome.DRIFT,
    ),
    "the same integers": (
        twice(gives(1, 2, dtype="int64")),
        twice(gives(1, 2, dtype="int64")),
        Outcome.IDENTICAL,
    ),
    "another integer": (
        twice(gives(1, 2_000_000, dtype="int64")),
        twice(gives(1, 2_000_001, dtype="int64")),
        Outcome.DRIFT,
    ),
    "another bool": (
        twice(gives(True, dtype="bool")),
        twice(gives(False, dtype="bool")),
        Outcome.DRIFT,
    ),
    "one value among many drifts, the mean hardly": (
        twice(gives(*[0.0] * 100)),
        twice(gives(*[0.0] * 99, 2e-6)),
        Outcome.DRIFT,
    ),
    "a permutation keeps the mean": (ONE_AND_TWO, twice(gives(2.0, 1.0)), Outcome.DRIFT),
    "a number becomes NaN": (ONE_AND_TWO, twice(gives(1.0, "nan")), Outcome.DRIFT),
    "NaN becomes a number": (NAN_AND_ONE, twice(gives(1.0, 1.0)), Outcome.DRIFT),
    "NaN in another place": (NAN_AND_ONE, twice(gives(1.0, "nan")), Outcome.DRIFT),
    "NaN stays, another value drifts": (NAN_AND_ONE, twice(gives("nan", 2.0)), Outcome.DRIFT),
    "NaN becomes infinite": (NAN_AND_ONE, twice(gives("inf", 1.0)), Outcome.DRIFT),
    "a number becomes infinite": (ONE_AND_TWO, twice(gives(1.0, "inf")), Outcome.DRIFT),
    "infinity changes its sign": (twice(gives("inf")), twice(gives("-inf")), Outcome.DRIFT),
    "another dtype": (ONE_AND_TWO, twice(gives(1.0, 2.0, dtype="float64")), Outcome.CHANGED),
    "another shape": (ONE_AND_TWO, twice(gives(1.0, 2.0, shape=(2, 1))), Outcome.CHANGED),
    "an array more": (
        twice(sees(output=array(1.0))),
        twice(sees(output=array(1.0), cell=array(1.0))),
        Outcome.CHANGED,
    ),
    "an array less": (
        twice(sees(output=array(1.0), cell=array(1.0))),
        twice(sees(output=array(1.0))),
        Outcome.CHANGED,
    ),
    "as unreproducible as ever": (UNSEEDED, UNSEEDED, Outcome.NOT_REPRODUCIBLE),
    "other values, just as unreproducible": (
        UNSEEDED,
        differently(gives(5.0, 6.0), gives(7.0, 8.0)),
        Outcome.NOT_REPRODUCIBLE,
    ),
    "unreproducible, and another dtype": (
        UNSEEDED,
        differently(gives(1.0, 2.0, dtype="float64"), gives(3.0, 4.0, dtype="float64")),
        Outcome.CHANGED,
    ),
    "no longer reproducible": (ONE_AND_TWO, UNSEEDED, Outcome.CHANGED),
    "reproducible of late": (UNSEEDED, ONE_AND_TWO, Outcome.CHANGED),
    "the same error": (FAILS, FAILS, Outcome.RAISES),
    "the same error but for a layer's name": (
        twice(raises('Input 0 of layer "lstm" is wrong')),
        twice(raises('Input 0 of layer "lstm_7" is wrong')),
        Outcome.RAISES,
    ),
    "an error of another type": (
        FAILS,
        twice(raises("no such state", "KeyError")),
        Outcome.ERROR_CHANGED,
    ),
    "an error with another message": (FAILS, twice(raises("no state")), Outcome.ERROR_CHANGED),
    "works no more": (ONE_AND_TWO, FAILS, Outcome.NEWLY_RAISES),
    "was unreproducible, now raises": (UNSEEDED, FAILS, Outcome.NEWLY_RAISES),
    "works at last": (FAILS, ONE_AND_TWO, Outcome.FIXED),
}


def joined(runs: Runs) -> Result:
    return combine(runs, Tolerances())["step"]


def compared(before: Runs, after: Runs) -> Compared:
    """The comparison of `after` with the accepted runs `before`."""
    return compare(joined(before), joined(after), Tolerances())
