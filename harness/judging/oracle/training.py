"""The results of the scenarios about training by definition. Pure.

The scenarios are `fitting`, `graph_training`, `gradients`, `second_gradients`, `deterministic_ops`
and `one_thread` in `harness/probe/scenarios/running`.
"""

from collections.abc import Callable, Mapping, Sequence
from math import prod

import numpy as np

from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN
from harness.judging.oracle.layers import run
from harness.judging.oracle.terms import Arrays, Meanings, Scenarios, Steps, defined

DIVIDED = "the sum is divided by the number of samples"
CARRIED = "the state is carried across batches and epochs"
WEIGHTS = ("kernel", "recurrent_kernel", "bias")
STATES = ("state_0", "state_1")

Y = np.array([[0.5, -0.5], [0.25, 1.0]])
H = np.array([[0.5, -0.5], [0.25, 1.0]])
C = np.array([[1.0, 0.5], [-1.0, 0.0]])
MASK = np.array([[1, 1, 0], [0, 1, 1]])
SHAPES: Mapping[str, Sequence[tuple[int, ...]]] = {
    "SimpleRNN": ((2, 2), (2, 2), (2,)),
    "GRU": ((2, 6), (2, 6), (2, 6)),
    "GRU, reset before": ((2, 6), (2, 6), (6,)),
    "LSTM": ((2, 8), (2, 8), (8,)),
}


def _line(end: float, *shape: int) -> np.ndarray:
    """Numbers from -end to end, rounded to float32 as in the scenarios."""
    line = np.linspace(-end, end, prod(shape)).astype(np.float32)
    return line.reshape(shape).astype(np.float64)


def _x(features: int) -> np.ndarray:
    line = np.linspace(-1, 1, 2 * 3 * features, dtype=np.float32)
    return line.reshape(2, 3, features).astype(np.float64)


def _mean_square(output: np.ndarray) -> float:
    return float(np.mean(np.square(output - Y)))


def _sum_square(output: np.ndarray) -> float:
    return float(np.sum(np.square(output)))


def _fitting() -> Steps:
    cell = SimpleRNN(_line(0.5, 3, 2), _line(0.5, 2, 2), _line(0.5, 2))
    passes: list[np.ndarray] = []
    for _ in range(4):  # the last output of a SimpleRNN is its state
        passes.append(run(cell, _x(3), passes[-1:] or None)[0][:, -1])
    first, second, _, fourth = passes
    # a single sample meets the state of two samples, and is computed from each of them
    spread, _ = run(cell, np.repeat(_x(3)[:1], 2, axis=0), [first])
    loss: Arrays = {"loss": np.array(_mean_square(second)), "state": second}
    mean = np.array(_mean_square(first) + _mean_square(second)) / 2
    epochs: Meanings = {
        CARRIED: {"state": fourth},
        "the state is reset at the start of an epoch": {"state": second},
    }
    return {
        "eagerly, fit, two epochs of two batches": epochs,
        "eagerly, fit, a partial last batch": {
            "the sample starts from each state": {"state": spread[:, -1]},
        },
        "eagerly, test_on_batch after train_on_batch": {
            "the loss is that of the batch": loss,
            "the loss is the mean of both batches": {**loss, "loss": mean},
        },
        **defined(
            {
                "evaluate after a call": loss,
                "eagerly, fit with validation data": {"state": second},
                "eagerly, fit, a reset at the start of each epoch": {"state": first},
                "eagerly, predict after fit": {"output": second, "state": second},
            }
        ),
    }


def _cell(kind: str, weights: Sequence[np.ndarray]) -> Cell:
    kernel, recurrent_kernel, bias = weights
    if kind.startswith("GRU"):
        after = kind == "GRU"
        return GRU(kernel, recurrent_kernel, bias, reset_after=after)
    return (LSTM if kind == "LSTM" else SimpleRNN)(kernel, recurrent_kernel, bias)


def _last(kind: str) -> np.ndarray:
    """The last output of a layer."""
    weights = [_line(0.5, *shape) for shape in SHAPES[kind]]
    return run(_cell(kind, weights), _x(2))[0][:, -1]


