"""Compares what a target does with what its baseline says. Pure: runs nothing, reads nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.changes import INTERNALS, Outcome, Verdict
from harness.internals import Described, compare_internals
from harness.numerics import Distance, NumericClass, Tolerances, distance, distances, values
from harness.records import Accepted, Array, Error, Observation, Run, Steps, headline

# what Keras puts before the message of an error inside a layer; 2.10 has a slip in its quotes
WRAPPED = re.compile(
    r"""Exception encountered when calling """
    r"""(?:layer '...'(?: "\s*f")?\s*\(type \w+\)|[\w.]+\(\))\.\s*"""
)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The outcome of one step, why, and how far its arrays are apart where both sides have them."""

    outcome: Outcome
    reason: str = ""
    numeric: NumericClass | None = None
    distance: Distance | None = None


def combine(runs: Sequence[Run], tolerances: Tolerances) -> dict[str, Accepted]:
    """Join the runs of one scenario and variant to one statement for each step.

    A step that gives other values, shapes or errors in another run is not reproducible. What its
    arrays differ by within the tolerances is their noise.
    """
    return {
        step: _joined(
            [_accepted(o) for run in runs for o in run.observations if o.step == step],
            len(runs),
            tolerances,
        )
        for step in dict.fromkeys(o.step for run in runs for o in run.observations)
    }


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
        if step in lost:
            judged = lost[step]
        elif new is None:
            judged = Judged(outcome=Outcome.MISSING, reason="in the baseline, but not observed")
        elif old is None:
            judged = Judged(outcome=Outcome.NO_BASELINE, reason="nothing is accepted for this step")
        else:
            judged = judge(old, new, tolerances)
        yield Verdict(
            scenario=scenario,
            variant=variant,
            step=step,
            outcome=judged.outcome,
            reason=judged.reason,
            mean=headline(new),
            baseline=headline(old),
            difference=judged.distance.absolute if judged.distance else None,
            ulp=judged.distance.ulp if judged.distance else None,
            numeric=judged.numeric,
            noise=_noise(new),
        )


