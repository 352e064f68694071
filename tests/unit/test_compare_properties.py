"""What holds of the comparison for all arrays."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.changes import Outcome, Standing
from harness.compare import Tolerances, combine, compare_runs
from harness.records import Number, Observation
from tests.unit.makers import array, gives, raises, twice

FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)
TOLERANCES = Tolerances()

numbers: st.SearchStrategy[Number] = FLOATS | st.sampled_from(["nan", "inf", "-inf"])
arrays = st.lists(numbers, max_size=6).map(lambda values: array(*values))
observations = st.one_of(
    st.dictionaries(st.sampled_from(["output", "hidden", "cell"]), arrays).map(
        lambda named: Observation(step="step", arrays=named)
    ),
    st.sampled_from(["", "no such state", "layer 'lstm_1' at 0x7f"]).map(raises),
)


def outcome(before: Observation, after: Observation) -> Outcome:
    accepted = combine(twice(before), TOLERANCES)
    [verdict] = compare_runs("stateful", "fixed", accepted, twice(after), TOLERANCES)
    return verdict.outcome


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@given(observations)
def test_a_thing_compared_with_itself_is_unchanged(observation: Observation) -> None:
    assert outcome(observation, observation).standing is Standing.UNCHANGED


@given(
    values=st.lists(st.floats(-10, 10), min_size=1, max_size=20),
    data=st.data(),
    beyond=st.floats(1.5, 1e6),
    sign=st.sampled_from([-1, 1]),
)
def test_one_value_beyond_the_tolerance_is_drift(
    values: list[float], data: st.DataObject, beyond: float, sign: int
) -> None:
    at = data.draw(st.integers(0, len(values) - 1))
    changed = list(values)
    tolerance = TOLERANCES.absolute + TOLERANCES.relative * abs(values[at])
    changed[at] += sign * beyond * tolerance
    assert outcome(gives(*values), gives(*changed)) is Outcome.DRIFT


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=20))
def test_a_rotation_that_moves_a_value_is_drift(values: list[float]) -> None:
    rotated = [*values[1:], values[0]]
    assume(any(abs(a - b) > 1e-4 for a, b in zip(values, rotated, strict=True)))
    assert outcome(gives(*values), gives(*rotated)) is Outcome.DRIFT


@given(st.lists(FLOATS, min_size=1))
def test_means_are_correctly_rounded_sums_over_counts(values: list[float]) -> None:
    assert array(*values).mean == math.fsum(values) / len(values)


@given(st.lists(FLOATS), st.sampled_from(["nan", "inf", "-inf"]))
def test_a_mean_over_anything_not_finite_is_nan(values: list[float], number: str) -> None:
    mean = array(*values, number).mean
    assert mean is not None
    assert math.isnan(mean)
