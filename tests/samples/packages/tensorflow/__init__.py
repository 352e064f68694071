"""A stand-in for TensorFlow: no more of it than the probe looks at."""

from types import SimpleNamespace

from . import keras

__all__ = ["__version__", "config", "keras"]

__version__ = "2.99.0"

config = SimpleNamespace(
    threading=SimpleNamespace(
        get_intra_op_parallelism_threads=lambda: 3,
        get_inter_op_parallelism_threads=lambda: 5,
    )
)
