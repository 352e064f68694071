"""The results of scenarios of what surrounds recurrent layers by definition. Pure.

The scenarios are `cells/nested_outputs`, and of `wrappers` those of TimeDistributed in training and
of unknown lengths, and of wrapped precisions.
"""

import numpy as np

from harness.judging.oracle.cells import SimpleRNN
from harness.judging.oracle.layers import bidirectional, run
from harness.judging.oracle.terms import DEFINED, Arrays, Meanings, Scenarios, Steps, defined


def _nested_outputs() -> Steps:
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 3, 2).astype(np.float64)
    totals = np.cumsum(x, axis=1)
    last = {"inputs": x[:, -1], "total": totals[:, -1]}
    sequences = {"inputs": x, "total": totals}
    in_tuple, in_tensor = ({"a_tuple": np.array(each)} for each in (1.0, 0.0))
    apart, stacked = "a tuple of outputs", "one tensor of all outputs"
    return {
        "a tuple": {apart: {**last, **in_tuple}, stacked: {**last, **in_tensor}},
        "a tuple, sequences": {
            apart: {**sequences, **in_tuple},
            stacked: {**sequences, **in_tensor},
        },
        **defined(
            {
                "a tuple, return_state": {"count": np.array(2.0), "state": totals[:, -1]},
                "a dict": last,
                "a tuple, functional model": last,
                "a dict, functional model": last,
            }
        ),
    }


def _time_distributed_lengths() -> Steps:
    five = np.linspace(-1, 1, 10, dtype=np.float32).reshape(2, 5, 1).astype(np.float64)
    three = np.repeat(five.reshape(5, 2, 1)[:, :1], 3, axis=1)
    cut = "as many steps as there are rows"
    unknown: Meanings = {DEFINED: {"output": five}, cut: {"output": five[:, :2]}}
    return {
        "length unknown": unknown,
        "both unknown, more steps than rows": unknown,
        "predict, then another length": {
            DEFINED: {"shorter": five[:, :3], "output": five},
            cut: {"shorter": five[:, :3], "output": five[:, :2]},
        },
        **defined(
            {
                "number of rows unknown": {"output": five},
                "both unknown, more rows than steps": {"output": three},
            }
        ),
    }


def _time_distributed_training() -> Steps:
    x = np.linspace(0, 2, 12, dtype=np.float32).reshape(2, 3, 2) ** 2
    x = x.astype(np.float64)

    def normalized(axes: tuple[int, ...]) -> Arrays:
        mean, variance = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
        return {"output": (x - mean) / np.sqrt(variance + 1e-3), "moving_mean": mean[0, -1]}

    once, each = "the layer is called once", "the layer is called for each time step"
    again = "the layer is called for each time step, and once more for the first"
    squares = np.square(x.sum(axis=-1)).sum() * 2 * 0.01
    return {
        "BatchNormalization": {once: normalized((0, 1)), each: normalized((0,))},
        "activity_regularizer": {
            "divided by the number of time steps of all samples": _losses(1, squares / 6),
            "the loss is lost": _losses(0, 0),
        },
        "kernel_regularizer": {DEFINED: _losses(1, 0.04)},
        "add_loss": {
            once: _losses(1, x.sum()),
            each: _losses(3, x.sum()),
            again: _losses(4, x.sum() + x[:, 0].sum()),
        },
        "a variable that counts calls": {
            once: {"output": x, "count": np.array(1.0)},
            each: {"output": x, "count": np.array(3.0)},
            again: {"output": x, "count": np.array(4.0)},
        },
    }


def _losses(count: int, total: float) -> Arrays:
    return {"losses": np.array(float(count)), "sum": np.array(float(total))}


def _wrapped_dtypes() -> Steps:
    x = np.arange(-6, 6).reshape(2, 3, 2) / 8
    ones = SimpleRNN(np.ones((2, 2)), np.ones((2, 2)), np.zeros(2))
    last = run(ones, x)[0][:, -1]
    [both] = bidirectional(ones, ones, x, merge="concat", return_sequences=False)[0]
    sums = np.repeat(x.sum(axis=-1, keepdims=True), 2, axis=-1)

    def meanings(output: np.ndarray, *bits: int) -> Meanings:
        return {f"{each} bits": {"output": output, "bits": np.array(float(each))} for each in bits}

    return {
        "Bidirectional of a layer of float64": meanings(both, 64, 32),
        "Bidirectional of float64": meanings(both, 32, 64),
        "RNN of a cell of float64": meanings(last, 32),
        "RNN of float64": meanings(last, 64),
        "RNN of float64 and a cell of float64": meanings(last, 64),
        "TimeDistributed of a layer of float16": meanings(sums, 16, 32),
    }


SCENARIOS: Scenarios = {
    "nested_outputs": _nested_outputs,
    "time_distributed_lengths": _time_distributed_lengths,
    "time_distributed_training": _time_distributed_training,
    "wrapped_dtypes": _wrapped_dtypes,
}
