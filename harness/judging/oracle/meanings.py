"""The results of the steps of the scenarios by definition, computed with the oracle. Pure.

The weights and inputs are those of the variant `fixed`, which are committed. A step that releases
interpret in different ways has a result for each interpretation: its *meanings*.
"""

import functools
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np

from harness.base.errors import UsageError
from harness.base.loading import Layout
from harness.base.project import SCENARIOS
from harness.judging.oracle import (
    cell_scenarios,
    convlstm,
    dropout,
    losses,
    masks,
    running,
    saving,
    surroundings,
    touching,
    training,
    wrappers,
)
from harness.judging.oracle.activations import ACTIVATIONS
from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN, Stacked
from harness.judging.oracle.layers import bidirectional, run
from harness.judging.oracle.terms import Arrays, Scenarios, Steps, defined

Committed = dict[str, list[float | list[float | list[float]]]]

SHAPES = {
    "x": (10, 2, 3),
    "kernel": (3, 40),
    "recurrent_kernel": (10, 40),
    "bias": (40,),
    "dense_kernel": (10, 3),
    "dense_bias": (3,),
}

USED, IGNORED = "initial_state is used", "initial_state is ignored"
OVERRIDE, NO_OVERRIDE = "the override is used", "the override is not called"
HARD_SIGMOIDS = {
    "hard_sigmoid is clip(0.2 x + 0.5, 0, 1)": "hard_sigmoid (Keras 2)",
    "hard_sigmoid is relu6(x + 3) / 6": "hard_sigmoid (Keras 3)",
}


# the steps with fixed weights that have no meaning: "SCENARIO / PATTERN", and the reason
WITHOUT_MEANING: Mapping[str, str] = {
    **cell_scenarios.WITHOUT_MEANING,
    **convlstm.WITHOUT_MEANING,
    **masks.WITHOUT_MEANING,
    **running.WITHOUT_MEANING,
    **saving.WITHOUT_MEANING,
    **touching.WITHOUT_MEANING,
    **training.WITHOUT_MEANING,
    **wrappers.WITHOUT_MEANING,
}


def why_without_meaning(scenario: str, step: str) -> str:
    """The declared reason why a step has no meaning; empty if there is none."""
    where = f"{scenario} / {step}"
    return next((why for each, why in WITHOUT_MEANING.items() if fnmatchcase(where, each)), "")


@functools.cache
def expected(scenario: str) -> Steps:
    """The results of a scenario by step, meaning and array, in float64; empty if unknown."""
    return _SCENARIOS.get(scenario, dict)()


@functools.cache
def _fixed(name: str) -> np.ndarray:
    """A committed array, rounded to float32 as in the scenarios, as float64."""
    return np.array(_committed()[name], dtype=np.float32).astype(np.float64)


@functools.cache
def _committed() -> Committed:
    return COMMITTED.load(SCENARIOS / "fixed.json")


def _check_shapes(committed: Committed) -> None:
    for name, shape in SHAPES.items():
        if name not in committed:
            raise ValueError(f"{name!r} is missing")
        found = np.array(committed[name], dtype=np.float32)  # ValueError if lengths differ
        if found.shape != shape or not np.isfinite(found).all():
            raise ValueError(f"{name!r} must be finite numbers in the shape {shape}")


COMMITTED = Layout(
    content=Committed,
    title="the committed weights and inputs",
    error=UsageError,
    way_out="`git checkout` restores it",
    check=_check_shapes,
)


def _lstm() -> LSTM:
    return LSTM(_fixed("kernel"), _fixed("recurrent_kernel"), _fixed("bias"))


def _ones(batch: int) -> list[np.ndarray]:
    return [np.ones((batch, _lstm().units))] * 2


def _distinct(batch: int) -> list[np.ndarray]:
    """Values that differ between h and c, samples and units, rounded as in the scenarios."""
    units = _lstm().units
    h = np.arange(batch * units, dtype=np.float32).reshape(batch, units) / np.float32(100)
    return [h.astype(np.float64), (1 - 2 * h).astype(np.float64)]


def _after(x: np.ndarray, states: Sequence[np.ndarray] | None = None, **how: object) -> Arrays:
    """The outputs and last states of the LSTM on `x`, started from `states`."""
    output, (hidden, cell) = run(_lstm(), x, states, **how)  # type: ignore[arg-type]
    return {"output": output, "hidden": hidden, "cell": cell}


def _with_dense(arrays: Arrays) -> Arrays:
    return {**arrays, "output": arrays["output"] @ _fixed("dense_kernel") + _fixed("dense_bias")}


def _states(arrays: Arrays) -> list[np.ndarray]:
    return [arrays["hidden"], arrays["cell"]]


def _stateful() -> Steps:
    first = _after(_fixed("x"))
    second = _after(_fixed("x"), _states(first))
    return defined({"first pass": _with_dense(first), "second pass": _with_dense(second)})


