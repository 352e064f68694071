"""The settings of a process that a scenario can change, and that change what others compute."""

import os
import signal
import sys

import tensorflow as tf

# modules that a scenario could replace by others of the same name
MODULES = ("keras", "numpy", "random", "tensorflow", "tf_keras")


def current():
    """Each setting by its name; cheap, since it is read twice for every scenario."""
    backend = tf.keras.backend
    found = {
        "the floating-point type": backend.floatx(),
        "the fuzz factor epsilon": backend.epsilon(),
        "the image data format": backend.image_data_format(),
        "eager execution": tf.executing_eagerly(),
        "the mixed precision policy": _policy(),
        "whether functions run eagerly": _functions_run_eagerly(),
        "the threads of TensorFlow": (
            tf.config.threading.get_intra_op_parallelism_threads(),
            tf.config.threading.get_inter_op_parallelism_threads(),
        ),
        "the working directory": _directory(),
        "the environment variables": dict(os.environ),
        "the signal handlers": [signal.getsignal(n) for n in range(1, signal.NSIG)],
        "the import path": list(sys.path),
    }
    for name in MODULES:
        found["the module {}".format(name)] = id(sys.modules.get(name))
    return found


def changes(before, after):
    """The names of the settings that differ."""
    return [name for name in before if before[name] != after[name]]


def _directory():
    """The working directory; None if it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return None


def _policy():
    """The name of the global policy, under each name that releases give to that function."""
    mixed = getattr(tf.keras, "mixed_precision", None)
    for module in (mixed, getattr(mixed, "experimental", None)):
        read = getattr(module, "global_policy", None)
        if read is not None:
            return getattr(read(), "name", None)
    return None


def _functions_run_eagerly():
    for read in ("functions_run_eagerly", "experimental_functions_run_eagerly"):
        if hasattr(tf.config, read):
            return getattr(tf.config, read)()
    # TensorFlow 2.0 has a public function that sets it, and none that reads it.
    module = sys.modules.get("tensorflow_core.python.eager.def_function")
    return getattr(module, "RUN_FUNCTIONS_EAGERLY", None)
