"""Results of steps: what the runs of one scenario and variant say together. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.observing.messages import normalise
from harness.observing.numerics import Distance, NumericClass, Tolerances, distance, values
from harness.observing.records import Array, Error, Observation, Run

_STEADY = (NumericClass.IDENTICAL, NumericClass.TOLERANCE)
_BRIEF = 200  # characters of an error in one line


@dataclass(frozen=True, kw_only=True)
class Result:
    """What all runs together say of one step; a baseline stores it.

    An array that differs from run to run keeps its dtype and shape, not its values, and makes its
    step not reproducible. `noise` is how far the runs are apart in each of the others, in ULP,
    where they are apart at all; a baseline has none.
    """

    arrays: Mapping[str, Array] = field(default_factory=dict)
    error: Error | None = None
    reproducible: bool = True
    noise: Mapping[str, float] = field(default_factory=dict)

    @property
    def mean(self) -> float | None:
        """The mean by which a step is known: that of `output`, or else of its first array."""
        if not self.arrays:
            return None
        return (self.arrays.get("output") or next(iter(self.arrays.values()))).mean

    @property
    def most_noise(self) -> float | None:
        """The most by which the runs differ, in ULP; None where that cannot be told."""
        if self.error or not self.reproducible:
            return None
        return max(self.noise.values(), default=0.0)

    @property
    def raised(self) -> str:
        """The error in at most 200 characters."""
        text = f"{self.error.type}: {self.error.message}" if self.error else "nothing"
        text += "" if self.reproducible else " (not in every run, or not always the same)"
        return text if len(text) <= _BRIEF else f"{text[: _BRIEF - 3]}..."


Results = Mapping[str, Result]  # the results of one scenario and variant, by step


def combine(runs: Sequence[Run], tolerances: Tolerances) -> dict[str, Result]:
    """Join the runs of one scenario and variant to one result for each step.

    A step that gives other values, shapes or errors in another run is not reproducible. Differences
    of its arrays within the tolerances are their noise.
    """
    return {
        step: _joined(
            [_single(o) for run in runs for o in run.observations if o.step == step],
            len(runs),
            tolerances,
        )
        for step in dict.fromkeys(o.step for run in runs for o in run.observations)
    }


def layout_differences(old: Result, new: Result) -> Iterator[str]:
    """In which arrays, dtypes and shapes two results differ, in words."""
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


def array_distance(old: Array, new: Array) -> Distance:
    """How far two arrays of one shape are apart, in units of the dtype of the second."""
    return distance(values(old), values(new), new.dtype)


def _single(observation: Observation) -> Result:
    """The result of a step that was observed once."""
    error = observation.error
    return Result(
        arrays=observation.arrays,
        error=error and Error(type=error.type, message=normalise(error.message)),
    )


def _joined(seen: Sequence[Result], runs: int, tolerances: Tolerances) -> Result:
    """The result of a step from those of its runs."""
    first = seen[0]
    error = next((result.error for result in seen if result.error), None)
    if error:
        alike = len(seen) == runs and all(result == first for result in seen)
        return Result(error=error, reproducible=alike)
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
