"""Odd arguments: sizes, names, initializers, regularizers and keywords that are less usual."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
ones = {"kernel_initializer": "ones", "recurrent_initializer": "ones"}


def half_of_the_sum(weights):
    return 0.5 * tf.reduce_sum(weights)


def scenario(variant, step):
    with step("units is an integer of NumPy") as see:
        see(output=layers.SimpleRNN(np.int64(2), **ones)(x))

    with step("units is an integer of NumPy, functional model") as see:
        inputs = tf.keras.Input((3, 2))
        rnn = layers.SimpleRNN(np.int64(2), unroll=True, **ones)
        see(output=tf.keras.Model(inputs, rnn(inputs))(x))

    with step("units is a tensor") as see:
        see(output=layers.SimpleRNN(tf.constant(2), **ones)(x))

    with step("no units") as see:
        see(output=layers.SimpleRNN(0)(x))

    with step("a name with a slash") as see:
        see(output=layers.SimpleRNN(2, name="a/b", **ones)(x))

    with step("a regularizer that is a function") as see:
        rnn = layers.SimpleRNN(2, kernel_regularizer=half_of_the_sum, **ones)
        rnn(x)
        see(losses=np.float32([float(loss) for loss in rnn.losses]))

    with step("a recurrent initializer that is an array") as see:
        rnn = layers.SimpleRNN(2, kernel_initializer="ones", recurrent_initializer=np.eye(2))
        see(output=rnn(x))

    with step("a dropout rate above one, at inference") as see:
        see(output=layers.SimpleRNN(2, dropout=1.5, **ones)(x, training=False))

    with step("inputs=") as see:
        see(output=layers.SimpleRNN(2, **ones)(inputs=tf.constant(x)))

    with step("sequences=") as see:
        see(output=layers.SimpleRNN(2, **ones)(sequences=tf.constant(x)))

    with step("build of a list") as see:
        rnn = layers.SimpleRNN(2, **ones)
        rnn.build([2, 3, 2])
        see(weights=len(rnn.weights))


if __name__ == "__main__":
    alone(scenario)
