"""Older files: models and weights that another release has saved, read by this release.

The files are beside this one; `nox -s fixtures` has each release write its own.
"""

import os
import pathlib
import shutil
import tempfile

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)
FILES = pathlib.Path(__file__).resolve().parent / "files"

x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(2, 3, 2)


def make(start=1):
    """A model of an LSTM, whose weights go from -1 to 1, or are zeros."""
    layer = tf.keras.layers.LSTM(2, input_shape=(3, 2))
    model = tf.keras.Sequential([layer])
    model.build((None, 3, 2))
    values = [start * np.linspace(-1, 1, w.size).reshape(w.shape) for w in model.get_weights()]
    model.set_weights(values)
    return model


def scenario(variant, step):
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as directory:
        for path in FILES.iterdir():  # Keras 3.4.1 extracts weights beside them
            shutil.copy(str(path), directory)
        os.chdir(directory)  # so that an error names a file without its directory

        for name in (
            *("tf-2.0.h5", "tf-2.15.h5", "tf-2.15.keras"),
            *("keras-3.0.keras", "keras-3.15.keras"),
        ):
            with step("model, " + name) as see:
                see(output=tf.keras.models.load_model(name)(x))

        for name in ("tf-2.15.weights.h5", "keras-3.15.weights.h5"):
            with step("weights, " + name) as see:
                model = make(start=0)
                model.load_weights(name)
                see(output=model(x))

        os.chdir(before)


if __name__ == "__main__":
    alone(scenario)
