"""A table of what two runs gave when they were accepted, what they give now, and the verdict."""

from collections.abc import Sequence

import pytest

from harness.changes import Outcome, Standing, Verdict
from harness.compare import Tolerances, combine, compare_runs
from harness.records import Run
from tests.unit.makers import array, differently, gives, raises, run, sees, twice

Runs = Sequence[Run]

NAN_AND_ONE = twice(gives("nan", 1.0))
ONE_AND_TWO = twice(gives(1.0, 2.0))
FAILS = twice(raises("no such state"))
UNSEEDED = differently(gives(1.0, 2.0), gives(3.0, 4.0))
CRASHED = [run(end="crashed", unfinished="step", detail="ended by SIGSEGV"), *twice(gives(1.0))]
TIMED_OUT = [run(end="timed out", unfinished="step", detail="took longer than 1 s")]

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
    "the mean alone drifts": (ONE_AND_TWO, twice(gives(1.0 + 2e-7, 2.0 + 2e-7)), Outcome.DRIFT),
    "one value among many drifts, the mean hardly": (
        twice(gives(*[0.0] * 100)),
        twice(gives(*[0.0] * 99, 2e-6)),
        Outcome.DRIFT,
    ),
    "a permutation keeps the mean": (ONE_AND_TWO, twice(gives(2.0, 1.0)), Outcome.DRIFT),
    "a number becomes NaN": (ONE_AND_TWO, twice(gives(1.0, "nan")), Outcome.DRIFT),
    "NaN becomes a number": (NAN_AND_ONE, twice(gives(1.0, 1.0)), Outcome.DRIFT),
    "NaN stands elsewhere": (NAN_AND_ONE, twice(gives(1.0, "nan")), Outcome.DRIFT),
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
    "no longer observed": (ONE_AND_TWO, twice(), Outcome.MISSING),
    "observed for the first time": (twice(), ONE_AND_TWO, Outcome.NO_BASELINE),
    "crashes in one of its runs": (ONE_AND_TWO, CRASHED, Outcome.CRASHED),
    "takes too long": (ONE_AND_TWO, TIMED_OUT, Outcome.TIMED_OUT),
    "crashes and has no baseline": (twice(), CRASHED, Outcome.CRASHED),
}


def compared(before: Runs, after: Runs) -> list[Verdict]:
    """The verdicts on `after`, where `before` has been accepted."""
    tolerances = Tolerances()
    accepted = combine(before, tolerances)
    return list(compare_runs("stateful", "fixed", accepted, after, tolerances))


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_each_change_has_its_outcome(before: Runs, after: Runs, expected: Outcome) -> None:
    [verdict] = compared(before, after)
    assert verdict.outcome is expected, verdict
    assert verdict.step == "step"


def test_the_table_reaches_every_outcome_but_that_of_internals() -> None:
    reached = {expected for _, _, expected in CASES.values()}
    assert reached == set(Outcome) - {Outcome.BODY_CHANGED}


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(differently(raises("no such state"), gives(1.0)), id="in one run of two"),
        pytest.param(differently(gives(1.0), raises("no such state")), id="in the other run"),
        pytest.param(
            differently(raises("no such state"), raises("lost 1 of 7")), id="in both, differently"
        ),
    ],
)
def test_what_still_raises_in_some_run_is_not_fixed(after: Runs) -> None:
    [verdict] = compared(FAILS, after)
    assert verdict.outcome.standing is Standing.REGRESSED, verdict


def test_a_drift_says_by_how_much_and_where() -> None:
    [verdict] = compared(twice(gives(1.0, 2.0, 3.0)), twice(gives(1.0, 2.0, 3.75)))
    assert verdict.reason == (
        "output: mean 2.25 instead of 2 (off by 0.25, tolerance 1e-07); "
        "1 of 3 values beyond tolerance, worst at [2]: 3.75 instead of 3"
    )
    assert (verdict.mean, verdict.baseline, verdict.difference) == (2.25, 2.0, 0.75)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_a_drift_beside_a_nan_that_was_there_before_names_the_drift() -> None:
    [verdict] = compared(NAN_AND_ONE, twice(gives("nan", 2.0)))
    assert "worst at [1]: 2 instead of 1" in verdict.reason


def test_the_headline_is_the_mean_of_the_output_wherever_it_stands() -> None:
    seen = twice(sees(hidden=array(1.0), output=array(2.0)))
    [verdict] = compared(seen, seen)
    assert verdict.mean == 2.0


def test_steps_that_an_untimely_end_cut_off_are_said_not_to_be_reached() -> None:
    steps = [gives(1.0, step=name) for name in ("one", "two", "three")]
    crashed = run(steps[0], end="crashed", unfinished="two", detail="ended by SIGSEGV")
    one, two, three = sorted(compared(twice(*steps), [crashed, *twice(*steps)]), key=str)
    assert one.outcome is Outcome.IDENTICAL
    assert (three.outcome, three.reason) == (Outcome.CRASHED, "run 1 ended by SIGSEGV")
    assert (two.outcome, two.reason) == (
        Outcome.CRASHED,
        "not reached: run 1 crashed in 'two'",
    )


def test_a_crash_before_the_first_step_is_a_verdict_of_its_own() -> None:
    crashed = [run(end="crashed", detail="ended by SIGKILL")]
    outcomes = {v.step: v.outcome for v in compared(twice(), crashed)}
    assert outcomes == {"(before its first step)": Outcome.CRASHED}


def test_a_crash_after_a_step_is_not_said_to_be_before_the_first() -> None:
    crashed = [run(gives(1.0), end="crashed", detail="ended by SIGKILL")]
    verdicts = compared(twice(gives(1.0)), crashed)
    assert any(v.outcome is Outcome.CRASHED for v in verdicts)
    assert "before its first step" not in " ".join(map(str, verdicts))


def test_runs_that_agree_keep_the_values_of_the_first() -> None:
    runs = differently(gives(1.0, 2.0), gives(1.0, 2.0 + 1e-7))
    accepted = combine(runs, Tolerances())["step"]
    assert accepted.reproducible
    assert accepted.arrays["output"] == array(1.0, 2.0)


@pytest.mark.parametrize(
    "runs",
    [
        pytest.param(UNSEEDED, id="other values"),
        pytest.param(differently(gives(1.0, 2.0), gives(1.0)), id="another shape"),
        pytest.param(differently(gives(1.0, 2.0), gives(1.0, step="other")), id="no such step"),
    ],
)
def test_runs_that_differ_keep_dtype_and_shape_but_no_values(runs: Runs) -> None:
    accepted = combine(runs, Tolerances())["step"]
    assert not accepted.reproducible
    output = accepted.arrays["output"]
    assert (output.dtype, output.shape, output.values) == ("float32", (2,), None)


def test_a_step_that_raises_in_some_run_keeps_the_error_and_no_arrays() -> None:
    accepted = combine(differently(gives(1.0), raises("no")), Tolerances())["step"]
    assert not accepted.reproducible
    assert not accepted.arrays
    assert accepted.error
    assert accepted.error.message == "no"
