"""A table of steps: two accepted runs, two new runs, and the outcome."""

import pytest

from harness.judging.verdicts import Outcome, Standing
from harness.observing.numerics import NumericClass
from tests.support.makers import array, differently, gives, raises, sees, twice
from tests.unit.judging.compared_steps import (
    CASES,
    COMPARED,
    ELSEWHERE,
    FAILS,
    NAN_AND_ONE,
    ONE_AND_TWO,
    UNSEEDED,
    Runs,
    compared,
)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_each_difference_has_its_outcome(before: Runs, after: Runs, expected: Outcome) -> None:
    found = compared(before, after)
    assert found.outcome is expected, found


def test_the_table_has_every_outcome_of_a_step_that_both_sides_have() -> None:
    reached = {expected for _, _, expected in CASES.values()}
    assert reached == {
        outcome for outcome in Outcome if outcome.standing in COMPARED and outcome not in ELSEWHERE
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
def test_a_step_that_still_raises_in_some_run_is_not_fixed(after: Runs) -> None:
    found = compared(FAILS, after)
    assert found.outcome.standing is Standing.REGRESSED, found


def test_a_drift_states_its_size_and_place() -> None:
    found = compared(twice(gives(1.0, 2.0, 3.0)), twice(gives(1.0, 2.0, 3.75)))
    assert found.reason == (
        "output: mean 2.25 instead of 2; "
        "1 of 3 values differs, worst at [2]: 3.75 instead of 3 (3.15e+06 ULP)"
    )
    assert found.distance
    assert (found.distance.absolute, found.distance.ulp) == (0.75, 0.75 * 2**22)
    assert found.numeric is NumericClass.DRIFT


def test_a_small_difference_states_its_size() -> None:
    found = compared(ONE_AND_TWO, twice(gives(1.0, 2.0 + 2.0**-22)))
    assert (found.outcome, found.reason) == (Outcome.EQUAL, "within tolerance: 1 ULP")
    assert found.distance
    assert (found.distance.ulp, found.numeric) == (1.0, NumericClass.TOLERANCE)


def test_the_array_that_differs_most_gives_the_class() -> None:
    before = twice(sees(hidden=array(1.0), cell=array(1.0), output=array(1.0)))
    after = twice(sees(hidden=array(2.0), cell=array("nan"), output=array(1.0 + 2.0**-23)))
    found = compared(before, after)
    assert found.numeric is NumericClass.NOT_FINITE
    assert found.reason.count("; ") == 3
    assert "hidden: mean 2 instead of 1" in found.reason
    assert "cell: mean nan instead of 1" in found.reason
    assert "output" not in found.reason


def test_a_step_that_is_not_compared_by_value_has_no_class() -> None:
    for before, after in ((FAILS, FAILS), (UNSEEDED, UNSEEDED), (ONE_AND_TWO, FAILS)):
        found = compared(before, after)
        assert (found.distance, found.numeric) == (None, None)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
def test_a_drift_beside_an_accepted_nan_names_the_drift() -> None:
    found = compared(NAN_AND_ONE, twice(gives("nan", 2.0)))
    assert "worst at [1]: 2 instead of 1" in found.reason


WEIGHTS = array(5.0, 6.0)
PARTLY = differently(
    sees(output=array(1.0), weights=WEIGHTS), sees(output=array(2.0), weights=WEIGHTS)
)


# the runs of another target, whose array `output` differs from run to run as well or not
BESIDE: dict[str, tuple[Runs, Outcome, str]] = {
    "the same": (PARTLY, Outcome.NOT_REPRODUCIBLE, "two runs differ, as accepted"),
    "another value in a reproducible array": (
        differently(
            sees(output=array(1.0), weights=array(5.0, 7.0)),
            sees(output=array(2.0), weights=array(5.0, 7.0)),
        ),
        Outcome.DRIFT,
        "weights: mean 6 instead of 5.5",
    ),
    "a reproducible array differs": (
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
def test_an_array_that_differs_from_run_to_run_hides_no_other_difference(
    runs: Runs, outcome: Outcome, reason: str
) -> None:
    found = compared(PARTLY, runs)
    assert found.outcome is outcome
    assert found.reason.startswith(reason)


def test_an_error_that_differs_from_run_to_run_has_a_type() -> None:
    def flaky(kind: str) -> Runs:
        return differently(gives(1.0), raises("no", kind))

    old = flaky("ValueError")
    assert compared(old, flaky("ValueError")).outcome is Outcome.NOT_REPRODUCIBLE
    assert compared(old, flaky("MemoryError")).outcome is Outcome.ERROR_CHANGED
