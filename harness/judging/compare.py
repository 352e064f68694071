"""Compares two results of one step: their outcome, distance and change. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import msgspec
import numpy as np

from harness.base.sharing import once
from harness.base.words import agreeing, counted
from harness.judging.changes import Change, ChangeKind, Gives
from harness.judging.oracle.matching import VARIANT, nearest_meaning
from harness.judging.verdicts import Outcome
from harness.observing.numerics import Distance, NumericClass, Tolerances, distances, values
from harness.observing.records import Array
from harness.observing.results import Result, Results, array_distance, layout_differences

# arrays of the scenario `seeding` that hold random numbers as they are drawn, or an order
DRAWS = frozenset(("draw", "kernel", "recurrent_kernel", "dense", "order"))
NOT_TOLD = "other draws or another computation: not observed"
_SEVERITY = list(NumericClass)
_KINDS = {
    Outcome.NEWLY_RAISES: ChangeKind.NEWLY_RAISES,
    Outcome.FIXED: ChangeKind.WORKS,
    Outcome.ERROR_CHANGED: ChangeKind.ERROR,
    Outcome.EQUAL: ChangeKind.ROUNDING,
}
_CHANGED = frozenset((*_KINDS, Outcome.CHANGED, Outcome.DRIFT))

Steps = Mapping[tuple[str, str], Results]  # by scenario and variant, then by name


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The name of a step, with its scenario and variant."""

    scenario: str
    variant: str
    name: str


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a step with its reason; for steps with values, the class and the distance of
    the array that differs most, and the names of the arrays beyond tolerance.
    """

    outcome: Outcome
    reason: str = ""
    numeric: NumericClass | None = None
    distance: Distance | None = None
    arrays: tuple[str, ...] = ()


_SAME = Compared(outcome=Outcome.IDENTICAL, numeric=NumericClass.IDENTICAL, distance=Distance())


@once
def compare(old: Result, new: Result, tolerances: Tolerances) -> Compared:
    """The outcome of a step with an accepted result `old` and a new result.

    The first row that applies decides:

    | results                                             | outcome                          |
    |-----------------------------------------------------|----------------------------------|
    | one or both raised                                  | see `_compare_errors`            |
    | other arrays, dtypes, shapes, or reproducibility    | changed                          |
    | values beyond tolerance, or finite on one side only | drift                            |
    | the new result is not reproducible, like the old    | not reproducible                 |
    | values differ within the tolerances                 | equal                            |
    | all values are equal                                | identical                        |
    """
    if old.error or new.error:
        return _compare_errors(old, new)
    if new.reproducible and old == new:  # the usual case
        return _SAME
    different = list(layout_differences(old, new))
    numeric = NumericClass.LAYOUT if different else None
    different += _seeding_differences(old, new)
    if different:
        return Compared(outcome=Outcome.CHANGED, reason="; ".join(different), numeric=numeric)
    compared = _compare_values(old, new, tolerances)
    if not new.reproducible and compared.outcome is not Outcome.DRIFT:
        return Compared(outcome=Outcome.NOT_REPRODUCIBLE, reason="two runs differ, as accepted")
    return compared


def change_of(
    step: Step, before: Steps, after: Steps, compared: Compared | None, tolerances: Tolerances
) -> Change | None:
    """The change of a step between the steps of two sides, None without a difference.

    `compared` is the outcome; None if only one side has observed the step.
    """
    if compared and compared.outcome not in _CHANGED:
        return None
    old, new = (
        side.get((step.scenario, step.variant), {}).get(step.name) for side in (before, after)
    )
    change = Change(
        kind=ChangeKind.STEP,
        subject=step.name,
        before=_described(old),
        after=_described(new),
        scenario=step.scenario,
        variants=(step.variant,),
        before_gives=_gives(old),
        after_gives=_gives(new),
        after_mean=new.mean if new and new.reproducible else None,
        ulp=compared.distance.ulp if compared and compared.distance else None,
    )
    if compared is None or old is None or new is None:
        return change
    if compared.outcome in _KINDS:
        return replace(change, kind=_KINDS[compared.outcome], reason=compared.reason)
    if compared.outcome is Outcome.CHANGED:
        kind = ChangeKind.LAYOUT if compared.numeric else ChangeKind.SEEDING
        return replace(change, kind=kind, reason=compared.reason)
    fixed = None if step.variant == VARIANT else _same_if_fixed(step, before, after, tolerances)
    return _drift(change, old, new, compared, fixed)


def _same_if_fixed(step: Step, before: Steps, after: Steps, tolerances: Tolerances) -> bool | None:
    """Whether a step gives the same on both sides with fixed weights, so that nothing is drawn.

    None if that says nothing: a side did not observe it with fixed weights, both raise the same
    error, or neither is reproducible.
    """
    old, new = (side.get((step.scenario, VARIANT), {}).get(step.name) for side in (before, after))
    if old is None or new is None:
        return None
    outcome = compare(old, new, tolerances).outcome
    if outcome in (Outcome.RAISES, Outcome.NOT_REPRODUCIBLE):
        return None
    return outcome in (Outcome.IDENTICAL, Outcome.EQUAL)


def _drift(
    change: Change, old: Result, new: Result, compared: Compared, same_if_fixed: bool | None
) -> Change:
    """The change for values that differ: its kind, and a reason that names the oracle.

    `same_if_fixed` is the result of `_same_if_fixed`.

    | values                                                    | kind            |
    |-----------------------------------------------------------|-----------------|
    | finite in one result only                                 | not finite      |
    | equal when the weights are fixed                          | seeding         |
    | of arrays in DRAWS, where fixed weights tell nothing      | seeding         |
    | of the variant `fixed`, each of another meaning           | other semantics |
    | otherwise                                                 | other values    |
    """
    kind = ChangeKind.VALUES
    if compared.numeric is NumericClass.NOT_FINITE:
        kind = ChangeKind.NOT_FINITE
    elif change.variants != (VARIANT,):
        drawn = same_if_fixed is None and DRAWS.issuperset(compared.arrays)
        if same_if_fixed or drawn:
            reason = f"the same seeds draw other numbers: {compared.reason}"
            return replace(change, kind=ChangeKind.SEEDING, reason=reason)
        told = "also with fixed weights" if same_if_fixed is False else NOT_TOLD
        return replace(change, kind=kind, reason=f"{compared.reason}; {told}")
    before, after = (nearest_meaning(change.scenario, change.subject, side) for side in (old, new))
    reason = compared.reason
    if before and after:
        apart = f"{before.distance} before, {after.distance} after"
        if before.differs(after):
            return replace(
                change,
                kind=ChangeKind.SEMANTICS,
                before=before.meaning,
                after=after.meaning,
                before_gives=None,
                after_gives=None,
                after_mean=None,
                reason=f"{change.after} instead of {change.before}; from the oracle {apart}",
            )
        reason += f"; from the oracle ({before.meaning}) {apart}"
    return replace(change, kind=kind, reason=reason)


def _gives(result: Result | None) -> Gives:
    if result is None:
        return Gives.UNOBSERVED
    if result.error:
        return Gives.ERROR
    if not result.reproducible:
        return Gives.UNREPRODUCIBLE
    return Gives.NOTHING if result.mean is None else Gives.VALUES


def _described(result: Result | None) -> str:
    """A result as a short text."""
    gives = _gives(result)
    if result is None or gives in (Gives.UNOBSERVED, Gives.UNREPRODUCIBLE, Gives.NOTHING):
        return str(gives)
    return result.raised if gives is Gives.ERROR else f"mean {result.mean:.9g}"


def _compare_errors(old: Result, new: Result) -> Compared:
    if new.error is None:
        return Compared(outcome=Outcome.FIXED, reason=f"works, raised {old.raised}")
    if old.error is None:
        return Compared(outcome=Outcome.NEWLY_RAISES, reason=new.raised)
    flaky = not old.reproducible and not new.reproducible
    if flaky and old.error.type == new.error.type:
        return Compared(outcome=Outcome.NOT_REPRODUCIBLE, reason="two runs differ, as accepted")
    if old == new:
        return Compared(outcome=Outcome.RAISES, reason=new.raised)
    reason = f"{new.raised} instead of {old.raised}"
    return Compared(outcome=Outcome.ERROR_CHANGED, reason=reason)


def _compare_values(old: Result, new: Result, tolerances: Tolerances) -> Compared:
    worst, far = NumericClass.IDENTICAL, Distance()
    if old.arrays == new.arrays:  # much faster than computing distances
        return _SAME
    different: dict[str, str] = {}
    for name, array in new.arrays.items():
        if array.values is None:
            continue
        apart = array_distance(old.arrays[name], array)
        noise = max(old.noise.get(name, 0.0), new.noise.get(name, 0.0))
        numeric = tolerances.classify(apart, noise)
        if (_SEVERITY.index(numeric), apart.ulp) > (_SEVERITY.index(worst), far.ulp):
            worst, far = numeric, apart
        if numeric in (NumericClass.DRIFT, NumericClass.NOT_FINITE):
            different[name] = _value_difference(name, old.arrays[name], array, apart)
    outcome, reason = Outcome.IDENTICAL, ""
    if different:
        outcome, reason = Outcome.DRIFT, "; ".join(different.values())
    elif worst is not NumericClass.IDENTICAL:
        outcome, reason = Outcome.EQUAL, f"{worst}: {far}"
    return Compared(
        outcome=outcome, reason=reason, numeric=worst, distance=far, arrays=tuple(different)
    )


def _seeding_differences(old: Result, new: Result) -> Iterator[str]:
    """The arrays that are reproducible on one side only, as text."""
    both = {name: (old.arrays[name], new.arrays[name]) for name in old.arrays if name in new.arrays}
    lost = [name for name, (a, b) in both.items() if a.values is not None and b.values is None]
    gained = [name for name, (a, b) in both.items() if a.values is None and b.values is not None]
    if lost or (old.reproducible and not new.reproducible):
        where = f" in {', '.join(lost)}" if lost else ""
        yield f"not reproducible: two runs differ{where}, which they did not"
    if gained or (new.reproducible and not old.reproducible):
        where = f" in {', '.join(gained)}" if gained else ""
        yield f"reproducible{where}, which it was not"


def _value_difference(name: str, old: Array, new: Array, apart: Distance) -> str:
    """The means of two arrays, and the place and size of their largest difference, as text."""
    before, after = values(old), values(new)
    each = distances(before, after)
    at = np.unravel_index(np.argmax(each), each.shape)
    count = int(np.count_nonzero(each))
    return (
        f"{name}: mean {new.mean:.9g} instead of {old.mean:.9g}; "
        f"{count} of {counted(each.size, 'value')} {agreeing(count, 'differ')}, worst at "
        f"{[int(i) for i in at]}: {after[at]:.9g} instead of {before[at]:.9g} ({apart})"
    )
