"""A table of steps: two accepted runs, two new runs, and the outcome."""

from collections.abc import Sequence

import pytest

from harness.judging.changes import Change, ChangeKind, Gives
from harness.judging.compare import DRAWS, NOT_TOLD, Compared, Step, change_of, compare
from harness.judging.verdicts import Outcome, Standing
from harness.observing.numerics import NumericClass, Tolerances
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


STEP = Step(scenario="unheard_of", variant="fixed", name="step")

# a result, its text, its class, and its mean in a change
GIVEN: dict[str, tuple[Result | None, str, Gives, float | None]] = {
    "values": (joined(ONE_AND_TWO), "mean 1.5", Gives.VALUES, 1.5),
    "values of a mean with many digits": (
        joined(twice(gives(1.0, 0.0, 0.0))),
        "mean 0.333333333",
        Gives.VALUES,
        1 / 3,
    ),
    "the output among other arrays": (
        joined(twice(sees(hidden=array(1.0), output=array(2.0)))),
        "mean 2",
        Gives.VALUES,
        2.0,
    ),
    "no arrays": (joined(twice(sees())), "no values", Gives.NOTHING, None),
    "an empty array": (joined(twice(gives(shape=(0,)))), "no values", Gives.NOTHING, None),
    "an error": (joined(FAILS), "ValueError: no such state", Gives.ERROR, None),
    "a long error": (
        joined(twice(raises("x" * 1_000_000))),
        f"ValueError: {'x' * 185}...",
        Gives.ERROR,
        None,
    ),
    "other values each time": (
        joined(UNSEEDED),
        "not reproducible",
        Gives.UNREPRODUCIBLE,
        None,
    ),
    "values beside others each time": (
        joined(differently(sees(output=array(1.0), a=array(1.0)), sees(output=array(1.0)))),
        "not reproducible",
        Gives.UNREPRODUCIBLE,
        None,
    ),
    "nothing that was observed": (None, "not observed", Gives.UNOBSERVED, None),
}


def between(old: Result | None, new: Result | None, outcome: Compared | None) -> Change | None:
    before, after = (
        {(STEP.scenario, STEP.variant): {STEP.name: each} if each else {}} for each in (old, new)
    )
    return change_of(STEP, before, after, outcome, Tolerances())


STRICT = Step(scenario="unheard_of", variant="strict", name="step")
DIFFERS = twice(gives(5.0, 6.0))
ALMOST = twice(gives(1.0, 2.0 + 2.0**-22))
# a step before and after, with seeds; the same with fixed weights, None if unobserved there; the
# kind of the change, and a part of its reason
DRAWN: dict[str, tuple[tuple[Runs, Runs], tuple[Runs | None, Runs | None], ChangeKind, str]] = {
    "equal with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, ONE_AND_TWO),
        ChangeKind.SEEDING,
        "the same seeds draw other numbers: output: mean 5.5 instead of 1.5",
    ),
    "equal but for rounding with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, ALMOST),
        ChangeKind.SEEDING,
        "the same seeds draw other numbers",
    ),
    "other values with fixed weights too": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, DIFFERS),
        ChangeKind.VALUES,
        "; also with fixed weights",
    ),
    "an error with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, FAILS),
        ChangeKind.VALUES,
        "; also with fixed weights",
    ),
    "the same error with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (FAILS, FAILS),
        ChangeKind.VALUES,
        NOT_TOLD,
    ),
    "weights, whose values differ with fixed weights too": (
        (twice(sees(kernel=array(1.0))), twice(sees(kernel=array(2.0)))),
        (twice(sees(kernel=array(1.0))), twice(sees(kernel=array(2.0)))),
        ChangeKind.VALUES,
        "; also with fixed weights",
    ),
    "not observed with fixed weights": (
        (ONE_AND_TWO, DIFFERS),
        (None, None),
        ChangeKind.VALUES,
        NOT_TOLD,
    ),
    "observed with fixed weights on one side only": (
        (ONE_AND_TWO, DIFFERS),
        (ONE_AND_TWO, None),
        ChangeKind.VALUES,
        NOT_TOLD,
    ),
    "NaN, though equal with fixed weights": (
        (ONE_AND_TWO, NAN_AND_ONE),
        (ONE_AND_TWO, ONE_AND_TWO),
        ChangeKind.NOT_FINITE,
        "nan instead of 1 (not finite)",
    ),
    **{
        f"only the array {name}": (
            (twice(sees(**{name: array(1.0)})), twice(sees(**{name: array(2.0)}))),
            (None, None),
            ChangeKind.SEEDING,
            f"the same seeds draw other numbers: {name}: mean 2 instead of 1",
        )
        for name in sorted(DRAWS)
    },
}


@pytest.mark.parametrize(("seeded", "fixed", "kind", "reason"), DRAWN.values(), ids=DRAWN)
def test_seeds_are_blamed_only_where_numbers_are_drawn(
    seeded: tuple[Runs, Runs],
    fixed: tuple[Runs | None, Runs | None],
    kind: ChangeKind,
    reason: str,
) -> None:
    sides = [
        {
            (STRICT.scenario, STRICT.variant): {STRICT.name: joined(runs)},
            **({(STRICT.scenario, "fixed"): {STRICT.name: joined(same)}} if same else {}),
        }
        for runs, same in zip(seeded, fixed, strict=True)
    ]
    change = change_of(STRICT, sides[0], sides[1], compared(*seeded), Tolerances())
    assert change
    assert (change.kind, reason in change.reason) == (kind, True), change.reason
    assert ("seeds" in change.reason) is (kind is ChangeKind.SEEDING)


@pytest.mark.parametrize(("given", "words", "gives_what", "mean"), GIVEN.values(), ids=GIVEN)
def test_a_side_of_a_change_is_a_short_text_and_a_class(
    given: Result | None, words: str, gives_what: Gives, mean: float | None
) -> None:
    other = joined(twice(gives(9.0)))
    there, back = between(given, other, None), between(other, given, None)
    assert there
    assert back
    assert (there.before, there.before_gives) == (words, gives_what)
    assert (back.after, back.after_gives, back.after_mean) == (words, gives_what, mean)
    assert (there.kind, there.where, there.variants) == (
        ChangeKind.STEP,
        "unheard_of / step",
        ("fixed",),
    )


def test_the_table_has_every_class_of_a_side() -> None:
    assert {gives_what for _, _, gives_what, _ in GIVEN.values()} == set(Gives)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@pytest.mark.parametrize(("before", "after", "outcome"), CASES.values(), ids=CASES)
def test_a_step_has_a_finding_if_its_outcome_is_a_difference(
    before: Runs, after: Runs, outcome: Outcome
) -> None:
    change = between(joined(before), joined(after), compared(before, after))
    assert (change is not None and change.finding) is (
        outcome.standing in (Standing.REGRESSED, Standing.FIXED)
    )
    assert (change is None) is (outcome.standing is Standing.UNCHANGED and outcome != "equal")
