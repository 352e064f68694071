"""Options and names of older code: which of them a release still takes."""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

layers = tf.keras.layers
x = np.linspace(-1, 1, 2 * 3 * 2, dtype=np.float32).reshape(2, 3, 2)
quarters = tf.keras.initializers.Constant(0.25)
fixed = {"kernel_initializer": quarters, "recurrent_initializer": quarters}


def add(inputs, states):
    """A step of a loop without weights: the sum of the inputs so far."""
    total = states[0] + inputs
    return total, [total]


def scenario(variant, step):
    with step("weights=") as see:
        weights = [np.full(shape, 0.25) for shape in ((2, 2), (2, 2), (2,))]
        see(output=layers.SimpleRNN(2, weights=weights)(x))

    with step("input_dim= and input_length=") as see:
        layer = layers.SimpleRNN(2, input_dim=2, input_length=3, **fixed)
        see(output=tf.keras.Sequential([layer])(x))

    with step("dynamic=True") as see:
        see(output=layers.SimpleRNN(2, dynamic=True, **fixed)(x))

    with step("units as a number with a point") as see:
        see(output=layers.SimpleRNN(2.0, **fixed)(x))

    with step("PeepholeLSTMCell") as see:
        see(output=layers.RNN(tf.keras.experimental.PeepholeLSTMCell(2, **fixed))(x))

    with step("keras.backend.rnn, backwards, with a mask") as see:
        mask = tf.constant([[True, True, False], [True, False, True]])
        last, outputs, states = tf.keras.backend.rnn(
            add, tf.constant(x), [tf.zeros((2, 2))], go_backwards=True, mask=mask
        )
        see(output=outputs, last=last, state=states[0])


if __name__ == "__main__":
    alone(scenario)
