"""Describes the environment: releases, distributions, interpreter, machine and settings."""

import os
import pathlib
import platform
import sys

import numpy
import tensorflow as tf

# Variables that control TensorFlow, Keras or the libraries that compute for them, and the name of
# the image on a runner of GitHub. Records are published, so no other value gets into them.
VARIABLES = (
    *("CUDA_VISIBLE_DEVICES", "DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA", "ONEDNN_VERBOSE"),
    *("KERAS_BACKEND", "KERAS_HOME", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONHASHSEED", "XLA_FLAGS"),
    *("TF2_BEHAVIOR", "TF_CPP_MIN_LOG_LEVEL", "TF_CPP_VMODULE", "TF_DETERMINISTIC_OPS"),
    *("TF_CUDNN_DETERMINISTIC", "TF_DISABLE_MKL", "TF_ENABLE_ONEDNN_OPTS", "TF_GPU_ALLOCATOR"),
    *("TF_NUM_INTEROP_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_USE_LEGACY_KERAS", "TF_XLA_FLAGS"),
    *("ImageOS", "ImageVersion"),
)
# of other variables with these prefixes only the name is recorded
PREFIXES = ("TF_", "XLA_", "KERAS", "OMP_", "MKL_", "DNNL_", "ONEDNN_", "OPENBLAS_", "CUDA_")
# variables of other programs that have such a prefix, or that look like a secret
FOREIGN = ("TF_VAR_", "TF_TOKEN_", "TF_CLI_")
SECRET = ("TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "AUTH", "KEY")
NO_VALUE = "(value not recorded)"


def describe():
    """The `environment` of a record, as `harness/observing/records.py` defines it."""
    return {
        "tensorflow": tf.__version__,
        "keras": _keras_version(),
        "numpy": numpy.__version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpu": _cpu(),
        "threads": {
            "intra_op": tf.config.threading.get_intra_op_parallelism_threads(),
            "inter_op": tf.config.threading.get_inter_op_parallelism_threads(),
            "alive_before_fork": _threads_alive(),
        },
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "default"),
        "hash_seed": "random" if sys.flags.hash_randomization else "0",
        "variables": _variables(os.environ),
        "distributions": _distributions(),
    }


def _variables(environ):
    """The variables that a record names: known ones with their value, secrets not at all."""
    found = {}
    for name, value in sorted(environ.items()):
        if name in VARIABLES:
            found[name] = value
        elif name.startswith(PREFIXES) and not _is_secret(name):
            found[name] = NO_VALUE
    return found


def _is_secret(name):
    """Whether a variable belongs to another program, or its name looks like that of a secret."""
    return name.startswith(FOREIGN) or any(word in name.upper() for word in SECRET)


def _keras_version():
    """The version of the Keras behind `tf.keras`: `keras`, `tf_keras`, or TensorFlow's own."""
    package = sys.modules[tf.keras.layers.RNN.__module__.split(".")[0]]
    return tf.keras.__version__ if package is tf else package.__version__


def _distributions():
    """Name and version of every installed distribution, from the metadata on the import path."""
    found = {}
    for directory in sys.path:
        for metadata in pathlib.Path(directory).glob("*.dist-info"):
            name, version = metadata.stem.split("-", 1)
            found.setdefault(name.lower().replace("_", "-"), version)
    return dict(sorted(found.items()))


def _cpu():
    """Model, feature flags and number of processors, as far as the kernel reports them."""
    facts = {"count": os.cpu_count(), "model": platform.processor(), "flags": []}
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                facts["model"] = value.strip()
            if key.strip() == "flags":
                facts["flags"] = sorted(value.split())
                break
    return facts


def _threads_alive():
    """The number of threads of this process; None where there is no /proc."""
    tasks = pathlib.Path("/proc/self/task")
    return len(list(tasks.iterdir())) if tasks.exists() else None
