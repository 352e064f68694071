"""ConvLSTM by definition, and the results of the scenarios about it. Pure.

The scenarios are those in `harness/probe/scenarios/convlstm`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, prod

import numpy as np

from harness.judging.oracle.activations import ACTIVATIONS
from harness.judging.oracle.cells import States
from harness.judging.oracle.terms import DEFINED, Arrays, Meanings, Scenarios, Steps, defined

FILTERS = 2
STATE_SHAPE = (2, 3, 3, FILTERS)
MASK = np.array([[True, False], [True, True]])
DROPPED, KEPT = "units are dropped", "nothing is dropped"
GATES = {
    "the gates are clip(0.2 x + 0.5, 0, 1)": "hard_sigmoid (Keras 2)",
    "the gates are relu6(x + 3) / 6": "hard_sigmoid (Keras 3)",
    "the gates are sigmoid": "sigmoid",
}


@dataclass(frozen=True, eq=False, kw_only=True)
class ConvLSTM:
    """An LSTM whose products with the weights are convolutions; states h and c.

    x is (batch, time, ..., channels); W is (..., channels, 4 filters), U is (..., filters, 4
    filters), b is (4 filters,), with columns for i, f, the candidate and o. The convolution of h
    keeps its shape, whatever that of x does.

    Source: Shi et al. 2015, arXiv:1506.04214, without peepholes; `keras.layers.ConvLSTM2D`.
    """

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    bias: np.ndarray
    same: bool = True
    stride: int = 1
    dilation: int = 1
    activation: str = "tanh"
    gate: str = "sigmoid"

    def run(
        self, x: np.ndarray, states: States | None = None, mask: np.ndarray | None = None
    ) -> tuple[np.ndarray, States]:
        """The output in each time step (batch, time, ..., filters), and the last states.

        A masked step keeps the states, and repeats the output before, or zeros.
        """
        activation, gate = ACTIVATIONS[self.activation], ACTIVATIONS[self.gate]
        inputs = [self.bias + self._of_input(x[:, at]) for at in range(x.shape[1])]
        zeros = np.zeros((*inputs[0].shape[:-1], len(self.bias) // 4))
        h, c = states or (zeros, zeros)
        outputs: list[np.ndarray] = []
        for at, of_input in enumerate(inputs):
            sums = of_input + _convolved(h, self.recurrent_kernel)
            i, f, candidate, o = np.split(sums, 4, axis=-1)
            new_c = gate(f) * c + gate(i) * activation(candidate)
            new_h = gate(o) * activation(new_c)
            counts = np.full(len(x), True) if mask is None else mask[:, at]
            counts = counts.reshape(-1, *[1] * (h.ndim - 1))
            outputs.append(np.where(counts, new_h, outputs[-1] if outputs else zeros))
            h, c = np.where(counts, new_h, h), np.where(counts, new_c, c)
        return np.stack(outputs, axis=1), (h, c)

    def _of_input(self, x: np.ndarray) -> np.ndarray:
        return _convolved(
            x, self.kernel, same=self.same, stride=self.stride, dilation=self.dilation
        )


def _convolved(
    x: np.ndarray, kernel: np.ndarray, *, same: bool = True, stride: int = 1, dilation: int = 1
) -> np.ndarray:
    """The convolution of x (batch, ..., channels) with a kernel (..., channels, filters)."""
    space, sizes = x.shape[1:-1], kernel.shape[:-2]
    widths = [(size - 1) * dilation + 1 for size in sizes]
    if same:
        counts = [ceil(length / stride) for length in space]
        missing = [
            max((count - 1) * stride + width - length, 0)
            for count, width, length in zip(counts, widths, space, strict=True)
        ]
        x = np.pad(x, [(0, 0), *((each // 2, each - each // 2) for each in missing), (0, 0)])
    else:
        counts = [
            (length - width) // stride + 1 for length, width in zip(space, widths, strict=True)
        ]
    total = np.zeros((len(x), *counts, kernel.shape[-1]))
    for offset in np.ndindex(*sizes):
        parts = [
            slice(at * dilation, at * dilation + (count - 1) * stride + 1, stride)
            for at, count in zip(offset, counts, strict=True)
        ]
        total += x[(slice(None), *parts)] @ kernel[offset]
    return total


def _line(*shape: int, start: float = -1.0, dtype: type = np.float32) -> np.ndarray:
    """Numbers at equal distances from `start` to 1, rounded as in the scenarios."""
    line: np.ndarray = np.linspace(start, 1, prod(shape), dtype=np.float32).astype(dtype)
    return line.reshape(shape).astype(np.float64)


def _images(dimensions: int) -> np.ndarray:
    return _line(2, 2, *[3] * dimensions, 1)


def _weighted(*kernel: int, dtype: type = np.float32, bias: bool = True, **how: object) -> ConvLSTM:
    """A layer with the weights of `convlstm_layers`."""
    weights = _weight(*kernel, 1, dtype=dtype), _weight(*kernel, FILTERS, dtype=dtype)
    line: np.ndarray = np.linspace(-1, 1, 4 * FILTERS).astype(dtype).astype(np.float64)
    return ConvLSTM(
        kernel=weights[0],
        recurrent_kernel=weights[1],
        bias=line if bias else np.zeros(4 * FILTERS),
        **how,  # type: ignore[arg-type]
    )


def _weight(*shape: int, dtype: type) -> np.ndarray:
    full = (*shape, 4 * FILTERS)
    return np.linspace(-1, 1, prod(full)).astype(dtype).astype(np.float64).reshape(full)


def _ones(**how: object) -> ConvLSTM:
    """A layer with the weights of `convlstm_state`: kernels of ones, and a bias of the gate f."""
    return ConvLSTM(
        kernel=np.ones((3, 3, 1, 4 * FILTERS)),
        recurrent_kernel=np.ones((3, 3, FILTERS, 4 * FILTERS)),
        bias=np.repeat([0.0, 1.0, 0.0, 0.0], FILTERS),
        **how,  # type: ignore[arg-type]
    )


def _only(output: np.ndarray) -> Arrays:
    return {"output": output}


def _last(layer: ConvLSTM, x: np.ndarray, states: States | None = None) -> Arrays:
    return _only(layer.run(x, states)[0][:, -1])


def _all(layer: ConvLSTM, x: np.ndarray) -> Arrays:
    output, (hidden, cell) = layer.run(x)
    return {"output": output, "hidden": hidden, "cell": cell}


def _of_gates(compute: Callable[[str], Arrays], *names: str) -> Meanings:
    return {meaning: compute(gate) for meaning, gate in GATES.items() if gate in names}


def _convlstm_layers() -> Steps:
    x = _images(2)
    steps: dict[str, Meanings] = {}
    for dimensions in (1, 2, 3):
        images, name = _images(dimensions), f"ConvLSTM{dimensions}D"
        steps[f"{name} with defaults"] = _of_gates(
            lambda gate, d=dimensions, each=images: _last(  # type: ignore[misc]
                _weighted(*[2] * d, same=False, gate=gate), each
            ),
            "hard_sigmoid (Keras 2)",
            "sigmoid",
        )
        steps[f"{name}, outputs and states"] = {DEFINED: _all(_weighted(*[3] * dimensions), images)}
    steps["hard_sigmoid"] = _of_gates(
        lambda gate: _last(_weighted(3, 3, gate=gate), x),
        "hard_sigmoid (Keras 2)",
        "hard_sigmoid (Keras 3)",
    )
    half = _weighted(3, 3, dtype=np.float16)
    half_x = _line(2, 2, 3, 3, 1, dtype=np.float16)
    zeros = np.zeros(STATE_SHAPE)
    kernel, recurrent = np.array([1.0, 2.0, 1.0, 8.0]), np.array([1.0, 2.0, 2.0, 8.0])
    bias = np.linspace(-1, 1, 4 * FILTERS).astype(np.float32).astype(np.float64)
    shape = np.array([2.0, 2.0, 2.0, FILTERS])
    return {
        **steps,
        **defined(
            {
                "half precision": _last(half, half_x),
                "half precision, weights of single precision": {
                    **_last(half, half_x),
                    "weight": bias,
                },
                "half precision, stateful": {"output": zeros, "hidden": zeros},
                "half precision, weights of single precision, stateful": {
                    "output": zeros,
                    "hidden": zeros,
                },
                "double precision": _last(_weighted(3, 3, dtype=np.float64), x),
                "bias at the start": {"bias": np.repeat([0.0, 1.0, 0.0, 0.0], FILTERS)},
                "shapes of the weights": {
                    "kernel": kernel,
                    "recurrent_kernel": recurrent,
                    "bias": np.array([4.0 * FILTERS]),
                },
                "compute_output_shape with return_state": {
                    "output": shape,
                    "hidden": shape,
                    "cell": shape,
                },
            }
        ),
    }


def _convlstm_options() -> Steps:
    x, layer = _images(2), _weighted(3, 3)
    plain = _last(layer, x)
    return defined(
        {
            "strides": _last(_weighted(3, 3, stride=2), x),
            "dilation": _last(_weighted(3, 3, dilation=2), x),
            "kernel that is not square": _last(_weighted(1, 3), x),
            "relu": _last(_weighted(3, 3, activation="relu"), x),
            "no bias": _last(_weighted(3, 3, bias=False), x),
            "go_backwards": _last(layer, x[:, ::-1]),
            "mask": _only(layer.run(x, mask=MASK)[0]),
            "unroll": plain,
            "channels first": {"shape": np.array([FILTERS, 3, 3], float)},
        }
    )


def _convlstm_state() -> Steps:
    x, layer = _line(2, 1, 3, 3, 1), _ones()
    first, final = _last(layer, x), layer.run(x)[1]
    second = _last(layer, x, final)
    given = _given()
    valid = _ones(same=False)
    zeros = (
        "reset_states before the layer is built",
        "built by hand",
        "reset_states once the layer is built by hand",
        "reset_states after a call",
        "reset_state after a call",
        "reset_states of a layer that is not stateful",
    )
    values = (
        "reset_states to values",
        "reset_states to values before a call",
        "states are assigned",
    )
    return defined(
        {
            **dict.fromkeys(zeros, first),
            **dict.fromkeys(values, _last(layer, x, given)),
            "stateful, second call": second,
            "stateful, functional model, second call": second,
            "stateful, states after a call": {"hidden": final[0], "cell": final[1]},
            "stateful, valid padding, second call": _last(valid, x, valid.run(x)[1]),
            # the one sample counts for each row of the state
            "stateful, another batch size in the second call": _last(
                layer, np.repeat(x[:1], 2, axis=0), final
            ),
        }
    )


def _given() -> States:
    start = _line(*STATE_SHAPE, start=0)
    return start, -start


def _convlstm_start() -> Steps:
    x, layer = _line(2, 1, 3, 3, 1), _ones()
    from_given = _last(layer, x, _given())
    final = layer.run(x)[1]
    same = (
        "initial_state",
        "initial_state in a list with the input",
        "initial_state of NumPy arrays",
        "functional model, initial_state is an input",
    )
    return {
        **defined(
            {
                **dict.fromkeys(same, from_given),
                "returned states, given to the next call": _last(layer, x, final),
                "two layers, each with the state of the other": _only(layer.run(x, final)[0]),
                "get_initial_state, the batch size": {
                    "shapes": np.array([*STATE_SHAPE, *STATE_SHAPE], np.float64)
                },
            }
        ),
        "stateful, initial_state in a later call": {
            "initial_state is used": from_given,
            "initial_state is ignored": _last(layer, x, final),
        },
    }


def _convlstm_dropout() -> Steps:
    def seen(largest: float) -> Arrays:
        return _numbers(
            units_are_dropped=largest > 1,
            same_in_each_step=1,
            same_for_each_sample=largest == 1,
            largest=largest,
        )

    nothing = {KEPT: seen(1)}
    calls: Sequence[str] = ("dropout, inference", "no dropout")
    return {
        **dict.fromkeys(calls, nothing),
        "dropout": {DROPPED: seen(2), **nothing},
        "recurrent_dropout": {DROPPED: seen(2**2), **nothing},
        "both, the input": {DROPPED: seen(1 / (1 - 0.2)), **nothing},
        "both, the state": {DROPPED: seen(1 / (1 - 0.6) ** 2), **nothing},
        "dropout, two calls": {
            "a mask for each call": _numbers(units_are_dropped=1, same_mask=0),
            "the mask of the first call is kept": _numbers(units_are_dropped=1, same_mask=1),
            KEPT: _numbers(units_are_dropped=0, same_mask=1),
        },
        "dropout, inference between two calls": {
            "a mask for each call": _numbers(inference_drops=0, same_mask=0),
            "the mask of the first call is kept": _numbers(inference_drops=1, same_mask=1),
            KEPT: _numbers(inference_drops=0, same_mask=1),
        },
        "two layers of one seed": {DEFINED: _numbers(same_mask=1)},
    }


def _numbers(**numbers: float) -> Arrays:
    return {name: np.array(float(number)) for name, number in numbers.items()}


SCENARIOS: Scenarios = {
    "convlstm_layers": _convlstm_layers,
    "convlstm_options": _convlstm_options,
    "convlstm_state": _convlstm_state,
    "convlstm_start": _convlstm_start,
    "convlstm_dropout": _convlstm_dropout,
}

_RAISES = "raises on every release"

WITHOUT_MEANING: Mapping[str, str] = {
    "convlstm_state / reset_states to one value of two": _RAISES,
    "convlstm_start / initial_state is one tensor of two": _RAISES,
    "convlstm_options / strides and dilation, *": "a combination that layers refuse",
    "convlstm_start / form of what comes back with return_state": (
        "the form of a result, not its numbers"
    ),
}
