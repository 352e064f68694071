"""Compares what a target does with what its baseline says. Pure: runs nothing, reads nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.changes import INTERNALS, Outcome, Standing, Verdict
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
    runs differ by within the tolerances is its noise.
    """
    joined = {}
    for step in dict.fromkeys(o.step for run in runs for o in run.observations):
        seen = [_accepted(o) for run in runs for o in run.observations if o.step == step]
        judged = [judge(seen[0], other, tolerances) for other in seen[1:]]
        if len(seen) == len(runs) and all(_alike(each) for each in judged):
            noise = max((each.distance.ulp for each in judged if each.distance), default=0.0)
            joined[step] = replace(seen[0], noise=noise)
        else:
            joined[step] = _not_reproducible(seen)
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
            noise=new.noise if new and new.reproducible and not new.error else None,
        )


def judge(old: Accepted, new: Accepted, tolerances: Tolerances) -> Judged:
    """The outcome of a step that both sides have observed."""
    if old.error or new.error:
        return _judge_errors(old, new)
    different = list(_layout_differences(old, new))
    numeric = NumericClass.LAYOUT if different else None
    if old.reproducible and not new.reproducible:
        different.append("not reproducible: two runs differ, which they did not")
    if new.reproducible and not old.reproducible:
        different.append("reproducible, which it was not")
    if different:
        return Judged(outcome=Outcome.CHANGED, reason="; ".join(different), numeric=numeric)
    if not new.reproducible:
        return Judged(outcome=Outcome.NOT_REPRODUCIBLE, reason="two runs differ, as accepted")
    return _judge_values(old, new, tolerances)


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
    message = re.sub(r"""\blayer ["'][\w/]+["']""", "layer '...'", message)
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


def _not_reproducible(seen: Sequence[Accepted]) -> Accepted:
    """What remains of a step whose runs differ: the layout of its arrays, or an error it raised."""
    error = next((accepted.error for accepted in seen if accepted.error), None)
    arrays = {
        name: Array(dtype=array.dtype, shape=array.shape, values=None)
        for name, array in seen[0].arrays.items()
    }
    return Accepted(arrays={} if error else arrays, error=error, reproducible=False)


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


def _alike(judged: Judged) -> bool:
    """Whether two runs of a step say the same of it."""
    return judged.outcome.standing is Standing.UNCHANGED


def _judge_errors(old: Accepted, new: Accepted) -> Judged:
    if new.error is None:
        return Judged(outcome=Outcome.FIXED, reason=f"works, raised {brief(old)}")
    if old.error is None:
        return Judged(outcome=Outcome.NEWLY_RAISES, reason=brief(new))
    if not old.reproducible and not new.reproducible:
        return Judged(outcome=Outcome.NOT_REPRODUCIBLE, reason="two runs differ, as accepted")
    if old == new:
        return Judged(outcome=Outcome.RAISES, reason=brief(new))
    reason = f"{brief(new)} instead of {brief(old)}"
    return Judged(outcome=Outcome.ERROR_CHANGED, reason=reason)


def _judge_values(old: Accepted, new: Accepted, tolerances: Tolerances) -> Judged:
    worst = Judged(outcome=Outcome.IDENTICAL, numeric=NumericClass.IDENTICAL, distance=Distance())
    if old.arrays == new.arrays:  # what nearly all are; much faster than to measure it
        return worst
    noise = max(old.noise, new.noise)
    different = []
    for name, array in new.arrays.items():
        before, after = values(old.arrays[name]), values(array)
        apart = distance(before, after, array.dtype)
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
