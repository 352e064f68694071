"""Compares what a target does with what its baseline says. Pure: runs nothing, reads nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.changes import INTERNALS, Outcome, Standing, Verdict
from harness.internals import Described, compare_internals
from harness.records import Accepted, Array, Error, Observation, Run, Steps


@dataclass(frozen=True, kw_only=True)
class Tolerances:
    """How far values may be apart and still be equal.

    The same release gives the same values to about 1e-8 on one machine; another processor rounds
    elsewhere, which is worth a few units in the last place of float32 (6e-8 just below 1).
    """

    mean: float = 1e-7  # absolute, of the mean of an array
    absolute: float = 5e-7  # of a value
    relative: float = 1e-6  # of a value

    def far(self, before: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Where two float64 arrays of one shape differ by more than is tolerated."""
        near = np.isclose(after, before, rtol=self.relative, atol=self.absolute, equal_nan=True)
        return np.asarray(~near)


def combine(runs: Sequence[Run], tolerances: Tolerances) -> dict[str, Accepted]:
    """Join the runs of one scenario and variant to one statement for each step.

    A step that gives other values, shapes or errors in another run is not reproducible.
    """
    joined = {}
    for step in dict.fromkeys(o.step for run in runs for o in run.observations):
        seen = [_accepted(o) for run in runs for o in run.observations if o.step == step]
        first = seen[0]
        agree = len(seen) == len(runs) and all(
            _judge(first, other, tolerances)[0].standing is Standing.UNCHANGED for other in seen[1:]
        )
        joined[step] = first if agree else _not_reproducible(seen)
    return joined


def compare_runs(
    scenario: str, variant: str, before: Steps, runs: Sequence[Run], tolerances: Tolerances
) -> Iterator[Verdict]:
    """The verdict on every step of one scenario and variant.

    `before` is the baseline, `runs` are all runs of this scenario and variant.
    """
    after = combine(runs, tolerances)
    lost = _lost_steps(before, runs)
    for step in dict.fromkeys([*after, *before, *lost]):
        old, new = before.get(step), after.get(step)
        difference = None
        if step in lost:
            outcome, reason = lost[step]
        elif new is None:
            outcome, reason = Outcome.MISSING, "in the baseline, but no longer observed"
        elif old is None:
            outcome, reason = Outcome.NO_BASELINE, "nothing is accepted for this step"
        else:
            outcome, reason = _judge(old, new, tolerances)
            difference = _largest_difference(old, new)
        yield Verdict(
            scenario=scenario,
            variant=variant,
            step=step,
            outcome=outcome,
            reason=reason,
            mean=_headline(new),
            baseline=_headline(old),
            difference=difference,
        )


def compare_watch(
    before: Mapping[str, Described], after: Mapping[str, Described]
) -> Iterator[Verdict]:
    """The verdict on every watched internal against its baseline."""
    for name in dict.fromkeys([*after, *before]):
        reason = ""
        if name not in after:
            outcome, reason = Outcome.MISSING, "in the baseline, but no longer watched"
        elif name not in before:
            outcome, reason = Outcome.NO_BASELINE, "nothing is accepted for this internal"
        else:
            changes = list(compare_internals(name, before[name], after[name]))
            reason = "; ".join(map(str, changes))
            outcome = Outcome.BODY_CHANGED if changes else Outcome.IDENTICAL
            if any(change.finding for change in changes):
                outcome = Outcome.CHANGED
            if not changes and not after[name].inspectable:
                reason = str(after[name].kind)
        yield Verdict(scenario=INTERNALS, variant="", step=name, outcome=outcome, reason=reason)


def normalise(message: str) -> str:
    """An error's message without what differs from call to call and from release to release:
    colour codes, listings of arguments, layer names, addresses, places in files, layout.
    """
    message = re.sub(r"\x1b\[[0-9;]*m", "", message)
    message = re.split(r"\n\s*(?:Call arguments|Arguments) received(?: by|:)", message)[0]
    message = re.sub(r"""\blayer ["'][\w/]+["']""", "layer '...'", message)
    message = re.sub(r"0x[0-9a-fA-F]+", "0x...", message)
    message = re.sub(r'File "[^"]*", line \d+', 'File "...", line ...', message)
    return " ".join(message.split())


def _accepted(observation: Observation) -> Accepted:
    error = observation.error
    return Accepted(
        arrays=observation.arrays,
        error=error and Error(type=error.type, message=normalise(error.message)),
    )


def _not_reproducible(seen: Sequence[Accepted]) -> Accepted:
    """What remains of a step whose runs differ: the layout of its arrays, or an error it raised."""
    error = next((accepted.error for accepted in seen if accepted.error), None)
    arrays = {
        name: Array(dtype=array.dtype, shape=array.shape, values=None)
        for name, array in seen[0].arrays.items()
    }
    return Accepted(arrays={} if error else arrays, error=error, reproducible=False)


