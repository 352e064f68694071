"""The results of the scenarios about ways to touch state by definition. Pure.

The scenarios are those in `harness/probe/scenarios/touching`.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN
from harness.judging.oracle.layers import run
from harness.judging.oracle.terms import DEFINED, Arrays, Meanings, Scenarios, Steps, defined

RESET, KEPT = "the states are reset", "the states are kept"
FIRST_ROW = "the state of one row is used for all rows"
BROADCAST = "the rows of the state are each used with the one row of the input"
TWO_ROWS = "the states are reset, with the rows of the first build"
ONES_ASSIGNED, LOST = "the assigned state is used", "the assigned state is lost"

X = np.linspace(-1, 1, 12, dtype=np.float32).astype(np.float64).reshape(2, 3, 2)
ONE_STEP = np.linspace(-0.5, 1, 4, dtype=np.float32).astype(np.float64).reshape(2, 1, 2)
H = np.array([[0.5, -0.5], [0.25, 1.0]])
C = np.array([[1.0, 0.5], [-1.0, 0.0]])

SIMPLE = SimpleRNN(np.ones((2, 2)), np.ones((2, 2)), np.zeros(2))
HALF = SimpleRNN(np.full((2, 2), 0.5), np.full((2, 2), 0.5), np.zeros(2))
QUARTER = SimpleRNN(np.full((2, 2), 0.25), np.full((2, 2), 0.25), np.zeros(2))
GATED = GRU(np.ones((2, 6)), np.ones((2, 6)), np.zeros((2, 6)))
LONG = LSTM(np.ones((2, 8)), np.ones((2, 8)), np.repeat([0.0, 1.0, 0.0, 0.0], 2))


def _last(cell: Cell, x: np.ndarray, states: Sequence[np.ndarray] | None = None) -> np.ndarray:
    """The output at the last time step, which is also the first state."""
    return run(cell, x, states)[0][:, -1]


def _passes(cell: Cell, count: int) -> list[np.ndarray]:
    """The last outputs of calls that each go on from the one before."""
    states, outputs = None, []
    for _ in range(count):
        output, states = run(cell, X, states)
        outputs.append(output[:, -1])
    return outputs


def _model_reset() -> Steps:
    first, second, third = _passes(HALF, 3)
    forth, back = first_both = first, _last(HALF, X[:, ::-1])
    bidirectional = [np.concatenate(first_both, axis=-1)]
    for _ in range(2):
        forth, back = _last(HALF, X, [forth]), _last(HALF, X[:, ::-1], [back])
        bidirectional.append(np.concatenate([forth, back], axis=-1))
    through: Meanings = {
        RESET: {"second": second, "output": first},
        KEPT: {"second": second, "output": third},
    }
    from_zeros: Meanings = {DEFINED: {"output": first}}
    alone: Meanings = {RESET: {"output": first}, KEPT: {"output": second}}
    with_ones: Arrays = {"output": _last(HALF, X, [np.ones((2, 2))])}
    return {
        **dict.fromkeys(
            (
                "of a model, a layer of its own",
                "of a model, a layer in a layer",
                "of a model, a layer in a Sequential in it",
                "of a functional model, a layer in a Sequential in it",
            ),
            through,
        ),
        "of a functional model, a Bidirectional": {
            RESET: {"second": bidirectional[1], "output": bidirectional[0]},
            KEPT: {"second": bidirectional[1], "output": bidirectional[2]},
        },
        "of each layer of a Sequential": alone,
        "of each layer of a functional model, a Sequential in it": alone,
        **dict.fromkeys(
            (
                "reset_states before the build",
                "reset_state before the build",
                "reset_states of a layer that is not stateful",
                "reset_state of a layer that is not stateful",
                "reset_states with None",
            ),
            from_zeros,
        ),
        "reset_states with a tensor": {DEFINED: with_ones},
        "reset_states with float64": {DEFINED: with_ones},
    }


def _given_states() -> Steps:
    long: Arrays = {"output": _last(LONG, X, [H, C])}
    gated: Arrays = {"output": _last(GATED, X, [H])}
    ones: Arrays = {"output": _last(GATED, X, [np.ones((2, 2))])}
    return {
        **defined(
            {
                **dict.fromkeys(
                    (
                        "a tuple of two states",
                        "in a list with the input",
                        "by position, after the input",
                    ),
                    long,
                ),
                **dict.fromkeys(
                    (
                        "one tensor for a layer of one state",
                        "a list of one tensor",
                        "a state of float64",
                    ),
                    gated,
                ),
                "a state of whole numbers": ones,
                "an Input, in a functional model": {"output": _last(SIMPLE, X, [H])},
            }
        ),
        "a state of one row for two": {FIRST_ROW: ones},
    }


def _kept_states() -> Steps:
    first, second = _passes(GATED, 2)
    assigned = _last(GATED, X, [np.ones((2, 2))])
    one_row = X[:1]
    broadcast = _last(GATED, np.repeat(one_row, 2, axis=0), [first])
    return {
        "the state after a call, stateful": {DEFINED: {"output": first, "state": first}},
        "returned at the end of a Sequential": {DEFINED: {"output": first, "state": first}},
        "assigned before the build": {
            ONES_ASSIGNED: {"output": assigned},
            LOST: {"output": first},
        },
        "assigned after the build, into the variable": {ONES_ASSIGNED: {"output": assigned}},
        "a second build": {RESET: {"output": first}, KEPT: {"output": second}},
        "a second build, of another batch size": {
            TWO_ROWS: {"output": np.repeat(_last(GATED, one_row), 2, axis=0)},
        },
        "a call with fewer rows": {BROADCAST: {"output": broadcast}},
        "stateful switched off after a call": {
            "the layer is stateless from then on": {"first": first, "output": first},
            "the layer goes on from its states": {"first": second, "output": second},
        },
    }


def _sequential_states() -> Steps:
    first = _last(SIMPLE, ONE_STEP)
    second = _last(SIMPLE, ONE_STEP, [first])
    places = ("batch_size of Input", "batch_shape of Input", "no Input")
    layers = ("InputLayer", "the layer")
    return defined(
        {
            "return_state at the end, input unknown": {"output": first, "state": first},
            **{f"stateful, {place}": {"output": second} for place in places},
            **{f"stateful, batch_input_shape of {each}": {"output": second} for each in layers},
            "stateful, batch_shape of InputLayer": {"output": second},
            "stateful, input_shape and batch_size of the layer": {"output": second},
            "stateful, reset_states of the model": {"output": first},
        }
    )


def _model_inputs() -> Steps:
    given: Arrays = {"output": _last(LONG, ONE_STEP, [H, C])}
    by_name: Meanings = {"each state is used by its name": given}
    swapped: Meanings = {
        **by_name,
        "the states are swapped": {"output": _last(LONG, ONE_STEP, [C, H])},
    }
    zeros = np.zeros((2, 2))
    another = "the value of the additional name is used as a state"
    _, states = run(LONG, ONE_STEP, [H, C])
    return {
        **defined(
            {
                **dict.fromkeys(
                    (
                        "a list",
                        "a tuple",
                        "model of a dict, a dict",
                    ),
                    given,
                ),
                "stateful, reset_states of the model": {"output": _last(LONG, ONE_STEP)},
            }
        ),
        **dict.fromkeys(
            (
                "a dict by the names of the inputs",
                "model of a dict, a list",
            ),
            swapped,
        ),
        "a dict with a name more": {
            **by_name,
            another: {"output": _last(LONG, ONE_STEP, [zeros, C])},
        },
        "model of a dict, a name more": {
            **by_name,
            another: {"output": _last(LONG, ONE_STEP, [C, zeros])},
        },
        "a state too many": {"the last state is ignored": given},
        "stateful, a later call": {
            "the given states are used": given,
            "the layer goes on from its states": {"output": _last(LONG, ONE_STEP, states)},
        },
    }


def _half_precision_states() -> Steps:
    # exact in half precision, since each value of a sigmoid is 0.5 or 1, and of a tanh 1 or -1
    long = LSTM(np.array([[0, 0, 16, 0]]), np.zeros((1, 4)), np.array([20, 20, 0, 0]))
    gated = GRU(np.array([[0, 0, 16]]), np.zeros((1, 3)), np.zeros((2, 3)))
    simple = SimpleRNN(np.array([[16]]), np.array([[-32]]))
    steps: dict[str, Arrays] = {}
    for name, cell, time in (("LSTM", long, 12), ("GRU", gated, 2), ("SimpleRNN", simple, 1)):
        x = np.ones((1, time, 1))
        first, kept = run(cell, x)
        second, states = run(cell, x, kept)
        for policy in ("mixed_float16", "mixed_bfloat16"):
            steps[f"{name}, {policy}, second call"] = {
                **{f"state_{at}": state for at, state in enumerate(states)},
                "output": second[:, -1],
            }
            steps[f"{name}, {policy}, after a reset"] = {
                **{f"state_{at}": np.zeros_like(state) for at, state in enumerate(states)},
                "output": first[:, -1],
            }
    return defined(steps)


def _shared_states() -> Steps:
    first, second, third = _passes(QUARTER, 3)
    counted = {"weights": np.array(3.0)}
    return {
        **defined({"a layer in two models": {"first": first, "second": second, "third": third}}),
        "a layer twice in a model": {
            "the first output is computed first": {"first": first, "second": second},
            "the second output is computed first": {"first": second, "second": first},
        },
        "variables of a model": {
            "the state is no variable of the model": {**counted, "variables": np.array(3.0)},
            "the state is a variable of the model": {**counted, "variables": np.array(4.0)},
        },
        "variables of a tf.Module": {
            "the state counts as trainable": dict.fromkeys(
                ("variables", "trainable"), np.array(4.0)
            ),
            "no variable is found": dict.fromkeys(("variables", "trainable"), np.array(0.0)),
        },
    }


def _backend_values() -> Steps:
    half = np.full((2, 2), 0.5)
    first = run(SIMPLE, X)[0][:, -1]
    from_half = {"output": run(SIMPLE, X, [half])[0][:, -1]}
    halved = SimpleRNN(half, np.ones((2, 2)), np.zeros(2))
    return defined(
        {
            "get_value of a state": {"state": first},
            "set_value of a state": from_half,
            "update of a state": from_half,
            "batch_set_value of weights": {"output": run(halved, X, [first])[0][:, -1]},
            "function of a layer": {"output": first},
        }
    )


def _given_precisions() -> Steps:
    x = np.arange(-6, 6).reshape(2, 3, 2) / 8
    simple = {"output": run(SIMPLE, x, [H])[0][:, -1]}
    gru = GRU(np.ones((2, 6)), np.ones((2, 6)), np.zeros((2, 6)))
    lstm = LSTM(np.ones((2, 8)), np.ones((2, 8)), np.repeat([0.0, 1.0, 0.0, 0.0], 2))
    return defined(
        {
            "SimpleRNN": simple,
            "GRU": {"output": run(gru, x, [H])[0][:, -1]},
            "LSTM": {"output": run(lstm, x, [H, H])[0][:, -1]},
            "SimpleRNN, the state is an Input": simple,
        }
    )


SCENARIOS: Scenarios = {
    "given_precisions": _given_precisions,
    "backend_values": _backend_values,
    "shared_states": _shared_states,
    "half_precision_states": _half_precision_states,
    "model_reset": _model_reset,
    "sequential_states": _sequential_states,
    "model_inputs": _model_inputs,
    "given_states": _given_states,
    "kept_states": _kept_states,
}

RAISES = "raises on every release"
WITHOUT_MEANING: Mapping[str, str] = {
    "model_reset / reset_states with two states for one": RAISES,
    "model_reset / reset_states with a state of one row for two": RAISES,
    "given_states / one state of two": RAISES,
    "given_states / None for *": RAISES,
    "given_states / three states of two": RAISES,
    "given_states / a state of other units": RAISES,
    "given_states / an Input that the model leaves out": "a fact",
    "given_states / an Input that the model leaves out, called": RAISES,
    "sequential_states / return_state, *": RAISES,
    "sequential_states / stateful, batch size unknown": RAISES,
    "model_inputs / a dict with a name less": RAISES,
    "model_inputs / the sequence *": RAISES,
    "model_inputs / None for a state": RAISES,
    "model_inputs / states of other units": RAISES,
    "model_inputs / model of a dict, a name less": RAISES,
    "kept_states / read *": "counts and facts",
    "kept_states / stateful switched on after a call": RAISES,
    "kept_states / assigned after the build, a list of tensors": RAISES,
}
