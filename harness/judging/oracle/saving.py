"""The results of the scenarios about saving by definition. Pure.

The scenarios are those in `harness/probe/scenarios/saving`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import numpy as np

from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN, Stacked, States
from harness.judging.oracle.layers import bidirectional, run
from harness.judging.oracle.terms import DEFINED, Arrays, Meanings, Scenarios, Steps, defined

TRAVELS, STAYS = "the state travels", "the state stays behind"
GATES = {
    "hard_sigmoid is clip(0.2 x + 0.5, 0, 1)": "hard_sigmoid (Keras 2)",
    "hard_sigmoid is relu6(x + 3) / 6": "hard_sigmoid (Keras 3)",
}
SUFFIXES = (".h5", ".keras")


@dataclass(frozen=True)
class _Keeping(Cell):
    """Keeps a part of its state, and adds its input."""

    keep: float = 0.5
    width: int = 3

    @property
    def features(self) -> int:
        return self.width

    @property
    def units(self) -> int:
        return self.width

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (self.width,)

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        state = self.keep * states[0] + x
        return state, (state,)


def _line(*shape: int) -> np.ndarray:
    """Weights from -1 to 1, rounded to float32 as in the scenarios."""
    line = np.linspace(-1, 1, prod(shape)).astype(np.float32)
    return line.reshape(shape).astype(np.float64)


def _x(*shape: int) -> np.ndarray:
    line = np.linspace(-1, 1, prod(shape), dtype=np.float32)
    return line.reshape(shape).astype(np.float64)


def _simple(features: int = 3) -> SimpleRNN:
    return SimpleRNN(_line(features, 2), _line(2, 2), _line(2))


def _lstm(features: int = 3) -> LSTM:
    return LSTM(_line(features, 8), _line(2, 8), _line(8))


def _gru(features: int = 3) -> GRU:
    return GRU(_line(features, 6), _line(2, 6), _line(2, 6))


def _last(cell: Cell, x: np.ndarray, states: States | None = None) -> Arrays:
    return {"output": run(cell, x, states)[0][:, -1]}


def _both(x: np.ndarray) -> Arrays:
    [output], _ = bidirectional(_simple(), _simple(), x, return_sequences=False)
    return {"output": output}


def _older_files() -> Steps:
    models = ("tf-2.0.h5", "tf-2.15.h5", "tf-2.15.keras", "keras-3.0.keras", "keras-3.15.keras")
    weights = ("tf-2.15.weights.h5", "keras-3.15.weights.h5")
    names = [f"model, {name}" for name in models] + [f"weights, {name}" for name in weights]
    return defined(dict.fromkeys(names, _last(_lstm(2), _x(2, 3, 2))))


def _saved_configs() -> Steps:
    x = _x(2, 3, 3)
    before = GRU(_line(3, 6), _line(2, 6), _line(6), reset_after=False)
    quarter = _last(_Keeping(0.25), x)
    rates = {"dropout": np.array(0.25), "recurrent_dropout": np.array(0.5)}
    hard: Meanings = {
        meaning: _last(LSTM(_line(3, 8), _line(2, 8), recurrent_activation=gate), x)
        for meaning, gate in GATES.items()
    }
    steps = {
        "GRU, reset_after=False": _last(before, x),
        "SimpleRNN, go_backwards": _last(_simple(), x[:, ::-1]),
        "RNN of an LSTMCell": _last(_lstm(), x),
        "RNN of two cells": _last(Stacked([_gru(), _simple(2)]), x),
        "cell of one's own": quarter,
        "cell of one's own, in a scope": quarter,
        "cell of one's own, two of them": _last(Stacked([_Keeping(0.25), _Keeping(0.75)]), x),
        "cell of one's own, no get_config": _last(_Keeping(), x),
        "stateful, the state does not travel": _last(_simple(), x),
        "dropout, rates travel": rates,
        "implementation travels": {"implementation": np.array(1.0)},
        "config of Keras 2": _last(_lstm(), x),
        "model, to_json": _last(_simple(), x),
    }
    return {**defined(steps), "LSTM": hard}


def _saved_weights() -> Steps:
    x = _x(2, 3, 3)
    simple, [state] = _last(_simple(), x), run(_simple(), x)[1]
    files = ("a.h5", "b.weights.h5", "c")
    same = (
        *(f"weights in a file named {name}" for name in files),
        "weights as a checkpoint",
        "tf.train.Checkpoint",
        "weights of a subclass, into the class of Keras",
    )
    travelled = {TRAVELS: {"state": state}, STAYS: {"state": np.zeros((2, 2))}}
    return {
        **defined(
            {
                **dict.fromkeys(same, simple),
                "weights of two cells of one kind": _last(Stacked([_gru(), _gru(2)]), x),
                "weights of a Bidirectional": _both(x),
            }
        ),
        "state, by get_weights": travelled,
        "state, in a file of weights": travelled,
        "state, in a tf.train.Checkpoint": travelled,
        "state of another batch size, in a file of weights": {STAYS: _last(_simple(), x[:1])},
        "state of another batch size, in a tf.train.Checkpoint": {
            STAYS: {"state": np.zeros((1, 2))}
        },
    }


def _saved_models() -> Steps:
    x = _x(2, 3, 3)
    simple = _last(_simple(), x)
    first, state = run(_simple(), x)
    second, after = run(_simple(), x, state)
    travels = {"first": second[:, -1], "second": _last(_simple(), x, after)["output"]}
    stays = {"first": first[:, -1], "second": second[:, -1]}
    not_kept = {"first": first[:, -1], "second": first[:, -1]}
    steps: dict[str, Meanings] = {
        "stateful after a call, SavedModel, two calls once loaded": {
            STAYS: {"state": np.zeros((2, 2)), **stays},
            TRAVELS: {"state": state[0], **travels},
        },
        "stateful after a call, exported, two calls once loaded": {
            STAYS: stays,
            TRAVELS: travels,
            "the loaded model keeps no state": not_kept,
        },
    }
    for suffix in SUFFIXES:
        steps[f"Bidirectional, {suffix}"] = {DEFINED: _both(x)}
        steps[f"RNN of two cells, {suffix}"] = {DEFINED: _last(Stacked([_simple(), _simple(2)]), x)}
        steps[f"stateful after a call, {suffix}"] = {
            STAYS: simple,
            TRAVELS: _last(_simple(), x, run(_simple(), x)[1]),
        }
    return steps


def _saved_custom_cell() -> Steps:
    x = _x(2, 4, 3)
    sums = np.repeat(x.sum(axis=-1, keepdims=True), 2, axis=-1)
    output, [total] = run(_Keeping(width=2), sums)
    seen = {"output": output[:, -1], "total": total, "count": np.full((2, 2), 4.0)}
    steps = (
        "as made",
        *(f"saved as {suffix}, and loaded" for suffix in SUFFIXES),
        "cloned in a scope",
    )
    return defined(dict.fromkeys(steps, seen))


def _saved_initial_state() -> Steps:
    start = np.linspace(0, 1, 4, dtype=np.float32).astype(np.float64).reshape(2, 2)
    bias = np.repeat([0.0, 1.0, 0.0, 0.0], 2)
    cell = LSTM(np.ones((3, 8)), np.ones((2, 8)), bias)
    seen = _last(cell, _x(2, 4, 3), (start, 1 - start))
    steps = (
        f"{name}, saved as {suffix}, and loaded"
        for suffix in SUFFIXES
        for name in ("constants", "constants, stateful", "inputs")
    )
    return defined(dict.fromkeys(("as made", *steps, "constants, cloned"), seen))


def _copies() -> Steps:
    x = _x(2, 3, 3)
    first, state = run(_simple(), x)
    second = run(_simple(), x, state)[0][:, -1]
    steps = (
        "a deep copy of a layer",
        "a deep copy of a model",
        "a pickled model",
        "a clone with the weights of the model",
    )
    seen: Meanings = {
        STAYS: {"copied": first[:, -1], "original": second},
        TRAVELS: {"copied": second, "original": second},
    }
    return dict.fromkeys(steps, seen)


def _weights_by_name() -> Steps:
    half, zeros = np.full((2, 2), 0.5), np.zeros((2, 3))
    return defined(
        {
            "by_name, a layer more": {"kernel": half},
            "a layer more": {"kernel": half},
            "skip_mismatch, other units": {"kernel": zeros},
            "by_name, skip_mismatch, other units": {"kernel": zeros},
        }
    )


SCENARIOS: Scenarios = {
    "weights_by_name": _weights_by_name,
    "copies": _copies,
    "saved_configs": _saved_configs,
    "older_files": _older_files,
    "saved_weights": _saved_weights,
    "saved_models": _saved_models,
    "saved_custom_cell": _saved_custom_cell,
    "saved_initial_state": _saved_initial_state,
}

WITHOUT_MEANING: Mapping[str, str] = {
    "weight_names / *": "names, which no definition gives",
    "saved_configs / half precision travels": "a dtype, not numbers",
    "short_configs / *": "sizes that the configs name",
    "saved_models / * unrolled, as a SavedModel": "whether there is a file",
}
