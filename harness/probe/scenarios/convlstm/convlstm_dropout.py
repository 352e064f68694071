"""ConvLSTM dropout: whether it drops, what it drops over time, and how kept values are scaled.

With a kernel of one point, a layer of one dimension puts out tanh of its input, unit by unit; a
unit that was dropped is zero. Masks of 64 units that are drawn apart are never the same.
"""

import numpy as np
import tensorflow as tf
from steps import alone

VARIANTS = ("fixed",)

n, num_timesteps = 64, 2
x = np.ones((2, num_timesteps, n, 1, 1), np.float32)  # (batch, time, rows, columns, channels)
OPEN, SHUT = 100.0, -100.0


def make(**how):
    """A layer whose gates let the input pass, and keep nothing."""
    layer = tf.keras.layers.ConvLSTM2D(1, 1, return_sequences=True, activation="relu", **how)
    layer.build(x.shape)
    kernel, none = np.array([0, 0, 1, 0], np.float32), np.zeros((1, 1, 1, 4), np.float32)
    layer.set_weights([kernel.reshape(1, 1, 1, 4), none, np.array([OPEN, SHUT, 0, OPEN])])
    return layer


def of_the_state(**how):
    """A layer whose gates let the output of the time step before pass."""
    layer = make(**how)
    kernel, recurrent_kernel, bias = layer.get_weights()
    layer.set_weights([recurrent_kernel, kernel, bias])
    return layer


def told(out):
    out = np.array(out)
    return {
        "units_are_dropped": (out == 0).any(),
        "same_in_each_step": ((out == 0) == (out[:, :1] == 0)).all(),
        "same_for_each_sample": ((out[0] == 0) == (out[1] == 0)).all(),
        "largest": out.max(),
    }


def scenario(variant, step):
    states = [tf.ones(x[:, 0].shape)] * 2

    with step("no dropout") as see:
        see(**told(make()(x, training=True)))

    with step("dropout") as see:
        see(**told(make(dropout=0.5)(x, training=True)))

    with step("recurrent_dropout") as see:
        layer = of_the_state(recurrent_dropout=0.5)
        see(**told(layer(x, initial_state=states, training=True)))

    with step("both, the input") as see:
        see(**told(make(dropout=0.2, recurrent_dropout=0.6)(x, training=True)))

    with step("both, the state") as see:
        layer = of_the_state(dropout=0.2, recurrent_dropout=0.6)
        see(**told(layer(x, initial_state=states, training=True)))

    with step("dropout, inference") as see:
        see(**told(make(dropout=0.5)(x, training=False)))

    with step("dropout, two calls") as see:
        layer = make(dropout=0.5)
        one, other = [np.array(layer(x, training=True)) for _ in range(2)]
        see(units_are_dropped=(one == 0).any(), same_mask=(one == other).all())

    with step("dropout, inference between two calls") as see:
        layer = make(dropout=0.5)
        one, between, other = [np.array(layer(x, training=each)) for each in (True, False, True)]
        see(inference_drops=(between == 0).any(), same_mask=(one == other).all())

    with step("two layers of one seed") as see:
        one, other = [np.array(make(dropout=0.5, seed=1)(x, training=True)) for _ in range(2)]
        see(same_mask=(one == other).all())


if __name__ == "__main__":
    alone(scenario)