def _reset() -> Steps:
    x = _fixed("x")
    zeros = _with_dense(_after(x))
    return defined(
        {
            "first pass": zeros,
            "reset to zeros": zeros,
            "reset to ones": _with_dense(_after(x, _ones(10))),
            "reset without values": zeros,
            "reset_state without values": zeros,
            "reset to distinct states": _with_dense(_after(x, _distinct(10))),
        }
    )


def _override() -> Steps:
    x, h_and_c = _fixed("x"), _distinct(10)
    single, first = x[:1], [state[:1] for state in h_and_c]
    zeros, ones, distinct = (
        _with_dense(_after(single, states)) for states in (None, _ones(1), first)
    )
    batch = _with_dense(_after(x))
    return defined(
        {
            "as printed, single sample": zeros,
            "as printed, single sample, ones": ones,
            "as printed, batch": batch,
            "single sample, zero state": zeros,
            "single sample, zero state again": zeros,
            "single sample, ones": ones,
            "single sample, distinct states": distinct,
            "batch, zero state": batch,
            "batch, distinct states": _with_dense(_after(x, h_and_c)),
            "single sample after the batch": distinct,
        }
    )


def _initial_state() -> Steps:
    x = _fixed("x")
    zeros, ones, given = _after(x), _after(x, _ones(10)), _after(x, _distinct(10))
    return {
        "stateless, initial_state in the call": {USED: given, IGNORED: zeros},
        "stateless, initial_state of NumPy arrays": {USED: given, IGNORED: zeros},
        "stateful, initial_state in the first call": {USED: given, IGNORED: zeros},
        "stateful, initial_state in a later call": {
            USED: given,
            IGNORED: _after(x, _states(given)),
        },
        "stateful, get_initial_state overridden": {OVERRIDE: ones, NO_OVERRIDE: zeros},
        "stateless, get_initial_state overridden": {OVERRIDE: ones, NO_OVERRIDE: zeros},
        "stateless, overridden, initial_state in the call": {USED: given, OVERRIDE: ones},
        "functional model, states as second argument": {
            "the states are used": given,
            "the states are ignored": zeros,
        },
    }


def _layers() -> Steps:
    x = _fixed("x").reshape(4, 5, 3)
    states = _distinct(4)
    kernel, recurrent_kernel, bias = (_fixed(n) for n in ("kernel", "recurrent_kernel", "bias"))

    def named(cell: Cell, **how: object) -> Arrays:
        output, final = run(cell, x, states[: len(cell.state_sizes)], **how)  # type: ignore[arg-type]
        return {"output": output, **dict(zip(("hidden", "cell"), final, strict=False))}

    def simple(activation: str = "tanh") -> Arrays:
        weights = kernel[:, :10], recurrent_kernel[:, :10], bias[:10]
        return named(SimpleRNN(*weights, activation=activation))

    padded_right = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 0]])
    padded_left = np.array([[0, 1, 1, 1, 1], [0, 0, 1, 0, 1], [0] * 5, [1] * 5])
    plain = named(_lstm())
    stacked = Stacked([_lstm(), LSTM(recurrent_kernel[::-1], recurrent_kernel, bias)])
    output, (h1, c1, h2, c2) = run(stacked, x)
    two_biases = np.stack([bias[:30], bias[1:31]])
    steps = {
        "LSTM": plain,
        "LSTM, hard_sigmoid of Keras 2 written out": named(
            LSTM(kernel, recurrent_kernel, bias, recurrent_activation="hard_sigmoid (Keras 2)")
        ),
        "LSTM without bias": named(LSTM(kernel, recurrent_kernel)),
        "LSTM, unrolled": plain,
        "LSTM, go_backwards": named(_lstm(), go_backwards=True),
        "LSTM, masked, padded right": named(_lstm(), mask=padded_right),
        "LSTM, masked, padded left and in between": named(_lstm(), mask=padded_left),
        "LSTM, time_major": {**plain, "output": plain["output"].transpose(1, 0, 2)},
        "GRU, reset_after": named(GRU(kernel[:, :30], recurrent_kernel[:, :30], two_biases)),
        "GRU, reset before": named(
            GRU(kernel[:, :30], recurrent_kernel[:, :30], bias[:30], reset_after=False)
        ),
        "SimpleRNN": simple(),
        "RNN of two stacked LSTMCells": {
            "output": output,
            "hidden": h2,
            "cell": c2,
            "first_hidden": h1,
            "first_cell": c1,
        },
    }
    for activation in sorted(ACTIVATIONS.keys() - {"tanh", *HARD_SIGMOIDS.values()}):
        steps[f"SimpleRNN, activation {activation}"] = simple(activation)
    backward = LSTM(kernel[::-1], recurrent_kernel[::-1], bias[::-1])
    for merge in ("concat", "sum", "mul", "ave"):
        [output], (h1, c1, h2, c2) = bidirectional(_lstm(), backward, x, merge=merge)
        steps[f"Bidirectional LSTM, {merge}"] = {
            "output": output,
            "hidden": h1,
            "cell": c1,
            "backward_hidden": h2,
            "backward_cell": c2,
        }
    hard = {
        meaning: LSTM(kernel, recurrent_kernel, bias, recurrent_activation=name)
        for meaning, name in HARD_SIGMOIDS.items()
    }
    return {
        **defined(steps),
        **_masked_bidirectional(x, backward, padded_right),
        "LSTM, recurrent_activation hard_sigmoid": {m: named(cell) for m, cell in hard.items()},
        "SimpleRNN, activation hard_sigmoid": {m: simple(n) for m, n in HARD_SIGMOIDS.items()},
    }


