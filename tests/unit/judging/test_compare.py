"""A table of what two runs gave when they were accepted, what they give now, and the verdict."""

from collections.abc import Sequence

import pytest

from harness.judging.verdicts import Outcome, Standing, Verdict
from harness.observing.results import combine
from harness.judging.compare import compare_runs
from harness.judging.judge import judge
from harness.observing.numerics import NumericClass, Tolerances
from harness.observing.results import Result
from harness.observing.records import Array, Run
from tests.support.makers import array, differently, gives, raises, run, sees, twice

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


def test_the_table_reaches_every_outcome_that_a_record_can_have() -> None:
    reached = {expected for _, _, expected in CASES.values()}
    assert reached == set(Outcome) - {
        Outcome.BODY_CHANGED,  # of internals
        Outcome.ENVIRONMENT_FAILED,  # without a record
        Outcome.NO_INTERPRETER,
        Outcome.NOT_APPLICABLE,  # of the oracle and of the figures
    }


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
        "output: mean 2.25 instead of 2; "
        "1 of 3 values differ, worst at [2]: 3.75 instead of 3 (3.15e+06 ULP)"
    )
    assert (verdict.mean, verdict.baseline, verdict.difference) == (2.25, 2.0, 0.75)
    assert (verdict.ulp, verdict.numeric) == (0.75 * 2**22, NumericClass.DRIFT)


def test_a_little_difference_says_how_little() -> None:
    [verdict] = compared(ONE_AND_TWO, twice(gives(1.0, 2.0 + 2.0**-22)))
    assert (verdict.outcome, verdict.reason) == (Outcome.EQUAL, "within tolerance: 1 ULP")
    assert (verdict.ulp, verdict.numeric) == (1.0, NumericClass.TOLERANCE)


def test_the_worst_of_several_arrays_gives_the_class() -> None:
    before = twice(sees(hidden=array(1.0), cell=array(1.0), output=array(1.0)))
    after = twice(sees(hidden=array(2.0), cell=array("nan"), output=array(1.0 + 2.0**-23)))
    [verdict] = compared(before, after)
    assert verdict.numeric is NumericClass.NOT_FINITE
    assert verdict.reason.count("; ") == 3
    assert "hidden: mean 2 instead of 1" in verdict.reason
    assert "cell: mean nan instead of 1" in verdict.reason
    assert "output" not in verdict.reason


def test_what_is_not_compared_by_value_has_no_class() -> None:
    for before, after in ((FAILS, FAILS), (UNSEEDED, UNSEEDED), (ONE_AND_TWO, FAILS)):
        [verdict] = compared(before, after)
        assert (verdict.ulp, verdict.difference, verdict.numeric) == (None, None, None)


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
    runs = differently(gives(1.0, 2.0), gives(1.0, 2.0 + 2.0**-22))
    accepted = combine(runs, Tolerances())["step"]
    assert accepted.reproducible
    assert accepted.arrays["output"] == array(1.0, 2.0)
    assert accepted.noise == {"output": 1.0}


NOISY: dict[str, tuple[Runs, dict[str, float]]] = {
    "none": (ONE_AND_TWO, {}),
    "a unit": (differently(gives(1.0, 2.0), gives(1.0, 2.0 + 2.0**-22)), {"output": 1.0}),
    "that of each array": (
        differently(
            sees(output=array(1.0), cell=array(1.0), hidden=array(1.0)),
            sees(output=array(1.0 + 2.0**-23), cell=array(1.0 - 2.0**-22), hidden=array(1.0)),
        ),
        {"output": 1.0, "cell": 2.0},
    ),
    "that of the farthest run": (
        [
            run(gives(1.0), number=1),
            run(gives(1.0), number=2),
            run(gives(1.0 + 2.0**-22), number=3),
        ],
        {"output": 2.0},
    ),
    "of an error": (FAILS, {}),
    "of a run alone": ([run(gives(1.0))], {}),
    "of integers": (twice(gives(1, dtype="int64")), {}),
}


@pytest.mark.parametrize(("runs", "noise"), NOISY.values(), ids=NOISY)
def test_noise_is_what_the_runs_are_apart(runs: Runs, noise: dict[str, float]) -> None:
    assert combine(runs, Tolerances())["step"].noise == noise


def test_runs_that_are_apart_by_more_than_is_tolerated_are_not_reproducible() -> None:
    runs = differently(gives(1.0, 1.0), gives(1.0, 1.0 + 9 * 2.0**-23))
    accepted = combine(runs, Tolerances())["step"]
    assert (accepted.reproducible, accepted.noise) == (False, {})


WEIGHTS = array(5.0, 6.0)
PARTLY = differently(
    sees(output=array(1.0), weights=WEIGHTS), sees(output=array(2.0), weights=WEIGHTS)
)


def test_an_array_that_differs_from_run_to_run_leaves_the_values_of_the_others() -> None:
    accepted = combine(PARTLY, Tolerances())["step"]
    assert not accepted.reproducible
    assert accepted.arrays == {
        "output": Array(dtype="float32", shape=(1,), values=None),
        "weights": WEIGHTS,
    }


# what another target gives, of which the array `output` differs from run to run as well or not
BESIDE: dict[str, tuple[Runs, Outcome, str]] = {
    "the same": (PARTLY, Outcome.NOT_REPRODUCIBLE, "two runs differ, as accepted"),
    "another value in what is reproducible": (
        differently(
            sees(output=array(1.0), weights=array(5.0, 7.0)),
            sees(output=array(2.0), weights=array(5.0, 7.0)),
        ),
        Outcome.DRIFT,
        "weights: mean 6 instead of 5.5",
    ),
    "what was reproducible differs": (
        differently(
            sees(output=array(1.0), weights=array(5.0, 6.0)),
            sees(output=array(2.0), weights=array(5.0, 7.0)),
        ),
        Outcome.CHANGED,
        "not reproducible: two runs differ in weights, which they did not",
    ),
    "all of it is reproducible": (
        twice(sees(output=array(1.0), weights=WEIGHTS)),
        Outcome.CHANGED,
        "reproducible in output, which it was not",
    ),
}


@pytest.mark.parametrize(("runs", "outcome", "reason"), BESIDE.values(), ids=BESIDE)
def test_what_differs_from_run_to_run_hides_nothing_beside_it(
    runs: Runs, outcome: Outcome, reason: str
) -> None:
    old, new = (combine(each, Tolerances())["step"] for each in (PARTLY, runs))
    judged = judge(old, new, Tolerances())
    assert judged.outcome is outcome
    assert judged.reason.startswith(reason)


def test_an_error_that_differs_from_run_to_run_has_a_type() -> None:
    def flaky(kind: str) -> Result:
        return combine(differently(gives(1.0), raises("no", kind)), Tolerances())["step"]

    old = flaky("ValueError")
    assert judge(old, flaky("ValueError"), Tolerances()).outcome is Outcome.NOT_REPRODUCIBLE
    assert judge(old, flaky("MemoryError"), Tolerances()).outcome is Outcome.ERROR_CHANGED


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
