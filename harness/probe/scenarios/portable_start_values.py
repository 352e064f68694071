"""Portable: start from given values, on every release.

A stateless layer takes the values as `initial_state`, as tensors. A functional model takes the
values as additional inputs, a subclassed model as an argument of `call`. No method of a layer
is overridden.
"""

import numpy as np
import tensorflow as tf
from steps import alone, fixed

VARIANTS = ("fixed",)

batch_size, num_timesteps, input_dim, nodes = 10, 2, 3, 10
h = np.arange(batch_size * nodes, dtype=np.float32).reshape(batch_size, nodes) / 100
c = 1 - 2 * h


def make():
    lstm = tf.keras.layers.LSTM(nodes, return_sequences=True, return_state=True)
    lstm.build((batch_size, num_timesteps, input_dim))
    lstm.set_weights([fixed("kernel"), fixed("recurrent_kernel"), fixed("bias")])
    return lstm


def make_functional():
    inputs = tf.keras.Input(shape=(num_timesteps, input_dim))
    hidden, cell = tf.keras.Input(shape=(nodes,)), tf.keras.Input(shape=(nodes,))
    outputs = make()(inputs, initial_state=[hidden, cell])
    return tf.keras.Model(inputs=[inputs, hidden, cell], outputs=outputs)


class Subclassed(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.lstm = make()

    def call(self, inputs, states=None):
        return self.lstm(inputs, initial_state=states)


def scenario(variant, step):
    x = fixed("x")
    states = [tf.constant(h), tf.constant(c)]

    with step("layer") as see:
        out, hidden_state, cell_state = make()(x, initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("functional model") as see:
        out, hidden_state, cell_state = make_functional()([tf.constant(x), *states])
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("subclassed model") as see:
        out, hidden_state, cell_state = Subclassed()(x, states=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("subclassed model, left out") as see:
        out, hidden_state, cell_state = Subclassed()(x)
        see(output=out, hidden=hidden_state, cell=cell_state)


if __name__ == "__main__":
    alone(scenario)
