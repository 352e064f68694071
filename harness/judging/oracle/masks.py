"""The results of the scenarios about masks and ragged input by definition. Pure.

A step that releases interpret in different ways has a result for each of its meanings.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from math import prod

import numpy as np

from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN, Stacked, States
from harness.judging.oracle.layers import bidirectional, run
from harness.judging.oracle.terms import DEFINED, Arrays, Meanings, Scenarios, Steps

USED, UNUSED = "the mask is used", "the mask is not used"
PASSED, LOST = "the mask is passed on", "the mask is lost"
LOST_BEFORE = "the mask is lost before the layer"
BOTH, EITHER = "a step counts where both masks say so", "a step counts where one mask says so"
ZEROS, REPEATED = "masked outputs are zeros", "masked outputs repeat the one before"
LENGTHS = "each sequence has its own length"

MASK = np.array([[1, 1, 0], [1, 0, 1]], bool)
COUNTS = MASK[:, :, None].astype(np.float64)
X = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3).astype(np.float64)
PADDED = X * COUNTS
START = np.array([[0.5, -0.5], [0.25, 1.0]])


class _Halves(Cell):
    """The cell of the scenario whose output is not its state."""

    features = units = 3
    state_sizes = (3,)

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        [count] = states
        return x + count / 2, (count + 1,)


def _weights(*shape: int) -> np.ndarray:
    """The weights of the scenarios: numbers from -1 to 1 at equal distances, as float32."""
    return np.linspace(-1, 1, prod(shape)).reshape(shape).astype(np.float32).astype(np.float64)


def _simple(units: int = 2, features: int = 3) -> SimpleRNN:
    return SimpleRNN(_weights(features, units), _weights(units, units), _weights(units))


def _lstm() -> LSTM:
    return LSTM(_weights(3, 8), _weights(2, 8), _weights(8))


def _gru() -> GRU:
    return GRU(_weights(3, 6), _weights(2, 6), _weights(2, 6))


def _dense(x: np.ndarray) -> np.ndarray:
    product: np.ndarray = x @ _weights(3, 3) + _weights(3)
    return product


def _seen(cell: Cell, x: np.ndarray, names: Sequence[str], **how: object) -> Arrays:
    """What `run` returns: the outputs, and the last states by their names."""
    output, states = run(cell, x, **how)  # type: ignore[arg-type]
    return {"output": output, **dict(zip(names, states, strict=True))}


def _given_masks() -> Steps:
    def simple(x: np.ndarray, mask: np.ndarray | None = MASK, **how: object) -> Arrays:
        return _seen(_simple(), x, ["state"], mask=mask, **how)

    lstm = partial(_seen, _lstm(), X, ["hidden", "cell"])
    words = _weights(6, 3)[np.array([[1, 2, 0], [4, 0, 5]])]
    used = {
        "Masking": simple(PADDED),
        "Embedding with mask_zero": simple(words),
        **dict.fromkeys(
            (
                "tensor",
                "NumPy array",
                "list of a tensor",
                "an axis more",
                "attached to the input by hand",
                "input of a model",
                "constant in a model, from its config",
            ),
            simple(X),
        ),
        "integers, LSTM": lstm(mask=MASK),
        "floats, GRU": _seen(_gru(), X, ["state"], mask=MASK),
        "one mask for all samples": simple(X, MASK[[0, 0]]),
        "all steps masked, LSTM": lstm(mask=0 * MASK, initial_state=[START, -START]),
        "tensor, with initial_state": simple(X, initial_state=[START]),
    }
    return {
        **{step: {USED: arrays} for step, arrays in used.items()},
        "Masking, with initial_state": {
            USED: simple(PADDED, initial_state=[START]),
            UNUSED: simple(PADDED, None, initial_state=[START]),
        },
        "another mask than that of the input": {
            "the mask of the call is used": simple(PADDED, MASK[::-1]),
        },
        "None, with a masked input": {
            "the mask of the input is used": simple(PADDED),
            "no mask is used": simple(PADDED, None),
        },
    }


def _masked_layers() -> Steps:
    simple, lstm, gru = _simple(), _lstm(), _gru()
    one, two, masked = ["hidden"], ["hidden", "cell"], {"mask": MASK}
    given = {**masked, "initial_state": [START, -START]}
    given_one = {**masked, "initial_state": [START]}
    stacked = Stacked([lstm, _simple(features=2)])
    of_stack = _seen(stacked, X, ["first_hidden", "first_cell", "hidden"], **masked)
    halves = _seen(_Halves(), X, ["count"], **masked)
    by_time = _seen(lstm, X, two, **masked)
    zeros, last = {"zero_output_for_mask": True, **masked}, {"output": run(gru, X, mask=MASK)[0]}
    between = _seen(gru, X, one, **masked)["hidden"]
    numbers = _seen(simple, X, one, **masked)
    used = {
        "SimpleRNN": _seen(simple, X, one, **given_one),
        "LSTM": _seen(lstm, X, two, **given),
        "GRU": _seen(gru, X, one, **given_one),
        "RNN of LSTMCell": _seen(lstm, X, two, **given),
        "RNN of two stacked cells": of_stack,
        "RNN of two stacked cells, unrolled": of_stack,
        "RNN of a cell whose output is not its state": halves,
        "RNN of a cell whose output is not its state, unrolled": halves,
        "LSTM, last output alone": {"output": by_time["output"][:, -1]},
        "LSTM, go_backwards": _seen(lstm, X, two, go_backwards=True, **masked),
        "GRU, go_backwards, unrolled": _seen(gru, X, one, go_backwards=True, **masked),
        "LSTM, implementation 1": by_time,
        "GRU, implementation 1": _seen(gru, X, one, **masked),
        "LSTM, time_major": {**by_time, "output": by_time["output"].transpose(1, 0, 2)},
        "GRU, time_major False in a config": _seen(gru, X, one, **masked),
        "stateful GRU, a call with all steps masked between two": {
            "between": between,
            **_seen(gru, X, one, initial_state=[between], **masked),
        },
    }
    return {
        **{step: {USED: arrays} for step, arrays in used.items()},
        "LSTM, zero_output_for_mask": {ZEROS: _seen(lstm, X, two, **zeros), REPEATED: by_time},
        "GRU, zero_output_for_mask, last output alone": {
            "a masked last output is zeros": {"output": run(gru, X, **zeros)[0][:, -1]},  # type: ignore[arg-type]
            "a masked last output repeats the one before": {"output": last["output"][:, -1]},
        },
        "SimpleRNN, not a number in the masked steps": {
            "gradients are numbers": {**numbers, "gradients_are_numbers": np.array(1.0)},
            "gradients are not numbers": {**numbers, "gradients_are_numbers": np.array(0.0)},
        },
    }


def _read(sequences: np.ndarray, mask: np.ndarray | None) -> Arrays:
    """What the recurrent layer after the layer in question makes of sequences."""
    output, _ = run(_simple(features=sequences.shape[2]), sequences, mask=mask)
    return {"output": output, "mask_is_lost": np.array(float(mask is None))}


def _carried(sequences: np.ndarray) -> Meanings:
    return {PASSED: _read(sequences, MASK), LOST: _read(sequences, None)}


def _carried_masks() -> Steps:
    recurrent, _ = run(_simple(3), PADDED, mask=MASK)
    without, _ = run(_simple(3), PADDED)
    backwards, _ = run(_simple(3), PADDED, mask=MASK, go_backwards=True)
    [both], _ = bidirectional(_simple(3), _simple(3), PADDED, mask=MASK, merge="sum")
    also_before = {**_carried(recurrent), LOST_BEFORE: _read(without, None)}
    used = _read(PADDED, MASK)
    return {
        "recurrent layer": _carried(recurrent),
        "recurrent layer that got the mask as argument": _carried(run(_simple(3), X, mask=MASK)[0]),
        "recurrent layer, go_backwards": {
            "the mask is passed on, reversed": _read(backwards, MASK[:, ::-1]),
            "the mask is passed on, not reversed": _read(backwards, MASK),
            LOST: _read(backwards, None),
        },
        "recurrent layer with return_state": {
            meaning: {**arrays, "mask_of_the_state_is_lost": np.array(1.0)}
            for meaning, arrays in _carried(recurrent).items()
        },
        "recurrent layer of another dtype": also_before,
        "Bidirectional": _carried(both),
        "TimeDistributed": _carried(_dense(PADDED)),
        "Dense": {PASSED: _read(_dense(PADDED), MASK)},
        "Dropout": {PASSED: _read(PADDED, MASK)},
        "Activation": {PASSED: _read(np.tanh(PADDED), MASK)},
        "ReLU": _carried(np.maximum(PADDED, 0.0)),
        "Lambda": {LOST: _read(PADDED, None)},
        "SilentLayer": {LOST: _read(PADDED, None)},
        "Activation of another dtype": _carried(np.tanh(PADDED)),
        "Sequential": also_before,
        "functional model": {PASSED: _read(np.tanh(PADDED), MASK)},
        "functional model that masks, within another": {
            PASSED: used,
            "the mask is used, but no tensor has it": {**used, "mask_is_lost": np.array(1.0)},
        },
    }


def _merged_masks() -> Steps:
    other, other_mask = PADDED[::-1], MASK[::-1]
    both, either = MASK & other_mask, MASK | other_mask
    total, double = PADDED + other, 2 * PADDED
    beside = np.concatenate([PADDED, PADDED], axis=2)
    unequal = np.concatenate([PADDED, other], axis=2)
    with_x = np.concatenate([PADDED, X], axis=2)
    after = np.concatenate([PADDED, PADDED[:, :2]], axis=1)
    all_masks = np.concatenate([MASK, MASK[:, :2]], axis=1)
    ones = np.where(COUNTS, PADDED, 1.0) * np.where(COUNTS[::-1], other, 1.0)
    steps = {
        "Add": _carried(double),
        "Add, masks that differ": {
            BOTH: _read(total, both),
            EITHER: _read(total, either),
            LOST: _read(total, None),
        },
        "Add, one mask": _carried(PADDED + X),
        "Multiply, masks that differ": {
            BOTH: _read(PADDED * other, both),
            "a step counts where one mask says so, with the numbers of that input": _read(
                ones, either
            ),
            LOST: _read(PADDED * other, None),
        },
        "plus": _carried(double),
        "Concatenate": _carried(beside),
        "Concatenate, masks that differ": {
            BOTH: _read(unequal, both),
            EITHER: _read(unequal, either),
            LOST: _read(unequal, None),
        },
        "Concatenate, one mask": {
            PASSED: _read(with_x, MASK),
            "a step counts, since the other input has no mask": _read(with_x, np.ones_like(MASK)),
            LOST: _read(with_x, None),
        },
        "Concatenate along time": {PASSED: _read(after, all_masks), LOST: _read(after, None)},
        "layer of two inputs, masks that differ": {
            "the layer gets both masks": _read(total + COUNTS, other_mask),
            "the layer gets both masks, but what it passes on is lost": _read(total + COUNTS, None),
        },
    }
    models = {"Add": double, "Concatenate": beside}
    return {
        **steps,
        **{
            f"functional model, {step}": _only_output(_carried(sequences))
            for step, sequences in models.items()
        },
        "functional model, Concatenate along time": _only_output(steps["Concatenate along time"]),
    }


def _only_output(meanings: Meanings) -> Meanings:
    return {meaning: {"output": arrays["output"]} for meaning, arrays in meanings.items()}


def _ragged_input() -> Steps:
    mask = np.array([[1, 1, 1], [1, 1, 0]])

    def last(cell: Cell, **how: object) -> Arrays:
        return {"output": run(cell, X, mask=mask, **how)[0][:, -1]}  # type: ignore[arg-type]

    simple, [both] = (
        _simple(),
        bidirectional(_simple(), _simple(), X, mask=mask, merge="sum", return_sequences=False)[0],
    )
    output, (hidden, cell) = run(_lstm(), X, mask=mask, zero_output_for_mask=True)
    lengths = {"lengths": np.array([3.0, 2.0])}
    steps = {
        "SimpleRNN": last(simple),
        "GRU": last(_gru()),
        "LSTM, outputs and states": {"output": output, **lengths, "hidden": hidden, "cell": cell},
        "SimpleRNN, initial_state": last(simple, initial_state=[START]),
        "SimpleRNN, go_backwards": last(simple, go_backwards=True),
        "Bidirectional": {"output": both},
        "functional model": last(simple),
        "made dense, and masked": last(simple),
    }
    return {step: {LENGTHS: arrays} for step, arrays in steps.items()}


def _after_masks() -> Steps:
    mask = np.array([[1, 1, 0], [1, 1, 1]])
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 3, 2).astype(np.float64)
    x[0, 2] = 0
    quarters = SimpleRNN(np.full((2, 2), 0.25), np.full((2, 2), 0.25), np.full(2, 0.25))
    sequence, _ = run(quarters, x, mask=mask)

    def normalized(counting: np.ndarray) -> Arrays:
        values = sequence[counting == 1]
        mean = values.mean(axis=0)
        output = (sequence[1] - mean) / np.sqrt(values.var(axis=0) + 1e-3)
        return {"output": output, "moving_mean": mean}

    def attended(scores: np.ndarray, values: np.ndarray, *, masked: bool = True) -> Arrays:
        shares = np.exp(scores) * (mask[:, None, :] if masked else 1)
        output = (shares / shares.sum(axis=-1, keepdims=True)) @ values
        return {"first": output[0, :2], "second": output[1]}

    products = sequence @ sequence.transpose(0, 2, 1)
    sums = np.tanh(sequence[:, :, None] + sequence[:, None]).sum(axis=-1)
    # a head of two equal numbers for each step
    heads = np.repeat(sequence.sum(axis=-1, keepdims=True), 2, axis=-1)
    scores = heads @ heads.transpose(0, 2, 1) / np.sqrt(2)
    return {
        "BatchNormalization, in training": {
            "masked steps are left out": normalized(mask),
            "masked steps count as others": normalized(np.ones_like(mask)),
        },
        "Attention": {
            DEFINED: attended(products, sequence),
            LOST: attended(products, sequence, masked=False),
        },
        "AdditiveAttention": {
            DEFINED: attended(sums, sequence),
            LOST: attended(sums, sequence, masked=False),
        },
        "MultiHeadAttention": {
            "the mask is used": attended(scores, 2 * heads),
            "the mask is not used": attended(scores, 2 * heads, masked=False),
        },
    }


SCENARIOS: Scenarios = {
    "after_masks": _after_masks,
    "given_masks": _given_masks,
    "masked_layers": _masked_layers,
    "carried_masks": _carried_masks,
    "merged_masks": _merged_masks,
    "ragged_input": _ragged_input,
}

WITHOUT_MEANING: Mapping[str, str] = {
    "given_masks / shorter than the sequence": "raises on every release",
    "ragged_input / SimpleRNN, and a mask": "raises on every release",
}
