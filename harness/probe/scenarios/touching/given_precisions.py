"""Given precisions: states of single precision given to layers that compute in half precision."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = (np.arange(-6, 6).reshape(2, 3, 2) / 8).astype(np.float32)  # float16 holds each of them
state = np.array([[0.5, -0.5], [0.25, 1.0]], np.float32)
ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}


def mixed():
    precision = tf.keras.mixed_precision
    if not hasattr(precision, "Policy"):  # before 2.4
        precision = precision.experimental
    return precision.Policy("mixed_float16")


def scenario(variant, step):
    for name, count in (("SimpleRNN", 1), ("GRU", 1), ("LSTM", 2)):
        with step(name) as see:
            layer = getattr(layers, name)(2, dtype=mixed(), **ones)
            see(output=layer(x, initial_state=[tf.constant(state)] * count))

    with step("SimpleRNN, the state is an Input") as see:
        inputs, given = tf.keras.Input((3, 2)), tf.keras.Input((2,))
        outputs = layers.SimpleRNN(2, dtype=mixed(), **ones)(inputs, initial_state=[given])
        see(output=tf.keras.Model([inputs, given], outputs)([x, state]))


if __name__ == "__main__":
    alone(scenario)
