"""The differences of two results of a statement of a plain script. Pure."""

import enum
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from harness.base.words import instead
from harness.observing.numerics import INFINITE, NumericClass, Tolerances, distances, values
from harness.observing.printed import printed_difference
from harness.observing.records import Array
from harness.observing.results import array_distance
from harness.observing.scripts import ERROR, PRINTED, StatementResult


class Sort(enum.StrEnum):
    """How a result of a statement differs, in the order in which a reader wants to know."""

    ERROR = "error"
    ENDS = "ends"  # the script ends in this statement: a crash, a time-out
    VALUES = "values"
    LAYOUT = "dtype or shape"
    REACHED = "reached on one side"  # a named step in a statement that both sides completed
    STEADINESS = "other values in each run"  # on one side alone
    MESSAGE = "message"  # of an error of the same type
    TEXT = "text"
    PRINTED = "printed"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference of the results of a statement: `name` is the path of a value, `printed`, or
    empty for an error. `ulp` is the distance in units in the last place, if it was measured.
    """

    sort: Sort
    name: str
    text: str
    ulp: float | None = None

    def __str__(self) -> str:
        return f"{self.name}: {self.text}" if self.name else self.text


def differences_of(
    old: StatementResult, new: StatementResult, tolerances: Tolerances, floor: float = 0.0
) -> Iterator[Difference]:
    """The differences of two results of a statement, beyond noise and tolerance.

    Numbers of at most `floor` on both sides count as equal.
    """
    if (error := error_difference(old, new)) is not None:
        yield error
        return
    for name in dict.fromkeys([*old.result.arrays, *new.result.arrays]):
        if name in old.unseen or name in new.unseen:
            continue
        pair = old.result.arrays.get(name), new.result.arrays.get(name)
        yield from _arrays(name, *pair, tolerances, floor)
    yield from _texts(old, new)
    yield from _steadiness(old, new)
    unsteady = old.unsteady | new.unsteady
    printed = None if PRINTED in unsteady else printed_difference(old.printed, new.printed, floor)
    if printed:
        yield Difference(sort=Sort.PRINTED, name=PRINTED, text=printed)


def _texts(old: StatementResult, new: StatementResult) -> Iterator[Difference]:
    sides = (old, new)
    elsewhere = {name for side in sides for name in (*side.unsteady, *side.unseen)}
    elsewhere |= {name for side in sides for name in side.result.arrays}
    for name in dict.fromkeys([*old.texts, *new.texts]):
        if name not in elsewhere and old.texts.get(name) != new.texts.get(name):
            text = instead(new.texts.get(name, "nothing"), old.texts.get(name, "nothing"))
            yield Difference(sort=Sort.TEXT, name=name, text=text)


def _steadiness(old: StatementResult, new: StatementResult) -> Iterator[Difference]:
    """What is reproducible on one side alone."""
    for name in sorted(old.unsteady ^ new.unsteady):
        if name in new.unsteady and _is_there(name, old):
            text = "other values in each run, which was not so"
        elif name in old.unsteady and _is_there(name, new):
            text = "the same values in each run, which was not so"
        elif name in old.result.arrays or name in new.result.arrays:
            continue  # on one side alone, which is said already
        else:
            text = "was not there" if name in new.unsteady else "no longer there"
        yield Difference(sort=Sort.STEADINESS, name=name, text=text)


def _is_there(name: str, side: StatementResult) -> bool:
    if name in side.result.arrays or name in side.texts:  # a script may have a value `error`
        return True
    if name == PRINTED:
        return side.printed != ""
    return name == ERROR and side.result.error is not None


def error_difference(old: StatementResult, new: StatementResult) -> Difference | None:
    before, after = old.result.error, new.result.error
    if before == after:
        return None
    text = f"raises {new.result.raised}" if after else "raises nothing"
    was = f"raised {old.result.raised}" if before else ""
    if before and after and before.type == after.type and old.result.reproducible:
        message = instead(after.message, before.message)
        return Difference(sort=Sort.MESSAGE, name="", text=f"raises {after.type}: {message}")
    return Difference(sort=Sort.ERROR, name="", text=f"{text}; {was}" if was else text)


def _arrays(
    name: str, old: Array | None, new: Array | None, tolerances: Tolerances, floor: float
) -> Iterator[Difference]:
    if old is None or new is None:
        text = "no longer there" if new is None else "was not there"
        yield Difference(sort=Sort.LAYOUT, name=name, text=text)
        return
    if old.dtype != new.dtype:
        text = f"dtype {new.dtype} instead of {old.dtype}"
        yield Difference(sort=Sort.LAYOUT, name=name, text=text)
    if old.shape != new.shape:
        text = f"shape {new.shape} instead of {old.shape}"
        yield Difference(sort=Sort.LAYOUT, name=name, text=text)
        return
    if old.values is None or new.values is None:
        return
    apart = array_distance(*_singles(old, new))
    if tolerances.classify(apart) not in (NumericClass.DRIFT, NumericClass.NOT_FINITE):
        return
    before, after = values(old), values(new)
    each = distances(before, after)
    small = (np.abs(before) <= floor) & (np.abs(after) <= floor)
    if ((each == 0) | small).all():
        return
    at = int(np.argmax(each))
    text = f"{new.values[at]} instead of {old.values[at]}"
    if apart != INFINITE and apart.finite:
        text += f", {apart} apart"
    yield Difference(sort=Sort.VALUES, name=name, text=text, ulp=apart.ulp)


def _singles(old: Array, new: Array) -> tuple[Array, Array]:
    """Float64 arrays as float32 if neither side has more precision: they came from such a
    computation. A number like 0.5, which float32 has too, says nothing of the other side.
    """
    if all(map(_is_single, (old, new))):
        return replace(old, dtype="float32"), replace(new, dtype="float32")
    return old, new


def _is_single(array: Array) -> bool:
    if array.dtype != "float64":
        return array.dtype == "float32"
    numbers = np.array(array.floats)
    with np.errstate(over="ignore"):
        return bool((numbers.astype(np.float32).astype(np.float64) == numbers).all())
