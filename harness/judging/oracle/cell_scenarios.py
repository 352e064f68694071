"""The results of the scenarios about cells by definition: `harness/probe/scenarios/cells`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN, Stacked, States
from harness.judging.oracle.layers import run
from harness.judging.oracle.terms import DEFINED, Arrays, Meanings, Scenarios, Steps, defined

BATCH, TIME, NODES = 2, 3, 3
STACK = (3, 4)  # the units of the cells of a stack
MASK = np.array([[1, 0, 1], [1, 1, 0]])

CELLS_OWN, ZEROS = "starts from the state of the cell", "starts from zeros"


@dataclass(frozen=True)
class _Summing(Cell):
    """Adds the input to the first part of the state, twice the input to the second, and so on."""

    parts: int = 1
    echo: bool = False  # whether the output is the input, instead of the first part

    @property
    def features(self) -> int:
        return NODES

    @property
    def units(self) -> int:
        return NODES

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (NODES,) * self.parts

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        states = tuple(state + at * x for at, state in enumerate(states, start=1))
        return x if self.echo else states[0], states


@dataclass(frozen=True)
class _Pair(Cell):
    """The second state adds up the mean of the input; the first is half of itself, and that."""

    width: int
    inputs: int

    @property
    def features(self) -> int:
        return self.inputs

    @property
    def units(self) -> int:
        return self.width

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (self.width, self.width)

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        hidden, carried = states
        carried = carried + x.mean(axis=-1, keepdims=True)
        hidden = hidden / 2 + carried
        return hidden, (hidden, carried)


def _rising(*shape: int, largest: float = 1.0) -> np.ndarray:
    """Numbers at equal distances, rounded to float32 as in the scenarios."""
    numbers = np.linspace(-largest, largest, int(np.prod(shape)), dtype=np.float32)
    return numbers.reshape(shape).astype(np.float64)


def _x() -> np.ndarray:
    return _rising(BATCH, TIME, NODES)


def _lstm(features: int, units: int) -> LSTM:
    return LSTM(_rising(features, 4 * units), _rising(units, 4 * units), _rising(4 * units))


def _gru(features: int, units: int) -> GRU:
    return GRU(_rising(features, 3 * units), _rising(units, 3 * units), _rising(2, 3 * units))


def _simple(features: int, units: int) -> SimpleRNN:
    return SimpleRNN(_rising(features, units), _rising(units, units), _rising(units))


def _only(output: np.ndarray) -> Arrays:
    return {"output": output}


def _number(value: float) -> np.ndarray:
    return np.array(float(value))


def _cell_calls() -> Steps:
    steps: dict[str, Arrays] = {}
    for name, article, cell in (
        ("LSTMCell", "an", _lstm(NODES, NODES)),
        ("GRUCell", "a", _gru(NODES, NODES)),
        ("SimpleRNNCell", "a", _simple(NODES, NODES)),
    ):
        output, states = run(cell, _x())
        last = {"output": output[:, -1], "states": np.stack(states)}
        steps[f"RNN of {article} {name}"] = {**last, "output": output}
        if name == "LSTMCell":
            for form in ("in a list", "in a tuple", "of get_initial_state"):
                steps[f"{name} by hand, states {form}"] = last
        else:
            steps[f"{name} by hand, state in a list"] = last
            steps[f"{name} by hand, state as a tensor"] = _only(output[:, -1])
    return defined(steps)


def _custom_cells() -> Steps:
    x = _x()
    total = x.sum(axis=1)
    inner = np.broadcast_to(total.sum(axis=-1, keepdims=True), total.shape)
    two_inputs = _only(total - 2 * total[::-1])
    steps: dict[str, Arrays] = {
        "nested state, stateful, second call": _only(2 * total),
        "state of two rows": {"output": total, "state": np.stack([total, 2 * total], axis=1)},
        "state returned without a list": {"output": total, "state": total},
        "output_size is less than state_size": {"output": total[:, :-1], "state": total},
        "output_size is left out": _only(total[:, :-1]),
        "layer inside the cell, eager": _only(inner),
        "layer inside the cell, functional model": _only(inner),
        "two inputs in a tuple": two_inputs,
        "two inputs in a tuple, stateful": two_inputs,
        "two inputs in a tuple, functional model": two_inputs,
        "what a cell is told, one cell, training": _only(_number(1)),
    }
    for kind in ("an object with call", "an object that can be called", "an AbstractRNNCell"):
        steps[f"cell is {kind}"] = _only(total)
    for size, parts in (
        ("a number", 1),
        ("a list of one number", 1),
        ("a list of two numbers", 2),
        ("a tuple of two numbers", 2),
        ("a TensorShape", 1),
        ("a list of a TensorShape", 1),
        ("a nest", 3),
        ("a nest of tuples", 3),
    ):
        states = np.stack([at * total for at in range(1, parts + 1)])
        steps[f"state_size is {size}"] = {"output": total, "states": states}
    echoed, [summed] = run(_Summing(echo=True), x, mask=MASK)
    output, states_of_two = run(_Summing(2), x, mask=MASK)
    for how in ("masked", "masked, unrolled"):
        steps[f"output is not the state, {how}"] = {"output": echoed, "state": summed}
        steps[f"two states, {how}"] = {
            "output": output[:, -1],
            "states": np.stack(states_of_two),
        }
    return {**defined(steps), **_custom_cells_of_many_meanings(total)}


def _custom_cells_of_many_meanings(total: np.ndarray) -> dict[str, Meanings]:
    means = _x().mean(axis=-1)
    columns = np.repeat(means.sum(axis=1)[:, None], BATCH, axis=1)
    # a defect: in the first time step, the means of the samples are added to the units
    rows = means[None, :, 0] + np.repeat(means[:, 1:].sum(axis=1)[:, None], BATCH, axis=1)
    told = {"it is told nothing": _only(_number(-1)), "it is told not to train": _only(_number(0))}
    short = total[:, :-1]
    return {
        "output_size is left out, functional model": {
            "the size is that of the output": {"output": short, "declared_features": _number(2)},
            "the size is that of the state": {"output": short, "declared_features": _number(3)},
        },
        "a column is added, as many units as samples, stateless": {DEFINED: _only(columns)},
        "a column is added, as many units as samples, stateful": {
            DEFINED: _only(columns),
            "the column is added as a row in the first time step": _only(rows),
        },
        "what a cell is told, one cell, nothing given": told,
        "what a cell is told, two cells, nothing given": told,
        "what a cell is told, two cells, training": {
            "it is told to train": _only(_number(1)),
            "training is lost": _only(_number(-1)),
        },
    }


def _cell_start() -> Steps:
    x = _x()
    total, last = x.sum(axis=1), x[:, -1]
    two_cells = Stacked([_Summing(), _Summing()])
    ones = [np.ones((BATCH, NODES))] * 2
    start_of_two = {
        CELLS_OWN: _only(run(two_cells, x, ones)[0][:, -1]),
        ZEROS: _only(run(two_cells, x)[0][:, -1]),
    }
    start = {CELLS_OWN: _only(total + 1), ZEROS: _only(total)}
    forms = ("in a list", "not in a list", "signature of Keras 2", "signature of Keras 3")
    steps = defined(
        {
            **{f"ones {form}, stateless": _only(total + 1) for form in (*forms, "of one row")},
            "ones, functional model": _only(total + 1),
            "ones, initial_state in the call": _only(total + 2 * x[:, 0]),
            "ones, two cells": start_of_two[CELLS_OWN],
            "complex state, stateless": {
                "output": last,
                "real": np.zeros_like(last),
                "imaginary": -np.ones_like(last),
            },
            "complex state, stateful": _only(last),
            "integer state, stateless": {"output": last + TIME, "state": 0 * last + TIME},
            "integer state, stateful, second call": {
                "output": last + 2 * TIME,
                "state": 0 * last + 2 * TIME,
            },
            "integer state, stateful, after reset_states": _only(last + TIME),
        }
    )
    for form in (*forms, "made by the input", "of one row"):
        steps[f"ones {form}, stateful"] = start
    steps["ones, stateful, after reset_states"] = start
    steps["ones, stateful, states once built"] = {
        CELLS_OWN: _only(np.ones((BATCH, NODES))),
        ZEROS: _only(np.zeros((BATCH, NODES))),
    }
    steps["ones, stateful, second call"] = {
        CELLS_OWN: _only(2 * total + 1),
        ZEROS: _only(2 * total),
    }
    steps["ones, two cells, stateful"] = start_of_two
    return {**steps, **_asked()}


def _asked() -> dict[str, Meanings]:
    """What `get_initial_state` of a cell or layer gives to a caller."""

    def given(states: int, in_a_list: bool, value: float = 0) -> Arrays:
        output = np.full((states, BATCH, NODES), float(value))
        return {"output": output, "in_a_list": _number(in_a_list)}

    steps: dict[str, Meanings] = {}
    for how in ("inputs", "batch_size and dtype", "batch_size"):
        for name in ("LSTMCell", "two cells"):
            steps[f"{name} asked, {how}"] = {DEFINED: given(2, True)}
        for name in ("GRUCell", "SimpleRNNCell"):
            # releases that take a batch size alone give a list, the others a tensor
            steps[f"{name} asked, {how}"] = {DEFINED: given(1, how == "batch_size")}
    for how in (
        "None, batch size and dtype by position",
        "batch size by position",
        "batch_size is a tensor",
        "dtype float64",
    ):
        steps[f"LSTMCell asked, {how}"] = {DEFINED: given(2, True)}
    steps["LSTMCell asked, batch_size is a tensor of a graph"] = {
        DEFINED: _only(np.zeros((2, BATCH, NODES)))
    }
    for how in ("inputs", "input by position", "batch_size", "batch size by position"):
        steps[f"LSTM layer asked, {how}"] = {DEFINED: given(2, True)}
        steps[f"RNN layer asked, {how}"] = {DEFINED: given(1, True, 1)}
    return steps


def _cell_constants() -> Steps:
    x = _x()
    total = x.sum(axis=1)
    context = np.linspace(1, 2, BATCH * NODES, dtype=np.float32).astype(np.float64)
    constant = context.reshape(BATCH, NODES)
    one = _only(total + TIME * constant)
    counts = MASK[:, :, None]
    both = _only((x + constant[:, None]).cumsum(axis=1).sum(axis=1) + TIME * constant)
    second = _only(x.cumsum(axis=1).sum(axis=1) + TIME * constant)
    same = (
        "one constant",
        "one constant in a list",
        "constant and an unrolled layer",
        "constant in a list with the input",
        "constant in a later call only",
        "functional model, constant is an input",
        "joined to the input",
    )
    return defined(
        {
            **dict.fromkeys(same, one),
            "no constants": _only(total),
            "two constants": _only(total - 3 * TIME * constant),
            "constant and initial_state": _only(one["output"] + x[:, 0]),
            "constant and mask": _only(((x + constant[:, None]) * counts).sum(axis=1)),
            "constant and a stateful layer, second call": _only(2 * one["output"]),
            "two cells that take constants": both,
            "two cells, the second takes constants": second,
        }
    )


def _stacked_state() -> Steps:
    x = _x()
    first, second = (_Pair(*sizes) for sizes in ((STACK[0], NODES), (STACK[1], STACK[0])))
    stack = Stacked([first, second])
    given = [
        state
        for units in STACK
        for state in (_rising(BATCH, units, largest=0.5), -_rising(BATCH, units))
    ]

    def last(cell: Cell, states: States | None = None, **how: np.ndarray) -> Arrays:
        return _only(run(cell, x, states, **how)[0][:, -1])  # type: ignore[arg-type]

    output, final = run(stack, x)
    from_given, again = last(stack, tuple(given)), last(stack, final)
    returned = {
        "output": output[:, -1],
        "first_states": np.stack(final[:2]),
        "second_states": np.stack(final[2:]),
        "parts": _number(2),
    }
    zeros = (
        "stateful, after reset_states",
        "stateful, after zeros were assigned",
        "two layers instead of two cells",
    )
    nests = (
        "given as a nest",
        "given in a list with the input",
        "given as Keras inputs",
        "stateful, given as a nest",
    )
    out, _ = stack.step(x[:, 0], tuple(given))
    form = {"parts": _number(2), "leaves": _number(4)}
    equal = Stacked([_Pair(3, 3), _Pair(3, 3)])
    of_equal, (h1, _, h2, _) = run(equal, x)
    steps = {
        "returned": returned,
        "returned by a functional model": returned,
        **dict.fromkeys(zeros, last(stack)),
        **dict.fromkeys(nests, from_given),
        "stateful, after reset_states to a nest": from_given,
        "stateful, second call": again,
        "given as it was returned": again,
        "given as it was returned, functional model": again,
        "stateful, after reset_states of one cell with one state": _only(np.zeros((BATCH, 2))),
        "masked": last(stack, mask=MASK),
        "masked, unrolled": last(stack, mask=MASK),
        "a stack in a stack": last(Stacked([_Pair(2, 3), _Pair(3, 2), _Pair(2, 3)])),
        "cells of three kinds": last(Stacked([_gru(NODES, 3), _lstm(3, 2), _simple(2, 3)])),
        "one cell twice": last(Stacked([_simple(NODES, 3)] * 2)),
        "by hand, one time step": {"output": out, **form},
    }
    return {
        **defined(steps),
        "given for the first cell alone": {
            "the second cell is left out": last(first, tuple(given[:2]))
        },
        "reverse_state_order": {
            "the order is that of the cells": {"output": of_equal[:, -1], "first_state": h1},
            "the order is reversed": {"output": of_equal[:, -1], "first_state": h2},
        },
        "no cells": {"the output is the input": _only(x[:, -1])},
    }


SCENARIOS: Scenarios = {
    "cell_calls": _cell_calls,
    "custom_cells": _custom_cells,
    "cell_start": _cell_start,
    "cell_constants": _cell_constants,
    "stacked_state": _stacked_state,
}

_COUNTS = "counts of calls, which no definition gives"
_FORM = "the form of a result, not its numbers"
_RAISES = "raises on every release"

WITHOUT_MEANING: Mapping[str, str] = {
    "cell_calls / eager, *": _COUNTS,
    "cell_calls / tf.function, *": _COUNTS,
    "cell_calls / functional model, *": _COUNTS,
    "cell_calls / * by hand, state comes back for *": _FORM,
    "cell_calls / RNN of an LSTM layer, which is no cell": _RAISES,
    "custom_cells / state_size is a dict": _RAISES,
    "custom_cells / form of a nested state that comes back": _FORM,
    "custom_cells / no state_size": _RAISES,
    "custom_cells / two inputs in a list": _RAISES,
    "cell_start / ones made by the input, stateless": _RAISES,
    "cell_start / LSTMCell asked, nothing given": _RAISES,
    "cell_constants / one cell that takes no constants": _RAISES,
    "cell_constants / LSTM, which takes no constants": _RAISES,
    "stacked_state / returned at the end of a Sequential": _FORM,
    "stacked_state / compute_output_shape": _FORM,
    "stacked_state / state_size and output_size": _FORM,
    "stacked_state / stateful, form of states": _FORM,
    "stacked_state / given as a flat list": _RAISES,
}
