"""Two runs of a step become one result, with the values in which they agree."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observing.numerics import Tolerances
from harness.observing.records import Array, Observation, Run
from harness.observing.results import Result, combine, layout_differences
from tests.support.makers import accept, array, differently, gives, raises, run, sees, twice

Runs = Sequence[Run]

ONE_AND_TWO = twice(gives(1.0, 2.0))
FAILS = twice(raises("no such state"))
UNSEEDED = differently(gives(1.0, 2.0), gives(3.0, 4.0))


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
def test_noise_is_the_distance_of_the_runs(runs: Runs, noise: dict[str, float]) -> None:
    assert combine(runs, Tolerances())["step"].noise == noise


def test_runs_beyond_the_tolerances_are_not_reproducible() -> None:
    runs = differently(gives(1.0, 1.0), gives(1.0, 1.0 + 9 * 2.0**-23))
    accepted = combine(runs, Tolerances())["step"]
    assert (accepted.reproducible, accepted.noise) == (False, {})


WEIGHTS = array(5.0, 6.0)
PARTLY = differently(
    sees(output=array(1.0), weights=WEIGHTS), sees(output=array(2.0), weights=WEIGHTS)
)


def test_an_array_that_differs_from_run_to_run_leaves_the_values_of_other_arrays() -> None:
    accepted = combine(PARTLY, Tolerances())["step"]
    assert not accepted.reproducible
    assert accepted.arrays == {
        "output": Array(dtype="float32", shape=(1,), values=None),
        "weights": WEIGHTS,
    }


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


ERRORS: dict[str, tuple[Runs, bool]] = {
    "the same": (FAILS, True),
    "the same but for an address": (
        differently(raises("<LSTM at 0x1> fails"), raises("<LSTM at 0x2> fails")),
        True,
    ),
    "another message": (differently(raises("no"), raises("never")), False),
    "another type": (differently(raises("no"), raises("no", "KeyError")), False),
    "an error in the first run alone": (differently(raises("no"), gives(1.0)), False),
    "an error in the second run alone": (differently(gives(1.0), raises("no")), False),
    "an error in a step that the other run lacks": (
        differently(raises("no"), gives(1.0, step="other")),
        False,
    ),
}


@pytest.mark.parametrize(("runs", "reproducible"), ERRORS.values(), ids=ERRORS)
def test_an_error_is_reproducible_if_every_run_raises_it(runs: Runs, *, reproducible: bool) -> None:
    result = combine(runs, Tolerances())["step"]
    assert result.error is not None
    assert result.reproducible is reproducible
    assert ("not in every run" in result.raised) is not reproducible


# a result, its mean, the most by which its runs differ, and its error in one line
WORDS: dict[str, tuple[Runs, float | None, float | None, str]] = {
    "values": (ONE_AND_TWO, 1.5, 0.0, "nothing"),
    "values with noise": (
        differently(
            sees(output=array(1.0), cell=array(1.0)),
            sees(output=array(1.0 + 2.0**-23), cell=array(1.0 - 2.0**-22)),
        ),
        1.0,
        2.0,
        "nothing",
    ),
    "the output after other arrays": (
        twice(sees(hidden=array(1.0), output=array(2.0))),
        2.0,
        0.0,
        "nothing",
    ),
    "no output among its arrays": (
        twice(sees(hidden=array(1.0), cell=array(2.0))),
        1.0,
        0.0,
        "nothing",
    ),
    "no arrays": (twice(sees()), None, 0.0, "nothing"),
    "other values each time": (
        UNSEEDED,
        None,
        None,
        "nothing (not in every run, or not always the same)",
    ),
    "an error": (FAILS, None, None, "ValueError: no such state"),
    "a long error": (twice(raises("x" * 300)), None, None, f"ValueError: {'x' * 185}..."),
    "an error of 200 characters": (
        twice(raises("x" * 188)),
        None,
        None,
        f"ValueError: {'x' * 188}",
    ),
}


@pytest.mark.parametrize(("runs", "mean", "noise", "raised"), WORDS.values(), ids=WORDS)
def test_a_result_has_a_mean_the_noise_of_its_runs_and_its_error(
    runs: Runs, mean: float | None, noise: float | None, raised: str
) -> None:
    result = combine(runs, Tolerances())["step"]
    assert (result.mean, result.most_noise, result.raised) == (mean, noise, raised)


def test_each_step_is_combined_separately_in_the_order_of_observation() -> None:
    first, second = gives(1.0, step="one"), gives(2.0, step="two")
    found = combine([run(second), run(first, second, number=2)], Tolerances())
    assert list(found) == ["two", "one"]
    assert (found["two"].reproducible, found["one"].reproducible) == (True, False)
    assert combine([], Tolerances()) == {}


def test_the_tolerances_determine_reproducibility() -> None:
    runs = differently(gives(1.0), gives(1.0 + 4 * 2.0**-23))
    for within, expected in ((3.0, False), (4.0, True)):
        tolerances = Tolerances(ulp=within, mean_ulp=within)
        assert combine(runs, tolerances)["step"].reproducible is expected


LAYOUTS: dict[str, tuple[Observation, Observation, list[str]]] = {
    "the same": (gives(1.0, 2.0), gives(3.0, 4.0), []),
    "another dtype": (
        gives(1.0),
        gives(1.0, dtype="float64"),
        ["output: dtype float64 instead of float32"],
    ),
    "another shape": (
        gives(1.0, 2.0),
        gives(1.0, 2.0, shape=(2, 1)),
        ["output: shape (2, 1) instead of (2,)"],
    ),
    "another dtype and shape": (
        gives(1.0),
        gives(1.0, dtype="float64", shape=()),
        ["output: dtype float64 instead of float32", "output: shape () instead of (1,)"],
    ),
    "other arrays": (
        sees(output=array(1.0)),
        sees(cell=array(1.0)),
        ["output: no longer there", "cell: was not there"],
    ),
}


@pytest.mark.parametrize(("before", "after", "message"), LAYOUTS.values(), ids=LAYOUTS)
def test_each_difference_of_the_layout_is_reported(
    before: Observation, after: Observation, message: list[str]
) -> None:
    old, new = (accept(side)["step"] for side in (before, after))
    assert list(layout_differences(old, new)) == message


FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)
NUMBERS = FLOATS | st.sampled_from(["nan", "inf", "-inf"])
OBSERVATIONS = st.one_of(
    st.dictionaries(
        st.sampled_from(["output", "hidden", "cell"]),
        st.lists(NUMBERS, max_size=6).map(lambda values: array(*values)),
    ).map(lambda named: Observation(step="step", arrays=named)),
    st.sampled_from(["", "no such state", "layer 'lstm_1' at 0x7f"]).map(raises),
)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@given(OBSERVATIONS, OBSERVATIONS)
def test_the_order_of_runs_does_not_change_reproducibility(
    one: Observation, other: Observation
) -> None:
    there, back = (
        combine(differently(*both), Tolerances())["step"] for both in ((one, other), (other, one))
    )
    assert (there.reproducible, there.noise) == (back.reproducible, back.noise)


@given(OBSERVATIONS)
def test_runs_that_observe_the_same_are_reproducible_and_without_noise(seen: Observation) -> None:
    result: Result = accept(seen)["step"]
    assert (result.reproducible, result.noise) == (True, {})
