"""Portable: set the state of a stateful layer to given values, on every release.

Keras 2 did so with `reset_states(states=...)`. The states of a built layer are variables,
[hidden, cell] for an LSTM, to which values can be assigned on every release.
"""

import numpy as np
import tensorflow as tf
from steps import alone, fixed

VARIANTS = ("fixed",)

batch_size, num_timesteps, input_dim, nodes = 10, 2, 3, 10
h = np.arange(batch_size * nodes, dtype=np.float32).reshape(batch_size, nodes) / 100
c = 1 - 2 * h


def make(stateful=False):
    lstm = tf.keras.layers.LSTM(nodes, return_sequences=True, return_state=True, stateful=stateful)
    lstm.build((batch_size, num_timesteps, input_dim))
    lstm.set_weights([fixed("kernel"), fixed("recurrent_kernel"), fixed("bias")])
    return lstm


def set_states(layer, values):
    for state, value in zip(layer.states, values):
        state.assign(value)


def scenario(variant, step):
    x = fixed("x")

    lstm = make(stateful=True)
    with step("set before the first batch") as see:
        set_states(lstm, [h, c])
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("set to ones") as see:
        set_states(lstm, [np.ones((batch_size, nodes)), np.ones((batch_size, nodes))])
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("set to distinct values") as see:
        set_states(lstm, [h, c])
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)

    with step("carried over from there") as see:
        out, hidden_state, cell_state = lstm(x)
        see(output=out, hidden=hidden_state, cell=cell_state)


if __name__ == "__main__":
    alone(scenario)
