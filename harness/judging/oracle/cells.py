"""The cells of Keras' recurrent layers at one time step, by definition: a NumPy reference. Pure.

All arrays are float64; an input of a smaller float type is converted exactly. Weights have the
order and the shapes of Keras' `get_weights`. An array of another shape, or an unknown name, raises
ValueError.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from itertools import islice, pairwise
from typing import ClassVar

import numpy as np

from harness.base.words import counted
from harness.judging.oracle.activations import ACTIVATIONS

States = tuple[np.ndarray, ...]


class Cell(ABC):
    """The computation of a layer at one time step, with the states that pass to the next step."""

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

        Takes float64 arrays and does not check their shapes; `run` does.
        """

    def zero_states(self, batch: int) -> States:
        """The states from which a layer starts by default, each (batch, size), float64."""
        return tuple(np.zeros((batch, size)) for size in self.state_sizes)


@dataclass(frozen=True, eq=False)
class _Layer(Cell):
    """The weights of one layer; the first state of the layer is its output."""

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    bias: np.ndarray | None = None
    _: KW_ONLY
    activation: str = "tanh"

    gates: ClassVar[int] = 1

    def __post_init__(self) -> None:
        any_size = ("units", f"{self.gates} * units")
        units = len(checked_array("recurrent_kernel", self.recurrent_kernel, *any_size))
        width = self.gates * units
        shapes: dict[str, tuple[int | str, ...]] = {
            "kernel": ("features", width),
            "recurrent_kernel": (units, width),
            "bias": self._bias_shape(width),
        }
        for name, shape in shapes.items():
            if (weights := getattr(self, name)) is not None:
                object.__setattr__(self, name, checked_array(name, weights, *shape))
        require_known("activation", self.activation, ACTIVATIONS)

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
    """h' = activation(x W + h U + b); h' is the output and the only state.

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
        require_known("recurrent_activation", self.recurrent_activation, ACTIVATIONS)


@dataclass(frozen=True, eq=False)
class LSTM(_Gated):
    """Long short-term memory with a forget gate and without peepholes; states h and c.

    i, f, o = gate(x W + h U + b)
    c' = f c + i activation(x W + h U + b)
    h' = o activation(c'), the output

    where gate is the recurrent_activation. W, U and b have columns for i, f, the candidate of c'
    and o, in this order.

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

    where gate is the recurrent_activation. W, U, b and d have columns for z, r and the candidate,
    in this order.

    Shapes: kernel W (features, 3 units), recurrent_kernel U (units, 3 units). With reset_after the
    bias is (2, 3 units): b, then d. Without, the bias is (3 units,): b, and d is 0.

    Source: Cho et al. 2014, arXiv:1406.1078v1 (in the variant of cuDNN, with d) for reset_after,
    otherwise arXiv:1406.1078v3; `keras.layers.GRU`.
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
    """Cells in a stack: each cell takes the output of the cell below.

    The states of all cells form one tuple, in the order of the cells.

    Source: `keras.layers.StackedRNNCells`.
    """

    cells: Sequence[Cell]

    def __post_init__(self) -> None:
        if not self.cells:
            raise ValueError("cells is empty, needed is at least one")
        for number, (below, above) in enumerate(pairwise(self.cells), start=1):
            if above.features != below.units:
                raise ValueError(
                    f"cells[{number}] has {counted(above.features, 'feature')} instead of "
                    f"{below.units}, the units of cells[{number - 1}]"
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


def checked_array(name: str, value: np.ndarray, *shape: int | str) -> np.ndarray:
    """A float64 copy of an array of this shape; a name in the shape matches any size.

    Raises ValueError, which names the array and both shapes.
    """
    array = np.array(value, dtype=np.float64)
    fits = array.ndim == len(shape) and all(
        isinstance(needed, str) or size == needed
        for size, needed in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = str(shape).replace("'", "")
        raise ValueError(f"{name} has shape {array.shape}, needed is {wanted}")
    return array


def require_known(
    name: str, value: str | None, known: Mapping[str, object] | Mapping[str | None, object]
) -> None:
    """Raise ValueError, which lists the known values, for an unknown one."""
    if value not in known:
        raise ValueError(f"{name} is {value!r}, needed is one of {', '.join(map(str, known))}")


def _affine(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None) -> np.ndarray:
    product: np.ndarray = x @ kernel
    return product if bias is None else product + bias