def judge(old: Accepted, new: Accepted, tolerances: Tolerances) -> Judged:
    """The outcome of a step that both sides have observed."""
    if old.error or new.error:
        return _judge_errors(old, new)
    different = list(_layout_differences(old, new))
    numeric = NumericClass.LAYOUT if different else None
    different += _seeding_differences(old, new)
    if different:
        return Judged(outcome=Outcome.CHANGED, reason="; ".join(different), numeric=numeric)
    judged = _judge_values(old, new, tolerances)
    if not new.reproducible and judged.outcome is not Outcome.DRIFT:
        return Judged(outcome=Outcome.NOT_REPRODUCIBLE, reason="two runs differ, as accepted")
    return judged


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
    colour codes, listings of arguments, names of layers and modules, the layer
    it went through, addresses, places in files, layout, a full stop at its end.
    """
    message = re.sub(r"\x1b\[[0-9;]*m", "", message)
    message = re.split(r"\n\s*(?:Call arguments|Arguments) received(?: by|:)", message)[0]
    message = re.sub(r"""\b([Ll])ayer ["'][\w/]+["']""", r"\1ayer '...'", message)
    message = re.sub(r"\bof layer \w+\b", "of layer '...'", message)
    message = re.sub(r"""\b(name=|Node: ?)["'][^"']*["']""", r"\1'...'", message)
    message = re.sub(r"\b__autograph_generated_file\w+", "__autograph_generated_file", message)
    message = re.sub(WRAPPED, "", message)
    message = re.sub(r"\bmodule ['\"][\w.]+['\"] has", "module '...' has", message)
    message = re.sub(r"0x[0-9a-fA-F]+", "0x...", message)
    message = re.sub(r'File "[^"]*", line \d+', 'File "...", line ...', message)
    return " ".join(message.split()).removesuffix(".")


def _accepted(observation: Observation) -> Accepted:
    error = observation.error
    return Accepted(
        arrays=observation.arrays,
        error=error and Error(type=error.type, message=normalise(error.message)),
    )


def _joined(seen: Sequence[Accepted], runs: int, tolerances: Tolerances) -> Accepted:
    """What the runs of a step say together; of an array that differs only its layout remains."""
    first = seen[0]
    error = next((accepted.error for accepted in seen if accepted.error), None)
    if error:
        alike = len(seen) == runs and all(accepted == first for accepted in seen)
        return Accepted(error=error, reproducible=alike)
    same_layout = not any(list(_layout_differences(first, other)) for other in seen[1:])
    whole = len(seen) == runs and same_layout
    arrays, noise = {}, {}
    for name, array in first.arrays.items():
        apart = [_distance(array, other.arrays[name]) for other in seen[1:]] if whole else []
        steady = whole and all(tolerances.classify(each) in _STEADY for each in apart)
        arrays[name] = array if steady else replace(array, values=None)
        if steady and (most := max((each.ulp for each in apart), default=0.0)):
            noise[name] = most
    reproducible = whole and all(array.values is not None for array in arrays.values())
    return Accepted(arrays=arrays, reproducible=reproducible, noise=noise)


def _noise(accepted: Accepted | None) -> float | None:
    """The most by which the runs of a step differ, in ULP; None where they cannot be told apart."""
    if accepted is None or accepted.error or not accepted.reproducible:
        return None
    return max(accepted.noise.values(), default=0.0)


def _lost_steps(before: Steps, runs: Sequence[Run]) -> dict[str, Judged]:
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
                reason = f"not reached: run {run.number} {run.end} in {at!r}"
                lost[step] = Judged(outcome=outcome, reason=reason)
        lost[at] = Judged(outcome=outcome, reason=f"run {run.number} {run.detail}")
    return lost


def _judge_errors(old: Accepted, new: Accepted) -> Judged:
    if new.error is None:
        return Judged(outcome=Outcome.FIXED, reason=f"works, raised {brief(old)}")
    if old.error is None:
        return Judged(outcome=Outcome.NEWLY_RAISES, reason=brief(new))
    flaky = not old.reproducible and not new.reproducible
    if flaky and old.error.type == new.error.type:
        return Judged(outcome=Outcome.NOT_REPRODUCIBLE, reason="two runs differ, as accepted")
    if old == new:
        return Judged(outcome=Outcome.RAISES, reason=brief(new))
    reason = f"{brief(new)} instead of {brief(old)}"
    return Judged(outcome=Outcome.ERROR_CHANGED, reason=reason)


def _judge_values(old: Accepted, new: Accepted, tolerances: Tolerances) -> Judged:
    worst = Judged(outcome=Outcome.IDENTICAL, numeric=NumericClass.IDENTICAL, distance=Distance())
    if old.arrays == new.arrays:  # what nearly all are; much faster than to measure it
        return worst
    different = []
    for name, array in new.arrays.items():
        if array.values is None:
            continue
        apart = _distance(old.arrays[name], array)
        noise = max(old.noise.get(name, 0.0), new.noise.get(name, 0.0))
        numeric = tolerances.classify(apart, noise)
        if _SEVERITY.index(numeric) > _SEVERITY.index(worst.numeric) or (
            numeric is worst.numeric and worst.distance and apart.ulp > worst.distance.ulp
        ):
            worst = replace(worst, numeric=numeric, distance=apart)
        if numeric in (NumericClass.DRIFT, NumericClass.NOT_FINITE):
            different.append(_value_difference(name, old.arrays[name], array, apart))
    if different:
        return replace(worst, outcome=Outcome.DRIFT, reason="; ".join(different))
    if worst.numeric is NumericClass.IDENTICAL:
        return worst
    return replace(worst, outcome=Outcome.EQUAL, reason=f"{worst.numeric}: {worst.distance}")


_SEVERITY = [None, *NumericClass]
_STEADY = (NumericClass.IDENTICAL, NumericClass.TOLERANCE)


def _distance(old: Array, new: Array) -> Distance:
    return distance(values(old), values(new), new.dtype)


def _seeding_differences(old: Accepted, new: Accepted) -> Iterator[str]:
    """In which arrays the runs of one side agree and those of the other do not."""
    both = {name: (old.arrays[name], new.arrays[name]) for name in old.arrays if name in new.arrays}
    lost = [name for name, (a, b) in both.items() if a.values is not None and b.values is None]
    gained = [name for name, (a, b) in both.items() if a.values is None and b.values is not None]
    if lost or (old.reproducible and not new.reproducible):
        where = f" in {', '.join(lost)}" if lost else ""
        yield f"not reproducible: two runs differ{where}, which they did not"
    if gained or (new.reproducible and not old.reproducible):
        where = f" in {', '.join(gained)}" if gained else ""
        yield f"reproducible{where}, which it was not"


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


def _value_difference(name: str, old: Array, new: Array, apart: Distance) -> str:
    """Where two arrays differ most, and by how much, in words."""
    before, after = values(old), values(new)
    each = distances(before, after)
    at = np.unravel_index(np.argmax(each), each.shape)
    return (
        f"{name}: mean {new.mean:.9g} instead of {old.mean:.9g}; "
        f"{np.count_nonzero(each)} of {each.size} values differ, worst at "
        f"{[int(i) for i in at]}: {after[at]:.9g} instead of {before[at]:.9g} ({apart})"
    )


def brief(accepted: Accepted) -> str:
    """The error that a step raises, in at most 200 characters."""
    text = f"{accepted.error.type}: {accepted.error.message}" if accepted.error else "nothing"
    text += "" if accepted.reproducible else " (not in every run, or not always the same)"
    return text if len(text) <= 200 else text[:197] + "..."
