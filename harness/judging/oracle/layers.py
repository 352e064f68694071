"""What the recurrent layers of Keras compute, by definition: a reference in NumPy. Pure.

All of it is float64: whatever comes in is converted, exactly if it is a smaller float. The layout
is Keras' own: weights in the order and shapes of `get_weights`, sequences as (batch, time,
features), masks as (batch, time) with true where a time step counts. An array of another shape, or
a name that is not known, raises ValueError.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import islice, pairwise
from typing import ClassVar

import numpy as np

from harness.judging.oracle.activations import ACTIVATIONS

States = tuple[np.ndarray, ...]


MERGES: Mapping[str | None, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, ...]]] = {
    "concat": lambda forward, backward: (np.concatenate([forward, backward], axis=-1),),
    "sum": lambda forward, backward: (forward + backward,),
    "mul": lambda forward, backward: (forward * backward,),
    "ave": lambda forward, backward: ((forward + backward) / 2.0,),
    None: lambda forward, backward: (forward, backward),
}
"""The modes of `bidirectional`, by the name that Keras gives them in `merge_mode`."""


class Cell(ABC):
    """What a layer computes at one time step, and what it carries to the next."""

    @property
    @abstractmethod
    def features(self) -> int:
        """The size of the last axis of an input."""

    @property
    @abstractmethod
    def units(self) -> int:
        """The size of the last axis of an output."""

    @property
    @abstractmethod
    def state_sizes(self) -> tuple[int, ...]:
        """The size of the last axis of each state."""

    @abstractmethod
    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        """The output (batch, units) and the next states, for an input (batch, features).

        Takes float64 arrays, and leaves it to `run` to check their shapes.
        """

    def zero_states(self, batch: int) -> States:
        """The states that a layer starts from unless told otherwise, each (batch, its size)."""
        return tuple(np.zeros((batch, size)) for size in self.state_sizes)


@dataclass(frozen=True, eq=False)
class _Layer(Cell):
    """The weights of one layer, whose first state is its output."""

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    bias: np.ndarray | None = None
    _: KW_ONLY
    activation: str = "tanh"

    gates: ClassVar[int] = 1

    def __post_init__(self) -> None:
        units = len(
            _array("recurrent_kernel", self.recurrent_kernel, "units", f"{self.gates} * units")
        )
        width = self.gates * units
        shapes: dict[str, tuple[int | str, ...]] = {
            "kernel": ("features", width),
            "recurrent_kernel": (units, width),
            "bias": self._bias_shape(width),
        }
        for name, shape in shapes.items():
            if (weights := getattr(self, name)) is not None:
                object.__setattr__(self, name, _array(name, weights, *shape))
        _known("activation", self.activation, ACTIVATIONS)

    def _bias_shape(self, width: int) -> tuple[int, ...]:
        return (width,)

    @property
    def features(self) -> int:
        return len(self.kernel)

    @property
    def units(self) -> int:
        return len(self.recurrent_kernel)

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (self.units,)


@dataclass(frozen=True, eq=False)
class SimpleRNN(_Layer):
    """h' = activation(x W + h U + b), which is the output and the only state.

    Shapes: kernel W (features, units), recurrent_kernel U (units, units), bias b (units,).

    Source: Elman 1990, doi:10.1207/s15516709cog1402_1; `keras.layers.SimpleRNN`.
    """

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        [h] = states
        h = ACTIVATIONS[self.activation](
            _affine(x, self.kernel, self.bias) + h @ self.recurrent_kernel
        )
        return h, (h,)


@dataclass(frozen=True, eq=False)
class _Gated(_Layer):
    _: KW_ONLY
    recurrent_activation: str = "sigmoid"

    def __post_init__(self) -> None:
        super().__post_init__()
        _known("recurrent_activation", self.recurrent_activation, ACTIVATIONS)


@dataclass(frozen=True, eq=False)
class LSTM(_Gated):
    """Long short-term memory with a forget gate and without peepholes; states h and c.

    i, f, o = gate(x W + h U + b)
    c' = f c + i activation(x W + h U + b)
    h' = o activation(c'), the output

    where gate is the recurrent_activation, and each of i, f, the candidate of c' and o has its own
    columns of W, U and b, in this order.

    Shapes: kernel W (features, 4 units), recurrent_kernel U (units, 4 units), bias b (4 units,).

    Source: Hochreiter & Schmidhuber 1997, doi:10.1162/neco.1997.9.8.1735, with the forget gate of
    Gers et al. 2000, doi:10.1162/089976600300015015; `keras.layers.LSTM`.
    """

    gates: ClassVar[int] = 4

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return (self.units, self.units)

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        h, c = states
        activation = ACTIVATIONS[self.activation]
        gate = ACTIVATIONS[self.recurrent_activation]
        sums = _affine(x, self.kernel, self.bias) + h @ self.recurrent_kernel
        i, f, candidate, o = np.split(sums, 4, axis=1)
        c = gate(f) * c + gate(i) * activation(candidate)
        h = gate(o) * activation(c)
        return h, (h, c)


@dataclass(frozen=True, eq=False)
class GRU(_Gated):
    """Gated recurrent unit, with the reset gate after or before the recurrent product; state h.

    z, r = gate(x W + b + h U + d)
    candidate = activation(x W + b + r (h U + d)) if reset_after,
                activation(x W + b + (r h) U) otherwise
    h' = z h + (1 - z) candidate, the output

    where gate is the recurrent_activation, and each of z, r and the candidate has its own columns
    of W, U, b and d, in this order.

    Shapes: kernel W (features, 3 units), recurrent_kernel U (units, 3 units), bias (2, 3 units),
    which is b and d, if reset_after, otherwise (3 units,), which is b, and d is 0.

    Source: Cho et al. 2014, arXiv:1406.1078v1 (as cuDNN has it, with d) for reset_after, otherwise
    arXiv:1406.1078v3; `keras.layers.GRU`.
    """

    _: KW_ONLY
    reset_after: bool = True

    gates: ClassVar[int] = 3

    def _bias_shape(self, width: int) -> tuple[int, ...]:
        return (2, width) if self.reset_after else (width,)

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        [h] = states
        activation = ACTIVATIONS[self.activation]
        gate = ACTIVATIONS[self.recurrent_activation]
        bias, recurrent_bias = self.bias, None
        if self.reset_after and bias is not None:
            bias, recurrent_bias = bias
        x_z, x_r, x_h = np.split(_affine(x, self.kernel, bias), 3, axis=1)
        h_z, h_r, h_h = np.split(_affine(h, self.recurrent_kernel, recurrent_bias), 3, axis=1)
        z, r = gate(x_z + h_z), gate(x_r + h_r)
        if self.reset_after:
            recurrent = r * h_h
        else:
            recurrent = (r * h) @ self.recurrent_kernel[:, 2 * self.units :]
        h = z * h + (1.0 - z) * activation(x_h + recurrent)
        return h, (h,)


@dataclass(frozen=True, eq=False)
class Stacked(Cell):
    """Cells on top of each other, each taking the output of the one before.

    The states are those of all cells in one tuple, the first cell's first.

    Source: `keras.layers.StackedRNNCells`.
    """

    cells: Sequence[Cell]

    def __post_init__(self) -> None:
        if not self.cells:
            raise ValueError("cells is empty, needed is at least one")
        for number, (below, above) in enumerate(pairwise(self.cells), start=1):
            if above.features != below.units:
                raise ValueError(
                    f"cells[{number}] has {above.features} features, "
                    f"needed are {below.units}, the units of cells[{number - 1}]"
                )

    @property
    def features(self) -> int:
        return self.cells[0].features

    @property
    def units(self) -> int:
        return self.cells[-1].units

    @property
    def state_sizes(self) -> tuple[int, ...]:
        return tuple(size for cell in self.cells for size in cell.state_sizes)

    def step(self, x: np.ndarray, states: States) -> tuple[np.ndarray, States]:
        before = iter(states)
        after: list[np.ndarray] = []
        for cell in self.cells:
            x, own = cell.step(x, tuple(islice(before, len(cell.state_sizes))))
            after.extend(own)
        return x, tuple(after)


def run(
    cell: Cell,
    x: np.ndarray,
    initial_state: Sequence[np.ndarray] | None = None,
    *,
    mask: np.ndarray | None = None,
    go_backwards: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[np.ndarray, States]:
    """The output at every time step (batch, time, units), and the states after the last one.

    x (batch, time, features); initial_state an array (batch, size) for each of the cell's
    `state_sizes`, or None for zeros; mask (batch, time), or None where every step counts.

    A masked step keeps the states. Its output is that of the step computed before it, which for
    the first one is zeros, whatever the initial state; or zeros with `zero_output_for_mask`.
    `go_backwards` begins at the last step and gives the outputs in the order they are computed in.

    Source: `keras.layers.RNN`.
    """
    x = _array("x", x, "batch", "time", cell.features)
    batch, time, _ = x.shape
    states = cell.zero_states(batch)
    if initial_state is not None:
        states = _alike(initial_state, states)
    counts = np.full((batch, time), True)
    if mask is not None:
        counts = _array("mask", mask, batch, time) != 0.0
    output = np.zeros((batch, cell.units))
    sequence = np.empty((batch, time, cell.units))
    if go_backwards:
        x, counts = x[:, ::-1], counts[:, ::-1]
    for t in range(time):
        new_output, new_states = cell.step(x[:, t], states)
        counting = counts[:, t, None]
        masked = np.zeros_like(output) if zero_output_for_mask else output
        output = sequence[:, t] = np.where(counting, new_output, masked)
        states = tuple(
            np.where(counting, new, old) for new, old in zip(new_states, states, strict=True)
        )
    return sequence, states


def bidirectional(
    forward: Cell,
    backward: Cell,
    x: np.ndarray,
    initial_state: Sequence[np.ndarray] | None = None,
    *,
    mask: np.ndarray | None = None,
    merge: str | None = "concat",
    return_sequences: bool = True,
) -> tuple[tuple[np.ndarray, ...], States]:
    """The outputs of two cells, one of which goes backwards, and the states of both.

    Takes what `run` takes; initial_state is that of `forward`, then that of `backward`, as are the
    states returned. The outputs are one array, merged by one of `MERGES`, or two if that is None.
    With `return_sequences` they are (batch, time, units), those of `backward` put in the order of
    time and those of masked steps zeros; without, (batch, units): what each cell computes last,
    which is the last step for `forward` and the first for `backward`.

    Source: Schuster & Paliwal 1997, doi:10.1109/78.650093; `keras.layers.Bidirectional`.
    """
    _known("merge", merge, MERGES)
    if merge in {"sum", "mul", "ave"} and forward.units != backward.units:
        raise ValueError(
            f"backward has {backward.units} units, needed are {forward.units}, those of forward, "
            f"to merge by {merge!r}"
        )
    x = _array("x", x, "batch", "time", forward.features)
    states = forward.zero_states(len(x)) + backward.zero_states(len(x))
    if initial_state is not None:
        states = _alike(initial_state, states)
    half = len(forward.state_sizes)
    ahead, ahead_states = run(
        forward, x, states[:half], mask=mask, zero_output_for_mask=return_sequences
    )
    back, back_states = run(
        backward,
        x,
        states[half:],
        mask=mask,
        go_backwards=True,
        zero_output_for_mask=return_sequences,
    )
    pair = (ahead, back[:, ::-1]) if return_sequences else (ahead[:, -1], back[:, -1])
    return MERGES[merge](*pair), ahead_states + back_states


def _affine(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    product: np.ndarray = x @ kernel
    return product if bias is None else product + bias


def _alike(initial_state: Sequence[np.ndarray], states: States) -> States:
    """The initial state, if its arrays have the shapes of these states."""
    if len(initial_state) != len(states):
        raise ValueError(f"initial_state has {len(initial_state)} arrays, needed are {len(states)}")
    return tuple(
        _array(f"initial_state[{number}]", given, *state.shape)
        for number, (given, state) in enumerate(zip(initial_state, states, strict=True))
    )


def _array(name: str, value: np.ndarray, *shape: int | str) -> np.ndarray:
    """A float64 copy, if it has this shape, in which a name stands for any size."""
    array = np.array(value, dtype=np.float64)
    fits = array.ndim == len(shape) and all(
        isinstance(needed, str) or size == needed
        for size, needed in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = str(shape).replace("'", "")
        raise ValueError(f"{name} has shape {array.shape}, needed is {wanted}")
    return array


def _known(
    name: str, value: str | None, known: Mapping[str, object] | Mapping[str | None, object]
) -> None:
    if value not in known:
        raise ValueError(f"{name} is {value!r}, needed is one of {', '.join(map(str, known))}")
