"""The results of the scenarios in `harness/probe/scenarios/running`. Pure."""

from collections.abc import Mapping

import numpy as np

from harness.judging.oracle.cells import SimpleRNN
from harness.judging.oracle.layers import run
from harness.judging.oracle.terms import Scenarios, Steps, defined


def _weights(*shape: int) -> np.ndarray:
    values = np.linspace(-0.5, 0.5, int(np.prod(shape))).reshape(shape)
    return values.astype(np.float32).astype(np.float64)


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


SCENARIOS: Scenarios = {"kinds_of_calls": _kinds_of_calls}

WITHOUT_MEANING: Mapping[str, str] = {
    "kinds_of_calls / batch size unknown at build": "raises: a kept state needs a batch size",
}
