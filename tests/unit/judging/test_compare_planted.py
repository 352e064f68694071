"""Each difference planted in the states of an LSTM must have its class."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from harness.judging.compare import compare
from harness.judging.verdicts import Outcome
from harness.observing.numerics import Distance, NumericClass, Tolerances
from harness.observing.records import Observation
from harness.observing.results import Result, combine
from tests.support.makers import accept, differently, recorded, sees

States = Mapping[str, np.ndarray]

BATCH, TIME, UNITS = 10, 2, 10


def states() -> States:
    """Possible states of an LSTM in float32: values from -1 to 1, and cells beyond."""
    draw = np.random.default_rng(42).standard_normal
    output = np.tanh(0.3 * draw((BATCH, TIME, UNITS))).astype(np.float32)
    cell = (1.5 * draw((BATCH, UNITS))).astype(np.float32)
    return {"output": output, "hidden": output[:, -1], "cell": cell}


def with_each(change: Callable[[np.ndarray], np.ndarray]) -> States:
    return {name: change(values) for name, values in states().items()}


def with_one(name: str, at: tuple[int, ...], value: float) -> States:
    changed = states()[name].copy()
    changed[at] = value
    return {**states(), name: changed}


def one_ulp_up(values: np.ndarray) -> np.ndarray:
    """Replace only the largest number by the next number of the dtype."""
    changed = values.copy()
    at = np.unravel_index(np.argmax(np.abs(values)), values.shape)
    changed[at] = np.nextafter(changed[at], np.float32(np.inf))
    return changed


def one_ulp_back_and_forth(values: np.ndarray) -> np.ndarray:
    """Replace the numbers by turns by the next and the previous number of the dtype."""
    odd = np.arange(values.size).reshape(values.shape) % 2 == 1
    towards = np.where(odd, np.float32(np.inf), np.float32(-np.inf))
    return np.array(np.nextafter(values, towards))


def half_precision(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float16).astype(values.dtype)


def swapped() -> States:
    return {**states(), "hidden": states()["cell"], "cell": states()["hidden"]}


def first_sample_for_all(values: np.ndarray) -> np.ndarray:
    return np.broadcast_to(values[:1], values.shape)


SAME, TOLERATED = (
    (Outcome.IDENTICAL, NumericClass.IDENTICAL),
    (Outcome.EQUAL, NumericClass.TOLERANCE),
)
DRIFT, NOT_FINITE = (
    (Outcome.DRIFT, NumericClass.DRIFT),
    (Outcome.DRIFT, NumericClass.NOT_FINITE),
)
LAYOUT = (Outcome.CHANGED, NumericClass.LAYOUT)

PLANTED: dict[str, tuple[States, tuple[Outcome, NumericClass]]] = {
    "nothing": (states(), SAME),
    "copies": (with_each(np.copy), SAME),
    "another order in memory": (with_each(np.asfortranarray), SAME),
    "one ULP in one number": ({**states(), "cell": one_ulp_up(states()["cell"])}, TOLERATED),
    "one ULP in each array": (with_each(one_ulp_up), TOLERATED),
    "one ULP in every number": (with_each(one_ulp_back_and_forth), TOLERATED),
    "a relative error of 1e-7": (with_each(lambda v: v * np.float32(1 + 1e-7)), TOLERATED),
    "a relative error of 1e-5": (with_each(lambda v: v * np.float32(1 + 1e-5)), DRIFT),
    "a relative error of 1e-5 in one array": (
        {**states(), "hidden": states()["hidden"] * np.float32(1 + 1e-5)},
        DRIFT,
    ),
    "a relative error of 1e-5 in one sample": (
        with_each(lambda v: np.concatenate([v[:-1], v[-1:] * np.float32(1 + 1e-5)])),
        DRIFT,
    ),
    "half precision on the way": (with_each(half_precision), DRIFT),
    "half precision of the cell on the way": (
        {**states(), "cell": half_precision(states()["cell"])},
        DRIFT,
    ),
    "h and c swapped": (swapped(), DRIFT),
    "one sample for the whole batch": (with_each(first_sample_for_all), DRIFT),
    "the samples in another order": (with_each(lambda v: np.roll(v, 1, axis=0)), DRIFT),
    "the units in another order": (with_each(lambda v: np.roll(v, 1, axis=-1)), DRIFT),
    "the steps in another order": ({**states(), "output": states()["output"][:, ::-1]}, DRIFT),
    "zeros": (with_each(np.zeros_like), DRIFT),
    "another sign": (with_each(np.negative), DRIFT),
    "NaN in one place": (with_one("cell", (3, 4), np.nan), NOT_FINITE),
    "infinity in one place": (with_one("output", (3, 1, 4), np.inf), NOT_FINITE),
    "NaN everywhere": (with_each(lambda v: np.full_like(v, np.nan)), NOT_FINITE),
    "float64": ({**states(), "cell": states()["cell"].astype(np.float64)}, LAYOUT),
    "float16": (with_each(lambda v: v.astype(np.float16)), LAYOUT),
    "no batch": (with_each(lambda v: v[0]), LAYOUT),
    "a longer batch": (with_each(lambda v: np.concatenate([v, v])), LAYOUT),
    "transposed": ({**states(), "cell": states()["cell"].T.reshape(UNITS, BATCH, 1)}, LAYOUT),
    "an array less": ({k: v for k, v in states().items() if k != "cell"}, LAYOUT),
}


def seen(given: States) -> Observation:
    return sees(**{name: recorded(values) for name, values in given.items()})


def accepted(given: States) -> Result:
    return accept(seen(given))["step"]


@pytest.mark.parametrize(("planted", "expected"), PLANTED.values(), ids=PLANTED)
def test_a_planted_difference_has_its_class_in_both_directions(
    planted: States, expected: tuple[Outcome, NumericClass]
) -> None:
    before, after = accepted(states()), accepted(planted)
    for old, new in ((before, after), (after, before)):
        found = compare(old, new, Tolerances())
        assert (found.outcome, found.numeric) == expected, found


NOISE = (Outcome.EQUAL, NumericClass.NOISE)

NOISY = {
    "runs that are as far apart": (with_each(one_ulp_up), NOISE),
    "runs that are not": (states(), TOLERATED),
    "runs that are farther apart than is tolerated": (
        with_each(lambda v: v * np.float32(1 + 1e-5)),
        (Outcome.CHANGED, None),
    ),
}


@pytest.mark.parametrize(("other_run", "expected"), NOISY.values(), ids=NOISY)
@pytest.mark.parametrize("noisy_side", [0, 1], ids=["before", "after"])
def test_one_ulp_is_noise_if_the_runs_are_one_ulp_apart(
    other_run: States, expected: tuple[Outcome, NumericClass | None], noisy_side: int
) -> None:
    noisy = combine(differently(seen(states()), seen(other_run)), Tolerances())["step"]
    sides = [noisy, accepted(with_each(one_ulp_up))]
    found = compare(sides[noisy_side], sides[1 - noisy_side], Tolerances())
    assert (found.outcome, found.numeric) == expected, found


def test_a_drift_is_not_taken_for_noise() -> None:
    noisy = combine(differently(seen(states()), seen(with_each(one_ulp_up))), Tolerances())["step"]
    found = compare(noisy, accepted(with_each(half_precision)), Tolerances())
    assert (found.outcome, found.numeric) == DRIFT


def test_one_ulp_is_reported_as_one_ulp() -> None:
    found = compare(accepted(states()), accepted(with_each(one_ulp_up)), Tolerances())
    assert found.distance is not None
    assert found.distance.ulp == 1.0
    assert found.reason == "within tolerance: 1 ULP"
    assert compare(accepted(states()), accepted(states()), Tolerances()).distance == Distance()