def slopes(
    function: Callable[[Sequence[np.ndarray]], float], at: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """The gradients of a function of arrays, by central differences, precise to about 1e-10."""
    step = 1e-5
    arrays = [array.copy() for array in at]
    found = [np.zeros_like(array) for array in arrays]
    for array, slope in zip(arrays, found, strict=True):
        for place, value in np.ndenumerate(array):
            array[place] = value + step
            above = function(arrays)
            array[place] = value - step
            slope[place] = (above - function(arrays)) / (2 * step)
            array[place] = value
    return found


def _gradients_of(kind: str, mask: np.ndarray | None = None) -> Arrays:
    """Those of the sum of the squares of the output, of the weights and of the initial state."""

    def loss(arrays: Sequence[np.ndarray]) -> float:
        output, _ = run(_cell(kind, arrays[:3]), _x(2), arrays[3:], mask=mask)
        return _sum_square(output[:, -1])

    states = [H, C] if kind == "LSTM" else [H]
    found = slopes(loss, [*(_line(0.5, *shape) for shape in SHAPES[kind]), *states])
    return dict(zip(WEIGHTS + STATES, found, strict=False))


def _trained(kind: str) -> Arrays:
    """The weights after a step down the slope of the mean square error."""

    def loss(arrays: Sequence[np.ndarray]) -> float:
        return _mean_square(run(_cell(kind, arrays), _x(2))[0][:, -1])

    weights = [_line(0.5, *shape) for shape in SHAPES[kind]]
    found = slopes(loss, weights)
    return {
        name: weight - 0.5 * slope
        for name, weight, slope in zip(WEIGHTS, weights, found, strict=True)
    }


def _second_call() -> Arrays:
    weights = [_line(0.5, *shape) for shape in SHAPES["SimpleRNN"]]
    _, kept = run(_cell("SimpleRNN", weights), _x(2))

    def loss(arrays: Sequence[np.ndarray]) -> float:
        output, _ = run(_cell("SimpleRNN", arrays), _x(2), kept)
        return _sum_square(output[:, -1])

    return dict(zip(WEIGHTS, slopes(loss, weights), strict=True))


def _gradients() -> Steps:
    lstm = _gradients_of("LSTM")
    weights = [_line(0.5, *shape) for shape in SHAPES["LSTM"]]
    activity = 0.5 * _sum_square(_last("LSTM"))
    losses: Arrays = {"losses": np.array([0.5 * _sum_square(w) for w in weights[:2]])}
    trained = {
        f"{kind}, the weights after a step of training": _trained(kind)
        for kind in ("SimpleRNN", "GRU", "LSTM")
    }
    return {
        **defined(
            {
                **{kind: _gradients_of(kind) for kind in SHAPES},
                **trained,
                "LSTM, masked": _gradients_of("LSTM", MASK),
                "LSTM, unrolled": lstm,
                "SimpleRNN, in tf.function": _gradients_of("SimpleRNN"),
                "stateful SimpleRNN, a second call": _second_call(),
                "losses of the regularizers of an LSTM": losses,
                "losses of the regularizers of a cell": losses,
            }
        ),
        "loss of an activity regularizer": {
            DIVIDED: {"losses": np.array([activity / 2])},
            "the sum over all samples": {"losses": np.array([activity])},
        },
        **{
            f"loss of an activity regularizer, {kind}": {
                DIVIDED: {"loss": np.array(0.5 * _sum_square(_last(kind)) / 2)},
                "the sum over all samples": {"loss": np.array(0.5 * _sum_square(_last(kind)))},
                "the regularizer is ignored": {"loss": np.array(0.0)},
            }
            for kind in ("SimpleRNN", "GRU")
        },
    }


def _graph_training() -> Steps:
    cell = SimpleRNN(_line(0.5, 3, 2), _line(0.5, 2, 2), _line(0.5, 2))
    passes: list[np.ndarray] = []
    for _ in range(4):  # the last output of a SimpleRNN is its state
        passes.append(run(cell, _x(3), passes[-1:] or None)[0][:, -1])
    first = {"first": passes[0], "traces": np.array(1.0)}
    shorter = run(cell, _x(3)[:, :2], passes[:1])[0][:, -1]
    both = {"traces_of_both": np.array(2.0)}
    return {
        "fit, two epochs of two batches": {
            "traced once": {"state": passes[3], "traces": np.array(1.0)},
            "traced twice": {"state": passes[3], "traces": np.array(2.0)},
        },
        **defined(
            {
                "fit, once more after a reset": {"state": passes[3], "traces": np.array(0.0)},
                "stateful, predict, then another length": {
                    **first,
                    **both,
                    "shorter": shorter,
                    "state": shorter,
                },
                "predict, then another batch size": {**first, **both, "row": passes[0][:1]},
            }
        ),
    }


def _of_zeros(kind: str) -> Arrays:
    """The output without given states, and the gradient of the sum of its squares."""
    weights = [_line(0.5, *shape) for shape in SHAPES[kind]]

    def loss(kernel: Sequence[np.ndarray]) -> float:
        return _sum_square(run(_cell(kind, [*kernel, *weights[1:]]), _x(2))[0][:, -1])

    return {"output": _last(kind), "kernel": slopes(loss, weights[:1])[0], "same": np.ones(2)}


def _deterministic_ops() -> Steps:
    return defined(
        {
            "switched on": {"on": np.array(1.0)},
            **{f"{kind}, two calls": _of_zeros(kind) for kind in ("SimpleRNN", "GRU", "LSTM")},
            "random weights without a seed": {"parts": np.array(3.0)},
            "dropout without a seed": {"output": np.zeros((2, 2))},
            "random weights and dropout after a global seed": {"same": np.array(1.0)},
        }
    )


def _with_bias(kind: str, gates: int) -> Arrays:
    """The first outputs of a larger layer, and the gradient of its bias."""
    x = np.linspace(0, 1, 16 * 4 * 8, dtype=np.float32).reshape(16, 4, 8).astype(np.float64)
    biases = (2, 16 * gates) if kind == "GRU" else (16 * gates,)
    weights = [_line(0.2, *shape) for shape in ((8, 16 * gates), (16, 16 * gates), biases)]

    def last(bias: Sequence[np.ndarray]) -> np.ndarray:
        return run(_cell(kind, [*weights[:2], *bias]), x)[0][:, -1]

    found = slopes(lambda bias: _sum_square(last(bias)), weights[2:])
    return {"output": last(weights[2:])[:2], "bias": found[0]}


def _one_thread() -> Steps:
    kinds = {"SimpleRNN": 1, "GRU": 3, "LSTM": 4}
    return defined(
        {
            "one thread": {"intra": np.array(1.0), "inter": np.array(1.0)},
            **{kind: _with_bias(kind, gates) for kind, gates in kinds.items()},
        }
    )


def _second_gradient(kind: str) -> Arrays:
    """The gradient of the sum of the gradient of the sum of squares, by differences.

    Precise to about 1e-10: the error of a step falls with its square, which two steps take out.
    """
    weights = [np.full(shape, 0.25) for shape in SHAPES[kind]]
    x = _x(2)

    def by(step: float) -> np.ndarray:
        found = np.zeros_like(x)
        for place in np.ndindex(x.shape):
            for all_of, one in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                moved = x + all_of * step
                moved[place] += one * step
                total = _sum_square(run(_cell(kind, weights), moved)[0][:, -1])
                found[place] += all_of * one * total / (4 * step**2)
        return found

    return {"output": (4 * by(1e-3) - by(2e-3)) / 3}


def _second_gradients() -> Steps:
    unrolled = {
        f"{kind}, unrolled": _second_gradient(kind) for kind in ("SimpleRNN", "GRU", "LSTM")
    }
    return defined({**unrolled, "SimpleRNN": unrolled["SimpleRNN, unrolled"]})


SCENARIOS: Scenarios = {
    "fitting": _fitting,
    "graph_training": _graph_training,
    "gradients": _gradients,
    "deterministic_ops": _deterministic_ops,
    "one_thread": _one_thread,
    "second_gradients": _second_gradients,
}

WITHOUT_MEANING: Mapping[str, str] = {
    "second_gradients / SimpleRNN, in tf.function": "early releases give what nothing defines",
}
