"""A stand-in for TensorFlow: no more of it than the probe looks at."""

from types import SimpleNamespace

import numpy as np

from . import keras

__all__ = ["DType", "TensorShape", "__version__", "config", "function", "keras", "nest", "ones"]

__version__ = "2.99.0"

config = SimpleNamespace(
    threading=SimpleNamespace(
        get_intra_op_parallelism_threads=lambda: 3,
        get_inter_op_parallelism_threads=lambda: 5,
    )
)
nest = SimpleNamespace(flatten=list)
ones = np.ones


class TensorShape:
    pass


class DType:
    pass


def function(called: object) -> object:
    return called
