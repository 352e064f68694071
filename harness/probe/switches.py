"""Switches that make TensorFlow and Keras go another way with the same packages, for a search.

The environment variable STATE_HARNESS_SWITCHES names them, separated by spaces: `eager` runs each
`tf.function` eagerly, `unrolled` unrolls the recurrent layers that do not say otherwise.
"""

import functools
import inspect
import os

LAYERS = ("RNN", "LSTM", "GRU", "SimpleRNN")  # that can be unrolled


def chosen():
    return os.environ.get("STATE_HARNESS_SWITCHES", "").split()


def turn(names):
    """Turn switches, after TensorFlow was imported and before a layer is made."""
    import tensorflow as tf

    if "eager" in names:
        # the name before 2.3
        before = getattr(tf.config, "experimental_run_functions_eagerly", None)
        getattr(tf.config, "run_functions_eagerly", before)(True)
    if "unrolled" in names:
        for name in LAYERS:
            _unroll(getattr(tf.keras.layers, name))


def _unroll(layer):
    init = layer.__init__
    parameters = inspect.signature(init)

    @functools.wraps(init)
    def unrolling(self, *args, **kwargs):
        if "unroll" not in parameters.bind_partial(self, *args, **kwargs).arguments:
            kwargs.setdefault("unroll", True)
        return init(self, *args, **kwargs)

    unrolling.__signature__ = parameters  # Keras 3 reads the names of the arguments
    layer.__init__ = unrolling
