"""Wrapped dtypes: wrappers and cells that compute in another precision than what is around them."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.arange(-6, 6).reshape(2, 3, 2) / 8  # float64; float32 and float16 hold each of them
ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}


def precise(output):
    """The output in single precision, since a part may compute in it; and the bits of a number."""
    return {"output": tf.cast(output, tf.float32), "bits": 8 * output.dtype.size}


def scenario(variant, step):
    with step("Bidirectional of a layer of float64") as see:
        rnn = layers.SimpleRNN(2, dtype="float64", **ones)
        see(**precise(layers.Bidirectional(rnn)(tf.constant(x))))

    with step("Bidirectional of float64") as see:
        rnn = layers.SimpleRNN(2, **ones)
        see(**precise(layers.Bidirectional(rnn, dtype="float64")(tf.constant(x))))

    with step("RNN of a cell of float64") as see:
        cell = layers.SimpleRNNCell(2, dtype="float64", **ones)
        see(**precise(layers.RNN(cell)(tf.constant(x))))

    with step("RNN of float64") as see:
        cell = layers.SimpleRNNCell(2, **ones)
        see(**precise(layers.RNN(cell, dtype="float64")(tf.constant(x))))

    with step("RNN of float64 and a cell of float64") as see:
        cell = layers.SimpleRNNCell(2, dtype="float64", **ones)
        see(**precise(layers.RNN(cell, dtype="float64")(tf.constant(x))))

    with step("TimeDistributed of a layer of float16") as see:
        dense = layers.Dense(2, dtype="float16", kernel_initializer="ones")
        see(**precise(layers.TimeDistributed(dense)(tf.constant(x, "float16"))))


if __name__ == "__main__":
    alone(scenario)
