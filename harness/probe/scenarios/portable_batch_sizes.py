"""Portable: single samples and batches of any size through one layer, on every release.

A stateless layer has no fixed batch size. Its zero state has as many rows as the batch, and
given states must have as many rows, too.
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


def scenario(variant, step):
    x = fixed("x")
    lstm = make()

    with step("single sample") as see:
        out, hidden_state, cell_state = lstm(x[:1])
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("batch") as see:
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("batch of three, given states") as see:
        states = [tf.constant(h[:3]), tf.constant(c[:3])]
        out, hidden_state, cell_state = lstm(x[:3], initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("single sample, given states") as see:
        states = [tf.constant(h[3:4]), tf.constant(c[3:4])]
        out, hidden_state, cell_state = lstm(x[3:4], initial_state=states)
        see(output=out, hidden=hidden_state, cell=cell_state)

    inputs = tf.keras.Input(shape=(num_timesteps, input_dim))
    mdl = tf.keras.Model(inputs, lstm(inputs))
    with step("functional model, single sample") as see:
        out, hidden_state, cell_state = mdl(x[:1])
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("functional model, batch") as see:
        out, hidden_state, cell_state = mdl(x)
        see(output=out, hidden=hidden_state, cell=cell_state)


if __name__ == "__main__":
    alone(scenario)
