"""Results of steps, combined from the runs of one scenario and variant. Pure."""

import functools
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.base.sharing import once
from harness.observing.messages import normalise
from harness.observing.numerics import Distance, NumericClass, Tolerances, distance, values
from harness.observing.records import Array, Error, Run

_STEADY = (NumericClass.IDENTICAL, NumericClass.TOLERANCE)
_BRIEF = 200  # the largest length of `raised`, in characters


@dataclass(frozen=True, kw_only=True)
class Result:
    """The combined result of one step in all runs, as a baseline stores it.

    An array that differs from run to run keeps its dtype and shape, not its values, and makes its
    step not reproducible. `noise` is the largest distance of two runs in ULP, by array, for arrays
    that differ within the tolerances; baselines do not store noise.
    """

    arrays: Mapping[str, Array] = field(default_factory=dict)
    error: Error | None = None
    reproducible: bool = True
    noise: Mapping[str, float] = field(default_factory=dict)

    @functools.cached_property
    def mean(self) -> float | None:
        """The mean of the array `output`, or without `output` of the first array."""
        if not self.arrays:
            return None
        return (self.arrays.get("output") or next(iter(self.arrays.values()))).mean

    @property
    def most_noise(self) -> float | None:
        """The largest difference of the runs, in ULP; None if raised or not reproducible."""
        if self.error or not self.reproducible:
            return None
        return max(self.noise.values(), default=0.0)

    @property
    def raised(self) -> str:
        """The type and message of the error, in at most 200 characters."""
        text = f"{self.error.type}: {self.error.message}" if self.error else "nothing"
        text += "" if self.reproducible else " (not in every run, or not always the same)"
        return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 3]}..."


Results = Mapping[str, Result]  # the results of one scenario and variant, by step


def combine(runs: Sequence[Run], tolerances: Tolerances) -> Results:
    """Combine the runs of one scenario and variant to one result for each step.

    A step is not reproducible if its values, shapes or errors differ between runs, or if a run
    lacks the step. Differences of values within the tolerances are noise.
    """
    seen: dict[str, list[Any]] = {}
    for run in runs:
        for each in run.observations:
            error = each.error
            given = (error.type, normalise(error.message)) if error else (None, "")
            seen.setdefault(each.step, []).extend((each.arrays or _NO_ARRAYS, *given))
    found = [(step, _combined(len(runs), tolerances, *its)) for step, its in seen.items()]
    return _together(*itertools.chain.from_iterable(found))


def layout_differences(old: Result, new: Result) -> Iterator[str]:
    """The differences of two results in their arrays, dtypes and shapes, as text."""
    for name in dict.fromkeys([*old.arrays, *new.arrays]):
        before, after = old.arrays.get(name), new.arrays.get(name)
        if after is None:
            yield f"{name}: no longer there"
        elif before is None:
            yield f"{name}: was not there"
        else:
            if before.dtype != after.dtype:
                yield f"{name}: dtype {after.dtype} instead of {before.dtype}"
            if before.shape != after.shape:
                yield f"{name}: shape {after.shape} instead of {before.shape}"


@functools.cache  # many releases give the same bits
def array_distance(old: Array, new: Array) -> Distance:
    """The distance of two arrays of one shape, in ULP of the dtype of `new`."""
    if old.dtype == new.dtype and old.values == new.values:
        return Distance()
    return distance(values(old), values(new), new.dtype)


@once
def _together(*parts: Any) -> Results:
    """The results of the steps that are named before each."""
    return dict(zip(parts[::2], parts[1::2], strict=True))


_NO_ARRAYS: Mapping[str, Array] = {}


@once
def _combined(runs: int, tolerances: Tolerances, *seen: Any) -> Result:
    """The result of a step from the arrays and the type and message of the error of each run."""
    results = [_single(*seen[at : at + 3]) for at in range(0, len(seen), 3)]
    return _joined(results, runs, tolerances)


def _single(arrays: Mapping[str, Array], error: str | None, message: str) -> Result:
    """The result of a single observation; its message is normalised."""
    if error is None:
        return Result(arrays=arrays)
    return Result(arrays=arrays, error=Error(type=error, message=message))


def _joined(seen: Sequence[Result], runs: int, tolerances: Tolerances) -> Result:
    """The combined result of a step from its results in each run."""
    first = seen[0]
    error = next((result.error for result in seen if result.error), None)
    if error:
        alike = len(seen) == runs and all(result == first for result in seen)
        return Result(error=error, reproducible=alike)
    if len(seen) == runs and all(result == first for result in seen[1:]):
        return first
    same_layout = not any(list(layout_differences(first, other)) for other in seen[1:])
    whole = len(seen) == runs and same_layout
    arrays, noise = {}, {}
    for name, array in first.arrays.items():
        apart = [array_distance(array, other.arrays[name]) for other in seen[1:]] if whole else []
        steady = whole and all(tolerances.classify(each) in _STEADY for each in apart)
        arrays[name] = array if steady else replace(array, values=None)
        if steady and (most := max((each.ulp for each in apart), default=0.0)):
            noise[name] = most
    reproducible = whole and all(array.values is not None for array in arrays.values())
    return Result(arrays=arrays, reproducible=reproducible, noise=noise)
