"""The results of the scenarios about ways to run a layer by definition. Pure.

The scenarios are those in `harness/probe/scenarios/running`; `training.py` has those of training.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.judging.oracle.activations import ACTIVATIONS
from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN, States
from harness.judging.oracle.layers import run
from harness.judging.oracle.terms import Arrays, Scenarios, Steps, defined

QUARTERS = SimpleRNN(np.full((2, 2), 0.25), np.full((2, 2), 0.25))


def _weights(*shape: int) -> np.ndarray:
    values = np.linspace(-0.5, 0.5, int(np.prod(shape))).reshape(shape)
    return values.astype(np.float32).astype(np.float64)


def _line(*shape: int) -> np.ndarray:
    """Weights from -1 to 1, rounded to float32 as in the scenarios."""
    line = np.linspace(-1, 1, int(np.prod(shape))).astype(np.float32)
    return line.reshape(shape).astype(np.float64)


def _x() -> np.ndarray:
    return np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 3, 2).astype(np.float64)


def _kinds_of_calls() -> Steps:
    cell = SimpleRNN(_weights(3, 2), _weights(2, 2), _weights(2))
    x = np.linspace(-1, 1, 18, dtype=np.float32).reshape(2, 3, 3).astype(np.float64)
    outputs: list[np.ndarray] = []
    for _ in range(4):  # the last output of a SimpleRNN is its state
        sequence, _states = run(cell, x, outputs[-1:] or None)
        outputs.append(sequence[:, -1])
    names = (
        "call",
        "predict after the call",
        "predict_on_batch after predict",
        "call after predict_on_batch",
    )
    kept = {name: {"output": h, "state": h} for name, h in zip(names, outputs, strict=True)}
    # a single sample meets the state of two samples, and is computed from each of them
    spread, _ = run(cell, np.concatenate([x[:1], x[:1]]), outputs[:1])
    return {
        **defined(kept),
        **defined({"predict after a reset, two batches": {"output": np.concatenate(outputs[:2])}}),
        "predict, a partial last batch": {
            "the sample starts from each state": {
                "output": np.concatenate([outputs[0], spread[:, -1]])
            },
        },
    }


def _traced(times: int, first: np.ndarray, second: np.ndarray) -> Arrays:
    return {"first": first, "second": second, "traces": np.array(float(times))}


def _traced_calls() -> Steps:
    simple = SimpleRNN(_line(2, 2), _line(2, 2), _line(2))
    long = LSTM(_line(2, 8), _line(2, 8), _line(8))
    x = _x()

    def last(
        data: np.ndarray, states: Sequence[np.ndarray] | None = None, cell: Cell = simple
    ) -> np.ndarray:
        return run(cell, data, states)[0][:, -1]

    first = last(x)
    second = last(x, [first])
    third = last(x, [second])
    shorter = last(x[:, :2], [first])
    ones = SimpleRNN(np.ones((2, 2)), np.ones((2, 2)))
    of_ones = last(x, cell=ones)
    then = last(x, [of_ones], ones)
    of_gru = last(x, cell=GRU(_line(2, 6), _line(2, 6), _line(2, 6)))
    one_row = last(x[:1, :2], cell=long)
    return {
        **defined(
            {
                "known dimensions, then another batch size, and another length": {
                    **_traced(1, first, first),
                    "row": first[:1],
                    "shorter": last(x[:, :2]),
                    "traces_of_all": np.array(3.0),
                },
                "batch size unknown": _traced(1, first, first[:1]),
                "both unknown": _traced(1, first, last(x[:1, :2])),
                "LSTM, both unknown": _traced(1, last(x, cell=long), one_row),
                "compiled": _traced(1, first, first),
                "GRU, compiled": _traced(1, of_gru, of_gru),
                "LSTM, compiled": _traced(1, last(x, cell=long), last(x, cell=long)),
                "stateful, known dimensions, then another length": {
                    **_traced(1, first, second),
                    "shorter": last(x[:, :2], [second]),
                    "traces_of_all": np.array(2.0),
                },
                "stateful, batch size unknown": _traced(1, first, second),
                "stateful, length unknown": _traced(1, first, shorter),
                "stateful, compiled": _traced(1, first, second),
                "stateful, calls outside and in the function, and a reset": {
                    "inside": second,
                    "outside": third,
                    "after_reset": first,
                    "traces": np.array(1.0),
                },
            }
        ),
        "stateful, built in the function": {
            "traced once": _traced(1, of_ones, then),
            "traced twice": _traced(2, of_ones, then),
        },
        "stateful, a reset in the function": {
            "each call resets": {"first": first, "second": first},
            "the first call alone resets, while it is traced": {"first": first, "second": second},
        },
    }


def _shapes(*shapes: Sequence[int]) -> np.ndarray:
    return np.array([float(size) for shape in shapes for size in shape])


def _declared_shapes() -> Steps:
    steps: dict[str, Arrays] = {}
    for name, width, states in (
        ("SimpleRNN", 5, 1),
        ("GRU", 5, 1),
        ("LSTM", 5, 2),
        ("RNN of an LSTMCell", 5, 2),
        ("Bidirectional", 10, 2),
    ):
        known, unknown = [[2, 5]] * states, [[-1, 5]] * states
        steps[f"{name}, compute_output_shape"] = {
            "last": _shapes([2, width]),
            "sequences": _shapes([2, 3, width]),
            "last_unknown": _shapes([-1, width]),
            "unknown": _shapes([-1, -1, width]),
        }
        if name != "Bidirectional":  # bidirectional_outputs has that
            steps[f"{name}, compute_output_shape, return_state"] = {
                "last": _shapes([2, width], *known),
                "sequences": _shapes([2, 3, width], *known),
                "unknown": _shapes([-1, -1, width], *unknown),
            }
        if name != "GRU":  # as LSTM does
            shapes = _shapes([-1, -1, width], *unknown)
            steps[f"{name}, output_shape of a model"] = {"shapes": shapes}
    of_layer = {
        "in a model": {"shape": _shapes([-1, 5])},
        "after a call": {"shape": _shapes([2, 5])},
    }
    return defined(
        {
            **steps,
            **{f"SimpleRNN, output_shape of the layer {w}": s for w, s in of_layer.items()},
            "SimpleRNN, compute_output_shape of a Sequential": {"shape": _shapes([2, 5])},
        }
    )


def _quarters(kind: type[LSTM]) -> LSTM:
    """The bias of the forget gate is 1, as in Keras."""
    return kind(np.full((2, 8), 0.25), np.full((2, 8), 0.25), np.repeat([0.0, 1.0, 0.0, 0.0], 2))


def _odd_inputs() -> Steps:
    x = _x()
    first, states = run(QUARTERS, x)
    second, _ = run(QUARTERS, x, states)
    whole = np.arange(12).reshape(2, 3, 2) % 3
    return defined(
        {
            "no samples": {"shape": np.array([0.0, 2.0])},
            "whole numbers": {"output": run(QUARTERS, whole)[0][:, -1]},
            "not a number, in masked steps": {"output": run(_quarters(LSTM), x)[0][:, -1]},
            "a generator of batches, predict": {
                "output": np.concatenate([first[:, -1], second[:, -1]])
            },
        }
    )


class _Peephole(LSTM):
    """The gates see the cell state, by weights of 0.25; of Gers & Schmidhuber 2000,
    doi:10.1109/IJCNN.2000.861302, as `tf.keras.experimental.PeepholeLSTMCell`.
    """

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        h, c = states
        sums = x @ self.kernel + h @ self.recurrent_kernel + self.bias
        i, f, candidate, o = np.split(sums, 4, axis=1)
        gate = ACTIVATIONS["hard_sigmoid (Keras 2)"]
        new = gate(f + 0.25 * c) * c + gate(i + 0.25 * c) * np.tanh(candidate)
        h = gate(o + 0.25 * new) * np.tanh(new)
        return h, (h, new)


class _Sum(Cell):
    """Adds its input to its state."""

    features = units = 2
    state_sizes = (2,)

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        return x + states[0], (x + states[0],)


def _older_code() -> Steps:
    x = _x()
    first = {"output": run(QUARTERS, x)[0][:, -1]}
    biased = SimpleRNN(QUARTERS.kernel, QUARTERS.recurrent_kernel, np.full(2, 0.25))
    mask = np.array([[True, True, False], [True, False, True]])
    sums, [state] = run(_Sum(), x, mask=mask, go_backwards=True)
    same = ("input_dim= and input_length=", "dynamic=True", "units as a number with a point")
    return defined(
        {
            "weights=": {"output": run(biased, x)[0][:, -1]},
            **dict.fromkeys(same, first),
            "PeepholeLSTMCell": {"output": run(_quarters(_Peephole), x)[0][:, -1]},
            "keras.backend.rnn, backwards, with a mask": {
                "output": sums,
                "last": sums[:, -1],
                "state": state,
            },
        }
    )


def _keras_tensors() -> Steps:
    ones = SimpleRNN(np.ones((2, 2)), np.ones((2, 2)))
    last = run(ones, _x())[0][:, -1]
    return defined(
        {
            "tf.concat of output and state": {"output": np.concatenate([last, last], axis=-1)},
            "tf.reverse of the input": {"output": run(ones, _x()[:, ::-1])[0][:, -1]},
            "tf.zeros as initial_state": {"output": last},
            "the last step of a sequence": {"output": last},
            "the output plus one": {"output": last + 1},
            "get_output_at": {"shape": np.array([2.0, 2.0])},
            "input_shape of the layer": {"shape": np.array([2.0, 3.0, 2.0])},
        }
    )


def _loops_in_calls() -> Steps:
    output = run(SimpleRNN(np.ones((2, 2)), np.ones((2, 2))), _x())[0][:, -1]
    loops = ("for, over numbers", "for, over a tensor", "while, of a tensor")
    return defined(
        {f"{loop}, {how}": {"output": output} for loop in loops for how in ("eagerly", "predict")}
    )


def _odd_arguments() -> Steps:
    output = {"output": run(SimpleRNN(np.ones((2, 2)), np.ones((2, 2))), _x())[0][:, -1]}
    own = {"output": run(SimpleRNN(np.ones((2, 2)), np.eye(2)), _x())[0][:, -1]}
    same = (
        "units is an integer of NumPy",
        "units is an integer of NumPy, functional model",
        "units is a tensor",
        "a name with a slash",
        "a dropout rate above one, at inference",
        "inputs=",
        "sequences=",
    )
    return defined(
        {
            **dict.fromkeys(same, output),
            "no units": {"output": np.zeros((2, 0))},
            "a regularizer that is a function": {"losses": np.array([2.0])},
            "a recurrent initializer that is an array": own,
            "build of a list": {"weights": np.array(3.0)},
        }
    )


def _several_lengths() -> Steps:
    ones, longer = SimpleRNN(np.ones((2, 2)), np.ones((2, 2))), np.concatenate([_x()] * 2, axis=1)
    outputs = [run(ones, each)[0][:, -1] for each in (_x(), longer)]
    losses = [np.mean(np.square(each - 1)) for each in outputs]
    return defined(
        {
            "predict, last outputs": {"output": np.concatenate(outputs)},
            "fit": {"loss": np.array([np.mean(losses)])},
        }
    )


SCENARIOS: Scenarios = {
    "keras_tensors": _keras_tensors,
    "loops_in_calls": _loops_in_calls,
    "odd_arguments": _odd_arguments,
    "several_lengths": _several_lengths,
    "odd_inputs": _odd_inputs,
    "older_code": _older_code,
    "kinds_of_calls": _kinds_of_calls,
    "traced_calls": _traced_calls,
    "declared_shapes": _declared_shapes,
}

WITHOUT_MEANING: Mapping[str, str] = {
    "several_lengths / predict, sequences": "facts",
    "kinds_of_calls / batch size unknown at build": "raises: a kept state needs a batch size",
    "traced_calls / length unknown, unrolled": "raises: unrolling needs a length",
    "odd_inputs / no time steps*": "raises: there is no last output",
    "odd_inputs / lists of numbers": "raises: a list may hold states",
    "odd_inputs / fewer features than before": "raises: the weights have another shape",
}
