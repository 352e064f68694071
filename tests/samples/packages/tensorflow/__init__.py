"""A substitute for TensorFlow, with only the attributes that the probe uses."""

from types import SimpleNamespace

import numpy as np

from . import keras

__all__ = [
    "DType",
    "Module",
    "RaggedTensor",
    "SparseTensor",
    "Tensor",
    "TensorShape",
    "Variable",
    "__version__",
    "config",
    "function",
    "keras",
    "nest",
    "ones",
]

__version__ = "2.99.0"


class Threads:
    """A number of threads: the number that was set, or, after 0, the default."""

    def __init__(self, own: int) -> None:
        self.own = self.chosen = own

    def get(self) -> int:
        return self.chosen

    def set(self, threads: int) -> None:
        self.chosen = threads or self.own


intra_op, inter_op = Threads(3), Threads(5)
config = SimpleNamespace(
    threading=SimpleNamespace(
        get_intra_op_parallelism_threads=intra_op.get,
        get_inter_op_parallelism_threads=inter_op.get,
        set_intra_op_parallelism_threads=intra_op.set,
        set_inter_op_parallelism_threads=inter_op.set,
    )
)
nest = SimpleNamespace(flatten=list)
ones = np.ones


class TensorShape:
    pass


class DType:
    pass


class Tensor:
    pass


class Variable:
    """Nothing but a value."""

    def __init__(self, value: object) -> None:
        self.value = np.asarray(value, "float32")
        self.dtype, self.shape = self.value.dtype, self.value.shape

    def numpy(self) -> np.ndarray:
        return self.value


class RaggedTensor:
    pass


class SparseTensor:
    pass


class Module:
    pass


def executing_eagerly() -> bool:
    return True


def function(called: object) -> object:
    return called