def _lost_steps(before: Steps, runs: Sequence[Run]) -> dict[str, tuple[Outcome, str]]:
    """The steps that an untimely end kept from being observed in at least one run."""
    lost = {}
    everything = dict.fromkeys([*before, *(o.step for run in runs for o in run.observations)])
    for run in runs:
        if run.end == "completed":
            continue
        outcome = Outcome.CRASHED if run.end == "crashed" else Outcome.TIMED_OUT
        seen = {observation.step for observation in run.observations}
        between = "(between two steps)" if run.observations else "(before its first step)"
        at = run.unfinished_step or between
        for step in everything:
            if step not in seen:
                lost[step] = outcome, f"not reached: run {run.number} {run.end} in {at!r}"
        lost[at] = outcome, f"run {run.number} {run.detail}"
    return lost


def _judge(old: Accepted, new: Accepted, tolerances: Tolerances) -> tuple[Outcome, str]:
    if old.error or new.error:
        return _judge_errors(old, new)
    different = list(_layout_differences(old, new))
    if old.reproducible and not new.reproducible:
        different.append("not reproducible: two runs differ, which they did not")
    if new.reproducible and not old.reproducible:
        different.append("reproducible, which it was not")
    if different:
        return Outcome.CHANGED, "; ".join(different)
    if not new.reproducible:
        return Outcome.NOT_REPRODUCIBLE, ""
    if different := list(_value_differences(old, new, tolerances)):
        return Outcome.DRIFT, "; ".join(different)
    same = all(old.arrays[name].values == array.values for name, array in new.arrays.items())
    return (Outcome.IDENTICAL if same else Outcome.EQUAL), ""


def _judge_errors(old: Accepted, new: Accepted) -> tuple[Outcome, str]:
    if new.error is None:
        return Outcome.FIXED, f"works, raised {_brief(old)}"
    if old.error is None:
        return Outcome.NEWLY_RAISES, _brief(new)
    if not old.reproducible and not new.reproducible:
        return Outcome.NOT_REPRODUCIBLE, ""
    if old == new:
        return Outcome.RAISES, _brief(new)
    return Outcome.ERROR_CHANGED, f"{_brief(new)} instead of {_brief(old)}"


def _layout_differences(old: Accepted, new: Accepted) -> Iterator[str]:
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


def _value_differences(old: Accepted, new: Accepted, tolerances: Tolerances) -> Iterator[str]:
    for name, array in new.arrays.items():
        before, after = _values(old.arrays[name]), _values(array)
        far = tolerances.far(before, after)
        old_mean, new_mean = old.arrays[name].mean, array.mean
        if old_mean is None or new_mean is None:  # an empty array
            continue
        off = float(_distances(np.array(old_mean), np.array(new_mean)))
        drifted = off > tolerances.mean
        if not far.any() and not drifted:
            continue
        means = f"mean {new_mean:.9g}"
        if drifted:
            means += f" instead of {old_mean:.9g} (off by {off:.2g}, tolerance {tolerances.mean:g})"
        worst = np.unravel_index(np.argmax(_distances(before, after)), far.shape)
        yield (
            f"{name}: {means}; {far.sum()} of {far.size} values beyond tolerance, worst at "
            f"{[int(i) for i in worst]}: {after[worst]:.9g} instead of {before[worst]:.9g}"
        )


def _largest_difference(old: Accepted, new: Accepted) -> float | None:
    """The largest absolute difference over all values of all arrays that both sides hold."""
    largest = [
        float(np.max(_distances(_values(old.arrays[name]), _values(array)), initial=0.0))
        for name, array in new.arrays.items()
        if name in old.arrays
        and array.values is not None
        and old.arrays[name].values is not None
        and array.shape == old.arrays[name].shape
    ]
    return max(largest, default=None)


def _distances(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Absolute differences; 0 between equal values that are not finite, else infinite."""
    same = (before == after) | (np.isnan(before) & np.isnan(after))
    with np.errstate(invalid="ignore"):
        differences = np.abs(after - before)
    return np.where(same, 0.0, np.where(np.isnan(differences), np.inf, differences))


def _values(array: Array) -> np.ndarray:
    return np.array(array.floats, dtype=np.float64).reshape(array.shape)


def _headline(accepted: Accepted | None) -> float | None:
    """The mean that a step is known by: that of `output`, or else of its first array."""
    if accepted is None or not accepted.arrays:
        return None
    return (accepted.arrays.get("output") or next(iter(accepted.arrays.values()))).mean


def _brief(accepted: Accepted) -> str:
    text = f"{accepted.error.type}: {accepted.error.message}" if accepted.error else "nothing"
    text += "" if accepted.reproducible else " (not in every run, or not always the same)"
    return text if len(text) <= 200 else text[:197] + "..."
