"""The results of the scenarios about dropout by definition: `harness/probe/scenarios/dropout`.

No draw is computed: the scenarios observe what does not depend on it. Pure.
"""

import numpy as np

from harness.judging.oracle.terms import Arrays, Meanings, Scenarios, Steps, defined

NOTHING = "nothing is dropped"
FOR_EACH_GATE, FOR_ALL_GATES = "a mask for each gate", "one mask for all gates"
SAME_STEPS, OTHER_STEPS = "the same units in each step", "other units in each step"
SAME_MASK, OTHER_MASK = "the mask is kept", "a mask for each call"
DROPS = "units are dropped"


def _seen(**numbers: float) -> Arrays:
    return {name: np.array(float(number)) for name, number in numbers.items()}


def _dropout_masks() -> Steps:
    def masks(gates: int) -> Meanings:
        return {
            FOR_EACH_GATE: _seen(units_are_dropped=1, masks_of_gates=gates, same_for_each_sample=0),
            FOR_ALL_GATES: _seen(units_are_dropped=1, masks_of_gates=1, same_for_each_sample=0),
            NOTHING: _seen(units_are_dropped=0, masks_of_gates=1, same_for_each_sample=1),
        }

    parts = (
        "dropout",
        "dropout, implementation 1",
        "recurrent_dropout",
        "recurrent_dropout, implementation 2",
        "both, masks of the state",
    )
    return {
        **{
            f"{layer}, {part}": masks(n) for layer, n in (("LSTM", 4), ("GRU", 3)) for part in parts
        },
        "LSTM, both, masks of the input": masks(4),
        "RNN of an LSTMCell, dropout": masks(4),
        "RNN of an LSTMCell, recurrent_dropout": masks(4),
    }


def _dropout_over_time() -> Steps:
    over_time = {
        SAME_STEPS: _seen(units_are_dropped=1, same_in_each_step=1),
        OTHER_STEPS: _seen(units_are_dropped=1, same_in_each_step=0),
    }
    layers = (
        "SimpleRNN, dropout",
        "LSTM, dropout",
        "LSTM, dropout, implementation 1",
        "LSTM of another activation, dropout",
        "LSTM, unrolled, dropout",
        "LSTM, dropout and recurrent_dropout",
        "GRU, dropout",
        "GRU, reset_after=False, dropout",
        "GRU, reset_after=False, dropout, implementation 1",
        "RNN of an LSTMCell, dropout",
    )
    # what is kept of a state of ones is doubled in each step, where the layer hands it on as it is
    doubled = {
        "the state is dropped itself": _seen(smallest=0, largest=2**20),
        "the state is kept": _seen(smallest=1, largest=1),
    }
    after = "recurrent_dropout, after twenty steps"
    return {
        **dict.fromkeys(layers, over_time),
        f"SimpleRNN, {after}": doubled,
        f"GRU that keeps its state, {after}": doubled,
        **defined(
            {
                "SimpleRNN, kept inputs are scaled": _seen(largest=1 / (1 - 0.2)),
                f"LSTM that keeps its state, {after}": _seen(
                    smallest=float(np.tanh(1)), largest=float(np.tanh(1))
                ),
            }
        ),
        "SimpleRNN, kept states are scaled": {
            "by the rate of recurrent_dropout": _seen(largest=1 / (1 - 0.6)),
            "by the rate of dropout": _seen(largest=1 / (1 - 0.2)),
        },
    }


def _dropout_calls() -> Steps:
    dropped = {DROPS: _seen(units_are_dropped=1), NOTHING: _seen(units_are_dropped=0)}
    same = {SAME_MASK: _seen(same_mask=1), OTHER_MASK: _seen(same_mask=0)}
    trained = ("True", "1", "a NumPy bool", "a tensor")
    inferred = ("None", "False", "a tensor that is false")
    return {
        **{f"training is {form}": dropped for form in (*trained, *inferred, "not given")},
        "training is given to the model alone": dropped,
        "training in the learning phase": dropped,
        "inference is the input as it is": {NOTHING: {"output": np.ones(1)}},
        # each gate gets the sum of all inputs, and is open
        "inference of an LSTM, implementation 1": {NOTHING: {"output": np.tanh(np.ones(1))}},
        "layer, two calls": same,
        "RNN of a cell, two calls": same,
        "RNN of a cell, another batch size in the second call": dropped,
        "RNN of a cell, inference between two calls": {
            SAME_MASK: _seen(inference_drops=1, same_mask=1, drops=1),
            OTHER_MASK: _seen(inference_drops=0, same_mask=0, drops=1),
        },
        "RNN of a cell, training after inference": dropped,
        "RNN of two cells": {
            OTHER_MASK: _seen(units_are_dropped=1, largest=4, same_mask=0),
            NOTHING: _seen(units_are_dropped=0, largest=1, same_mask=1),
        },
        "cell by hand, two calls": same,
        "cell by hand, reset_dropout_mask between two calls": same,
        "cell by hand, inference between two calls": {
            "the mask is used at inference too": _seen(inference_drops=1, same_mask=1),
            "the mask is not used at inference": _seen(inference_drops=0, same_mask=1),
        },
        "cell by hand, training after inference": dropped,
        "cell by hand, another batch size in the second call": dropped,
        "Bidirectional, both directions": {
            "a mask for each direction": _seen(units_are_dropped=1, same_mask=0)
        },
        "two layers of one seed": {"the same mask for both": _seen(same_mask=1)},
        **{
            f"a rate of {rate}": {"all is dropped": {"output": np.zeros(1)}}
            for rate in ("1.0", "1.5")
        },
        "a rate of -0.5": {NOTHING: {"output": np.ones(1)}},
    }


SCENARIOS: Scenarios = {
    "dropout_masks": _dropout_masks,
    "dropout_over_time": _dropout_over_time,
    "dropout_calls": _dropout_calls,
}