def _masked_bidirectional(x: np.ndarray, backward: LSTM, mask: np.ndarray) -> Steps:
    """Two layers on a padded sequence; releases fill masked outputs in different ways."""
    ahead, (h1, c1) = run(_lstm(), x, mask=mask)
    back, (h2, c2) = run(backward, x, mask=mask, go_backwards=True)
    [zeroed], _ = bidirectional(_lstm(), backward, x, mask=mask)
    counts = mask[:, :, None]
    rest = {"hidden": h1, "cell": c1, "backward_hidden": h2, "backward_cell": c2}

    def meaning(forward_output: np.ndarray, backward_output: np.ndarray) -> Arrays:
        both = np.concatenate([forward_output, backward_output[:, ::-1]], axis=-1)
        return {"output": both, **rest}

    zeros = {"masked outputs are zeros": {"output": zeroed, **rest}}
    return {
        "Bidirectional LSTM, masked": {
            **zeros,
            "masked outputs repeat the one before": meaning(ahead, back),
        },
        "Bidirectional LSTM, masked, unrolled": {
            **zeros,
            # a defect: some outputs of steps that count become zero, and masked outputs stay
            "backward outputs are zeroed by the mask of the forward ones": meaning(
                ahead * counts, back * counts
            ),
        },
    }


def _carry_over() -> Steps:
    first = _after(_fixed("x"))
    second = _after(_fixed("x"), _states(first))
    return defined(
        {
            f"kept by the {keeper}, {which} batch": arrays
            for keeper in ("layer", "caller")
            for which, arrays in (("first", first), ("second", second))
        }
    )


def _reset_to_zeros() -> Steps:
    zeros = _after(_fixed("x"))
    steps = ("layer, before the reset", "layer, after the reset", "caller, left out")
    return defined({f"kept by the {step}": zeros for step in steps})


def _set_values() -> Steps:
    x = _fixed("x")
    given = _after(x, _distinct(10))
    return defined(
        {
            "set before the first batch": given,
            "set to ones": _after(x, _ones(10)),
            "set to distinct values": given,
            "carried over from there": _after(x, _states(given)),
        }
    )


def _start_values() -> Steps:
    x = _fixed("x")
    given = _after(x, _distinct(10))
    kinds = ("layer", "functional model", "subclassed model")
    return defined({**dict.fromkeys(kinds, given), "subclassed model, left out": _after(x)})


def _batch_sizes() -> Steps:
    x, (h, c) = _fixed("x"), _distinct(10)
    return defined(
        {
            "single sample": _after(x[:1]),
            "batch": _after(x),
            "batch of three, given states": _after(x[:3], [h[:3], c[:3]]),
            "single sample, given states": _after(x[3:4], [h[3:4], c[3:4]]),
            "functional model, single sample": _after(x[:1]),
            "functional model, batch": _after(x),
        }
    )


def _read_state() -> Steps:
    zeros = _after(_fixed("x"))
    last = {**zeros, "output": zeros["output"][:, -1]}
    steps = ("returned", "returned by a functional model", "kept by the layer")
    return defined(dict.fromkeys(steps, last))


_SCENARIOS: Scenarios = {
    "stateful": _stateful,
    "reset": _reset,
    "override": _override,
    "initial_state": _initial_state,
    "layers": _layers,
    "portable_carry_over": _carry_over,
    "portable_reset_to_zeros": _reset_to_zeros,
    "portable_set_values": _set_values,
    "portable_start_values": _start_values,
    "portable_batch_sizes": _batch_sizes,
    "portable_read_state": _read_state,
    **cell_scenarios.SCENARIOS,
    **convlstm.SCENARIOS,
    **dropout.SCENARIOS,
    **losses.SCENARIOS,
    **masks.SCENARIOS,
    **running.SCENARIOS,
    **saving.SCENARIOS,
    **surroundings.SCENARIOS,
    **touching.SCENARIOS,
    **training.SCENARIOS,
    **wrappers.SCENARIOS,
}
