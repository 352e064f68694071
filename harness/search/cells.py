"""The first time step, and the gate in it, at which the recurrent cells of two sides differ."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from harness.base.words import counted, instead
from harness.environments.virtual_environments import Environment
from harness.observing.numerics import NumericClass, Tolerances, distance, distances
from harness.search.executing import Called, executed

DTYPE = "float32"  # in whose precision nearly all layers compute
LSTM = {"i": "input gate", "f": "forget gate", "o": "output gate", "c": "cell state", "h": "output"}
EQUAL = (NumericClass.IDENTICAL, NumericClass.NOISE, NumericClass.TOLERANCE)
GATES = {  # the local variables of cells that are gates
    "LSTMCell": LSTM,
    "ConvLSTMCell": LSTM,
    "ConvLSTM2DCell": LSTM,
    "GRUCell": {"z": "update gate", "r": "reset gate", "hh": "candidate", "h": "output"},
}


def first_difference(
    sides: tuple[Environment, Environment], arguments: Sequence[str | Path]
) -> str:
    """A sentence on where recurrent cells first differ; both sides run eagerly and unrolled.

    `arguments` are those of `executed.py` after the first. Raises HarnessError if a side does not
    end, or writes nothing.
    """
    old, new = (executed(each, ("--cells", *arguments)) for each in sides)
    if not old.calls or not new.calls:
        ended = old.ended or new.ended
        return f"no recurrent cell ran eagerly{f': it ended with {ended}' if ended else ''}"
    return compared(old.calls, new.calls)


def compared(old: Sequence[Called], new: Sequence[Called]) -> str:
    """A sentence on where the calls of cells first differ: their values, or how they round.

    Only values that both sides name alike are compared, and `cells.py` of the probe reads some
    calls and no large arrays: that nothing differs is said of what was compared.
    """
    for tolerances, differ in (
        (Tolerances(), "differ"),
        (Tolerances(ulp=0, mean_ulp=0), "round otherwise"),
    ):
        place = _first(old, new, tolerances)
        if place:
            return f"recurrent cells first {differ} in {place}"
    if [name for name, _ in old] != [name for name, _ in new]:
        return f"other recurrent cells run: {_counted(new)} instead of {_counted(old)}"
    both = sum(
        len(before.keys() & now.keys()) for (_, before), (_, now) in zip(old, new, strict=True)
    )
    if not both:
        return "the recurrent cells have no value of the same name, so that nothing was compared"
    return (
        f"{counted(both, 'value')} in {counted(len(old), 'call')} of recurrent cells are the same, "
        "bit for bit"
    )


def _first(old: Sequence[Called], new: Sequence[Called], tolerances: Tolerances) -> str:
    """The first place at which the values of a call differ, in words; empty if there is none."""
    steps: Counter[str] = Counter()
    for (name, before), (other, now) in zip(old, new, strict=False):
        if name != other:
            break
        cell, _, function = name.partition(".")
        for value in before:
            if value in now and (said := _difference(before[value], now[value], tolerances)):
                gate = GATES.get(cell, {}).get(value)
                what = f"the {gate} {value}" if gate else value
                return f"time step {steps[cell] + 1} of {cell}: {what} in {function} is {said}"
        steps[cell] += function == "call"
    return ""


def _difference(
    before: tuple[Sequence[int], Sequence[float]],
    now: tuple[Sequence[int], Sequence[float]],
    tolerances: Tolerances,
) -> str:
    """How a value differs from the one before: its shape, or its first number that differs."""
    (shape, numbers), (other_shape, others) = before, now
    if shape != other_shape:
        return f"of shape {instead(str(other_shape), str(shape))}"
    one, two = np.array(numbers), np.array(others)
    if tolerances.classify(distance(one, two, DTYPE)) in EQUAL:
        return ""
    at = int(np.argmax(distances(one, two) > 0))
    return instead(f"{two[at]:.9g}", f"{one[at]:.9g}")


def _counted(calls: Sequence[Called]) -> str:
    names = Counter(name for name, _ in calls)
    return ", ".join(f"{counted(count, 'call')} of {name}" for name, count in names.items())
