"""The results of the scenarios about ways to run a layer by definition. Pure.

The scenarios are those in `harness/probe/scenarios/running`; `training.py` has those of training.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.judging.oracle.cells import LSTM, Cell, SimpleRNN
from harness.judging.oracle.layers import run
from harness.judging.oracle.terms import Arrays, Scenarios, Steps, defined


def _weights(*shape: int) -> np.ndarray:
    values = np.linspace(-0.5, 0.5, int(np.prod(shape))).reshape(shape)
    return values.astype(np.float32).astype(np.float64)


def _line(*shape: int) -> np.ndarray:
    """Weights from -1 to 1, rounded to float32 as in the scenarios."""
    line = np.linspace(-1, 1, int(np.prod(shape))).astype(np.float32)
    return line.reshape(shape).astype(np.float64)


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
        **defined({"predict, two batches": {"output": np.concatenate(outputs[:2])}}),
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
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 3, 2).astype(np.float64)

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
    one_row = last(x[:1, :2], cell=long)
    return {
        **defined(
            {
                "known dimensions": _traced(1, first, first),
                "another batch size in the second call": _traced(2, first, first[:1]),
                "another length in the second call": _traced(2, first, last(x[:, :2])),
                "batch size unknown": _traced(1, first, first[:1]),
                "length unknown": _traced(1, first, last(x[:, :2])),
                "both unknown": _traced(1, first, last(x[:1, :2])),
                "LSTM, both unknown": _traced(1, last(x, cell=long), one_row),
                "compiled": _traced(1, first, first),
                "stateful, known dimensions": _traced(1, first, second),
                "stateful, batch size unknown": _traced(1, first, second),
                "stateful, length unknown": _traced(1, first, shorter),
                "stateful, another length in the second call": _traced(2, first, shorter),
                "stateful, compiled": _traced(1, first, second),
                "stateful, a call outside, one in the function, and one outside": {
                    "inside": second,
                    "outside": third,
                },
                "stateful, a reset between two calls": _traced(1, first, first),
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


SCENARIOS: Scenarios = {"kinds_of_calls": _kinds_of_calls, "traced_calls": _traced_calls}

WITHOUT_MEANING: Mapping[str, str] = {
    "kinds_of_calls / batch size unknown at build": "raises: a kept state needs a batch size",
    "traced_calls / length unknown, unrolled": "raises: unrolling needs a length",
}
