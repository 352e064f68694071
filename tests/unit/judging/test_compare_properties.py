"""Properties of the comparison, for all arrays."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.judging.compare import compare
from harness.judging.criteria import Criteria
from harness.judging.diff import diff
from harness.judging.verdicts import Outcome, Standing
from harness.observing.numerics import NumericClass, Tolerances, ulp
from harness.observing.records import Number, Observation
from harness.observing.results import Result, combine
from tests.support.makers import accept, array, differently, gives, observed, raises

VARIANTS = ("printed", "fixed")
SEVERITY = list(NumericClass)
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
    old, new = (accept(side)["step"] for side in (before, after))
    return compare(old, new, TOLERANCES).outcome


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@given(observations)
def test_an_observation_compared_with_itself_is_unchanged(observation: Observation) -> None:
    assert outcome(observation, observation).standing is Standing.UNCHANGED


@given(
    values=st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=20),
    data=st.data(),
    beyond=st.floats(1.5, 1e6),
    sign=st.sampled_from([-1, 1]),
)
def test_one_value_beyond_the_tolerance_is_drift(
    values: list[float], data: st.DataObject, beyond: float, sign: int
) -> None:
    at = data.draw(st.integers(0, len(values) - 1))
    changed = list(values)
    changed[at] += sign * beyond * TOLERANCES.ulp * ulp("float32", 2 * max(map(abs, values)))
    assert outcome(gives(*values), gives(*changed)) is Outcome.DRIFT


@given(
    values=st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=20),
    data=st.data(),
    units=st.integers(-1, 1),
)
def test_one_value_with_another_rounding_is_no_drift(
    values: list[float], data: st.DataObject, units: int
) -> None:
    at = data.draw(st.integers(0, len(values) - 1))
    changed = list(values)
    changed[at] = float(np.float32(changed[at] + units * ulp("float32", max(map(abs, values)))))
    assert outcome(gives(*values), gives(*changed)).standing is Standing.UNCHANGED


MIRRORED = {Outcome.NEWLY_RAISES: Outcome.FIXED, Outcome.FIXED: Outcome.NEWLY_RAISES}
sides = st.one_of(
    observations.map(lambda seen: accept(seen)["step"]),
    st.tuples(observations, observations).map(
        lambda both: combine(differently(*both), TOLERANCES)["step"]
    ),
)


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@given(sides, sides)
def test_in_the_reverse_direction_the_outcome_is_mirrored(old: Result, new: Result) -> None:
    there, back = compare(old, new, TOLERANCES), compare(new, old, TOLERANCES)
    assert back.numeric is there.numeric
    assert back.distance == there.distance
    assert back.outcome is MIRRORED.get(there.outcome, there.outcome)


close = st.lists(st.floats(-10, 10, width=32), min_size=1, max_size=6).flatmap(
    lambda values: st.tuples(
        st.just(values),
        st.lists(st.integers(-12, 12), min_size=len(values), max_size=len(values)),
        st.just(ulp("float32", max(map(abs, values)))),
    )
)


@given(close, st.floats(0, 20))
def test_noise_never_makes_a_class_worse(
    near: tuple[list[float], list[int], float], noise: float
) -> None:
    values, units, unit = near
    moved = [value + count * unit for value, count in zip(values, units, strict=True)]
    old, new = (accept(gives(*side))["step"] for side in (values, moved))
    quiet = compare(old, new, TOLERANCES)
    loud = {"output": noise}
    for sides in ((replace(old, noise=loud), new), (old, replace(new, noise=loud))):
        noisy = compare(*sides, TOLERANCES)
        assert quiet.numeric is not None
        assert noisy.numeric is not None
        assert SEVERITY.index(noisy.numeric) <= SEVERITY.index(quiet.numeric)
        assert noisy.distance == quiet.distance


@pytest.mark.filterwarnings("ignore:invalid value encountered")
@given(st.dictionaries(st.sampled_from(["one", "two"]), sides), st.sampled_from(VARIANTS))
def test_equal_targets_have_no_changes(steps: dict[str, Result], variant: str) -> None:
    one, other = (observed({("stateful", variant): dict(steps)}, name=name) for name in ("a", "b"))
    assert diff(one, other, Criteria(tolerances=TOLERANCES)).changes == ()


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=20))
def test_a_rotation_that_moves_a_value_is_drift(values: list[float]) -> None:
    rotated = [*values[1:], values[0]]
    assume(any(abs(a - b) > 1e-4 for a, b in zip(values, rotated, strict=True)))
    assert outcome(gives(*values), gives(*rotated)) is Outcome.DRIFT
